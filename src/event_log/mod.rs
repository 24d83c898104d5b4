//! The append-only log: append, read, cursors, keys, verification. The only SQL beside `views`.

mod address;
mod append;
mod archive;
mod browse;
mod chain;
mod codec;
mod commands;
mod cursor;
mod error;
mod export;
#[cfg(test)]
pub(crate) mod failing;
mod import;
mod in_order;
mod keys;
mod known;
mod memory;
mod sql;
mod store;
mod verify;

pub use address::Address;
pub use archive::{ArchiveError, ArchiveReader, ArchiveWriter, Block, BlockKind, Header};
pub use browse::{Found, Sought, Who};
pub use commands::{Claim, CommandAsker, CommandKey, MostKept};
pub use cursor::Cursor;
pub use error::{Conflict, LogError};
pub use export::Enclosed;
pub use import::{Imported, Restoring, read_header};
pub use keys::{KEY_LEN, MasterKey};
pub use store::{Parked, Storage};
pub use verify::{Fault, Verdict};

use crate::clock::Clock;
use address::Place;
use append::Losing;
use codec::Keyring;
use known::Known;
use memory::MemoryStore;
use std::fmt;
use std::sync::Arc;
use store::{HeadRow, Store, StoreError, Which};
use tokio::sync::Mutex;
use uuid::Uuid;
use watchroom_domain::{
    MachineId, Micros, NewEvent, Position, RecordedEvent, SeriesDef, SubjectId, telemetry_stream,
};

/// How far the hub's clock may have been set back without a query by time missing anything.
const CLOCK_SLACK_US: Micros = watchroom_domain::MINUTE_US;

/// Keys that are looked at in one query.
const KEYS_AT_A_TIME: usize = 500;

/// Name under which it is tried whether anything can be written.
const PROBE: &str = "probe";

/// Events of commands, one group for each command.
pub(crate) type Groups = Vec<Vec<NewEvent>>;

/// What became of one group.
pub type Outcome = Result<Vec<Arc<RecordedEvent>>, Conflict>;

/// What the log needs to know besides its address.
#[derive(Clone)]
pub struct LogOptions {
    /// Name of this node among those that write to the log; no two may have the same.
    pub node: String,
    /// Wraps the keys of keepers and people.
    pub master_key: MasterKey,
    /// The time that batches get.
    pub clock: Arc<dyn Clock>,
}

/// The event log. Clones are the same log.
#[derive(Clone)]
pub struct EventLog {
    inner: Arc<Inner>,
}

struct Inner {
    store: Box<dyn Store>,
    keys: Keyring,
    /// None where the log is only read.
    recorder: Option<Recorder>,
}

/// Who records, and what is known since the last batch. Its lock is held while a batch is recorded.
struct Recorder {
    node: String,
    clock: Arc<dyn Clock>,
    known: Mutex<Known>,
}

impl Inner {
    fn recorder(&self) -> Result<&Recorder, LogError> {
        self.recorder.as_ref().ok_or(LogError::ReadOnly)
    }

    async fn read(
        &self,
        which: Which,
        after: Position,
        limit: usize,
    ) -> Result<Vec<Arc<RecordedEvent>>, LogError> {
        let rows = self.store.events(&which, after, limit).await?;
        let events = self.keys.decode(self.store.as_ref(), rows).await?;
        Ok(events.into_iter().map(Arc::new).collect())
    }
}

impl fmt::Debug for EventLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let node = self.inner.recorder.as_ref().map(|r| &r.node);
        f.debug_struct("EventLog").field("node", &node).finish_non_exhaustive()
    }
}

impl From<StoreError> for LogError {
    fn from(error: StoreError) -> Self {
        Self::Database(error.0)
    }
}

/// A new identifier (UUIDv7) of this time.
fn id_at(now_us: Micros) -> Uuid {
    let millis = u64::try_from(now_us / 1_000).unwrap_or(0);
    uuid::Builder::from_unix_timestamp_millis(millis, &keys::random()).into_uuid()
}

/// The head of a log without events.
fn first_head(clock: &dyn Clock) -> HeadRow {
    let log_id = id_at(clock.now_us());
    let chain = chain::genesis(log_id);
    HeadRow { log_id, epoch: 1, next_pos: 1, next_batch: 1, chain, purged_upto: 0 }
}

impl EventLog {
    /// Opens the log, and makes it where there is none. What an address may look like says
    /// [`Address::parse`].
    ///
    /// # Errors
    /// [`LogError::Address`], [`LogError::Database`], [`LogError::Unfit`] when what is acknowledged
    /// could be lost or changed there, [`LogError::InUse`] when another hub records in it,
    /// [`LogError::MasterKey`] when it is another log's.
    pub async fn open<A>(address: A, options: LogOptions) -> Result<Self, LogError>
    where
        A: TryInto<Address>,
        LogError: From<A::Error>,
    {
        let store = Self::open_store(&address.try_into()?, &first_head(options.clock.as_ref())).await?;
        let LogOptions { node, master_key, clock } = options;
        let recorder = Recorder { node, clock, known: Mutex::default() };
        let log = Self::over(store, Keyring::new(Some(master_key)), Some(recorder));
        if let Some(row) = log.inner.store.any_key().await? {
            log.inner.keys.unwrap(&row)?;
        }
        Ok(log)
    }

