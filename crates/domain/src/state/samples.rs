//! Frames of samples: each exactly once, in order, within bounds.

use super::State;
use crate::check::CHECK_METRICS;
use crate::error::Refusal;
use crate::event::{Event, body};
use crate::ids::MachineId;
use crate::recorded::Frame;
use crate::telemetry::*;
use crate::time::{HOUR_US, MINUTE_US, Micros};
use std::collections::{BTreeMap, HashMap};

/// Says of each of an agent's collectors, by its label `collector`, whether it fails (1) or not (0).
const COLLECTOR_FAILED: &str = "collector_failed";
/// Most collectors of one machine that are known to fail.
const MAX_FAILING: usize = 64;
/// How far ahead of the hub a corrected time may lie.
const FUTURE_US: Micros = 5 * MINUTE_US;
/// How old a sample may be: the age that a spool can reach.
const PAST_US: Micros = 14 * 24 * HOUR_US;

pub(super) fn record(
    state: &State,
    now: Micros,
    machine: MachineId,
    frame: &Frame,
    samples: &[(SeriesKey, Micros, f64)],
) -> Result<Vec<Event>, Refusal> {
    if !state.machines.contains_key(&machine) {
        return Err(Refusal::not_found("machine"));
    }
    if already_recorded(state, frame)? {
        return Ok(Vec::new());
    }
    check(now, frame.offset_us, samples)?;
    if samples.iter().any(|(key, ..)| CHECK_METRICS.contains(&key.metric.as_str())) {
        return Err(not_assigned());
    }
    let mut events = if frame.late { Vec::new() } else { collectors(state, machine, samples) };
    events.extend(define(state, machine, samples)?);
    Ok(events)
}

/// That what came is not the result of a check that this agent is to run.
pub(super) fn not_assigned() -> Refusal {
    Refusal::new("not_assigned", "This agent is not to run that check; results come in frames that name it.")
}

/// What changed with the agent's collectors. They are named by the agent: only so many are known.
fn collectors(state: &State, machine: MachineId, samples: &[(SeriesKey, Micros, f64)]) -> Vec<Event> {
    let mut newest: BTreeMap<&str, (Micros, bool)> = BTreeMap::new();
    for (key, at_us, value) in samples.iter().filter(|(key, ..)| key.metric == COLLECTOR_FAILED) {
        let Some(collector) = key.labels.get("collector") else { continue };
        let seen = newest.entry(collector).or_insert((*at_us, *value > 0.0));
        if *at_us >= seen.0 {
            *seen = (*at_us, *value > 0.0);
        }
    }
    let mut count = state.failing.iter().filter(|(m, _)| *m == machine).count();
    let mut events = Vec::new();
    for (collector, (_, fails)) in newest {
        let key = (machine, collector.to_owned());
        let failing = state.failing.contains(&key);
        let collector = key.1;
        if fails && !failing && count < MAX_FAILING {
            count += 1;
            events.push(body::CollectorFailed { machine, collector }.into());
        } else if failing && !fails {
            events.push(body::CollectorRecovered { machine, collector }.into());
        }
    }
    events
}

/// The samples as an event, with the series that are new before it.
pub(super) fn define(
    state: &State,
    machine: MachineId,
    samples: &[(SeriesKey, Micros, f64)],
) -> Result<Vec<Event>, Refusal> {
    let known = state.series_of.get(&machine);
    let mut events = Vec::new();
    let known_count = known.map_or(0, |k| k.len());
    let mut fresh: HashMap<&SeriesKey, SeriesId> = HashMap::new();
    let mut next = state.series.last() + 1;
    let mut recorded = Vec::with_capacity(samples.len());
    for (key, observed_us, value) in samples {
        let number = known.and_then(|k| k.get(key)).copied();
        let number = number.or_else(|| fresh.get(key).copied());
        let series = match number {
            Some(number) => number,
            None if known_count + fresh.len() >= MAX_SERIES_PER_MACHINE => return Err(too_many_series()),
            None => {
                fresh.insert(key, next);
                let def = SeriesDef { series: next, machine, key: key.clone() };
                events.push(body::SeriesDefined { def }.into());
                next += 1;
                next - 1
            }
        };
        recorded.push(Sample { series, observed_us: *observed_us, value: *value });
    }
    // One value for one series at one time: the last one sent stands.
    recorded.reverse();
    recorded.sort_by_key(|s| (s.series, s.observed_us));
    recorded.dedup_by_key(|s| (s.series, s.observed_us));
    events.push(Event::Telemetry(Telemetry { machine, samples: recorded }));
    Ok(events)
}

fn too_many_series() -> Refusal {
    let message =
        format!("A machine may have at most {MAX_SERIES_PER_MACHINE} series; send fewer label values.");
    Refusal::new("too_many_series", message)
}

