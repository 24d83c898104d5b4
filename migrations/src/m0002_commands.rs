//! Requests that were answered, so that one that is sent again is answered the same and does nothing twice.

use crate::m0001_event_log::{blob, bytes, for_backend, number, table};
use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let backend = manager.get_database_backend();
        manager.create_table(for_backend(backend, commands(backend))).await?;
        // On MariaDB a start that was broken off leaves what it has made.
        let again = if backend == DbBackend::MySql { "IF NOT EXISTS " } else { "" };
        let index = format!("CREATE INDEX {again}commands_expires ON commands (expires_us)");
        manager.get_connection().execute_unprepared(&index).await?;
        Ok(())
    }

    async fn down(&self, _: &SchemaManager) -> Result<(), DbErr> {
        Err(DbErr::Migration("the log is never taken away".into()))
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

/// The result is there once the request was answered.
fn commands(backend: DbBackend) -> TableCreateStatement {
    table(
        "commands",
        &mut [
            bytes("id", 32).primary_key().take(),
            bytes("req_hash", 32),
            number("pos"),
            blob(backend, "result"),
            number("expires_us"),
        ],
    )
}
