//! Appending: one transaction for everything that waits, in which a group that lost fails alone.

use super::codec::{Prepared, seal};
use super::error::{Conflict, LogError};
use super::keys::Key;
use super::known::{Known, Stream};
use super::store::*;
use super::{Groups, Inner, Outcome, Recorder, chain};
use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, sleep_until, timeout_at};
use uuid::Uuid;
use watchroom_domain::{Event, Frame, Micros, NewEvent, Position, RecordedEvent, SubjectId, body};

/// How often, and for how long, it is asked what became of a commit that failed.
const SETTLE_TRIES: u32 = 10;
const SETTLE: Duration = Duration::from_secs(30);

/// What becomes of the groups behind one that lost.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Losing {
    /// They stand for themselves.
    Alone,
    /// They were decided upon it and lose with it.
    WithThoseBehind,
}

/// A subject's key within one batch.
struct SubjectKey {
    /// `None` when it was destroyed.
    key: Option<Key>,
    /// To be written when the key is new and used.
    fresh: Option<KeyRow>,
}

/// The batch as it grows, over what is known.
struct Batch<'a> {
    known: &'a Known,
    keys: &'a HashMap<Uuid, SubjectKey>,
    streams: HashMap<String, Stream>,
    producers: BTreeMap<Uuid, ProducerRow>,
    rows: AppendRows,
    leaves: Vec<Hash>,
}

impl<'a> Batch<'a> {
    fn new(
        known: &'a Known,
        keys: &'a HashMap<Uuid, SubjectKey>,
        head: HeadRow,
        node: &str,
        now: Micros,
    ) -> Self {
        let batch = BatchRow {
            batch: head.next_batch,
            first_pos: head.next_pos,
            n: 0,
            node: node.to_owned(),
            node_seq: known.node_seq + 1,
            ts_us: now,
            root: [0; 32],
            chain: [0; 32],
        };
        let rows = AppendRows {
            head,
            batch,
            streams: Vec::new(),
            events: Vec::new(),
            producers: Vec::new(),
            series: Vec::new(),
            keys: Vec::new(),
        };
        let (streams, producers) = (HashMap::new(), BTreeMap::new());
        Self { known, keys, streams, producers, rows, leaves: Vec::new() }
    }

    fn stream(&self, name: &str) -> Stream {
        self.streams.get(name).copied().unwrap_or_else(|| self.known.stream(name))
    }

    fn producer(&self, id: Uuid) -> (u64, u64) {
        let taken = self.producers.get(&id).map(|p| (p.epoch, p.last_seq));
        taken.unwrap_or_else(|| self.known.producer(id))
    }

    /// Whether a group may be recorded after those before it.
    fn check(&self, group: &[Prepared]) -> Result<(), Conflict> {
        let mut versions: HashMap<&str, u64> = HashMap::new();
        let mut producers: HashMap<Uuid, (u64, u64)> = HashMap::new();
        for Prepared { new, .. } in group {
            if let Some(frame) = new.meta.frame {
                let last = producers.get(&frame.producer).copied();
                follows(&frame, last.unwrap_or_else(|| self.producer(frame.producer)))?;
                producers.insert(frame.producer, (frame.epoch, frame.seq));
            }
            if let Some(subject) = new.event.subject()
                && self.keys.get(&subject.0).is_none_or(|k| k.key.is_none())
            {
                return Err(Conflict::Forgotten(subject));
            }
            if let Some(expected) = new.expected {
                let found = match versions.get(new.stream.as_str()) {
                    Some(version) => *version,
                    None => self.stream(&new.stream).version.unwrap_or(0),
                };
                if found != expected {
                    return Err(Conflict::Version { stream: new.stream.clone(), expected, found });
                }
                versions.insert(&new.stream, expected + 1);
            }
        }
        Ok(())
    }

    /// Takes a group in; it was checked.
    fn take(&mut self, group: Vec<Prepared>) -> Vec<Arc<RecordedEvent>> {
        group.into_iter().map(|event| Arc::new(self.take_event(event))).collect()
    }

