//! One machine: its curves, its facts, its form, and how far its agent has come.

use super::health::{machine_state, reading, threshold};
use super::{machine_alerts, machine_choices, machine_events};
use crate::views::{LiveMachine, Models};
use crate::web::context::Visitor;
use crate::web::format::Format;
use crate::web::list::Asked;
use crate::web::sight::Sight;
use crate::web::view::{Chart, Choice, EnrolState, Facts, MachineForm, MachinePage, Range, Spark, State};
use std::collections::HashMap;
use watchroom_domain::{MINUTE_US, Machine, MachineId, Micros, State as Control, Thing};

/// Charts in their order: title's key, metrics.
const CHARTS: &[(&str, &[&str])] = &[
    ("chart-cpu", &["cpu_percent"]),
    ("chart-memory", &["memory_used_percent", "swap_used_percent"]),
    ("chart-temperature", &["temperature_c"]),
    ("chart-load", &["load_1m", "load_5m", "load_15m"]),
    ("chart-gpu", &["gpu_percent"]),
    ("chart-gpu-memory", &["gpu_memory_used_percent"]),
    ("chart-gpu-temperature", &["gpu_temperature_c"]),
    ("chart-fans", &["fan_rpm"]),
    ("chart-battery", &["battery_percent"]),
    ("chart-checks", &["check_duration_ms"]),
    ("chart-disk-space", &["disk_used_percent"]),
    ("chart-disk", &["disk_read_bytes_per_s", "disk_written_bytes_per_s"]),
    ("chart-network", &["net_received_bytes_per_s", "net_sent_bytes_per_s"]),
];

/// Least time that curves show.
const LEAST_US: Micros = 5 * MINUTE_US;

/// The page of one machine.
pub fn machine_page(models: &Models, visitor: &Visitor, machine: &Machine, range: Range) -> MachinePage {
    let l = visitor.l;
    let sight = Sight::of(&models.state, visitor);
    let live = models.live.machine(machine.machine);
    let charts = match (live, models.state.series_of.contains_key(&machine.machine)) {
        (Some(live), _) => charts(models, visitor, machine, live, range),
        // Not heard of since the hub started: the log still has its curves.
        (None, true) => charts(models, visitor, machine, &LiveMachine::default(), range),
        (None, false) => Vec::new(),
    };
    MachinePage {
        l,
        id: machine.machine.to_string(),
        name: machine.details.name.clone(),
        tags: machine.details.tags.clone(),
        state: machine_state(models, machine, l.now_us),
        seen_us: live.and_then(LiveMachine::seen_us),
        alerts: machine_alerts(models, visitor, machine.machine),
        range,
        charts,
        facts: facts(models, sight, machine),
        checks: super::check_list(
            models,
            visitor,
            Some(machine.machine),
            &Asked::of(&super::CHECKS, &HashMap::new()),
        ),
        evidence: models.history.evidence_of(machine.machine).map(|e| super::evidence_table(visitor, e)),
        events: machine_events(models, visitor, machine.machine),
        sharing: super::sharing(
            &models.state,
            visitor,
            Thing::Machine(machine.machine),
            Default::default(),
            Default::default(),
        ),
        may_edit: sight.manages(machine.machine),
        may_silence: sight.operates(machine.machine),
    }
}

fn charts(
    models: &Models,
    visitor: &Visitor,
    machine: &Machine,
    live: &LiveMachine,
    range: Range,
) -> Vec<Chart> {
    let l = visitor.l;
    let state = &models.state;
    let now_us = l.now_us;
    // A machine that is new here begins at the left edge instead of in the last corner.
    let from_us = (now_us - range.us()).max(machine.registered_us.min(now_us - LEAST_US));
    let chart = |(title, metrics): &(&str, &'static [&'static str])| {
        let first = *metrics.first()?;
        let sensors = live.of_metric(state, first);
        let known = state.series_of.get(&machine.machine).into_iter().flatten();
        let known = known.filter(|(key, _)| key.metric == first).count() > 0;
        // Of a machine whose agent has no sensor it is said that there is none.
        let expected = first == "temperature_c" && !machine.agents.is_empty();
        if !known && !expected {
            return None;
        }
        let values = || sensors.iter().map(|(_, v)| *v);
        let value = match Format::of_metric(first) {
            // Rates of several devices add up; of temperatures and disks the worst counts.
            Format::Rate => (!sensors.is_empty()).then(|| values().sum()),
            _ => values().reduce(f64::max),
        };
        Some(Chart {
            machine: machine.machine.to_string(),
            title: l.t(title),
            note: note(models, visitor, live, first),
            metrics: metrics.to_vec(),
            known,
            value,
            state: value.map_or(State::Ok, |v| reading(state, machine, first, v).state),
            threshold: threshold(state, machine, first),
            from_us,
            to_us: now_us,
            span_us: range.us(),
            spark: Some(live.spark(first, now_us))
                .filter(|s| s.iter().flatten().count() > 2)
                .map(|s| Spark::fitted(&s, 10.0)),
        })
    };
    CHARTS.iter().filter_map(chart).collect()
}

