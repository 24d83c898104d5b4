//! Where a dispatcher's place in the log, and what it could not do yet, are kept.

use super::queue::{Checkpoint, ParkedItem};
use crate::event_log::{Cursor, EventLog, LogError, Parked};
use async_trait::async_trait;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex as StdMutex, PoisonError};
use std::time::Duration;
use thiserror::Error;
use tokio::sync::Mutex;
use watchroom_domain::Position;

/// Pause before something that could not be written down is tried again.
const AGAIN: Duration = Duration::from_millis(500);

/// A bookmark cannot be read or written.
#[derive(Clone, Debug, Error)]
pub enum BookmarkError {
    /// Somebody else reads under this name now.
    #[error("somebody else has taken over this reader's place")]
    Lost,
    /// The log cannot be used.
    #[error("the log cannot be used: {0}")]
    Log(String),
}

/// Durable places of readers, and what they have parked.
#[async_trait]
pub trait Bookmarks: Send + Sync + 'static {
    /// The place of a reader, taken over from whoever had it; the log's beginning at first.
    async fn claim(&self, name: &str) -> Result<Position, BookmarkError>;
    /// Moves the place forward.
    async fn advance(&self, name: &str, pos: Position) -> Result<(), BookmarkError>;
    /// Notes what is not done yet; replaces what was noted of the same position.
    async fn park(&self, name: &str, item: ParkedItem) -> Result<(), BookmarkError>;
    /// Strikes out what was parked; nothing happens when it was not.
    async fn unpark(&self, name: &str, pos: Position) -> Result<(), BookmarkError>;
    /// What is parked, by position.
    async fn parked(&self, name: &str) -> Result<Vec<ParkedItem>, BookmarkError>;
}

/// Writes a checkpoint down, however long it takes. What is parked comes before the cursor that leaves it
/// behind, so that a crash in between loses nothing.
///
/// # Errors
/// [`BookmarkError::Lost`] only.
pub async fn write(
    bookmarks: &dyn Bookmarks,
    name: &str,
    checkpoint: &Checkpoint,
) -> Result<(), BookmarkError> {
    loop {
        match write_once(bookmarks, name, checkpoint).await {
            Ok(()) => return Ok(()),
            Err(BookmarkError::Lost) => return Err(BookmarkError::Lost),
            Err(error) => {
                tracing::error!(%error, name, "the dispatcher's place is not written down; trying again");
                tokio::time::sleep(AGAIN).await;
            }
        }
    }
}

async fn write_once(
    bookmarks: &dyn Bookmarks,
    name: &str,
    checkpoint: &Checkpoint,
) -> Result<(), BookmarkError> {
    for item in &checkpoint.park {
        bookmarks.park(name, item.clone()).await?;
    }
    bookmarks.advance(name, checkpoint.advance).await?;
    for pos in &checkpoint.unpark {
        bookmarks.unpark(name, *pos).await?;
    }
    Ok(())
}

/// Bookmarks in the event log.
pub struct LogBookmarks {
    log: EventLog,
    cursor: Mutex<Option<Cursor>>,
}

impl LogBookmarks {
    /// Bookmarks of one reader in this log.
    pub fn new(log: EventLog) -> Self {
        Self { log, cursor: Mutex::default() }
    }
}

impl From<LogError> for BookmarkError {
    fn from(error: LogError) -> Self {
        match error {
            LogError::CursorLost(_) => Self::Lost,
            other => Self::Log(other.to_string()),
        }
    }
}

#[async_trait]
impl Bookmarks for LogBookmarks {
    async fn claim(&self, name: &str) -> Result<Position, BookmarkError> {
        let claimed = self.log.claim_cursor(name, 0).await?;
        let pos = claimed.pos();
        *self.cursor.lock().await = Some(claimed);
        Ok(pos)
    }

    async fn advance(&self, name: &str, pos: Position) -> Result<(), BookmarkError> {
        let mut cursor = self.cursor.lock().await;
        match cursor.as_mut().filter(|cursor| cursor.name() == name) {
            Some(cursor) if pos > cursor.pos() => Ok(self.log.advance_cursor(cursor, pos).await?),
            Some(_) => Ok(()),
            None => Err(BookmarkError::Lost),
        }
    }

    async fn park(&self, name: &str, item: ParkedItem) -> Result<(), BookmarkError> {
        let ParkedItem { pos, attempts, next_us, error } = item;
        Ok(self.log.park(&Parked { name: name.to_owned(), pos, attempts, next_us, error }).await?)
    }

    async fn unpark(&self, name: &str, pos: Position) -> Result<(), BookmarkError> {
        Ok(self.log.unpark(name, pos).await?)
    }

    async fn parked(&self, name: &str) -> Result<Vec<ParkedItem>, BookmarkError> {
        let parked = self.log.parked(name).await?;
        let item =
            |p: Parked| ParkedItem { pos: p.pos, attempts: p.attempts, next_us: p.next_us, error: p.error };
        Ok(parked.into_iter().map(item).collect())
    }
}

/// Bookmarks of one reader in memory. Clones are the same ones, as after a restart.
#[derive(Clone, Default)]
pub struct MemoryBookmarks(Arc<StdMutex<Kept>>);

#[derive(Default)]
struct Kept {
    pos: Position,
    parked: BTreeMap<Position, ParkedItem>,
}

impl MemoryBookmarks {
    /// The reader's place.
    pub fn pos(&self) -> Position {
        self.kept().pos
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Bookmarks for MemoryBookmarks {
    async fn claim(&self, _: &str) -> Result<Position, BookmarkError> {
        Ok(self.pos())
    }

    async fn advance(&self, _: &str, pos: Position) -> Result<(), BookmarkError> {
        let mut kept = self.kept();
        kept.pos = kept.pos.max(pos);
        Ok(())
    }

    async fn park(&self, _: &str, item: ParkedItem) -> Result<(), BookmarkError> {
        self.kept().parked.insert(item.pos, item);
        Ok(())
    }

    async fn unpark(&self, _: &str, pos: Position) -> Result<(), BookmarkError> {
        self.kept().parked.remove(&pos);
        Ok(())
    }

    async fn parked(&self, _: &str) -> Result<Vec<ParkedItem>, BookmarkError> {
        Ok(self.kept().parked.values().cloned().collect())
    }
}
