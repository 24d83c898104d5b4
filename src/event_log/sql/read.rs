//! Queries. Those over events go by position and end early, so that no reader holds the database long.

use super::entities::*;
use super::rows::{self, NamedEvent, int};
use crate::event_log::store::*;
use sea_orm::sea_query::{Alias, Expr, ExprTrait};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbBackend, EntityTrait, JoinType, Order, QueryFilter, QueryOrder,
    QuerySelect, Select,
};
use uuid::Uuid;
use watchroom_domain::{Micros, Position};

pub(super) async fn head(db: &impl ConnectionTrait) -> Stored<HeadRow> {
    there(log_head::Entity::find_by_id(1).one(db).await?)
}

/// The head, which nobody else can lock or change until the transaction ends.
pub(super) async fn locked_head(db: &impl ConnectionTrait) -> Stored<HeadRow> {
    there(log_head::Entity::find_by_id(1).lock_exclusive().one(db).await?)
}

fn there(head: Option<log_head::Model>) -> Stored<HeadRow> {
    head.ok_or_else(|| StoreError("the log has no head".into()))?.try_into()
}

/// Which way events are read from a position.
#[derive(Clone, Copy, Debug)]
pub(super) enum Way {
    /// On, oldest first.
    After(Position),
    /// Back, newest first.
    Before(Position),
}

/// The query for events. `stream` is the number of the stream that `which` names.
pub(super) fn select(
    backend: DbBackend,
    which: &Which,
    stream: i64,
    way: Way,
    limit: usize,
) -> Select<events::Entity> {
    let names = events::Entity::belongs_to(streams::Entity)
        .from(events::Column::Stream)
        .to(streams::Column::Id)
        .into();
    let mariadb = backend == DbBackend::MySql;
    // MariaDB would begin with the streams, and sort all events that there are for each page.
    let join = if mariadb { JoinType::StraightJoin } else { JoinType::InnerJoin };
    // On MariaDB the same position, in a column that is NULL for every other event.
    let position = match which {
        Which::Control if mariadb => Alias::new("control"),
        Which::People if mariadb => Alias::new("people"),
        _ => Alias::new("pos"),
    };
    let position = || Expr::col((events::Entity, position.clone()));
    let query = events::Entity::find().column(streams::Column::Name).join(join, names).limit(limit as u64);
    let query = match way {
        Way::After(after) => query.filter(position().gt(int(after))).order_by(position(), Order::Asc),
        Way::Before(before) => query.filter(position().lt(int(before))).order_by(position(), Order::Desc),
    };
    match which {
        Which::All => query,
        Which::Control | Which::People if mariadb => query,
        // In these very words, or the index of such events is not used.
        Which::Control => query.filter(Expr::cust("events.kind <> 30")),
        Which::People => query.filter(Expr::cust(watchroom_migrations::by_people(backend))),
        Which::Stream(_) => query.filter(events::Column::Stream.eq(stream)),
        Which::StreamBetween { upto, from_us, to_us, .. } => query
            .filter(events::Column::Stream.eq(stream))
            .filter(events::Column::Pos.lte(int(*upto)))
            .filter(events::Column::TsUs.gte(*from_us))
            .filter(events::Column::TsUs.lt(*to_us)),
    }
}

pub(super) async fn events(
    db: &impl ConnectionTrait,
    which: &Which,
    way: Way,
    limit: usize,
) -> Stored<Vec<EventRow>> {
    let stream = match which {
        Which::All | Which::Control | Which::People => 0,
        Which::Stream(name) | Which::StreamBetween { stream: name, .. } => {
            let names = std::slice::from_ref(name);
            let Some((_, id)) = stream_ids(db, names).await?.pop() else { return Ok(Vec::new()) };
            id
        }
    };
    let query = select(db.get_database_backend(), which, stream, way, limit);
    let found = query.into_model::<NamedEvent>().all(db).await?;
    found.into_iter().map(TryInto::try_into).collect()
}

pub(super) async fn last_event(db: &impl ConnectionTrait) -> Stored<Position> {
    let last = events::Entity::find()
        .select_only()
        .column(events::Column::Pos)
        .order_by_desc(events::Column::Pos)
        .limit(1)
        .into_tuple::<i64>()
        .one(db)
        .await?;
    Ok(last.map_or(0, |pos| pos.unsigned_abs()))
}

