//! What SQLite has of its own: partial indexes, and triggers that keep the log append-only.

/// Kind 30 is telemetry. A partial index is used only where a query has the very same condition.
pub(super) const INDEXES: &[&str] = &[
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
