//! What the hub counts of itself, for whoever looks after it. Counted since the start of the process.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use watchroom_domain::{DeliveryOutcome, Event, RecordedEvent};

/// Upper bounds of times, in microseconds; 0.5 ms to 10 s.
pub const TIMES_US: [u64; 12] =
    [500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 1_000_000, 2_500_000, 10_000_000];
/// Upper bounds of how many there were at once.
pub const SIZES: [u64; 9] = [1, 2, 5, 10, 50, 100, 500, 1_000, 2_000];
/// Different codes and channels that are counted apart; the rest together.
const MOST: usize = 64;
const OTHERS: &str = "other";

/// How often something lay below each bound.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Histogram {
    /// The bounds, rising.
    pub bounds: &'static [u64],
    /// How many lay at or below each bound, and above the one before; last, those above all.
    pub counts: Vec<u64>,
    /// All values together.
    pub sum: u64,
}

impl Histogram {
    fn new(bounds: &'static [u64]) -> Self {
        Self { bounds, counts: vec![0; bounds.len() + 1], sum: 0 }
    }

    fn add(&mut self, value: u64) {
        let at = self.bounds.partition_point(|bound| *bound < value);
        if let Some(count) = self.counts.get_mut(at) {
            *count += 1;
        }
        self.sum = self.sum.saturating_add(value);
    }
}

/// Everything that is counted, as of one moment.
#[derive(Clone, Debug)]
pub struct Counted {
    /// Events of each batch.
    pub batch_events: Histogram,
    /// Microseconds that recording a batch took.
    pub batch_us: Histogram,
    /// Batches that could not be recorded.
    pub batches_failed: u64,
    /// Recorded events by their name.
    pub events: BTreeMap<&'static str, u64>,
    /// What was refused on the socket, by its code.
    pub refused: BTreeMap<String, u64>,
    /// Attempts to deliver, by channel and outcome.
    pub deliveries: BTreeMap<(String, &'static str), u64>,
    /// Microseconds that an attempt took, by channel.
    pub delivery_us: BTreeMap<String, Histogram>,
}

/// The meters. Clones are the same.
#[derive(Clone)]
pub struct Meters(Arc<(Mutex<Counted>, AtomicU64)>);

impl Default for Meters {
    fn default() -> Self {
        let counted = Counted {
            batch_events: Histogram::new(&SIZES),
            batch_us: Histogram::new(&TIMES_US),
            batches_failed: 0,
            events: BTreeMap::new(),
            refused: BTreeMap::new(),
            deliveries: BTreeMap::new(),
            delivery_us: BTreeMap::new(),
        };
        Self(Arc::new((Mutex::new(counted), AtomicU64::new(0))))
    }
}

impl Meters {
    /// A batch was recorded in this time.
    pub fn batch(&self, events: &[Arc<RecordedEvent>], took: Duration) {
        let mut counted = self.lock();
        counted.batch_events.add(events.len() as u64);
        counted.batch_us.add(took.as_micros() as u64);
        for event in events {
            *counted.events.entry(event.event.name()).or_default() += 1;
            if let Event::DeliveryAttempted(attempt) = &event.event {
                let outcome = match attempt.outcome {
                    DeliveryOutcome::Accepted => "accepted",
                    DeliveryOutcome::Retry { .. } => "retry",
                    DeliveryOutcome::Dead => "dead",
                    DeliveryOutcome::Digested => "digested",
                    DeliveryOutcome::Superseded => "superseded",
                };
                let channel = attempt.channel.clone();
                *counted.deliveries.entry((channel.clone(), outcome)).or_default() += 1;
                let times = counted.delivery_us.entry(channel).or_insert_with(|| Histogram::new(&TIMES_US));
                times.add(attempt.took_us.max(0) as u64);
            }
        }
    }

    /// A batch could not be recorded.
    pub fn batch_failed(&self) {
        self.lock().batches_failed += 1;
    }

    /// Something was refused on the socket.
    pub fn refused(&self, code: &str) {
        let mut counted = self.lock();
        let known = counted.refused.contains_key(code) || counted.refused.len() < MOST;
        let code = if known { code } else { OTHERS };
        *counted.refused.entry(code.to_owned()).or_default() += 1;
    }

    /// So many commands wait for the batch under way.
    pub fn waiting(&self, commands: usize) {
        self.0.1.store(commands as u64, Ordering::Relaxed);
    }

    /// What was counted up to now, and how many commands wait.
    pub fn read(&self) -> (Counted, u64) {
        (self.lock().clone(), self.0.1.load(Ordering::Relaxed))
    }

    fn lock(&self) -> MutexGuard<'_, Counted> {
        self.0.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_counts_at_the_first_bound_that_holds_it() {
        let mut histogram = Histogram::new(&SIZES);
        [0, 1, 2, 3, 2_000, 2_001].into_iter().for_each(|value| histogram.add(value));
        assert_eq!(histogram.counts, [2, 1, 1, 0, 0, 0, 0, 0, 1, 1]);
        assert_eq!(histogram.sum, 4_007);
    }

    #[test]
    fn no_flood_of_codes_fills_the_memory() {
        let meters = Meters::default();
        (0..1_000).for_each(|code| meters.refused(&code.to_string()));
        let refused = meters.read().0.refused;
        assert_eq!((refused.len(), refused[OTHERS]), (MOST + 1, 1_000 - MOST as u64));
    }
}