    fn take_event(&mut self, event: Prepared) -> RecordedEvent {
        let pos = self.rows.head.next_pos + self.rows.events.len() as u64;
        let stream_id = self.number_stream(&event.new);
        let subject = event.new.event.subject().map(|s| s.0);
        let body = match subject.and_then(|id| self.use_key(id)) {
            Some(key) => seal(&key, &event),
            None => event.body,
        };
        let Prepared { new, kind, meta, .. } = event;
        let version = new.expected.map(|v| v + 1);
        let mut row = EventRow {
            pos,
            stream_id,
            stream: new.stream,
            ver: version,
            kind: kind.kind,
            kver: kind.version,
            id: new.id.0,
            ts_us: new.ts_us,
            key_id: subject,
            leaf: [0; 8],
            meta,
            body,
        };
        let leaf = chain::leaf(self.leaves.len() as u32, &row);
        row.leaf = chain::short(&leaf);
        self.leaves.push(leaf);
        if let Some(frame) = new.meta.frame {
            let (producer, epoch, last_seq) = (frame.producer, frame.epoch, frame.seq);
            self.producers.insert(producer, ProducerRow { producer, epoch, last_seq, last_pos: pos });
        }
        if let Event::SeriesDefined(body::SeriesDefined { def }) = &new.event {
            self.rows.series.push(SeriesRow::of(def));
        }
        let recorded = RecordedEvent {
            pos,
            id: new.id,
            stream: row.stream.clone(),
            version,
            ts_us: new.ts_us,
            meta: new.meta,
            event: new.event,
        };
        self.rows.events.push(row);
        recorded
    }

    fn number_stream(&mut self, new: &NewEvent) -> i64 {
        let mut stream = self.stream(&new.stream);
        if stream.id == 0 {
            stream.id = self.known.last_stream + self.rows.streams.len() as i64 + 1;
            self.rows.streams.push((stream.id, new.stream.clone()));
        }
        if let Some(expected) = new.expected {
            stream.version = Some(expected + 1);
        }
        self.streams.insert(new.stream.clone(), stream);
        stream.id
    }

    fn use_key(&mut self, subject: Uuid) -> Option<Key> {
        let found = self.keys.get(&subject)?;
        let key = found.key.clone()?;
        if let Some(row) = &found.fresh
            && !self.rows.keys.contains(row)
        {
            self.rows.keys.push(row.clone());
        }
        Some(key)
    }

    /// Closes the batch: root, chain, and the head behind it.
    fn close(mut self) -> Closed {
        let before = self.rows.head.chain;
        let batch = &mut self.rows.batch;
        batch.n = self.leaves.len() as u32;
        batch.root = chain::root(self.leaves);
        batch.chain = chain::next(&before, batch);
        let head = &mut self.rows.head;
        head.next_pos += u64::from(batch.n);
        head.next_batch += 1;
        head.chain = batch.chain;
        self.rows.producers = self.producers.into_values().collect();
        Closed { rows: self.rows, streams: self.streams }
    }
}

/// Whether a frame is the very next one after the last of its producer: one that was left out would never
/// be sent again, because a later one was acknowledged.
fn follows(frame: &Frame, (epoch, last): (u64, u64)) -> Result<(), Conflict> {
    let Frame { producer, seq, .. } = *frame;
    let last = if frame.epoch > epoch { 0 } else { last };
    if frame.epoch < epoch || seq <= last {
        return Err(Conflict::Repeated { producer, epoch: frame.epoch, seq });
    }
    let expected = last.saturating_add(1).saturating_add(frame.dropped);
    if seq != expected {
        return Err(Conflict::Gap { producer, epoch: frame.epoch, expected, found: seq });
    }
    Ok(())
}

/// A batch that is ready to be written, and what is to be known once it is.
struct Closed {
    rows: AppendRows,
    streams: HashMap<String, Stream>,
}

impl Recorder {
    fn ambiguous(&self, node_seq: u64, cause: &str) -> LogError {
        LogError::Ambiguous { node: self.node.clone(), node_seq, cause: cause.to_owned() }
    }
}

impl Inner {
    /// Runs to its end whatever becomes of who asked: spawn it. Where the disk is full, the space that was
    /// kept back is there for the next batch.
    pub(super) async fn append_or_make_room(
        self: Arc<Self>,
        groups: Groups,
        losing: Losing,
    ) -> Result<Vec<Outcome>, LogError> {
        let appended = self.append(groups, losing).await;
        if let Err(error) = &appended
            && error.is_full()
        {
            match self.store.free_reserve().await {
                Ok(true) => tracing::error!("the disk is full; the space that was kept back is in use now"),
                Ok(false) => {}
                Err(error) => tracing::error!(%error, "the space that was kept back cannot be freed"),
            }
        }
        appended
    }

    async fn append(self: &Arc<Self>, groups: Groups, losing: Losing) -> Result<Vec<Outcome>, LogError> {
        let prepared: Vec<Vec<Prepared>> = groups
            .into_iter()
            .map(|group| group.into_iter().map(Prepared::from).collect())
            .collect::<Result<_, LogError>>()?;
        let recorder = self.recorder()?;
        let mut known = recorder.known.lock().await;
        let mut tx = self.store.begin().await?;
        match self.fill(tx.as_mut(), recorder, &mut known, prepared, losing).await {
            Ok((outcomes, Some(closed))) => {
                if let Err(error) = tx.commit().await {
                    self.settle(recorder, &mut known, &closed.rows, error).await?;
                }
                self.keep_keys(&closed.rows)?;
                known.follow(&closed.rows, closed.streams);
                Ok(outcomes)
            }
            Ok((outcomes, None)) => {
                tx.rollback().await?;
                Ok(outcomes)
            }
            Err(error) => {
                // The first error says what went wrong; that of undoing would only hide it.
                let _ = tx.rollback().await;
                *known = Known::default();
                Err(error)
            }
        }
    }

