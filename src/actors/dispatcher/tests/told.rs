//! Who was told what before, and what follows from it.

use super::world::{World, incident, machine, subject};
use crate::channels::memory::Behaviour;
use crate::channels::{Notice, NoticeKind, SendError};
use std::time::Duration;
use watchroom_domain::*;

/// Put off for longer than any of these stories last.
fn put_off() -> Behaviour {
    let (answer, wait) = ("429 too many".to_owned(), Duration::from_secs(1_800));
    Behaviour::Fail(SendError::Wait { answer, wait, whole: false })
}

/// Nobody keeps the machine, and one person has two addresses.
fn two_addresses() -> (World, [SubscriptionId; 2]) {
    let mut world = World::furnished();
    world.backoff.expiry_us = 10 * HOUR_US;
    world.limits.in_flight = 1;
    world.keeper("node-07", "Ada", "");
    let subscribe = |address| world.subscribe("grace", address, Severity::Warning, Scope::Everywhere);
    let both = [subscribe("home@example.org"), subscribe("work@example.org")];
    (world, both)
}

fn of(world: &World, kind: NoticeKind) -> Vec<Notice> {
    world.channel.notices().into_iter().filter(|notice| notice.kind == kind).collect()
}

#[tokio::test]
async fn only_who_was_not_told_of_the_beginning_reads_that_it_could_not_be_told() {
    let (world, _) = two_addresses();
    world.channel.behave_next([put_off()]);
    let dispatcher = world.start();
    world.fire_as("hot", Severity::Critical, world.clock.now() - HOUR_US / 2);
    world.state(|s| s.deliveries.len() == 2).await;
    let told = world.channel.notices()[0].address.clone();
    world.resolve("hot");
    world.state(|s| s.deliveries.values().any(|d| d.status == DeliveryStatus::Superseded)).await;
    world.configure();
    world.done(4).await;
    dispatcher.stop().await;
    let ends = of(&world, NoticeKind::Resolved);
    assert_eq!(ends.len(), 2);
    for end in ends {
        let both = end.sentences.iter().any(|s| s.starts_with("It was so from "));
        assert_eq!(both, end.address != told, "{}: {:?}", end.address, end.sentences);
    }
}

#[tokio::test]
async fn every_address_that_an_escalation_reached_hears_the_end() {
    let world = World::furnished();
    world.keeper("node-07", "Ada", "");
    world.subscribe("boss", "phone@example.org", Severity::Warning, Scope::Everywhere);
    let elsewhere = Scope::Machine { machine: machine("node-08") };
    world.subscribe("boss", "desk@example.org", Severity::Warning, elsewhere);
    let dispatcher = world.start();
    world.fire("hot");
    world.done(1).await;
    let (to, at_us) = (vec![subject("boss")], world.clock.now());
    world.record(body::AlertEscalated { incident: incident("hot"), step: 0, to, at_us });
    world.done(3).await;
    world.resolve("hot");
    world.done(5).await;
    dispatcher.stop().await;
    let mut ends: Vec<_> = of(&world, NoticeKind::Resolved).into_iter().map(|n| n.address).collect();
    ends.sort();
    assert_eq!(ends, ["desk@example.org", "phone@example.org"]);
}

#[tokio::test]
async fn an_address_is_told_though_another_one_of_the_same_person_is_given_up_meanwhile() {
    for first in [0, 1] {
        let (world, both) = two_addresses();
        let dispatcher = world.start();
        world.channel.behave_next([put_off(), put_off()]);
        world.fire("hot");
        world.state(|s| s.deliveries.len() == 2).await;
        dispatcher.stop().await;
        world.record(body::Unsubscribed { subscription: both[first] });
        world.configure();
        world.run_until_done(2).await;
        let left = world.deliveries().into_iter().find(|d| d.subscription == Some(both[1 - first])).unwrap();
        assert_eq!((left.status, left.attempts), (DeliveryStatus::Accepted, 2), "without {first}");
        assert_eq!(world.deliveries().len(), 2, "without {first}");
    }
}

#[tokio::test]
async fn what_a_log_from_before_holds_is_gone_on_with_under_its_own_identifier() {
    let (world, both) = two_addresses();
    let cause = world.fire("hot");
    let delivery = DeliveryId::of(cause, super::world::EMAIL, subject("grace"));
    world.record(body::DeliveryAttempted {
        delivery,
        channel: super::world::EMAIL.to_owned(),
        incident: Some(incident("hot")),
        cause,
        recipient: subject("grace"),
        attempt: 1,
        outcome: DeliveryOutcome::Retry { next_us: 1 },
        answer: "451 message put off".to_owned(),
        took_us: 0,
        kind: Some(NoticeKind::Fired),
        subscription: Some(both[1]),
        reference: None,
    });
    world.run_until_done(2).await;
    let gone_on = world.deliveries().into_iter().find(|d| d.delivery == delivery).unwrap();
    assert_eq!((gone_on.subscription, gone_on.attempts), (Some(both[1]), 2));
    assert_eq!(world.deliveries().len(), 2);
}

#[tokio::test]
async fn a_dead_letter_is_sent_again_though_the_log_cannot_be_read_at_first() {
    let world = World::furnished();
    world.channel.behave_next([Behaviour::Fail(SendError::Refused("550 recipient refused".to_owned()))]);
    let cause = world.fire("hot");
    world.run_until_done(1).await;
    let delivery = world.deliveries()[0].delivery;
    let world = world.aged();
    let dispatcher = world.start();
    world.fire("warm");
    world.done(2).await;
    world.unreadable(2);
    world.record(body::DeliveryRevived { delivery, channel: super::world::EMAIL.to_owned(), cause });
    world.state(|s| s.deliveries.values().all(|d| d.status == DeliveryStatus::Accepted)).await;
    dispatcher.stop().await;
}

#[tokio::test]
async fn what_has_nobody_to_go_to_any_more_is_still_of_its_kind() {
    let (world, [home, work]) = two_addresses();
    let dispatcher = world.start();
    world.fire("hot");
    world.done(2).await;
    world.channel.behave_next([put_off(), put_off()]);
    let end = world.resolve("hot");
    world.state(|s| s.deliveries.len() == 4).await;
    dispatcher.stop().await;
    for subscription in [home, work] {
        world.record(body::Unsubscribed { subscription });
    }
    world.run_until_done(4).await;
    let ends: Vec<_> = world.deliveries().into_iter().filter(|d| d.cause == end).collect();
    assert_eq!(ends.len(), 2);
    for d in ends {
        assert_eq!((d.status, d.kind), (DeliveryStatus::Dead, Some(NoticeKind::Resolved)));
    }
}
