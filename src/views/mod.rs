//! Read models: what the log says is so, ready to be asked.

mod tail;

pub use tail::{Tail, TailError};

use std::sync::{Arc, PoisonError, RwLock};
use watchroom_domain::{RecordedEvent, State};

/// What is so, as of the last recorded event that was folded in.
#[derive(Clone, Default)]
pub struct Views {
    control: Arc<RwLock<State>>,
}

impl Views {
    /// Folds in one event; events come in the order of their positions.
    pub fn apply(&self, event: &RecordedEvent) {
        self.control.write().unwrap_or_else(PoisonError::into_inner).apply(event);
    }

    /// Asks the state. Keep the closure short: recording waits for it.
    pub fn with<T>(&self, ask: impl FnOnce(&State) -> T) -> T {
        ask(&self.control.read().unwrap_or_else(PoisonError::into_inner))
    }
}
