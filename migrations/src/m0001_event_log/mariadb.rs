//! What MariaDB has of its own. There is no trigger against TRUNCATE: the hub's account has no DROP, without
//! which the server refuses it. REPLACE tells DELETE triggers, so that nothing has to watch over INSERT; keys
//! are unique by their indexes, in which any number of NULLs may stand.

pub(super) const INDEXES: &[&str] = &[
    "CREATE UNIQUE INDEX IF NOT EXISTS log_batches_node ON log_batches (node, node_seq)",
    "CREATE UNIQUE INDEX IF NOT EXISTS log_batches_first ON log_batches (first_pos)",
    "CREATE INDEX IF NOT EXISTS log_batches_ts ON log_batches (ts_us)",
    "CREATE UNIQUE INDEX IF NOT EXISTS events_version ON events (stream, ver)",
    "CREATE INDEX IF NOT EXISTS events_stream ON events (stream, pos)",
    "CREATE INDEX IF NOT EXISTS events_control ON events (control)",
];

/// A trigger that keeps the log append-only on MariaDB.
#[derive(Clone, Copy, Debug)]
pub struct MariaDbTrigger {
    /// Its name.
    pub name: &'static str,
    /// The table it watches over.
    pub table: &'static str,
    /// What it fires before: `UPDATE` or `DELETE`.
    pub event: &'static str,
    /// What it does for each row, as the server gives it back.
    pub action: &'static str,
}

impl MariaDbTrigger {
    pub(super) fn statement(&self) -> String {
        let Self { name, table, event, action } = self;
        format!("CREATE TRIGGER IF NOT EXISTS {name} BEFORE {event} ON {table} FOR EACH ROW {action}")
    }
}

/// Every trigger that keeps the log append-only on MariaDB; the hub refuses to record where one is missing
/// or another.
pub fn mariadb_triggers() -> impl Iterator<Item = MariaDbTrigger> {
    TRIGGERS.iter().map(|(name, table, event, action)| MariaDbTrigger { name, table, event, action })
}

const TRIGGERS: &[(&str, &str, &str, &str)] = &[
    (
        "events_no_update",
        "events",
        "UPDATE",
        "SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'events are never changed'",
    ),
    (
        "events_no_delete",
        "events",
        "DELETE",
        "IF OLD.pos > (SELECT purged_upto FROM log_head) THEN \
         SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'events are removed only up to purged_upto'; END IF",
    ),
    (
        "log_batches_no_update",
        "log_batches",
        "UPDATE",
        "SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'batches are never changed'",
    ),
    (
        "log_batches_no_delete",
        "log_batches",
        "DELETE",
        "SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'batches are kept for ever'",
    ),
    (
        "streams_no_update",
        "streams",
        "UPDATE",
        "SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'streams are never changed'",
    ),
    (
        "streams_no_delete",
        "streams",
        "DELETE",
        "SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'streams are never removed'",
    ),
    (
        "log_head_forward_only",
        "log_head",
        "UPDATE",
        "IF NEW.id <> OLD.id OR NEW.log_id <> OLD.log_id OR NEW.epoch < OLD.epoch \
         OR NEW.next_pos < OLD.next_pos OR NEW.next_batch < OLD.next_batch \
         OR NEW.purged_upto < OLD.purged_upto THEN \
         SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'the head only goes forward'; END IF",
    ),
    (
        "log_head_no_delete",
        "log_head",
        "DELETE",
        "SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'the head is never removed'",
    ),
    (
        "subject_keys_no_return",
        "subject_keys",
        "UPDATE",
        "IF NEW.key_id <> OLD.key_id OR (OLD.wrapped IS NULL AND NEW.wrapped IS NOT NULL) THEN \
         SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'a destroyed key does not come back'; END IF",
    ),
    (
        "subject_keys_no_delete",
        "subject_keys",
        "DELETE",
        "SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'that a key was destroyed is kept'",
    ),
];
