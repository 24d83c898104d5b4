//! What every log does, whatever holds it.

use super::*;
use futures_util::FutureExt as _;
use watchroom::event_log::{Conflict, Verdict};

on_every_store!(
    an_empty_log_is_sound_and_at_zero,
    what_is_appended_is_read_back_the_same,
    positions_have_no_gaps_under_concurrent_appenders,
    a_group_is_recorded_whole_or_not_at_all_and_alone,
    a_group_sees_those_before_it_in_the_same_batch,
    a_stale_version_is_refused_across_batches,
    a_repeated_frame_is_refused_and_producers_are_kept,
    a_frame_that_would_leave_a_gap_is_refused,
    what_was_decided_upon_a_loser_loses_with_it,
    groups_that_all_lose_leave_no_trace,
    nothing_is_recorded_of_what_is_only_read,
    personal_text_reads_back_and_is_forgotten_for_good,
    series_are_kept_with_their_events,
    an_abandoned_append_is_recorded_all_the_same,
    a_log_that_was_only_appended_to_verifies,
    bodies_of_any_size_come_back_whole,
    streams_differ_when_a_single_byte_does,
);

/// More than one statement carries at once, and one that is larger than that by itself.
async fn bodies_of_any_size_come_back_whole(place: Place) {
    let log = place.open().await;
    let large = |version: u64, bytes: usize| {
        let program = format!("{version} ").repeat(bytes / 2);
        event(body::HubStarted { node: "one".into(), program }, version, START_US)
    };
    let group: Vec<_> = (0..40).map(|n| large(n, 300_000)).chain([large(40, 6_000_000)]).collect();
    log.append(vec![group.clone()]).await.unwrap()[0].as_ref().unwrap();
    let mut after = 0;
    for new in group {
        let event = log.read(after, 1).await.unwrap().remove(0);
        after = event.pos;
        assert!(event.event == new.event, "position {after} came back as another");
    }
    assert!(matches!(log.verify(|_| ()).await.unwrap(), Verdict::Sound { head: 41, .. }));
}

async fn streams_differ_when_a_single_byte_does(place: Place) {
    let log = place.open().await;
    let names =
        ["case/a", "case/A", "case/a ", "case/ä", "case/a\u{308}", "case/\u{1f525}", "case/\u{1f9ef}"];
    for expected in 0..2 {
        let groups = names.map(|name| vec![NewEvent { stream: name.into(), ..started(expected) }]);
        assert!(log.append(groups.into()).await.unwrap().iter().all(Result::is_ok));
    }
    for name in names {
        assert_eq!(log.read_stream(name, 0, 9).await.unwrap().len(), 2, "{name:?}");
    }
}

async fn an_empty_log_is_sound_and_at_zero(place: Place) {
    let log = place.open().await;
    assert_eq!(log.head().await.unwrap(), 0);
    assert!(log.read(0, 10).await.unwrap().is_empty());
    assert_eq!(log.append(vec![]).await.unwrap(), vec![]);
    assert_eq!(log.append(vec![vec![]]).await.unwrap(), vec![Ok(vec![])]);
    assert!(matches!(log.verify(|_| ()).await.unwrap(), Verdict::Sound { head: 0, batches: 0, .. }));
}

async fn what_is_appended_is_read_back_the_same(place: Place) {
    let log = place.open().await;
    let groups = vec![vec![started(0)], vec![registered("a", 0), frame("a", 1, START_US)]];
    let recorded: Vec<_> =
        log.append(groups.clone()).await.unwrap().into_iter().flat_map(Result::unwrap).collect();
    assert_eq!(recorded.iter().map(|e| e.pos).collect::<Vec<_>>(), [1, 2, 3]);
    assert_eq!(recorded.iter().map(|e| e.version).collect::<Vec<_>>(), [Some(1), Some(1), None]);
    assert_eq!(log.read(0, 10).await.unwrap(), recorded);
    assert_eq!(log.read(1, 1).await.unwrap(), recorded[1..2]);
    assert_eq!(log.head().await.unwrap(), 3);
    for (new, old) in groups.iter().flatten().zip(&recorded) {
        let same = (new.id, &new.stream, new.ts_us, &new.meta, &new.event);
        assert_eq!(same, (old.id, &old.stream, old.ts_us, &old.meta, &old.event));
    }
}

async fn positions_have_no_gaps_under_concurrent_appenders(place: Place) {
    let log = place.open().await;
    let appenders: Vec<_> = (0..8u64)
        .map(|n| {
            let log = log.clone();
            tokio::spawn(async move {
                for seq in 1..=20 {
                    let groups = (0..n % 3 + 1)
                        .map(|g| {
                            vec![
                                frame(&format!("{n}-{g}"), seq, START_US),
                                frame(&format!("{n}-{g}-b"), seq, START_US),
                            ]
                        })
                        .collect();
                    for outcome in log.append(groups).await.unwrap() {
                        let events = outcome.unwrap();
                        assert_eq!(events[1].pos, events[0].pos + 1);
                    }
                }
            })
        })
        .collect();
    for appender in appenders {
        appender.await.unwrap();
    }
    let all = log.read(0, 10_000).await.unwrap();
    assert!(all.len() > 400);
    assert!(all.iter().enumerate().all(|(i, e)| e.pos == i as u64 + 1));
    assert_eq!(log.head().await.unwrap(), all.len() as u64);
    assert!(matches!(log.verify(|_| ()).await.unwrap(), Verdict::Sound { .. }));
}

