//! The newest recorded events, and a sign when there are more.

use super::history::forgotten;
use crate::event_log::EventLog;
use async_trait::async_trait;
use std::collections::VecDeque;
use std::sync::{Arc, PoisonError, RwLock};
use thiserror::Error;
use tokio::sync::watch;
use watchroom_domain::{Event, Position, RecordedEvent};

/// Events that are kept at hand for readers that are nearly up to date.
const KEPT: usize = 8_192;

/// The log could not be read.
#[derive(Clone, Debug, Error)]
#[error("the event log cannot be read: {0}")]
pub struct TailError(pub String);

/// Reads older events than are at hand.
#[async_trait]
pub trait Past: Send + Sync + 'static {
    /// Events after a position, oldest first, at most `limit`.
    async fn read(&self, after: Position, limit: usize) -> Result<Vec<Arc<RecordedEvent>>, TailError>;
}

#[async_trait]
impl Past for EventLog {
    async fn read(&self, after: Position, limit: usize) -> Result<Vec<Arc<RecordedEvent>>, TailError> {
        EventLog::read(self, after, limit).await.map_err(|e| TailError(e.to_string()))
    }
}

/// A reader's view of the log: everything after a position, and a sign when there is more.
#[derive(Clone)]
pub struct Tail {
    past: Arc<dyn Past>,
    recent: Arc<RwLock<VecDeque<Arc<RecordedEvent>>>>,
    head: Arc<watch::Sender<Position>>,
}

impl Tail {
    /// A tail whose newest event is at `head`.
    pub fn new(past: Arc<dyn Past>, head: Position) -> Self {
        Self { past, recent: Arc::default(), head: Arc::new(watch::Sender::new(head)) }
    }

    /// Publishes committed events, in order.
    pub fn publish(&self, events: &[Arc<RecordedEvent>]) {
        let Some(last) = events.last() else { return };
        {
            let mut recent = self.recent.write().unwrap_or_else(PoisonError::into_inner);
            for event in events {
                // Events are found by counting, so that a hole would hide some: then the log is asked.
                if recent.back().is_some_and(|newest| newest.pos + 1 != event.pos) {
                    recent.clear();
                }
                recent.push_back(event.clone());
                if let Event::PersonForgotten(e) = &event.event {
                    // What is at hand is what could be read before.
                    recent.iter_mut().for_each(|known| *known = forgotten(known, e.person));
                }
            }
            let surplus = recent.len().saturating_sub(KEPT);
            recent.drain(..surplus);
        }
        self.head.send_replace(last.pos);
    }

    /// The position of the newest event, and of every newer one from now on.
    pub fn head(&self) -> watch::Receiver<Position> {
        self.head.subscribe()
    }

    /// Events after a position, oldest first, at most `limit`; from memory where they are at hand.
    ///
    /// # Errors
    /// [`TailError`] when older events are needed and the log cannot be read.
    pub async fn read(&self, after: Position, limit: usize) -> Result<Vec<Arc<RecordedEvent>>, TailError> {
        if let Some(found) = self.at_hand(after, limit) {
            return Ok(found);
        }
        self.past.read(after, limit).await
    }

    fn at_hand(&self, after: Position, limit: usize) -> Option<Vec<Arc<RecordedEvent>>> {
        if after >= *self.head.borrow() {
            return Some(Vec::new());
        }
        let recent = self.recent.read().unwrap_or_else(PoisonError::into_inner);
        let first = recent.front()?.pos;
        if after + 1 < first {
            return None;
        }
        let skip = (after + 1 - first) as usize;
        Some(recent.iter().skip(skip).take(limit).cloned().collect())
    }
}
