//! The transaction that appends.

use super::entities::*;
use super::{read, rows};
use crate::event_log::store::*;
use async_trait::async_trait;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveModelTrait, DatabaseTransaction, EntityTrait};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use uuid::Uuid;

/// Rows that one statement inserts at most; few sizes, so that the database's prepared statements are
/// found again.
const ROWS_AT_ONCE: usize = 250;

pub(super) struct Transaction {
    tx: DatabaseTransaction,
    unended: Unended,
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
    /// `suspect` is raised when it does not end as it should.
    pub(super) fn new(tx: DatabaseTransaction, suspect: Arc<AtomicBool>) -> Self {
        Self { tx, unended: Unended(Some(suspect)) }
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
        read::head(&self.tx).await
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
        log_head::Entity::update(rows::head(&rows.head)).exec(&self.tx).await?;
        log_batches::Entity::insert(rows::batch(&rows.batch)).exec_without_returning(&self.tx).await?;
        self.insert_all::<streams::Entity, _>(&rows.streams, rows::stream).await?;
        self.insert_all::<subject_keys::Entity, _>(&rows.keys, rows::key).await?;
        self.insert_all::<events::Entity, _>(&rows.events, rows::event).await?;
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
        let Self { tx, mut unended } = *self;
        tx.commit().await?;
        unended.0 = None;
        Ok(())
    }

    async fn rollback(self: Box<Self>) -> Stored<()> {
        let Self { tx, mut unended } = *self;
        tx.rollback().await?;
        unended.0 = None;
        Ok(())
    }
}
