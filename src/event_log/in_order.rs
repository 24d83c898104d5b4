//! All events of the log, one after the other.

use super::store::{EventRow, Store, Stored, Which};
use std::collections::VecDeque;
use watchroom_domain::Position;

const EVENTS_AT_ONCE: usize = 1_000;

/// The events one after the other, read some at a time.
pub(super) struct Events<'a> {
    pub(super) store: &'a dyn Store,
    after: Position,
    read: VecDeque<EventRow>,
}

impl<'a> Events<'a> {
    /// Those behind a position.
    pub(super) fn behind(store: &'a dyn Store, after: Position) -> Self {
        Self { store, after, read: VecDeque::new() }
    }

    /// Position of the last event that was read.
    pub(super) fn after(&self) -> Position {
        self.after
    }

    /// The event at a position, if it is there; positions are asked for in order.
    pub(super) async fn at(&mut self, pos: Position) -> Stored<Option<EventRow>> {
        if self.read.is_empty() {
            self.read = self.store.events(&Which::All, self.after, EVENTS_AT_ONCE).await?.into();
            self.after = self.read.back().map_or(self.after, |row| row.pos);
        }
        if self.read.front().is_some_and(|row| row.pos == pos) {
            return Ok(self.read.pop_front());
        }
        Ok(None)
    }
}
