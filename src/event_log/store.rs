//! What a database has to do for the log: raw rows in, raw rows out. The core above knows what they mean.

use async_trait::async_trait;
use thiserror::Error;
use uuid::Uuid;
use watchroom_domain::{Micros, Position, SeriesDef, SeriesId};

/// SHA-256.
pub(super) type Hash = [u8; 32];

/// The database failed.
#[derive(Debug, Error)]
#[error("{0}")]
pub(super) struct StoreError(pub String);

pub(super) type Stored<T> = Result<T, StoreError>;

/// The one row that says where the log ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct HeadRow {
    pub log_id: Uuid,
    /// Grows when the log is continued after it was restored.
    pub epoch: u64,
    pub next_pos: Position,
    pub next_batch: u64,
    /// Chain value of the last batch.
    pub chain: Hash,
    /// Events up to here may have been removed; their batches stay.
    pub purged_upto: Position,
}

/// One batch: the events of one transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct BatchRow {
    pub batch: u64,
    pub first_pos: Position,
    pub n: u32,
    pub node: String,
    pub node_seq: u64,
    pub ts_us: Micros,
    pub root: Hash,
    pub chain: Hash,
}

impl BatchRow {
    pub(super) fn last_pos(&self) -> Position {
        self.first_pos + u64::from(self.n) - 1
    }
}

/// One event as it lies in the database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct EventRow {
    pub pos: Position,
    pub stream_id: i64,
    pub stream: String,
    pub ver: Option<u64>,
    pub kind: u16,
    pub kver: u16,
    pub id: Uuid,
    pub ts_us: Micros,
    pub key_id: Option<Uuid>,
    /// First bytes of the leaf's hash, so that a wrong event can be told from its batch's others.
    pub leaf: [u8; 8],
    pub meta: Vec<u8>,
    pub body: Vec<u8>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ProducerRow {
    pub producer: Uuid,
    pub epoch: u64,
    pub last_seq: u64,
    pub last_pos: Position,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SeriesRow {
    pub id: SeriesId,
    pub source: Uuid,
    pub metric: String,
    /// JSON object, keys sorted.
    pub labels: String,
}

impl SeriesRow {
    pub(super) fn of(def: &SeriesDef) -> Self {
        let labels = serde_json::json!(def.key.labels).to_string();
        Self { id: def.series, source: def.machine.0, metric: def.key.metric.clone(), labels }
    }
}

/// A subject's key, wrapped; `None` when it was destroyed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct KeyRow {
    pub key_id: Uuid,
    /// Identifier of the master key that wraps it.
    pub master: String,
    pub wrapped: Option<Vec<u8>>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct CursorRow {
    pub name: String,
    pub pos: Position,
    pub chain: Hash,
    pub fence: u64,
}

/// Something a reader could not do yet, to be tried again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parked {
    /// The reader's cursor.
    pub name: String,
    /// The event that it is about.
    pub pos: Position,
    /// Attempts so far.
    pub attempts: u32,
    /// When to try again, microseconds UTC.
    pub next_us: Micros,
    /// Why it could not be done, in our own words, without personal text.
    pub error: String,
}

/// A request with a key of its sender's, and what was answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct CommandRow {
    /// Keyed hash of who asked and of the key.
    pub id: Hash,
    /// Keyed hash of what was asked.
    pub req_hash: Hash,
    /// The log's head when it was asked, or once it was answered.
    pub pos: Position,
    /// The answer, sealed; none while the request is worked on.
    pub result: Option<Vec<u8>>,
    /// When it is forgotten.
    pub expires_us: Micros,
}

/// Everything that one batch writes.
#[derive(Clone, Debug)]
pub(super) struct AppendRows {
    pub head: HeadRow,
    pub batch: BatchRow,
    /// Streams that are new: number and name.
    pub streams: Vec<(i64, String)>,
    pub events: Vec<EventRow>,
    pub producers: Vec<ProducerRow>,
    pub series: Vec<SeriesRow>,
    pub keys: Vec<KeyRow>,
}

/// Which events are read.
#[derive(Clone, Debug)]
pub(super) enum Which {
    All,
    /// Everything but telemetry.
    Control,
    /// What people made happen.
    People,
    Stream(String),
    /// A stream's events up to a position, recorded at a time from..to.
    StreamBetween {
        stream: String,
        upto: Position,
        from_us: Micros,
        to_us: Micros,
    },
}

/// What the database holds on disk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Storage {
    /// Bytes of the database itself.
    pub database_bytes: u64,
    /// Bytes of the write-ahead log that were not taken over into the database yet.
    pub wal_bytes: u64,
    /// Bytes that may still be written where it lies, if that can be told.
    pub free_bytes: Option<u64>,
}

