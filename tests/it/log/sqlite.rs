//! What holds in SQLite's file: nothing is changed, nothing personal is in plain, everything stays.

use super::*;
use sea_orm::Statement;
use std::os::unix::fs::PermissionsExt;
use watchroom::event_log::Verdict;

/// Two batches: positions 1 to 3, and 4.
async fn filled(place: &Place) -> EventLog {
    let log = place.open().await;
    log.append(vec![vec![started(0)], vec![registered("a", 0), frame("a", 1, START_US)]]).await.unwrap();
    log.append(vec![vec![started(1)]]).await.unwrap();
    log
}

fn bytes_on_disk(place: &Place) -> Vec<u8> {
    let directory = std::fs::read_dir(place.file().parent().unwrap()).unwrap();
    directory.flat_map(|file| std::fs::read(file.unwrap().path()).unwrap()).collect()
}

fn holds(bytes: &[u8], text: &[u8]) -> bool {
    bytes.windows(text.len()).any(|window| window == text)
}

#[tokio::test]
async fn everything_stays_when_the_log_is_opened_again() {
    let place = Place::sqlite();
    let log = filled(&place).await;
    let mut cursor = log.claim_cursor("mail", 0).await.unwrap();
    log.advance_cursor(&mut cursor, 2).await.unwrap();
    let before = (log.read(0, 10).await.unwrap(), log.verify(|_| ()).await.unwrap());
    drop(log);
    let log = place.open().await;
    assert_eq!((log.read(0, 10).await.unwrap(), log.verify(|_| ()).await.unwrap()), before);
    assert_eq!(log.cursor("mail").await.unwrap().unwrap(), cursor);
    assert_eq!(log.producers().await.unwrap(), [(machine("a").0, 1, 1)]);
    assert!(log.append(vec![vec![frame("a", 1, START_US)]]).await.unwrap()[0].is_err());
    assert_eq!(log.append(vec![vec![started(2)]]).await.unwrap()[0].as_ref().unwrap()[0].pos, 5);
    assert!(matches!(log.verify(|_| ()).await.unwrap(), Verdict::Sound { head: 5, batches: 3, .. }));
}

#[tokio::test]
async fn only_its_owner_may_read_the_file() {
    let place = Place::sqlite();
    let _log = filled(&place).await;
    for file in std::fs::read_dir(place.file().parent().unwrap()).unwrap() {
        let file = file.unwrap();
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{:?}", file.path());
    }
}

#[tokio::test]
async fn the_database_itself_refuses_to_change_what_was_recorded() {
    let place = Place::sqlite();
    let log = filled(&place).await;
    let event = "(pos, stream, ver, kind, kver, id, ts_us, leaf, meta, body)";
    let values = "1, 1, x'00', 0, x'00', x'00', x'00')";
    for refused in [
        "UPDATE events SET body = x'00' WHERE pos = 2".to_owned(),
        "DELETE FROM events WHERE pos = 4".to_owned(),
        format!("INSERT OR REPLACE INTO events {event} VALUES (2, 1, NULL, {values}"),
        format!("REPLACE INTO events {event} VALUES (99, 1, 1, {values}"),
        format!("INSERT INTO events {event} VALUES (99, 1, 1, {values}"),
        "UPDATE log_batches SET n = 1".to_owned(),
        "DELETE FROM log_batches WHERE batch = 2".to_owned(),
        "INSERT OR REPLACE INTO log_batches VALUES (2, 9, 1, 'two', 1, 0, x'00', x'00')".to_owned(),
        "INSERT OR REPLACE INTO log_batches VALUES (9, 9, 1, 'one', 2, 0, x'00', x'00')".to_owned(),
        "UPDATE streams SET name = 'x'".to_owned(),
        "DELETE FROM streams".to_owned(),
        "INSERT OR REPLACE INTO streams VALUES (99, 'hub')".to_owned(),
        "UPDATE log_head SET next_pos = 3".to_owned(),
        "UPDATE log_head SET log_id = x'00'".to_owned(),
        "DELETE FROM log_head".to_owned(),
        "INSERT OR REPLACE INTO log_head VALUES (1, x'00', 1, 1, 1, x'00', 0)".to_owned(),
    ] {
        let error = place.run(&refused).await.expect_err(&refused);
        assert!(!error.contains("syntax"), "{refused}: {error}");
    }
    assert!(matches!(log.verify(|_| ()).await.unwrap(), Verdict::Sound { head: 4, .. }));
}

#[tokio::test]
async fn a_destroyed_key_does_not_come_back() {
    let place = Place::sqlite();
    let log = place.open().await;
    let ada = SubjectId::derived(&["ada"]);
    log.append(vec![vec![registered("a", 0), keeper_set("a", ada, "Ada", 1)]]).await.unwrap();
    log.forget(ada).await.unwrap();
    for refused in [
        "UPDATE subject_keys SET wrapped = x'00'",
        "DELETE FROM subject_keys",
        "INSERT OR REPLACE INTO subject_keys SELECT key_id, master, x'00' FROM subject_keys",
    ] {
        place.run(refused).await.expect_err(refused);
    }
    drop(log);
    let event = place.open().await.read(1, 1).await.unwrap().remove(0);
    assert_eq!(event.event, Event::Forgotten { kind: 13, subject: ada });
}