async fn a_group_is_recorded_whole_or_not_at_all_and_alone(place: Place) {
    let log = place.open().await;
    let outcomes = log
        .append(vec![vec![started(0)], vec![registered("a", 0), started(7)], vec![registered("b", 0)]])
        .await
        .unwrap();
    assert!(outcomes[0].is_ok() && outcomes[2].is_ok());
    let conflict = Conflict::Version { stream: "hub".into(), expected: 7, found: 1 };
    assert_eq!(outcomes[1], Err(conflict));
    let all = log.read(0, 10).await.unwrap();
    assert_eq!(all.len(), 2);
    assert_eq!(all[1].stream, format!("machine/{}", machine("b")));
    // The loser left nothing behind: its other stream still has no version.
    assert!(log.append(vec![vec![registered("a", 0)]]).await.unwrap()[0].is_ok());
}

async fn a_group_sees_those_before_it_in_the_same_batch(place: Place) {
    let log = place.open().await;
    let outcomes = log
        .append(vec![vec![started(0), started(1)], vec![started(2)], vec![started(2)], vec![started(3)]])
        .await
        .unwrap();
    let ok: Vec<_> = outcomes.iter().map(Result::is_ok).collect();
    assert_eq!(ok, [true, true, false, true]);
    let versions: Vec<_> = log.read_stream("hub", 0, 10).await.unwrap().iter().map(|e| e.version).collect();
    assert_eq!(versions, [Some(1), Some(2), Some(3), Some(4)]);
}

async fn a_stale_version_is_refused_across_batches(place: Place) {
    let log = place.open().await;
    log.append(vec![vec![started(0)]]).await.unwrap()[0].as_ref().unwrap();
    let again = log.append(vec![vec![started(0)]]).await.unwrap().remove(0);
    assert_eq!(again, Err(Conflict::Version { stream: "hub".into(), expected: 0, found: 1 }));
    assert_eq!(log.head().await.unwrap(), 1);
}

async fn a_repeated_frame_is_refused_and_producers_are_kept(place: Place) {
    let log = place.open().await;
    let producer = machine("a").0;
    log.append(vec![vec![frame("a", 1, START_US)], vec![frame("a", 2, START_US)]]).await.unwrap();
    let outcomes = log
        .append(vec![
            vec![frame("a", 2, START_US)],
            vec![frame("a", 3, START_US)],
            vec![frame("a", 3, START_US)],
        ])
        .await
        .unwrap();
    assert_eq!(outcomes[0], Err(Conflict::Repeated { producer, epoch: 1, seq: 2 }));
    assert!(outcomes[1].is_ok());
    assert_eq!(outcomes[2], Err(Conflict::Repeated { producer, epoch: 1, seq: 3 }));
    assert_eq!(log.producers().await.unwrap(), [(producer, 1, 3)]);
    let mut anew = frame("a", 1, START_US);
    anew.meta.frame.as_mut().unwrap().epoch = 2;
    log.append(vec![vec![anew]]).await.unwrap()[0].as_ref().unwrap();
    assert_eq!(log.producers().await.unwrap(), [(producer, 2, 1)]);
    let late = log.append(vec![vec![frame("a", 9, START_US)]]).await.unwrap().remove(0);
    assert_eq!(late, Err(Conflict::Repeated { producer, epoch: 1, seq: 9 }));
}

async fn a_frame_that_would_leave_a_gap_is_refused(place: Place) {
    let log = place.open().await;
    let producer = machine("a").0;
    let numbered = |epoch, seq, dropped| {
        let mut new = frame("a", seq, START_US);
        let numbers = new.meta.frame.as_mut().unwrap();
        (numbers.epoch, numbers.dropped) = (epoch, dropped);
        new
    };
    let gap = |epoch, expected, found| Err(Conflict::Gap { producer, epoch, expected, found });
    let outcomes = log
        .append(vec![vec![numbered(1, 1, 0)], vec![numbered(1, 3, 0)], vec![numbered(1, 4, 1)]])
        .await
        .unwrap();
    assert!(outcomes[0].is_ok());
    assert_eq!(outcomes[1..], [gap(1, 2, 3), gap(1, 3, 4)]);
    let outcomes = log.append(vec![vec![numbered(1, 4, 2)], vec![numbered(2, 2, 0)]]).await.unwrap();
    assert!(outcomes[0].is_ok(), "what was given up leaves no gap");
    assert_eq!(outcomes[1], gap(2, 1, 2));
    let twice = log.append(vec![vec![numbered(1, 5, 0), numbered(1, 5, 0)]]).await.unwrap().remove(0);
    assert_eq!(twice, Err(Conflict::Repeated { producer, epoch: 1, seq: 5 }));
    assert_eq!(log.producers().await.unwrap(), [(producer, 1, 4)]);
}

