//! A log that was changed behind the program's back is found out, at the right place.

use super::*;
use watchroom::event_log::{Fault, Verdict};

on_every_database!(
    nothing_is_found_where_nothing_was_done,
    every_part_of_an_event_is_held,
    a_renamed_stream_is_found_at_its_first_event,
    two_events_that_changed_places_are_found_at_the_first,
    a_missing_event_is_found_where_it_stood,
    an_event_that_was_put_in_is_found,
    a_record_of_a_batch_that_was_changed_is_found_where_it_begins,
    a_missing_batch_is_found_where_it_began,
    a_log_that_was_cut_short_is_found_unless_the_head_was_made_to_fit,
);

/// A log whose triggers are gone, and which is made anew for each case by taking everything back.
struct Tampered {
    place: Place,
    log: EventLog,
}

impl Tampered {
    /// Three batches: positions 1 to 4, 5 to 7, and 8.
    async fn filled(place: Place) -> Self {
        let log = place.open().await;
        let frames = |seq| ["a", "b", "c"].map(|m| vec![frame(m, seq, START_US + seq as i64)]);
        log.append([vec![vec![started(0)]], frames(1).to_vec()].concat()).await.unwrap();
        log.append(frames(2).to_vec()).await.unwrap();
        log.append(vec![vec![registered("a", 0)]]).await.unwrap();
        assert!(matches!(log.verify(|_| ()).await.unwrap(), Verdict::Sound { head: 8, batches: 3, .. }));
        place.drop_triggers().await;
        let this = Self { place, log };
        for table in TABLES {
            this.run(&format!("CREATE TABLE kept_{table} AS SELECT * FROM {table}")).await;
        }
        this
    }

    async fn run(&self, statement: &str) -> u64 {
        let statement = words(self.place.kind(), statement);
        self.place.run(&statement).await.unwrap_or_else(|e| panic!("{statement}: {e}"))
    }

    /// Runs statements, says what verification finds then, and takes them back.
    async fn after(&self, statements: &[&str]) -> Option<(Position, Fault)> {
        for statement in statements {
            assert!(self.run(statement).await > 0, "{statement} changed nothing");
        }
        let verdict = self.log.verify(|_| ()).await.unwrap();
        for (table, columns) in TABLES.into_iter().zip(COLUMNS) {
            self.run(&format!("DELETE FROM {table}")).await;
            self.run(&format!("INSERT INTO {table} ({columns}) SELECT {columns} FROM kept_{table}")).await;
        }
        match verdict {
            Verdict::Sound { .. } => None,
            Verdict::Wrong { pos, fault } => Some((pos, fault)),
        }
    }
}

const TABLES: [&str; 4] = ["events", "log_batches", "streams", "log_head"];
const COLUMNS: [&str; 4] = [
    "pos, stream, ver, kind, kver, id, ts_us, key_id, leaf, meta, body",
    "batch, first_pos, n, node, node_seq, ts_us, root, chain",
    "id, name",
    "id, log_id, epoch, next_pos, next_batch, chain, purged_upto",
];

/// Statements are written as for SQLite; what other databases say otherwise.
fn words(kind: Option<Kind>, statement: &str) -> String {
    let known: &[(&str, &str)] = match kind {
        None => &[],
        Some(Kind::Postgres) => &[
            (
                "CAST(substr(body, 1, length(body) - 1) || x'99' AS BLOB)",
                "substr(body, 1, length(body) - 1) || '\\x99'::bytea",
            ),
            ("CAST(body || x'00' AS BLOB)", "body || '\\x00'::bytea"),
            (
                "CAST(replace(meta, '\"epoch\":1', '\"epoch\":2') AS BLOB)",
                "convert_to(replace(convert_from(meta, 'UTF8'), '\"epoch\":1', '\"epoch\":2'), 'UTF8')",
            ),
            ("zeroblob(8)", "decode(repeat('00', 8), 'hex')"),
            ("zeroblob(16)", "decode(repeat('00', 16), 'hex')"),
            ("zeroblob(32)", "decode(repeat('00', 32), 'hex')"),
        ],
        Some(Kind::MariaDb) => &[
            (
                "CAST(substr(body, 1, length(body) - 1) || x'99' AS BLOB)",
                "CONCAT(SUBSTR(body, 1, LENGTH(body) - 1), x'99')",
            ),
            ("CAST(body || x'00' AS BLOB)", "CONCAT(body, x'00')"),
            (
                "CAST(replace(meta, '\"epoch\":1', '\"epoch\":2') AS BLOB)",
                "REPLACE(meta, '\"epoch\":1', '\"epoch\":2')",
            ),
            ("zeroblob(8)", "REPEAT(x'00', 8)"),
            ("zeroblob(16)", "REPEAT(x'00', 16)"),
            ("zeroblob(32)", "REPEAT(x'00', 32)"),
        ],
    };
    known.iter().fold(statement.to_owned(), |text, (theirs, ours)| text.replace(theirs, ours))
}