pub(super) async fn batches(db: &impl ConnectionTrait, after: u64, limit: usize) -> Stored<Vec<BatchRow>> {
    let found = log_batches::Entity::find()
        .filter(log_batches::Column::Batch.gt(int(after)))
        .order_by_asc(log_batches::Column::Batch)
        .limit(limit as u64)
        .all(db)
        .await?;
    found.into_iter().map(TryInto::try_into).collect()
}

pub(super) async fn batch_at(db: &impl ConnectionTrait, pos: Position) -> Stored<Option<BatchRow>> {
    let found = log_batches::Entity::find()
        .filter(log_batches::Column::FirstPos.lte(int(pos)))
        .order_by_desc(log_batches::Column::FirstPos)
        .limit(1)
        .one(db)
        .await?;
    let found: Option<BatchRow> = found.map(TryInto::try_into).transpose()?;
    Ok(found.filter(|batch| pos <= batch.last_pos()))
}

pub(super) async fn batch_before(db: &impl ConnectionTrait, ts_us: Micros) -> Stored<Option<BatchRow>> {
    let found = log_batches::Entity::find()
        .filter(log_batches::Column::TsUs.lt(ts_us))
        .order_by_desc(log_batches::Column::TsUs)
        .order_by_desc(log_batches::Column::Batch)
        .limit(1)
        .one(db)
        .await?;
    found.map(TryInto::try_into).transpose()
}

pub(super) async fn batch_of_node(
    db: &impl ConnectionTrait,
    node: &str,
    node_seq: u64,
) -> Stored<Option<BatchRow>> {
    let found = log_batches::Entity::find()
        .filter(log_batches::Column::Node.eq(node))
        .filter(log_batches::Column::NodeSeq.eq(int(node_seq)))
        .one(db)
        .await?;
    found.map(TryInto::try_into).transpose()
}

pub(super) async fn last_node_seq(db: &impl ConnectionTrait, node: &str) -> Stored<u64> {
    let found = log_batches::Entity::find()
        .filter(log_batches::Column::Node.eq(node))
        .order_by_desc(log_batches::Column::NodeSeq)
        .limit(1)
        .one(db)
        .await?;
    Ok(found.map_or(0, |batch| batch.node_seq.unsigned_abs()))
}

pub(super) async fn stream_ids(db: &impl ConnectionTrait, names: &[String]) -> Stored<Vec<(String, i64)>> {
    let mut found = Vec::with_capacity(names.len());
    for some in names.chunks(super::ASKED_AT_ONCE) {
        let rows = streams::Entity::find().filter(streams::Column::Name.is_in(some)).all(db).await?;
        found.extend(rows.into_iter().map(|row| (row.name, row.id)));
    }
    Ok(found)
}

pub(super) async fn last_stream_id(db: &impl ConnectionTrait) -> Stored<i64> {
    let last = streams::Entity::find().order_by_desc(streams::Column::Id).limit(1).one(db).await?;
    Ok(last.map_or(0, |row| row.id))
}

pub(super) async fn versions(db: &impl ConnectionTrait, streams: &[i64]) -> Stored<Vec<(i64, u64)>> {
    let mut found = Vec::with_capacity(streams.len());
    for some in streams.chunks(super::ASKED_AT_ONCE) {
        let rows: Vec<(i64, i64)> = events::Entity::find()
            .select_only()
            .column(events::Column::Stream)
            .column_as(events::Column::Ver.max(), "last")
            .filter(events::Column::Stream.is_in(some.iter().copied()))
            .filter(events::Column::Ver.is_not_null())
            .group_by(events::Column::Stream)
            .into_tuple()
            .all(db)
            .await?;
        found.extend(rows.into_iter().map(|(stream, last)| (stream, last.unsigned_abs())));
    }
    Ok(found)
}

pub(super) async fn producers(db: &impl ConnectionTrait, ids: &[Uuid]) -> Stored<Vec<ProducerRow>> {
    let mut found = Vec::with_capacity(ids.len());
    for some in ids.chunks(super::ASKED_AT_ONCE) {
        let ids = some.iter().map(|id| id.as_bytes().to_vec());
        let rows = producers::Entity::find().filter(producers::Column::Producer.is_in(ids)).all(db).await?;
        for row in rows {
            found.push(row.try_into()?);
        }
    }
    Ok(found)
}

