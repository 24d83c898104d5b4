//! What every page shows, as plain structs: a handler fills them, askama renders them. No I/O here.
//!
//! A signed-in page is `Page { frame, body }`, one without a person is `Plain { .. , body }`; the body
//! is one of the structs below. Parts that are fetched again by themselves ("regions") are structs of
//! their own inside a body, so the same struct serves the full load and the region's route. A region's
//! route answers with the region alone, every other GET with the whole page: the script picks what it
//! needs out of it, so no handler looks at request headers.
//!
//! | route | struct |
//! |---|---|
//! | `GET /` | redirect to `/machines` |
//! | `GET, POST /reset/{secret}` | [`Reset`] in [`Plain`]; fields `password again` |
//! | `GET, POST /setup/{secret}` | [`Setup`] in [`Plain`]; fields `login name mail password again` |
//! | `GET, POST /login` | [`Login`] in [`Plain`]; fields `login password next` |
//! | `GET, POST /register`, `/invitation/{secret}` | [`Join`] in [`Plain`]; fields `login name mail password again sex phone`; [`DeadEnd`] where it is closed |
//! | `GET, POST /confirm/{secret}` | [`Confirm`] in [`Plain`] |
//! | `GET, POST /account/confirm` | [`Waiting`] in [`Plain`]; the POST sends the letter again |
//! | `GET, POST /forgot` | [`Forgot`] in [`Plain`]; field `who` |
//! | `GET, POST /account/profile` | [`ProfileForm`]; fields `name mail sex phone language` |
//! | `GET, POST /invitations` | [`Invitations`] as its list is asked for; fields `mail role group days language`, `group` repeated |
//! | `POST /invitations/{id}/again`, `/invitations/{id}/withdraw` | redirect |
//! | `GET /settings`, `POST /settings/access` | [`SettingsPage`]; fields `registration role` |
//! | `POST /logout` | redirect to `/login` |
//! | `GET /machines` | [`Machines`]; narrowed by `q state place owner tag`, and `sort dir page` as every list |
//! | `GET /machines/new`, `POST /machines/new` | [`MachineForm`]; fields `name number address place model tags parent note keeper_name keeper_phone keeper_mail` |
//! | `GET /machines/{id}?range=1h\|6h\|1d` | [`MachinePage`] |
//! | `GET, POST /machines/{id}/edit` | [`MachineForm`] with `id` |
//! | `GET, POST /machines/{id}/enrol` | [`Enrol`]; the POST makes a token and answers with it, once |
//! | `POST /machines/{id}/revoke`, `/machines/{id}/remove` | redirect |
//! | `GET /alerts?show=open\|history\|all&from=` | [`Alerts`] |
//! | `GET /alerts/{id}` | [`AlertPage`] |
//! | `POST /alerts/{id}/acknowledge` | field `back`: the local path to return to |
//! | `POST /alerts/{id}/snooze` | fields `span until back`; `span` is one of [`SPANS`] or `until` |
//! | `GET /silences?machine=&rule=` | [`Silences`], the form filled in for these |
//! | `POST /silences` | fields `scope tag machine rule span until reason` |
//! | `POST /silences/{id}/end` | redirect |
//! | `GET /rules` | [`Rules`] |
//! | `GET, POST /rules/new`, `/rules/{id}/edit` | [`RuleForm`]; fields `name kind metric compare fire clear for for_unit scope tag machine severity enabled`, of the hub's own rule `least percent`, and for each step `step0_after step0_unit step0_to` (repeated) |
//! | `POST /rules/{id}/enabled` | field `enabled` = `true` or `false` |
//! | `POST /rules/{id}/remove` | redirect |
//! | `GET /checks` | [`Checks`] |
//! | `GET, POST /checks/new?machine=`, `/checks/{id}/edit` | [`CheckForm`]; fields `machine name kind address status contains follow any_certificate server_name run_by interval timeout enabled` |
//! | `POST /checks/{id}/remove` | redirect |
//! | `GET /regions/checks?machine=` | [`CheckList`] |
//! | `GET /channels/email`, `POST /mail` | [`Mail`]; fields `host port security user password_kind password password_ref from` |
//! | `POST /mail/test` | field `to`; answers with [`Mail`] and its `test`, or redirects to it |
//! | `POST /channels/{name}/subscriptions` | fields `address severity scope tag machine quiet quiet_from quiet_to quiet_day quiet_zone quiet_breaks` |
//! | `POST /subscriptions/{id}/change` | fields `severity` and those of the quiet hours |
//! | `GET /channels`, `GET, POST /channels/{name}` | [`Channels`], [`ChannelPage`]; fields as the channel's descriptor has them |
//! | `GET /deliveries`, `GET /deliveries/{cause}/{id}` | [`Deliveries`] narrowed by `channel state to incident page`; [`DeliveryPage`] |
//! | `POST /subscriptions/{id}/remove` | redirect |
//! | `GET /account`, `POST /account/password` | [`Account`]; fields `current password again` |
//! | `POST /account/telegram` | makes a code and answers with [`Account`] and its `code`, once |
//! | `POST /account/telegram/{id}/unlink` | redirect |
//! | `GET /people`, `GET /people/{id}` | [`People`] as its list is asked for, [`PersonPage`] |
//! | `POST /people/{id}/role` | fields `role sure`; answers with [`PersonPage`] and what would be lost while `sure` is empty |
//! | `POST /people/{id}/suspend`, `/people/{id}/restore` | redirect |
//! | `GET, POST /groups`, `GET /groups/{id}` | [`Groups`], field `name`; [`GroupPage`] |
//! | `POST /groups/{id}/rename`, `/groups/{id}/join`, `/groups/{id}/leave`, `/groups/{id}/remove` | fields `name`, `login`, `person`, none |
//! | `POST /machines/{id}/share`, `/machines/{id}/unshare`, `/machines/{id}/owner`, and of `/rules/{id}` | fields `kind login group right`, `with`, `owner nobody`; [`Sharing`] on the thing's page |
//! | `GET /audit`, `GET /audit/export` | [`Audit`] narrowed by `person kind stream from to before`; the same as a file, by `format` |
//! | `GET /log`, `GET /log/{pos}` | [`Log`] narrowed by those and `telemetry follow`; [`LogEvent`] |
//! | `POST /preferences` | fields `lang theme back`, each but `back` optional; sets cookies |
//! | `GET /regions/activity`, `?machine={id}` | [`Activity`], [`MachineEvents`] |
//! | `GET /regions/alerts?show=&from=`, `?machine={id}` | [`AlertList`], [`MachineAlerts`] |
//! | `GET /regions/machines`, asked as the page |  [`MachineList`] |
//! | `GET /regions/figures` | [`Figures`] |
//! | `GET /regions/enrol/{id}` | [`EnrolState`] |
//! | `GET /wall/{secret}?theme=light`, `/walls/{id}` | [`Wall`], or [`WallGone`] in [`Plain`]; what changes of it is [`WallBoard`] at `/board` behind it |
//! | `GET, POST /walls` | [`Walls`]; fields `name tag theme` |
//! | `GET /api/docs` | [`ApiDocs`] |
//! | any | [`ErrorPage`] in [`Plain`] |
//!
//! A POST that was carried out answers 303 to the page that shows the result; one that was refused
//! answers 422 with the form's struct, its `errors` filled and the input kept. Charts fetch
//! `GET /api/machines/{id}/series?metric=M&from_us=A&to_us=B&points=N`, answered with
//! `{"metric":M,"title":"Temperature","series":[{"key":"M{sensor=Core 0}","name":"Core 0","t_us":[..],"v":[..]}]}`, where
//! `v` may hold `null` for a gap, `key` is the one of the live feed, and `name` is for people.

