//! The log in memory: for tests, and for trying things out. Gone when the program ends.

use super::browse::Who;
use super::store::*;
use async_trait::async_trait;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::{Mutex as AsyncMutex, OwnedMutexGuard};
use uuid::Uuid;
use watchroom_domain::{Micros, Position};

#[derive(Clone)]
struct Tables {
    head: HeadRow,
    batches: Vec<BatchRow>,
    streams: BTreeMap<String, i64>,
    events: Vec<EventRow>,
    producers: BTreeMap<Uuid, ProducerRow>,
    series: BTreeMap<u32, SeriesRow>,
    keys: BTreeMap<Uuid, KeyRow>,
    cursors: BTreeMap<String, CursorRow>,
    parked: BTreeMap<(String, Position), Parked>,
    commands: BTreeMap<Hash, CommandRow>,
}

/// Tables, and the lock that a writer holds.
pub(super) struct MemoryStore {
    tables: Arc<Mutex<Tables>>,
    writer: Arc<AsyncMutex<()>>,
}

impl MemoryStore {
    pub(super) fn new(head: HeadRow) -> Self {
        let tables = Tables {
            head,
            batches: Vec::new(),
            streams: BTreeMap::new(),
            events: Vec::new(),
            producers: BTreeMap::new(),
            series: BTreeMap::new(),
            keys: BTreeMap::new(),
            cursors: BTreeMap::new(),
            parked: BTreeMap::new(),
            commands: BTreeMap::new(),
        };
        Self { tables: Arc::new(Mutex::new(tables)), writer: Arc::default() }
    }

    fn tables(&self) -> MutexGuard<'_, Tables> {
        lock(&self.tables)
    }
}

fn lock(tables: &Mutex<Tables>) -> MutexGuard<'_, Tables> {
    tables.lock().unwrap_or_else(PoisonError::into_inner)
}

fn wanted(which: &Which, event: &EventRow) -> bool {
    match which {
        Which::All => true,
        Which::Control => event.kind != watchroom_domain::TELEMETRY.kind,
        Which::People => Who::People.fits(&event.meta),
        Which::Stream(name) => event.stream == *name,
        Which::StreamBetween { stream, upto, from_us, to_us } => {
            event.stream == *stream && event.pos <= *upto && (*from_us..*to_us).contains(&event.ts_us)
        }
    }
}

impl Tables {
    /// What the indexes of a database would refuse.
    fn check(&self, rows: &AppendRows) -> Stored<()> {
        let refuse = |what: &str| Err(StoreError(format!("UNIQUE constraint failed: {what}")));
        if rows.batch.batch != self.head.next_batch || rows.batch.first_pos != self.head.next_pos {
            return refuse("log_batches.batch");
        }
        if self.batches.iter().any(|b| (&b.node, b.node_seq) == (&rows.batch.node, rows.batch.node_seq)) {
            return refuse("log_batches.node, log_batches.node_seq");
        }
        let taken = |new: &EventRow| {
            new.ver.is_some() && self.events.iter().any(|e| (e.stream_id, e.ver) == (new.stream_id, new.ver))
        };
        if rows.events.iter().any(taken) {
            return refuse("events.stream, events.ver");
        }
        Ok(())
    }

    fn apply(&mut self, rows: AppendRows) {
        self.head = rows.head;
        self.batches.push(rows.batch);
        self.streams.extend(rows.streams.into_iter().map(|(id, name)| (name, id)));
        self.events.extend(rows.events);
        self.producers.extend(rows.producers.into_iter().map(|row| (row.producer, row)));
        self.series.extend(rows.series.into_iter().map(|row| (row.id, row)));
        self.keys.extend(rows.keys.into_iter().map(|row| (row.key_id, row)));
    }
}

#[async_trait]
impl Store for MemoryStore {
    async fn begin(&self) -> Stored<Box<dyn Writing>> {
        let guard = self.writer.clone().lock_owned().await;
        Ok(Box::new(Transaction { tables: self.tables.clone(), _guard: guard, staged: None }))
    }

    async fn head(&self) -> Stored<HeadRow> {
        Ok(self.tables().head.clone())
    }

    async fn events(&self, which: &Which, after: Position, limit: usize) -> Stored<Vec<EventRow>> {
        let tables = self.tables();
        let start = tables.events.partition_point(|e| e.pos <= after);
        Ok(tables.events[start..].iter().filter(|e| wanted(which, e)).take(limit).cloned().collect())
    }