    async fn open_store(address: &Address, first: &HeadRow) -> Result<Box<dyn Store>, LogError> {
        Ok(match address.place {
            Place::Memory => Box::new(MemoryStore::new(first.clone())),
            _ => Box::new(sql::open(address, first).await?),
        })
    }

    /// Looks whether a database server could hold the log: whether it answers, its settings, and the rights of
    /// the hub's account. That a hub records there at the moment is not wrong. A file is not looked at.
    ///
    /// # Errors
    /// [`LogError::Database`] and [`LogError::Unfit`].
    pub async fn look(address: &Address) -> Result<(), LogError> {
        match address.file() {
            Some(_) => Ok(()),
            None => sql::look(address).await,
        }
    }

    /// Opens a log that is there already, for reading only; a hub may be recording in it meanwhile. The
    /// master key is needed only where something personal is read.
    ///
    /// # Errors
    /// [`LogError::Address`], [`LogError::Database`], and [`LogError::Unfit`] when another version of
    /// the program made it.
    pub async fn open_read_only<A>(address: A, master_key: Option<MasterKey>) -> Result<Self, LogError>
    where
        A: TryInto<Address>,
        LogError: From<A::Error>,
    {
        let store = sql::open_read_only(&address.try_into()?).await?;
        Ok(Self::over(Box::new(store), Keyring::new(master_key), None))
    }

    fn over(store: Box<dyn Store>, keys: Keyring, recorder: Option<Recorder>) -> Self {
        Self { inner: Arc::new(Inner { store, keys, recorder }) }
    }

    /// Position of the last event, 0 when there is none.
    ///
    /// # Errors
    /// [`LogError::Database`] when the log cannot be read.
    pub async fn head(&self) -> Result<Position, LogError> {
        self.inner.head().await
    }

    /// Records groups in one transaction. A group is recorded whole or not at all; one that lost is a
    /// [`Conflict`] by itself, the others are recorded. When this answers, they are durable; when the
    /// answer is not waited for, they are recorded all the same.
    ///
    /// # Errors
    /// [`LogError::NotRecordable`] and [`LogError::Database`]: nothing was recorded.
    /// [`LogError::Ambiguous`]: it is not known whether it was; read from the head before deciding more.
    pub async fn append(&self, groups: Groups) -> Result<Vec<Outcome>, LogError> {
        self.record(groups, Losing::Alone).await
    }

    /// Records groups as [`EventLog::append`] does, but each was decided upon those before it: behind one
    /// that lost, all the others are [`Conflict::Behind`].
    ///
    /// # Errors
    /// As [`EventLog::append`].
    pub async fn append_in_turn(&self, groups: Groups) -> Result<Vec<Outcome>, LogError> {
        self.record(groups, Losing::WithThoseBehind).await
    }

    async fn record(&self, groups: Groups, losing: Losing) -> Result<Vec<Outcome>, LogError> {
        self.inner.recorder()?;
        if groups.iter().all(Vec::is_empty) {
            return Ok(groups.iter().map(|_| Ok(Vec::new())).collect());
        }
        let running = tokio::spawn(self.inner.clone().append_or_make_room(groups, losing));
        running.await.unwrap_or_else(|e| Err(LogError::Database(format!("recording was broken off: {e}"))))
    }

    /// Events after a position, oldest first.
    ///
    /// # Errors
    /// [`LogError::Database`], [`LogError::Unreadable`] and [`LogError::MasterKey`].
    pub async fn read(&self, after: Position, limit: usize) -> Result<Vec<Arc<RecordedEvent>>, LogError> {
        self.inner.read(Which::All, after, limit).await
    }

    /// Events after a position that are no telemetry, oldest first; telemetry costs nothing.
    ///
    /// # Errors
    /// As [`EventLog::read`].
    pub async fn read_control(
        &self,
        after: Position,
        limit: usize,
    ) -> Result<Vec<Arc<RecordedEvent>>, LogError> {
        self.inner.read(Which::Control, after, limit).await
    }

    /// Events of one stream after a position, oldest first.
    ///
    /// # Errors
    /// As [`EventLog::read`].
    pub async fn read_stream(
        &self,
        stream: &str,
        after: Position,
        limit: usize,
    ) -> Result<Vec<Arc<RecordedEvent>>, LogError> {
        self.inner.read(Which::Stream(stream.to_owned()), after, limit).await
    }

