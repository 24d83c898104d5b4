//! When a failed delivery is tried again.

use crate::time::{HOUR_US, MINUTE_US, Micros, SECOND_US};

/// Exponential backoff with full jitter: before attempt n+1 wait a random time between nothing and
/// `min(cap, base * 2^(n-1))` (Brooker, "Exponential Backoff And Jitter", 2015).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backoff {
    /// Upper bound of the first wait, in microseconds.
    pub base_us: Micros,
    /// Upper bound of every wait, in microseconds.
    pub cap_us: Micros,
    /// How long after the cause a delivery is given up, in microseconds.
    pub expiry_us: Micros,
}

impl Default for Backoff {
    fn default() -> Self {
        Self { base_us: 2 * SECOND_US, cap_us: 5 * MINUTE_US, expiry_us: 72 * HOUR_US }
    }
}

impl Backoff {
    /// The wait after `attempts` failed attempts, for a random number in `0.0..1.0`.
    pub fn wait_us(&self, attempts: u32, random: f64) -> Micros {
        let doublings = attempts.saturating_sub(1).min(30);
        let bound = self.base_us.saturating_mul(1 << doublings).min(self.cap_us);
        (bound as f64 * random.clamp(0.0, 1.0)) as Micros
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_wait_never_leaves_its_bounds(attempts in 0u32..2000, random in 0.0f64..1.0) {
            let backoff = Backoff::default();
            let wait = backoff.wait_us(attempts, random);
            prop_assert!((0..=backoff.cap_us).contains(&wait));
        }
    }

    #[test]
    fn the_bound_doubles_until_the_cap() {
        let b = Backoff { base_us: 10, cap_us: 35, expiry_us: 1000 };
        let bounds: Vec<_> = (1..=4).map(|n| b.wait_us(n, 1.0)).collect();
        assert_eq!(bounds, [10, 20, 35, 35]);
    }
}
