//! Between entities and the store's rows. What does not fit means that the database was changed by hand.

use super::entities::*;
use crate::event_log::store::*;
use sea_orm::ActiveValue::Set;
use sea_orm::{DbErr, FromQueryResult, Value};
use uuid::Uuid;

impl From<DbErr> for StoreError {
    fn from(error: DbErr) -> Self {
        Self(error.to_string())
    }
}

fn fit<T, U>(column: &str, value: T) -> Stored<U>
where
    U: TryFrom<T>,
{
    U::try_from(value).map_err(|_| StoreError(format!("column {column} holds what cannot be there")))
}

fn id(column: &str, bytes: &[u8]) -> Stored<Uuid> {
    fit(column, bytes).map(Uuid::from_bytes)
}

/// Numbers of the log stay far below 2^63.
pub(super) fn int(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

impl TryFrom<log_head::Model> for HeadRow {
    type Error = StoreError;
    fn try_from(row: log_head::Model) -> Stored<Self> {
        Ok(Self {
            log_id: id("log_id", &row.log_id)?,
            epoch: fit("epoch", row.epoch)?,
            next_pos: fit("next_pos", row.next_pos)?,
            next_batch: fit("next_batch", row.next_batch)?,
            chain: fit("chain", row.chain)?,
            purged_upto: fit("purged_upto", row.purged_upto)?,
        })
    }
}

pub(super) fn head(row: &HeadRow) -> log_head::ActiveModel {
    log_head::ActiveModel {
        id: Set(1),
        log_id: Set(row.log_id.as_bytes().to_vec()),
        epoch: Set(int(row.epoch)),
        next_pos: Set(int(row.next_pos)),
        next_batch: Set(int(row.next_batch)),
        chain: Set(row.chain.to_vec()),
        purged_upto: Set(int(row.purged_upto)),
    }
}

impl TryFrom<log_batches::Model> for BatchRow {
    type Error = StoreError;
    fn try_from(row: log_batches::Model) -> Stored<Self> {
        Ok(Self {
            batch: fit("batch", row.batch)?,
            first_pos: fit("first_pos", row.first_pos)?,
            n: fit("n", row.n)?,
            node: row.node,
            node_seq: fit("node_seq", row.node_seq)?,
            ts_us: row.ts_us,
            root: fit("root", row.root)?,
            chain: fit("chain", row.chain)?,
        })
    }
}

pub(super) fn batch(row: &BatchRow) -> log_batches::ActiveModel {
    log_batches::ActiveModel {
        batch: Set(int(row.batch)),
        first_pos: Set(int(row.first_pos)),
        n: Set(i64::from(row.n)),
        node: Set(row.node.clone()),
        node_seq: Set(int(row.node_seq)),
        ts_us: Set(row.ts_us),
        root: Set(row.root.to_vec()),
        chain: Set(row.chain.to_vec()),
    }
}

/// An event with the name of its stream.
#[derive(FromQueryResult)]
pub(super) struct NamedEvent {
    pos: i64,
    stream: i64,
    name: String,
    ver: Option<i64>,
    kind: i64,
    kver: i64,
    id: Vec<u8>,
    ts_us: i64,
    key_id: Option<Vec<u8>>,
    leaf: Vec<u8>,
    meta: Vec<u8>,
    body: Vec<u8>,
}

impl TryFrom<NamedEvent> for EventRow {
    type Error = StoreError;
    fn try_from(row: NamedEvent) -> Stored<Self> {
        Ok(Self {
            pos: fit("pos", row.pos)?,
            stream_id: row.stream,
            stream: row.name,
            ver: row.ver.map(|ver| fit("ver", ver)).transpose()?,
            kind: fit("kind", row.kind)?,
            kver: fit("kver", row.kver)?,
            id: id("id", &row.id)?,
            ts_us: row.ts_us,
            key_id: row.key_id.map(|key| id("key_id", &key)).transpose()?,
            leaf: fit("leaf", row.leaf)?,
            meta: row.meta,
            body: row.body,
        })
    }
}

/// Values of one event.
pub(super) const EVENT_VALUES: usize = 11;

/// An event's values, in the order of the table's columns.
pub(super) fn event(row: &EventRow) -> [Value; EVENT_VALUES] {
    let bytes = |bytes: &[u8]| Value::Bytes(Some(bytes.to_vec()));
    let number = |number: i64| Value::BigInt(Some(number));
    [
        number(int(row.pos)),
        number(row.stream_id),
        Value::BigInt(row.ver.map(int)),
        number(i64::from(row.kind)),
        number(i64::from(row.kver)),
        bytes(row.id.as_bytes()),
        number(row.ts_us),
        Value::Bytes(row.key_id.map(|key| key.as_bytes().to_vec())),
        bytes(&row.leaf),
        bytes(&row.meta),
        bytes(&row.body),
    ]
}

impl TryFrom<producers::Model> for ProducerRow {
    type Error = StoreError;
    fn try_from(row: producers::Model) -> Stored<Self> {
        Ok(Self {
            producer: id("producer", &row.producer)?,
            epoch: fit("epoch", row.epoch)?,
            last_seq: fit("last_seq", row.last_seq)?,
            last_pos: fit("last_pos", row.last_pos)?,
        })
    }
}

pub(super) fn producer(row: &ProducerRow) -> producers::ActiveModel {
    producers::ActiveModel {
        producer: Set(row.producer.as_bytes().to_vec()),
        epoch: Set(int(row.epoch)),
        last_seq: Set(int(row.last_seq)),
        last_pos: Set(int(row.last_pos)),
    }
}

impl TryFrom<subject_keys::Model> for KeyRow {
    type Error = StoreError;
    fn try_from(row: subject_keys::Model) -> Stored<Self> {
        Ok(Self { key_id: id("key_id", &row.key_id)?, master: row.master, wrapped: row.wrapped })
    }
}

pub(super) fn key(row: &KeyRow) -> subject_keys::ActiveModel {
    subject_keys::ActiveModel {
        key_id: Set(row.key_id.as_bytes().to_vec()),
        master: Set(row.master.clone()),
        wrapped: Set(row.wrapped.clone()),
    }
}

impl TryFrom<series::Model> for SeriesRow {
    type Error = StoreError;
    fn try_from(row: series::Model) -> Stored<Self> {
        let source = id("source", &row.source)?;
        Ok(Self { id: fit("id", row.id)?, source, metric: row.metric, labels: row.labels })
    }
}

pub(super) fn series_row(row: &SeriesRow) -> series::ActiveModel {
    series::ActiveModel {
        id: Set(i64::from(row.id)),
        source: Set(row.source.as_bytes().to_vec()),
        metric: Set(row.metric.clone()),
        labels: Set(row.labels.clone()),
    }
}

impl TryFrom<cursors::Model> for CursorRow {
    type Error = StoreError;
    fn try_from(row: cursors::Model) -> Stored<Self> {
        Ok(Self {
            name: row.name,
            pos: fit("pos", row.pos)?,
            chain: fit("chain", row.chain)?,
            fence: fit("fence", row.fence)?,
        })
    }
}

pub(super) fn cursor(row: &CursorRow) -> cursors::ActiveModel {
    cursors::ActiveModel {
        name: Set(row.name.clone()),
        shard: Set(0),
        pos: Set(int(row.pos)),
        chain: Set(row.chain.to_vec()),
        owner: Set(None),
        lease_us: Set(None),
        fence: Set(int(row.fence)),
    }
}

/// No `TryFrom`: `Parked` is public, and this error is not.
pub(super) fn parked(row: parked::Model) -> Stored<Parked> {
    Ok(Parked {
        name: row.name,
        pos: fit("pos", row.pos)?,
        attempts: fit("attempts", row.attempts)?,
        next_us: row.next_us,
        error: row.error,
    })
}

pub(super) fn parked_row(row: &Parked) -> parked::ActiveModel {
    parked::ActiveModel {
        name: Set(row.name.clone()),
        pos: Set(int(row.pos)),
        attempts: Set(i64::from(row.attempts)),
        next_us: Set(row.next_us),
        error: Set(row.error.clone()),
    }
}

pub(super) fn stream((id, name): &(i64, String)) -> streams::ActiveModel {
    streams::ActiveModel { id: Set(*id), name: Set(name.clone()) }
}

impl TryFrom<commands::Model> for CommandRow {
    type Error = StoreError;
    fn try_from(row: commands::Model) -> Stored<Self> {
        Ok(Self {
            id: fit("id", row.id)?,
            req_hash: fit("req_hash", row.req_hash)?,
            pos: fit("pos", row.pos)?,
            result: row.result,
            expires_us: row.expires_us,
        })
    }
}

pub(super) fn command_row(row: &CommandRow) -> commands::ActiveModel {
    commands::ActiveModel {
        id: Set(row.id.to_vec()),
        req_hash: Set(row.req_hash.to_vec()),
        pos: Set(int(row.pos)),
        result: Set(row.result.clone()),
        expires_us: Set(row.expires_us),
    }
}
