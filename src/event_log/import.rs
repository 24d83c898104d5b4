//! Fills an empty log from an archive; every hash is computed anew on the way.

use super::address::Address;
use super::archive::rows::Row;
use super::archive::{ArchiveError, ArchiveReader, BlockKind, Header};
use super::error::LogError;
use super::store::*;
use super::{Conflict, EventLog, Keyring, Recorder, chain, id_at};
use crate::clock::Clock;
use std::collections::BTreeMap;
use std::io::Read;
use std::sync::Arc;
use tokio::sync::Mutex;
use uuid::Uuid;
use watchroom_domain::{By, Event, EventId, Meta, Micros, NewEvent, Position, body};

/// Events, and bytes of them, that one transaction writes.
const EVENTS_AT_ONCE: usize = 4_000;
const BYTES_AT_ONCE: usize = 8 << 20;

/// The kind of the events that say what a series number means.
const SERIES_DEFINED: u16 = 2;
/// The stream of what happens to the hub itself.
const HUB: &str = "hub";

/// Who brings a log back, for the word about it in the log.
pub struct Restoring {
    /// Name of the node.
    pub node: String,
    /// The machine's clock.
    pub clock: Arc<dyn Clock>,
}

/// What was brought back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Imported {
    /// What the archive said of itself.
    pub header: Header,
    /// The log's epoch from now on.
    pub epoch: u64,
}

/// Reads the header, which is the first block.
///
/// # Errors
/// [`ArchiveError`].
pub fn read_header<R: Read>(reader: &mut ArchiveReader<R>) -> Result<Header, ArchiveError> {
    let block = reader.next_block()?.filter(|block| block.kind == BlockKind::Header);
    let block = block.ok_or_else(|| unsound("it does not begin with its header"))?;
    serde_json::from_slice(&block.bytes).map_err(|e| ArchiveError::Unsound(format!("its header: {e}")))
}

impl EventLog {
    /// Fills the log at this address, which must be empty, from an archive whose header was read. The log's
    /// epoch is one higher then, and its last event says that it was restored. `file` gets what the archive
    /// encloses; `progress` the position reached.
    ///
    /// # Errors
    /// [`ArchiveError`]; what was written up to then is no whole log, and is to be thrown away.
    pub async fn import<R: Read + Send>(
        address: &Address,
        restoring: Restoring,
        header: Header,
        reader: &mut ArchiveReader<R>,
        file: impl FnMut(&str, &[u8]) -> Result<(), ArchiveError> + Send,
        progress: impl FnMut(Position) + Send,
    ) -> Result<Imported, ArchiveError> {
        let first = first_head(&header);
        let store = Self::open_store(address, &first).await.map_err(ArchiveError::Unopened)?;
        let (found, last) = (store.head().await?, store.last_event().await?);
        if found != first || last > 0 {
            return Err(ArchiveError::Occupied(last.max(found.next_pos - 1)));
        }
        let filling = Filling::new(Some(store.as_ref()), first);
        filling.read(&header, reader, file, progress).await?;
        let epoch = header.epoch + 1;
        let Restoring { node, clock } = restoring;
        let now_us = clock.now_us();
        let recorder = Recorder { node, clock, known: Mutex::default() };
        let log = Self::over(store, Keyring::new(None), Some(recorder));
        log.say_restored(&header, epoch, now_us).await?;
        log.close().await?;
        Ok(Imported { epoch, header })
    }

    /// Computes every hash of an archive whose header was read, and writes nothing. `file` looks at what it
    /// encloses.
    ///
    /// # Errors
    /// [`ArchiveError`] when it is not whole or not sound.
    pub async fn check_archive<R: Read + Send>(
        header: Header,
        reader: &mut ArchiveReader<R>,
        file: impl FnMut(&str, &[u8]) -> Result<(), ArchiveError> + Send,
        progress: impl FnMut(Position) + Send,
    ) -> Result<(), ArchiveError> {
        Filling::new(None, first_head(&header)).read(&header, reader, file, progress).await
    }

