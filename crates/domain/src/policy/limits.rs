//! What people may reach for with what they may do otherwise: by rules and checks, tokens, channels and keepers.

use super::Principal;
use crate::access::{Right, Thing};
use crate::check::{Check, RunBy};
use crate::command::By;
use crate::error::Refusal;
use crate::ids::{GroupId, MachineId, SubjectId};
use crate::machine::Keeper;
use crate::people::Role;
use crate::rule::{Rule, Scope};
use crate::state::{MAIL, State};
use std::collections::BTreeSet;

/// Most different addresses of people without an account that a member may name as keepers of own machines: each
/// gets mail that nobody there has asked for.
pub const MAX_STRANGE_KEEPERS: usize = 5;

/// Whether this asker may give this role to somebody: at most the own one, and nobody by a token becomes one who
/// stays as mighty when the token is revoked.
pub fn may_give(who: &Principal, role: Role) -> bool {
    let own = who.role.is_some_and(|own| role <= own);
    (who.by == By::Hub || own) && (who.scopes.is_none() || role < Role::Administrator)
}

/// What a token may not give, whoever's it is. What the person may not give either is told by the decision.
pub(super) fn check_giving(who: &Principal, role: Role) -> Result<(), Refusal> {
    let by_token = who.scopes.is_some() && role >= Role::Administrator;
    if by_token { Err(Refusal::forbidden()) } else { Ok(()) }
}

/// Whether this asker may say how a channel works. Through that of mail go the links by which passwords are set:
/// whoever directs it can become anybody.
///
/// # Errors
/// A [`Refusal`] that says who may.
pub fn may_configure(who: &Principal, channel: &str) -> Result<(), Refusal> {
    let owner = who.role == Some(Role::Owner) && who.scopes.is_none();
    if channel != MAIL || who.by == By::Hub || owner {
        return Ok(());
    }
    let message = "Only an owner sets the mail server, signed in and not by a token: links that set passwords go \
                   through it.";
    Err(Refusal::new("mail_owner_only", message))
}

/// What belongs to nobody is looked after by those who look after everything.
pub(super) fn check_nobody(who: &Principal) -> Result<(), Refusal> {
    if who.by == By::Hub || who.role >= Some(Role::Administrator) {
        return Ok(());
    }
    let message = "Say whose it is to be; only administrators leave a thing without an owner.";
    Err(Refusal::field("owner_missing", "owner", message))
}

impl State {
    /// A thing is shared with groups that one is in; whoever looks after people shares it with every group. A group
    /// that one is not in is as if it were not there.
    pub(super) fn check_group(&self, who: &Principal, group: GroupId) -> Result<(), Refusal> {
        if self.may_share_with(who, group) {
            return Ok(());
        }
        let message = "No such group, or you are not in it; choose another.";
        Err(Refusal::field("no_grantee", "with", message))
    }

    /// Whether there is such a group for this asker to share things with.
    pub fn may_share_with(&self, who: &Principal, group: GroupId) -> bool {
        let inside = |by| matches!(by, By::Person(person) if self.is_in(group, person));
        let all = who.by == By::Hub || who.role >= Some(Role::Administrator);
        self.access.groups.contains_key(&group) && (all || inside(who.by))
    }

    fn is_in(&self, group: GroupId, person: SubjectId) -> bool {
        self.access.groups.get(&group).is_some_and(|group| group.members.contains(&person))
    }

    /// Members have mail sent to few who have no account here, so that nobody sends the world mail by this hub.
    /// What was named before stays.
    pub(super) fn check_keeper(
        &self,
        who: &Principal,
        machine: MachineId,
        keeper: &Keeper,
    ) -> Result<(), Refusal> {
        let (By::Person(person), Some(Role::Member)) = (who.by, who.role) else { return Ok(()) };
        let address = |keeper: &Keeper| keeper.mail.trim().to_lowercase();
        let strange = |mail: &String| !mail.is_empty() && !self.people.values().any(|p| p.holds(mail));
        let wanted = address(keeper);
        let known = self.machines.get(&machine).and_then(|m| m.keeper.as_ref()).map(address);
        if !strange(&wanted) || known.as_ref() == Some(&wanted) {
            return Ok(());
        }
        let own = |id: &MachineId| self.access.owner(Thing::Machine(*id)) == Some(person);
        let others = self.machines.values().filter(|m| m.machine != machine && own(&m.machine));
        let mut named: BTreeSet<String> =
            others.filter_map(|m| m.keeper.as_ref()).map(address).filter(strange).collect();
        named.insert(wanted);
        if named.len() <= MAX_STRANGE_KEEPERS {
            return Ok(());
        }
        let message = format!(
            "Your machines name {MAX_STRANGE_KEEPERS} addresses already that no account here has confirmed. Name \
             one of those or somebody with an account, or ask an operator to enter this one."
        );
        Err(Refusal::field("too_many_keepers", "keeper_mail", message))
    }

    /// Whoever does not operate all machines makes rules for single ones, and has nobody else woken.
    pub(super) fn check_rule_scope(&self, who: &Principal, rule: &Rule) -> Result<(), Refusal> {
        if self.may_on(who, Right::Operate, Thing::Machine(MachineId::HUB)) {
            return Ok(());
        }
        let allowed = match rule.scope {
            Scope::Machine { machine } => self.may_on(who, Right::Operate, Thing::Machine(machine)),
            Scope::Everywhere | Scope::Tag { .. } => false,
        };
        if !allowed {
            let message = "Choose one machine that you may operate; rules for more are made by operators.";
            return Err(Refusal::field("scope_forbidden", "scope", message));
        }
        let own = |person: &SubjectId| who.by == By::Person(*person);
        if !rule.escalation.iter().flat_map(|step| &step.to).all(own) {
            let message = "Your own rules can call nobody but you.";
            return Err(Refusal::field("escalation_forbidden", "escalation", message));
        }
        Ok(())
    }

    /// A check that the hub runs reaches whatever the hub reaches, so it is for those who look after all.
    pub(super) fn check_runner(&self, who: &Principal, check: &Check) -> Result<(), Refusal> {
        let allowed = match check.run_by {
            RunBy::Hub => self.may_on(who, Right::Operate, Thing::Machine(MachineId::HUB)),
            RunBy::Agent { machine } => self.may_on(who, Right::Manage, Thing::Machine(machine)),
        };
        if allowed {
            return Ok(());
        }
        let message =
            "Choose a machine of your own to run the check; what the hub runs is set up by operators.";
        Err(Refusal::field("runner_forbidden", "run_by", message))
    }
}
