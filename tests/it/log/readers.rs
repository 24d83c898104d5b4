//! Reading by kind, stream and time; cursors, and what readers park.

use super::*;
use watchroom::event_log::{Claim, CommandAsker, CommandKey, LogError, MostKept, Parked};

on_every_store!(
    control_events_come_without_telemetry,
    telemetry_is_found_by_machine_and_time,
    a_position_is_found_by_time,
    a_cursor_is_made_advanced_and_found_again,
    who_claims_a_cursor_takes_it_from_the_one_before,
    a_cursor_stays_within_the_log,
    what_is_parked_is_kept_until_it_is_struck_out,
    a_request_is_claimed_once_and_answered_the_same,
    of_requests_at_once_one_is_the_first,
    so_many_requests_are_known_of_one_asker_and_of_all,
    of_strangers_the_oldest_requests_are_let_go_those_of_the_same_address_first,
);

async fn control_events_come_without_telemetry(place: Place) {
    let log = place.open().await;
    log.append(vec![vec![started(0)], vec![frame("a", 1, START_US)], vec![registered("a", 0)]])
        .await
        .unwrap();
    let positions: Vec<_> = log.read_control(0, 10).await.unwrap().iter().map(|e| e.pos).collect();
    assert_eq!(positions, [1, 3]);
    assert_eq!(log.read_control(1, 10).await.unwrap()[0].pos, 3);
    assert_eq!(log.read_control(0, 1).await.unwrap().len(), 1);
}

async fn telemetry_is_found_by_machine_and_time(place: Place) {
    let log = place.open().await;
    for i in 0..10 {
        let now = START_US + i * HOUR_US;
        place.clock.0.store(now, Ordering::SeqCst);
        let seq = i as u64 + 1;
        log.append(vec![vec![frame("a", seq, now)], vec![frame("b", seq, now)]]).await.unwrap();
    }
    let (from, to) = (START_US + 3 * HOUR_US, START_US + 6 * HOUR_US);
    let found = log.read_telemetry(machine("b"), from, to, 0, 100).await.unwrap();
    let positions: Vec<_> = found.iter().map(|e| e.pos).collect();
    assert_eq!(positions, [8, 10, 12]);
    assert!(found.iter().all(|e| e.stream == telemetry_stream(machine("b"))));
    let rest = log.read_telemetry(machine("b"), from, to, 8, 1).await.unwrap();
    assert_eq!(rest[0].pos, 10);
    assert!(log.read_telemetry(machine("c"), from, to, 0, 100).await.unwrap().is_empty());
    assert_eq!(log.read_telemetry(machine("a"), i64::MIN, i64::MAX, 0, 100).await.unwrap().len(), 10);
}

async fn a_position_is_found_by_time(place: Place) {
    let log = place.open().await;
    for i in 0..5 {
        place.clock.0.store(START_US + i * SECOND_US, Ordering::SeqCst);
        log.append(vec![vec![started(2 * i as u64), started(2 * i as u64 + 1)]]).await.unwrap();
    }
    assert_eq!(log.position_at(START_US).await.unwrap(), 0);
    assert_eq!(log.position_at(START_US + 1).await.unwrap(), 2);
    assert_eq!(log.position_at(START_US + 2 * SECOND_US).await.unwrap(), 4);
    assert_eq!(log.position_at(i64::MAX).await.unwrap(), 10);
}

async fn a_cursor_is_made_advanced_and_found_again(place: Place) {
    let log = place.open().await;
    log.append(vec![vec![started(0), started(1)], vec![started(2)]]).await.unwrap();
    assert!(log.cursor("mail").await.unwrap().is_none());
    let mut cursor = log.claim_cursor("mail", 0).await.unwrap();
    assert_eq!((cursor.pos(), cursor.fence()), (0, 1));
    log.advance_cursor(&mut cursor, 2).await.unwrap();
    log.advance_cursor(&mut cursor, 2).await.unwrap();
    assert_eq!(log.cursor("mail").await.unwrap().unwrap(), cursor);
    // An existing cursor goes on where it stands, wherever a new one would start.
    let again = log.claim_cursor("mail", 3).await.unwrap();
    assert_eq!((again.pos(), again.fence()), (2, 2));
    assert_eq!(log.claim_cursor("web", 3).await.unwrap().pos(), 3);
}