pub(super) async fn keys(db: &impl ConnectionTrait, ids: &[Uuid]) -> Stored<Vec<KeyRow>> {
    let mut found = Vec::with_capacity(ids.len());
    for some in ids.chunks(super::ASKED_AT_ONCE) {
        let ids = some.iter().map(|id| id.as_bytes().to_vec());
        let rows =
            subject_keys::Entity::find().filter(subject_keys::Column::KeyId.is_in(ids)).all(db).await?;
        for row in rows {
            found.push(row.try_into()?);
        }
    }
    Ok(found)
}

pub(super) async fn all_keys(
    db: &impl ConnectionTrait,
    after: Option<Uuid>,
    limit: usize,
) -> Stored<Vec<KeyRow>> {
    let mut query = subject_keys::Entity::find();
    if let Some(after) = after {
        query = query.filter(subject_keys::Column::KeyId.gt(after.as_bytes().to_vec()));
    }
    let query = query.order_by_asc(subject_keys::Column::KeyId).limit(limit as u64);
    query.all(db).await?.into_iter().map(TryInto::try_into).collect()
}

pub(super) async fn parked(db: &impl ConnectionTrait, name: &str) -> Stored<Vec<Parked>> {
    let found = parked::Entity::find()
        .filter(parked::Column::Name.eq(name))
        .order_by_asc(parked::Column::Pos)
        .all(db)
        .await?;
    found.into_iter().map(rows::parked).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event_log::Address;
    use sea_orm::{QueryTrait, Statement};
    use uuid::Uuid;
    use watchroom_domain::{By, MachineId, Meta, SubjectId};

    async fn plan(which: Which, way: Way) -> String {
        let directory = tempfile::tempdir().unwrap();
        let head = HeadRow {
            log_id: Uuid::nil(),
            epoch: 1,
            next_pos: 1,
            next_batch: 1,
            chain: [0; 32],
            purged_upto: 0,
        };
        let url = format!("sqlite://{}/log.db", directory.path().display());
        let address = Address::parse(&url, None).unwrap();
        let store = crate::event_log::sql::open(&address, &head).await.unwrap();
        let query = select(DbBackend::Sqlite, &which, 1, way, 100).build(DbBackend::Sqlite);
        let sql = format!("EXPLAIN QUERY PLAN {}", query.sql);
        let explain = Statement::from_sql_and_values(DbBackend::Sqlite, sql, query.values.unwrap());
        let rows = store.readers.connection().query_all_raw(explain).await.unwrap();
        let steps = rows.iter().map(|row| row.try_get::<String>("", "detail").unwrap());
        steps.collect::<Vec<_>>().join("; ")
    }

    #[tokio::test]
    async fn no_query_looks_at_events_that_it_does_not_return() {
        for (way, sign) in [(Way::After(5), '>'), (Way::Before(5), '<')] {
            let all = plan(Which::All, way).await;
            assert!(
                all.starts_with(&format!("SEARCH events USING INTEGER PRIMARY KEY (rowid{sign}?)")),
                "{all}"
            );
            for (which, index) in [(Which::Control, "events_control"), (Which::People, "events_people")] {
                let some = plan(which, way).await;
                assert!(
                    some.starts_with(&format!("SEARCH events USING INDEX {index} (pos{sign}?)")),
                    "{some}"
                );
            }
            let stream = String::from("s");
            let by_stream = plan(Which::Stream(stream.clone()), way).await;
            let index = format!("events USING INDEX events_stream (stream=? AND pos{sign}?)");
            assert!(by_stream.contains(&index), "{by_stream}");
            assert!(!by_stream.contains("TEMP B-TREE"), "{by_stream}");
        }
        let between = Which::StreamBetween { stream: String::from("s"), upto: 9, from_us: 1, to_us: 2 };
        let between = plan(between, Way::After(5)).await;
        assert!(between.contains("events_stream (stream=? AND pos>? AND pos<?)"), "{between}");
        assert!(!between.contains("TEMP B-TREE"), "{between}");
    }

    /// What the index goes by is what the meta of an event begins with.
    #[tokio::test]
    async fn who_is_a_person_stands_first_in_the_meta() {
        for (by, person) in [
            (By::Person(SubjectId::derived(&["ada"])), true),
            (By::Stranger, true),
            (By::Hub, false),
            (By::Agent(MachineId::derived(&["a"])), false),
        ] {
            let meta = serde_json::to_vec(&Meta::by(by)).unwrap();
            let hex: String = meta.iter().take(15).map(|byte| format!("{byte:02x}")).collect();
            let condition = watchroom_migrations::by_people(DbBackend::Sqlite);
            assert_eq!(condition.contains(&hex), person, "{by:?}");
        }
    }
}
