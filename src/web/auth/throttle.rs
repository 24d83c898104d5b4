//! Patience with guessers: after a few failures the next try has to wait, longer each time, never for good.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use watchroom_domain::{MINUTE_US, Micros, SECOND_US};

/// Failures that cost nothing.
const FREE: u32 = 5;
/// Longest wait.
const LONGEST_US: Micros = 15 * MINUTE_US;
/// Time without failure after which all is forgotten.
const FORGET_US: Micros = 60 * MINUTE_US;
/// Names and addresses that are remembered; when there are more, the oldest are forgotten first.
const MOST: usize = 20_000;

/// Failed tries by name and by address.
#[derive(Default)]
pub struct Throttle {
    failures: Mutex<HashMap<String, (u32, Micros)>>,
}

impl Throttle {
    /// How long this key still has to wait, in microseconds; 0 when it may try.
    pub fn wait_us(&self, key: &str, now_us: Micros) -> Micros {
        let failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        let Some((count, last_us)) = failures.get(key) else { return 0 };
        (last_us + pause_us(*count) - now_us).max(0)
    }

    /// A try has failed.
    pub fn failed(&self, key: &str, now_us: Micros) {
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        if failures.len() >= MOST {
            failures.retain(|_, (_, last_us)| *last_us > now_us - LONGEST_US);
        }
        if failures.len() >= MOST {
            failures.clear();
        }
        let entry = failures.entry(key.to_owned()).or_insert((0, now_us));
        let forgotten = entry.1 < now_us - FORGET_US;
        *entry = (if forgotten { 1 } else { entry.0.saturating_add(1) }, now_us);
    }

    /// A try has succeeded.
    pub fn succeeded(&self, key: &str) {
        self.failures.lock().unwrap_or_else(PoisonError::into_inner).remove(key);
    }
}

fn pause_us(failures: u32) -> Micros {
    match failures.checked_sub(FREE) {
        None => 0,
        Some(over) => (SECOND_US << over.min(20)).min(LONGEST_US),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_grows_and_ends() {
        let throttle = Throttle::default();
        for _ in 0..FREE - 1 {
            throttle.failed("ada", 0);
        }
        assert_eq!(throttle.wait_us("ada", 0), 0);
        throttle.failed("ada", 0);
        assert_eq!(throttle.wait_us("ada", 0), SECOND_US);
        throttle.failed("ada", 0);
        assert_eq!(throttle.wait_us("ada", 0), 2 * SECOND_US);
        assert_eq!(throttle.wait_us("ada", 2 * SECOND_US), 0);
        assert_eq!(throttle.wait_us("somebody else", 0), 0);
        for _ in 0..100 {
            throttle.failed("ada", 0);
        }
        assert_eq!(throttle.wait_us("ada", 0), LONGEST_US);
        throttle.succeeded("ada");
        assert_eq!(throttle.wait_us("ada", 0), 0);
    }
}