    async fn events_before(&self, which: &Which, before: Position, limit: usize) -> Stored<Vec<EventRow>> {
        let tables = self.tables();
        let end = tables.events.partition_point(|e| e.pos < before);
        Ok(tables.events[..end].iter().rev().filter(|e| wanted(which, e)).take(limit).cloned().collect())
    }

    async fn last_event(&self) -> Stored<Position> {
        Ok(self.tables().events.last().map_or(0, |e| e.pos))
    }

    async fn batches(&self, after: u64, limit: usize) -> Stored<Vec<BatchRow>> {
        Ok(self.tables().batches.iter().filter(|b| b.batch > after).take(limit).cloned().collect())
    }

    async fn batch_at(&self, pos: Position) -> Stored<Option<BatchRow>> {
        let tables = self.tables();
        let found = tables.batches.iter().find(|b| (b.first_pos..=b.last_pos()).contains(&pos));
        Ok(found.cloned())
    }

    async fn batch_before(&self, ts_us: Micros) -> Stored<Option<BatchRow>> {
        let tables = self.tables();
        Ok(tables.batches.iter().filter(|b| b.ts_us < ts_us).max_by_key(|b| (b.ts_us, b.batch)).cloned())
    }

    async fn producers(&self) -> Stored<Vec<ProducerRow>> {
        Ok(self.tables().producers.values().copied().collect())
    }

    async fn series(&self) -> Stored<Vec<SeriesRow>> {
        Ok(self.tables().series.values().cloned().collect())
    }

    async fn keys(&self, ids: &[Uuid]) -> Stored<Vec<KeyRow>> {
        let tables = self.tables();
        Ok(ids.iter().filter_map(|id| tables.keys.get(id)).cloned().collect())
    }

    async fn all_keys(&self, after: Option<Uuid>, limit: usize) -> Stored<Vec<KeyRow>> {
        let tables = self.tables();
        let behind = tables.keys.values().filter(|key| after.is_none_or(|after| key.key_id > after));
        Ok(behind.take(limit).cloned().collect())
    }

    async fn any_key(&self) -> Stored<Option<KeyRow>> {
        Ok(self.tables().keys.values().find(|k| k.wrapped.is_some()).cloned())
    }

    async fn destroy_key(&self, id: Uuid) -> Stored<()> {
        if let Some(key) = self.tables().keys.get_mut(&id) {
            key.wrapped = None;
        }
        Ok(())
    }

    async fn cursor(&self, name: &str) -> Stored<Option<CursorRow>> {
        Ok(self.tables().cursors.get(name).cloned())
    }

    async fn cursors(&self) -> Stored<Vec<CursorRow>> {
        Ok(self.tables().cursors.values().cloned().collect())
    }

    async fn insert_cursor(&self, row: &CursorRow) -> Stored<bool> {
        let mut tables = self.tables();
        let absent = !tables.cursors.contains_key(&row.name);
        if absent {
            tables.cursors.insert(row.name.clone(), row.clone());
        }
        Ok(absent)
    }

    async fn swap_cursor(&self, row: &CursorRow, fence: u64) -> Stored<bool> {
        let mut tables = self.tables();
        let found = tables.cursors.get_mut(&row.name).filter(|c| c.fence == fence);
        Ok(found.map(|cursor| cursor.clone_from(row)).is_some())
    }

    async fn park(&self, row: &Parked) -> Stored<()> {
        self.tables().parked.insert((row.name.clone(), row.pos), row.clone());
        Ok(())
    }

    async fn unpark(&self, name: &str, pos: Position) -> Stored<()> {
        self.tables().parked.remove(&(name.to_owned(), pos));
        Ok(())
    }

    async fn parked(&self, name: &str) -> Stored<Vec<Parked>> {
        Ok(self.tables().parked.values().filter(|p| p.name == name).cloned().collect())
    }

    async fn all_parked(&self) -> Stored<Vec<Parked>> {
        Ok(self.tables().parked.values().cloned().collect())
    }

    async fn insert_command(&self, row: &CommandRow) -> Stored<bool> {
        let mut tables = self.tables();
        let absent = !tables.commands.contains_key(&row.id);
        if absent {
            tables.commands.insert(row.id, row.clone());
        }
        Ok(absent)
    }

    async fn command(&self, id: &Hash) -> Stored<Option<CommandRow>> {
        Ok(self.tables().commands.get(id).cloned())
    }