#[tokio::test]
async fn a_log_without_its_triggers_is_not_written_to() {
    let place = Place::sqlite();
    drop(filled(&place).await);
    place.run("DROP TRIGGER events_no_delete").await.unwrap();
    assert!(matches!(place.refused().await, LogError::Unfit(why) if why.contains("events_no_delete")));
    let weaker = "CREATE TRIGGER events_no_delete BEFORE DELETE ON events BEGIN SELECT 1; END";
    place.run(weaker).await.unwrap();
    assert!(matches!(place.refused().await, LogError::Unfit(why) if why.contains("events_no_delete")));
}

#[tokio::test]
async fn no_personal_text_is_on_the_disk_and_a_forgotten_key_neither() {
    let place = Place::sqlite();
    let log = place.open().await;
    let ada = SubjectId::derived(&["ada"]);
    let name = "Ada Lovelace-Byron";
    log.append(vec![vec![registered("machine-in-plain", 0), keeper_set("machine-in-plain", ada, name, 1)]])
        .await
        .unwrap();
    let bytes = bytes_on_disk(&place);
    assert!(holds(&bytes, b"machine-in-plain"));
    for text in [name, "Lovelace", "ada@example.org", "7946 0000"] {
        assert!(!holds(&bytes, text.as_bytes()), "{text}");
    }
    let db = place.raw().await;
    let wrapped = Statement::from_string(db.get_database_backend(), "SELECT wrapped FROM subject_keys");
    let row = db.query_one_raw(wrapped).await.unwrap().unwrap();
    let wrapped: Vec<u8> = row.try_get_by_index(0).unwrap();
    db.close().await.unwrap();
    assert!(holds(&bytes_on_disk(&place), &wrapped));
    log.forget(ada).await.unwrap();
    let bytes = bytes_on_disk(&place);
    for part in wrapped.chunks_exact(8) {
        assert!(!holds(&bytes, part));
    }
}

#[tokio::test]
async fn a_sealed_body_cannot_be_put_in_another_events_place() {
    let place = Place::sqlite();
    let log = place.open().await;
    let ada = SubjectId::derived(&["ada"]);
    let keepers = vec![keeper_set("a", ada, "Ada", 0), keeper_set("a", ada, "Lovelace", 1)];
    log.append(vec![keepers]).await.unwrap()[0].as_ref().unwrap();
    place.run("DROP TRIGGER events_no_update").await.unwrap();
    let swap = "UPDATE events SET body = (SELECT body FROM events WHERE pos = 1) WHERE pos = 2";
    place.run(swap).await.unwrap();
    assert!(matches!(log.read(0, 10).await.unwrap_err(), LogError::Unreadable { pos: 2, .. }));
    assert_eq!(log.read(0, 1).await.unwrap().len(), 1);
}

#[tokio::test]
async fn another_master_key_is_refused_by_name() {
    let place = Place::sqlite();
    let ada = SubjectId::derived(&["ada"]);
    let log = place.open().await;
    log.append(vec![vec![registered("a", 0), keeper_set("a", ada, "Ada", 1)]]).await.unwrap();
    drop(log);
    let options = LogOptions { master_key: MasterKey::new("other", [8; 32]), ..place.options("one") };
    let other = options.master_key.clone();
    let error = EventLog::open(place.address.clone(), options).await.unwrap_err();
    assert!(
        matches!(error, LogError::MasterKey { needed, given } if needed == "test-2026" && given == "other")
    );
    // To verify takes no key.
    for key in [None, Some(other)] {
        let log = EventLog::open_read_only(place.address.clone(), key).await.unwrap();
        assert!(matches!(log.verify(|_| ()).await.unwrap(), Verdict::Sound { head: 2, .. }));
        assert!(matches!(log.read(0, 10).await.unwrap_err(), LogError::MasterKey { .. }));
    }
}

#[tokio::test]
async fn a_log_is_read_while_another_records_and_when_none_does() {
    let place = Place::sqlite();
    let log = filled(&place).await;
    let reader = EventLog::open_read_only(place.address.clone(), Some(place.options("reader").master_key))
        .await
        .unwrap();
    assert_eq!(reader.head().await.unwrap(), 4);
    log.append(vec![vec![started(2)]]).await.unwrap();
    assert_eq!(reader.read(4, 10).await.unwrap(), log.read(4, 10).await.unwrap());
    assert!(matches!(reader.append(vec![vec![started(3)]]).await.unwrap_err(), LogError::ReadOnly));
    assert!(matches!(reader.claim_cursor("x", 0).await.unwrap_err(), LogError::ReadOnly));
    drop((log, reader));
    let reader = EventLog::open_read_only(place.address.clone(), Some(place.options("reader").master_key))
        .await
        .unwrap();
    assert!(matches!(reader.verify(|_| ()).await.unwrap(), Verdict::Sound { head: 5, .. }));
}

