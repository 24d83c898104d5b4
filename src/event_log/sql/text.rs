//! The statement that nearly everything goes through: many events at once, as text with places for values.
//! A builder of statements makes an expression of every single value and then text of every expression; for
//! thousands of rows a second that was a third of all work.

use super::rows;
use crate::event_log::store::EventRow;
use sea_orm::{DbBackend, Statement};
use std::fmt::Write as _;

/// The order in which [`rows::event`] gives an event's values.
const COLUMNS: [&str; rows::EVENT_VALUES] =
    ["pos", "stream", "ver", "kind", "kver", "id", "ts_us", "key_id", "leaf", "meta", "body"];

/// Inserts these events. The same number of them is the same text, which the database has prepared already.
pub(super) fn insert_events(backend: DbBackend, events: &[EventRow]) -> Statement {
    Statement::from_sql_and_values(
        backend,
        insert(backend, events.len()),
        events.iter().flat_map(rows::event),
    )
}

fn insert(backend: DbBackend, count: usize) -> String {
    let mut text = format!("INSERT INTO events ({}) VALUES ", COLUMNS.join(", "));
    text.reserve(count * COLUMNS.len() * 6);
    for place in 0..count * COLUMNS.len() {
        text.push_str(match (place, place % COLUMNS.len()) {
            (0, _) => "(",
            (_, 0) => "), (",
            _ => ", ",
        });
        if backend == DbBackend::Postgres {
            // Writing into a string cannot fail.
            let _ = write!(text, "${}", place + 1);
        } else {
            text.push('?');
        }
    }
    text.push(')');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_database_has_its_own_places() {
        let columns = "(pos, stream, ver, kind, kver, id, ts_us, key_id, leaf, meta, body)";
        let one = "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
        for backend in [DbBackend::Sqlite, DbBackend::MySql] {
            assert_eq!(insert(backend, 2), format!("INSERT INTO events {columns} VALUES {one}, {one}"));
        }
        let postgres = insert(DbBackend::Postgres, 2);
        assert!(
            postgres.contains("VALUES ($1, $2,")
                && postgres.ends_with("$11), ($12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22)"),
            "{postgres}"
        );
    }
}
