//! Whether the hub was there all the time: two clocks are compared, one that can be set and goes on while
//! the machine is suspended, and one that does neither.

use std::time::Instant;
use watchroom_domain::Micros;

/// A difference between the two clocks from which the hub was away.
const AWAY_US: Micros = 30_000_000;

/// When the hub was last known to watch, by its clock and by one that is never set.
#[derive(Clone, Copy, Debug)]
pub(super) struct Watching {
    since_us: Micros,
    since: Instant,
}

impl Watching {
    /// It watches now.
    pub(super) fn now(now_us: Micros) -> Self {
        Self { since_us: now_us, since: Instant::now() }
    }

    /// When it was last known to watch, by the hub's clock.
    pub(super) fn since_us(&self) -> Micros {
        self.since_us
    }

    /// Whether the hub was suspended since, or its clock was set.
    pub(super) fn was_away(&self, now: &Self) -> bool {
        let passed_us = now.since.duration_since(self.since).as_micros() as Micros;
        now.since_us.saturating_sub(self.since_us).saturating_sub(passed_us).abs() > AWAY_US
    }
}
