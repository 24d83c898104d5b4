//! How a machine and a value are.

use crate::views::Models;
use crate::web::view::{Reading, Severity, State};
use watchroom_domain::{Condition, Machine, Micros, State as Control};

/// How bad, as pages say it.
pub fn severity(severity: watchroom_domain::Severity) -> Severity {
    match severity {
        watchroom_domain::Severity::Warning => Severity::Warning,
        watchroom_domain::Severity::Critical => Severity::Critical,
    }
}

/// How a machine is: silent or never heard of is unknown, whatever was wrong before.
pub fn machine_state(models: &Models, machine: &Machine, now_us: Micros) -> State {
    let heard = models.live.machine(machine.machine);
    if heard.is_none_or(|live| live.silent(now_us)) {
        return State::Unknown;
    }
    let open = models.state.incidents.values().filter(|i| i.machine == machine.machine && i.has_fired());
    open.map(|i| i.severity).max().map_or(State::Ok, |worst| severity(worst).state())
}

/// A value with how bad it is by the rules that are for this machine.
pub fn reading(state: &Control, machine: &Machine, metric: &str, value: f64) -> Reading {
    let past = state.rules.values().filter(|r| r.speaks(state.rules.values(), machine)).filter(|r| {
        matches!(&r.condition, Condition::Threshold { metric: m, compare, fire, .. }
            if m == metric && compare.past(value, *fire))
    });
    let worst = past.map(|r| r.severity).max();
    Reading { value, state: worst.map_or(State::Ok, |w| severity(w).state()) }
}

/// The lowest firing threshold above which trouble is, for a chart's line.
pub fn threshold(state: &Control, machine: &Machine, metric: &str) -> Option<f64> {
    let rules = state.rules.values().filter(|r| r.speaks(state.rules.values(), machine));
    let fires = rules.filter_map(|r| match &r.condition {
        Condition::Threshold { metric: m, fire, .. } if m == metric => Some(*fire),
        _ => None,
    });
    fires.min_by(f64::total_cmp)
}