async fn nothing_is_found_where_nothing_was_done(place: Place) {
    assert_eq!(Tampered::filled(place).await.after(&[]).await, None);
}

async fn every_part_of_an_event_is_held(place: Place) {
    let given = Tampered::filled(place).await;
    for change in [
        "body = CAST(substr(body, 1, length(body) - 1) || x'99' AS BLOB)",
        "body = CAST(body || x'00' AS BLOB)",
        "ts_us = ts_us + 1",
        "meta = CAST(replace(meta, '\"epoch\":1', '\"epoch\":2') AS BLOB)",
        "kind = 31",
        "kver = 2",
        "stream = 1",
        "ver = 9 + pos",
        "id = zeroblob(16)",
        "key_id = zeroblob(16)",
        "leaf = zeroblob(8)",
    ] {
        let found = given.after(&[&format!("UPDATE events SET {change} WHERE pos IN (3, 6)")]).await;
        assert_eq!(found, Some((3, Fault::Changed)), "{change}");
    }
}

async fn a_renamed_stream_is_found_at_its_first_event(place: Place) {
    let name = format!("telemetry/{}", machine("b"));
    let rename = format!("UPDATE streams SET name = 'telemetry/x' WHERE name = '{name}'");
    assert_eq!(Tampered::filled(place).await.after(&[&rename]).await, Some((3, Fault::Changed)));
}

async fn two_events_that_changed_places_are_found_at_the_first(place: Place) {
    let swap = [
        "UPDATE events SET pos = 100 WHERE pos = 5",
        "UPDATE events SET pos = 5 WHERE pos = 7",
        "UPDATE events SET pos = 7 WHERE pos = 100",
    ];
    assert_eq!(Tampered::filled(place).await.after(&swap).await, Some((5, Fault::Changed)));
}

async fn a_missing_event_is_found_where_it_stood(place: Place) {
    let given = Tampered::filled(place).await;
    for pos in [1, 4, 5, 8] {
        let found = given.after(&[&format!("DELETE FROM events WHERE pos = {pos}")]).await;
        assert_eq!(found, Some((pos, Fault::Missing)));
    }
}

async fn an_event_that_was_put_in_is_found(place: Place) {
    let (all, rest) = (COLUMNS[0], "stream, 2, kind, kver, id, ts_us, key_id, leaf, meta, body");
    let copy = format!("INSERT INTO events ({all}) SELECT 9, {rest} FROM events WHERE pos = 8");
    assert_eq!(Tampered::filled(place).await.after(&[&copy]).await, Some((9, Fault::Surplus)));
}

async fn a_record_of_a_batch_that_was_changed_is_found_where_it_begins(place: Place) {
    let given = Tampered::filled(place).await;
    for change in [
        "ts_us = ts_us + 1",
        "n = 2",
        "first_pos = 6",
        "node = 'two'",
        "node_seq = 9",
        "root = zeroblob(32)",
        "chain = zeroblob(32)",
    ] {
        let found = given.after(&[&format!("UPDATE log_batches SET {change} WHERE batch = 2")]).await;
        assert_eq!(found, Some((5, Fault::BatchChanged { batch: 2 })), "{change}");
    }
}

async fn a_missing_batch_is_found_where_it_began(place: Place) {
    let given = Tampered::filled(place).await;
    for (batch, pos) in [(1, 1), (2, 5), (3, 8)] {
        let found = given.after(&[&format!("DELETE FROM log_batches WHERE batch = {batch}")]).await;
        assert_eq!(found, Some((pos, Fault::BatchMissing { batch })));
    }
}

async fn a_log_that_was_cut_short_is_found_unless_the_head_was_made_to_fit(place: Place) {
    let given = Tampered::filled(place).await;
    let cut = ["DELETE FROM events WHERE pos = 8", "DELETE FROM log_batches WHERE batch = 3"];
    assert_eq!(given.after(&cut).await, Some((8, Fault::BatchMissing { batch: 3 })));
    let head = "UPDATE log_head SET next_pos = 8, next_batch = 3";
    assert_eq!(given.after(&[cut[0], cut[1], head]).await, Some((8, Fault::Head)));
    assert_eq!(given.after(&[head]).await, Some((8, Fault::Head)));
    assert_eq!(given.after(&["UPDATE log_head SET chain = zeroblob(32)"]).await, Some((9, Fault::Head)));
    assert_eq!(given.after(&["UPDATE log_head SET next_pos = 10"]).await, Some((9, Fault::Head)));
}

#[tokio::test]
async fn an_event_that_was_changed_with_its_own_check_is_found_in_its_batch() {
    let other = Tampered::filled(Place::sqlite()).await;
    let other = other.place.file();
    let statement = format!(
        "ATTACH '{}' AS other; DELETE FROM main.events WHERE pos = 6; \
         INSERT INTO main.events SELECT * FROM other.events WHERE pos = 6",
        other.display()
    );
    let given = Tampered::filled(Place::sqlite()).await;
    assert_eq!(given.after(&[&statement]).await, Some((5, Fault::ChangedWithin { n: 3 })));
}
