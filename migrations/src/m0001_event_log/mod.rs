//! The log itself, and what its readers keep beside it.

mod mariadb;
mod postgres;
mod sqlite;

pub use mariadb::{MariaDbTrigger, mariadb_triggers};
pub use postgres::{PostgresTrigger, postgres_triggers};
pub use sqlite::sqlite_triggers;

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let backend = manager.get_database_backend();
        for table in [
            log_head(),
            log_batches(),
            streams(),
            events(backend),
            producers(),
            subject_keys(backend),
            series(),
            cursors(),
            parked(),
        ] {
            manager.create_table(for_backend(backend, table)).await?;
        }
        let db = manager.get_connection();
        for statement in own_statements(backend)? {
            db.execute_unprepared(&statement).await?;
        }
        Ok(())
    }

    async fn down(&self, _: &SchemaManager) -> Result<(), DbErr> {
        Err(DbErr::Migration("the log is never taken away".into()))
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

/// Indexes and triggers. What is found there already was made by a start that was broken off, where the
/// database cannot take a definition back (MariaDB).
fn own_statements(backend: DbBackend) -> Result<Vec<String>, DbErr> {
    let owned = |indexes: &[&str]| indexes.iter().map(|index| (*index).to_owned()).collect::<Vec<_>>();
    Ok(match backend {
        DbBackend::Sqlite => {
            owned(sqlite::INDEXES).into_iter().chain(sqlite_triggers().map(|(_, text)| text)).collect()
        }
        DbBackend::Postgres => {
            let triggers = postgres_triggers().flat_map(|trigger| trigger.statements());
            // The condition is written as on SQLite.
            owned(sqlite::INDEXES).into_iter().chain(triggers).collect()
        }
        DbBackend::MySql => {
            let triggers = mariadb_triggers().map(|trigger| trigger.statement());
            owned(mariadb::INDEXES).into_iter().chain(triggers).collect()
        }
        _ => return Err(DbErr::Migration("this database cannot hold the log".into())),
    })
}

/// On MariaDB names differ when a single byte does, and rows are kept by the engine that keeps promises.
pub(crate) fn for_backend(backend: DbBackend, mut table: TableCreateStatement) -> TableCreateStatement {
    if backend == DbBackend::MySql {
        table.if_not_exists().engine("InnoDB").character_set("utf8mb4").collate("utf8mb4_nopad_bin");
    }
    table
}

pub(crate) fn table(name: &str, columns: &mut [ColumnDef]) -> TableCreateStatement {
    let mut table = Table::create();
    table.table(Alias::new(name));
    for column in columns {
        table.col(&mut *column);
    }
    table.take()
}

fn column(name: &str) -> ColumnDef {
    ColumnDef::new(Alias::new(name))
}

/// A number that is always there.
pub(crate) fn number(name: &str) -> ColumnDef {
    column(name).big_integer().not_null().take()
}

fn text(name: &str) -> ColumnDef {
    column(name).text().not_null().take()
}

fn name(name: &str) -> ColumnDef {
    column(name).string_len(200).not_null().take()
}

/// An identifier (16 bytes) or a hash (32).
pub(crate) fn bytes(name: &str, length: u32) -> ColumnDef {
    column(name).binary_len(length).not_null().take()
}

/// Bytes of any length; MariaDB's BLOB ends at 64 KiB.
pub(crate) fn blob(backend: DbBackend, name: &str) -> ColumnDef {
    let mut blob = column(name);
    match backend {
        DbBackend::MySql => blob.custom(Alias::new("LONGBLOB")),
        _ => blob.blob(),
    };
    blob
}

/// One row, under whose lock positions are given out.
fn log_head() -> TableCreateStatement {
    let id = number("id").primary_key().check(Expr::col(Alias::new("id")).eq(1)).take();
    table(
        "log_head",
        &mut [
            id,
            bytes("log_id", 16),
            number("epoch"),
            number("next_pos"),
            number("next_batch"),
            bytes("chain", 32),
            number("purged_upto"),
        ],
    )
}

fn log_batches() -> TableCreateStatement {
    table(
        "log_batches",
        &mut [
            number("batch").primary_key().take(),
            number("first_pos"),
            number("n"),
            name("node"),
            number("node_seq"),
            number("ts_us"),
            bytes("root", 32),
            bytes("chain", 32),
        ],
    )
}

fn streams() -> TableCreateStatement {
    table("streams", &mut [number("id").primary_key().take(), name("name").unique_key().take()])
}

fn events(backend: DbBackend) -> TableCreateStatement {
    let mut columns = vec![
        number("pos").primary_key().take(),
        number("stream"),
        column("ver").big_integer().take(),
        number("kind"),
        number("kver"),
        bytes("id", 16),
        number("ts_us"),
        column("key_id").binary_len(16).take(),
        bytes("leaf", 8),
        blob(backend, "meta").not_null().take(),
        blob(backend, "body").not_null().take(),
    ];
    if backend == DbBackend::MySql {
        // Stands in for the partial index that MariaDB does not have.
        columns.push(column("control").big_integer().extra("AS (IF(kind <> 30, pos, NULL)) VIRTUAL").take());
    }
    table("events", &mut columns)
}

fn producers() -> TableCreateStatement {
    table(
        "producers",
        &mut [
            bytes("producer", 16).primary_key().take(),
            number("epoch"),
            number("last_seq"),
            number("last_pos"),
        ],
    )
}

fn subject_keys(backend: DbBackend) -> TableCreateStatement {
    table(
        "subject_keys",
        &mut [bytes("key_id", 16).primary_key().take(), text("master"), blob(backend, "wrapped")],
    )
}

fn series() -> TableCreateStatement {
    table(
        "series",
        &mut [number("id").primary_key().take(), bytes("source", 16), text("metric"), text("labels")],
    )
}

fn cursors() -> TableCreateStatement {
    table(
        "cursors",
        &mut [
            name("name"),
            number("shard"),
            number("pos"),
            bytes("chain", 32),
            column("owner").text().take(),
            column("lease_us").big_integer().take(),
            number("fence"),
        ],
    )
    .primary_key(Index::create().col(Alias::new("name")).col(Alias::new("shard")))
    .take()
}

fn parked() -> TableCreateStatement {
    table("parked", &mut [name("name"), number("pos"), number("attempts"), number("next_us"), text("error")])
        .primary_key(Index::create().col(Alias::new("name")).col(Alias::new("pos")))
        .take()
}
