//! Events, commands, decisions and policy of Watchroom: pure, no I/O, no clock.
//!
//! A [`Command`] is decided against a [`State`] into [`Event`]s or a [`Refusal`]; once recorded,
//! events are folded back with [`State::apply`], which cannot refuse. Time and identifiers are
//! arguments, so that everything here can be replayed.

mod access;
mod account;
mod api_token;
mod backoff;
mod channel;
mod check;
mod command;
mod defaults;
mod envelope;
mod error;
mod event;
mod evidence;
mod hub;
mod ids;
mod link;
mod machine;
mod naming;
mod notify;
mod people;
mod policy;
mod portrait;
mod recorded;
mod rule;
mod second_factor;
mod silence;
mod state;
mod telemetry;
mod time;
mod upcast;
mod wall;

pub mod alert;

pub use access::{Access, AccessTable, Grantee, Group, Right, Thing};
pub use account::{
    AccountCommand, Accounts, CONFIRM_WITHIN_US, Confirmation, Invitation, InvitationOutcome, Joining,
    LetterKind, LetterLink, MAX_LINK_LIFE_US, NewAccount, Profile, Registration, Sex,
};
pub use alert::{Incident, IncidentStatus};
pub use api_token::{ApiToken, MAX_TOKEN_LIFE_US, TokenScope, TokenScopes};
pub use backoff::Backoff;
pub use channel::{AddressKind, ChannelDescriptor, ChannelField, FieldKind, Pace, Rate, TYPED_SECRET};
pub use check::{
    CHECK_METRICS, Check, CheckFailure, CheckTarget, MAX_CHECKS, MAX_CHECKS_BY_AGENT, MAX_INTERVAL_US,
    MAX_TIMEOUT_US, MAX_WHY, MIN_INTERVAL_US, RunBy,
};
pub use command::{Asker, By, Command, Envelope, Via};
pub use defaults::default_rules;
pub use error::Refusal;
pub use event::{DecodeError, Event, Kind, TELEMETRY, body, telemetry_stream};
pub use evidence::{MAX_EVIDENCE, MAX_PROCESSES, Process, TOP, top_by_cpu, top_by_memory};
pub use hub::{HubPart, HubTrouble};
pub use ids::*;
pub use link::{Asked, Destination, LINK_CODE_LIFE_US, LinkCode};
pub use machine::{AgentIdentity, GivenUp, JoinToken, Keeper, Machine, MachineDetails};
pub use notify::{
    ChannelTrouble, Delivery, DeliveryOutcome, DeliveryStatus, NoticeKind, QuietHours, Subscription,
};
pub use people::{Person, Role, Session};
pub use policy::{Action, MAX_STRANGE_KEEPERS, Principal, may, may_configure, may_give};
pub use portrait::MAX_PORTRAIT_BYTES;
pub use recorded::{Frame, Meta, NewEvent, Position, RecordedEvent};
pub use rule::{CHECK_UP, Compare, Condition, EscalationStep, Rule, Scope, Severity};
pub use second_factor::{
    RECOVERY_CODES, SECOND_FACTOR_STEP_US, SecondFactor, ShownFactor, second_factor_step,
};
pub use silence::Silence;
pub use state::{HUB_STOPPED, SeriesTable, State};
pub use telemetry::{
    Labels, MAX_LABELS, MAX_SAMPLES, MAX_SERIES_PER_MACHINE, Metric, Sample, SeriesDef, SeriesId, SeriesKey,
    Telemetry, metric_unit, valid_labels, valid_metric,
};
pub use time::{HOUR_US, MINUTE_US, Micros, SECOND_US};
pub use wall::{MAX_WALL_LINKS, WallLink};
