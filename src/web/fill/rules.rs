//! Rules: the list, the form, and what they look for in words.

use super::health::severity;
use super::open_incidents;
use crate::views::Models;
use crate::web::context::Visitor;
use crate::web::format::Locale;
use crate::web::list::{Asked, Dir, Listed, Spec};
use crate::web::sight::Sight;
use crate::web::view::{Cause, Choice, RuleForm, RuleRow, ScopeText, StepRow};
use std::collections::BTreeSet;
use watchroom_domain::{
    Action, Compare, Condition, HOUR_US, MINUTE_US, Machine, Metric, Micros, Right, Rule, SECOND_US, Scope,
    State as Control, metric_unit,
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
    l.lang.rule_name(Some(rule))
}

/// People whom a rule may call: who does not operate all machines calls nobody else.
pub fn people_choices(state: &Control, sight: Sight<'_>) -> Vec<Choice> {
    let people = state.people.values().filter(|p| sight.operates_all() || sight.is_self(p.person));
    let mut choices: Vec<_> =
        people.map(|p| Choice { value: p.person.to_string(), text: p.display_name.clone() }).collect();
    choices.sort_by_key(|c| c.text.to_lowercase());
    choices
}

/// Which machines are meant.
pub fn scope_text(state: &Control, visitor: &Visitor, scope: &Scope) -> ScopeText {
    match scope {
        Scope::Everywhere => ScopeText::Everywhere,
        Scope::Tag { tag } => ScopeText::Tag(tag.clone()),
        Scope::Machine { machine } => {
            let name = Sight::of(state, visitor).machine_name(*machine);
            ScopeText::Machine(machine.to_string(), name.unwrap_or("?").to_owned())
        }
    }
}

/// What the list of rules can be asked for.
pub const RULES: Spec = Spec {
    path: "/rules",
    filters: &["q", "severity", "state"],
    words: &[("severity", &["critical", "warning"]), ("state", &["on", "off"])],
    sorts: &[("name", Dir::Up), ("severity", Dir::Down), ("open", Dir::Down)],
};

/// The rules that the reader sees, as asked for.
pub fn rule_rows(models: &Models, visitor: &Visitor, asked: &Asked) -> (Vec<RuleRow>, Listed) {
    let (state, l) = (&models.state, &visitor.l);
    let sight = Sight::of(state, visitor);
    let open = |rule: &Rule| open_incidents(sight, models).filter(|i| i.rule == rule.rule).count();
    let words = asked.words();
    let fits = |row: &RuleRow| {
        let text = format!("{} {}", row.name, row.scope.text(l)).to_lowercase();
        words.iter().all(|word| text.contains(word))
            && (asked.filter("severity").is_empty() || row.severity.word() == asked.filter("severity"))
            && match asked.filter("state") {
                "on" => row.enabled,
                "off" => !row.enabled,
                _ => true,
            }
    };
    let seen: Vec<_> = state.rules.values().filter(|rule| sight.rule(rule.rule)).collect();
    let total = seen.len();
    let rows = seen.into_iter().map(|rule| RuleRow {
        id: rule.rule.to_string(),
        name: rule_name(l, rule),
        cause: cause_of(&rule.condition, String::new()),
        scope: scope_text(state, visitor, &rule.scope),
        severity: severity(rule.severity),
        enabled: rule.enabled,
        open: open(rule) as u64,
        may_edit: sight.changes_rule(rule),
    });
    let mut rows: Vec<_> = rows.filter(fits).collect();
    rows.sort_by(|a, b| {
        let by_name = || a.name.to_lowercase().cmp(&b.name.to_lowercase());
        let order = match asked.sort() {
            "severity" => a.severity.word().cmp(b.severity.word()).reverse(),
            "open" => a.open.cmp(&b.open),
            _ => by_name(),
        };
        asked.directed(order).then_with(by_name)
    });
    let (rows, turn) = asked.cut(rows);
    let columns = [("column-rule", "name"), ("field-severity", "severity"), ("figure-open", "open")];
    (rows, asked.listed(l, &columns, turn, total))
}

/// Machines to choose from.
pub fn machine_choices<'m>(machines: impl Iterator<Item = &'m Machine>) -> Vec<Choice> {
    let mut choices: Vec<_> =
        machines.map(|m| Choice { value: m.machine.to_string(), text: m.details.name.clone() }).collect();
    choices.sort_by_key(|c| c.text.to_lowercase());
    choices
}

/// Metrics to choose from: those that we know and those that some machine sends.
fn metric_choices(state: &Control, sight: Sight<'_>, l: &Locale) -> Vec<Choice> {
    let known = Metric::known().iter().map(|m| m.name);
    let of_seen = state.series_of.iter().filter(|(machine, _)| sight.machine(**machine));
    let sent = of_seen.flat_map(|(_, series)| series.keys().map(|key| key.metric.as_str()));
    let all: BTreeSet<_> = known.chain(sent).collect();
    all.into_iter()
        .map(|name| {
            let unit = metric_unit(name);
            let text = if unit.is_empty() { l.metric(name) } else { format!("{} ({unit})", l.metric(name)) };
            Choice { value: name.to_owned(), text }
        })
        .collect()
}

/// Whether there is a machine that the reader may make a rule for.
pub fn may_add_rules(state: &Control, visitor: &Visitor) -> bool {
    let sight = Sight::of(state, visitor);
    sight.may(Action::ManageRules)
        && (sight.operates_all() || sight.machines().any(|m| sight.operates(m.machine)))
}

/// The empty form, with what this visitor may choose from.
pub fn rule_blank(state: &Control, visitor: &Visitor) -> RuleForm {
    let sight = Sight::of(state, visitor);
    let mut form = RuleForm::blank(visitor.l);
    form.metrics = metric_choices(state, sight, &visitor.l);
    form.machines = machine_choices(sight.machines().filter(|m| sight.operates(m.machine)));
    form.people = people_choices(state, sight);
    form.wide = sight.operates_all();
    if !form.wide {
        form.scope = "machine".to_owned();
    }
    form
}

/// The form of a rule as it is.
pub fn rule_form(state: &Control, visitor: &Visitor, rule: &Rule) -> RuleForm {
    let mut form = rule_blank(state, visitor);
    form.may_remove = Sight::of(state, visitor).on_rule(Right::Manage, rule.rule);
    form.id = Some(rule.rule.to_string());
    form.name = rule.name.clone();
    form.severity = severity(rule.severity);
    form.enabled = rule.enabled;
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
