//! Who may do what. Asked at every door: pages, live feed, socket, and once more by the registry when
//! the thing is done.

use crate::command::{By, Command};
use crate::ids::MachineId;
use crate::people::Role;

/// Who asks, with the role that the log gives at this moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Principal {
    /// Who.
    pub by: By,
    /// The role, for a person with an account.
    pub role: Option<Role>,
}

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// See machines, their values, alerts and what was delivered.
    Watch,
    /// Register, change, remove, enrol and revoke machines, and say what is checked on them.
    ManageMachines,
    /// Acknowledge and put off alerts, begin and end silences.
    ActOnAlerts,
    /// Add, change and remove rules.
    ManageRules,
    /// Set up channels and subscriptions.
    ManageChannels,
    /// Manage one's own account.
    ManageOwnAccount,
    /// Make the very first account.
    SetUp,
    /// Sign in.
    SignIn,
    /// Set another password by a link that was given out for it.
    ResetPassword,
    /// Join with a token, or link a chat with a code.
    Join,
    /// Press a button in a chat; what it asks for is judged by itself.
    Press,
    /// Speak as this machine.
    SpeakAs(MachineId),
    /// What only the hub does.
    RunHub,
}

/// Whether the principal may do this.
pub fn may(who: &Principal, action: Action) -> bool {
    match who.by {
        By::Hub => true,
        By::Agent(machine) => action == Action::SpeakAs(machine),
        By::Stranger => matches!(
            action,
            Action::SetUp | Action::SignIn | Action::ResetPassword | Action::Join | Action::Press
        ),
        By::Person(_) => action == Action::Press || who.role.is_some_and(|role| role_may(role, action)),
    }
}

fn role_may(role: Role, action: Action) -> bool {
    let least = match action {
        Action::Watch | Action::ManageOwnAccount | Action::SignIn => Role::Viewer,
        Action::ActOnAlerts => Role::Operator,
        Action::ManageMachines | Action::ManageRules | Action::ManageChannels => Role::Administrator,
        Action::SetUp | Action::ResetPassword | Action::Join | Action::Press => return false,
        Action::SpeakAs(_) | Action::RunHub => return false,
    };
    role >= least
}

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
            | Command::RemoveCheck { .. } => Action::ManageMachines,
            Command::Join { .. } | Command::LinkDestination { .. } => Action::Join,
            Command::Press { .. } => Action::Press,
            Command::RenewAgent { machine, .. }
            | Command::ConnectAgent { machine, .. }
            | Command::DisconnectAgent { machine, .. }
            | Command::RecordSamples { machine, .. }
            | Command::RecordEvidence { machine, .. } => Action::SpeakAs(*machine),
            Command::RecordCheck { frame: Some(frame), .. } => Action::SpeakAs(MachineId(frame.producer)),
            Command::AddRule { .. } | Command::ChangeRule { .. } | Command::RemoveRule { .. } => {
                Action::ManageRules
            }
            Command::Acknowledge { .. }
            | Command::Snooze { .. }
            | Command::BeginSilence { .. }
            | Command::EndSilence { .. } => Action::ActOnAlerts,
            Command::RegisterOwner { .. } => Action::SetUp,
            Command::OpenSession { .. } => Action::SignIn,
            Command::ChangePassword { .. }
            | Command::CloseSession { .. }
            | Command::IssueLinkCode { .. }
            | Command::UnlinkDestination { .. } => Action::ManageOwnAccount,
            Command::ResetPassword { .. } => Action::ResetPassword,
            Command::ConfigureChannel { .. }
            | Command::Subscribe { .. }
            | Command::ChangeSubscription { .. }
            | Command::Unsubscribe { .. }
            | Command::ReviveDelivery { .. }
            | Command::RequestTest { .. } => Action::ManageChannels,
            Command::StartHub { .. }
            | Command::NoteAbsence { .. }
            | Command::RecordCheck { frame: None, .. }
            | Command::NoteReload { .. }
            | Command::IssuePasswordReset { .. }
            | Command::Alert(_)
            | Command::RecordAttempt(_)
            | Command::DisableSubscription { .. }
            | Command::MoveAddress { .. }
            | Command::ReportChannel { .. }
            | Command::CallDigest { .. } => Action::RunHub,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::SubjectId;

    fn person(role: Option<Role>) -> Principal {
        Principal { by: By::Person(SubjectId::derived(&["p"])), role }
    }

    #[test]
    fn each_role_may_what_it_should_and_no_more() {
        use Action::*;
        let table = [
            (Watch, Some(Role::Viewer)),
            (ActOnAlerts, Some(Role::Operator)),
            (ManageMachines, Some(Role::Administrator)),
            (ManageRules, Some(Role::Administrator)),
            (ManageChannels, Some(Role::Administrator)),
            (SetUp, None),
            (Join, None),
            (RunHub, None),
            (SpeakAs(MachineId::derived(&["m"])), None),
        ];
        for (action, least) in table {
            for role in [Role::Viewer, Role::Member, Role::Operator, Role::Administrator, Role::Owner] {
                let expected = least.is_some_and(|least| role >= least);
                assert_eq!(may(&person(Some(role)), action), expected, "{role:?} {action:?}");
            }
            assert!(!may(&person(None), action), "a person without an account: {action:?}");
        }
    }

    #[test]
    fn an_agent_speaks_for_its_own_machine_only() {
        let (own, other) = (MachineId::derived(&["own"]), MachineId::derived(&["other"]));
        let agent = Principal { by: By::Agent(own), role: None };
        assert!(may(&agent, Action::SpeakAs(own)));
        assert!(!may(&agent, Action::SpeakAs(other)));
        assert!(!may(&agent, Action::Watch));
    }
}