async fn what_was_decided_upon_a_loser_loses_with_it(place: Place) {
    let log = place.open().await;
    let groups =
        vec![vec![started(0)], vec![started(7)], vec![registered("a", 0)], vec![frame("a", 1, START_US)]];
    let outcomes = log.append_in_turn(groups).await.unwrap();
    assert!(outcomes[0].is_ok());
    assert_eq!(outcomes[1], Err(Conflict::Version { stream: "hub".into(), expected: 7, found: 1 }));
    assert_eq!(outcomes[2..], [Err(Conflict::Behind), Err(Conflict::Behind)]);
    assert_eq!(log.head().await.unwrap(), 1);
}

async fn groups_that_all_lose_leave_no_trace(place: Place) {
    let log = place.open().await;
    log.append(vec![vec![started(0)]]).await.unwrap();
    let before = log.verify(|_| ()).await.unwrap();
    assert!(log.append(vec![vec![started(5)], vec![started(6)]]).await.unwrap().iter().all(Result::is_err));
    assert_eq!(log.verify(|_| ()).await.unwrap(), before);
    assert!(log.append(vec![vec![started(1)]]).await.unwrap()[0].is_ok());
}

async fn nothing_is_recorded_of_what_is_only_read(place: Place) {
    let log = place.open().await;
    let mut unknown = started(0);
    unknown.event = Event::Unknown { kind: 900, version: 1 };
    let error = log.append(vec![vec![unknown], vec![started(0)]]).await.unwrap_err();
    assert!(matches!(error, LogError::NotRecordable(900)));
    assert_eq!(log.head().await.unwrap(), 0);
}

async fn personal_text_reads_back_and_is_forgotten_for_good(place: Place) {
    let log = place.open().await;
    let (ada, bob) = (SubjectId::derived(&["ada"]), SubjectId::derived(&["bob"]));
    let groups = vec![
        vec![registered("a", 0), keeper_set("a", ada, "Ada Lovelace", 1)],
        vec![registered("b", 0), keeper_set("b", bob, "Robert Boyle", 1)],
    ];
    log.append(groups.clone()).await.unwrap();
    let all = log.read(0, 10).await.unwrap();
    assert_eq!(all[1].event, groups[0][1].event);
    log.forget(ada).await.unwrap();
    let all = log.read(0, 10).await.unwrap();
    assert_eq!(all[1].event, Event::Forgotten { kind: 13, subject: ada });
    assert_eq!(all[3].event, groups[1][1].event);
    assert!(matches!(log.verify(|_| ()).await.unwrap(), Verdict::Sound { head: 4, .. }));
    // Nothing more is recorded of Ada; of others it is, and Ada may be forgotten twice.
    let outcomes = log
        .append(vec![vec![keeper_set("a", ada, "Ada", 2)], vec![keeper_set("b", bob, "Bob", 2)]])
        .await
        .unwrap();
    assert_eq!(outcomes[0], Err(Conflict::Forgotten(ada)));
    assert!(outcomes[1].is_ok());
    log.forget(ada).await.unwrap();
}

async fn series_are_kept_with_their_events(place: Place) {
    let log = place.open().await;
    let labels = Labels::from([("disk".to_owned(), "/dev/sda\"'".to_owned())]);
    let key = SeriesKey { metric: "disk_used_percent".into(), labels };
    let def = SeriesDef { series: 7, machine: machine("a"), key };
    let new = event(body::SeriesDefined { def: def.clone() }, 0, START_US);
    log.append(vec![vec![new, frame("a", 1, START_US)]]).await.unwrap();
    assert_eq!(log.series().await.unwrap(), [def]);
}

async fn an_abandoned_append_is_recorded_all_the_same(place: Place) {
    let log = place.open().await;
    // Asked once, then dropped.
    drop(log.append(vec![vec![started(0)]]).now_or_never());
    let recorded = async {
        while log.head().await.unwrap() == 0 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(20), recorded).await.unwrap();
}

async fn a_log_that_was_only_appended_to_verifies(place: Place) {
    let log = place.open().await;
    for epoch in 1..=30 {
        let groups = (0..epoch % 9 + 1).map(|m| {
            let mut first = frame(&m.to_string(), 1, START_US);
            first.meta.frame.as_mut().unwrap().epoch = epoch;
            vec![first]
        });
        assert!(log.append(groups.collect()).await.unwrap().iter().all(Result::is_ok));
    }
    let head = log.head().await.unwrap();
    let mut reached = 0;
    let verdict = log.verify(|pos| reached = pos).await.unwrap();
    assert!(matches!(verdict, Verdict::Sound { head: h, batches: 30, .. } if h == head));
    assert_eq!(reached, head);
}
