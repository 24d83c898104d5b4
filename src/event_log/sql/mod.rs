//! The log in a database, through SeaORM. SQLite is the database that is built in; PostgreSQL and MariaDB
//! are servers, which may go and come back: their pool of one writer opens a new connection then, takes the
//! log for this hub again and checks again what an acknowledgement rests on.

mod commands;
mod database;
mod entities;
mod mariadb;
mod postgres;
mod read;
mod reserve;
mod rows;
mod slot;
mod sqlite;
#[cfg(test)]
mod tests;
mod text;
mod write;

use super::address::Address;
use super::error::LogError;
use super::store::*;
use async_trait::async_trait;
use database::Database;
use entities::*;
use read::Way;
use rows::int;
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ColumnTrait, DatabaseConnection, DbErr, EntityTrait, QueryFilter, SqlErr};
use slot::{ANSWER, LONG_ANSWER, Slot};
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use uuid::Uuid;
use watchroom_domain::{Micros, Position};
use watchroom_migrations::{Migrator, MigratorTrait};
use write::Transaction;

/// Values that one question names at most.
const ASKED_AT_ONCE: usize = 500;

/// What a connection is for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Use {
    Write,
    Read,
    /// For a look whether it could write; nobody is kept from writing meanwhile.
    Look,
}

/// One connection that writes, and several that read.
pub(super) struct SqlStore {
    database: Arc<Database>,
    writer: Arc<Slot>,
    readers: Arc<Slot>,
    /// Whether a transaction ended in an unknown way. After some failures (a full disk) SQLite ends one by
    /// itself, while the driver goes on to count it as open: later ones would be nested in one that is
    /// never committed.
    suspect: Arc<AtomicBool>,
}

impl From<DbErr> for LogError {
    fn from(error: DbErr) -> Self {
        Self::Database(error.to_string())
    }
}

/// Opens the log at this address; `first` is the head that a new log gets.
pub(super) async fn open(address: &Address, first: &HeadRow) -> Result<SqlStore, LogError> {
    let database = Database::at(address)?;
    let writer = database.connect_new().await?;
    Migrator::up(&writer, None).await.map_err(|e| LogError::Unfit(e.to_string()))?;
    let tx = database.begin(&writer).await?;
    if log_head::Entity::find_by_id(1).one(&tx).await?.is_none() {
        if read::last_event(&tx).await? > 0 {
            return Err(LogError::Unfit("there are events but no head".into()));
        }
        log_head::Entity::insert(rows::head(first)).exec_without_returning(&tx).await?;
    }
    tx.commit().await?;
    database.check(&writer).await?;
    let readers = database.connect(Use::Read).await?;
    Ok(SqlStore::new(database, writer, readers))
}

/// Looks whether a server could hold the log, without a change and while a hub may be recording in it.
pub(super) async fn look(address: &Address) -> Result<(), LogError> {
    Database::at(address)?.look(Use::Look).await
}

/// Opens the log at this address for reading, while a hub may be recording in it.
pub(super) async fn open_read_only(address: &Address) -> Result<SqlStore, LogError> {
    let database = Database::at(address)?;
    let readers = database.connect_present().await?;
    let pending = Migrator::get_pending_migrations_read_only(&readers).await;
    let pending = pending.map_err(|e| LogError::Unfit(e.to_string()))?;
    if !pending.is_empty() {
        return Err(LogError::Unfit("it was made by an earlier version; start the hub on it once".into()));
    }
    Ok(SqlStore::new(database, readers.clone(), readers))
}

impl SqlStore {
    fn new(database: Database, writer: DatabaseConnection, readers: DatabaseConnection) -> Self {
        let database = Arc::new(database);
        let (writer, readers) = (database.slot(writer, Use::Write), database.slot(readers, Use::Read));
        Self { database, writer, readers, suspect: Arc::default() }
    }

    /// Asks those who read.
    async fn read<T, F>(&self, call: impl FnOnce(DatabaseConnection) -> F) -> Stored<T>
    where
        F: Future<Output = Stored<T>>,
    {
        self.readers.ask(ANSWER, call).await
    }

    /// Has the one who writes do something that is no batch.
    async fn write<T, F>(&self, call: impl FnOnce(DatabaseConnection) -> F) -> Stored<T>
    where
        F: Future<Output = Stored<T>>,
    {
        self.writer.ask(ANSWER, call).await
    }

