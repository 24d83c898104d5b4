//! Rules: the list, the form, and what they look for in words.

use super::health::severity;
use crate::views::Models;
use crate::web::format::Locale;
use crate::web::view::{Cause, Choice, RuleForm, RuleRow, ScopeText, StepRow};
use std::collections::BTreeSet;
use watchroom_domain::{
    Compare, Condition, HOUR_US, MINUTE_US, Metric, Micros, Rule, SECOND_US, Scope, State as Control,
    metric_unit,
};

/// What a rule looks for, on one series where given.
pub fn cause_of(condition: &Condition, label: String) -> Cause {
    match condition {
        Condition::Threshold { metric, compare, fire, clear, for_us } => Cause::Threshold {
            metric: metric.clone(),
            label,
            above: *compare == Compare::Above,
            fire: *fire,
            clear: *clear,
            for_us: *for_us,
        },
        Condition::Silent { for_us } => Cause::Silent { for_us: *for_us },
        Condition::Vanished { least, percent, within_us } => {
            Cause::Vanished { least: *least, percent: *percent, within_us: *within_us }
        }
    }
}

/// What people call a rule: a rule that is on from the start and was never renamed, in the reader's language.
pub fn rule_name(l: &Locale, rule: &Rule) -> String {
    rule.name_key().map_or_else(|| rule.name.clone(), |key| l.t(key))
}

/// People to choose from.
pub fn people_choices(state: &Control) -> Vec<Choice> {
    let people = state.people.values();
    let mut choices: Vec<_> =
        people.map(|p| Choice { value: p.person.to_string(), text: p.display_name.clone() }).collect();
    choices.sort_by_key(|c| c.text.to_lowercase());
    choices
}

/// Which machines are meant.
pub fn scope_text(state: &Control, scope: &Scope) -> ScopeText {
    match scope {
        Scope::Everywhere => ScopeText::Everywhere,
        Scope::Tag { tag } => ScopeText::Tag(tag.clone()),
        Scope::Machine { machine } => {
            let name = state.machines.get(machine).map_or("?", |m| m.details.name.as_str());
            ScopeText::Machine(machine.to_string(), name.to_owned())
        }
    }
}

/// All rules, by name.
pub fn rule_rows(models: &Models, l: &Locale) -> Vec<RuleRow> {
    let state = &models.state;
    let open =
        |rule: &Rule| state.incidents.values().filter(|i| i.rule == rule.rule && i.has_fired()).count();
    let mut rows: Vec<_> = state
        .rules
        .values()
        .map(|rule| RuleRow {
            id: rule.rule.to_string(),
            name: rule_name(l, rule),
            cause: cause_of(&rule.condition, String::new()),
            scope: scope_text(state, &rule.scope),
            severity: severity(rule.severity),
            enabled: rule.enabled,
            open: open(rule) as u64,
        })
        .collect();
    rows.sort_by_key(|row| row.name.to_lowercase());
    rows
}

/// Machines to choose from.
pub fn machine_choices(state: &Control) -> Vec<Choice> {
    let mut choices: Vec<_> = state
        .machines
        .values()
        .map(|m| Choice { value: m.machine.to_string(), text: m.details.name.clone() })
        .collect();
    choices.sort_by_key(|c| c.text.to_lowercase());
    choices
}

/// Metrics to choose from: those that we know and those that some machine sends.
pub fn metric_choices(state: &Control, l: &Locale) -> Vec<Choice> {
    let known = Metric::known().iter().map(|m| m.name);
    let sent = state.series.values().map(|d| d.key.metric.as_str());
    let all: BTreeSet<_> = known.chain(sent).collect();
    all.into_iter()
        .map(|name| {
            let unit = metric_unit(name);
            let text = if unit.is_empty() { l.metric(name) } else { format!("{} ({unit})", l.metric(name)) };
            Choice { value: name.to_owned(), text }
        })
        .collect()
}

/// The form of a rule as it is.
pub fn rule_form(state: &Control, l: Locale, rule: &Rule) -> RuleForm {
    let mut form = RuleForm::blank(l);
    form.id = Some(rule.rule.to_string());
    form.name = rule.name.clone();
    form.severity = severity(rule.severity);
    form.enabled = rule.enabled;
    form.metrics = metric_choices(state, &l);
    form.machines = machine_choices(state);
    match &rule.scope {
        Scope::Everywhere => form.scope = "everywhere".to_owned(),
        Scope::Tag { tag } => (form.scope, form.tag) = ("tag".to_owned(), tag.clone()),
        Scope::Machine { machine } => {
            (form.scope, form.machine) = ("machine".to_owned(), machine.to_string())
        }
    }
    let for_us = match &rule.condition {
        Condition::Threshold { metric, compare, fire, clear, for_us } => {
            form.kind = "threshold".to_owned();
            form.metric = metric.clone();
            form.compare = if *compare == Compare::Above { "above" } else { "below" }.to_owned();
            (form.fire, form.clear) = (fire.to_string(), clear.to_string());
            for_us
        }
        Condition::Silent { for_us } => {
            form.kind = "silent".to_owned();
            for_us
        }
        Condition::Vanished { least, percent, within_us } => {
            form.kind = "vanished".to_owned();
            (form.least, form.percent) = (least.to_string(), percent.to_string());
            within_us
        }
    };
    (form.for_text, form.for_unit) = span(*for_us);
    form.people = people_choices(state);
    form.steps = steps(rule);
    form
}

/// The steps, and an empty one behind them.
fn steps(rule: &Rule) -> Vec<StepRow> {
    let steps = rule.escalation.iter().map(|step| {
        let (after, unit) = span(step.after_us);
        StepRow { after, unit, to: step.to.iter().map(ToString::to_string).collect() }
    });
    steps.chain([StepRow::blank()]).collect()
}

/// A span in the largest unit in which it is whole.
fn span(us: Micros) -> (String, String) {
    let units = [("h", HOUR_US), ("min", MINUTE_US)];
    let whole = units.into_iter().find(|(_, unit)| us >= *unit && us % unit == 0);
    let (name, unit) = whole.unwrap_or(("s", SECOND_US));
    ((us as f64 / unit as f64).to_string(), name.to_owned())
}
