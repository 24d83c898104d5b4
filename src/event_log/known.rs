//! What the log is known to hold, so that it need not be asked for every batch.

use super::codec::Prepared;
use super::error::LogError;
use super::store::{AppendRows, Hash, HeadRow, Writing};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use uuid::Uuid;

/// Streams and producers that are remembered between batches.
const KNOWN_MOST: usize = 200_000;

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Stream {
    /// 0 when there is none yet.
    pub id: i64,
    /// Last version, once it was asked for.
    pub version: Option<u64>,
}

/// What is known of the log as of one value of its chain.
#[derive(Default)]
pub(super) struct Known {
    chain: Hash,
    pub node_seq: u64,
    pub last_stream: i64,
    streams: HashMap<String, Stream>,
    /// Last epoch and number.
    producers: HashMap<Uuid, (u64, u64)>,
}

impl Known {
    pub(super) fn stream(&self, name: &str) -> Stream {
        self.streams.get(name).copied().unwrap_or_default()
    }

    pub(super) fn producer(&self, id: Uuid) -> (u64, u64) {
        self.producers.get(&id).copied().unwrap_or_default()
    }

    /// Forgets what another writer may have changed, then asks for what these events need.
    pub(super) async fn learn(
        &mut self,
        tx: &mut dyn Writing,
        node: &str,
        head: &HeadRow,
        groups: &[Vec<Prepared>],
    ) -> Result<(), LogError> {
        if self.chain != head.chain || self.streams.len().max(self.producers.len()) > KNOWN_MOST {
            let (last_stream, node_seq) = (tx.last_stream_id().await?, tx.last_node_seq(node).await?);
            *self = Self { chain: head.chain, node_seq, last_stream, ..Self::default() };
        }
        self.learn_streams(tx, groups).await?;
        self.learn_versions(tx, groups).await?;
        self.learn_producers(tx, groups).await
    }

    async fn learn_streams(
        &mut self,
        tx: &mut dyn Writing,
        groups: &[Vec<Prepared>],
    ) -> Result<(), LogError> {
        let events = groups.iter().flatten().map(|e| &e.new);
        let names: BTreeSet<&String> =
            events.map(|e| &e.stream).filter(|s| !self.streams.contains_key(*s)).collect();
        if names.is_empty() {
            return Ok(());
        }
        let names: Vec<String> = names.into_iter().cloned().collect();
        for (name, id) in tx.stream_ids(&names).await? {
            self.streams.insert(name, Stream { id, version: None });
        }
        for name in names {
            self.streams.entry(name).or_insert(Stream { id: 0, version: Some(0) });
        }
        Ok(())
    }

    async fn learn_versions(
        &mut self,
        tx: &mut dyn Writing,
        groups: &[Vec<Prepared>],
    ) -> Result<(), LogError> {
        let events = groups.iter().flatten().map(|e| &e.new).filter(|e| e.expected.is_some());
        let unversioned: BTreeMap<i64, &str> = events
            .map(|e| (self.stream(&e.stream), e.stream.as_str()))
            .filter(|(stream, _)| stream.version.is_none())
            .map(|(stream, name)| (stream.id, name))
            .collect();
        if unversioned.is_empty() {
            return Ok(());
        }
        let ids: Vec<i64> = unversioned.keys().copied().collect();
        let found: HashMap<i64, u64> = tx.versions(&ids).await?.into_iter().collect();
        for (id, name) in unversioned {
            let version = Some(found.get(&id).copied().unwrap_or(0));
            self.streams.insert(name.to_owned(), Stream { id, version });
        }
        Ok(())
    }

    async fn learn_producers(
        &mut self,
        tx: &mut dyn Writing,
        groups: &[Vec<Prepared>],
    ) -> Result<(), LogError> {
        let frames = groups.iter().flatten().filter_map(|e| e.new.meta.frame);
        let asked: BTreeSet<Uuid> =
            frames.map(|f| f.producer).filter(|p| !self.producers.contains_key(p)).collect();
        if asked.is_empty() {
            return Ok(());
        }
        let asked: Vec<Uuid> = asked.into_iter().collect();
        for row in tx.producers(&asked).await? {
            self.producers.insert(row.producer, (row.epoch, row.last_seq));
        }
        for producer in asked {
            self.producers.entry(producer).or_insert((0, 0));
        }
        Ok(())
    }

    /// Takes over what a batch changed, once it is recorded.
    pub(super) fn follow(&mut self, rows: &AppendRows, streams: HashMap<String, Stream>) {
        self.chain = rows.head.chain;
        self.node_seq = rows.batch.node_seq;
        self.last_stream += rows.streams.len() as i64;
        self.streams.extend(streams);
        self.producers.extend(rows.producers.iter().map(|p| (p.producer, (p.epoch, p.last_seq))));
    }
}
