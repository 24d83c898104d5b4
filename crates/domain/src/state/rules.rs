//! Rules are added, changed and removed.

use super::State;
use super::decide::{Decided, MOST};
use crate::access::{Right, Thing};
use crate::alert::{self, ResolveReason};
use crate::command::By;
use crate::error::Refusal;
use crate::event::body;
use crate::ids::{MachineId, RuleId, SubjectId};
use crate::naming::{hidden, is_plain};
use crate::people::Role;
use crate::rule::{Condition, Rule};
use crate::time::Micros;
use std::collections::BTreeSet;

impl State {
    fn checked_rule(&self, rule: &Rule, before: Option<&Rule>) -> Result<Rule, Refusal> {
        let scope = rule.scope.checked(self, before.map(|before| &before.scope))?;
        let rule = Rule { scope, ..rule.clone() }.checked()?;
        // One that was named before can be switched off all the same.
        if before.is_none_or(|before| before.name != rule.name) && !is_plain(&rule.name) {
            return Err(hidden("name"));
        }
        let known = |step: &crate::rule::EscalationStep| step.to.iter().all(|p| self.people.contains_key(p));
        if rule.escalation.iter().all(known) {
            return Ok(rule);
        }
        let message = "Somebody who is to be told has no account any more; choose somebody else.";
        Err(Refusal::field("bad_escalation", "escalation", message))
    }

    /// Whether a step of this rule tells those whom it names of a machine that they do not see: whoever the rule
    /// belongs to could share the machine with them. Administrators look after the rules of nobody.
    pub fn rule_tells_of(&self, rule: RuleId, machine: MachineId) -> bool {
        let owner = self.access.owner(Thing::Rule(rule));
        self.rules.contains_key(&rule) && owner.is_none_or(|owner| self.may_share(By::Person(owner), machine))
    }

    fn may_share(&self, by: By, machine: MachineId) -> bool {
        let who = self.principal(by);
        match machine.is_hub() {
            true => by == By::Hub || who.role >= Some(Role::Administrator),
            false => self.may_on(&who, Right::Manage, Thing::Machine(machine)),
        }
    }

    /// Refuses to name somebody who does not see a machine of the rule when neither who asks nor whoever the rule
    /// belongs to could share it.
    fn check_named(&self, by: By, rule: &Rule, before: Option<&Rule>) -> Result<(), Refusal> {
        let as_before = |b: &Rule| b.enabled && (&b.escalation, &b.scope) == (&rule.escalation, &rule.scope);
        if !rule.enabled || rule.escalation.is_empty() || before.is_some_and(as_before) {
            return Ok(());
        }
        let owner = before.map_or(Some(by), |b| self.access.owner(Thing::Rule(b.rule)).map(By::Person));
        let allowed =
            |machine| self.may_share(by, machine) && owner.is_none_or(|owner| self.may_share(owner, machine));
        let hub = matches!(rule.condition, Condition::Vanished { .. }).then_some(MachineId::HUB);
        let covered = self.machines.values().filter(|m| hub.is_none() && rule.scope.covers(m));
        let closed: Vec<_> = covered.map(|m| m.machine).chain(hub).filter(|m| !allowed(*m)).collect();
        let sees_all = |person: &SubjectId| {
            let who = self.principal(By::Person(*person));
            closed.iter().all(|machine| self.sees(&who, *machine))
        };
        if rule.escalation.iter().flat_map(|step| &step.to).all(sees_all) {
            return Ok(());
        }
        let message = "Somebody who is to be told does not see the machine. Choose somebody else, or have it shared \
                       with them first.";
        Err(Refusal::field("escalation_unseen", "escalation", message))
    }

    pub(super) fn add_rule(&self, by: By, rule: &Rule, now: Micros) -> Decided {
        if self.rules.contains_key(&rule.rule) || self.rules.len() >= MOST {
            return Err(Refusal::new("exists", "This rule exists already, or there are too many."));
        }
        let personal = self.principal(by).role == Some(Role::Member);
        let rule = Rule { personal, ..self.checked_rule(rule, None)? };
        self.check_named(by, &rule, None)?;
        let mut after = self.rules.clone();
        after.insert(rule.rule, rule.clone());
        let mut events = alert::end_overruled(self, &after, now, &BTreeSet::new());
        events.push(body::RuleAdded { rule }.into());
        Ok(events)
    }

    pub(super) fn change_rule(&self, by: By, rule: &Rule, now: Micros) -> Decided {
        let Some(before) = self.rules.get(&rule.rule) else { return Err(Refusal::not_found("rule")) };
        let rule = Rule { personal: before.personal, ..self.checked_rule(rule, Some(before))? };
        self.check_named(by, &rule, Some(before))?;
        if *before == rule {
            return Ok(Vec::new());
        }
        let anew = alert::judged_anew(before, &rule);
        let own = |i: &alert::Incident| anew && i.rule == rule.rule;
        let mut events = alert::end_all(self, now, ResolveReason::RuleChanged, own);
        if anew || before.severity != rule.severity {
            let mut after = self.rules.clone();
            after.insert(rule.rule, rule.clone());
            let ended: BTreeSet<_> = self.incidents.values().filter(|i| own(i)).map(|i| i.incident).collect();
            events.extend(alert::end_overruled(self, &after, now, &ended));
        }
        events.push(body::RuleChanged { rule }.into());
        Ok(events)
    }

    pub(super) fn remove_rule(&self, rule: RuleId, now: Micros) -> Decided {
        if !self.rules.contains_key(&rule) {
            return Err(Refusal::not_found("rule"));
        }
        if rule == Rule::HUB_VIEW {
            return Err(Refusal::new("hub_rule", "The hub needs this rule; switch it off instead."));
        }
        let mut events = alert::end_all(self, now, ResolveReason::RuleRemoved, |i| i.rule == rule);
        events.extend(alert::silences_of(self, now, |s| s.rule == Some(rule)));
        events.push(body::RuleRemoved { rule }.into());
        Ok(events)
    }
}
