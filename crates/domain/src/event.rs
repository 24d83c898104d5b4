//! Every kind of event, with its number and version. `docs/events.md` is the registry in words.

use crate::access::{Grantee, Right, Thing};
use crate::account::{Joining, LetterKind, Registration, Sex};
use crate::alert::{Hold, ResolveReason};
use crate::api_token::TokenScope;
use crate::check::Check;
use crate::evidence::Process;
use crate::hub::{HubPart, HubTrouble};
use crate::ids::*;
use crate::link::Asked;
use crate::machine::{AgentIdentity, MachineDetails};
use crate::notify::{ChannelTrouble, DeliveryOutcome, NoticeKind, QuietHours};
use crate::people::Role;
use crate::recorded::Position;
use crate::rule::{Rule, Scope, Severity};
use crate::second_factor::ShownFactor;
use crate::telemetry::{SeriesDef, SeriesId, Telemetry};
use crate::time::Micros;
use crate::upcast::{UPCASTS, upcast};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeSet;
use thiserror::Error;

#[macro_use]
mod kinds;
mod place;

/// Number of a kind of event and of its version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Kind {
    /// The kind's number; never reused.
    pub kind: u16,
    /// The version of its body.
    pub version: u16,
}

/// A body that cannot be read.
#[derive(Debug, Error)]
#[error("body of event kind {kind} version {version} cannot be read: {cause}")]
pub struct DecodeError {
    /// The kind's number.
    pub kind: u16,
    /// The version.
    pub version: u16,
    /// Why.
    pub cause: String,
}

/// The number of telemetry, the only kind with a binary body.
pub const TELEMETRY: Kind = Kind { kind: 30, version: 1 };