mod accounts;
mod activity;
mod alert;
mod alert_page;
mod api_docs;
mod cause;
mod channel;
mod chats;
mod check;
mod doors;
mod frame;
mod held;
mod journal;
mod machine;
mod machines;
mod mail;
mod people;
mod roster;
mod rule;
mod shared;
mod sharing;
mod silence;
mod wall;

#[cfg(test)]
mod render_tests;
#[cfg(test)]
mod samples;

pub use accounts::{
    Confirm, DeadEnd, Forgot, InvitationRow, Invitations, InviteTyped, Join, ProfileForm, SettingsPage,
    Waiting,
};
pub use activity::{Activity, ActivityItem, Happened, MachineEvents, Moment};
pub use alert::{AlertCard, AlertList, AlertShow, AlertStatus, Alerts, MachineAlerts, SnoozeForm};
pub use alert_page::{AlertPage, Answer, Step, TimelineEntry};
pub use api_docs::{ApiDocs, ApiField, ApiGroup, ApiOperation, ApiProblem, ApiSchema};
pub use cause::Cause;
pub use channel::{ChannelPage, ChannelRow, Channels, Deliveries, DeliveryPage, Input, Sent, Table};
pub use chats::{ChatCode, Chats, LinkedChat, trouble};
pub use check::{CheckForm, CheckList, CheckResult, CheckRow, Checks, EvidenceRow, EvidenceTable};
pub use doors::{AccountDoors, Code, Leave, OpenSession, QrCode, TokenForm, TokenRow, Tokens, TwoStep};
pub use frame::{Body, Frame, Me, Page, Plain, Reminder, Section, Theme};
pub use held::Held;
pub use journal::{Act, Audit, Further, JournalFilter, Linked, Log, LogEvent};
pub use machine::{Chart, Enrol, EnrolState, EnrolToken, Facts, MachineForm, MachinePage, Range};
pub use machines::{Cell, Figures, Hottest, MachineList, MachineRow, Machines, Reading, Silent};
pub use mail::{DeliveryRow, Mail, MailForm, Quiet, Subscription, SubscriptionForm, TestResult};
pub use people::{Account, ErrorPage, Login, Reset, Setup};
pub use roster::{
    GroupPage, GroupRow, Groups, Lowering, People, PersonPage, PersonRow, RoleChoice, SessionRow,
};
pub use rule::{RuleForm, RuleRow, Rules, ScopeText, StepRow};
pub use shared::{Choice, Errors, Notice, Severity, Spark, State};
pub use sharing::{ShareRow, ShareTyped, Sharing};
pub use silence::{SPANS, SilenceForm, SilenceList, SilenceRow, Silences};
pub use wall::{Wall, WallBoard, WallForm, WallGone, WallHottest, WallMessage, WallRow, WallTile, Walls};