async fn who_claims_a_cursor_takes_it_from_the_one_before(place: Place) {
    let log = place.open().await;
    log.append(vec![vec![started(0), started(1)]]).await.unwrap();
    let mut older = log.claim_cursor("mail", 0).await.unwrap();
    log.advance_cursor(&mut older, 1).await.unwrap();
    let mut newer = log.claim_cursor("mail", 0).await.unwrap();
    let refused = log.advance_cursor(&mut older, 2).await.unwrap_err();
    assert!(matches!(refused, LogError::CursorLost(name) if name == "mail"));
    assert_eq!(older.pos(), 1);
    log.advance_cursor(&mut newer, 2).await.unwrap();
    assert_eq!(log.cursor("mail").await.unwrap().unwrap().pos(), 2);
    // Many at once: every one gets its own fence.
    let claims = (0..8).map(|_| {
        let log = log.clone();
        tokio::spawn(async move { log.claim_cursor("mail", 0).await.unwrap().fence() })
    });
    let mut fences = Vec::new();
    for claim in claims.collect::<Vec<_>>() {
        fences.push(claim.await.unwrap());
    }
    fences.sort_unstable();
    assert_eq!(fences, (3..11).collect::<Vec<_>>());
}

async fn a_cursor_stays_within_the_log(place: Place) {
    let log = place.open().await;
    log.append(vec![vec![started(0), started(1)]]).await.unwrap();
    let beyond = log.claim_cursor("mail", 3).await.unwrap_err();
    assert!(matches!(beyond, LogError::CursorOutOfBounds { pos: 3, .. }));
    let mut cursor = log.claim_cursor("mail", 2).await.unwrap();
    for pos in [1, 3] {
        let refused = log.advance_cursor(&mut cursor, pos).await.unwrap_err();
        assert!(matches!(refused, LogError::CursorOutOfBounds { pos: p, .. } if p == pos));
    }
}

async fn what_is_parked_is_kept_until_it_is_struck_out(place: Place) {
    let log = place.open().await;
    let parked = |name: &str, pos, attempts| Parked {
        name: name.into(),
        pos,
        attempts,
        next_us: START_US,
        error: "the mail server does not answer".into(),
    };
    for row in [parked("mail", 9, 1), parked("mail", 4, 1), parked("web", 4, 1), parked("mail", 9, 2)] {
        log.park(&row).await.unwrap();
    }
    assert_eq!(log.parked("mail").await.unwrap(), [parked("mail", 4, 1), parked("mail", 9, 2)]);
    log.unpark("mail", 4).await.unwrap();
    log.unpark("mail", 4).await.unwrap();
    assert_eq!(log.parked("mail").await.unwrap(), [parked("mail", 9, 2)]);
    assert_eq!(log.parked("web").await.unwrap().len(), 1);
}

/// Who asks, and somebody else.
fn askers() -> [SubjectId; 2] {
    ["ada", "bob"].map(|name| SubjectId::derived(&[name]))
}

async fn claim(log: &EventLog, key: &CommandKey, request: &[u8], now_us: Micros) -> Claim {
    log.claim_command(key, request, now_us, now_us + HOUR_US, MOST).await.unwrap()
}

/// So many that no test reaches them.
const MOST: MostKept = MostKept { of_one: 100, of_address: 100, of_strangers: 100, of_all: 100 };

async fn so_many_requests_are_known_of_one_asker_and_of_all(place: Place) {
    let log = place.open().await;
    let [ada, bob] = askers();
    let most = MostKept { of_one: 3, of_all: 5, ..MOST };
    let ask = async |asker, name: &str, now_us| {
        let key = log.command_key(asker, name).unwrap();
        log.claim_command(&key, b"make it", now_us, now_us + HOUR_US, most).await.unwrap()
    };
    for name in ["1", "2", "3"] {
        assert_eq!(ask(ada, name, START_US).await, Claim::Fresh);
    }
    assert_eq!(ask(ada, "4", START_US).await, Claim::TooMany);
    assert_eq!(ask(ada, "3", START_US).await, Claim::Unanswered, "what is known stays known");
    assert_eq!(ask(bob, "1", START_US + 1).await, Claim::Fresh, "somebody else has keys of their own");
    assert_eq!(ask(bob, "2", START_US + 1).await, Claim::Fresh);
    assert_eq!(ask(bob, "3", START_US + 1).await, Claim::Full);
    // Those that are over make room for others.
    assert_eq!(ask(ada, "4", START_US + HOUR_US).await, Claim::Fresh);
    assert_eq!(ask(bob, "3", START_US + HOUR_US).await, Claim::Fresh);
}

