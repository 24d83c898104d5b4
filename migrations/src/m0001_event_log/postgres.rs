//! The triggers of PostgreSQL, each with a function of its own name. INSERT cannot replace a row there.

/// A trigger that keeps the log append-only on PostgreSQL.
#[derive(Clone, Copy, Debug)]
pub struct PostgresTrigger {
    /// Its name, and that of its function.
    pub name: &'static str,
    /// The table it watches over.
    pub table: &'static str,
    /// What it fires before: `UPDATE`, `DELETE` (both for each row) or `TRUNCATE`.
    pub event: &'static str,
    /// Body of the function, as `pg_proc.prosrc` holds it.
    pub body: &'static str,
}

impl PostgresTrigger {
    /// What `pg_trigger.tgtype` says of it.
    pub fn kind(&self) -> i16 {
        const ROW: i16 = 1;
        const BEFORE: i16 = 2;
        BEFORE
            | match self.event {
                "DELETE" => ROW | 8,
                "UPDATE" => ROW | 16,
                _ => 32,
            }
    }

    pub(super) fn statements(self) -> [String; 3] {
        let Self { name, table, event, body } = self;
        let each = if event == "TRUNCATE" { "STATEMENT" } else { "ROW" };
        [
            format!("CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $${body}$$"),
            format!(
                "CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH {each} EXECUTE FUNCTION {name}()"
            ),
            // Also while replication rows are applied.
            format!("ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}"),
        ]
    }
}

/// Every trigger that keeps the log append-only on PostgreSQL; the hub refuses to record where one is missing
/// or another.
pub fn postgres_triggers() -> impl Iterator<Item = PostgresTrigger> {
    TRIGGERS.iter().map(|(name, table, event, body)| PostgresTrigger { name, table, event, body })
}

const TRIGGERS: &[(&str, &str, &str, &str)] = &[
    ("events_no_update", "events", "UPDATE", "BEGIN RAISE EXCEPTION 'events are never changed'; END"),
    (
        "events_no_delete",
        "events",
        "DELETE",
        "BEGIN IF OLD.pos > (SELECT purged_upto FROM log_head) THEN \
         RAISE EXCEPTION 'events are removed only up to purged_upto'; END IF; RETURN OLD; END",
    ),
    ("events_no_truncate", "events", "TRUNCATE", "BEGIN RAISE EXCEPTION 'events are never removed'; END"),
    (
        "log_batches_no_update",
        "log_batches",
        "UPDATE",
        "BEGIN RAISE EXCEPTION 'batches are never changed'; END",
    ),
    (
        "log_batches_no_delete",
        "log_batches",
        "DELETE",
        "BEGIN RAISE EXCEPTION 'batches are kept for ever'; END",
    ),
    (
        "log_batches_no_truncate",
        "log_batches",
        "TRUNCATE",
        "BEGIN RAISE EXCEPTION 'batches are kept for ever'; END",
    ),
    ("streams_no_update", "streams", "UPDATE", "BEGIN RAISE EXCEPTION 'streams are never changed'; END"),
    ("streams_no_delete", "streams", "DELETE", "BEGIN RAISE EXCEPTION 'streams are never removed'; END"),
    ("streams_no_truncate", "streams", "TRUNCATE", "BEGIN RAISE EXCEPTION 'streams are never removed'; END"),
    (
        "log_head_forward_only",
        "log_head",
        "UPDATE",
        "BEGIN IF NEW.id <> OLD.id OR NEW.log_id <> OLD.log_id OR NEW.epoch < OLD.epoch \
         OR NEW.next_pos < OLD.next_pos OR NEW.next_batch < OLD.next_batch \
         OR NEW.purged_upto < OLD.purged_upto THEN \
         RAISE EXCEPTION 'the head only goes forward'; END IF; RETURN NEW; END",
    ),
    ("log_head_no_delete", "log_head", "DELETE", "BEGIN RAISE EXCEPTION 'the head is never removed'; END"),
    (
        "log_head_no_truncate",
        "log_head",
        "TRUNCATE",
        "BEGIN RAISE EXCEPTION 'the head is never removed'; END",
    ),
    (
        "subject_keys_no_return",
        "subject_keys",
        "UPDATE",
        "BEGIN IF NEW.key_id <> OLD.key_id OR (OLD.wrapped IS NULL AND NEW.wrapped IS NOT NULL) THEN \
         RAISE EXCEPTION 'a destroyed key does not come back'; END IF; RETURN NEW; END",
    ),
    (
        "subject_keys_no_delete",
        "subject_keys",
        "DELETE",
        "BEGIN RAISE EXCEPTION 'that a key was destroyed is kept'; END",
    ),
    (
        "subject_keys_no_truncate",
        "subject_keys",
        "TRUNCATE",
        "BEGIN RAISE EXCEPTION 'that a key was destroyed is kept'; END",
    ),
];
