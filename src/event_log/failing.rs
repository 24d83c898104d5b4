//! A log that fails on demand, for tests.

use super::memory::MemoryStore;
use super::store::*;
use super::*;
use crate::clock::SystemClock;
use async_trait::async_trait;
use std::sync::Mutex as StdMutex;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

/// What becomes of the next commit.
#[derive(Clone, Copy)]
pub(crate) enum Fate {
    /// Recorded, but the answer is an error.
    Recorded,
    /// Not recorded, and the answer is an error.
    NotRecorded,
}

/// What is to go wrong.
#[derive(Default)]
pub(crate) struct Faults {
    /// What becomes of the next commit.
    pub next: StdMutex<Option<Fate>>,
    /// Transactions that cannot begin after a commit that failed.
    pub away: AtomicU32,
    /// Reads of events that panic.
    pub read_panics: AtomicU32,
    /// Nothing can be read.
    pub unreadable: AtomicBool,
    /// How often that was the answer.
    pub unread: AtomicU32,
    /// Whether beginning a transaction is never answered after a commit that failed.
    pub hangs: AtomicBool,
    /// Transactions that cannot begin.
    pub unreachable: AtomicU32,
}

/// A log in memory that fails on demand.
pub(crate) fn failing_log(faults: &Arc<Faults>) -> EventLog {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let store = Failing { store: MemoryStore::new(first_head(clock.as_ref())), faults: faults.clone() };
    let recorder = Recorder { node: "one".into(), clock, known: Mutex::default() };
    EventLog::over(Box::new(store), Keyring::new(Some(MasterKey::new("test", [7; 32]))), Some(recorder))
}

/// Counts down; whether there was something to count.
fn taken(count: &AtomicU32) -> bool {
    count.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |n| n.checked_sub(1)).is_ok()
}

struct Failing {
    store: MemoryStore,
    faults: Arc<Faults>,
}

struct FailingTransaction {
    tx: Box<dyn Writing>,
    faults: Arc<Faults>,
}

fn lost<T>() -> Stored<T> {
    Err(StoreError("the connection was lost".into()))
}