    /// Writes through a new connection from now on.
    async fn reconnect(&self) -> Stored<DatabaseConnection> {
        let fresh = self.database.connect_checked().await.map_err(|e| StoreError(e.to_string()))?;
        self.writer.replace(fresh.clone());
        Ok(fresh)
    }
}

#[async_trait]
impl Store for SqlStore {
    async fn begin(&self) -> Stored<Box<dyn Writing>> {
        if self.database.is_server() {
            let (writer, lease) = self.writer.lease();
            let begun = lease.within(ANSWER, async {
                let tx = self.database.begin(&writer).await?;
                let head = read::locked_head(&tx).await?;
                Ok((tx, head))
            });
            let (tx, head) = begun.await?;
            return Ok(Box::new(Transaction::new(tx, lease, None, Some(head))));
        }
        let writer = if self.suspect.load(Ordering::SeqCst) {
            tracing::warn!("the log's connection failed; a new one is opened");
            let fresh = self.reconnect().await?;
            self.suspect.store(false, Ordering::SeqCst);
            fresh
        } else {
            self.writer.connection()
        };
        let tx = self.database.begin(&writer).await?;
        Ok(Box::new(Transaction::new(tx, self.writer.lease().1, Some(self.suspect.clone()), None)))
    }

    async fn head(&self) -> Stored<HeadRow> {
        self.read(|db| async move { read::head(&db).await }).await
    }

    async fn events(&self, which: &Which, after: Position, limit: usize) -> Stored<Vec<EventRow>> {
        self.read(|db| async move { read::events(&db, which, Way::After(after), limit).await }).await
    }

    async fn events_before(&self, which: &Which, before: Position, limit: usize) -> Stored<Vec<EventRow>> {
        self.read(|db| async move { read::events(&db, which, Way::Before(before), limit).await }).await
    }

    async fn last_event(&self) -> Stored<Position> {
        self.read(|db| async move { read::last_event(&db).await }).await
    }

    async fn batches(&self, after: u64, limit: usize) -> Stored<Vec<BatchRow>> {
        self.read(|db| async move { read::batches(&db, after, limit).await }).await
    }

    async fn batch_at(&self, pos: Position) -> Stored<Option<BatchRow>> {
        self.read(|db| async move { read::batch_at(&db, pos).await }).await
    }

    async fn batch_before(&self, ts_us: Micros) -> Stored<Option<BatchRow>> {
        self.read(|db| async move { read::batch_before(&db, ts_us).await }).await
    }

    async fn producers(&self) -> Stored<Vec<ProducerRow>> {
        let all = async |db: DatabaseConnection| Ok(producers::Entity::find().all(&db).await?);
        self.read(all).await?.into_iter().map(TryInto::try_into).collect()
    }

    async fn series(&self) -> Stored<Vec<SeriesRow>> {
        let all = async |db: DatabaseConnection| Ok(series::Entity::find().all(&db).await?);
        self.read(all).await?.into_iter().map(TryInto::try_into).collect()
    }

    async fn keys(&self, ids: &[Uuid]) -> Stored<Vec<KeyRow>> {
        self.read(|db| async move { read::keys(&db, ids).await }).await
    }

    async fn any_key(&self) -> Stored<Option<KeyRow>> {
        let there = subject_keys::Column::Wrapped.is_not_null();
        let any = |db| async move { Ok(subject_keys::Entity::find().filter(there).one(&db).await?) };
        let found = self.read(any).await?;
        found.map(TryInto::try_into).transpose()
    }

    async fn all_keys(&self, after: Option<Uuid>, limit: usize) -> Stored<Vec<KeyRow>> {
        self.read(|db| async move { read::all_keys(&db, after, limit).await }).await
    }

    async fn destroy_key(&self, id: Uuid) -> Stored<()> {
        let destroy = async |db: DatabaseConnection| {
            subject_keys::Entity::update_many()
                .col_expr(subject_keys::Column::Wrapped, Expr::value(None::<Vec<u8>>))
                .filter(subject_keys::Column::KeyId.eq(id.as_bytes().to_vec()))
                .exec(&db)
                .await?;
            self.database.wipe(&db).await
        };
        self.writer.ask(LONG_ANSWER, destroy).await
    }

    async fn cursor(&self, name: &str) -> Stored<Option<CursorRow>> {
        let one = |db| async move { Ok(cursors::Entity::find_by_id((name.to_owned(), 0)).one(&db).await?) };
        let found = self.read(one).await?;
        found.map(TryInto::try_into).transpose()
    }