events! {
    /// A hub began to serve this log. What was silent before is not held against anybody.
    1 v 1 HubStarted { node: String, program: String }
    /// The hub could not watch for a while: it was suspended, could not record, or its clock was set. What
    /// was not heard meanwhile is not held against anybody.
    3 v 1 HubAway { from_us: Micros, to_us: Micros }
    /// A series number was given out.
    2 v 1 SeriesDefined { def: SeriesDef }
    /// The log was brought back from a backup, which held everything up to `head`. The backup was made at
    /// `made_us`; what was recorded after it is not in this log.
    4 v 1 LogRestored { epoch: u64, head: Position, made_us: Micros }
    /// Somebody at the hub's own machine gave out a link by which a person sets another password, once.
    5 v 1 PasswordResetIssued { person: SubjectId, secret_sha256: String, expires_us: Micros }
    /// The settings were read again while the hub ran: which of them are used from now on, and which only
    /// after the next start.
    6 v 1 SettingsReloaded { applied: Vec<String>, waiting: Vec<String> }
    /// A part of the hub has trouble, or other trouble than before, and people are told.
    7 v 1 HubTroubled { part: HubPart, trouble: HubTrouble }
    /// It is well again.
    8 v 1 HubRecovered { part: HubPart, lasted_us: Micros }
    /// A machine was registered.
    10 v 1 MachineRegistered { machine: MachineId, details: MachineDetails }
    /// What is said of a machine changed.
    11 v 1 MachineChanged { machine: MachineId, details: MachineDetails }
    /// A machine was taken off the list; its telemetry stays in the log.
    12 v 1 MachineRemoved { machine: MachineId }
    /// A machine got a keeper. Encrypted under the keeper's key.
    13 v 1 KeeperSet { machine: MachineId, keeper: SubjectId, name: String, phone: String, mail: String }
    /// A machine has no keeper any more.
    14 v 1 KeeperCleared { machine: MachineId }
    /// A thing belongs to somebody from now on, or to nobody. What a person registers or adds is that person's
    /// without such an event.
    15 v 1 OwnerSet { thing: Thing, owner: Option<SubjectId> }
    /// A person or a group may see or operate a thing.
    16 v 1 Shared { thing: Thing, with: Grantee, right: Right }
    /// A thing is no longer shared with a person or a group.
    17 v 1 Unshared { thing: Thing, with: Grantee }
    /// A join token was given out; earlier ones of the machine end.
    20 v 1 JoinTokenIssued { token: TokenId, machine: MachineId, secret_sha256: String, expires_us: Micros, uses: u32 }
    /// An agent joined with a token and has a certificate.
    21 v 1 AgentEnrolled { machine: MachineId, token: TokenId, identity: AgentIdentity }
    /// An agent has a new certificate; the one before ends when the new one is first used.
    22 v 1 AgentRenewed { machine: MachineId, identity: AgentIdentity }
    /// All keys of a machine's agent ended at once.
    23 v 1 AgentRevoked { machine: MachineId }
    /// An agent opened a connection.
    24 v 1 AgentConnected {
        machine: MachineId, key_sha256: String, agent_version: String, protocol: u16,
        /// What it understands beyond the protocol's frames; empty in logs from before this was recorded.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        features: Vec<String>
    }
    /// An agent's connection ended.
    25 v 1 AgentDisconnected {
        machine: MachineId, reason: String, frames: u64, refused: u64,
        /// Position of the AgentConnected that it ends; 0 in logs from before this was recorded.
        #[serde(default)]
        connection: Position
    }
    /// A check of a machine's service was added.
    32 v 1 CheckAdded { check: Check }
    /// A check was changed.
    33 v 1 CheckChanged { check: Check }
    /// A check was removed.
    34 v 1 CheckRemoved { check: CheckId, machine: MachineId, name: String }
    /// What ran on a machine when one of its alerts became pending or fired. Encrypted under the machine's key,
    /// for names of processes and users may say something about people.
    35 v 1 EvidenceRecorded { machine: MachineId, incident: IncidentId, at_us: Micros, processes: Vec<Process> }
    /// One of an agent's collectors began to fail.
    36 v 1 CollectorFailed { machine: MachineId, collector: String }
    /// One of an agent's collectors works again.
    37 v 1 CollectorRecovered { machine: MachineId, collector: String }
    /// A check began to fail, or fails for another reason. The reason quotes the other side.
    38 v 1 CheckFailed { check: CheckId, machine: MachineId, why: String }
    /// It is as expected again.
    39 v 1 CheckRecovered { check: CheckId, machine: MachineId }
    /// A rule was added.
    40 v 1 RuleAdded { rule: Rule }
    /// A rule was changed.
    41 v 1 RuleChanged { rule: Rule }
    /// A rule was removed.
    42 v 1 RuleRemoved { rule: RuleId }
    /// What a scope means is recorded and shown, but not told, until a time.
    43 v 1 SilenceBegun {
        silence: SilenceId, scope: Scope,
        /// The only rule that is meant; all when there is none.
        rule: Option<RuleId>,
        until_us: Micros, reason: String,
        /// Who asked for it; nobody for the hub itself.
        by: Option<SubjectId>
    }
    /// A silence is over: at its time, or earlier by somebody.
    44 v 1 SilenceEnded { silence: SilenceId, at_us: Micros, by: Option<SubjectId> }
    /// A value passed its threshold; nobody is told yet.
    50 v 1 AlertPending {
        incident: IncidentId, rule: RuleId, machine: MachineId,
        /// The series, none for silence.
        series: Option<SeriesId>,
        /// Since when, in log time.
        since_us: Micros,
        value: f64,
        /// Position of the event that showed it.
        cause: Position
    }
    /// A pending incident came to nothing.
    51 v 1 AlertDropped { incident: IncidentId, cause: Position }
    /// The value stayed past its threshold long enough. With what was true then, so that it can be told later.
    52 v 1 AlertFired {
        incident: IncidentId, rule: RuleId, machine: MachineId, series: Option<SeriesId>,
        since_us: Micros, at_us: Micros, value: f64, cause: Position, severity: Severity,
        /// Nobody is told by this event: AlertHeld or AlertFlapping, right behind it, says why.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        quiet: bool
    }
    /// Somebody took care of it.
    53 v 1 AlertAcknowledged { incident: IncidentId, by: SubjectId }
    /// It is over.
    54 v 1 AlertResolved { incident: IncidentId, at_us: Micros, value: Option<f64>, cause: Position, reason: ResolveReason }
    /// Somebody put it off: it is neither told again nor escalated until a time.
    55 v 1 AlertSnoozed { incident: IncidentId, until_us: Micros, by: SubjectId }
    /// From here on it is shown but not told, and why.
    56 v 1 AlertHeld { incident: IncidentId, hold: Hold, at_us: Micros }
    /// Nothing holds it any more and it still fires: now it is told.
    57 v 1 AlertReleased { incident: IncidentId, at_us: Micros }
    /// Nobody acknowledged it for so long, and these people are told by all their destinations.
    58 v 1 AlertEscalated {
        incident: IncidentId,
        /// Which step of the rule, from 0.
        step: u32,
        to: Vec<SubjectId>, at_us: Micros
    }
    /// It comes and goes: it stays open until it was calm for a while.
    59 v 1 AlertFlapping {
        incident: IncidentId,
        /// How often it fired within that time.
        times: u32,
        within_us: Micros, at_us: Micros,
        /// Nobody is told by this event: AlertHeld, right behind it, says why.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        quiet: bool
    }
    /// A person got an account. Encrypted under the person's key.
    60 v 1 PersonRegistered {
        person: SubjectId, login: String, display_name: String, mail: String, role: Role, password_phc: String,
        /// By which way; none in logs from before this was recorded.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        way: Option<Joining>,
        /// From where, for what a stranger did; none in older logs. So in the bodies below.
        #[serde(default, skip_serializing_if = "Option::is_none")] address: Option<String>
    }
    /// A password was changed; sessions end. Encrypted under the person's key.
    61 v 1 PasswordChanged {
        person: SubjectId, password_phc: String,
        #[serde(default, skip_serializing_if = "Option::is_none")] address: Option<String>
    }
    /// A person signed in. Encrypted under the person's key.
    62 v 1 SessionOpened {
        session: SessionId, person: SubjectId, token_sha256: String, expires_us: Micros, address: String,
        /// What the browser says of itself, shortened; empty in logs from before this was recorded. Hostile.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        browser: String,
        /// What was shown beside the password, where the person has a second factor.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        shown: Option<ShownFactor>
    }
    /// A session ended.
    63 v 1 SessionClosed { session: SessionId, person: SubjectId }
    /// A person may do more, or less, from now on.
    64 v 1 RoleChanged { person: SubjectId, role: Role }
    /// An account was closed until it is restored: its sessions and tokens ended.
    65 v 1 PersonSuspended { person: SubjectId }
    /// An account that was suspended is open again.
    66 v 1 PersonRestored { person: SubjectId }
    /// A person tells something else of themselves. Encrypted under the person's key.
    67 v 1 ProfileChanged {
        person: SubjectId, display_name: String,
        /// Another address than before was not confirmed.
        mail: String,
        sex: Option<Sex>, phone: String,
        /// BCP 47 tag; empty for the browser's language.
        language: String
    }
    /// A mail address was confirmed and is the person's from now on. Encrypted under the person's key.
    68 v 1 MailConfirmed {
        person: SubjectId, mail: String,
        #[serde(default, skip_serializing_if = "Option::is_none")] address: Option<String>
    }
    /// Somebody has left, or was made to: the account is gone, and the subject's key is destroyed once this is
    /// recorded.
    69 v 1 PersonForgotten { person: SubjectId }
    /// A channel's settings changed. Secrets stand in them as references only. Encrypted under the
    /// channel's own key.
    70 v 1 ChannelConfigured { channel: String, settings: Map<String, Value> }
    /// Somebody wants to be told. Encrypted under the subject's key.
    71 v 1 Subscribed {
        subscription: SubscriptionId, subject: SubjectId, channel: String, address: String,
        at_least: Severity, scope: Scope,
        /// When what comes is held back.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        quiet: Option<QuietHours>
    }
    /// Somebody no longer wants to be told.
    72 v 1 Unsubscribed { subscription: SubscriptionId }
    /// A test was asked for; it goes the real way. Encrypted under the subject's key.
    73 v 1 TestRequested { channel: String, subject: SubjectId, address: String }
    /// A chat belongs to somebody from now on, and is told of alerts. Encrypted under the subject's key: the
    /// person's, or a group's own.
    74 v 1 DestinationLinked {
        subscription: SubscriptionId, subject: SubjectId,
        /// Who has linked it.
        person: SubjectId,
        channel: String, address: String, group: bool, title: String, language: String
    }
    /// A chat belongs to nobody any more.
    75 v 1 DestinationUnlinked { subscription: SubscriptionId, channel: String }
    /// A person got a one-time code by which a chat can be linked; one from before ends.
    76 v 1 LinkCodeIssued {
        person: SubjectId, channel: String, code_sha256: String, expires_us: Micros, language: String
    }
    /// A button was pressed in a chat, and what it asked for was done, in the events right before this one.
    77 v 1 PressTaken { channel: String, press: String, incident: IncidentId }
    /// One attempt to deliver. Identifiers only, and the far side's code in our words.
    80 v 1 DeliveryAttempted {
        delivery: DeliveryId, channel: String, incident: Option<IncidentId>, cause: Position,
        recipient: SubjectId, attempt: u32, outcome: DeliveryOutcome, answer: String, took_us: Micros,
        /// What was told; none in logs from before this was recorded.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        kind: Option<NoticeKind>,
        /// The subscription that it goes to; none for a keeper and for a test.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        subscription: Option<SubscriptionId>,
        /// The far side's identifier of what was sent, if it gives one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reference: Option<String>
    }
    /// Somebody had a dead letter sent again.
    81 v 1 DeliveryRevived { delivery: DeliveryId, channel: String, cause: Position }
    /// The far side says that an address is gone for good, so nothing goes there any more.
    82 v 1 SubscriptionDisabled { subscription: SubscriptionId, subject: SubjectId, channel: String, reason: String }
    /// The far side says that an address is another one now, or its person has confirmed another one. Encrypted under
    /// the subject's key.
    83 v 1 AddressMoved { subscription: SubscriptionId, subject: SubjectId, address: String }
    /// A channel does not work, and people are told through the others.
    84 v 1 ChannelWentDown {
        channel: String, trouble: ChannelTrouble, since_us: Micros,
        /// Names of the targets that do not answer, where every target is a far side of its own.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        targets: Vec<String>
    }
    /// It works again.
    85 v 1 ChannelCameBack { channel: String, down_us: Micros }
    /// What somebody wants to be told changed; a disabled subscription is on again.
    86 v 1 SubscriptionChanged { subscription: SubscriptionId, at_least: Severity, scope: Scope, quiet: Option<QuietHours> }
    /// Quiet hours ended: what they held is told all in one.
    87 v 1 DigestCalled {
        subscription: SubscriptionId, recipient: SubjectId, channel: String, until_us: Micros,
        /// Positions of the events that were held.
        held: Vec<Position>
    }
    /// Somebody pressed a button without the right to what it asks for. Encrypted under the person's key, or
    /// under one for all strangers.
    90 v 1 RightRefused {
        subject: SubjectId, channel: String, address: String, press: String, incident: Option<IncidentId>,
        asked: Asked
    }
    /// A group of people was made.
    91 v 1 GroupAdded { group: GroupId, name: String }
    /// A group has another name.
    92 v 1 GroupRenamed { group: GroupId, name: String }
    /// A group is gone, and with it what was shared with it.
    93 v 1 GroupRemoved { group: GroupId }
    /// A person is in a group from now on.
    94 v 1 GroupJoined { group: GroupId, person: SubjectId }
    /// A person is no longer in a group.
    95 v 1 GroupLeft { group: GroupId, person: SubjectId }
    /// A program may act in a person's name. Encrypted under the person's key.
    96 v 1 ApiTokenIssued {
        token: ApiTokenId, person: SubjectId, name: String, secret_sha256: String,
        scopes: BTreeSet<TokenScope>, expires_us: Micros
    }
    /// A token ended before its time.
    97 v 1 ApiTokenRevoked { token: ApiTokenId, person: SubjectId }
    /// Who may make an account from now on, and what whoever was not invited may do.
    98 v 1 AccessConfigured { registration: Registration, role: Role }
    /// Somebody was invited. Encrypted under the invitation's own key.
    99 v 1 Invited {
        invitation: InvitationId, subject: SubjectId, letter: LetterId, secret_sha256: String,
        mail: String, role: Role, groups: BTreeSet<GroupId>, language: String, expires_us: Micros
    }
    /// An invitation has another link; the one before has ended.
    100 v 1 InvitationRenewed {
        invitation: InvitationId, letter: LetterId, secret_sha256: String, expires_us: Micros
    }
    /// An invitation was taken back.
    101 v 1 InvitationWithdrawn { invitation: InvitationId }
    /// Somebody made an account by an invitation.
    102 v 1 InvitationUsed { invitation: InvitationId, person: SubjectId }
    /// A letter with a link that works once is to go out. Encrypted under the key of whom it goes to: a
    /// person, or an invitation.
    103 v 1 LetterRequested {
        letter: LetterId, subject: SubjectId, kind: LetterKind, mail: String, language: String,
        secret_sha256: String, expires_us: Micros,
        #[serde(default, skip_serializing_if = "Option::is_none")] address: Option<String>
    }
    /// Somebody whom nobody invited made an account: it is of no use until its mail address is confirmed.
    104 v 1 ConfirmationAwaited { person: SubjectId }
    /// Nobody confirmed the mail address in time: the account is forgotten next, and its login name free.
    105 v 1 RegistrationLapsed { person: SubjectId }
    /// Another mail address that waited to be confirmed is not wanted after all.
    106 v 1 MailKept { person: SubjectId }
    /// A person is asked for a code beside the password from now on; the code of this step was shown. Encrypted
    /// under the person's key.
    109 v 1 SecondFactorSet {
        person: SubjectId,
        /// The shared secret, base32.
        secret: String,
        /// SHA-256 of the codes for the day when the device is lost, hex; each works once.
        recovery_sha256: BTreeSet<String>,
        step: u64
    }
    /// The password alone is enough again.
    110 v 1 SecondFactorRemoved { person: SubjectId }
    /// A session is used from another address than before. Encrypted under the person's key.
    111 v 1 SessionMoved { session: SessionId, person: SubjectId, address: String }
    /// A person has a picture: JPEG, base64. Encrypted under the person's key.
    112 v 1 PortraitSet { person: SubjectId, jpeg: String }
    /// A person has no picture any more.
    113 v 1 PortraitRemoved { person: SubjectId }
    /// A link to a wall display was given out.
    120 v 1 WallLinkIssued { link: WallLinkId, name: String, secret_sha256: String, tag: Option<String> }
    /// A token was used from another address than before, by what stands behind this. Encrypted under the person's key.
    133 v 1 TokenMoved { token: ApiTokenId, person: SubjectId, address: String }
    /// A link to a wall display ended.
    121 v 1 WallLinkRevoked { link: WallLinkId }
}

/// The stream of a machine's telemetry, whose events have no version.
pub fn telemetry_stream(machine: MachineId) -> String {
    format!("telemetry/{machine}")
}
