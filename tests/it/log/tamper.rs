//! A log that was changed behind the program's back is found out, at the right place.

use super::*;
use watchroom::event_log::{Fault, Verdict};

/// Three batches: positions 1 to 4, 5 to 7, and 8.
async fn filled() -> (Place, EventLog) {
    let place = Place::sqlite();
    let log = place.open().await;
    let frames = |seq| ["a", "b", "c"].map(|m| vec![frame(m, seq, START_US + seq as i64)]);
    log.append([vec![vec![started(0)]], frames(1).to_vec()].concat()).await.unwrap();
    log.append(frames(2).to_vec()).await.unwrap();
    log.append(vec![vec![registered("a", 0)]]).await.unwrap();
    assert!(matches!(log.verify(|_| ()).await.unwrap(), Verdict::Sound { head: 8, batches: 3, .. }));
    (place, log)
}

/// Runs statements with every trigger dropped, and says what verification finds then.
async fn after(statements: &[&str]) -> Option<(Position, Fault)> {
    let (place, log) = filled().await;
    for (name, _) in watchroom_migrations::sqlite_triggers() {
        place.run(&format!("DROP TRIGGER {name}")).await.unwrap();
    }
    for statement in statements {
        assert!(place.run(statement).await.unwrap() > 0, "{statement} changed nothing");
    }
    match log.verify(|_| ()).await.unwrap() {
        Verdict::Sound { .. } => None,
        Verdict::Wrong { pos, fault } => Some((pos, fault)),
    }
}

#[tokio::test]
async fn nothing_is_found_where_nothing_was_done() {
    assert_eq!(after(&[]).await, None);
}

#[tokio::test]
async fn every_part_of_an_event_is_held() {
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
        let found = after(&[&format!("UPDATE events SET {change} WHERE pos IN (3, 6)")]).await;
        assert_eq!(found, Some((3, Fault::Changed)), "{change}");
    }
}

#[tokio::test]
async fn a_renamed_stream_is_found_at_its_first_event() {
    let name = format!("telemetry/{}", machine("b"));
    let rename = format!("UPDATE streams SET name = 'telemetry/x' WHERE name = '{name}'");
    assert_eq!(after(&[&rename]).await, Some((3, Fault::Changed)));
}

#[tokio::test]
async fn two_events_that_changed_places_are_found_at_the_first() {
    let swap = [
        "UPDATE events SET pos = 100 WHERE pos = 5",
        "UPDATE events SET pos = 5 WHERE pos = 7",
        "UPDATE events SET pos = 7 WHERE pos = 100",
    ];
    assert_eq!(after(&swap).await, Some((5, Fault::Changed)));
}

#[tokio::test]
async fn a_missing_event_is_found_where_it_stood() {
    for pos in [1, 4, 5, 8] {
        let found = after(&[&format!("DELETE FROM events WHERE pos = {pos}")]).await;
        assert_eq!(found, Some((pos, Fault::Missing)));
    }
}

#[tokio::test]
async fn an_event_that_was_put_in_is_found() {
    let copy = "INSERT INTO events SELECT 9, stream, 2, kind, kver, id, ts_us, key_id, leaf, meta, body \
                FROM events WHERE pos = 8";
    assert_eq!(after(&[copy]).await, Some((9, Fault::Surplus)));
}

#[tokio::test]
async fn a_record_of_a_batch_that_was_changed_is_found_where_it_begins() {
    for change in [
        "ts_us = ts_us + 1",
        "n = 2",
        "first_pos = 6",
        "node = 'two'",
        "node_seq = 9",
        "root = zeroblob(32)",
        "chain = zeroblob(32)",
    ] {
        let found = after(&[&format!("UPDATE log_batches SET {change} WHERE batch = 2")]).await;
        assert_eq!(found, Some((5, Fault::BatchChanged { batch: 2 })), "{change}");
    }
}

#[tokio::test]
async fn a_missing_batch_is_found_where_it_began() {
    for (batch, pos) in [(1, 1), (2, 5), (3, 8)] {
        let found = after(&[&format!("DELETE FROM log_batches WHERE batch = {batch}")]).await;
        assert_eq!(found, Some((pos, Fault::BatchMissing { batch })));
    }
}

#[tokio::test]
async fn a_log_that_was_cut_short_is_found_unless_the_head_was_made_to_fit() {
    let cut = ["DELETE FROM events WHERE pos = 8", "DELETE FROM log_batches WHERE batch = 3"];
    assert_eq!(after(&cut).await, Some((8, Fault::BatchMissing { batch: 3 })));
    let head = "UPDATE log_head SET next_pos = 8, next_batch = 3";
    assert_eq!(after(&[cut[0], cut[1], head]).await, Some((8, Fault::Head)));
    assert_eq!(after(&[head]).await, Some((8, Fault::Head)));
    assert_eq!(after(&["UPDATE log_head SET chain = zeroblob(32)"]).await, Some((9, Fault::Head)));
    assert_eq!(after(&["UPDATE log_head SET next_pos = 10"]).await, Some((9, Fault::Head)));
}

#[tokio::test]
async fn an_event_that_was_changed_with_its_own_check_is_found_in_its_batch() {
    let (other, _log) = filled().await;
    let other = other.file();
    let statement = format!(
        "ATTACH '{}' AS other; DELETE FROM main.events WHERE pos = 6; \
         INSERT INTO main.events SELECT * FROM other.events WHERE pos = 6",
        other.display()
    );
    assert_eq!(after(&[&statement]).await, Some((5, Fault::ChangedWithin { n: 3 })));
}
