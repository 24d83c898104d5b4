//! Which frames are under way, and what the hub's answers mean for the next one.
//!
//! The hub takes a frame only when it follows the last one, so a frame that is refused makes it refuse
//! all that were sent behind it. Then nothing is sent until each of those is answered, and sending goes on
//! behind the last frame that the hub has.

use std::collections::VecDeque;

/// Most frames that may be unanswered.
pub(crate) const MOST: usize = 64;

/// Why sending was halted, once every frame under way is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Halt {
    /// This frame will never be taken.
    Refused(u64),
    /// The hub asks for patience: the same frame again, a little later.
    Busy,
    /// The two sides count differently: begin a new connection.
    Gap,
    /// The hub knows a later epoch.
    StaleEpoch,
}

#[derive(Debug)]
pub(crate) struct Flight {
    /// The hub has everything up to here.
    confirmed: u64,
    /// The last frame that was sent.
    sent: u64,
    waiting: VecDeque<u64>,
    window: usize,
    halted: Option<Halt>,
}

impl Flight {
    /// Begins behind the last frame that the hub has.
    pub(crate) fn new(last_seq: u64) -> Self {
        Self { confirmed: last_seq, sent: last_seq, waiting: VecDeque::new(), window: MOST, halted: None }
    }

    /// Whether one more may be sent.
    pub(crate) fn has_room(&self) -> bool {
        self.halted.is_none() && self.waiting.len() < self.window
    }

    /// Whether an answer is due.
    pub(crate) fn is_waiting(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// The frame behind which the next one comes.
    pub(crate) fn sent(&self) -> u64 {
        self.sent
    }

    /// Notes that a frame is sent; gives how many are missing before it.
    pub(crate) fn send(&mut self, seq: u64) -> u64 {
        let missing = seq.saturating_sub(self.sent).saturating_sub(1);
        self.sent = seq;
        self.waiting.push_back(seq);
        missing
    }

    /// Takes an acknowledgement; false when it names what was never sent.
    pub(crate) fn ack(&mut self, seq: u64) -> bool {
        if seq > self.sent {
            return false;
        }
        while self.waiting.front().is_some_and(|s| *s <= seq) {
            self.waiting.pop_front();
        }
        if seq > self.confirmed {
            self.confirmed = seq;
            self.window = (self.window * 2).min(MOST);
        }
        true
    }

    /// Takes the refusal of a frame. Of several only the first counts: the others follow from it.
    pub(crate) fn error(&mut self, seq: u64, code: &str) {
        let Some(at) = self.waiting.iter().position(|s| *s == seq) else { return };
        self.waiting.remove(at);
        if self.halted.is_none() {
            self.halted = Some(match code {
                "busy" | "unavailable" => Halt::Busy,
                "sequence_gap" => Halt::Gap,
                "stale_epoch" => Halt::StaleEpoch,
                _ => Halt::Refused(seq),
            });
        }
    }

    /// Once all are answered, says why sending was halted; sending goes on behind what the hub has.
    pub(crate) fn settled(&mut self) -> Option<Halt> {
        if !self.waiting.is_empty() {
            return None;
        }
        let halt = self.halted.take()?;
        self.sent = self.confirmed;
        // Where one was refused the next may be too: feel the way.
        self.window = 1;
        Some(halt)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_than_the_window_is_under_way() {
        let mut flight = Flight::new(10);
        for seq in 11..11 + MOST as u64 {
            assert!(flight.has_room());
            assert_eq!(flight.send(seq), 0);
        }
        assert!(!flight.has_room());
        assert!(flight.ack(11));
        assert!(flight.has_room());
        assert!(!flight.ack(1000), "never sent");
    }

    #[test]
    fn a_refused_frame_is_left_out_and_named_before_the_next() {
        let mut flight = Flight::new(0);
        for seq in 1..=4 {
            flight.send(seq);
        }
        flight.error(2, "bad_value");
        assert_eq!(flight.settled(), None, "1 is not acknowledged yet");
        flight.error(3, "sequence_gap");
        assert!(flight.ack(1));
        assert!(!flight.has_room());
        flight.error(4, "sequence_gap");
        assert_eq!(flight.settled(), Some(Halt::Refused(2)));
        assert_eq!(flight.sent(), 1);
        assert_eq!(flight.send(3), 1, "one frame is missing before it");
        assert!(!flight.has_room(), "one at a time after a refusal");
        assert!(flight.ack(3) && flight.has_room());
    }

    #[test]
    fn a_busy_hub_gets_the_same_frame_again() {
        let mut flight = Flight::new(5);
        flight.send(6);
        flight.send(7);
        flight.error(6, "busy");
        flight.error(7, "sequence_gap");
        assert_eq!(flight.settled(), Some(Halt::Busy));
        assert_eq!(flight.send(6), 0);
    }
}
