//! Commits whose answer is lost: what is said to be recorded is, and nothing is recorded twice.

use super::memory::MemoryStore;
use super::store::*;
use super::*;
use crate::clock::SystemClock;
use async_trait::async_trait;
use std::sync::Mutex as StdMutex;
use std::sync::atomic::{AtomicU32, Ordering};
use watchroom_domain::{By, EventId, Meta, body};

/// What becomes of the next commit.
#[derive(Clone, Copy)]
enum Fate {
    /// Recorded, but the answer is an error.
    Recorded,
    /// Not recorded, and the answer is an error.
    NotRecorded,
}

/// A log in memory whose commits can fail, and which can be out of reach for some transactions after.
struct Failing {
    store: MemoryStore,
    next: Arc<StdMutex<Option<Fate>>>,
    unreachable: Arc<AtomicU32>,
    away: u32,
}

struct FailingTransaction {
    tx: Box<dyn Writing>,
    next: Arc<StdMutex<Option<Fate>>>,
    unreachable: Arc<AtomicU32>,
    away: u32,
}

fn lost<T>() -> Stored<T> {
    Err(StoreError("the connection was lost".into()))
}

#[async_trait]
impl Store for Failing {
    async fn begin(&self) -> Stored<Box<dyn Writing>> {
        if self.unreachable.load(Ordering::SeqCst) > 0 {
            self.unreachable.fetch_sub(1, Ordering::SeqCst);
            return lost();
        }
        let (tx, next) = (self.store.begin().await?, self.next.clone());
        let unreachable = self.unreachable.clone();
        Ok(Box::new(FailingTransaction { tx, next, unreachable, away: self.away }))
    }
    async fn head(&self) -> Stored<HeadRow> {
        self.store.head().await
    }
    async fn events(&self, which: &Which, after: Position, limit: usize) -> Stored<Vec<EventRow>> {
        self.store.events(which, after, limit).await
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
    async fn any_key(&self) -> Stored<Option<KeyRow>> {
        self.store.any_key().await
    }
    async fn destroy_key(&self, id: Uuid) -> Stored<()> {
        self.store.destroy_key(id).await
    }
    async fn cursor(&self, name: &str) -> Stored<Option<CursorRow>> {
        self.store.cursor(name).await
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
    async fn storage(&self) -> Stored<Storage> {
        self.store.storage().await
    }
    async fn close(&self) -> Stored<()> {
        self.store.close().await
    }
}

#[async_trait]
impl Writing for FailingTransaction {
    async fn commit(self: Box<Self>) -> Stored<()> {
        let fate = self.next.lock().unwrap().take();
        match fate {
            None => return self.tx.commit().await,
            Some(Fate::Recorded) => self.tx.commit().await?,
            Some(Fate::NotRecorded) => self.tx.rollback().await?,
        }
        self.unreachable.store(self.away, Ordering::SeqCst);
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

struct Given {
    log: EventLog,
    next: Arc<StdMutex<Option<Fate>>>,
}

/// A log that is out of reach for `away` transactions after a commit that failed.
fn given(away: u32) -> Given {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let store = MemoryStore::new(first_head(clock.as_ref()));
    let next = Arc::new(StdMutex::new(None));
    let failing = Failing { store, next: next.clone(), unreachable: Arc::default(), away };
    let recorder = Recorder { node: "one".into(), clock, known: Mutex::default() };
    let keys = Keyring::new(Some(MasterKey::new("test", [7; 32])));
    Given { log: EventLog::over(Box::new(failing), keys, Some(recorder)), next }
}

impl Given {
    async fn append(&self, expected: u64, fate: Option<Fate>) -> Result<Outcome, LogError> {
        let event: watchroom_domain::Event =
            body::HubStarted { node: "one".into(), program: "test".into() }.into();
        let new = NewEvent {
            id: EventId(Uuid::from_u128(u128::from(expected))),
            stream: event.stream(),
            expected: Some(expected),
            ts_us: 1,
            meta: Meta::by(By::Hub),
            event,
        };
        *self.next.lock().unwrap() = fate;
        self.log.append(vec![vec![new]]).await.map(|mut outcomes| outcomes.remove(0))
    }

    async fn sound_at(&self, expected: Position) {
        let verdict = self.log.verify(|_| ()).await.unwrap();
        assert!(matches!(verdict, Verdict::Sound { head, .. } if head == expected), "{verdict:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_commit_that_happened_is_told_as_recorded() {
    let given = given(3);
    given.append(0, None).await.unwrap().unwrap();
    let recorded = given.append(1, Some(Fate::Recorded)).await.unwrap().unwrap();
    assert_eq!(recorded[0].pos, 2);
    given.append(2, None).await.unwrap().unwrap();
    given.sound_at(3).await;
}

#[tokio::test(start_paused = true)]
async fn a_commit_that_did_not_happen_is_told_and_can_be_tried_again() {
    let given = given(3);
    given.append(0, None).await.unwrap().unwrap();
    let error = given.append(1, Some(Fate::NotRecorded)).await.unwrap_err();
    assert!(matches!(error, LogError::Database(_)), "{error}");
    given.sound_at(1).await;
    given.append(1, None).await.unwrap().unwrap();
    given.sound_at(2).await;
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_found_out_is_said_and_nothing_more_is_recorded() {
    let given = given(100);
    for _ in 0..2 {
        let error = given.append(0, Some(Fate::Recorded)).await.unwrap_err();
        assert!(matches!(error, LogError::Ambiguous { node_seq: 1, .. }), "{error}");
    }
    given.sound_at(1).await;
}