    async fn answer_command(&self, id: &Hash, pos: Position, result: &[u8]) -> Stored<()> {
        if let Some(row) = self.tables().commands.get_mut(id) {
            (row.pos, row.result) = (pos, Some(result.to_vec()));
        }
        Ok(())
    }

    async fn forget_command(&self, id: &Hash) -> Stored<()> {
        self.tables().commands.remove(id);
        Ok(())
    }

    async fn count_commands(&self, from: &Hash, to: &Hash) -> Stored<u64> {
        Ok(self.tables().commands.range(*from..=*to).count() as u64)
    }

    async fn forget_first_commands(&self, from: &Hash, to: &Hash, count: u64) -> Stored<()> {
        let mut tables = self.tables();
        let own = tables.commands.range(*from..=*to);
        let mut first: Vec<_> = own.map(|(id, row)| (row.expires_us, *id)).collect();
        first.sort_unstable();
        for (_, id) in first.into_iter().take(count as usize) {
            tables.commands.remove(&id);
        }
        Ok(())
    }

    async fn forget_commands(&self, expired_us: Micros) -> Stored<()> {
        self.tables().commands.retain(|_, row| row.expires_us > expired_us);
        Ok(())
    }

    async fn storage(&self) -> Stored<Storage> {
        let tables = self.tables();
        let bytes = tables.events.iter().map(|e| e.meta.len() + e.body.len()).sum::<usize>();
        Ok(Storage { database_bytes: bytes as u64, wal_bytes: 0, free_bytes: None })
    }

    async fn ping(&self) -> Stored<()> {
        Ok(())
    }
    async fn keep_reserve(&self) -> Stored<()> {
        Ok(())
    }

    async fn free_reserve(&self) -> Stored<bool> {
        Ok(false)
    }

    async fn close(&self) -> Stored<()> {
        Ok(())
    }
}

/// What was inserted takes place when it is committed.
struct Transaction {
    tables: Arc<Mutex<Tables>>,
    _guard: OwnedMutexGuard<()>,
    staged: Option<AppendRows>,
}

#[async_trait]
impl Writing for Transaction {
    async fn head(&mut self) -> Stored<HeadRow> {
        Ok(lock(&self.tables).head.clone())
    }

    async fn stream_ids(&mut self, names: &[String]) -> Stored<Vec<(String, i64)>> {
        let tables = lock(&self.tables);
        Ok(names.iter().filter_map(|n| tables.streams.get(n).map(|id| (n.clone(), *id))).collect())
    }

    async fn last_stream_id(&mut self) -> Stored<i64> {
        Ok(lock(&self.tables).streams.values().copied().max().unwrap_or(0))
    }

    async fn versions(&mut self, streams: &[i64]) -> Stored<Vec<(i64, u64)>> {
        let tables = lock(&self.tables);
        let last = |id: i64| tables.events.iter().filter(|e| e.stream_id == id).filter_map(|e| e.ver).max();
        Ok(streams.iter().filter_map(|id| last(*id).map(|ver| (*id, ver))).collect())
    }

    async fn producers(&mut self, ids: &[Uuid]) -> Stored<Vec<ProducerRow>> {
        let tables = lock(&self.tables);
        Ok(ids.iter().filter_map(|id| tables.producers.get(id)).copied().collect())
    }

    async fn keys(&mut self, ids: &[Uuid]) -> Stored<Vec<KeyRow>> {
        let tables = lock(&self.tables);
        Ok(ids.iter().filter_map(|id| tables.keys.get(id)).cloned().collect())
    }

    async fn last_node_seq(&mut self, node: &str) -> Stored<u64> {
        let tables = lock(&self.tables);
        Ok(tables.batches.iter().filter(|b| b.node == node).map(|b| b.node_seq).max().unwrap_or(0))
    }

    async fn batch_of_node(&mut self, node: &str, node_seq: u64) -> Stored<Option<BatchRow>> {
        let tables = lock(&self.tables);
        Ok(tables.batches.iter().find(|b| b.node == node && b.node_seq == node_seq).cloned())
    }

    async fn insert(&mut self, rows: &AppendRows) -> Stored<()> {
        lock(&self.tables).check(rows)?;
        self.staged = Some(rows.clone());
        Ok(())
    }

    async fn commit(self: Box<Self>) -> Stored<()> {
        if let Some(rows) = self.staged {
            lock(&self.tables).apply(rows);
        }
        Ok(())
    }

    async fn rollback(self: Box<Self>) -> Stored<()> {
        Ok(())
    }
}
