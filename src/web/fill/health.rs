//! How a machine and a value are.

use crate::views::{LiveMachine, Models};
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
    let live = models.live.machine(machine.machine);
    // A switch or a printer has no agent: what is checked on it says how it is.
    let checked = if machine.agents.is_empty() { patience(&models.state, machine) } else { None };
    let silent = |live: &LiveMachine| match checked {
        Some(patience_us) => live.unchecked(now_us, patience_us),
        None => live.silent(now_us),
    };
    if live.is_none_or(silent) {
        return State::Unknown;
    }
    let open = models.state.incidents.values().filter(|i| i.machine == machine.machine && i.has_fired());
    open.map(|i| i.severity).max().map_or(State::Ok, |worst| severity(worst).state())
}

/// How long nothing need be heard of a machine's checks; none where there is none.
fn patience(state: &Control, machine: &Machine) -> Option<Micros> {
    let enabled = state.checks_of(machine.machine).filter(|c| c.enabled);
    enabled.map(|c| 2 * (c.interval_us + c.timeout_us)).max()
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
