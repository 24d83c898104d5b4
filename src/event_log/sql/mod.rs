//! The log in a database, through SeaORM. SQLite is the database that is built in.

mod entities;
mod read;
mod reserve;
mod rows;
mod sqlite;
#[cfg(test)]
mod tests;
mod write;

use super::store::*;
use async_trait::async_trait;
use entities::*;
use rows::int;
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ColumnTrait, DatabaseConnection, EntityTrait, QueryFilter, TransactionTrait};
pub(super) use sqlite::{open, open_read_only};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use uuid::Uuid;
use watchroom_domain::{Micros, Position};
use write::Transaction;

/// Values that one question names at most.
const ASKED_AT_ONCE: usize = 500;

/// One connection that writes, and several that read.
pub(super) struct SqlStore {
    writer: RwLock<DatabaseConnection>,
    readers: DatabaseConnection,
    file: PathBuf,
    /// Whether a transaction ended in an unknown way. After some failures (a full disk) SQLite ends one by
    /// itself, while the driver goes on to count it as open: later ones would be nested in one that is
    /// never committed.
    suspect: Arc<AtomicBool>,
}

impl SqlStore {
    fn new(writer: DatabaseConnection, readers: DatabaseConnection, file: PathBuf) -> Self {
        Self { writer: RwLock::new(writer), readers, file, suspect: Arc::default() }
    }

    fn writer(&self) -> DatabaseConnection {
        self.writer.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Writes through a new connection from now on.
    async fn reconnect(&self) -> Stored<DatabaseConnection> {
        let fresh = sqlite::writer(&self.file).await.map_err(|e| StoreError(e.to_string()))?;
        let old = {
            let mut writer = self.writer.write().unwrap_or_else(PoisonError::into_inner);
            std::mem::replace(&mut *writer, fresh.clone())
        };
        // Closing waits for whoever still uses it, which the new one need not.
        tokio::spawn(async move {
            if let Err(error) = old.close().await {
                tracing::warn!(%error, "the connection that failed could not be closed");
            }
        });
        Ok(fresh)
    }
}

#[async_trait]
impl Store for SqlStore {
    async fn begin(&self) -> Stored<Box<dyn Writing>> {
        let writer = if self.suspect.load(Ordering::SeqCst) {
            tracing::warn!("the log's connection failed; a new one is opened");
            let fresh = self.reconnect().await?;
            self.suspect.store(false, Ordering::SeqCst);
            fresh
        } else {
            self.writer()
        };
        let tx = writer.begin_with_options(sqlite::write_at_once()).await?;
        Ok(Box::new(Transaction::new(tx, self.suspect.clone())))
    }

    async fn head(&self) -> Stored<HeadRow> {
        read::head(&self.readers).await
    }

    async fn events(&self, which: &Which, after: Position, limit: usize) -> Stored<Vec<EventRow>> {
        read::events(&self.readers, which, after, limit).await
    }

    async fn last_event(&self) -> Stored<Position> {
        read::last_event(&self.readers).await
    }

    async fn batches(&self, after: u64, limit: usize) -> Stored<Vec<BatchRow>> {
        read::batches(&self.readers, after, limit).await
    }

    async fn batch_at(&self, pos: Position) -> Stored<Option<BatchRow>> {
        read::batch_at(&self.readers, pos).await
    }

    async fn batch_before(&self, ts_us: Micros) -> Stored<Option<BatchRow>> {
        read::batch_before(&self.readers, ts_us).await
    }

    async fn producers(&self) -> Stored<Vec<ProducerRow>> {
        producers::Entity::find().all(&self.readers).await?.into_iter().map(TryInto::try_into).collect()
    }

    async fn series(&self) -> Stored<Vec<SeriesRow>> {
        series::Entity::find().all(&self.readers).await?.into_iter().map(TryInto::try_into).collect()
    }

