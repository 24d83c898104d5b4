//! Series that are no longer sent by a machine that is: what fired on them ends, and nothing else does.

use crate::world::*;
use watchroom_domain::alert::ResolveReason;
use watchroom_domain::*;

const OTHER: &str = "cpu_percent";

/// The machine sends something else every half minute for so long.
fn go_on(world: &mut World, us: Micros) {
    for _ in 0..us / (30 * SECOND_US) {
        world.pass(30 * SECOND_US);
        world.sample_of(0, OTHER, 1.0, false);
        world.settle();
    }
}

fn gone(world: &World) -> usize {
    let gone = |e: &&RecordedEvent| match &e.event {
        Event::AlertResolved(e) => e.reason == ResolveReason::SeriesGone,
        _ => false,
    };
    world.log.iter().filter(gone).count()
}

/// Machine 0 is hot, and that is told.
fn fired() -> World {
    let mut world = World::new(0);
    send(&mut world, 0, HOT, 10);
    assert_eq!(world.fired(rule()), 1);
    world
}

#[test]
fn what_fired_on_a_series_that_is_no_longer_sent_ends_after_an_hour() {
    let mut world = fired();
    go_on(&mut world, HOUR_US - MINUTE_US);
    assert_eq!(gone(&world), 0);
    go_on(&mut world, 3 * MINUTE_US);
    assert_eq!(gone(&world), 1);
    assert!(world.open(rule(), 0).is_none());
}

#[test]
fn nothing_is_gone_because_the_hub_was_away() {
    for restart in [false, true] {
        let mut world = fired();
        if restart {
            world.pass(5 * HOUR_US);
            world.kill(0);
        } else {
            world.away(5 * HOUR_US);
        }
        // The other readings come first, as they may after a start.
        go_on(&mut world, 2 * MINUTE_US);
        send(&mut world, 0, HOT, 10);
        assert_eq!((gone(&world), world.fired(rule())), (0, 1), "restart: {restart}");
        go_on(&mut world, HOUR_US + 2 * MINUTE_US);
        assert_eq!(gone(&world), 1, "restart: {restart}");
    }
}

#[test]
fn nothing_is_gone_because_the_machine_was_away() {
    for spool in [false, true] {
        let mut world = fired();
        world.pass(5 * HOUR_US);
        world.settle();
        if spool {
            for _ in 0..100 {
                world.pass(SECOND_US / 10);
                world.sample_of(0, OTHER, 1.0, true);
            }
        }
        go_on(&mut world, 2 * MINUTE_US);
        assert_eq!(gone(&world), 0, "spool: {spool}");
        go_on(&mut world, HOUR_US);
        assert_eq!(gone(&world), 1, "spool: {spool}");
    }
}

#[test]
fn a_spool_that_takes_long_to_send_makes_nothing_go() {
    let mut world = fired();
    world.pass(5 * HOUR_US);
    for _ in 0..130 {
        world.pass(MINUTE_US);
        world.sample_of(0, OTHER, 1.0, true);
        world.settle();
    }
    go_on(&mut world, 2 * MINUTE_US);
    assert_eq!(gone(&world), 0, "what was kept is not through yet");
}