#[tokio::test]
async fn what_is_no_log_is_refused() {
    let place = Place::sqlite();
    let missing = EventLog::open_read_only(place.address.clone(), Some(place.options("reader").master_key))
        .await
        .unwrap_err();
    assert!(matches!(missing, LogError::Database(why) if why.starts_with("there is no file")));
    for url in ["", "sqlite://", "postgres://db/log", "/var/lib/log.db"] {
        let error = EventLog::open(url, place.options("one")).await.unwrap_err();
        assert!(matches!(error, LogError::Address(_)), "{url}: {error}");
    }
    std::fs::write(place.file(), b"This is a diary, not a database, and it is long enough to be one. ")
        .unwrap();
    assert!(matches!(place.refused().await, LogError::Database(_)));
}

#[tokio::test]
async fn two_nodes_record_in_turn_and_one_sees_what_the_other_did() {
    let place = Place::sqlite();
    let one = filled(&place).await;
    let two = EventLog::open(place.address.clone(), place.options("two")).await.unwrap();
    assert!(two.append(vec![vec![started(1)]]).await.unwrap()[0].is_err());
    assert!(two.append(vec![vec![started(2)], vec![frame("b", 1, START_US)]]).await.unwrap()[0].is_ok());
    let outcomes = one
        .append(vec![vec![started(2)], vec![frame("b", 1, START_US)], vec![registered("new", 0)]])
        .await
        .unwrap();
    assert!(outcomes[0].is_err() && outcomes[1].is_err() && outcomes[2].is_ok());
    assert!(two.append(vec![vec![registered("new", 1)]]).await.unwrap()[0].is_ok());
    assert!(matches!(one.verify(|_| ()).await.unwrap(), Verdict::Sound { head: 8, batches: 5, .. }));
}

#[tokio::test]
async fn kinds_and_versions_that_are_not_known_are_skipped_not_refused() {
    let place = Place::sqlite();
    let log = filled(&place).await;
    // As a later version of the program would have recorded it.
    place.run("DROP TRIGGER events_no_update").await.unwrap();
    place.run("UPDATE events SET kver = 9 WHERE pos = 1").await.unwrap();
    place.run("UPDATE events SET kind = 900, body = x'ff' WHERE pos = 2").await.unwrap();
    place.run("UPDATE events SET kver = 2, body = x'ff' WHERE pos = 3").await.unwrap();
    let events = log.read(0, 10).await.unwrap();
    assert_eq!(events[0].event, Event::Unknown { kind: 1, version: 9 });
    assert_eq!(events[1].event, Event::Unknown { kind: 900, version: 1 });
    assert_eq!(events[2].event, Event::Unknown { kind: 30, version: 2 });
    assert_eq!(events.len(), 4);
}

#[tokio::test]
async fn a_closed_log_is_one_file_and_records_no_more() {
    let place = Place::sqlite();
    let log = filled(&place).await;
    log.close().await.unwrap();
    let files: Vec<_> = std::fs::read_dir(place.file().parent().unwrap()).unwrap().collect();
    assert_eq!(files.len(), 1, "{files:?}");
    assert!(matches!(log.append(vec![vec![started(2)]]).await.unwrap_err(), LogError::Database(_)));
    assert_eq!(place.open().await.head().await.unwrap(), 4);
}

#[tokio::test]
async fn storage_tells_what_is_on_disk() {
    let place = Place::sqlite();
    let log = filled(&place).await;
    let storage = log.storage().await.unwrap();
    assert!(storage.database_bytes + storage.wal_bytes > 4_096, "{storage:?}");
}

#[tokio::test]
async fn a_cursor_notices_another_history() {
    let place = Place::sqlite();
    let log = filled(&place).await;
    let mut cursor = log.claim_cursor("mail", 0).await.unwrap();
    log.advance_cursor(&mut cursor, 4).await.unwrap();
    drop(log);
    // The same cursor in another log that is as long: as after a restore and some further events.
    let other = Place::sqlite();
    let log = filled(&other).await;
    let mut theirs = log.claim_cursor("mail", 0).await.unwrap();
    log.advance_cursor(&mut theirs, 4).await.unwrap();
    let chain: String = cursor.chain().iter().map(|b| format!("{b:02x}")).collect();
    other.run(&format!("UPDATE cursors SET chain = x'{chain}'")).await.unwrap();
    let error = log.claim_cursor("mail", 0).await.unwrap_err();
    assert!(matches!(error, LogError::Forked { pos: 4, .. }));
    // And one that stands beyond the end of a log that was cut short.
    other.run("UPDATE cursors SET pos = 9").await.unwrap();
    assert!(matches!(log.cursor("mail").await.unwrap_err(), LogError::Forked { pos: 9, .. }));
}
