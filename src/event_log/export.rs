//! Writes the log out, as of one position, while it may be recorded in.

use super::archive::rows::Row;
use super::archive::{ArchiveError, ArchiveWriter, BLOCK_BYTES, BlockKind, FORMAT, Header};
use super::error::LogError;
use super::in_order::Events;
use super::store::{BatchRow, HeadRow, KeyRow, Store};
use super::{EventLog, StoreError};
use std::collections::BTreeSet;
use std::io::Write;
use uuid::Uuid;
use watchroom_domain::{Micros, Position};

const BATCHES_AT_ONCE: usize = 512;
const KEYS_AT_ONCE: usize = 1_000;

impl From<StoreError> for ArchiveError {
    fn from(error: StoreError) -> Self {
        Self::Log(LogError::from(error))
    }
}

/// What an archive holds besides the log.
#[derive(Clone, Debug, Default)]
pub struct Enclosed {
    /// The program that writes it.
    pub program: String,
    /// When, by the machine's clock.
    pub made_us: Micros,
    /// Files: name and content.
    pub files: Vec<(String, Vec<u8>)>,
}

impl EventLog {
    /// Writes everything up to the present head into an archive; what is recorded meanwhile is left for the
    /// next one. Needs no key: what is sealed stays sealed. Blocks on what is written into. `progress` is told
    /// the position reached and the last one, now and then.
    ///
    /// # Errors
    /// [`ArchiveError`]; what was written is no whole archive then.
    pub async fn export<W: Write + Send>(
        &self,
        writer: &mut ArchiveWriter<W>,
        enclosed: &Enclosed,
        mut progress: impl FnMut(Position, Position) + Send,
    ) -> Result<Header, ArchiveError> {
        let store = self.inner.store.as_ref();
        // In this order: no reader's place lies beyond the head, and no event's key is missing.
        let (cursors, parked) = (store.cursors().await?, store.all_parked().await?);
        let head = store.head().await?;
        let header = header(store, &head, enclosed).await?;
        let mut out = Rows { writer, block: Vec::new() };
        let json = serde_json::to_vec(&header).map_err(|e| ArchiveError::Unsound(e.to_string()))?;
        out.writer.block(BlockKind::Header, &json)?;
        for (name, content) in &enclosed.files {
            out.writer.block(BlockKind::File, &[name.as_bytes(), b"\n", content].concat())?;
        }
        let mut after = None;
        while let Some(page) = keys_after(store, &mut after).await? {
            page.into_iter().try_for_each(|key| out.row(&Row::Key(key)))?;
        }
        cursors.into_iter().try_for_each(|cursor| out.row(&Row::Cursor(cursor)))?;
        parked.into_iter().try_for_each(|parked| out.row(&Row::Parked(parked)))?;
        let mut events = Events::behind(store, 0);
        let mut next_batch = 1;
        while next_batch < head.next_batch {
            let batches = store.batches(next_batch - 1, BATCHES_AT_ONCE).await?;
            let before = next_batch;
            for batch in batches.into_iter().take_while(|b| b.batch < head.next_batch) {
                next_batch = batch.batch + 1;
                out.batch(batch, &mut events).await?;
            }
            if next_batch == before {
                return Err(ArchiveError::Unsound(format!("batch {next_batch} is missing")));
            }
            progress(events.after().min(header.head), header.head);
        }
        out.close()?;
        Ok(header)
    }
}

async fn header(store: &dyn Store, head: &HeadRow, enclosed: &Enclosed) -> Result<Header, ArchiveError> {
    if head.purged_upto > 0 {
        return Err(ArchiveError::Purged(head.purged_upto));
    }
    if head.next_pos == 1 {
        return Err(ArchiveError::Nothing);
    }
    let (mut masters, mut after) = (BTreeSet::new(), None);
    while let Some(page) = keys_after(store, &mut after).await? {
        masters.extend(page.into_iter().filter(|key| key.wrapped.is_some()).map(|key| key.master));
    }
    Ok(Header {
        format: FORMAT,
        program: enclosed.program.clone(),
        made_us: enclosed.made_us,
        log_id: head.log_id,
        epoch: head.epoch,
        head: head.next_pos - 1,
        batches: head.next_batch - 1,
        chain: head.chain,
        master_keys: masters.into_iter().collect(),
    })
}

/// The next keys; `None` when there are no more.
async fn keys_after(
    store: &dyn Store,
    after: &mut Option<Uuid>,
) -> Result<Option<Vec<KeyRow>>, ArchiveError> {
    let page = store.all_keys(*after, KEYS_AT_ONCE).await?;
    let Some(last) = page.last() else { return Ok(None) };
    *after = Some(last.key_id);
    Ok(Some(page))
}

/// Rows on their way into blocks.
struct Rows<'a, W> {
    writer: &'a mut ArchiveWriter<W>,
    block: Vec<u8>,
}

impl<W: Write> Rows<'_, W> {
    fn row(&mut self, row: &Row) -> Result<(), ArchiveError> {
        row.put(&mut self.block);
        if self.block.len() >= BLOCK_BYTES {
            self.close()?;
        }
        Ok(())
    }

    fn close(&mut self) -> Result<(), ArchiveError> {
        if !self.block.is_empty() {
            self.writer.block(BlockKind::Rows, &self.block)?;
            self.block.clear();
        }
        Ok(())
    }

    async fn batch(&mut self, batch: BatchRow, events: &mut Events<'_>) -> Result<(), ArchiveError> {
        let positions = batch.first_pos..=batch.last_pos();
        self.row(&Row::Batch(batch))?;
        for pos in positions {
            let event = events.at(pos).await?.ok_or_else(|| missing(pos))?;
            self.row(&Row::Event(event))?;
        }
        Ok(())
    }
}

fn missing(pos: Position) -> ArchiveError {
    ArchiveError::Unsound(format!("the event at position {pos} is missing"))
}
