//! Who did what is looked for among what people did, however much the machines have said in between.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

/// How the meta of every event begins that a person made happen, signed in or not yet; no other's does.
const BEGINNINGS: [&[u8; 15]; 2] = [b"{\"by\":{\"person\"", b"{\"by\":\"stranger"];

/// The condition that an event is one that a person made happen. A partial index is used only where a query
/// has the very same.
pub fn by_people(backend: DbBackend) -> String {
    let literal = |bytes: &[u8]| {
        let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        match backend {
            DbBackend::Postgres => format!("'\\x{hex}'::bytea"),
            _ => format!("X'{hex}'"),
        }
    };
    let [person, stranger] = BEGINNINGS.map(|beginning| literal(beginning));
    format!("substr(meta, 1, 15) IN ({person}, {stranger})")
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let backend = manager.get_database_backend();
        let people = by_people(backend);
        let statements = match backend {
            // Stands in for the partial index that MariaDB does not have.
            DbBackend::MySql => vec![
                format!(
                    "ALTER TABLE events ADD COLUMN IF NOT EXISTS people BIGINT AS (IF({people}, pos, NULL)) VIRTUAL"
                ),
                "CREATE INDEX IF NOT EXISTS events_people ON events (people)".to_owned(),
            ],
            _ => vec![format!("CREATE INDEX events_people ON events (pos) WHERE {people}")],
        };
        for statement in statements {
            manager.get_connection().execute_unprepared(&statement).await?;
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