    async fn cursors(&self) -> Stored<Vec<CursorRow>> {
        let all = async |db: DatabaseConnection| Ok(cursors::Entity::find().all(&db).await?);
        self.read(all).await?.into_iter().map(TryInto::try_into).collect()
    }

    async fn insert_cursor(&self, row: &CursorRow) -> Stored<bool> {
        // No "on conflict do nothing": drivers do not agree on how many rows that has changed.
        let insert = |db| async move {
            match cursors::Entity::insert(rows::cursor(row)).exec_without_returning(&db).await {
                Ok(_) => Ok(true),
                Err(error) => match error.sql_err() {
                    Some(SqlErr::UniqueConstraintViolation(_)) => Ok(false),
                    _ => Err(error.into()),
                },
            }
        };
        self.write(insert).await
    }

    async fn swap_cursor(&self, row: &CursorRow, fence: u64) -> Stored<bool> {
        let swap = cursors::Entity::update_many()
            .col_expr(cursors::Column::Pos, Expr::value(int(row.pos)))
            .col_expr(cursors::Column::Chain, Expr::value(row.chain.to_vec()))
            .col_expr(cursors::Column::Fence, Expr::value(int(row.fence)))
            .filter(cursors::Column::Name.eq(&row.name))
            .filter(cursors::Column::Shard.eq(0))
            .filter(cursors::Column::Fence.eq(int(fence)));
        self.write(|db| async move { Ok(swap.exec(&db).await?.rows_affected > 0) }).await
    }

    async fn park(&self, row: &Parked) -> Stored<()> {
        let key = [parked::Column::Name, parked::Column::Pos];
        let rest = [parked::Column::Attempts, parked::Column::NextUs, parked::Column::Error];
        let park = parked::Entity::insert(rows::parked_row(row))
            .on_conflict(OnConflict::columns(key).update_columns(rest).to_owned());
        self.write(|db| async move { Ok(park.exec_without_returning(&db).await.map(|_| ())?) }).await
    }

    async fn unpark(&self, name: &str, pos: Position) -> Stored<()> {
        let unpark = parked::Entity::delete_by_id((name.to_owned(), int(pos)));
        self.write(|db| async move { Ok(unpark.exec(&db).await.map(|_| ())?) }).await
    }

    async fn parked(&self, name: &str) -> Stored<Vec<Parked>> {
        self.read(|db| async move { read::parked(&db, name).await }).await
    }

    async fn all_parked(&self) -> Stored<Vec<Parked>> {
        let all = async |db: DatabaseConnection| Ok(parked::Entity::find().all(&db).await?);
        self.read(all).await?.into_iter().map(rows::parked).collect()
    }

    async fn insert_command(&self, row: &CommandRow) -> Stored<bool> {
        self.write(|db| async move { commands::insert(&db, row).await }).await
    }

    async fn command(&self, id: &Hash) -> Stored<Option<CommandRow>> {
        self.read(|db| async move { commands::find(&db, id).await }).await
    }

    async fn answer_command(&self, id: &Hash, pos: Position, result: &[u8]) -> Stored<()> {
        self.write(|db| async move { commands::answer(&db, id, pos, result).await }).await
    }

    async fn forget_command(&self, id: &Hash) -> Stored<()> {
        self.write(|db| async move { commands::forget(&db, id).await }).await
    }

    async fn count_commands(&self, from: &Hash, to: &Hash) -> Stored<u64> {
        self.read(|db| async move { commands::count(&db, from, to).await }).await
    }

    async fn forget_first_commands(&self, from: &Hash, to: &Hash, count: u64) -> Stored<()> {
        self.write(|db| async move { commands::forget_first(&db, from, to, count).await }).await
    }

    async fn forget_commands(&self, expired_us: Micros) -> Stored<()> {
        self.write(|db| async move { commands::forget_expired(&db, expired_us).await }).await
    }

    async fn storage(&self) -> Stored<Storage> {
        self.read(|db| async move { self.database.storage(&db).await }).await
    }

    async fn ping(&self) -> Stored<()> {
        self.write(|db| async move { self.database.ping(&db).await }).await
    }

    async fn keep_reserve(&self) -> Stored<()> {
        self.database.keep_reserve().await
    }

    async fn free_reserve(&self) -> Stored<bool> {
        self.database.free_reserve().await
    }

    async fn close(&self) -> Stored<()> {
        self.readers.connection().close_by_ref().await?;
        Ok(self.writer.connection().close_by_ref().await?)
    }
}
