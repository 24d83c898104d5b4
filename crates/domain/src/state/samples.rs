//! Frames of samples: each exactly once, in order, within bounds.

use super::State;
use crate::error::Refusal;
use crate::event::{Event, body};
use crate::ids::MachineId;
use crate::recorded::Frame;
use crate::telemetry::*;
use crate::time::{HOUR_US, MINUTE_US, Micros};

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
    check(now, frame, samples)?;
    let known = state.series_of.get(&machine);
    let mut events = Vec::new();
    let mut fresh: Vec<(&SeriesKey, SeriesId)> = Vec::new();
    let mut next = state.series.last_key_value().map_or(1, |(last, _)| last + 1);
    let mut recorded = Vec::with_capacity(samples.len());
    for (key, observed_us, value) in samples {
        let number = known.and_then(|k| k.get(key)).copied();
        let number = number.or_else(|| fresh.iter().find(|(k, _)| *k == key).map(|(_, n)| *n));
        let series = number.unwrap_or_else(|| {
            fresh.push((key, next));
            next += 1;
            next - 1
        });
        recorded.push(Sample { series, observed_us: *observed_us, value: *value });
    }
    if known.map_or(0, |k| k.len()) + fresh.len() > MAX_SERIES_PER_MACHINE {
        return Err(Refusal::new(
            "too_many_series",
            format!("A machine may have at most {MAX_SERIES_PER_MACHINE} series; send fewer label values."),
        ));
    }
    for (key, series) in fresh {
        events.push(body::SeriesDefined { def: SeriesDef { series, machine, key: key.clone() } }.into());
    }
    // One value for one series at one time: the last one sent stands.
    recorded.reverse();
    recorded.sort_by_key(|s| (s.series, s.observed_us));
    recorded.dedup_by_key(|s| (s.series, s.observed_us));
    events.push(Event::Telemetry(Telemetry { machine, samples: recorded }));
    Ok(events)
}

/// Whether this very frame is in the log; refused when it does not follow what is.
fn already_recorded(state: &State, frame: &Frame) -> Result<bool, Refusal> {
    // Numbers are kept as signed ones of 64 bits.
    if frame.seq == 0 || frame.seq.max(frame.epoch) > i64::MAX as u64 {
        return Err(Refusal::field(
            "bad_field",
            "seq",
            "\"seq\" and \"epoch\" count from 1 and are below 2^63.",
        ));
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

fn check(now: Micros, frame: &Frame, samples: &[(SeriesKey, Micros, f64)]) -> Result<(), Refusal> {
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
        let corrected = observed_us.saturating_add(frame.offset_us);
        if corrected > now.saturating_add(FUTURE_US) || corrected < now.saturating_sub(PAST_US) {
            return Err(Refusal::new(
                "time_out_of_bounds",
                "observed_us lies more than 5 minutes ahead or 14 days back. It is in microseconds UTC.",
            ));
        }
    }
    Ok(())
}
