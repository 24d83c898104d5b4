//! What each command needs.

use super::Action;
use crate::access::{Right, Thing};
use crate::command::Command;
use crate::ids::{CheckId, IncidentId, MachineId};
use crate::state::State;

/// A row for every command: one that has none does not compile.
macro_rules! actions {
    ($command:expr; { $($special:pat => $of:expr;)* } $([$($variant:ident)+] $action:ident;)+) => {
        match $command {
            $($special => $of,)*
            $($(Command::$variant { .. })|+ => Action::$action,)+
        }
    };
}

impl Command {
    /// What the asker must be allowed to do.
    pub fn action(&self) -> Action {
        actions! { self;
            {
                Command::Account(command) => command.action();
                Command::SetOwner { thing, .. } => of_thing(thing);
                Command::Share { thing, .. } => of_thing(thing);
                Command::Unshare { thing, .. } => of_thing(thing);
                Command::RenewAgent { machine, .. } => Action::SpeakAs(*machine);
                Command::ConnectAgent { machine, .. } => Action::SpeakAs(*machine);
                Command::DisconnectAgent { machine, .. } => Action::SpeakAs(*machine);
                Command::RecordSamples { machine, .. } => Action::SpeakAs(*machine);
                Command::RecordEvidence { machine, .. } => Action::SpeakAs(*machine);
                Command::RecordCheck { frame: Some(frame), .. } => Action::SpeakAs(MachineId(frame.producer));
            }
            [RegisterMachine ChangeMachine RemoveMachine IssueJoinToken RevokeAgent] ManageMachines;
            [AddCheck ChangeCheck RemoveCheck] ManageMachines;
            [AddRule ChangeRule RemoveRule] ManageRules;
            [Acknowledge Snooze BeginSilence EndSilence] ActOnAlerts;
            [AddGroup RenameGroup RemoveGroup JoinGroup LeaveGroup] ManagePeople;
            [SetRole SuspendPerson RestorePerson] ManagePeople;
            [ConfigureChannel RequestTest ReviveDelivery] ManageChannels;
            [Subscribe ChangeSubscription Unsubscribe] ManageChannels;
            [IssueWallLink RevokeWallLink] ManageHub;
            [RegisterOwner] SetUp;
            [ResetPassword] ResetPassword;
            [OpenSession CloseSession] SignIn;
            [Join LinkDestination] Join;
            [Press] Press;
            [ChangePassword CloseOtherSessions IssueApiToken RevokeApiToken] ManageOwnAccount;
            [SetSecondFactor RemoveSecondFactor SetPortrait RemovePortrait] ManageOwnAccount;
            // Somebody else's needs the right to manage people too, which is asked when it is decided.
            [ForgetPerson] ManageOwnAccount;
            [IssueLinkCode UnlinkDestination] ManageOwnAccount;
            [StartHub NoteAbsence NoteReload RecordCheck Alert NoteSessionMoved IssuePasswordReset] RunHub;
            [RecordAttempt DisableSubscription MoveAddress ReportChannel ReportHub CallDigest] RunHub;
        }
    }

    /// The things that this is about, each with the right that it needs.
    pub fn things(&self, state: &State) -> Vec<(Right, Thing)> {
        let machine = |right, id: &MachineId| vec![(right, Thing::Machine(*id))];
        let of_incident = |incident: &IncidentId| {
            let known = state.incidents.get(incident);
            known.map(|i| (Right::Operate, Thing::Machine(i.machine))).into_iter().collect()
        };
        let of_check = |check: &CheckId| {
            state.checks.get(check).map(|c| (Right::Manage, Thing::Machine(c.machine))).into_iter().collect()
        };
        match self {
            Command::ChangeMachine { machine: id, details, .. } => {
                let known = state.machines.get(id).and_then(|m| m.details.parent);
                let parent = details.parent.filter(|parent| known != Some(*parent));
                let parent = parent.map(|parent| (Right::See, Thing::Machine(parent)));
                machine(Right::Manage, id).into_iter().chain(parent).collect()
            }
            Command::RegisterMachine { details, .. } => {
                details.parent.map(|parent| (Right::See, Thing::Machine(parent))).into_iter().collect()
            }
            Command::RemoveMachine { machine: id }
            | Command::IssueJoinToken { machine: id, .. }
            | Command::RevokeAgent { machine: id } => machine(Right::Manage, id),
            Command::AddCheck { check } => machine(Right::Manage, &check.machine),
            Command::ChangeCheck { check } => {
                let mut things: Vec<_> = of_check(&check.check);
                things.push((Right::Manage, Thing::Machine(check.machine)));
                things
            }
            Command::RemoveCheck { check } => of_check(check),
            Command::ChangeRule { rule } => vec![(Right::Operate, Thing::Rule(rule.rule))],
            Command::RemoveRule { rule } => vec![(Right::Manage, Thing::Rule(*rule))],
            Command::SetOwner { thing, .. }
            | Command::Share { thing, .. }
            | Command::Unshare { thing, .. } => {
                vec![(Right::Manage, *thing)]
            }
            Command::Acknowledge { incident } | Command::Snooze { incident, .. } => of_incident(incident),
            _ => Vec::new(),
        }
    }
}

/// Giving a thing away and sharing it are part of managing such things.
fn of_thing(thing: &Thing) -> Action {
    match thing {
        Thing::Machine(_) => Action::ManageMachines,
        Thing::Rule(_) => Action::ManageRules,
    }
}