    async fn say_restored(&self, header: &Header, epoch: u64, now_us: Micros) -> Result<(), ArchiveError> {
        let body = body::LogRestored { epoch, head: header.head, made_us: header.made_us };
        let mut new = NewEvent {
            id: EventId(id_at(now_us)),
            stream: HUB.to_owned(),
            expected: Some(0),
            ts_us: now_us,
            meta: Meta::by(By::Hub),
            event: body.into(),
        };
        // The log itself knows the stream's version best.
        for _ in 0..2 {
            match self.append(vec![vec![new.clone()]]).await?.pop() {
                Some(Err(Conflict::Version { found, .. })) => new.expected = Some(found),
                Some(Err(conflict)) => return Err(ArchiveError::Unsound(conflict.to_string())),
                _ => return Ok(()),
            }
        }
        Err(unsound("the hub's own stream changes while it is written"))
    }
}

fn first_head(header: &Header) -> HeadRow {
    HeadRow {
        log_id: header.log_id,
        epoch: header.epoch + 1,
        next_pos: 1,
        next_batch: 1,
        chain: chain::genesis(header.log_id),
        purged_upto: 0,
    }
}

fn unsound(what: &str) -> ArchiveError {
    ArchiveError::Unsound(what.to_owned())
}

/// The log as it is filled.
struct Filling<'a> {
    /// Where it is written; nowhere when it is only looked at.
    store: Option<&'a dyn Store>,
    head: HeadRow,
    last_stream: i64,
    /// The batch whose events are being read.
    batch: Option<(BatchRow, Vec<EventRow>)>,
    ready: Vec<AppendRows>,
    events: usize,
    bytes: usize,
    keys: Vec<KeyRow>,
    cursors: Vec<CursorRow>,
    parked: Vec<Parked>,
}

impl<'a> Filling<'a> {
    fn new(store: Option<&'a dyn Store>, head: HeadRow) -> Self {
        Self {
            store,
            head,
            last_stream: 0,
            batch: None,
            ready: Vec::new(),
            events: 0,
            bytes: 0,
            keys: Vec::new(),
            cursors: Vec::new(),
            parked: Vec::new(),
        }
    }

    async fn read<R: Read + Send>(
        mut self,
        header: &Header,
        reader: &mut ArchiveReader<R>,
        mut file: impl FnMut(&str, &[u8]) -> Result<(), ArchiveError> + Send,
        mut progress: impl FnMut(Position) + Send,
    ) -> Result<(), ArchiveError> {
        while let Some(block) = reader.next_block()? {
            match block.kind {
                BlockKind::File => {
                    let split = block.bytes.iter().position(|byte| *byte == b'\n').unwrap_or(0);
                    let (name, content) = block.bytes.split_at(split);
                    let name = str::from_utf8(name).map_err(|_| unsound("a file's name"))?;
                    file(name, content.get(1..).unwrap_or_default())?;
                }
                BlockKind::Rows => {
                    let rows = Row::all(&block.bytes).ok_or_else(|| unsound("rows that cannot be read"))?;
                    for row in rows {
                        self.row(row).await?;
                    }
                    progress(self.head.next_pos - 1);
                }
                BlockKind::Header | BlockKind::End => return Err(unsound("a second header")),
            }
        }
        self.finish(header).await
    }

    async fn row(&mut self, row: Row) -> Result<(), ArchiveError> {
        match row {
            Row::Key(key) => self.keys.push(key),
            Row::Cursor(cursor) => self.cursors.push(cursor),
            Row::Parked(parked) => self.parked.push(parked),
            Row::Batch(batch) => {
                let follows = batch.batch == self.head.next_batch
                    && batch.first_pos == self.head.next_pos
                    && batch.n > 0
                    && chain::next(&self.head.chain, &batch) == batch.chain;
                if self.batch.is_some() || !follows {
                    return Err(ArchiveError::Unsound(format!("batch {} does not follow", batch.batch)));
                }
                self.batch = Some((batch, Vec::new()));
            }
            Row::Event(event) => {
                let Some((batch, events)) = &mut self.batch else { return Err(unsound("a stray event")) };
                if event.pos != batch.first_pos + events.len() as u64 {
                    return Err(ArchiveError::Unsound(format!("position {} does not follow", event.pos)));
                }
                events.push(event);
                if events.len() == batch.n as usize
                    && let Some((batch, events)) = self.batch.take()
                {
                    self.take(batch, events)?;
                }
            }
        }
        if self.events >= EVENTS_AT_ONCE || self.bytes >= BYTES_AT_ONCE {
            self.write().await?;
        }
        Ok(())
    }

