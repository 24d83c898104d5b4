//! The log in a database, through SeaORM. SQLite is the database that is built in.

mod entities;
mod read;
mod rows;
mod sqlite;
mod write;

use super::store::*;
use async_trait::async_trait;
use entities::*;
use rows::int;
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ColumnTrait, DatabaseConnection, EntityTrait, QueryFilter, TransactionTrait};
pub(super) use sqlite::{open, open_read_only};
use std::path::PathBuf;
use uuid::Uuid;
use watchroom_domain::{Micros, Position};
use write::Transaction;

/// Values that one question names at most.
const ASKED_AT_ONCE: usize = 500;

/// One connection that writes, and several that read.
pub(super) struct SqlStore {
    writer: DatabaseConnection,
    readers: DatabaseConnection,
    file: PathBuf,
}

#[async_trait]
impl Store for SqlStore {
    async fn begin(&self) -> Stored<Box<dyn Writing>> {
        let tx = self.writer.begin_with_options(sqlite::write_at_once()).await?;
        Ok(Box::new(Transaction::new(tx)))
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

    async fn destroy_key(&self, id: Uuid) -> Stored<()> {
        subject_keys::Entity::update_many()
            .col_expr(subject_keys::Column::Wrapped, Expr::value(None::<Vec<u8>>))
            .filter(subject_keys::Column::KeyId.eq(id.as_bytes().to_vec()))
            .exec(&self.writer)
            .await?;
        sqlite::empty_wal(&self.writer).await
    }

    async fn cursor(&self, name: &str) -> Stored<Option<CursorRow>> {
        let found = cursors::Entity::find_by_id((name.to_owned(), 0)).one(&self.readers).await?;
        found.map(TryInto::try_into).transpose()
    }

    async fn insert_cursor(&self, row: &CursorRow) -> Stored<bool> {
        let key = [cursors::Column::Name, cursors::Column::Shard];
        let done = cursors::Entity::insert(rows::cursor(row))
            .on_conflict(OnConflict::columns(key).do_nothing().to_owned())
            .exec_without_returning(&self.writer)
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
            .exec(&self.writer)
            .await?;
        Ok(done.rows_affected > 0)
    }

    async fn park(&self, row: &Parked) -> Stored<()> {
        let key = [parked::Column::Name, parked::Column::Pos];
        let rest = [parked::Column::Attempts, parked::Column::NextUs, parked::Column::Error];
        parked::Entity::insert(rows::parked_row(row))
            .on_conflict(OnConflict::columns(key).update_columns(rest).to_owned())
            .exec_without_returning(&self.writer)
            .await?;
        Ok(())
    }

    async fn unpark(&self, name: &str, pos: Position) -> Stored<()> {
        parked::Entity::delete_by_id((name.to_owned(), int(pos))).exec(&self.writer).await?;
        Ok(())
    }

    async fn parked(&self, name: &str) -> Stored<Vec<Parked>> {
        read::parked(&self.readers, name).await
    }

    async fn storage(&self) -> Stored<Storage> {
        sqlite::storage(&self.file).await
    }

    async fn close(&self) -> Stored<()> {
        self.readers.close_by_ref().await?;
        Ok(self.writer.close_by_ref().await?)
    }
}
