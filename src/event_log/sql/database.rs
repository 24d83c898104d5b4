//! What differs from one database to another.

use super::slot::{ANSWER, Slot};
use super::{Use, mariadb, postgres, reserve, sqlite};
use crate::event_log::address::{Address, Place};
use crate::event_log::error::LogError;
use crate::event_log::keys::random;
use crate::event_log::store::*;
use sea_orm::sqlx::mysql::MySqlConnectOptions;
use sea_orm::sqlx::pool::PoolOptions;
use sea_orm::sqlx::postgres::PgConnectOptions;
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbErr, Statement, TransactionTrait, sqlx,
};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::time::timeout;
use uuid::Uuid;

const READERS: u32 = 4;
/// How long is waited for a server that is away, and for a connection.
const ACQUIRE: Duration = Duration::from_secs(10);
/// How long a hub that has just ended may keep the log to itself.
pub(super) const HANDOVER_S: u32 = 5;

/// Where the log lies.
pub(super) enum Database {
    Sqlite(PathBuf),
    Postgres { options: Box<PgConnectOptions>, server: Server },
    MariaDb { options: Box<MySqlConnectOptions>, server: Server },
}

/// What is known of a server beyond one connection to it. Clones are the same.
#[derive(Clone)]
pub(super) struct Server {
    /// How it is named to people.
    pub name: String,
    /// The session that took the log for this hub, which the next one ends: process and its start on
    /// PostgreSQL.
    pub session: Arc<Mutex<Option<(i32, i64)>>>,
    /// The same on MariaDB: a lock of this name is held by nobody else, ever.
    pub token: String,
    writing: Reason,
    reading: Reason,
}

impl Server {
    fn new(name: String) -> Self {
        let token = Uuid::from_bytes(random()).simple().to_string();
        let (writing, reading) = (Reason::default(), Reason::default());
        Self { name, session: Arc::default(), token, writing, reading }
    }

    /// Why the last connection of this use could not be used.
    pub(super) fn reason(&self, access: Use) -> &Reason {
        if access == Use::Write { &self.writing } else { &self.reading }
    }
}

/// Why a new connection is not fit to be used. Clones are the same.
#[derive(Clone, Default)]
pub(super) struct Reason(Arc<Mutex<Option<String>>>);

impl Reason {
    pub(super) fn keep(&self, fit: &Result<(), LogError>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = fit.as_ref().err().map(ToString::to_string);
    }

    pub(super) fn take(&self) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl Database {
    pub(super) fn at(address: &Address) -> Result<Self, LogError> {
        let server = Server::new(address.to_string());
        match &address.place {
            Place::Sqlite(file) => Ok(Self::Sqlite(file.clone())),
            Place::Postgres(options) => Ok(Self::Postgres { options: options.clone(), server }),
            Place::MariaDb(options) => Ok(Self::MariaDb { options: options.clone(), server }),
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
            _ => self.look(Use::Write).await?,
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
            _ => self.look(Use::Read).await?,
        }
        self.connect(Use::Read).await
    }

    /// Connects to a server once and says what is wrong, if something is.
    pub(super) async fn look(&self, access: Use) -> Result<(), LogError> {
        let (looked, name) = match self {
            Self::Sqlite(_) => return Ok(()),
            Self::Postgres { options, server } => {
                (timeout(ANSWER, postgres::look(options, server, access)).await, &server.name)
            }
            Self::MariaDb { options, server } => {
                (timeout(ANSWER, mariadb::look(options, server, access)).await, &server.name)
            }
        };
        looked.unwrap_or_else(|_| {
            Err(LogError::Database(format!("{name}: it has not answered for {} s", ANSWER.as_secs())))
        })
    }

    /// A place for these connections, which a server that hangs gets others in.
    pub(super) fn slot(self: &Arc<Self>, connection: DatabaseConnection, access: Use) -> Arc<Slot> {
        let reason = match &**self {
            Self::Sqlite(_) => return Slot::new(connection, None, Reason::default()),
            Self::Postgres { server, .. } | Self::MariaDb { server, .. } => server.reason(access).clone(),
        };
        let this = self.clone();
        let open = move || this.pool(access).unwrap_or_default();
        Slot::new(connection, Some(Box::new(open)), reason)
    }

    /// A pool that connects when it is first used.
    fn pool(&self, access: Use) -> Option<DatabaseConnection> {
        match self {
            Self::Sqlite(_) => None,
            Self::Postgres { options, server } => Some(postgres::pool(options, server, access)),
            Self::MariaDb { options, server } => Some(mariadb::pool(options, server, access)),
        }
    }

    pub(super) async fn connect(&self, access: Use) -> Result<DatabaseConnection, LogError> {
        match self {
            Self::Sqlite(file) => sqlite::connect(file, access).await,
            Self::Postgres { options, server } => Ok(postgres::pool(options, server, access)),
            Self::MariaDb { options, server } => Ok(mariadb::pool(options, server, access)),
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
                // Says in rows what came of it, and is no error when nothing did.
                let optimize = "OPTIMIZE TABLE subject_keys";
                let rows = writer.query_all_raw(statement(writer, optimize)).await?;
                let said = rows.iter().map(|row| {
                    Ok((row.try_get::<String>("", "Msg_type")?, row.try_get::<String>("", "Msg_text")?))
                });
                mariadb::optimized(&said.collect::<Result<Vec<_>, DbErr>>()?)
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

    /// Asks a server something, so that it does not take the hub for gone.
    pub(super) async fn ping(&self, writer: &DatabaseConnection) -> Stored<()> {
        if self.is_server() {
            writer.execute_unprepared("SELECT 1").await?;
        }
        Ok(())
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

/// Whether a new connection can be used, for the driver, and why not, for people.
pub(super) fn told(fit: Result<(), LogError>, reason: &Reason) -> Result<(), sqlx::Error> {
    reason.keep(&fit);
    fit.map_err(|error| sqlx::Error::Configuration(error.into()))
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
