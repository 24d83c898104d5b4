//! The newest value of every series, and the last hour of a few in minutes.

use std::collections::{BTreeMap, HashMap};
use watchroom_domain::{Event, MINUTE_US, MachineId, Micros, RecordedEvent, SECOND_US, SeriesId, State};

/// Minutes that a sparkline spans.
pub const SPARK_MINUTES: usize = 60;
/// Metrics whose last hour is at hand.
const SPARKED: [&str; 3] = ["cpu_percent", "temperature_c", "memory_used_percent"];

/// Machines by their newest telemetry.
#[derive(Clone, Debug, Default)]
pub struct Live {
    machines: HashMap<MachineId, LiveMachine>,
}

/// What was heard of one machine.
#[derive(Clone, Debug, Default)]
pub struct LiveMachine {
    /// When its agent's newest frame was recorded, by the hub's clock; 0 if never.
    heard_us: Micros,
    /// When the newest result of a check of it was recorded, by the hub's clock; 0 if never.
    checked_us: Micros,
    /// Time between its newest frames, smoothed.
    gap_us: Micros,
    /// The newest value of each series, with its time by the hub's clock.
    pub values: BTreeMap<SeriesId, (Micros, f64)>,
    sparks: HashMap<&'static str, Spark>,
}

/// Largest value of each minute of the last hour, by minute number since 1970.
#[derive(Clone, Debug, Default)]
struct Spark {
    minutes: BTreeMap<i64, f64>,
}

impl Live {
    /// Folds in one event, given what was so before it.
    pub fn apply(&mut self, recorded: &RecordedEvent, state: &State) {
        self.fold(recorded, state, false);
    }

    /// Folds in an older frame, for its values: newer ones may have been heard since.
    pub fn warm(&mut self, recorded: &RecordedEvent, state: &State) {
        self.fold(recorded, state, true);
    }

    fn fold(&mut self, recorded: &RecordedEvent, state: &State, older: bool) {
        match &recorded.event {
            Event::Telemetry(telemetry) => {
                if !state.machines.contains_key(&telemetry.machine) {
                    return;
                }
                let machine = self.machines.entry(telemetry.machine).or_default();
                // What the hub or another machine's agent found out is no sign of life of this one's agent.
                let own = recorded.meta.frame.is_some_and(|frame| frame.producer == telemetry.machine.0);
                match own {
                    true if older && recorded.ts_us <= machine.heard_us => {}
                    true => machine.hear(recorded.ts_us),
                    false if older => machine.checked_us = machine.checked_us.max(recorded.ts_us),
                    false => machine.checked_us = recorded.ts_us,
                }
                let offset = recorded.meta.frame.map_or(0, |f| f.offset_us);
                for sample in &telemetry.samples {
                    let at_us = sample.observed_us.saturating_add(offset);
                    let metric = state.series.get(&sample.series).map_or("", |d| d.key.metric.as_str());
                    machine.take(sample.series, metric, at_us, sample.value);
                }
            }
            Event::MachineRemoved(e) => {
                self.machines.remove(&e.machine);
            }
            _ => {}
        }
    }

    /// What was heard of a machine, if anything.
    pub fn machine(&self, machine: MachineId) -> Option<&LiveMachine> {
        self.machines.get(&machine)
    }
}

impl LiveMachine {
    fn hear(&mut self, at_us: Micros) {
        // A little back is two batches in one moment; much is a clock that was set.
        if at_us > self.heard_us || self.heard_us - at_us > MINUTE_US {
            let gap = if self.heard_us == 0 { 0 } else { (at_us - self.heard_us).min(MINUTE_US) };
            self.gap_us = if self.gap_us == 0 { gap } else { (3 * self.gap_us + gap) / 4 };
            self.heard_us = at_us;
        }
    }

    /// When it was last heard of: by its agent, or where that never spoke, by a check.
    pub fn seen_us(&self) -> Option<Micros> {
        let seen = if self.heard_us > 0 { self.heard_us } else { self.checked_us };
        (seen > 0).then_some(seen)
    }

    /// Whether no check has said anything about it for this long.
    pub fn unchecked(&self, now_us: Micros, patience_us: Micros) -> bool {
        now_us - self.checked_us > patience_us
    }

    /// Whether more frames are missing than a slow network would explain.
    pub fn silent(&self, now_us: Micros) -> bool {
        now_us - self.heard_us > (4 * self.gap_us).clamp(20 * SECOND_US, 4 * MINUTE_US)
    }

    fn take(&mut self, series: SeriesId, metric: &str, at_us: Micros, value: f64) {
        let newest = self.values.entry(series).or_insert((at_us, value));
        if at_us >= newest.0 {
            *newest = (at_us, value);
        }
        if let Some(name) = SPARKED.into_iter().find(|name| *name == metric) {
            self.sparks.entry(name).or_default().take(at_us, value);
        }
    }

    /// The last hour of a metric, one largest value a minute, oldest first; `None` where nothing was heard.
    pub fn spark(&self, metric: &str, now_us: Micros) -> Vec<Option<f64>> {
        let last = now_us.div_euclid(MINUTE_US);
        let minutes = self.sparks.get(metric).map(|s| &s.minutes);
        (last - SPARK_MINUTES as i64 + 1..=last)
            .map(|m| minutes.and_then(|all| all.get(&m)).copied())
            .collect()
    }

    /// The newest values of a metric with their labels: the largest first.
    pub fn of_metric<'a>(
        &self,
        state: &'a State,
        metric: &str,
    ) -> Vec<(&'a watchroom_domain::SeriesDef, f64)> {
        let mut found: Vec<_> = self
            .values
            .iter()
            .filter_map(|(series, (_, value))| Some((state.series.get(series)?, *value)))
            .filter(|(def, _)| def.key.metric == metric)
            .collect();
        found.sort_by(|a, b| b.1.total_cmp(&a.1));
        found
    }
}

impl Spark {
    fn take(&mut self, at_us: Micros, value: f64) {
        let minute = at_us.div_euclid(MINUTE_US);
        let highest = self.minutes.entry(minute).or_insert(value);
        *highest = highest.max(value);
        while self.minutes.len() > SPARK_MINUTES + 1 {
            self.minutes.pop_first();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use watchroom_domain::*;

    fn frame(machine: MachineId, ts_us: Micros) -> RecordedEvent {
        let numbered = Frame {
            producer: machine.0,
            epoch: 1,
            seq: 1,
            sent_us: ts_us,
            offset_us: 0,
            late: false,
            dropped: 0,
        };
        RecordedEvent {
            pos: 1,
            id: EventId(machine.0),
            stream: telemetry_stream(machine),
            version: None,
            ts_us,
            meta: Meta { frame: Some(numbered), ..Meta::by(By::Agent(machine)) },
            event: Event::Telemetry(Telemetry { machine, samples: Vec::new() }),
        }
    }

    #[test]
    fn the_last_hour_s_course_makes_nobody_silent_who_was_heard_meanwhile() {
        let machine = MachineId::derived(&["a"]);
        let mut state = State::default();
        let details = MachineDetails { name: "a".into(), ..MachineDetails::default() };
        let registered = body::MachineRegistered { machine, details };
        state.apply(&RecordedEvent { event: registered.into(), ..frame(machine, 0) });
        let (mut live, now) = (Live::default(), 10 * HOUR_US);
        live.apply(&frame(machine, now), &state);
        live.warm(&frame(machine, now - HOUR_US / 2), &state);
        assert_eq!(live.machine(machine).and_then(LiveMachine::seen_us), Some(now));
        assert!(!live.machine(machine).unwrap().silent(now));
    }
}
