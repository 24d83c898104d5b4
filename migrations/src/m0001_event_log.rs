//! The log itself, and what its readers keep beside it.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        if manager.get_database_backend() != DbBackend::Sqlite {
            return Err(DbErr::Migration("only SQLite can hold the log so far".into()));
        }
        for table in [
            log_head(),
            log_batches(),
            streams(),
            events(),
            producers(),
            subject_keys(),
            series(),
            cursors(),
            parked(),
        ] {
            manager.create_table(table).await?;
        }
        let db = manager.get_connection();
        for statement in INDEXES {
            db.execute_unprepared(statement).await?;
        }
        for (_, statement) in sqlite_triggers() {
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

fn table(name: &str, columns: &mut [ColumnDef]) -> TableCreateStatement {
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
fn number(name: &str) -> ColumnDef {
    column(name).big_integer().not_null().take()
}

fn text(name: &str) -> ColumnDef {
    column(name).text().not_null().take()
}

fn name(name: &str) -> ColumnDef {
    column(name).string_len(200).not_null().take()
}

/// An identifier (16 bytes) or a hash (32).
fn bytes(name: &str, length: u32) -> ColumnDef {
    column(name).binary_len(length).not_null().take()
}

fn blob(name: &str) -> ColumnDef {
    column(name).blob().not_null().take()
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

fn events() -> TableCreateStatement {
    table(
        "events",
        &mut [
            number("pos").primary_key().take(),
            number("stream"),
            column("ver").big_integer().take(),
            number("kind"),
            number("kver"),
            bytes("id", 16),
            number("ts_us"),
            column("key_id").binary_len(16).take(),
            bytes("leaf", 8),
            blob("meta"),
            blob("body"),
        ],
    )
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

fn subject_keys() -> TableCreateStatement {
    table(
        "subject_keys",
        &mut [bytes("key_id", 16).primary_key().take(), text("master"), column("wrapped").blob().take()],
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

/// Kind 30 is telemetry. A partial index is used only where a query has the very same condition.
const INDEXES: &[&str] = &[
    "CREATE UNIQUE INDEX log_batches_node ON log_batches (node, node_seq)",
    "CREATE UNIQUE INDEX log_batches_first ON log_batches (first_pos)",
    "CREATE INDEX log_batches_ts ON log_batches (ts_us)",
    "CREATE UNIQUE INDEX events_version ON events (stream, ver) WHERE ver IS NOT NULL",
    "CREATE INDEX events_stream ON events (stream, pos)",
    "CREATE INDEX events_control ON events (pos) WHERE kind <> 30",
];

/// Name and text of every trigger that keeps the log append-only on SQLite; the hub refuses to record
/// where one is missing or another.
pub fn sqlite_triggers() -> impl Iterator<Item = (&'static str, String)> {
    SQLITE_TRIGGERS.iter().map(|(name, rest)| (*name, format!("CREATE TRIGGER {name} {rest}")))
}

/// INSERT OR REPLACE removes rows without telling a DELETE trigger unless `recursive_triggers` is on in
/// that very connection, so what it would remove is looked for before it inserts.
const SQLITE_TRIGGERS: &[(&str, &str)] = &[
    (
        "events_no_update",
        "BEFORE UPDATE ON events BEGIN SELECT RAISE(ABORT, 'events are never changed'); END",
    ),
    (
        "events_no_delete",
        "BEFORE DELETE ON events WHEN OLD.pos > (SELECT purged_upto FROM log_head) \
         BEGIN SELECT RAISE(ABORT, 'events are removed only up to purged_upto'); END",
    ),
    (
        "events_no_replace",
        "BEFORE INSERT ON events WHEN EXISTS (SELECT 1 FROM events WHERE pos = NEW.pos) \
         OR (NEW.ver IS NOT NULL AND EXISTS \
         (SELECT 1 FROM events WHERE stream = NEW.stream AND ver = NEW.ver AND ver IS NOT NULL)) \
         BEGIN SELECT RAISE(ABORT, 'the position or the version is taken'); END",
    ),
    (
        "log_batches_no_update",
        "BEFORE UPDATE ON log_batches BEGIN SELECT RAISE(ABORT, 'batches are never changed'); END",
    ),
    (
        "log_batches_no_delete",
        "BEFORE DELETE ON log_batches BEGIN SELECT RAISE(ABORT, 'batches are kept for ever'); END",
    ),
    (
        "log_batches_no_replace",
        "BEFORE INSERT ON log_batches WHEN EXISTS (SELECT 1 FROM log_batches \
         WHERE batch = NEW.batch OR first_pos = NEW.first_pos \
         OR (node = NEW.node AND node_seq = NEW.node_seq)) \
         BEGIN SELECT RAISE(ABORT, 'the batch is taken'); END",
    ),
    (
        "streams_no_update",
        "BEFORE UPDATE ON streams BEGIN SELECT RAISE(ABORT, 'streams are never changed'); END",
    ),
    (
        "streams_no_delete",
        "BEFORE DELETE ON streams BEGIN SELECT RAISE(ABORT, 'streams are never removed'); END",
    ),
    (
        "streams_no_replace",
        "BEFORE INSERT ON streams WHEN EXISTS \
         (SELECT 1 FROM streams WHERE id = NEW.id OR name = NEW.name) \
         BEGIN SELECT RAISE(ABORT, 'the stream is taken'); END",
    ),
    (
        "log_head_forward_only",
        "BEFORE UPDATE ON log_head WHEN NEW.log_id <> OLD.log_id OR NEW.epoch < OLD.epoch \
         OR NEW.next_pos < OLD.next_pos OR NEW.next_batch < OLD.next_batch \
         OR NEW.purged_upto < OLD.purged_upto \
         BEGIN SELECT RAISE(ABORT, 'the head only goes forward'); END",
    ),
    (
        "log_head_no_delete",
        "BEFORE DELETE ON log_head BEGIN SELECT RAISE(ABORT, 'the head is never removed'); END",
    ),
    (
        "log_head_no_replace",
        "BEFORE INSERT ON log_head WHEN EXISTS (SELECT 1 FROM log_head) \
         BEGIN SELECT RAISE(ABORT, 'there is one head'); END",
    ),
    (
        "subject_keys_no_return",
        "BEFORE UPDATE ON subject_keys WHEN NEW.key_id <> OLD.key_id \
         OR (OLD.wrapped IS NULL AND NEW.wrapped IS NOT NULL) \
         BEGIN SELECT RAISE(ABORT, 'a destroyed key does not come back'); END",
    ),
    (
        "subject_keys_no_delete",
        "BEFORE DELETE ON subject_keys BEGIN SELECT RAISE(ABORT, 'that a key was destroyed is kept'); END",
    ),
    (
        "subject_keys_no_replace",
        "BEFORE INSERT ON subject_keys WHEN EXISTS \
         (SELECT 1 FROM subject_keys WHERE key_id = NEW.key_id) \
         BEGIN SELECT RAISE(ABORT, 'the key is taken'); END",
    ),
];
