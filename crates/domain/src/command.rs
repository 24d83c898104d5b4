//! What can be asked for.

pub use crate::envelope::{Asker, By, Envelope, Via};

use crate::access::{Grantee, Right, Thing};
use crate::account::AccountCommand;
use crate::alert::AlertCommand;
use crate::api_token::TokenScope;
use crate::check::Check;
use crate::event::body::DeliveryAttempted;
use crate::evidence::Process;
use crate::hub::{HubPart, HubTrouble};
use crate::ids::*;
use crate::link::{Asked, LinkCode};
use crate::machine::{AgentIdentity, Keeper, MachineDetails};
use crate::notify::{ChannelTrouble, QuietHours};
use crate::people::Role;
use crate::recorded::{Frame, Position};
use crate::rule::{Rule, Scope, Severity};
use crate::second_factor::ShownFactor;
use crate::telemetry::SeriesKey;
use crate::time::Micros;
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// What can be asked for. Identifiers of new things are chosen by the asker, so that deciding is pure.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs, reason = "fields are those of the events they become")]
pub enum Command {
    /// The hub starts to serve; the first time, the default rules are added.
    StartHub {
        node: String,
        program: String,
    },
    /// The hub could not watch between these times.
    NoteAbsence {
        from_us: Micros,
        to_us: Micros,
    },
    /// The settings were read again while the hub runs.
    NoteReload {
        applied: Vec<String>,
        waiting: Vec<String>,
    },
    RegisterMachine {
        machine: MachineId,
        details: MachineDetails,
        keeper: Keeper,
    },
    ChangeMachine {
        machine: MachineId,
        details: MachineDetails,
        keeper: Keeper,
    },
    RemoveMachine {
        machine: MachineId,
    },
    IssueJoinToken {
        token: TokenId,
        machine: MachineId,
        secret_sha256: String,
        expires_us: Micros,
        uses: u32,
    },
    /// An agent shows a token's secret and takes the certificate made for it.
    Join {
        token: TokenId,
        secret_sha256: String,
        identity: AgentIdentity,
    },
    RenewAgent {
        machine: MachineId,
        identity: AgentIdentity,
    },
    RevokeAgent {
        machine: MachineId,
    },
    ConnectAgent {
        machine: MachineId,
        key_sha256: String,
        agent_version: String,
        protocol: u16,
        features: Vec<String>,
    },
    DisconnectAgent {
        machine: MachineId,
        reason: String,
        frames: u64,
        refused: u64,
        connection: Position,
    },
    /// One frame of samples: series, time by the sender's clock, value.
    RecordSamples {
        machine: MachineId,
        frame: Frame,
        samples: Vec<(SeriesKey, Micros, f64)>,
    },
    AddCheck {
        check: Check,
    },
    ChangeCheck {
        check: Check,
    },
    RemoveCheck {
        check: CheckId,
    },
    /// What a check found: by the hub without a frame, by an agent with one of its numbered frames. The
    /// series are named by their metrics only; the check's name is added as a label.
    RecordCheck {
        check: CheckId,
        frame: Option<Frame>,
        samples: Vec<(SeriesKey, Micros, f64)>,
        /// Why it fails, where it does and whoever runs it says so.
        why: Option<String>,
    },
    /// What runs on a machine that has an open incident.
    RecordEvidence {
        machine: MachineId,
        incident: IncidentId,
        processes: Vec<Process>,
    },
    AddRule {
        rule: Rule,
    },
    ChangeRule {
        rule: Rule,
    },
    RemoveRule {
        rule: RuleId,
    },
    /// What the rule evaluator saw.
    Alert(AlertCommand),
    Acknowledge {
        incident: IncidentId,
    },
    /// Puts an alert off; it is told again at this time if it still fires.
    Snooze {
        incident: IncidentId,
        until_us: Micros,
    },
    BeginSilence {
        silence: SilenceId,
        scope: Scope,
        rule: Option<RuleId>,
        until_us: Micros,
        reason: String,
    },
    EndSilence {
        silence: SilenceId,
    },
    /// Gives a thing to somebody, or to nobody.
    SetOwner {
        thing: Thing,
        owner: Option<SubjectId>,
    },
    /// Lets a person or a group see or operate a thing.
    Share {
        thing: Thing,
        with: Grantee,
        right: Right,
    },
    Unshare {
        thing: Thing,
        with: Grantee,
    },
    AddGroup {
        group: GroupId,
        name: String,
    },
    RenameGroup {
        group: GroupId,
        name: String,
    },
    RemoveGroup {
        group: GroupId,
    },
    JoinGroup {
        group: GroupId,
        person: SubjectId,
    },
    LeaveGroup {
        group: GroupId,
        person: SubjectId,
    },
    /// About coming to an account.
    Account(AccountCommand),
    SetRole {
        person: SubjectId,
        role: Role,
    },
    /// Ends the sessions and tokens of an account and keeps it closed until it is restored.
    SuspendPerson {
        person: SubjectId,
    },
    RestorePerson {
        person: SubjectId,
    },
    /// A token by which a program acts in the asker's name.
    IssueApiToken {
        token: ApiTokenId,
        name: String,
        secret_sha256: String,
        scopes: BTreeSet<TokenScope>,
        expires_us: Micros,
    },
    /// Ends a token of one's own, or that of somebody whose rights the asker may change.
    RevokeApiToken {
        token: ApiTokenId,
    },
    /// Gives out a link to a wall display.
    IssueWallLink {
        link: WallLinkId,
        name: String,
        secret_sha256: String,
        tag: Option<String>,
    },
    RevokeWallLink {
        link: WallLinkId,
    },
    /// The very first account; refused as soon as there is an owner.
    RegisterOwner {
        person: SubjectId,
        login: String,
        display_name: String,
        mail: String,
        password_phc: String,
    },
    ChangePassword {
        person: SubjectId,
        password_phc: String,
    },
    /// The hub's own machine gives out a link by which a person sets another password.
    IssuePasswordReset {
        person: SubjectId,
        secret_sha256: String,
        expires_us: Micros,
    },
    /// Whoever has such a link sets the password; every session ends.
    ResetPassword {
        secret_sha256: String,
        password_phc: String,
    },
    /// A person has shown the password that this hash is of; if it is another by now, nothing is opened.
    OpenSession {
        session: SessionId,
        person: SubjectId,
        password_phc: String,
        token_sha256: String,
        expires_us: Micros,
        address: String,
        /// What the browser says of itself.
        browser: String,
        /// What was shown beside the password, by whoever has a second factor.
        shown: Option<ShownFactor>,
    },
    CloseSession {
        session: SessionId,
    },
    /// Ends the asker's sessions, all but this one.
    CloseOtherSessions {
        session: SessionId,
    },
    /// A session is used from this address.
    NoteSessionMoved {
        session: SessionId,
        address: String,
    },
    /// The asker has shown the code of this step and is asked for one from now on.
    SetSecondFactor {
        secret: String,
        recovery_sha256: BTreeSet<String>,
        step: u64,
    },
    /// Without what the person itself has shown, only by who may change the person's role.
    RemoveSecondFactor {
        person: SubjectId,
        shown: Option<ShownFactor>,
    },
    /// The asker's picture: JPEG, base64.
    SetPortrait {
        jpeg: String,
    },
    RemovePortrait,
    /// Ends an account for good and has its person forgotten.
    ForgetPerson {
        person: SubjectId,
    },
    ConfigureChannel {
        channel: String,
        settings: Map<String, Value>,
    },
    Subscribe {
        subscription: SubscriptionId,
        subject: SubjectId,
        channel: String,
        address: String,
        at_least: Severity,
        scope: Scope,
        quiet: Option<QuietHours>,
    },
    ChangeSubscription {
        subscription: SubscriptionId,
        at_least: Severity,
        scope: Scope,
        quiet: Option<QuietHours>,
    },
    Unsubscribe {
        subscription: SubscriptionId,
    },
    RequestTest {
        channel: String,
        subject: SubjectId,
        address: String,
    },
    /// Gives out a one-time code by which the asker can link a chat.
    IssueLinkCode {
        channel: String,
        code: LinkCode,
    },
    /// A chat shows a code.
    LinkDestination {
        channel: String,
        code_sha256: String,
        address: String,
        group: bool,
        title: String,
        subscription: SubscriptionId,
    },
    UnlinkDestination {
        subscription: SubscriptionId,
    },
    /// A button was pressed in a chat. `press` is the same however often the press is told.
    Press {
        channel: String,
        address: String,
        press: String,
        incident: IncidentId,
        asked: Asked,
    },
    RecordAttempt(DeliveryAttempted),
    /// Sends a dead letter again.
    ReviveDelivery {
        delivery: DeliveryId,
        cause: Position,
    },
    /// The far side says that the address is gone.
    DisableSubscription {
        subscription: SubscriptionId,
        reason: String,
    },
    /// The far side says that the address is another one now.
    MoveAddress {
        subscription: SubscriptionId,
        address: String,
    },
    /// A channel does not work, or works again when there is no trouble.
    ReportChannel {
        channel: String,
        trouble: Option<ChannelTrouble>,
        since_us: Micros,
        /// The targets that do not answer.
        targets: Vec<String>,
    },
    /// A part of the hub has trouble, or is well when there is none.
    ReportHub {
        part: HubPart,
        trouble: Option<HubTrouble>,
    },
    /// Quiet hours have ended; these attempts say what they held.
    CallDigest {
        subscription: SubscriptionId,
        until_us: Micros,
        held: Vec<DeliveryAttempted>,
    },
}
