//! What the hub takes a sender's clock for.

use watchroom_domain::{MINUTE_US, Micros};

/// Time after which a smallest difference begins to be forgotten; it is gone after twice that.
const HALF_WINDOW_US: Micros = 2 * MINUTE_US;
/// A difference larger by this is no delay: the sender's clock was set back.
const SET_BACK_US: Micros = MINUTE_US;

/// Hub's clock less the sender's: the smallest difference seen lately, for every delay only adds to it.
#[derive(Debug, Default)]
pub(super) struct Offset(Option<Seen>);

#[derive(Debug)]
struct Seen {
    /// When the present half of the window began, by the hub's clock.
    since_us: Micros,
    /// Smallest difference in it, and in the half before.
    present: Micros,
    before: Micros,
}

impl Offset {
    /// Takes one more look at the sender's clock; gives the offset that is believed now.
    pub fn note(&mut self, now_us: Micros, sent_us: Micros) -> Micros {
        let difference = now_us.saturating_sub(sent_us);
        let seen = match self.0.take() {
            Some(seen) if difference.saturating_sub(seen.smallest()) <= SET_BACK_US => {
                seen.and(now_us, difference)
            }
            _ => Seen { since_us: now_us, present: difference, before: difference },
        };
        let smallest = seen.smallest();
        self.0 = Some(seen);
        smallest
    }
}

impl Seen {
    fn smallest(&self) -> Micros {
        self.present.min(self.before)
    }

    fn and(self, now_us: Micros, difference: Micros) -> Self {
        let age_us = now_us.saturating_sub(self.since_us);
        if (0..HALF_WINDOW_US).contains(&age_us) {
            return Self { present: self.present.min(difference), ..self };
        }
        // What is older than both halves, or from before the hub's clock was set, counts no more.
        let follows = (0..2 * HALF_WINDOW_US).contains(&age_us);
        let before = if follows { self.present } else { difference };
        Self { since_us: now_us, present: difference, before }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use watchroom_domain::{HOUR_US, SECOND_US};

    /// The hub's clock when the test begins.
    const NOW: Micros = 1_790_000_000_000_000;

    /// A frame each second for so long, from a clock that differs by this.
    fn seconds(offset: &mut Offset, from: Micros, count: i64, differs: Micros) -> Vec<Micros> {
        let at = |i: i64| from + i * SECOND_US;
        (0..count).map(|i| offset.note(at(i), at(i) - differs)).collect()
    }

    #[test]
    fn a_clock_that_was_set_back_is_believed_at_once() {
        let mut offset = Offset::default();
        let ahead = seconds(&mut offset, NOW, 10, -8 * HOUR_US);
        assert!(ahead.iter().all(|o| *o == -8 * HOUR_US));
        let mended = seconds(&mut offset, NOW + 10 * SECOND_US, 10, 0);
        assert!(mended.iter().all(|o| *o == 0), "{mended:?}");
    }

    #[test]
    fn a_clock_that_was_set_forward_is_believed_at_once() {
        let mut offset = Offset::default();
        seconds(&mut offset, NOW, 10, HOUR_US);
        assert_eq!(offset.note(NOW + 11 * SECOND_US, NOW + 11 * SECOND_US), 0);
    }

    #[test]
    fn a_delay_is_not_taken_for_the_clock() {
        let mut offset = Offset::default();
        seconds(&mut offset, NOW, 10, 5);
        let late = NOW + 50 * SECOND_US;
        assert_eq!(offset.note(late, late - 40 * SECOND_US), 5);
    }

    #[test]
    fn a_clock_that_drifts_or_is_set_back_by_little_is_followed_within_minutes() {
        let mut offset = Offset::default();
        seconds(&mut offset, NOW, 10, 0);
        let behind = seconds(&mut offset, NOW + 10 * SECOND_US, 300, 40 * SECOND_US);
        assert_eq!((behind[0], behind[239]), (0, 40 * SECOND_US));
        let mut quiet = Offset::default();
        quiet.note(NOW, NOW);
        assert_eq!(quiet.note(NOW + HOUR_US, NOW + HOUR_US - 30 * SECOND_US), 30 * SECOND_US);
    }

    #[test]
    fn times_that_cannot_be_do_no_harm() {
        let mut offset = Offset::default();
        for sent_us in [i64::MIN, i64::MAX, 0, i64::MIN] {
            offset.note(NOW, sent_us);
        }
        assert_eq!(offset.note(NOW, NOW), 0);
    }
}
