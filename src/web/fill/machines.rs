//! The list of machines, and the figures above it.

use super::health::{machine_state, reading};
use super::open_incidents;
use crate::views::{LiveMachine, Models};
use crate::web::context::Visitor;
use crate::web::sight::Sight;
use crate::web::view::{Figures, Hottest, MachineList, MachineRow, Reading, Silent, Spark, State};
use watchroom_domain::{Action, DeliveryStatus, IncidentStatus, Machine, Micros};

/// Machines of one page.
const PAGE: usize = 100;
/// Mails that the median is taken of.
const MEDIAN_OF: usize = 500;

/// The list, narrowed by a filter, from the given row on.
pub fn machine_list(models: &Models, visitor: &Visitor, filter: &str, from: usize) -> MachineList {
    let now_us = visitor.l.now_us;
    let filter: String = filter.trim().chars().take(100).collect();
    let words: Vec<String> = filter.to_lowercase().split_whitespace().map(str::to_owned).collect();
    let sight = Sight::of(&models.state, visitor);
    let all: Vec<_> = sight.machines().map(|m| (m, machine_state(models, m, now_us))).collect();
    let count = |wanted: &[State]| all.iter().filter(|(_, s)| wanted.contains(s)).count() as u64;
    let (total, need, silent) =
        (all.len() as u64, count(&[State::Warn, State::Crit]), count(&[State::Unknown]));
    let mut shown: Vec<_> = all.into_iter().filter(|(m, _)| words.iter().all(|w| says(m, w))).collect();
    shown.sort_by_key(|(m, s)| (rank(*s), m.details.name.to_lowercase()));
    let next = (shown.len() > from + PAGE).then(|| (from + PAGE).to_string());
    let rows = shown.into_iter().skip(from).take(PAGE).map(|(m, s)| row(models, visitor, m, s)).collect();
    let may_add = sight.may(Action::ManageMachines);
    MachineList { l: visitor.l, filter, rows, total, need, silent, next, may_add }
}

/// Those that need somebody first, then silent ones, then the rest.
fn rank(state: State) -> u8 {
    match state {
        State::Crit => 0,
        State::Warn => 1,
        State::Unknown => 2,
        State::Ok => 3,
    }
}

fn says(machine: &Machine, word: &str) -> bool {
    let d = &machine.details;
    let keeper = machine.keeper.as_ref().map_or("", |k| k.name.as_str());
    [&d.name, &d.number, &d.address, &d.place, &d.model].into_iter().any(|t| t.to_lowercase().contains(word))
        || d.tags.iter().any(|t| t.contains(word))
        || keeper.to_lowercase().contains(word)
}

fn row(models: &Models, visitor: &Visitor, machine: &Machine, state: State) -> MachineRow {
    let now_us = visitor.l.now_us;
    let live = models.live.machine(machine.machine);
    let largest = |metric: &str| -> Option<Reading> {
        let value = live?.of_metric(&models.state, metric).first()?.1;
        Some(reading(&models.state, machine, metric, value))
    };
    MachineRow {
        id: machine.machine.to_string(),
        name: machine.details.name.clone(),
        place: machine.details.place.clone(),
        state,
        cpu: largest("cpu_percent"),
        memory: largest("memory_used_percent"),
        disk: largest("disk_used_percent"),
        temperature: largest("temperature_c"),
        load: largest("load_1m"),
        spark: live
            .map(|l| l.spark("cpu_percent", now_us))
            .filter(|s| s.iter().flatten().count() > 2)
            .map(|s| Spark::between(&s, 0.0, 100.0)),
        keeper: machine.keeper.as_ref().map_or_else(String::new, |k| k.name.clone()),
        seen_us: live.and_then(LiveMachine::seen_us),
        checks: super::checks_line(models, visitor, machine),
        no_agent: machine.agents.is_empty(),
    }
}

/// The figures across the top.
pub fn figures(models: &Models, visitor: &Visitor) -> Figures {
    let now_us = visitor.l.now_us;
    let sight = Sight::of(&models.state, visitor);
    let open: Vec<_> = open_incidents(sight, models).collect();
    let silent: Vec<_> =
        sight.machines().filter(|m| machine_state(models, m, now_us) == State::Unknown).collect();
    let seen = |m: &Machine| models.live.machine(m.machine).and_then(LiveMachine::seen_us);
    let longest = silent.iter().min_by_key(|m| seen(m).unwrap_or(Micros::MAX));
    let may_deliver = sight.may(Action::ManageChannels);
    let (mail_ms, mails) = if may_deliver { median_ms(models) } else { (None, 0) };
    Figures {
        l: visitor.l,
        machines: sight.machines().count() as u64,
        open: open.len() as u64,
        acknowledged: open.iter().filter(|i| i.status == IncidentStatus::Acknowledged).count() as u64,
        hottest: hottest(models, sight, now_us),
        silent: silent.len() as u64,
        longest_silent: longest.map(|m| Silent {
            machine_id: m.machine.to_string(),
            machine: m.details.name.clone(),
            seen_us: seen(m),
        }),
        mail_ms,
        mails,
        may_deliver,
    }
}

fn hottest(models: &Models, sight: Sight<'_>, now_us: Micros) -> Option<Hottest> {
    let heard = |m: &Machine| -> Option<LiveMachine> {
        models.live.machine(m.machine).filter(|l| !l.silent(now_us)).cloned()
    };
    let sensors = sight.machines().filter_map(|machine| {
        let live = heard(machine)?;
        let of = |metric| live.of_metric(&models.state, metric).first().map(|(d, v)| (&d.key, *v));
        let hottest = of("temperature_c").into_iter().chain(of("gpu_temperature_c"));
        let (key, celsius) = hottest.max_by(|a, b| a.1.total_cmp(&b.1))?;
        Some((machine, key, celsius, live))
    });
    let (machine, key, celsius, live) = sensors.max_by(|a, b| a.2.total_cmp(&b.2))?;
    let (sensor, metric) = (super::label(key), key.metric.as_str());
    Some(Hottest {
        machine_id: machine.machine.to_string(),
        machine: machine.details.name.clone(),
        sensor,
        celsius,
        state: reading(&models.state, machine, metric, celsius).state,
        spark: Spark::fitted(&live.spark(metric, now_us), 10.0),
    })
}

/// Median time from the record of what is told to the mail's acceptance at the first try.
fn median_ms(models: &Models) -> (Option<f64>, u64) {
    let told = models.state.deliveries.values().rev();
    let first_tries =
        told.filter(|d| d.status == DeliveryStatus::Accepted && d.attempts == 1 && d.incident.is_some());
    let mut took: Vec<_> = first_tries.take(MEDIAN_OF).map(|d| d.took_us).collect();
    took.sort_unstable();
    (took.get(took.len() / 2).map(|us| *us as f64 / 1e3), took.len() as u64)
}