    async fn keys(&self, ids: &[Uuid]) -> Stored<Vec<KeyRow>> {
        read::keys(&self.readers, ids).await
    }

    async fn any_key(&self) -> Stored<Option<KeyRow>> {
        let there = subject_keys::Column::Wrapped.is_not_null();
        let found = subject_keys::Entity::find().filter(there).one(&self.readers).await?;
        found.map(TryInto::try_into).transpose()
    }

    async fn all_keys(&self, after: Option<Uuid>, limit: usize) -> Stored<Vec<KeyRow>> {
        read::all_keys(&self.readers, after, limit).await
    }

    async fn destroy_key(&self, id: Uuid) -> Stored<()> {
        subject_keys::Entity::update_many()
            .col_expr(subject_keys::Column::Wrapped, Expr::value(None::<Vec<u8>>))
            .filter(subject_keys::Column::KeyId.eq(id.as_bytes().to_vec()))
            .exec(&self.writer())
            .await?;
        sqlite::empty_wal(&self.writer()).await
    }

    async fn cursor(&self, name: &str) -> Stored<Option<CursorRow>> {
        let found = cursors::Entity::find_by_id((name.to_owned(), 0)).one(&self.readers).await?;
        found.map(TryInto::try_into).transpose()
    }

    async fn cursors(&self) -> Stored<Vec<CursorRow>> {
        cursors::Entity::find().all(&self.readers).await?.into_iter().map(TryInto::try_into).collect()
    }

    async fn insert_cursor(&self, row: &CursorRow) -> Stored<bool> {
        let key = [cursors::Column::Name, cursors::Column::Shard];
        let done = cursors::Entity::insert(rows::cursor(row))
            .on_conflict(OnConflict::columns(key).do_nothing().to_owned())
            .exec_without_returning(&self.writer())
            .await?;
        Ok(done > 0)
    }

    async fn swap_cursor(&self, row: &CursorRow, fence: u64) -> Stored<bool> {
        let done = cursors::Entity::update_many()
            .col_expr(cursors::Column::Pos, Expr::value(int(row.pos)))
            .col_expr(cursors::Column::Chain, Expr::value(row.chain.to_vec()))
            .col_expr(cursors::Column::Fence, Expr::value(int(row.fence)))
            .filter(cursors::Column::Name.eq(&row.name))
            .filter(cursors::Column::Shard.eq(0))
            .filter(cursors::Column::Fence.eq(int(fence)))
            .exec(&self.writer())
            .await?;
        Ok(done.rows_affected > 0)
    }

    async fn park(&self, row: &Parked) -> Stored<()> {
        let key = [parked::Column::Name, parked::Column::Pos];
        let rest = [parked::Column::Attempts, parked::Column::NextUs, parked::Column::Error];
        parked::Entity::insert(rows::parked_row(row))
            .on_conflict(OnConflict::columns(key).update_columns(rest).to_owned())
            .exec_without_returning(&self.writer())
            .await?;
        Ok(())
    }

    async fn unpark(&self, name: &str, pos: Position) -> Stored<()> {
        parked::Entity::delete_by_id((name.to_owned(), int(pos))).exec(&self.writer()).await?;
        Ok(())
    }

    async fn parked(&self, name: &str) -> Stored<Vec<Parked>> {
        read::parked(&self.readers, name).await
    }

    async fn all_parked(&self) -> Stored<Vec<Parked>> {
        parked::Entity::find().all(&self.readers).await?.into_iter().map(rows::parked).collect()
    }

    async fn storage(&self) -> Stored<Storage> {
        sqlite::storage(&self.file).await
    }

    async fn keep_reserve(&self) -> Stored<()> {
        reserve::keep(&self.file).await
    }

    async fn free_reserve(&self) -> Stored<bool> {
        reserve::free(&self.file).await
    }

    async fn close(&self) -> Stored<()> {
        self.readers.close_by_ref().await?;
        Ok(self.writer().close_by_ref().await?)
    }
}
