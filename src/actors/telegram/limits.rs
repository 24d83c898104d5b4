//! How much a chat may ask for: token buckets, few and small.

use std::collections::HashMap;
use watchroom_domain::{Micros, SECOND_US};

/// Chats that are remembered at a time.
const CHATS: usize = 10_000;

/// What is limited.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Commands of somebody who is known.
    Command,
    /// Presses of buttons.
    Press,
    /// Words to somebody who is not known.
    Stranger,
    /// Codes that are tried.
    Code,
    /// Codes that are tried in all chats together.
    AllCodes,
}

impl Kind {
    /// So many at once, and then one in so many microseconds.
    fn rate(self) -> (f64, Micros) {
        match self {
            Kind::Command => (10.0, 3 * SECOND_US),
            Kind::Press => (20.0, SECOND_US),
            Kind::Stranger => (2.0, 60 * SECOND_US),
            Kind::Code => (5.0, 120 * SECOND_US),
            Kind::AllCodes => (60.0, SECOND_US),
        }
    }
}

/// The buckets.
#[derive(Default)]
pub struct Limits(HashMap<(i64, Kind), (f64, Micros)>);

impl Limits {
    /// Takes one; whether there was one left.
    pub fn take(&mut self, chat: i64, kind: Kind, now_us: Micros) -> bool {
        if self.0.len() >= CHATS && !self.0.contains_key(&(chat, kind)) {
            // What has filled up again need not be remembered.
            self.0.retain(|(_, kind), bucket| filled(*kind, *bucket, now_us) < kind.rate().0);
            if self.0.len() >= CHATS {
                return false;
            }
        }
        let bucket = self.0.entry((chat, kind)).or_insert((kind.rate().0, now_us));
        let left = filled(kind, *bucket, now_us);
        let taken = left >= 1.0;
        *bucket = (if taken { left - 1.0 } else { left }, now_us);
        taken
    }
}

fn filled(kind: Kind, (left, at_us): (f64, Micros), now_us: Micros) -> f64 {
    let (burst, every_us) = kind.rate();
    (left + (now_us - at_us).max(0) as f64 / every_us as f64).min(burst)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_is_allowed_and_then_a_rate() {
        let mut limits = Limits::default();
        let mut take = |chat, at| limits.take(chat, Kind::Code, at);
        assert!((0..5).all(|_| take(1, 0)) && !take(1, 0), "a burst of five");
        assert!(take(2, 0), "another chat has its own");
        assert!(!take(1, 119 * SECOND_US) && take(1, 121 * SECOND_US) && !take(1, 121 * SECOND_US));
    }

    #[test]
    fn only_so_many_chats_are_remembered() {
        let mut limits = Limits::default();
        assert!((0..CHATS as i64).all(|chat| limits.take(chat, Kind::Stranger, 0)));
        assert!(!limits.take(-1, Kind::Stranger, 0), "all places are taken");
        assert!(limits.take(-1, Kind::Stranger, 3_600 * SECOND_US), "and free again");
    }
}
