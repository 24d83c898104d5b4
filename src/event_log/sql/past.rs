//! Queries for events that go back from a position.

use super::entities::*;
use super::rows::{NamedEvent, int};
use crate::event_log::store::*;
use sea_orm::sea_query::{Alias, Expr, ExprTrait};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbBackend, EntityTrait, JoinType, Order, QueryFilter, QueryOrder,
    QuerySelect, Select,
};
use watchroom_domain::Position;

/// The query for events before a position, newest first. `stream` is the number of the stream that `which`
/// names.
fn select(
    backend: DbBackend,
    which: &Which,
    stream: i64,
    before: Position,
    limit: usize,
) -> Select<events::Entity> {
    let names = events::Entity::belongs_to(streams::Entity)
        .from(events::Column::Stream)
        .to(streams::Column::Id)
        .into();
    // As for what goes forward, MariaDB would begin with the streams.
    let join = if backend == DbBackend::MySql { JoinType::StraightJoin } else { JoinType::InnerJoin };
    let query = events::Entity::find().column(streams::Column::Name).join(join, names).limit(limit as u64);
    if backend == DbBackend::MySql && matches!(which, Which::Control) {
        let control = || Expr::col((events::Entity, Alias::new("control")));
        return query.filter(control().lt(int(before))).order_by(control(), Order::Desc);
    }
    let query = query.filter(events::Column::Pos.lt(int(before))).order_by_desc(events::Column::Pos);
    match which {
        Which::All => query,
        // In these very words, or the index of such events is not used.
        Which::Control => query.filter(Expr::cust("events.kind <> 30")),
        Which::Stream(_) | Which::StreamBetween { .. } => query.filter(events::Column::Stream.eq(stream)),
    }
}

pub(super) async fn events(
    db: &impl ConnectionTrait,
    which: &Which,
    before: Position,
    limit: usize,
) -> Stored<Vec<EventRow>> {
    let stream = match which {
        Which::All | Which::Control => 0,
        Which::Stream(name) | Which::StreamBetween { stream: name, .. } => {
            let names = std::slice::from_ref(name);
            let Some((_, id)) = super::read::stream_ids(db, names).await?.pop() else {
                return Ok(Vec::new());
            };
            id
        }
    };
    let found = select(db.get_database_backend(), which, stream, before, limit)
        .into_model::<NamedEvent>()
        .all(db)
        .await?;
    found.into_iter().map(TryInto::try_into).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event_log::Address;
    use sea_orm::{QueryTrait, Statement};
    use uuid::Uuid;

    async fn plan(which: Which) -> String {
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
        let query = select(DbBackend::Sqlite, &which, 1, 5, 100).build(DbBackend::Sqlite);
        let sql = format!("EXPLAIN QUERY PLAN {}", query.sql);
        let explain = Statement::from_sql_and_values(DbBackend::Sqlite, sql, query.values.unwrap());
        let rows = store.readers.connection().query_all_raw(explain).await.unwrap();
        let steps = rows.iter().map(|row| row.try_get::<String>("", "detail").unwrap());
        steps.collect::<Vec<_>>().join("; ")
    }

    #[tokio::test]
    async fn looking_back_reads_no_event_that_it_does_not_return() {
        assert!(plan(Which::All).await.starts_with("SEARCH events USING INTEGER PRIMARY KEY (rowid<?)"));
        assert!(plan(Which::Control).await.starts_with("SEARCH events USING INDEX events_control (pos<?)"));
        let by_stream = plan(Which::Stream(String::from("s"))).await;
        assert!(by_stream.contains("events USING INDEX events_stream (stream=? AND pos<?)"), "{by_stream}");
        assert!(!by_stream.contains("TEMP B-TREE"), "{by_stream}");
    }
}
