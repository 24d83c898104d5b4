//! How much anybody may ask for: a bucket of requests for each address, each account and each wall display, that
//! fills again as time passes. Generous to people, whose pages fetch their parts again as things happen.

use std::collections::{BTreeSet, HashMap};
use std::hash::{BuildHasher as _, Hash, RandomState};
use std::sync::{Mutex, PoisonError};
use watchroom_domain::{Micros, SECOND_US};

/// Seconds' worth of requests that may come at once.
const BURST_S: Micros = 15;
/// The same in microseconds of filling: what a full bucket holds.
const FULL_US: Micros = BURST_S * SECOND_US;
/// Buckets that are remembered at most.
const MOST: usize = 50_000;
/// Buckets that are forgotten at most with one request: more than come with it, so that they become fewer again.
const FORGOTTEN: usize = 4;
/// What a request costs that records something.
pub const RECORDS: u32 = 2;
/// What any other request costs.
pub const LOOKS: u32 = 1;

/// A bucket: what is left in it, in microseconds of filling, and as of when.
#[derive(Clone, Copy)]
struct Bucket {
    left_us: Micros,
    at_us: Micros,
}

impl Bucket {
    /// When it has filled again, if nothing more is taken out.
    fn full_at_us(self) -> Micros {
        self.at_us.saturating_add(FULL_US - self.left_us)
    }
}

/// The buckets, and in which order they fill again: whatever there is to forget stands first.
#[derive(Default)]
struct Buckets {
    all: HashMap<u64, Bucket>,
    by_full: BTreeSet<(Micros, u64)>,
}

impl Buckets {
    fn put(&mut self, key: u64, bucket: Bucket) {
        if let Some(before) = self.all.insert(key, bucket) {
            self.by_full.remove(&(before.full_at_us(), key));
        }
        self.by_full.insert((bucket.full_at_us(), key));
    }

    fn forget_first(&mut self) {
        if let Some((_, key)) = self.by_full.pop_first() {
            self.all.remove(&key);
        }
    }

    /// Forgets some that have filled again, which say nothing any more; where there is no room for another one, that
    /// which is the closest to it. Nobody so has an empty bucket filled by asking from many places.
    fn make_room(&mut self, key: u64, now_us: Micros) {
        for _ in 0..FORGOTTEN {
            if self.by_full.first().is_some_and(|(full_at_us, _)| *full_at_us <= now_us) {
                self.forget_first();
            }
        }
        if self.all.len() >= MOST && !self.all.contains_key(&key) {
            self.forget_first();
        }
    }
}

/// The buckets. Keys are kept as hashes, so that what strangers send takes no room.
#[derive(Default)]
pub struct Limits {
    hasher: RandomState,
    buckets: Mutex<Buckets>,
}

impl Limits {
    /// Takes requests out of a bucket that fills at this rate; the seconds to wait when there is not enough left.
    ///
    /// # Errors
    /// The wait, in seconds.
    pub fn take(&self, whose: impl Hash, per_s: u32, cost: u32, now_us: Micros) -> Result<(), i64> {
        let key = self.hasher.hash_one(whose);
        let cost_us = Micros::from(cost) * SECOND_US / Micros::from(per_s.max(1));
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        buckets.make_room(key, now_us);
        let known = buckets.all.get(&key).copied();
        let bucket = known.unwrap_or(Bucket { left_us: FULL_US, at_us: now_us });
        // A clock that was set back fills nothing and empties nothing.
        let passed = (now_us - bucket.at_us).max(0);
        let left_us = bucket.left_us.saturating_add(passed).min(FULL_US);
        let enough = left_us >= cost_us;
        let rest_us = if enough { left_us - cost_us } else { left_us };
        buckets.put(key, Bucket { left_us: rest_us, at_us: now_us });
        if enough { Ok(()) } else { Err((cost_us - left_us + SECOND_US - 1) / SECOND_US) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many requests go through at a moment.
    fn through(limits: &Limits, whose: &str, now_us: Micros) -> usize {
        (0..1_000).take_while(|_| limits.take(whose, 10, LOOKS, now_us).is_ok()).count()
    }

    #[test]
    fn a_bucket_is_emptied_at_once_and_fills_as_time_passes() {
        let limits = Limits::default();
        assert_eq!(through(&limits, "one", 0), 150);
        assert_eq!(through(&limits, "other", 0), 150, "each has its own");
        assert_eq!(limits.take("one", 10, LOOKS, 0), Err(1));
        assert_eq!(through(&limits, "one", 2 * SECOND_US), 20);
        assert_eq!(through(&limits, "one", SECOND_US), 0, "a clock that was set back gives nothing");
        assert_eq!(through(&limits, "one", 1_000 * SECOND_US), 150, "and it is never more than full");
    }

    fn known(limits: &Limits) -> usize {
        let buckets = limits.buckets.lock().unwrap();
        assert_eq!(buckets.all.len(), buckets.by_full.len());
        buckets.all.len()
    }

    #[test]
    fn nobody_fills_a_bucket_by_asking_from_many_places() {
        let limits = Limits::default();
        assert_eq!(through(&limits, "one", 0), 150);
        for n in 0..2 * MOST {
            limits.take(n, 10, LOOKS, 0).unwrap();
        }
        assert_eq!(known(&limits), MOST, "what is remembered has a limit");
        assert_eq!(through(&limits, "one", 0), 0);
        assert_eq!(through(&limits, "one", SECOND_US), 10, "and it fills as all do");
    }

    #[test]
    fn what_is_full_again_is_forgotten_a_little_with_each_request() {
        let limits = Limits::default();
        for n in 0..1_000 {
            limits.take(n, 10, LOOKS, 0).unwrap();
        }
        assert_eq!(through(&limits, "one", 0), 150);
        assert_eq!(through(&limits, "other", SECOND_US), 150);
        assert!(known(&limits) <= 1_002 - 150 * FORGOTTEN, "{}", known(&limits));
        (0..1_000).for_each(|_| assert!(limits.take("none", 1, 100, 2 * SECOND_US).is_err()));
        assert_eq!(known(&limits), 3, "those that have not filled again are not forgotten");
        assert_eq!(through(&limits, "one", 2 * SECOND_US), 20);
    }
}
