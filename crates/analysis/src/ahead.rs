//! What was seen of a series while something that was asked for about it is not in the log yet.
//!
//! The evaluator knows an incident only once the log has it. A value that comes before that is judged by what is
//! known then, and once more when the log has caught up: so none is overlooked, however close to each other.

use std::collections::{HashMap, VecDeque};
use watchroom_domain::alert::{AlertCommand, IncidentKey};
use watchroom_domain::{Micros, Position};

/// Values that are remembered of one series; of more, the newest.
const MOST_SEEN: usize = 64;

/// One value of a series: when, in which event, what.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Seen {
    /// Log time.
    pub at_us: Micros,
    /// The event that holds it.
    pub pos: Position,
    /// The value.
    pub value: f64,
}

/// Values seen since something was asked for, the one that it follows from first.
#[derive(Default)]
pub struct Ahead(HashMap<IncidentKey, VecDeque<Seen>>);

impl Ahead {
    /// Remembers a value and what it made the evaluator ask for.
    pub fn note(&mut self, key: IncidentKey, seen: Seen, asked: &[AlertCommand]) {
        if let Some(under_way) = self.0.get_mut(&key) {
            if under_way.len() == MOST_SEEN {
                under_way.pop_front();
            }
            under_way.push_back(seen);
        } else if !asked.is_empty() {
            self.0.insert(key, VecDeque::from([seen]));
        }
    }

    /// What was asked for because of this event is in the log now: the values seen since, to be judged again.
    /// None when something else came about.
    pub fn caught_up(&mut self, key: IncidentKey, cause: Position) -> VecDeque<Seen> {
        let Some(mut seen) = self.0.remove(&key) else { return VecDeque::new() };
        match seen.iter().position(|s| s.pos == cause) {
            Some(at) => seen.split_off(at + 1),
            None => VecDeque::new(),
        }
    }

    /// Forgets the series that this does not hold of.
    pub fn retain(&mut self, keep: impl Fn(&IncidentKey) -> bool) {
        self.0.retain(|key, _| keep(key));
    }
}