    /// Takes a whole batch, once its hashes were found to be right.
    fn take(&mut self, batch: BatchRow, events: Vec<EventRow>) -> Result<(), ArchiveError> {
        let mut leaves = Vec::with_capacity(events.len());
        for event in &events {
            let leaf = chain::leaf(leaves.len() as u32, event);
            if chain::short(&leaf) != event.leaf {
                return Err(ArchiveError::Unsound(format!(
                    "the event at position {} was changed",
                    event.pos
                )));
            }
            leaves.push(leaf);
        }
        if chain::root(leaves) != batch.root {
            return Err(ArchiveError::Unsound(format!("batch {} was changed", batch.batch)));
        }
        self.head.next_pos += u64::from(batch.n);
        self.head.next_batch += 1;
        self.head.chain = batch.chain;
        self.events += events.len();
        self.bytes += events.iter().map(|e| e.body.len() + e.meta.len()).sum::<usize>();
        let rows = AppendRows {
            head: self.head.clone(),
            streams: self.new_streams(&events),
            producers: producers(&events)?,
            series: series(&events)?,
            keys: std::mem::take(&mut self.keys),
            batch,
            events,
        };
        self.ready.push(rows);
        Ok(())
    }

    /// Streams are numbered in the order in which they were first written.
    fn new_streams(&mut self, events: &[EventRow]) -> Vec<(i64, String)> {
        let mut streams = Vec::new();
        for event in events.iter().filter(|event| event.stream_id > 0) {
            if event.stream_id > self.last_stream {
                self.last_stream = event.stream_id;
                streams.push((event.stream_id, event.stream.clone()));
            }
        }
        streams
    }

    async fn write(&mut self) -> Result<(), ArchiveError> {
        if let (Some(store), false) = (self.store, self.ready.is_empty()) {
            let mut tx = store.begin().await?;
            for rows in &self.ready {
                tx.insert(rows).await?;
            }
            tx.commit().await?;
        }
        self.ready.clear();
        (self.events, self.bytes) = (0, 0);
        Ok(())
    }

    async fn finish(mut self, header: &Header) -> Result<(), ArchiveError> {
        self.write().await?;
        let HeadRow { next_pos, next_batch, chain, .. } = self.head;
        if self.batch.is_some()
            || (next_pos - 1, next_batch - 1, chain) != (header.head, header.batches, header.chain)
        {
            return Err(unsound("it ends elsewhere than its header says"));
        }
        let Some(store) = self.store else { return Ok(()) };
        for cursor in self.cursors.iter().filter(|cursor| cursor.pos < next_pos) {
            store.insert_cursor(cursor).await?;
        }
        for parked in &self.parked {
            store.park(parked).await?;
        }
        Ok(())
    }
}

/// The last numbers of those who sent these events.
fn producers(events: &[EventRow]) -> Result<Vec<ProducerRow>, ArchiveError> {
    let mut last: BTreeMap<Uuid, ProducerRow> = BTreeMap::new();
    for event in events {
        let meta: Meta = serde_json::from_slice(&event.meta)
            .map_err(|e| ArchiveError::Unsound(format!("the meta at position {}: {e}", event.pos)))?;
        if let Some(frame) = meta.frame {
            let (producer, epoch, last_seq) = (frame.producer, frame.epoch, frame.seq);
            last.insert(producer, ProducerRow { producer, epoch, last_seq, last_pos: event.pos });
        }
    }
    Ok(last.into_values().collect())
}

/// What the series that these events define mean.
fn series(events: &[EventRow]) -> Result<Vec<SeriesRow>, ArchiveError> {
    let mut rows = Vec::new();
    for row in events.iter().filter(|e| e.kind == SERIES_DEFINED) {
        let event = Event::from_json(row.kind, row.kver, &row.body);
        let event = event.map_err(|cause| LogError::Unreadable { pos: row.pos, cause: cause.to_string() })?;
        if let Event::SeriesDefined(defined) = event {
            rows.push(SeriesRow::of(&defined.def));
        }
    }
    Ok(rows)
}
