//! What holds on a database server: nothing is changed, one hub records, everything stays.

use super::*;
use watchroom::event_log::{ArchiveReader, ArchiveWriter, Enclosed, Restoring, Verdict, read_header};

on_every_server!(
    everything_stays_when_the_log_is_opened_again,
    the_server_itself_refuses_to_change_what_was_recorded,
    a_destroyed_key_does_not_come_back,
    a_log_without_its_triggers_is_not_written_to,
    a_second_hub_is_refused_and_the_next_one_is_not,
    a_log_is_read_while_another_records,
    a_log_that_another_recorded_in_behind_its_back_is_noticed,
    storage_tells_what_is_on_disk,
    a_log_moves_here_from_another_database_as_it_was,
);

/// Two batches: positions 1 to 3, and 4.
async fn filled(place: &Place) -> EventLog {
    let log = place.open().await;
    log.append(vec![vec![started(0)], vec![registered("a", 0), frame("a", 1, START_US)]]).await.unwrap();
    log.append(vec![vec![started(1)]]).await.unwrap();
    log
}

async fn everything_stays_when_the_log_is_opened_again(place: Place) {
    let log = filled(&place).await;
    let mut cursor = log.claim_cursor("mail", 0).await.unwrap();
    log.advance_cursor(&mut cursor, 2).await.unwrap();
    let before = (log.read(0, 10).await.unwrap(), log.verify(|_| ()).await.unwrap());
    log.close().await.unwrap();
    let log = place.open().await;
    assert_eq!((log.read(0, 10).await.unwrap(), log.verify(|_| ()).await.unwrap()), before);
    assert_eq!(log.cursor("mail").await.unwrap().unwrap(), cursor);
    assert_eq!(log.producers().await.unwrap(), [(machine("a").0, 1, 1)]);
    assert!(log.append(vec![vec![frame("a", 1, START_US)]]).await.unwrap()[0].is_err());
    assert_eq!(log.append(vec![vec![started(2)]]).await.unwrap()[0].as_ref().unwrap()[0].pos, 5);
}

async fn the_server_itself_refuses_to_change_what_was_recorded(place: Place) {
    let log = filled(&place).await;
    let mut refused = vec![
        "UPDATE events SET kver = 2 WHERE pos = 2",
        "DELETE FROM events WHERE pos = 4",
        "TRUNCATE TABLE events",
        "INSERT INTO events SELECT * FROM events WHERE pos = 2",
        "UPDATE log_batches SET n = 1",
        "DELETE FROM log_batches WHERE batch = 2",
        "TRUNCATE TABLE log_batches",
        "UPDATE streams SET name = 'x'",
        "DELETE FROM streams",
        "TRUNCATE TABLE streams",
        "INSERT INTO streams VALUES (99, 'hub')",
        "UPDATE log_head SET next_pos = 3",
        "UPDATE log_head SET epoch = 0",
        "DELETE FROM log_head",
        "TRUNCATE TABLE log_head",
    ];
    match place.server().kind {
        Kind::Postgres => refused.extend([
            "TRUNCATE events, log_batches, streams, log_head, subject_keys, cursors",
            "INSERT INTO log_batches SELECT * FROM log_batches ON CONFLICT (batch) DO UPDATE SET n = 9",
            "INSERT INTO streams VALUES (1, 'x') ON CONFLICT (id) DO UPDATE SET name = 'x'",
        ]),
        Kind::MariaDb => refused.extend([
            "REPLACE INTO streams VALUES (1, 'x')",
            "REPLACE INTO log_batches SELECT * FROM log_batches WHERE batch = 1",
            "INSERT INTO streams VALUES (1, 'x') ON DUPLICATE KEY UPDATE name = 'x'",
            "DROP TABLE events",
        ]),
    }
    for statement in refused {
        let error = place.run(statement).await.expect_err(statement).to_lowercase();
        assert!(!error.contains("syntax"), "{statement}: {error}");
    }
    assert!(matches!(log.verify(|_| ()).await.unwrap(), Verdict::Sound { head: 4, .. }));
}

async fn a_destroyed_key_does_not_come_back(place: Place) {
    let log = place.open().await;
    let ada = SubjectId::derived(&["ada"]);
    log.append(vec![vec![registered("a", 0), keeper_set("a", ada, "Ada", 1)]]).await.unwrap();
    log.forget(ada).await.unwrap();
    for refused in ["UPDATE subject_keys SET wrapped = 'x'", "DELETE FROM subject_keys"] {
        place.run(refused).await.expect_err(refused);
    }
    log.close().await.unwrap();
    let event = place.open().await.read(1, 1).await.unwrap().remove(0);
    assert_eq!(event.event, Event::Forgotten { kind: 13, subject: ada });
}

async fn a_log_without_its_triggers_is_not_written_to(place: Place) {
    filled(&place).await.close().await.unwrap();
    let spoiled: &[&str] = match place.server().kind {
        Kind::Postgres => &[
            "ALTER TABLE events DISABLE TRIGGER events_no_delete",
            "ALTER TABLE events ENABLE TRIGGER events_no_delete",
            "CREATE OR REPLACE FUNCTION events_no_delete() RETURNS trigger LANGUAGE plpgsql AS \
             $$BEGIN RETURN OLD; END$$; ALTER TABLE events ENABLE ALWAYS TRIGGER events_no_delete",
            "DROP TRIGGER events_no_delete ON events",
        ],
        Kind::MariaDb => &[
            "DROP TRIGGER events_no_delete",
            "CREATE TRIGGER events_no_delete BEFORE DELETE ON events FOR EACH ROW SET @nothing = 1",
        ],
    };
    for statement in spoiled {
        place.run(statement).await.unwrap();
        let error = place.refused().await;
        assert!(
            matches!(&error, LogError::Unfit(why) if why.contains("events_no_delete")),
            "{statement}: {error}"
        );
    }
}

