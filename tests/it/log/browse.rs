//! Looking back: the newest first, by stream, kind, person and time, on every database.

use super::*;
use watchroom::event_log::{Sought, Who};

on_every_store!(
    the_newest_come_first_and_pages_neither_skip_nor_repeat,
    what_is_sought_is_found_by_stream_kind_person_and_time,
    one_look_is_bounded_and_the_next_goes_on_behind_it,
);

fn positions(found: &watchroom::event_log::Found) -> Vec<Position> {
    found.events.iter().map(|event| event.pos).collect()
}

async fn the_newest_come_first_and_pages_neither_skip_nor_repeat(place: Place) {
    let log = place.open().await;
    let empty = log.browse(&Sought::default(), 0, 10).await.unwrap();
    assert!(empty.events.is_empty() && empty.next.is_none() && empty.reached_us.is_none());
    for n in 0..5 {
        let frames = vec![frame("a", 2 * n + 1, START_US), frame("a", 2 * n + 2, START_US)];
        log.append(vec![vec![started(n)], frames]).await.unwrap();
    }
    let all = Sought { telemetry: true, ..Sought::default() };
    let (mut before, mut seen) = (0, Vec::new());
    loop {
        let found = log.browse(&all, before, 4).await.unwrap();
        seen.extend(positions(&found));
        let Some(next) = found.next else { break };
        before = next;
    }
    assert_eq!(seen, (1..=15).rev().collect::<Vec<_>>());
    let control = log.browse(&Sought::default(), 0, 3).await.unwrap();
    assert_eq!(positions(&control), [13, 10, 7], "telemetry is left out");
    let rest = log.browse(&Sought::default(), control.next.unwrap(), 3).await.unwrap();
    assert_eq!((positions(&rest), rest.next), (vec![4, 1], None));
}

async fn what_is_sought_is_found_by_stream_kind_person_and_time(place: Place) {
    let log = place.open().await;
    let (ada, bob) = (SubjectId::derived(&["ada"]), SubjectId::derived(&["bob"]));
    let by = |by: By, new: NewEvent| NewEvent { meta: Meta::by(by), ..new };
    for (n, who) in [By::Hub, By::Person(ada), By::Person(bob), By::Stranger].into_iter().enumerate() {
        place.clock.0.store(START_US + n as i64 * HOUR_US, Ordering::SeqCst);
        let new = by(who, registered(&n.to_string(), 0));
        let started = by(who, started(n as u64));
        let at = place.clock.now_us();
        let at = |new: NewEvent| NewEvent { ts_us: at, ..new };
        log.append(vec![vec![at(new), at(started)]]).await.unwrap();
    }
    let look = async |sought: Sought| positions(&log.browse(&sought, 0, 50).await.unwrap());
    let stream = Some(format!("machine/{}", machine("2")));
    assert_eq!(look(Sought { stream, ..Sought::default() }).await, [5]);
    let stream = Some("machine/none".to_owned());
    assert!(look(Sought { stream, ..Sought::default() }).await.is_empty());
    assert_eq!(look(Sought { kinds: vec![10], ..Sought::default() }).await, [7, 5, 3, 1]);
    assert_eq!(look(Sought { who: Who::Person(ada), ..Sought::default() }).await, [4, 3]);
    assert_eq!(look(Sought { who: Who::People, ..Sought::default() }).await, [8, 7, 6, 5, 4, 3]);
    let (from_us, to_us) = (Some(START_US + HOUR_US), Some(START_US + 3 * HOUR_US));
    assert_eq!(look(Sought { from_us, to_us, ..Sought::default() }).await, [6, 5, 4, 3]);
    assert_eq!(look(Sought { from_us, kinds: vec![1], ..Sought::default() }).await, [8, 6, 4]);
    assert_eq!(look(Sought { to_us: Some(START_US), ..Sought::default() }).await, [] as [Position; 0]);
}

async fn one_look_is_bounded_and_the_next_goes_on_behind_it(place: Place) {
    let log = place.open().await;
    log.append(vec![vec![registered("a", 0)]]).await.unwrap();
    for chunk in 0..11 {
        let groups = (0..1_000).map(|n| vec![started(chunk * 1_000 + n)]).collect();
        log.append(groups).await.unwrap();
    }
    let rare = Sought { kinds: vec![10], ..Sought::default() };
    let found = log.browse(&rare, 0, 50).await.unwrap();
    assert!(found.events.is_empty(), "it lies further back than one look reads");
    assert_eq!(found.reached_us, Some(START_US));
    let found = log.browse(&rare, found.next.expect("there is more"), 50).await.unwrap();
    assert_eq!((positions(&found), found.next), (vec![1], None));
    // What people did is found however much others have said since.
    let ada = NewEvent { meta: Meta::by(By::Person(SubjectId::derived(&["ada"]))), ..registered("b", 0) };
    log.append(vec![vec![ada]]).await.unwrap();
    for chunk in 11..22 {
        let groups = (0..1_000).map(|n| vec![started(chunk * 1_000 + n)]).collect();
        log.append(groups).await.unwrap();
    }
    let people = Sought { who: Who::People, ..Sought::default() };
    let found = log.browse(&people, 0, 50).await.unwrap();
    assert_eq!((positions(&found), found.next), (vec![11_002], None));
}