/// Whether this very frame is in the log; refused when it does not follow what is.
pub(super) fn already_recorded(state: &State, frame: &Frame) -> Result<bool, Refusal> {
    // The log's databases count in signed numbers.
    const MOST: u64 = i64::MAX as u64;
    if frame.seq == 0 || frame.epoch > MOST || frame.seq > MOST || frame.dropped > MOST {
        let message = "seq begins with 1; epoch, seq and dropped are at most 9223372036854775807.";
        return Err(Refusal::new("bad_field", message));
    }
    let (epoch, last) = state.producers.get(&frame.producer).copied().unwrap_or((0, 0));
    if frame.epoch < epoch {
        return Err(Refusal::new(
            "stale_epoch",
            format!("Epoch {} is over; {epoch} has begun.", frame.epoch),
        ));
    }
    let last = if frame.epoch == epoch { last } else { 0 };
    if frame.seq <= last {
        return Ok(true);
    }
    let expected = last.saturating_add(1).saturating_add(frame.dropped);
    if frame.seq != expected {
        return Err(Refusal::new(
            "sequence_gap",
            format!("Expected seq {expected}, got {}; say in \"dropped\" how many were given up.", frame.seq),
        ));
    }
    Ok(false)
}

pub(super) fn check(
    now: Micros,
    offset_us: Micros,
    samples: &[(SeriesKey, Micros, f64)],
) -> Result<(), Refusal> {
    if samples.is_empty() || samples.len() > MAX_SAMPLES {
        return Err(Refusal::new("bad_count", format!("From 1 to {MAX_SAMPLES} samples in a frame.")));
    }
    for (key, observed_us, value) in samples {
        if !valid_metric(&key.metric) {
            return Err(Refusal::new(
                "bad_metric",
                "A metric is named by a-z, 0-9 and _, a letter first, 64 at most.",
            ));
        }
        if !valid_labels(&key.labels) {
            return Err(Refusal::new(
                "bad_labels",
                "At most 8 labels; values of 1 to 128 bytes, no control characters.",
            ));
        }
        if !value.is_finite() {
            return Err(Refusal::new("bad_value", "A value is a finite number."));
        }
        let corrected = observed_us.saturating_add(offset_us);
        if corrected > now.saturating_add(FUTURE_US) || corrected < now.saturating_sub(PAST_US) {
            return Err(Refusal::new(
                "time_out_of_bounds",
                "observed_us lies more than 5 minutes ahead or 14 days back. It is in microseconds UTC.",
            ));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::{Machine, MachineDetails};

    const NOW: Micros = 1_790_000_000_000_000;

    fn machine() -> MachineId {
        MachineId::derived(&["node-01"])
    }

    /// A state with one machine that has this many series.
    fn state(series: u32) -> State {
        let known = Machine {
            machine: machine(),
            details: MachineDetails::default(),
            keeper: None,
            agents: Vec::new(),
            registered_us: NOW,
            joined_us: None,
            connected_since_us: None,
            connection: 0,
            agent_version: String::new(),
            features: Vec::new(),
        };
        let mut state = State::default();
        state.machines.insert(machine(), known);
        for number in 1..=series {
            let def = SeriesDef { series: number, machine: machine(), key: key(number) };
            state.series_of.entry(machine()).or_default().insert(def.key.clone(), number);
            state.series.insert(number, def);
        }
        state
    }

    fn key(number: u32) -> SeriesKey {
        let labels = BTreeMap::from([("core".to_owned(), number.to_string())]);
        SeriesKey { metric: "cpu_core_percent".to_owned(), labels }
    }

    fn frame(epoch: u64, seq: u64, dropped: u64) -> Frame {
        let producer = machine().0;
        Frame { producer, epoch, seq, sent_us: NOW, offset_us: 0, late: false, dropped }
    }

    fn recorded(state: &State, frame: &Frame, keys: &[u32]) -> Result<Vec<Event>, &'static str> {
        let samples: Vec<_> = keys.iter().map(|number| (key(*number), NOW, 1.0)).collect();
        record(state, NOW, machine(), frame, &samples).map_err(|r| r.code)
    }

    #[test]
    fn a_series_is_defined_once_and_before_its_first_sample() {
        let events = recorded(&state(1), &frame(1, 1, 0), &[1, 3, 2, 3]).unwrap();
        let defined: Vec<_> = events
            .iter()
            .filter_map(|e| match e {
                Event::SeriesDefined(e) => Some((e.def.series, e.def.key.clone())),
                _ => None,
            })
            .collect();
        assert_eq!(defined, [(2, key(3)), (3, key(2))]);
        let Some(Event::Telemetry(telemetry)) = events.last() else { panic!("no telemetry: {events:?}") };
        assert_eq!(telemetry.samples.iter().map(|s| s.series).collect::<Vec<_>>(), [1, 2, 3]);
    }

    #[test]
    fn the_last_series_passes_and_one_more_does_not() {
        let most = MAX_SERIES_PER_MACHINE as u32;
        let state = state(most - 1);
        assert!(recorded(&state, &frame(1, 1, 0), &[1, most, most]).is_ok());
        assert_eq!(recorded(&state, &frame(1, 1, 0), &[1, most, most + 1]), Err("too_many_series"));
    }

    #[test]
    fn numbers_that_no_database_holds_are_refused() {
        const MOST: u64 = i64::MAX as u64;
        for (epoch, seq, dropped) in
            [(MOST + 1, 1, 0), (1, MOST + 1, MOST), (1, u64::MAX, u64::MAX - 1), (1, 1, u64::MAX)]
        {
            assert_eq!(recorded(&state(0), &frame(epoch, seq, dropped), &[1]), Err("bad_field"));
        }
        assert!(recorded(&state(0), &frame(MOST, MOST, MOST - 1), &[1]).is_ok());
    }
}