async fn a_second_hub_is_refused_and_the_next_one_is_not(place: Place) {
    let one = filled(&place).await;
    let second = EventLog::open(place.address.clone(), place.options("two")).await.unwrap_err();
    assert!(matches!(&second, LogError::InUse(_)), "{second}");
    assert!(!second.to_string().contains(databases::SECRET) && second.to_string().contains("another hub"));
    assert!(one.append(vec![vec![started(2)]]).await.unwrap()[0].is_ok(), "the first one goes on");
    // Not closed, as when a hub is killed: the server lets go of what it held.
    drop(one);
    let two = EventLog::open(place.address.clone(), place.options("two")).await.unwrap();
    assert!(two.append(vec![vec![started(3)]]).await.unwrap()[0].is_ok());
    assert!(matches!(two.verify(|_| ()).await.unwrap(), Verdict::Sound { head: 6, .. }));
}

async fn a_log_is_read_while_another_records(place: Place) {
    let log = filled(&place).await;
    let key = Some(place.options("reader").master_key);
    let reader = EventLog::open_read_only(place.address.clone(), key).await.unwrap();
    assert_eq!(reader.head().await.unwrap(), 4);
    log.append(vec![vec![started(2)]]).await.unwrap();
    assert_eq!(reader.read(4, 10).await.unwrap(), log.read(4, 10).await.unwrap());
    assert!(matches!(reader.append(vec![vec![started(3)]]).await.unwrap_err(), LogError::ReadOnly));
    assert!(matches!(reader.verify(|_| ()).await.unwrap(), Verdict::Sound { head: 5, .. }));
    log.close().await.unwrap();
    assert_eq!(reader.head().await.unwrap(), 5);
}

/// As when the lock was lost to another hub: what it had recorded is seen before anything else is.
async fn a_log_that_another_recorded_in_behind_its_back_is_noticed(place: Place) {
    let one = filled(&place).await;
    let end = match place.server().kind {
        Kind::Postgres => {
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{}' \
             AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
        }
        Kind::MariaDb => "KILL USER {}",
    };
    place.server().as_admin(end).await;
    let two = EventLog::open(place.address.clone(), place.options("two")).await.unwrap();
    assert!(two.append(vec![vec![started(2)]]).await.unwrap()[0].is_ok());
    two.close().await.unwrap();
    assert!(one.append(vec![vec![started(2)]]).await.unwrap()[0].is_err(), "that version is taken");
    assert!(one.append(vec![vec![started(3)]]).await.unwrap()[0].is_ok());
    assert!(matches!(one.verify(|_| ()).await.unwrap(), Verdict::Sound { head: 6, .. }));
}

/// Out of SQLite, into the server, and back: by the file that `watchroom backup` writes.
async fn a_log_moves_here_from_another_database_as_it_was(place: Place) {
    let (before, back) = (Place::sqlite(), Place::sqlite());
    let log = filled(&before).await;
    let ada = SubjectId::derived(&["ada"]);
    log.append(vec![vec![keeper_set("a", ada, "Ada", 1)]]).await.unwrap();
    log.claim_cursor("mail", 3).await.unwrap();
    let recorded = log.read(0, 100).await.unwrap();
    moved(&before, &place).await;
    moved(&place, &back).await;
    for (place, restored) in [(&place, 1), (&back, 2)] {
        let log = place.open().await;
        let there = log.read(0, 100).await.unwrap();
        assert_eq!(there[..recorded.len()], recorded, "event for event");
        assert_eq!(there.len(), recorded.len() + restored);
        assert_eq!(log.cursor("mail").await.unwrap().unwrap().pos(), 3);
        assert_eq!(log.producers().await.unwrap(), [(machine("a").0, 1, 1)]);
        assert!(matches!(log.verify(|_| ()).await.unwrap(), Verdict::Sound { .. }));
        log.close().await.unwrap();
    }
}

async fn moved(from: &Place, to: &Place) {
    let log = EventLog::open_read_only(from.address.clone(), None).await.unwrap();
    let mut writer = ArchiveWriter::new(Vec::new()).unwrap();
    log.export(&mut writer, &Enclosed::default(), |_, _| ()).await.unwrap();
    let archive = writer.end().unwrap();
    let mut reader = ArchiveReader::new(archive.as_slice()).unwrap();
    let header = read_header(&mut reader).unwrap();
    let restoring = Restoring { node: "one".into(), clock: to.clock.clone() };
    EventLog::import(&to.address, restoring, header, &mut reader, |_, _| Ok(()), |_| ()).await.unwrap();
}

async fn storage_tells_what_is_on_disk(place: Place) {
    let log = filled(&place).await;
    let storage = log.storage().await.unwrap();
    assert!(storage.database_bytes > 4_096, "{storage:?}");
    assert_eq!((storage.wal_bytes, storage.free_bytes), (0, None));
    log.keep_reserve().await.unwrap();
}
