//! What differs from one database to another.

use super::{Use, mariadb, postgres, reserve, sqlite};
use crate::event_log::address::{Address, Place};
use crate::event_log::error::LogError;
use crate::event_log::store::*;
use sea_orm::sqlx::mysql::MySqlConnectOptions;
use sea_orm::sqlx::pool::PoolOptions;
use sea_orm::sqlx::postgres::PgConnectOptions;
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbErr, Statement, TransactionTrait, sqlx,
};
use std::path::PathBuf;
use std::time::Duration;

const READERS: u32 = 4;
/// How long is waited for a server that is away, and for a connection.
const ACQUIRE: Duration = Duration::from_secs(10);
/// How long a hub that has just ended may keep the log to itself.
pub(super) const HANDOVER_S: u32 = 5;

/// Where the log lies.
pub(super) enum Database {
    Sqlite(PathBuf),
    Postgres { options: Box<PgConnectOptions>, name: String },
    MariaDb { options: Box<MySqlConnectOptions>, name: String },
}

impl Database {
    pub(super) fn at(address: &Address) -> Result<Self, LogError> {
        let name = address.to_string();
        match &address.place {
            Place::Sqlite(file) => Ok(Self::Sqlite(file.clone())),
            Place::Postgres(options) => Ok(Self::Postgres { options: options.clone(), name }),
            Place::MariaDb(options) => Ok(Self::MariaDb { options: options.clone(), name }),
            Place::Memory => Err(LogError::Address("memory is read by nobody else".into())),
        }
    }

    pub(super) fn is_server(&self) -> bool {
        !matches!(self, Self::Sqlite(_))
    }

    /// A connection that writes, where there may be no log yet.
    pub(super) async fn connect_new(&self) -> Result<DatabaseConnection, LogError> {
        match self {
            Self::Sqlite(file) => sqlite::make_file(file)?,
            // One connection by itself first: its errors say more than those of the pool.
            Self::Postgres { options, name } => postgres::look(options, name, Use::Write).await?,
            Self::MariaDb { options, name } => mariadb::look(options, name, Use::Write).await?,
        }
        self.connect(Use::Write).await
    }

    /// A connection that writes to a log that is there; what an acknowledgement rests on is checked.
    pub(super) async fn connect_checked(&self) -> Result<DatabaseConnection, LogError> {
        let writer = self.connect(Use::Write).await?;
        self.check(&writer).await?;
        Ok(writer)
    }

    /// Connections that read a log that is there.
    pub(super) async fn connect_present(&self) -> Result<DatabaseConnection, LogError> {
        match self {
            Self::Sqlite(file) if !file.exists() => {
                return Err(LogError::Database(format!("there is no file {}", file.display())));
            }
            Self::Sqlite(_) => {}
            Self::Postgres { options, name } => postgres::look(options, name, Use::Read).await?,
            Self::MariaDb { options, name } => mariadb::look(options, name, Use::Read).await?,
        }
        self.connect(Use::Read).await
    }

    pub(super) async fn connect(&self, access: Use) -> Result<DatabaseConnection, LogError> {
        match self {
            Self::Sqlite(file) => sqlite::connect(file, access).await,
            Self::Postgres { options, name } => Ok(postgres::pool(options, name, access)),
            Self::MariaDb { options, name } => Ok(mariadb::pool(options, name, access)),
        }
    }

    /// What an acknowledgement rests on, as far as it is not looked at with every new connection.
    pub(super) async fn check(&self, writer: &DatabaseConnection) -> Result<(), LogError> {
        match self {
            Self::Sqlite(_) => sqlite::check(writer).await,
            Self::Postgres { .. } => postgres::check_triggers(writer).await,
            Self::MariaDb { .. } => mariadb::check_triggers(writer).await,
        }
    }

    pub(super) async fn begin(&self, writer: &DatabaseConnection) -> Result<DatabaseTransaction, DbErr> {
        match self {
            Self::Sqlite(_) => writer.begin_with_options(sqlite::write_at_once()).await,
            _ => writer.begin().await,
        }
    }

    /// Wipes what was overwritten in the table of keys from the database's files. A server's own log may
    /// hold it until that is used anew.
    pub(super) async fn wipe(&self, writer: &DatabaseConnection) -> Stored<()> {
        match self {
            Self::Sqlite(_) => sqlite::empty_wal(writer).await,
            Self::Postgres { .. } => {
                writer.execute_unprepared("VACUUM FULL subject_keys").await?;
                Ok(())
            }
            Self::MariaDb { .. } => {
                // Answers with rows, which must be read.
                let optimize = "OPTIMIZE TABLE subject_keys";
                writer.query_all_raw(statement(writer, optimize)).await?;
                Ok(())
            }
        }
    }

    pub(super) async fn storage(&self, readers: &DatabaseConnection) -> Stored<Storage> {
        let query = match self {
            Self::Sqlite(file) => return sqlite::storage(file).await,
            Self::Postgres { .. } => "SELECT pg_database_size(current_database())",
            Self::MariaDb { .. } => {
                "SELECT CAST(COALESCE(SUM(data_length + index_length), 0) AS SIGNED) \
                 FROM information_schema.tables WHERE table_schema = DATABASE()"
            }
        };
        let row = readers.query_one_raw(statement(readers, query)).await?;
        let row = row.ok_or_else(|| StoreError("the database does not tell its size".into()))?;
        let bytes: i64 = row.try_get_by_index(0)?;
        Ok(Storage { database_bytes: bytes.unsigned_abs(), wal_bytes: 0, free_bytes: None })
    }

    /// On a server the disk is its own affair.
    pub(super) async fn keep_reserve(&self) -> Stored<()> {
        match self {
            Self::Sqlite(file) => reserve::keep(file).await,
            _ => Ok(()),
        }
    }

    pub(super) async fn free_reserve(&self) -> Stored<bool> {
        match self {
            Self::Sqlite(file) => reserve::free(file).await,
            _ => Ok(false),
        }
    }
}

pub(super) fn statement(db: &DatabaseConnection, sql: &'static str) -> Statement {
    Statement::from_string(db.get_database_backend(), sql)
}

/// A pool on a server. Who writes has one connection, because the log is this hub's through that very one.
pub(super) fn pool_options<D: sqlx::Database>(access: Use) -> PoolOptions<D> {
    PoolOptions::new()
        .max_connections(if access == Use::Write { 1 } else { READERS })
        .idle_timeout(None)
        .max_lifetime(None)
        .acquire_timeout(ACQUIRE)
        // A server may have gone and come back since.
        .test_before_acquire(true)
}

/// What a server answered while it was looked at.
pub(super) fn failed(name: &str, error: &sqlx::Error) -> LogError {
    LogError::Database(format!("{name}: {error}"))
}
