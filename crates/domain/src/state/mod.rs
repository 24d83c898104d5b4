//! What the log says is so, as far as decisions need it.

mod access;
mod accounts;
mod addresses;
mod agents;
mod alerts;
mod apply;
mod checks;
mod decide;
mod deliveries;
mod hub;
mod leaving;
mod machines;
mod notices;
mod origin;
mod people;
mod portraits;
mod rules;
mod samples;
mod second_factor;
mod series;
mod sessions;
mod walls;

pub(crate) use accounts::MAIL;
pub use decide::HUB_STOPPED;
pub use series::SeriesTable;

use crate::access::AccessTable;
use crate::account::Accounts;
use crate::alert::{Incident, IncidentKey};
use crate::api_token::ApiToken;
use crate::check::{Check, CheckFailure};
use crate::command::{By, Envelope, Via};
use crate::hub::{HubPart, HubTrouble};
use crate::ids::*;
use crate::link::{Destination, LinkCode};
use crate::machine::{GivenUp, JoinToken, Machine};
use crate::notify::{ChannelTrouble, Delivery, Subscription};
use crate::people::{PasswordReset, Person, Role, Session};
use crate::policy::Principal;
use crate::recorded::Position;
use crate::rule::Rule;
use crate::second_factor::SecondFactor;
use crate::silence::Silence;
use crate::telemetry::{SeriesId, SeriesKey};
use crate::time::Micros;
use crate::wall::WallLink;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use uuid::Uuid;

/// The state that decisions are made against. Only [`State::apply`] changes it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct State {
    /// Position of the last event folded in.
    pub position: Position,
    /// Versions of the streams that may still grow.
    pub versions: HashMap<String, u64>,
    /// Last epoch and sequence number of each producer.
    pub producers: HashMap<Uuid, (u64, u64)>,
    /// Machines that are watched.
    pub machines: BTreeMap<MachineId, Machine>,
    /// Join tokens that may be used.
    pub tokens: BTreeMap<TokenId, JoinToken>,
    /// Certificates of agents that were revoked and are not over yet, by serial number (hex).
    pub given_up: BTreeMap<String, GivenUp>,
    /// What series numbers mean.
    pub series: SeriesTable,
    /// Numbers of the series, by machine.
    pub series_of: BTreeMap<MachineId, HashMap<SeriesKey, SeriesId>>,
    /// Collectors of agents that fail at present.
    pub failing: BTreeSet<(MachineId, String)>,
    /// What is checked on machines, on and off.
    pub checks: BTreeMap<CheckId, Check>,
    /// Checks that fail, and why.
    pub check_failures: BTreeMap<CheckId, CheckFailure>,
    /// Rules, on and off.
    pub rules: BTreeMap<RuleId, Rule>,
    /// Since which position each rule reads as it does.
    pub rule_since: HashMap<RuleId, Position>,
    /// Incidents that are not over.
    pub incidents: BTreeMap<IncidentId, Incident>,
    /// Open incidents by what they are of.
    pub open_by_key: HashMap<IncidentKey, IncidentId>,
    /// By key: the cause of the last transition, and whether it opened an incident.
    pub alert_marks: HashMap<IncidentKey, (Position, bool)>,
    /// Silences that are not over.
    pub silences: BTreeMap<SilenceId, Silence>,
    /// Open incidents that say that a machine is down, and the hub's own, by machine.
    pub down: HashMap<MachineId, BTreeSet<IncidentId>>,
    /// Incidents that each incident holds.
    pub held_by: HashMap<IncidentId, BTreeSet<IncidentId>>,
    /// When each key fired lately, in log time.
    pub fires: HashMap<IncidentKey, Vec<Micros>>,
    /// Who owns what, and with whom it is shared.
    pub access: AccessTable,
    /// Tokens by which programs act in people's names.
    pub api_tokens: BTreeMap<ApiTokenId, ApiToken>,
    /// Links to wall displays.
    pub walls: BTreeMap<WallLinkId, WallLink>,
    /// People with accounts.
    pub people: BTreeMap<SubjectId, Person>,
    /// Who may come in, and who is about to.
    pub accounts: Accounts,
    /// Signed-in browsers.
    pub sessions: BTreeMap<SessionId, Session>,
    /// Links by which people may set another password; one each, the newest.
    pub resets: BTreeMap<SubjectId, PasswordReset>,
    /// What people are asked for beside the password.
    pub second_factors: BTreeMap<SubjectId, SecondFactor>,
    /// Positions of the events that hold people's pictures.
    pub portraits: BTreeMap<SubjectId, Position>,
    /// Who was forgotten; nothing is recorded of them any more.
    pub forgotten: BTreeSet<SubjectId>,
    /// Settings of the channels that were set up.
    pub channels: BTreeMap<String, Map<String, Value>>,
    /// Channels that were reported not to work: why, and since when.
    pub channels_down: BTreeMap<String, (ChannelTrouble, Micros)>,
    /// Targets of those channels that do not answer, by name.
    pub targets_down: BTreeMap<String, Vec<String>>,
    /// What is wrong with the hub itself, and since when.
    pub hub_troubles: BTreeMap<HubPart, (HubTrouble, Micros)>,
    /// Who wants to be told.
    pub subscriptions: BTreeMap<SubscriptionId, Subscription>,
    /// Chats that people have linked.
    pub destinations: BTreeMap<SubscriptionId, Destination>,
    /// Codes by which chats can be linked, one a person.
    pub link_codes: BTreeMap<SubjectId, LinkCode>,
    /// The newest presses of buttons, with whose key what became of one is under.
    pub presses: VecDeque<(String, Option<SubjectId>)>,
    /// The newest deliveries, by cause.
    pub deliveries: BTreeMap<(Position, DeliveryId), Delivery>,
}

