//! The power goes at every step there is, and comes back.

use super::world::World;
use crate::channels::memory::Behaviour;
use crate::channels::{NoticeKind, SendError};
use std::collections::BTreeMap;
use watchroom_domain::*;

/// Two incidents, three recipients, one of them over; deliveries that it comes to.
const DELIVERIES: usize = 9;

fn scene() -> World {
    let world = World::furnished();
    world.subscribe("grace", "grace@example.org", Severity::Critical, Scope::Everywhere);
    world.subscribe("alan", "alan@example.org", Severity::Warning, Scope::Everywhere);
    world.channel.behave_next([Behaviour::Accept, put_off(), Behaviour::Accept, put_off()]);
    world.fire("hot");
    world.fire("full");
    world.resolve("hot");
    world
}

fn put_off() -> Behaviour {
    Behaviour::Fail(SendError::Later("451 message put off".to_owned()))
}

/// Everything arrived and is recorded once, in order, and only what was under way may have come twice.
async fn holds(world: &World, crashes: usize, at: usize) {
    let deliveries = world.deliveries();
    assert_eq!(deliveries.len(), DELIVERIES, "crash at step {at}");
    assert!(deliveries.iter().all(|d| d.status == DeliveryStatus::Accepted), "crash at step {at}");
    let arrived = world.arrived();
    assert_eq!(arrived.len(), DELIVERIES, "lost by a crash at step {at}");
    let twice = arrived.values().map(|n| n - 1).sum::<usize>();
    assert!(twice <= crashes * world.limits.in_flight, "{twice} came twice by a crash at step {at}");
    let mut accepted = BTreeMap::new();
    for attempt in world.attempts().into_iter().filter(|a| a.outcome == DeliveryOutcome::Accepted) {
        *accepted.entry(attempt.delivery).or_insert(0) += 1;
    }
    assert!(accepted.values().all(|n| *n == 1), "recorded twice by a crash at step {at}");

    // The first arrival of an end comes after the first arrival of its beginning.
    let mut begun = Vec::new();
    for notice in world.channel.notices() {
        match notice.kind {
            NoticeKind::Fired => begun.push((notice.incident, notice.address)),
            NoticeKind::Resolved => {
                let lane = (notice.incident, notice.address.clone());
                assert!(begun.contains(&lane), "an end overtook its beginning; crash at step {at}");
            }
            _ => {}
        }
    }
    assert_eq!(world.parked_items().await, [], "crash at step {at}");
    assert!(world.bookmarks.pos() >= world.last_cause(), "crash at step {at}");
}

/// The number of steps when nothing goes wrong.
async fn steps() -> usize {
    let world = scene();
    world.run_until_done(DELIVERIES).await;
    holds(&world, 0, 0).await;
    world.fate.steps()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crash_at_any_step_loses_nothing_and_repeats_nothing_that_was_recorded() {
    let steps = steps().await;
    assert!(steps > 4 * DELIVERIES, "{steps} steps");
    for at in 1..=steps {
        let world = scene();
        world.fate.end_at(at);
        let crashed = world.run_until_ended(DELIVERIES, false).await;
        world.fate.end_at(0);
        let accepted = world.deliveries().iter().filter(|d| d.status == DeliveryStatus::Accepted).count();
        let recorded_before = world.arrived();
        world.run_until_done(DELIVERIES).await;
        holds(&world, usize::from(crashed), at).await;
        if accepted == DELIVERIES {
            assert_eq!(world.arrived(), recorded_before, "crash at step {at}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn crash_after_crash_still_loses_nothing() {
    for stride in [2, 3, 5, 7] {
        let world = scene();
        let mut crashes = 0;
        loop {
            world.fate.end_at(stride * (crashes + 1));
            if !world.run_until_ended(DELIVERIES, false).await {
                break;
            }
            crashes += 1;
        }
        world.fate.end_at(0);
        world.run_until_done(DELIVERIES).await;
        holds(&world, crashes, stride).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crash_while_things_are_put_aside_loses_nothing() {
    for at in 1.. {
        let mut world = scene();
        world.backoff.cap_us = HOUR_US;
        world.backoff.base_us = HOUR_US;
        world.channel.behave(put_off());
        world.fate.end_at(at);
        let crashed = world.run_until_ended(3, true).await;
        world.fate.end_at(0);
        (world.backoff.cap_us, world.backoff.base_us) = (2_000, 1_000);
        world.channel.behave(Behaviour::Accept);
        // What waits for its next attempt is woken when the settings are kept anew.
        world.configure();
        world.run_until_done(DELIVERIES).await;
        holds(&world, usize::from(crashed), at).await;
        if !crashed {
            assert!(at > 10, "only {at} steps");
            return;
        }
    }
}

#[tokio::test]
async fn what_may_have_been_sent_before_a_crash_says_so() {
    let world = World::furnished();
    world.fire("hot");
    world.run_until_done(1).await;
    assert!(world.channel.notices()[0].again);
}
