//! What was shown is changed as the incident changes, and shows at last that it is over.

use super::world::{World, incident, subject};
use crate::channels::memory::{Behaviour, DESCRIPTOR};
use crate::channels::{Notice, NoticeKind, SendError, Stage};
use watchroom_domain::*;

fn changing() -> World {
    let mut world = World::furnished();
    world.descriptor = &DESCRIPTOR;
    world
}

fn changes(world: &World) -> Vec<Notice> {
    world.channel.notices().into_iter().filter(|n| n.kind == NoticeKind::Changed).collect()
}

#[tokio::test]
async fn the_first_message_shows_the_end_though_changing_it_fails_at_first() {
    let world = changing();
    world.fire("hot");
    world.run_until_done(1).await;
    let first = world.channel.notices()[0].delivery.to_string();
    let later = Behaviour::Fail(SendError::Later("502".to_owned()));
    world.channel.behave_next([Behaviour::Accept, later]);
    world.resolve("hot");
    world.run_until_done(3).await;
    let [changed] = &changes(&world)[..] else { panic!("{:?}", changes(&world)) };
    assert_eq!((changed.thread.as_ref(), changed.stage), (Some(&first), Stage::Over));
    assert!(changed.actions.is_empty());
    assert_eq!(changed.state, "Resolved");
    assert!(changed.facts.iter().any(|(label, _)| label == "Resolved"), "{:?}", changed.facts);
    assert_eq!(world.attempts().len(), 4, "it was tried again");
}

#[tokio::test]
async fn who_hears_of_the_end_only_has_nothing_that_is_to_be_changed() {
    let world = changing();
    world.channel.behave_next([Behaviour::Fail(SendError::Refused("550".to_owned()))]);
    world.fire("hot");
    world.run_until_done(1).await;
    world.resolve("hot");
    world.run_until_done(2).await;
    assert!(changes(&world).is_empty(), "{:?}", changes(&world));
    let end = world.channel.notices().pop().unwrap();
    assert_eq!(end.kind, NoticeKind::Resolved);
    assert!(end.sentences.iter().any(|s| s.starts_with("It was so from ")), "{:?}", end.sentences);
}

#[tokio::test]
async fn what_is_known_besides_changes_neither_the_colour_nor_that_somebody_must_look() {
    let world = changing();
    world.fire("hot");
    world.run_until_done(1).await;
    let (by, until_us) = (subject("grace"), world.clock.now() + HOUR_US);
    let evidence = body::EvidenceRecorded {
        incident: incident("hot"),
        machine: super::world::machine("node-07"),
        at_us: world.clock.now(),
        processes: Vec::new(),
    };
    world.record(evidence);
    world.run_until_done(2).await;
    world.record(body::AlertSnoozed { incident: incident("hot"), until_us, by });
    world.run_until_done(3).await;
    // The end of the snooze rings, and gives the first message its colour back.
    world.record(body::AlertReleased { incident: incident("hot"), at_us: until_us });
    world.run_until_done(5).await;
    let changes = changes(&world);
    let stages: Vec<_> = changes.iter().map(|n| n.stage).collect();
    assert_eq!(stages, [Stage::Open, Stage::Attended, Stage::Open]);
    for open in [&changes[0], &changes[2]] {
        assert_eq!(open.sentences, world.channel.notices()[0].sentences);
        assert_eq!(open.actions.len(), 3);
    }
}
