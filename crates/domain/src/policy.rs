//! Who may do what. Asked at every door: pages, live feed, socket, and once more by the registry when
//! the thing is done.

mod commands;

use crate::access::{Grantee, Right, Thing};
use crate::account::AccountCommand;
use crate::api_token::{TokenScope, TokenScopes};
use crate::command::{By, Command};
use crate::error::Refusal;
use crate::ids::{MachineId, RuleId, SubjectId};
use crate::machine::Machine;
use crate::people::Role;
use crate::rule::{Rule, Scope};
use crate::state::State;

mod limits;

pub use limits::{MAX_STRANGE_KEEPERS, may_configure, may_give};
use limits::{check_giving, check_nobody};

/// Who asks, with the role that the log gives at this moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Principal {
    /// Who.
    pub by: By,
    /// The role, for a person with an account.
    pub role: Option<Role>,
    /// What an API token leaves of the person's rights; none where the person asks without one.
    pub scopes: Option<TokenScopes>,
    /// Whether the account waits for its mail address to be confirmed: until then it has no role.
    pub waits: bool,
}

impl Principal {
    /// Somebody without a role.
    pub fn of(by: By) -> Self {
        Self { by, role: None, scopes: None, waits: false }
    }
}

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// See machines, their values, alerts and rules: those that the asker may see.
    Watch,
    /// Register machines, and change, remove, enrol and revoke those that the asker may manage, and say what is
    /// checked on them.
    ManageMachines,
    /// Acknowledge and put off alerts, begin and end silences, of machines that the asker may operate.
    ActOnAlerts,
    /// Add rules, and change and remove those that the asker may.
    ManageRules,
    /// Set up channels and subscriptions, see what was delivered.
    ManageChannels,
    /// See people, their roles and groups; change them, invite, suspend.
    ManagePeople,
    /// Read the log itself: who did what, when and from where.
    ReadLog,
    /// Set who may register, and give out links to wall displays.
    ManageHub,
    /// Manage one's own account.
    ManageOwnAccount,
    /// Make the very first account.
    SetUp,
    /// Sign in and out.
    SignIn,
    /// Make an account, by an invitation or where registration is open.
    Register,
    /// Confirm a mail address, and ask for the letter again.
    ConfirmMail,
    /// Ask for a link by which another password is set, and set it.
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

/// Whether the principal may do this at all. With which things, [`State::may_on`] says.
pub fn may(who: &Principal, action: Action) -> bool {
    match who.by {
        By::Hub => true,
        By::Agent(machine) => action == Action::SpeakAs(machine),
        By::Stranger => matches!(
            action,
            Action::SetUp
                | Action::SignIn
                | Action::Register
                | Action::ConfirmMail
                | Action::ResetPassword
                | Action::Join
                | Action::Press
        ),
        By::Person(_) => {
            let within = |scopes: TokenScopes| TokenScope::of(action).is_some_and(|s| scopes.has(s));
            who.scopes.is_none_or(within)
                && (action == Action::Press
                    || (who.waits && matches!(action, Action::SignIn | Action::ConfirmMail))
                    || who.role.is_some_and(|role| role_may(role, action)))
        }
    }
}

fn role_may(role: Role, action: Action) -> bool {
    match action {
        Action::Watch | Action::ManageOwnAccount | Action::SignIn | Action::ConfirmMail => true,
        Action::ActOnAlerts | Action::ManageMachines | Action::ManageRules => role != Role::Viewer,
        Action::ManageChannels | Action::ManagePeople | Action::ReadLog | Action::ManageHub => {
            role >= Role::Administrator
        }
        Action::SetUp | Action::Register | Action::ResetPassword | Action::Join | Action::Press => false,
        Action::SpeakAs(_) | Action::RunHub => false,
    }
}

impl State {
    /// What the principal may do with a thing; nothing when there is no such thing for this principal.
    pub fn right_on(&self, who: &Principal, thing: Thing) -> Option<Right> {
        let person = match who.by {
            By::Hub => return Some(Right::Manage),
            By::Agent(_) | By::Stranger => return None,
            By::Person(person) => person,
        };
        let role = who.role?;
        match thing {
            Thing::Machine(machine) if machine.is_hub() => match role {
                Role::Member => None,
                Role::Viewer => Some(Right::See),
                Role::Operator | Role::Administrator | Role::Owner => Some(Right::Operate),
            },
            Thing::Machine(_) => self.access.right(person, role, thing),
            Thing::Rule(rule) => self.right_on_rule((person, role), rule),
        }
    }

    /// Rules that say something about machines that a person sees are seen; to act on alerts is no right to
    /// change what they are judged by.
    fn right_on_rule(&self, (person, role): (SubjectId, Role), rule: RuleId) -> Option<Right> {
        let own = self.access.right(person, Role::Member, Thing::Rule(rule));
        match role {
            Role::Owner | Role::Administrator => Some(Right::Manage),
            Role::Viewer => Some(Right::See),
            Role::Operator => Some(own.unwrap_or(Right::See)),
            Role::Member => own.or_else(|| {
                let Rule { scope, .. } = self.rules.get(&rule).filter(|rule| rule.rule != Rule::HUB_VIEW)?;
                let seen = |id| self.access.right(person, role, Thing::Machine(id)).is_some();
                let concerned = |m: &Machine| scope.covers(m) && seen(m.machine);
                let concerns = *scope == Scope::Everywhere || self.machines.values().any(concerned);
                concerns.then_some(Right::See)
            }),
        }
    }

