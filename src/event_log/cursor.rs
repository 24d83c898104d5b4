//! Durable places of readers, and what readers could not do yet.

use super::chain;
use super::error::LogError;
use super::store::{CursorRow, Hash, Parked};
use super::{EventLog, Inner};
use std::collections::BTreeMap;
use std::fmt;
use watchroom_domain::Position;

/// A reader's place in the log. Held by one owner at a time: who claims it takes it from the one before.
#[derive(Clone, PartialEq, Eq)]
pub struct Cursor {
    row: CursorRow,
}

impl Cursor {
    /// The reader's name; never changes.
    pub fn name(&self) -> &str {
        &self.row.name
    }

    /// Position of the last event that was dealt with, 0 before the first.
    pub fn pos(&self) -> Position {
        self.row.pos
    }

    /// Chain value of the batch that holds that position: which history this is a place in.
    pub fn chain(&self) -> [u8; 32] {
        self.row.chain
    }

    /// Grows whenever the cursor is claimed.
    pub fn fence(&self) -> u64 {
        self.row.fence
    }
}

impl fmt::Debug for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Cursor({} at {}, fence {})", self.row.name, self.row.pos, self.row.fence)
    }
}

impl Inner {
    /// Chain value that belongs to a position; `None` when the log does not reach there.
    async fn chain_at(&self, pos: Position) -> Result<Option<Hash>, LogError> {
        if pos == 0 {
            return Ok(Some(chain::genesis(self.store.head().await?.log_id)));
        }
        Ok(self.store.batch_at(pos).await?.map(|b| b.chain))
    }

    async fn check_history(&self, row: &CursorRow) -> Result<(), LogError> {
        if self.chain_at(row.pos).await? == Some(row.chain) {
            return Ok(());
        }
        Err(LogError::Forked { name: row.name.clone(), pos: row.pos })
    }
}

impl EventLog {
    /// A cursor as it is stored, without claiming it.
    ///
    /// # Errors
    /// [`LogError::Forked`] when the log is another history than the one that it stands in.
    pub async fn cursor(&self, name: &str) -> Result<Option<Cursor>, LogError> {
        let Some(row) = self.inner.store.cursor(name).await? else { return Ok(None) };
        self.inner.check_history(&row).await?;
        Ok(Some(Cursor { row }))
    }

    /// Where every reader stands, and how much each has parked.
    ///
    /// # Errors
    /// [`LogError::Database`] when it cannot be read.
    pub async fn readers(&self) -> Result<(Vec<(String, Position)>, BTreeMap<String, usize>), LogError> {
        let cursors = self.inner.store.cursors().await?;
        let mut parked = BTreeMap::new();
        for row in self.inner.store.all_parked().await? {
            *parked.entry(row.name).or_default() += 1;
        }
        Ok((cursors.into_iter().map(|row| (row.name, row.pos)).collect(), parked))
    }

    /// Takes a cursor over from whoever holds it; made at `start` when there is none.
    ///
    /// # Errors
    /// [`LogError::Forked`] when the log is another history than the one that it stands in;
    /// [`LogError::CursorOutOfBounds`] when the log does not reach to `start`.
    pub async fn claim_cursor(&self, name: &str, start: Position) -> Result<Cursor, LogError> {
        self.inner.recorder()?;
        loop {
            let (row, done) = match self.inner.store.cursor(name).await? {
                Some(mut row) => {
                    self.inner.check_history(&row).await?;
                    let held = row.fence;
                    row.fence += 1;
                    let done = self.inner.store.swap_cursor(&row, held).await?;
                    (row, done)
                }
                None => {
                    let beyond = || LogError::CursorOutOfBounds { name: name.to_owned(), pos: start };
                    let chain = self.inner.chain_at(start).await?.ok_or_else(beyond)?;
                    let row = CursorRow { name: name.to_owned(), pos: start, chain, fence: 1 };
                    let done = self.inner.store.insert_cursor(&row).await?;
                    (row, done)
                }
            };
            // Somebody else was quicker; theirs is taken over in the next round.
            if done {
                return Ok(Cursor { row });
            }
        }
    }

    /// Moves a cursor forward, durably.
    ///
    /// # Errors
    /// [`LogError::CursorLost`] when somebody else claimed it; [`LogError::CursorOutOfBounds`] when
    /// `pos` lies behind it or beyond the log's end.
    pub async fn advance_cursor(&self, cursor: &mut Cursor, pos: Position) -> Result<(), LogError> {
        self.inner.recorder()?;
        let out = || LogError::CursorOutOfBounds { name: cursor.row.name.clone(), pos };
        if pos < cursor.row.pos {
            return Err(out());
        }
        let chain = self.inner.chain_at(pos).await?.ok_or_else(out)?;
        let row = CursorRow { pos, chain, ..cursor.row.clone() };
        if !self.inner.store.swap_cursor(&row, row.fence).await? {
            return Err(LogError::CursorLost(row.name));
        }
        cursor.row = row;
        Ok(())
    }

    /// Notes what a reader could not do yet; replaces what was noted of the same name and position.
    ///
    /// # Errors
    /// [`LogError::Database`] when it cannot be written.
    pub async fn park(&self, parked: &Parked) -> Result<(), LogError> {
        self.inner.recorder()?;
        Ok(self.inner.store.park(parked).await?)
    }

    /// Strikes out what was parked; nothing happens when it was not.
    ///
    /// # Errors
    /// [`LogError::Database`] when it cannot be written.
    pub async fn unpark(&self, name: &str, pos: Position) -> Result<(), LogError> {
        self.inner.recorder()?;
        Ok(self.inner.store.unpark(name, pos).await?)
    }

    /// What a reader has parked, by position.
    ///
    /// # Errors
    /// [`LogError::Database`] when it cannot be read.
    pub async fn parked(&self, name: &str) -> Result<Vec<Parked>, LogError> {
        Ok(self.inner.store.parked(name).await?)
    }
}
