//! Rules are added, changed and removed.

use super::State;
use super::decide::{Decided, MOST};
use crate::alert::{self, ResolveReason};
use crate::command::By;
use crate::error::Refusal;
use crate::event::body;
use crate::ids::RuleId;
use crate::naming::{hidden, is_plain};
use crate::people::Role;
use crate::rule::Rule;
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

    pub(super) fn add_rule(&self, by: By, rule: &Rule, now: Micros) -> Decided {
        if self.rules.contains_key(&rule.rule) || self.rules.len() >= MOST {
            return Err(Refusal::new("exists", "This rule exists already, or there are too many."));
        }
        let personal = self.principal(by).role == Some(Role::Member);
        let rule = Rule { personal, ..self.checked_rule(rule, None)? };
        let mut after = self.rules.clone();
        after.insert(rule.rule, rule.clone());
        let mut events = alert::end_overruled(self, &after, now, &BTreeSet::new());
        events.push(body::RuleAdded { rule }.into());
        Ok(events)
    }

    pub(super) fn change_rule(&self, rule: &Rule, now: Micros) -> Decided {
        let Some(before) = self.rules.get(&rule.rule) else { return Err(Refusal::not_found("rule")) };
        let rule = Rule { personal: before.personal, ..self.checked_rule(rule, Some(before))? };
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
