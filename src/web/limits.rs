//! How much anybody may ask for: a bucket of requests for each address, each account and each wall display, that
//! fills again as time passes. Generous to people, whose pages fetch their parts again as things happen.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, Hash, RandomState};
use std::sync::{Mutex, PoisonError};
use watchroom_domain::{Micros, SECOND_US};

/// Seconds' worth of requests that may come at once.
const BURST_S: u32 = 15;
/// Buckets that are remembered at most.
const MOST: usize = 50_000;
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

/// The buckets. Keys are kept as hashes, so that what strangers send takes no room.
#[derive(Default)]
pub struct Limits {
    hasher: RandomState,
    buckets: Mutex<HashMap<u64, Bucket>>,
}

impl Limits {
    /// Takes requests out of a bucket that fills at this rate; the seconds to wait when there is not enough left.
    ///
    /// # Errors
    /// The wait, in seconds.
    pub fn take(&self, whose: impl Hash, per_s: u32, cost: u32, now_us: Micros) -> Result<(), i64> {
        let key = self.hasher.hash_one(whose);
        let full_us = Micros::from(BURST_S) * SECOND_US;
        let cost_us = Micros::from(cost) * SECOND_US / Micros::from(per_s.max(1));
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= MOST && !buckets.contains_key(&key) {
            // One that has filled again says nothing any more.
            buckets.retain(|_, b| b.left_us + (now_us - b.at_us) < full_us);
            if buckets.len() >= MOST {
                buckets.clear();
            }
        }
        let bucket = buckets.entry(key).or_insert(Bucket { left_us: full_us, at_us: now_us });
        // A clock that was set back fills nothing and empties nothing.
        let passed = (now_us - bucket.at_us).max(0);
        let left_us = bucket.left_us.saturating_add(passed).min(full_us);
        *bucket = Bucket { left_us, at_us: now_us };
        if left_us < cost_us {
            return Err((cost_us - left_us + SECOND_US - 1) / SECOND_US);
        }
        bucket.left_us = left_us - cost_us;
        Ok(())
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

    #[test]
    fn what_is_remembered_has_a_limit() {
        let limits = Limits::default();
        for n in 0..MOST + 10 {
            limits.take(n, 10, LOOKS, 0).unwrap();
        }
        assert!(limits.buckets.lock().unwrap().len() <= MOST);
    }
}