async fn of_strangers_the_oldest_requests_are_let_go_those_of_the_same_address_first(place: Place) {
    let log = place.open().await;
    let most = MostKept { of_one: 2, of_address: 3, of_strangers: 5, of_all: 7 };
    let ask = async |asker: CommandAsker<'_>, name: &str, n: i64| {
        let key = log.command_key(asker, name).unwrap();
        log.claim_command(&key, b"make it", START_US, START_US + HOUR_US + n, most).await.unwrap()
    };
    let from = CommandAsker::Stranger;
    let ada = CommandAsker::Person(askers()[0]);
    assert_eq!(ask(ada, "1", 0).await, Claim::Fresh);
    assert_eq!(ask(from("192.0.2.2"), "1", 1).await, Claim::Fresh);
    for (n, name) in (2..).zip(["1", "2", "3", "4", "5"]) {
        assert_eq!(ask(from("192.0.2.1"), name, n).await, Claim::Fresh, "{name}");
    }
    for name in ["3", "4", "5"] {
        assert_eq!(ask(from("192.0.2.1"), name, 9).await, Claim::Unanswered, "{name}");
    }
    assert_eq!(ask(from("192.0.2.2"), "1", 9).await, Claim::Unanswered, "another address keeps its own");
    assert_eq!(ask(from("192.0.2.1"), "1", 9).await, Claim::Fresh, "the oldest was let go");
    // Of all strangers together, the oldest.
    assert_eq!(ask(from("192.0.2.3"), "1", 9).await, Claim::Fresh);
    assert_eq!(ask(from("192.0.2.4"), "1", 9).await, Claim::Fresh);
    assert_eq!(ask(from("192.0.2.1"), "5", 9).await, Claim::Unanswered);
    assert_eq!(ask(ada, "1", 9).await, Claim::Unanswered, "who has signed in keeps all");
    assert_eq!(ask(ada, "2", 9).await, Claim::Fresh);
    assert_eq!(ask(ada, "3", 9).await, Claim::TooMany);
    assert_eq!(ask(from("192.0.2.2"), "1", 9).await, Claim::Fresh, "where all are known that may be, too");
}

async fn a_request_is_claimed_once_and_answered_the_same(place: Place) {
    let log = place.open().await;
    let [ada, bob] = askers();
    let key = log.command_key(ada, "one").unwrap();
    assert_eq!(claim(&log, &key, b"make it", START_US).await, Claim::Fresh);
    assert_eq!(claim(&log, &key, b"make it", START_US + 1).await, Claim::Unanswered);
    assert_eq!(claim(&log, &key, b"make another", START_US + 1).await, Claim::Another);
    let answer = vec![7; 70_000];
    log.answer_command(&key, &answer).await.unwrap();
    // It holds over a restart, as long as there is something to hold it.
    let again = if place.directory.is_none() && place.database.is_none() {
        log
    } else {
        log.close().await.unwrap();
        place.open().await
    };
    let key = again.command_key(ada, "one").unwrap();
    assert_eq!(claim(&again, &key, b"make it", START_US + 2).await, Claim::Answered(answer));
    assert_eq!(claim(&again, &key, b"make another", START_US + 2).await, Claim::Another);
    for (asker, name) in [(bob, "one"), (ada, "One"), (ada, "two")] {
        let key = again.command_key(asker, name).unwrap();
        assert_eq!(claim(&again, &key, b"make it", START_US + 2).await, Claim::Fresh, "{asker} {name}");
        again.forget_command(&key).await.unwrap();
        assert_eq!(claim(&again, &key, b"make it", START_US + 2).await, Claim::Fresh, "{asker} {name}");
    }
    assert_eq!(claim(&again, &key, b"make it", START_US + HOUR_US).await, Claim::Fresh, "its time is over");
}

async fn of_requests_at_once_one_is_the_first(place: Place) {
    let log = place.open().await;
    let key = log.command_key(askers()[0], "at once").unwrap();
    let tries: Vec<_> = (0..8)
        .map(|_| {
            let (log, key) = (log.clone(), key.clone());
            tokio::spawn(async move {
                log.claim_command(&key, b"x", START_US, START_US + HOUR_US, MOST).await.unwrap()
            })
        })
        .collect();
    let mut fresh = 0;
    for one in tries {
        fresh += usize::from(one.await.unwrap() == Claim::Fresh);
    }
    assert_eq!(fresh, 1);
}
