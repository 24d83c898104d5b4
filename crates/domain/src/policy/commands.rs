//! What each command needs.

use super::Action;
use crate::access::{Right, Thing};
use crate::command::Command;
use crate::ids::{CheckId, IncidentId, MachineId};
use crate::state::State;

impl Command {
    /// What the asker must be allowed to do.
    pub fn action(&self) -> Action {
        match self {
            Command::RegisterMachine { .. }
            | Command::ChangeMachine { .. }
            | Command::RemoveMachine { .. }
            | Command::IssueJoinToken { .. }
            | Command::RevokeAgent { .. }
            | Command::AddCheck { .. }
            | Command::ChangeCheck { .. }
            | Command::RemoveCheck { .. }
            | Command::SetOwner { thing: Thing::Machine(_), .. }
            | Command::Share { thing: Thing::Machine(_), .. }
            | Command::Unshare { thing: Thing::Machine(_), .. } => Action::ManageMachines,
            Command::Join { .. } | Command::LinkDestination { .. } => Action::Join,
            Command::Press { .. } => Action::Press,
            Command::RenewAgent { machine, .. }
            | Command::ConnectAgent { machine, .. }
            | Command::DisconnectAgent { machine, .. }
            | Command::RecordSamples { machine, .. }
            | Command::RecordEvidence { machine, .. } => Action::SpeakAs(*machine),
            Command::RecordCheck { frame: Some(frame), .. } => Action::SpeakAs(MachineId(frame.producer)),
            Command::AddRule { .. }
            | Command::ChangeRule { .. }
            | Command::RemoveRule { .. }
            | Command::SetOwner { thing: Thing::Rule(_), .. }
            | Command::Share { thing: Thing::Rule(_), .. }
            | Command::Unshare { thing: Thing::Rule(_), .. } => Action::ManageRules,
            Command::AddGroup { .. }
            | Command::RenameGroup { .. }
            | Command::RemoveGroup { .. }
            | Command::JoinGroup { .. }
            | Command::LeaveGroup { .. }
            | Command::SetRole { .. }
            | Command::SuspendPerson { .. }
            | Command::RestorePerson { .. } => Action::ManagePeople,
            Command::Acknowledge { .. }
            | Command::Snooze { .. }
            | Command::BeginSilence { .. }
            | Command::EndSilence { .. } => Action::ActOnAlerts,
            Command::RegisterOwner { .. } => Action::SetUp,
            Command::IssueWallLink { .. } | Command::RevokeWallLink { .. } => Action::ManageHub,
            Command::OpenSession { .. } | Command::CloseSession { .. } => Action::SignIn,
            Command::Account(command) => command.action(),
            Command::ResetPassword { .. } => Action::ResetPassword,
            Command::ConfigureChannel { .. }
            | Command::Subscribe { .. }
            | Command::ChangeSubscription { .. }
            | Command::Unsubscribe { .. }
            | Command::ReviveDelivery { .. }
            | Command::RequestTest { .. } => Action::ManageChannels,
            other => other.action_on_account(),
        }
    }

    /// What is about one's own account, and what only the hub does.
    fn action_on_account(&self) -> Action {
        match self {
            Command::ChangePassword { .. }
            | Command::CloseOtherSessions { .. }
            | Command::SetSecondFactor { .. }
            | Command::RemoveSecondFactor { .. }
            | Command::SetPortrait { .. }
            | Command::RemovePortrait
            // Somebody else's needs the right to manage people too, which is asked when it is decided.
            | Command::ForgetPerson { .. }
            | Command::IssueApiToken { .. }
            | Command::RevokeApiToken { .. }
            | Command::IssueLinkCode { .. }
            | Command::UnlinkDestination { .. } => Action::ManageOwnAccount,
            // Whatever else there is, nobody else asks for.
            _ => Action::RunHub,
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
