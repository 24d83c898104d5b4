//! The transaction that appends.

use super::entities::*;
use super::{read, rows, text};
use crate::event_log::store::*;
use async_trait::async_trait;
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait as _, DatabaseTransaction, EntityTrait, QueryFilter,
};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use uuid::Uuid;

/// Rows that one statement inserts at most; few sizes, so that the database's prepared statements are
/// found again.
const ROWS_AT_ONCE: usize = 250;

/// Bytes of bodies that one statement inserts at most, or one row: far below what a server takes in one
/// packet (`max_allowed_packet`).
const BYTES_AT_ONCE: usize = 4 << 20;

pub(super) struct Transaction {
    tx: DatabaseTransaction,
    unended: Unended,
    /// The head, where it was read when it was locked.
    head: Option<HeadRow>,
}

/// Raises its flag when it is dropped, unless the transaction ended as it was told to.
struct Unended(Option<Arc<AtomicBool>>);

impl Drop for Unended {
    fn drop(&mut self) {
        if let Some(suspect) = &self.0 {
            suspect.store(true, Ordering::SeqCst);
        }
    }
}

impl Transaction {
    /// `suspect` is raised when it does not end as it should; `head` is what was locked.
    pub(super) fn new(
        tx: DatabaseTransaction,
        suspect: Option<Arc<AtomicBool>>,
        head: Option<HeadRow>,
    ) -> Self {
        Self { tx, unended: Unended(suspect), head }
    }

    async fn insert_events(&self, mut rows: &[EventRow]) -> Stored<()> {
        while !rows.is_empty() {
            let mut bytes = 0;
            let fits = rows.iter().take(ROWS_AT_ONCE).take_while(|row| {
                bytes += row.body.len() + row.meta.len();
                bytes <= BYTES_AT_ONCE
            });
            let (some, rest) = rows.split_at(fits.count().max(1));
            self.tx.execute_raw(text::insert_events(self.tx.get_database_backend(), some)).await?;
            rows = rest;
        }
        Ok(())
    }

    async fn insert_all<E, R>(&self, rows: &[R], model: fn(&R) -> E::ActiveModel) -> Stored<()>
    where
        E: EntityTrait,
        E::ActiveModel: ActiveModelTrait<Entity = E> + Send,
        R: Sync,
    {
        for some in rows.chunks(ROWS_AT_ONCE) {
            E::insert_many(some.iter().map(model)).exec_without_returning(&self.tx).await?;
        }
        Ok(())
    }
}

#[async_trait]
impl Writing for Transaction {
    async fn head(&mut self) -> Stored<HeadRow> {
        match &self.head {
            Some(head) => Ok(head.clone()),
            None => read::head(&self.tx).await,
        }
    }

    async fn stream_ids(&mut self, names: &[String]) -> Stored<Vec<(String, i64)>> {
        read::stream_ids(&self.tx, names).await
    }

    async fn last_stream_id(&mut self) -> Stored<i64> {
        read::last_stream_id(&self.tx).await
    }

    async fn versions(&mut self, streams: &[i64]) -> Stored<Vec<(i64, u64)>> {
        read::versions(&self.tx, streams).await
    }

    async fn producers(&mut self, ids: &[Uuid]) -> Stored<Vec<ProducerRow>> {
        read::producers(&self.tx, ids).await
    }

    async fn keys(&mut self, ids: &[Uuid]) -> Stored<Vec<KeyRow>> {
        read::keys(&self.tx, ids).await
    }

    async fn last_node_seq(&mut self, node: &str) -> Stored<u64> {
        read::last_node_seq(&self.tx, node).await
    }

    async fn batch_of_node(&mut self, node: &str, node_seq: u64) -> Stored<Option<BatchRow>> {
        read::batch_of_node(&self.tx, node, node_seq).await
    }

    async fn insert(&mut self, rows: &AppendRows) -> Stored<()> {
        let head = log_head::Entity::update_many().set(rows::head(&rows.head));
        let moved = head.filter(log_head::Column::Id.eq(1)).exec(&self.tx).await?;
        if moved.rows_affected != 1 {
            return Err(StoreError("the log has no head".into()));
        }
        log_batches::Entity::insert(rows::batch(&rows.batch)).exec_without_returning(&self.tx).await?;
        self.insert_all::<streams::Entity, _>(&rows.streams, rows::stream).await?;
        self.insert_all::<subject_keys::Entity, _>(&rows.keys, rows::key).await?;
        self.insert_events(&rows.events).await?;
        self.insert_all::<series::Entity, _>(&rows.series, rows::series_row).await?;
        for some in rows.producers.chunks(ROWS_AT_ONCE) {
            let rest = [producers::Column::Epoch, producers::Column::LastSeq, producers::Column::LastPos];
            producers::Entity::insert_many(some.iter().map(rows::producer))
                .on_conflict(OnConflict::column(producers::Column::Producer).update_columns(rest).to_owned())
                .exec_without_returning(&self.tx)
                .await?;
        }
        Ok(())
    }

    async fn commit(self: Box<Self>) -> Stored<()> {
        let Self { tx, mut unended, .. } = *self;
        tx.commit().await?;
        unended.0 = None;
        Ok(())
    }

    async fn rollback(self: Box<Self>) -> Stored<()> {
        let Self { tx, mut unended, .. } = *self;
        tx.rollback().await?;
        unended.0 = None;
        Ok(())
    }
}