    /// Telemetry of one machine after a position with a hub time in `from_us..to_us`, oldest first.
    /// Exact as long as the hub's clock was never set back by more than a minute.
    ///
    /// # Errors
    /// As [`EventLog::read`].
    pub async fn read_telemetry(
        &self,
        machine: MachineId,
        from_us: Micros,
        to_us: Micros,
        after: Position,
        limit: usize,
    ) -> Result<Vec<Arc<RecordedEvent>>, LogError> {
        let start = self.position_at(from_us.saturating_sub(CLOCK_SLACK_US)).await?;
        let upto = self.position_at(to_us.saturating_add(CLOCK_SLACK_US)).await?;
        let which = Which::StreamBetween { stream: telemetry_stream(machine), upto, from_us, to_us };
        self.inner.read(which, after.max(start), limit).await
    }

    /// Position of the last event that was recorded before a time, 0 when there is none.
    ///
    /// # Errors
    /// [`LogError::Database`] when the log cannot be read.
    pub async fn position_at(&self, ts_us: Micros) -> Result<Position, LogError> {
        Ok(self.inner.store.batch_before(ts_us).await?.map_or(0, |batch| batch.last_pos()))
    }

    /// Every producer of numbered frames with its last epoch and number.
    ///
    /// # Errors
    /// [`LogError::Database`] when the log cannot be read.
    pub async fn producers(&self) -> Result<Vec<(Uuid, u64, u64)>, LogError> {
        let rows = self.inner.store.producers().await?;
        Ok(rows.into_iter().map(|row| (row.producer, row.epoch, row.last_seq)).collect())
    }

    /// What the series numbers of telemetry bodies mean, by number.
    ///
    /// # Errors
    /// [`LogError::Database`] when the log cannot be read.
    pub async fn series(&self) -> Result<Vec<SeriesDef>, LogError> {
        self.inner.store.series().await?.into_iter().map(codec::series_def).collect()
    }

    /// Destroys a subject's key: what was recorded of it reads as forgotten from now on, and nothing
    /// more is recorded of it.
    ///
    /// # Errors
    /// [`LogError::Database`] when the key may still be there.
    pub async fn forget(&self, subject: SubjectId) -> Result<(), LogError> {
        self.inner.recorder()?;
        self.inner.forget(subject).await
    }

    /// Those of these subjects whose key is still there.
    ///
    /// # Errors
    /// [`LogError::Database`] when that cannot be found out.
    pub async fn not_forgotten(&self, subjects: &[SubjectId]) -> Result<Vec<SubjectId>, LogError> {
        let mut left = Vec::new();
        for some in subjects.chunks(KEYS_AT_A_TIME) {
            let ids: Vec<Uuid> = some.iter().map(|subject| subject.0).collect();
            let rows = self.inner.store.keys(&ids).await?;
            left.extend(rows.into_iter().filter(|r| r.wrapped.is_some()).map(|r| SubjectId(r.key_id)));
        }
        Ok(left)
    }

    /// Ends the log's connections, after the batch under way; nothing can be read or recorded then. On
    /// SQLite everything is in the one file afterwards, unless somebody else has it open.
    ///
    /// # Errors
    /// [`LogError::Database`]; what was acknowledged is durable all the same.
    pub async fn close(&self) -> Result<(), LogError> {
        let _known = match &self.inner.recorder {
            Some(recorder) => Some(recorder.known.lock().await),
            None => None,
        };
        Ok(self.inner.store.close().await?)
    }

    /// Keeps some space back for the time when the disk is full; it is given back by itself when a batch
    /// does not fit.
    ///
    /// # Errors
    /// [`LogError::Database`] when there is not even room for that.
    pub async fn keep_reserve(&self) -> Result<(), LogError> {
        Ok(self.inner.store.keep_reserve().await?)
    }

    /// Writes something durable and takes it away again, to see whether that can be done.
    ///
    /// # Errors
    /// [`LogError::Database`] when it cannot.
    pub async fn probe(&self) -> Result<(), LogError> {
        let probe = Parked { name: PROBE.into(), pos: 0, attempts: 0, next_us: 0, error: String::new() };
        self.inner.store.park(&probe).await?;
        Ok(self.inner.store.unpark(PROBE, 0).await?)
    }

    /// Says to a database server that this hub is there, though it has nothing to record.
    ///
    /// # Errors
    /// [`LogError::Database`] when it does not answer.
    pub async fn ping(&self) -> Result<(), LogError> {
        Ok(self.inner.store.ping().await?)
    }

    /// How much is on disk.
    ///
    /// # Errors
    /// [`LogError::Database`] when it cannot be found out.
    pub async fn storage(&self) -> Result<Storage, LogError> {
        Ok(self.inner.store.storage().await?)
    }
}

#[cfg(test)]
mod tests;
