//! Schema of the event log, one source for every database.
//!
//! A migration is never changed once it was released; what must be otherwise is a further migration.

mod m0001_event_log;
mod m0002_commands;
mod m0003_people;

pub use m0001_event_log::{
    MariaDbTrigger, PostgresTrigger, mariadb_triggers, postgres_triggers, sqlite_triggers,
};
pub use m0003_people::by_people;
pub use sea_orm_migration::{MigrationTrait, MigratorTrait};

/// All migrations, in order.
#[derive(Debug)]
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m0001_event_log::Migration),
            Box::new(m0002_commands::Migration),
            Box::new(m0003_people::Migration),
        ]
    }
}
