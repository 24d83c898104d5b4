//! The alert machine: evaluator and registry together, in order, behind, killed, and replayed.

use crate::world::*;
use watchroom_domain::*;

#[test]
fn it_fires_once_after_its_time_and_clears_below_the_clearing_threshold() {
    let mut world = World::new(MINUTE_US);
    send(&mut world, 0, HOT, 60);
    assert_eq!(world.fired(rule()), 0, "not yet for a minute");
    send(&mut world, 0, HOT, 600);
    assert_eq!((world.fired(rule()), world.resolved()), (1, 0));
    send(&mut world, 0, BETWEEN, 60);
    assert_eq!((world.fired(rule()), world.resolved()), (1, 0), "between the thresholds nothing changes");
    send(&mut world, 0, COOL, 10);
    assert_eq!((world.fired(rule()), world.resolved()), (1, 1));
}

#[test]
fn a_value_that_is_past_again_before_the_end_is_recorded_fires_again() {
    let mut world = World::new(0);
    send(&mut world, 0, HOT, 5);
    let stories =
        [(1, &[COOL, HOT][..]), (2, &[COOL, HOT, COOL, HOT]), (1, &[COOL, HOT, HOT, COOL, BETWEEN])];
    for (fires, values) in stories {
        let before = world.fired(rule());
        for value in values {
            world.pass(SECOND_US / 100);
            world.sample(0, *value, false);
        }
        world.settle();
        assert_eq!(world.fired(rule()), before + fires, "{values:?}");
        let ended = *values.last().unwrap() != HOT;
        assert_eq!(world.open(rule(), 0).is_none(), ended, "{values:?}");
        world.pass(HOUR_US);
        send(&mut world, 0, HOT, 5);
        assert!(world.open(rule(), 0).is_some());
        world.pass(HOUR_US);
    }
}

#[test]
fn what_is_pending_counts_from_the_value_that_is_past_again() {
    let mut world = World::new(MINUTE_US);
    send(&mut world, 0, HOT, 50);
    for value in [COOL, HOT] {
        world.pass(SECOND_US);
        world.sample(0, value, false);
    }
    world.settle();
    let since_us = world.now;
    assert_eq!(world.open(rule(), 0).map(|i| i.since_us), Some(since_us));
    send(&mut world, 0, HOT, 55);
    assert_eq!(world.fired(rule()), 0);
    send(&mut world, 0, HOT, 5);
    assert_eq!(world.fired(rule()), 1);
}

#[test]
fn a_short_peak_wakes_nobody() {
    let mut world = World::new(MINUTE_US);
    send(&mut world, 0, HOT, 50);
    send(&mut world, 0, COOL, 10);
    send(&mut world, 0, HOT, 50);
    assert_eq!(world.fired(rule()), 0);
}

#[test]
fn a_pending_incident_survives_a_kill_and_fires_at_its_time() {
    let mut world = World::new(10 * MINUTE_US);
    send(&mut world, 0, HOT, 400);
    world.kill(3);
    send(&mut world, 0, HOT, 195);
    assert_eq!(world.fired(rule()), 0);
    send(&mut world, 0, HOT, 20);
    assert_eq!(world.fired(rule()), 1);
}

#[test]
fn a_gap_is_not_held_to_have_been_hot() {
    for kill in [false, true] {
        let mut world = World::new(MINUTE_US);
        send(&mut world, 0, HOT, 30);
        world.pass(HOUR_US);
        if kill {
            world.kill(0);
        }
        send(&mut world, 0, HOT, 10);
        assert_eq!(world.fired(rule()), 0, "kill: {kill}");
        send(&mut world, 0, HOT, 70);
        assert_eq!(world.fired(rule()), 1, "kill: {kill}");
    }
}

#[test]
fn backfilled_samples_wake_nobody_but_show_that_the_machine_is_there() {
    let mut world = World::new(0);
    for _ in 0..60 {
        world.pass(5 * SECOND_US);
        world.sample(0, HOT, true);
        world.sample(1, COOL, false);
        world.settle();
    }
    assert_eq!((world.fired(rule()), world.fired(silent_rule())), (0, 0));
}

