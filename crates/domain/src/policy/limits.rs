//! What rules and checks may reach for, by who makes them.

use super::Principal;
use crate::access::{Right, Thing};
use crate::check::{Check, RunBy};
use crate::command::By;
use crate::error::Refusal;
use crate::ids::{MachineId, SubjectId};
use crate::rule::{Rule, Scope};
use crate::state::State;

impl State {
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
