//! How fast one connection is read. Whoever sends faster is not refused, but read later.

use std::time::Duration;
use tokio::time::Instant;

/// Lines a second that one connection may send for long.
const PER_SECOND: f64 = 200.0;
/// Lines that it may send at once: some hours that an agent brings after it was away.
const AT_ONCE: f64 = 10_000.0;
/// Bytes that one line may have for which nothing more is counted.
const BYTES: usize = 8 * 1024;

/// What one connection may still send at once.
pub(super) struct Pace {
    left: f64,
    at: Instant,
}

impl Pace {
    pub fn new(now: Instant) -> Self {
        Self { left: AT_ONCE, at: now }
    }

    /// Counts a line of so many bytes; gives how long to wait before it is taken.
    pub fn take(&mut self, now: Instant, bytes: usize) -> Option<Duration> {
        let gained = now.saturating_duration_since(self.at).as_secs_f64() * PER_SECOND;
        self.at = now;
        self.left = (self.left + gained).min(AT_ONCE) - (1 + bytes / BYTES) as f64;
        (self.left < 0.0).then(|| Duration::from_secs_f64(-self.left / PER_SECOND))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_burst_passes_at_once_and_then_200_lines_a_second() {
        let mut now = Instant::now();
        let mut pace = Pace::new(now);
        let free = (0..20_000).take_while(|_| pace.take(now, 1_000).is_none()).count();
        assert_eq!(free, 10_000);
        let began = now;
        for _ in 0..2_000 {
            now += pace.take(now, 1_000).unwrap();
        }
        assert_eq!((now - began).as_secs(), 10);
        assert_eq!(pace.take(now + Duration::from_secs(60), 1_000), None);
    }

    #[tokio::test]
    async fn a_long_line_counts_for_several() {
        let now = Instant::now();
        let mut pace = Pace::new(now);
        let free = (0..20_000).take_while(|_| pace.take(now, 64 * 1024).is_none()).count();
        assert_eq!(free, 10_000 / 9);
    }
}