/// A database that can hold the log.
#[async_trait]
pub(super) trait Store: Send + Sync + 'static {
    /// Begins to write, alone: nobody else writes until the transaction ends.
    async fn begin(&self) -> Stored<Box<dyn Writing>>;

    async fn head(&self) -> Stored<HeadRow>;
    async fn events(&self, which: &Which, after: Position, limit: usize) -> Stored<Vec<EventRow>>;
    /// Events before a position, newest first; of a stream between two times, those of the stream.
    async fn events_before(&self, which: &Which, before: Position, limit: usize) -> Stored<Vec<EventRow>>;
    /// Position of the last event row, 0 without any.
    async fn last_event(&self) -> Stored<Position>;
    /// Batches after a batch, oldest first.
    async fn batches(&self, after: u64, limit: usize) -> Stored<Vec<BatchRow>>;
    /// The batch that holds a position.
    async fn batch_at(&self, pos: Position) -> Stored<Option<BatchRow>>;
    /// The latest batch that was recorded before a time.
    async fn batch_before(&self, ts_us: Micros) -> Stored<Option<BatchRow>>;
    async fn producers(&self) -> Stored<Vec<ProducerRow>>;
    async fn series(&self) -> Stored<Vec<SeriesRow>>;
    /// These keys, those that are there.
    async fn keys(&self, ids: &[Uuid]) -> Stored<Vec<KeyRow>>;
    /// Any key that is not destroyed.
    async fn any_key(&self) -> Stored<Option<KeyRow>>;
    /// Keys behind this one, those that were destroyed too, by identifier.
    async fn all_keys(&self, after: Option<Uuid>, limit: usize) -> Stored<Vec<KeyRow>>;
    /// Destroys a key so that nothing of it is left in the database's files.
    async fn destroy_key(&self, id: Uuid) -> Stored<()>;

    async fn cursor(&self, name: &str) -> Stored<Option<CursorRow>>;
    async fn cursors(&self) -> Stored<Vec<CursorRow>>;
    /// Whether it was inserted; not when there is one of that name.
    async fn insert_cursor(&self, row: &CursorRow) -> Stored<bool>;
    /// Whether it was replaced; not when its fence is another one.
    async fn swap_cursor(&self, row: &CursorRow, fence: u64) -> Stored<bool>;
    /// Adds it, or replaces the one of this name and position.
    async fn park(&self, row: &Parked) -> Stored<()>;
    async fn unpark(&self, name: &str, pos: Position) -> Stored<()>;
    async fn parked(&self, name: &str) -> Stored<Vec<Parked>>;
    async fn all_parked(&self) -> Stored<Vec<Parked>>;

    /// Whether it was inserted; not when there is one of that id.
    async fn insert_command(&self, row: &CommandRow) -> Stored<bool>;
    async fn command(&self, id: &Hash) -> Stored<Option<CommandRow>>;
    /// Notes the answer; nothing happens when the request is forgotten already.
    async fn answer_command(&self, id: &Hash, pos: Position, result: &[u8]) -> Stored<()>;
    async fn forget_command(&self, id: &Hash) -> Stored<()>;
    /// How many there are from the one identifier to the other, both included.
    async fn count_commands(&self, from: &Hash, to: &Hash) -> Stored<u64>;
    /// Of those from the one identifier to the other, forgets so many whose time is over first.
    async fn forget_first_commands(&self, from: &Hash, to: &Hash, count: u64) -> Stored<()>;
    /// Forgets all whose time was over then.
    async fn forget_commands(&self, expired_us: Micros) -> Stored<()>;

    async fn storage(&self) -> Stored<Storage>;
    /// Says something to a server, which would take a hub without anything to record for gone.
    async fn ping(&self) -> Stored<()>;
    /// Keeps space back for the time when there is none, unless it is kept already.
    async fn keep_reserve(&self) -> Stored<()>;
    /// Gives back the space that was kept; whether there was any.
    async fn free_reserve(&self) -> Stored<bool>;
    /// Ends all connections.
    async fn close(&self) -> Stored<()>;
}

/// A transaction that appends. Dropped without `commit`, it leaves no trace.
#[async_trait]
pub(super) trait Writing: Send {
    async fn head(&mut self) -> Stored<HeadRow>;
    /// Numbers of these streams, of those that are there.
    async fn stream_ids(&mut self, names: &[String]) -> Stored<Vec<(String, i64)>>;
    async fn last_stream_id(&mut self) -> Stored<i64>;
    /// Last versions of these streams, of those that have one.
    async fn versions(&mut self, streams: &[i64]) -> Stored<Vec<(i64, u64)>>;
    async fn producers(&mut self, ids: &[Uuid]) -> Stored<Vec<ProducerRow>>;
    async fn keys(&mut self, ids: &[Uuid]) -> Stored<Vec<KeyRow>>;
    async fn last_node_seq(&mut self, node: &str) -> Stored<u64>;
    async fn batch_of_node(&mut self, node: &str, node_seq: u64) -> Stored<Option<BatchRow>>;
    async fn insert(&mut self, rows: &AppendRows) -> Stored<()>;
    /// On an error it is not known whether the batch was recorded.
    async fn commit(self: Box<Self>) -> Stored<()>;
    async fn rollback(self: Box<Self>) -> Stored<()>;
}