impl State {
    /// The open incident of this key.
    pub fn open_incident(&self, key: IncidentKey) -> Option<&Incident> {
        self.incidents.get(self.open_by_key.get(&key)?)
    }

    /// Who asks, with the role that the log gives at this moment.
    pub fn principal(&self, by: By) -> Principal {
        match by {
            By::Person(person) => {
                let open = self.people.get(&person).filter(|p| !p.suspended);
                let waits = open.is_some_and(|p| p.profile.waits);
                let role = open.filter(|_| !waits).map(|p| p.role);
                Principal { role, waits, ..Principal::of(by) }
            }
            // A machine that is gone or whose keys were revoked has nobody to speak for it.
            By::Agent(machine) if self.machines.get(&machine).is_none_or(|m| m.agents.is_empty()) => {
                Principal::of(By::Stranger)
            }
            _ => Principal::of(by),
        }
    }

    /// Who asks by a session or a token: a stranger once that has ended.
    pub fn principal_via(&self, by: By, via: Option<Via>, now_us: Micros) -> Principal {
        let principal = self.principal(by);
        let of = |person| by == By::Person(person);
        let scopes = match via {
            None => return principal,
            Some(Via::Session(id)) => {
                self.sessions.get(&id).filter(|s| of(s.person) && s.expires_us > now_us).map(|_| None)
            }
            Some(Via::Token(id)) => {
                let token = self.api_tokens.get(&id).filter(|t| of(t.person) && t.expires_us > now_us);
                token.map(|t| Some(t.scopes.iter().copied().collect()))
            }
        };
        scopes.map_or(Principal::of(By::Stranger), |scopes| Principal { scopes, ..principal })
    }

    /// Who asks for what an envelope holds.
    pub(crate) fn asker(&self, envelope: &Envelope, now_us: Micros) -> Principal {
        self.principal_via(envelope.by, envelope.via, now_us)
    }

    /// The token whose secret has this SHA-256 (hex).
    pub fn api_token_by_secret(&self, secret_sha256: &str) -> Option<&ApiToken> {
        self.api_tokens.values().find(|t| t.secret_sha256 == secret_sha256)
    }

    /// Whether the first account was made.
    pub fn has_owner(&self) -> bool {
        self.people.values().any(|p| p.role == Role::Owner)
    }

    /// The person of this login name, without regard to case.
    pub fn person_by_login(&self, login: &str) -> Option<&Person> {
        let login = login.trim().to_lowercase();
        self.people.values().find(|p| p.login.to_lowercase() == login)
    }

    /// Who may set another password by a link whose secret has this SHA-256 (hex).
    pub fn person_by_reset(&self, secret_sha256: &str, now_us: Micros) -> Option<&Person> {
        let right = |reset: &PasswordReset| reset.secret_sha256 == secret_sha256 && reset.expires_us > now_us;
        let (person, _) = self.resets.iter().find(|(_, reset)| right(reset))?;
        self.people.get(person)
    }

    /// The session whose cookie secret has this SHA-256 (hex).
    pub fn session_by_token(&self, token_sha256: &str) -> Option<&Session> {
        self.sessions.values().find(|s| s.token_sha256 == token_sha256)
    }

    /// The machine that accepts this key (SHA-256 of the public key, hex).
    pub fn machine_by_key(&self, key_sha256: &str) -> Option<&Machine> {
        self.machines.values().find(|m| m.accepts_key(key_sha256))
    }

    /// The present version of a stream, 0 before its first event.
    pub fn version_of(&self, stream: &str) -> u64 {
        self.versions.get(stream).copied().unwrap_or(0)
    }
}
