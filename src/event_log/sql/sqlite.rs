//! What is SQLite's own: the file, the settings on which an acknowledgement rests, and their check.

use super::Use;
use crate::event_log::error::LogError;
use crate::event_log::store::*;
use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend, SqliteTransactionMode,
    Statement, TransactionOptions,
};
use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::ErrorKind;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::Duration;
use watchroom_migrations::sqlite_triggers;

const READERS: u32 = 4;
/// How long is waited for another writer, and for a connection.
const BUSY: Duration = Duration::from_secs(10);
const ACQUIRE: Duration = Duration::from_secs(30);
/// The write-ahead log is cut back to this after it has grown beyond.
const WAL_KEPT_BYTES: &str = "67108864";

/// Only its owner may read what is in it. The directory is told the disk too, or the file could be gone
/// after the power was.
pub(super) fn make_file(file: &Path) -> Result<(), LogError> {
    let made = OpenOptions::new().write(true).create_new(true).mode(0o600).open(file);
    let synced = match made {
        Ok(_) => match file.parent() {
            Some(directory) if directory != Path::new("") => File::open(directory).and_then(|d| d.sync_all()),
            _ => Ok(()),
        },
        Err(e) if e.kind() == ErrorKind::AlreadyExists => Ok(()),
        Err(e) => Err(e),
    };
    synced.map_err(|e| LogError::Database(format!("{} cannot be made: {e}", file.display())))
}

pub(super) async fn connect(file: &Path, access: Use) -> Result<DatabaseConnection, LogError> {
    // The path is given below, because in an address it would have to be escaped.
    let mut options = ConnectOptions::new("sqlite://log");
    let (most, path) = (if access == Use::Write { 1 } else { READERS }, file.to_owned());
    options
        .max_connections(most)
        .min_connections(1)
        .idle_timeout(None::<Duration>)
        .max_lifetime(None::<Duration>)
        .acquire_timeout(ACQUIRE)
        .test_before_acquire(false)
        .sqlx_logging(false)
        .map_sqlx_sqlite_opts(move |sqlite| {
            let sqlite = sqlite.filename(&path).busy_timeout(BUSY).pragma("recursive_triggers", "ON");
            match access {
                Use::Read | Use::Look => sqlite.read_only(true).pragma("query_only", "ON"),
                Use::Write => sqlite
                    .pragma("journal_mode", "WAL")
                    .pragma("synchronous", "FULL")
                    .pragma("secure_delete", "ON")
                    .pragma("journal_size_limit", WAL_KEPT_BYTES),
            }
        });
    Database::connect(options)
        .await
        .map_err(|e| LogError::Database(format!("{} cannot be opened: {e}", file.display())))
}

/// A transaction that is alone in writing from its beginning, so that what it reads still holds when
/// it writes.
pub(super) fn write_at_once() -> TransactionOptions {
    TransactionOptions {
        sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
        ..TransactionOptions::default()
    }
}

/// What an acknowledgement rests on.
pub(super) async fn check(db: &DatabaseConnection) -> Result<(), LogError> {
    let unfit = |what: String| Err(LogError::Unfit(what));
    for (pragma, needed) in [("synchronous", 2), ("recursive_triggers", 1), ("secure_delete", 1)] {
        let found: i64 = pragma_value(db, pragma).await?;
        if found != needed {
            return unfit(format!("{pragma} is {found}, not {needed}"));
        }
    }
    let mode: String = pragma_value(db, "journal_mode").await?;
    if mode != "wal" {
        return unfit(format!("journal_mode is {mode}, not wal; is the file on a network drive?"));
    }
    let list = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'";
    let mut there = BTreeMap::new();
    for row in db.query_all_raw(Statement::from_string(DbBackend::Sqlite, list)).await? {
        there.insert(row.try_get::<String>("", "name")?, row.try_get::<String>("", "sql")?);
    }
    for (name, text) in sqlite_triggers() {
        if there.get(name) != Some(&text) {
            return unfit(format!("trigger {name}, which keeps the log append-only, is missing or another"));
        }
    }
    Ok(())
}

async fn pragma_value<T: sea_orm::TryGetable>(db: &DatabaseConnection, pragma: &str) -> Result<T, LogError> {
    let statement = Statement::from_string(DbBackend::Sqlite, format!("PRAGMA {pragma}"));
    let row = db.query_one_raw(statement).await?;
    let row = row.ok_or_else(|| LogError::Unfit(format!("PRAGMA {pragma} answers nothing")))?;
    Ok(row.try_get_by_index(0)?)
}

/// Takes everything over into the database and empties the write-ahead log, so that nothing that was
/// overwritten is left in it. Waits for readers that still need it.
pub(super) async fn empty_wal(db: &DatabaseConnection) -> Stored<()> {
    let statement = Statement::from_string(DbBackend::Sqlite, "PRAGMA wal_checkpoint(TRUNCATE)");
    let row = db.query_one_raw(statement).await?;
    let busy: i64 = match row {
        Some(row) => row.try_get_by_index(0)?,
        None => 1,
    };
    if busy == 0 {
        return Ok(());
    }
    Err(StoreError("the write-ahead log cannot be emptied while it is being read; try again".into()))
}

pub(super) async fn storage(file: &Path) -> Stored<Storage> {
    let wal = super::reserve::beside(file, "-wal");
    let bytes = |path: &Path| match path.metadata() {
        Ok(metadata) => Ok(metadata.len()),
        Err(e) if e.kind() == ErrorKind::NotFound => Ok(0),
        Err(e) => Err(StoreError(format!("{}: {e}", path.display()))),
    };
    let free_bytes = super::reserve::free_bytes(file);
    Ok(Storage { database_bytes: bytes(file)?, wal_bytes: bytes(&wal)?, free_bytes })
}