#[async_trait]
impl Store for Failing {
    async fn begin(&self) -> Stored<Box<dyn Writing>> {
        if taken(&self.faults.unreachable) {
            return lost();
        }
        if self.faults.next.lock().unwrap().is_none() && self.faults.hangs.load(Ordering::SeqCst) {
            return std::future::pending().await;
        }
        Ok(Box::new(FailingTransaction { tx: self.store.begin().await?, faults: self.faults.clone() }))
    }
    async fn head(&self) -> Stored<HeadRow> {
        if self.faults.unreadable.load(Ordering::SeqCst) {
            self.faults.unread.fetch_add(1, Ordering::SeqCst);
            return lost();
        }
        self.store.head().await
    }
    async fn events(&self, which: &Which, after: Position, limit: usize) -> Stored<Vec<EventRow>> {
        assert!(!taken(&self.faults.read_panics), "reading was to panic");
        self.store.events(which, after, limit).await
    }
    async fn events_before(&self, which: &Which, before: Position, limit: usize) -> Stored<Vec<EventRow>> {
        self.store.events_before(which, before, limit).await
    }
    async fn last_event(&self) -> Stored<Position> {
        self.store.last_event().await
    }
    async fn batches(&self, after: u64, limit: usize) -> Stored<Vec<BatchRow>> {
        self.store.batches(after, limit).await
    }
    async fn batch_at(&self, pos: Position) -> Stored<Option<BatchRow>> {
        self.store.batch_at(pos).await
    }
    async fn batch_before(&self, ts_us: Micros) -> Stored<Option<BatchRow>> {
        self.store.batch_before(ts_us).await
    }
    async fn producers(&self) -> Stored<Vec<ProducerRow>> {
        self.store.producers().await
    }
    async fn series(&self) -> Stored<Vec<SeriesRow>> {
        self.store.series().await
    }
    async fn keys(&self, ids: &[Uuid]) -> Stored<Vec<KeyRow>> {
        self.store.keys(ids).await
    }
    async fn all_keys(&self, after: Option<Uuid>, limit: usize) -> Stored<Vec<KeyRow>> {
        self.store.all_keys(after, limit).await
    }
    async fn any_key(&self) -> Stored<Option<KeyRow>> {
        self.store.any_key().await
    }
    async fn destroy_key(&self, id: Uuid) -> Stored<()> {
        self.store.destroy_key(id).await
    }
    async fn cursor(&self, name: &str) -> Stored<Option<CursorRow>> {
        self.store.cursor(name).await
    }
    async fn cursors(&self) -> Stored<Vec<CursorRow>> {
        self.store.cursors().await
    }
    async fn insert_cursor(&self, row: &CursorRow) -> Stored<bool> {
        self.store.insert_cursor(row).await
    }
    async fn swap_cursor(&self, row: &CursorRow, fence: u64) -> Stored<bool> {
        self.store.swap_cursor(row, fence).await
    }
    async fn park(&self, row: &Parked) -> Stored<()> {
        self.store.park(row).await
    }
    async fn unpark(&self, name: &str, pos: Position) -> Stored<()> {
        self.store.unpark(name, pos).await
    }
    async fn parked(&self, name: &str) -> Stored<Vec<Parked>> {
        self.store.parked(name).await
    }
    async fn all_parked(&self) -> Stored<Vec<Parked>> {
        self.store.all_parked().await
    }
    async fn insert_command(&self, row: &CommandRow) -> Stored<bool> {
        self.store.insert_command(row).await
    }
    async fn command(&self, id: &Hash) -> Stored<Option<CommandRow>> {
        self.store.command(id).await
    }
    async fn answer_command(&self, id: &Hash, pos: Position, result: &[u8]) -> Stored<()> {
        self.store.answer_command(id, pos, result).await
    }
    async fn forget_command(&self, id: &Hash) -> Stored<()> {
        self.store.forget_command(id).await
    }
    async fn count_commands(&self, from: &Hash, to: &Hash) -> Stored<u64> {
        self.store.count_commands(from, to).await
    }
    async fn forget_first_commands(&self, from: &Hash, to: &Hash, count: u64) -> Stored<()> {
        self.store.forget_first_commands(from, to, count).await
    }
    async fn forget_commands(&self, expired_us: Micros) -> Stored<()> {
        self.store.forget_commands(expired_us).await
    }
    async fn storage(&self) -> Stored<Storage> {
        self.store.storage().await
    }
    async fn ping(&self) -> Stored<()> {
        self.store.ping().await
    }
    async fn keep_reserve(&self) -> Stored<()> {
        self.store.keep_reserve().await
    }
    async fn free_reserve(&self) -> Stored<bool> {
        self.store.free_reserve().await
    }
    async fn close(&self) -> Stored<()> {
        self.store.close().await
    }
}

#[async_trait]
impl Writing for FailingTransaction {
    async fn commit(self: Box<Self>) -> Stored<()> {
        let fate = self.faults.next.lock().unwrap().take();
        match fate {
            None => return self.tx.commit().await,
            Some(Fate::Recorded) => self.tx.commit().await?,
            Some(Fate::NotRecorded) => self.tx.rollback().await?,
        }
        self.faults.unreachable.store(self.faults.away.load(Ordering::SeqCst), Ordering::SeqCst);
        lost()
    }
    async fn rollback(self: Box<Self>) -> Stored<()> {
        self.tx.rollback().await
    }
    async fn head(&mut self) -> Stored<HeadRow> {
        self.tx.head().await
    }
    async fn stream_ids(&mut self, names: &[String]) -> Stored<Vec<(String, i64)>> {
        self.tx.stream_ids(names).await
    }
    async fn last_stream_id(&mut self) -> Stored<i64> {
        self.tx.last_stream_id().await
    }
    async fn versions(&mut self, streams: &[i64]) -> Stored<Vec<(i64, u64)>> {
        self.tx.versions(streams).await
    }
    async fn producers(&mut self, ids: &[Uuid]) -> Stored<Vec<ProducerRow>> {
        self.tx.producers(ids).await
    }
    async fn keys(&mut self, ids: &[Uuid]) -> Stored<Vec<KeyRow>> {
        self.tx.keys(ids).await
    }
    async fn last_node_seq(&mut self, node: &str) -> Stored<u64> {
        self.tx.last_node_seq(node).await
    }
    async fn batch_of_node(&mut self, node: &str, node_seq: u64) -> Stored<Option<BatchRow>> {
        self.tx.batch_of_node(node, node_seq).await
    }
    async fn insert(&mut self, rows: &AppendRows) -> Stored<()> {
        self.tx.insert(rows).await
    }
}
