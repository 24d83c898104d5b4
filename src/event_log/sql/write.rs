//! The transaction that appends.

use super::entities::*;
use super::slot::{ANSWER, Lease};
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
    // Dropped before the transaction: by then its pool is another, where it did not end as it should.
    unended: Unended,
    tx: DatabaseTransaction,
    lease: Lease,
    /// The head, where it was read when it was locked.
    head: Option<HeadRow>,
}

/// When it is dropped, unless the transaction ended as it was told to, it raises its flag, and a server is not
/// asked anything more over that connection.
struct Unended(Option<(Option<Arc<AtomicBool>>, Lease)>);

impl Drop for Unended {
    fn drop(&mut self) {
        if let Some((suspect, lease)) = &self.0 {
            if let Some(suspect) = suspect {
                suspect.store(true, Ordering::SeqCst);
            }
            lease.exchange();
        }
    }
}

impl Transaction {
    /// `lease` is of the pool that it goes through; `suspect` is raised when it does not end as it should;
    /// `head` is what was locked.
    pub(super) fn new(
        tx: DatabaseTransaction,
        lease: Lease,
        suspect: Option<Arc<AtomicBool>>,
        head: Option<HeadRow>,
    ) -> Self {
        Self { unended: Unended(Some((suspect, lease.clone()))), tx, lease, head }
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

    async fn insert_rows(&self, rows: &AppendRows) -> Stored<()> {
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
            None => self.lease.within(ANSWER, read::head(&self.tx)).await,
        }
    }

    async fn stream_ids(&mut self, names: &[String]) -> Stored<Vec<(String, i64)>> {
        self.lease.within(ANSWER, read::stream_ids(&self.tx, names)).await
    }

    async fn last_stream_id(&mut self) -> Stored<i64> {
        self.lease.within(ANSWER, read::last_stream_id(&self.tx)).await
    }

    async fn versions(&mut self, streams: &[i64]) -> Stored<Vec<(i64, u64)>> {
        self.lease.within(ANSWER, read::versions(&self.tx, streams)).await
    }

    async fn producers(&mut self, ids: &[Uuid]) -> Stored<Vec<ProducerRow>> {
        self.lease.within(ANSWER, read::producers(&self.tx, ids)).await
    }

    async fn keys(&mut self, ids: &[Uuid]) -> Stored<Vec<KeyRow>> {
        self.lease.within(ANSWER, read::keys(&self.tx, ids)).await
    }

    async fn last_node_seq(&mut self, node: &str) -> Stored<u64> {
        self.lease.within(ANSWER, read::last_node_seq(&self.tx, node)).await
    }

    async fn batch_of_node(&mut self, node: &str, node_seq: u64) -> Stored<Option<BatchRow>> {
        self.lease.within(ANSWER, read::batch_of_node(&self.tx, node, node_seq)).await
    }

    async fn insert(&mut self, rows: &AppendRows) -> Stored<()> {
        self.lease.within(ANSWER, self.insert_rows(rows)).await
    }

    async fn commit(self: Box<Self>) -> Stored<()> {
        let Self { mut unended, tx, lease, .. } = *self;
        lease.within(ANSWER, async { Ok(tx.commit().await?) }).await?;
        unended.0 = None;
        Ok(())
    }

    async fn rollback(self: Box<Self>) -> Stored<()> {
        let Self { mut unended, tx, lease, .. } = *self;
        if lease.is_over() {
            // Over that connection nothing would be answered.
            return Ok(());
        }
        lease.within(ANSWER, async { Ok(tx.rollback().await?) }).await?;
        unended.0 = None;
        Ok(())
    }
}
