//! What is written down of a queue, so that a restart knows where to go on.

use super::Queue;
use watchroom_domain::{Micros, Position, SECOND_US};

/// A cause that is not done after this time is parked, so that the cursor can move past it.
const PARK_AFTER_US: Micros = 3 * SECOND_US;

/// Something that is not done yet, as it is kept across a restart. Holds no personal text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParkedItem {
    /// Position of the event that is to be told.
    pub pos: Position,
    /// Attempts so far, of whoever has had the most.
    pub attempts: u32,
    /// When to try again.
    pub next_us: Micros,
    /// Why it waits, in our own words.
    pub error: String,
}

/// What is to be written down, in this order: parked, then the cursor, then unparked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Checkpoint {
    /// What the cursor leaves behind unfinished.
    pub park: Vec<ParkedItem>,
    /// How far the cursor may move.
    pub advance: Position,
    /// What is finished.
    pub unpark: Vec<Position>,
}

impl Queue {
    /// Says of everything that waits why it does.
    pub fn explain(&mut self, waits: &str) {
        for entry in self.entries.values_mut().filter(|entry| !entry.in_flight) {
            if entry.item.waits != waits && entry.item.quiet_until_us.is_none() {
                entry.item.waits = waits.to_owned();
                if let Some(cause) = self.causes.get_mut(&entry.item.asked) {
                    cause.changed = true;
                }
            }
        }
    }

    /// What is to be written down now that everything up to `read_to` was looked at. What is young may
    /// well be done in a moment and holds the cursor instead of being parked, unless `all`.
    pub fn checkpoint(&mut self, read_to: Position, now_us: Micros, all: bool) -> Checkpoint {
        let mut checkpoint = Checkpoint { advance: read_to, ..Checkpoint::default() };
        for (pos, cause) in &mut self.causes {
            if !cause.parked && !all && now_us - cause.added_us < PARK_AFTER_US {
                checkpoint.advance = checkpoint.advance.min(pos - 1);
            } else if !cause.parked || cause.changed {
                let items = cause.open.iter().filter_map(|id| self.entries.get(id)).map(|e| &e.item);
                let first = items.clone().min_by_key(|item| item.next_us);
                checkpoint.park.push(ParkedItem {
                    pos: *pos,
                    attempts: items.map(|item| item.attempts).max().unwrap_or(0),
                    next_us: first.map_or(now_us, |item| item.next_us),
                    error: first.map_or_else(String::new, |item| item.waits.clone()),
                });
                (cause.parked, cause.changed) = (true, false);
            }
        }
        checkpoint.unpark = std::mem::take(&mut self.finished);
        checkpoint
    }

    /// Whether a checkpoint may have something to say.
    pub fn has_news(&self) -> bool {
        !self.finished.is_empty() || self.causes.values().any(|cause| !cause.parked || cause.changed)
    }
}