/// A few words beside a chart's title: how much there is of it.
fn note(models: &Models, visitor: &Visitor, live: &LiveMachine, metric: &str) -> String {
    let l = visitor.l;
    match metric {
        "cpu_percent" => match live.of_metric(&models.state, "cpu_core_percent").len() {
            0 => String::new(),
            n => l.t1("chart-note-cores", "n", n),
        },
        "memory_used_percent" => {
            let total = live.of_metric(&models.state, "memory_total_bytes").first().map(|(_, v)| *v);
            total.map(|v| l.t1("chart-note-of", "total", l.value(Format::Bytes, v))).unwrap_or_default()
        }
        "disk_read_bytes_per_s" => l.t("chart-note-read-write"),
        "net_received_bytes_per_s" => l.t("chart-note-in-out"),
        _ => String::new(),
    }
}

fn facts(models: &Models, sight: Sight<'_>, machine: &Machine) -> Facts {
    let (d, keeper) = (&machine.details, machine.keeper.as_ref());
    let parent = d.parent.filter(|id| sight.machine(*id)).and_then(|id| models.state.machines.get(&id));
    // Who only reads about machines is not told how people are reached.
    let reached = keeper.filter(|_| sight.people());
    Facts {
        number: d.number.clone(),
        address: d.address.clone(),
        place: d.place.clone(),
        model: d.model.clone(),
        note: d.note.clone(),
        parent: parent.map(|p| (p.machine.to_string(), p.details.name.clone())),
        keeper: keeper.map(|k| k.name.clone()).unwrap_or_default(),
        phone: reached.map(|k| k.phone.clone()).unwrap_or_default(),
        mail: reached.map(|k| k.mail.clone()).unwrap_or_default(),
        agent_version: machine.agent_version.clone(),
        connected_since_us: machine.connected_since_us,
        certificate_until_us: machine.agents.last().map(|a| a.not_after_us),
        registered_us: machine.registered_us,
    }
}

/// The form of a machine as it is.
pub fn machine_form(state: &Control, visitor: &Visitor, machine: &Machine) -> MachineForm {
    let (d, keeper) = (&machine.details, machine.keeper.as_ref());
    let mut machines = parent_choices(state, visitor, Some(machine.machine));
    let hidden = d.parent.map(|p| p.to_string()).filter(|p| machines.iter().all(|c| c.value != *p));
    // One that the reader does not see stays what it is unless another one is chosen.
    machines.extend(hidden.map(|value| Choice { value, text: visitor.l.t("another-machine") }));
    MachineForm {
        l: visitor.l,
        id: Some(machine.machine.to_string()),
        name: d.name.clone(),
        number: d.number.clone(),
        address: d.address.clone(),
        place: d.place.clone(),
        model: d.model.clone(),
        tags: d.tags.join(", "),
        note: d.note.clone(),
        parent: d.parent.map(|p| p.to_string()).unwrap_or_default(),
        machines,
        keeper_name: keeper.map(|k| k.name.clone()).unwrap_or_default(),
        keeper_phone: keeper.map(|k| k.phone.clone()).unwrap_or_default(),
        keeper_mail: keeper.map(|k| k.mail.clone()).unwrap_or_default(),
        errors: Default::default(),
    }
}

/// Machines that one may hang on: all others. One that hangs on it is refused.
pub fn parent_choices(state: &Control, visitor: &Visitor, of: Option<MachineId>) -> Vec<Choice> {
    machine_choices(Sight::of(state, visitor).machines().filter(|m| Some(m.machine) != of))
}

/// How far a machine's agent has come.
pub fn enrol_state(models: &Models, visitor: &Visitor, machine: MachineId) -> EnrolState {
    let known = models.state.machines.get(&machine);
    EnrolState {
        l: visitor.l,
        machine: machine.to_string(),
        joined_us: known.and_then(|m| m.joined_us),
        connected_us: known.and_then(|m| m.connected_since_us),
    }
}
