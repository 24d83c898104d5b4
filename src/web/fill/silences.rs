//! Silences, and why an alert is held.

use super::{machine_choices, person_name, rule_name, scope_text};
use crate::views::Models;
use crate::web::context::Visitor;
use crate::web::view::{Choice, Held, SilenceForm, SilenceList, SilenceRow, Silences};
use watchroom_domain::alert::Hold;
use watchroom_domain::{Action, Silence};

/// Why an alert is held.
pub fn held(models: &Models, hold: &Hold) -> Held {
    let state = &models.state;
    match hold {
        Hold::Snooze { until_us } => Held::Snoozed(*until_us),
        Hold::Silence { silence } => {
            Held::Silence(state.silences.get(silence).map(|s| (s.reason.clone(), s.until_us)))
        }
        Hold::Blind { incident } => Held::Blind(incident.to_string()),
        Hold::Parent { machine, incident } => {
            let record = models.history.incident(*incident).map(|r| r.machine_name.clone());
            let known = state.machines.get(machine).map(|m| m.details.name.clone());
            Held::Parent(known.or(record).unwrap_or_else(|| "?".to_owned()), incident.to_string())
        }
        Hold::Settling { until_us } => Held::Settling(*until_us),
    }
}

/// The silences that last, the one that ends first at the top.
pub fn silence_list(models: &Models, visitor: &Visitor) -> SilenceList {
    let state = &models.state;
    let row = |s: &Silence| {
        let by_it = |hold: &Hold| *hold == Hold::Silence { silence: s.silence };
        let held = state.incidents.values().filter(|i| i.held.as_ref().is_some_and(by_it));
        let rule = s.rule.and_then(|rule| state.rules.get(&rule));
        SilenceRow {
            id: s.silence.to_string(),
            scope: scope_text(state, &s.scope),
            rule: rule.map(|rule| rule_name(&visitor.l, rule)),
            reason: s.reason.clone(),
            by: s.by.map_or_else(|| "Watchroom".to_owned(), |by| person_name(state, &visitor.l, by)),
            begun_us: s.begun_us,
            until_us: s.until_us,
            held: held.count() as u64,
        }
    };
    let mut rows: Vec<_> = state.silences.values().map(row).collect();
    rows.sort_by_key(|row| row.until_us);
    SilenceList { l: visitor.l, rows, may_act: visitor.may(Action::ActOnAlerts) }
}

/// The page of silences with this form.
pub fn silences(models: &Models, visitor: &Visitor, form: SilenceForm) -> Silences {
    let state = &models.state;
    let rules = state.rules.values();
    let rules = rules.map(|r| Choice { value: r.rule.to_string(), text: rule_name(&visitor.l, r) });
    let mut rules: Vec<_> = rules.collect();
    rules.sort_by_key(|c| c.text.to_lowercase());
    Silences {
        l: visitor.l,
        list: silence_list(models, visitor),
        form,
        machines: machine_choices(state),
        rules,
    }
}