    /// Whether the principal may do this with this thing.
    pub fn may_on(&self, who: &Principal, right: Right, thing: Thing) -> bool {
        self.right_on(who, thing).is_some_and(|has| has >= right)
    }

    /// Whether the principal sees a machine.
    pub fn sees(&self, who: &Principal, machine: MachineId) -> bool {
        self.right_on(who, Thing::Machine(machine)).is_some()
    }

    /// The machines that the principal sees.
    pub fn machines_seen<'a>(&'a self, who: &'a Principal) -> impl Iterator<Item = &'a Machine> {
        self.machines.values().filter(|m| self.sees(who, m.machine))
    }

    /// What is needed for a silence of this scope: a single machine's is for whoever operates it, a wider one
    /// for whoever operates all.
    pub fn may_silence(&self, who: &Principal, scope: &Scope) -> bool {
        match scope {
            Scope::Machine { machine } => self.may_on(who, Right::Operate, Thing::Machine(*machine)),
            Scope::Everywhere | Scope::Tag { .. } => {
                self.may_on(who, Right::Operate, Thing::Machine(MachineId::HUB))
            }
        }
    }

    /// Whether somebody sees a silence: it is of a machine that is seen, or of more than one.
    pub fn sees_silence(&self, who: &Principal, scope: &Scope) -> bool {
        match scope {
            Scope::Machine { machine } => self.sees(who, *machine),
            Scope::Everywhere => true,
            Scope::Tag { .. } => self.machines.values().any(|m| scope.covers(m) && self.sees(who, m.machine)),
        }
    }

    /// Refuses what is asked of a thing that the asker has no right to. Whoever may not even see it is told that
    /// it is not there.
    pub(crate) fn check_things(&self, who: &Principal, command: &Command) -> Result<(), Refusal> {
        for (right, thing) in command.things(self) {
            if !self.may_on(who, right, thing) {
                let seen = self.right_on(who, thing).is_some();
                let what = match thing {
                    Thing::Machine(_) => "machine",
                    Thing::Rule(_) => "rule",
                };
                return Err(if seen { Refusal::forbidden() } else { Refusal::not_found(what) });
            }
        }
        match command {
            Command::SetRole { role, .. } | Command::Account(AccountCommand::Invite { role, .. }) => {
                check_giving(who, *role)
            }
            Command::Account(AccountCommand::InviteAgain { invitation, .. }) => {
                let known = self.accounts.invitations.get(invitation);
                known.map_or(Ok(()), |known| check_giving(who, known.role))
            }
            Command::ConfigureChannel { channel, .. } => may_configure(who, channel),
            Command::SetOwner { owner: None, .. } => check_nobody(who),
            Command::Share { with: Grantee::Group(group), .. } => self.check_group(who, *group),
            Command::RegisterMachine { machine, keeper, .. }
            | Command::ChangeMachine { machine, keeper, .. } => self.check_keeper(who, *machine, keeper),
            Command::BeginSilence { scope, .. } if !self.may_silence(who, scope) => Err(Refusal::forbidden()),
            Command::EndSilence { silence } => match self.silences.get(silence) {
                Some(known) if !self.may_silence(who, &known.scope) => Err(Refusal::forbidden()),
                _ => Ok(()),
            },
            Command::AddRule { rule } | Command::ChangeRule { rule } => self.check_rule_scope(who, rule),
            Command::AddCheck { check } | Command::ChangeCheck { check } => self.check_runner(who, check),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::SubjectId;

    fn person(role: Option<Role>) -> Principal {
        Principal { role, ..Principal::of(By::Person(SubjectId::derived(&["p"]))) }
    }

    #[test]
    fn each_role_may_what_it_should_and_no_more() {
        use Action::*;
        let table = [
            (Watch, Some(Role::Viewer)),
            (ManageOwnAccount, Some(Role::Viewer)),
            (ActOnAlerts, Some(Role::Member)),
            (ManageMachines, Some(Role::Member)),
            (ManageRules, Some(Role::Member)),
            (ManageChannels, Some(Role::Administrator)),
            (ManagePeople, Some(Role::Administrator)),
            (ReadLog, Some(Role::Administrator)),
            (ManageHub, Some(Role::Administrator)),
            (ConfirmMail, Some(Role::Viewer)),
            (SetUp, None),
            (Register, None),
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
        let agent = Principal::of(By::Agent(own));
        assert!(may(&agent, Action::SpeakAs(own)));
        assert!(!may(&agent, Action::SpeakAs(other)));
        assert!(!may(&agent, Action::Watch));
    }
}
