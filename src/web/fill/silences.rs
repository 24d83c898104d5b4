//! Silences, and why an alert is held.

use super::{machine_choices, person_name, rule_name, scope_text};
use crate::views::Models;
use crate::web::context::Visitor;
use crate::web::list::{Asked, Dir, Spec};
use crate::web::sight::Sight;
use crate::web::view::{Choice, Held, SilenceForm, SilenceList, SilenceRow, Silences};
use watchroom_domain::Silence;
use watchroom_domain::alert::Hold;

/// Why an alert is held.
pub fn held(models: &Models, sight: Sight<'_>, hold: &Hold) -> Held {
    let state = &models.state;
    match hold {
        Hold::Snooze { until_us } => Held::Snoozed(*until_us),
        Hold::Silence { silence } => {
            Held::Silence(state.silences.get(silence).map(|s| (s.reason.clone(), s.until_us)))
        }
        Hold::Blind { incident } => {
            Held::Blind(Some(incident.to_string()).filter(|_| sight.all()).unwrap_or_default())
        }
        Hold::Parent { machine, incident } => {
            // That it hangs on another machine is said; which, and what is wrong there, to who sees that one.
            if !sight.machine(*machine) {
                return Held::Parent(String::new(), String::new());
            }
            let record = models.history.incident(*incident).map(|r| r.machine_name.clone());
            let known = state.machines.get(machine).map(|m| m.details.name.clone());
            Held::Parent(known.or(record).unwrap_or_else(|| "?".to_owned()), incident.to_string())
        }
        Hold::Settling { until_us } => Held::Settling(*until_us),
    }
}

/// What the list of silences can be asked for.
pub const SILENCES: Spec = Spec {
    path: "/silences",
    filters: &["q"],
    words: &[],
    sorts: &[("until", Dir::Up), ("begun", Dir::Down), ("by", Dir::Up)],
};

/// The silences that last, as asked for.
pub fn silence_list(models: &Models, visitor: &Visitor, asked: &Asked) -> SilenceList {
    let state = &models.state;
    let sight = Sight::of(state, visitor);
    let held = |s: &Silence| {
        let by_it = |hold: &Hold| *hold == Hold::Silence { silence: s.silence };
        let held = state.incidents.values().filter(|i| i.held.as_ref().is_some_and(by_it));
        held.filter(|i| sight.machine(i.machine)).count() as u64
    };
    let row = |s: &Silence| {
        let rule = s.rule.filter(|rule| sight.rule(*rule)).and_then(|rule| state.rules.get(&rule));
        SilenceRow {
            id: s.silence.to_string(),
            scope: scope_text(state, visitor, &s.scope),
            rule: rule.map(|rule| rule_name(&visitor.l, rule)),
            reason: s.reason.clone(),
            by: s.by.map_or_else(|| "Watchroom".to_owned(), |by| person_name(state, visitor, by)),
            begun_us: s.begun_us,
            until_us: s.until_us,
            held: 0,
            may_end: sight.may_silence(&s.scope),
        }
    };
    let words = asked.words();
    let fits = |row: &SilenceRow| {
        let rule = row.rule.as_deref().unwrap_or_default();
        let text = format!("{} {rule} {} {}", row.scope.text(&visitor.l), row.reason, row.by).to_lowercase();
        words.iter().all(|word| text.contains(word))
    };
    let seen: Vec<_> = state.silences.values().filter(|s| sight.silence(&s.scope)).collect();
    let total = seen.len();
    let mut rows: Vec<_> = seen.into_iter().map(|s| (s, row(s))).filter(|(_, row)| fits(row)).collect();
    rows.sort_by(|(_, a), (_, b)| {
        let order = match asked.sort() {
            "begun" => a.begun_us.cmp(&b.begun_us),
            "by" => a.by.to_lowercase().cmp(&b.by.to_lowercase()),
            _ => a.until_us.cmp(&b.until_us),
        };
        asked.directed(order).then_with(|| (a.until_us, &a.id).cmp(&(b.until_us, &b.id)))
    });
    let (rows, turn) = asked.cut(rows);
    let rows = rows.into_iter().map(|(silence, row)| SilenceRow { held: held(silence), ..row }).collect();
    let columns =
        [("silence-sort-until", "until"), ("silence-sort-begun", "begun"), ("silence-sort-by", "by")];
    let listed = asked.listed(&visitor.l, &columns, turn, total);
    SilenceList { l: visitor.l, rows, listed, may_act: may_begin(sight) }
}

/// The page of silences with this form.
pub fn silences(models: &Models, visitor: &Visitor, asked: &Asked, mut form: SilenceForm) -> Silences {
    let state = &models.state;
    let sight = Sight::of(state, visitor);
    let rules = state.rules.values().filter(|r| sight.rule(r.rule));
    if !sight.operates_all() {
        form.scope = "machine".to_owned();
    }
    let rules = rules.map(|r| Choice { value: r.rule.to_string(), text: rule_name(&visitor.l, r) });
    let mut rules: Vec<_> = rules.collect();
    rules.sort_by_key(|c| c.text.to_lowercase());
    Silences {
        l: visitor.l,
        list: silence_list(models, visitor, asked),
        form,
        machines: machine_choices(sight.machines().filter(|m| sight.operates(m.machine))),
        wide: sight.operates_all(),
        rules,
    }
}

/// Whether there is anything that the reader may put to silence.
fn may_begin(sight: Sight<'_>) -> bool {
    sight.operates_all() || sight.machines().any(|m| sight.operates(m.machine))
}