    async fn fill(
        &self,
        tx: &mut dyn Writing,
        recorder: &Recorder,
        known: &mut Known,
        groups: Vec<Vec<Prepared>>,
        losing: Losing,
    ) -> Result<(Vec<Outcome>, Option<Closed>), LogError> {
        let head = tx.head().await?;
        known.learn(tx, &recorder.node, &head, &groups).await?;
        let keys = self.subject_keys(tx, &groups).await?;
        let mut batch = Batch::new(known, &keys, head, &recorder.node, recorder.clock.now_us());
        let mut lost = false;
        let outcomes = groups.into_iter().map(|group| {
            if lost {
                return Err(Conflict::Behind);
            }
            let outcome = batch.check(&group).map(|()| batch.take(group));
            lost = outcome.is_err() && losing == Losing::WithThoseBehind;
            outcome
        });
        let outcomes: Vec<Outcome> = outcomes.collect();
        if batch.rows.events.is_empty() {
            return Ok((outcomes, None));
        }
        let closed = batch.close();
        tx.insert(&closed.rows).await?;
        Ok((outcomes, Some(closed)))
    }

    /// The keys of everybody whom these events are about, read in the transaction: somebody may have
    /// been forgotten since.
    async fn subject_keys(
        &self,
        tx: &mut dyn Writing,
        groups: &[Vec<Prepared>],
    ) -> Result<HashMap<Uuid, SubjectKey>, LogError> {
        let subjects: BTreeSet<Uuid> =
            groups.iter().flatten().filter_map(|e| e.new.event.subject()).map(|s| s.0).collect();
        if subjects.is_empty() {
            return Ok(HashMap::new());
        }
        let subjects: Vec<Uuid> = subjects.into_iter().collect();
        let mut keys = HashMap::new();
        for row in tx.keys(&subjects).await? {
            keys.insert(row.key_id, SubjectKey { key: self.keys.unwrap(&row)?, fresh: None });
        }
        for subject in subjects {
            if let Entry::Vacant(place) = keys.entry(subject) {
                let key = Key::random();
                let fresh = Some(self.keys.wrap(subject, &key)?);
                place.insert(SubjectKey { key: Some(key), fresh });
            }
        }
        Ok(keys)
    }

    fn keep_keys(&self, rows: &AppendRows) -> Result<(), LogError> {
        for row in &rows.keys {
            self.keys.keep(row.key_id, self.keys.unwrap(row)?);
        }
        Ok(())
    }

    /// Finds out whether a batch whose commit failed was recorded after all. Asked under the head's
    /// lock, which a commit that is still under way holds.
    async fn settle(
        &self,
        recorder: &Recorder,
        known: &mut Known,
        rows: &AppendRows,
        error: StoreError,
    ) -> Result<(), LogError> {
        let seq = rows.batch.node_seq;
        let mut cause = error.to_string();
        let until = Instant::now() + SETTLE;
        for attempt in 0..SETTLE_TRIES {
            match timeout_at(until, self.batch_of_node(&recorder.node, seq)).await {
                Ok(Ok(Some(found))) if found.chain == rows.batch.chain => return Ok(()),
                Ok(Ok(_)) => return Err(error.into()),
                Ok(Err(again)) => cause = again.to_string(),
                Err(_) => break,
            }
            sleep_until(until.min(Instant::now() + Duration::from_millis(20 << attempt))).await;
        }
        // The next batch asks the log, under its lock, for everything.
        *known = Known::default();
        Err(recorder.ambiguous(seq, &cause))
    }

    async fn batch_of_node(&self, node: &str, seq: u64) -> Stored<Option<BatchRow>> {
        let mut tx = self.store.begin().await?;
        let found = tx.batch_of_node(node, seq).await?;
        tx.rollback().await?;
        Ok(found)
    }

    /// Destroys a subject's key. Waits for the batch under way, so that none seals with it later.
    pub(super) async fn forget(&self, subject: SubjectId) -> Result<(), LogError> {
        let _known = self.recorder()?.known.lock().await;
        let destroyed = self.store.destroy_key(subject.0).await;
        // Even where traces are left on the disk, the key is not used any more.
        let row = self.store.keys(&[subject.0]).await?;
        if row.iter().any(|row| row.wrapped.is_none()) {
            self.keys.keep(subject.0, None);
        }
        Ok(destroyed?)
    }

    /// Position of the last event.
    pub(super) async fn head(&self) -> Result<Position, LogError> {
        Ok(self.store.head().await?.next_pos - 1)
    }
}