#[test]
fn silence_is_told_once_and_ends_when_the_machine_is_heard() {
    let mut world = World::new(MINUTE_US);
    send(&mut world, 0, COOL, 10);
    world.pass(2 * MINUTE_US - SECOND_US);
    world.settle();
    assert_eq!(world.fired(silent_rule()), 1, "the machine that has never spoken since it was enrolled");
    world.pass(2 * SECOND_US);
    world.settle();
    assert_eq!(world.fired(silent_rule()), 2);
    world.pass(HOUR_US);
    world.settle();
    assert_eq!((world.fired(silent_rule()), world.resolved()), (2, 0));
    send(&mut world, 0, COOL, 5);
    assert_eq!(world.resolved(), 1);
    world.pass(3 * MINUTE_US);
    world.settle();
    assert_eq!(world.fired(silent_rule()), 3, "silent once more");
}

#[test]
fn the_hubs_own_absence_is_nobodys_silence() {
    let mut world = World::new(MINUTE_US);
    send(&mut world, 0, COOL, 30);
    send(&mut world, 1, COOL, 30);
    world.pass(HOUR_US);
    world.kill(8);
    world.settle();
    world.pass(MINUTE_US);
    world.settle();
    assert_eq!(world.fired(silent_rule()), 0, "after a restart");
    world.away(HOUR_US);
    world.settle();
    assert_eq!(world.fired(silent_rule()), 0, "after a suspension");
    world.pass(3 * MINUTE_US);
    world.settle();
    assert_eq!(world.fired(silent_rule()), 2, "and then it listens again");
}

#[test]
fn a_silence_that_was_opened_before_a_kill_fires_after_it() {
    let mut world = World::new(MINUTE_US);
    send(&mut world, 0, COOL, 10);
    send(&mut world, 1, COOL, 10);
    world.pass(3 * MINUTE_US);
    world.read(usize::MAX);
    world.decide(1);
    world.kill(0);
    world.settle();
    assert_eq!(world.fired(silent_rule()), 0);
    world.pass(3 * MINUTE_US);
    world.settle();
    assert_eq!(world.fired(silent_rule()), 2);
}

#[test]
fn a_changed_rule_of_silence_listens_on() {
    let mut world = World::new(MINUTE_US);
    world.pass(3 * MINUTE_US);
    world.settle();
    assert_eq!(world.fired(silent_rule()), 2);
    let changed = Rule {
        condition: Condition::Silent { for_us: 5 * MINUTE_US },
        ..world.state.rules[&silent_rule()].clone()
    };
    world.record(Command::ChangeRule { rule: changed });
    world.settle();
    assert_eq!(world.resolved(), 2, "judged anew");
    world.pass(5 * MINUTE_US);
    world.settle();
    assert_eq!(world.fired(silent_rule()), 4);
}

#[test]
fn what_the_old_rule_asked_for_is_not_decided_under_the_new_one() {
    let mut world = World::new(0);
    world.sample(0, HOT, false);
    world.read(usize::MAX);
    let mut changed = hot(0);
    if let Condition::Threshold { fire, .. } = &mut changed.condition {
        *fire = 99.0;
    }
    world.record(Command::ChangeRule { rule: changed });
    world.settle();
    assert_eq!(world.fired(rule()), 0);
}

#[test]
fn a_machine_that_is_no_longer_meant_and_a_series_that_is_gone_leave_nothing_open() {
    let mut world = World::new(0);
    send(&mut world, 0, HOT, 10);
    let mut tagged = hot(0);
    tagged.scope = Scope::Tag { tag: "gpu".into() };
    world.record(Command::ChangeRule { rule: tagged });
    world.settle();
    assert_eq!(world.resolved(), 1);
    assert!(world.state.incidents.values().all(|i| i.rule != rule()));
}
