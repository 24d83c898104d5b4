//! Silences, snoozes, parents, escalation, flapping, and which rule speaks.

use crate::world::*;
use watchroom_domain::alert::AlertCommand;
use watchroom_domain::alert::{CALM_US, Hold};
use watchroom_domain::*;

const OWNER: fn() -> By = || By::Person(person(0));

/// A hub on which machine 0 is too hot, and whoever is meant was told.
fn hot_world() -> World {
    let mut world = World::new(0);
    send(&mut world, 0, HOT, 10);
    assert_eq!(world.told(), [("fired", 0)]);
    world
}

/// Lets time pass in which machine 0 stays hot and machine 1 is cool.
fn stay_hot(world: &mut World, seconds: i64) {
    for _ in 0..seconds / 5 {
        world.pass(5 * SECOND_US);
        world.sample(0, HOT, false);
        world.sample(1, COOL, false);
        world.settle();
    }
}

fn step(after_us: Micros) -> EscalationStep {
    EscalationStep { after_us, to: vec![person(0)] }
}

fn escalate(world: &mut World, escalation: Vec<EscalationStep>) {
    let rule = Rule { escalation, ..world.state.rules[&rule()].clone() };
    world.record(Command::ChangeRule { rule });
}

#[test]
fn what_fires_under_a_silence_is_told_when_it_ends_and_not_before() {
    let mut world = World::new(0);
    world.silence("s", Scope::Machine { machine: machine(0) }, 10 * MINUTE_US);
    let until_us = world.now + 10 * MINUTE_US;
    stay_hot(&mut world, 595);
    assert_eq!((world.fired(rule()), world.told()), (1, vec![]));
    stay_hot(&mut world, 10);
    assert_eq!(world.told(), [("released", 0)]);
    let ended = world.log.iter().find_map(|e| match &e.event {
        Event::SilenceEnded(e) => Some((e.at_us, e.by)),
        _ => None,
    });
    assert_eq!(ended, Some((until_us, None)), "by log time, exactly");
}

#[test]
fn a_silence_of_another_machine_or_rule_holds_nothing() {
    let mut world = World::new(0);
    world.silence("s", Scope::Machine { machine: machine(1) }, HOUR_US);
    let (silence, until_us) = (SilenceId::derived(&["other"]), world.now + HOUR_US);
    let (scope, reason) = (Scope::Everywhere, "of the rule of silence".to_owned());
    let rule = Some(silent_rule());
    world.record(Command::BeginSilence { silence, scope, rule, until_us, reason });
    stay_hot(&mut world, 10);
    assert_eq!(world.told(), [("fired", 0)]);
}

#[test]
fn what_is_over_before_the_silence_is_never_told() {
    let mut world = World::new(0);
    world.silence("s", Scope::Everywhere, 10 * MINUTE_US);
    stay_hot(&mut world, 60);
    send(&mut world, 0, COOL, 600);
    assert_eq!(world.told_of(0), [""; 0]);
    assert!(world.state.silences.is_empty());
}

#[test]
fn a_silence_that_is_ended_early_tells_at_once_and_one_behind_it_goes_on_holding() {
    let mut world = World::new(0);
    world.silence("long", Scope::Everywhere, HOUR_US);
    world.silence("short", Scope::Machine { machine: machine(0) }, 10 * MINUTE_US);
    stay_hot(&mut world, 60);
    let end = |name: &str| Command::EndSilence { silence: SilenceId::derived(&[name]) };
    world.record_by(OWNER(), end("long"));
    let short = Hold::Silence { silence: SilenceId::derived(&["short"]) };
    assert_eq!(world.open(rule(), 0).unwrap().held, Some(short));
    world.record_by(OWNER(), end("short"));
    assert_eq!(world.told(), [("released", 0)]);
}

#[test]
fn a_silence_holds_what_fires_already_and_it_is_told_again_after_it() {
    let mut world = hot_world();
    escalate(&mut world, vec![step(MINUTE_US)]);
    world.silence("s", Scope::Everywhere, 10 * MINUTE_US);
    stay_hot(&mut world, 300);
    assert_eq!(world.told(), [("fired", 0)], "no escalation under a silence");
    stay_hot(&mut world, 310);
    assert_eq!(world.told(), [("fired", 0), ("released", 0)]);
    stay_hot(&mut world, 60);
    assert_eq!(world.told(), [("fired", 0), ("released", 0), ("escalated", 0)]);
}

#[test]
fn a_snoozed_alert_is_told_again_at_its_time_unless_somebody_acknowledges() {
    for acknowledge in [false, true] {
        let mut world = hot_world();
        let incident = world.open(rule(), 0).unwrap().incident;
        let until_us = world.now + 10 * MINUTE_US;
        world.record_by(OWNER(), Command::Snooze { incident, until_us });
        stay_hot(&mut world, 590);
        assert_eq!(world.told().len(), 1);
        if acknowledge {
            world.record_by(OWNER(), Command::Acknowledge { incident });
        }
        world.kill(3);
        stay_hot(&mut world, 20);
        assert_eq!(world.told().len(), if acknowledge { 1 } else { 2 }, "acknowledged: {acknowledge}");
    }
}

#[test]
fn the_same_snooze_twice_has_one_effect() {
    let mut world = hot_world();
    let incident = world.open(rule(), 0).unwrap().incident;
    let until_us = world.now + 10 * MINUTE_US;
    world.record_by(OWNER(), Command::Snooze { incident, until_us });
    let before = world.log.len();
    world.record_by(OWNER(), Command::Snooze { incident, until_us });
    assert_eq!(world.log.len(), before);
}

#[test]
fn steps_are_taken_in_time_and_stop_when_somebody_acknowledges() {
    let mut world = hot_world();
    escalate(&mut world, vec![step(MINUTE_US), step(5 * MINUTE_US), step(20 * MINUTE_US)]);
    stay_hot(&mut world, 50);
    assert_eq!(world.told().len(), 1, "not yet a minute");
    stay_hot(&mut world, 300);
    assert_eq!(world.told().len(), 3);
    let incident = world.open(rule(), 0).unwrap().incident;
    world.record_by(OWNER(), Command::Acknowledge { incident });
    stay_hot(&mut world, 1_800);
    assert_eq!(world.told().len(), 3);
}

#[test]
fn a_step_that_is_asked_for_twice_is_taken_once_however_late() {
    let mut world = World::new(0);
    escalate(&mut world, vec![step(MINUTE_US), step(2 * MINUTE_US)]);
    stay_hot(&mut world, 65);
    assert_eq!(world.told(), [("fired", 0), ("escalated", 0)]);
    let incident = world.open(rule(), 0).unwrap().incident;
    let (at_us, cause) = (world.now + HOUR_US, world.state.position);
    world.record(Command::Alert(AlertCommand::Escalate { incident, step: 0, at_us, cause }));
    assert_eq!(world.told(), [("fired", 0), ("escalated", 0)], "the first step again");
    let due_us = world.open(rule(), 0).unwrap().told_us.unwrap() + 2 * MINUTE_US;
    for (at_us, told) in [(due_us - 1, 2), (due_us, 3)] {
        world.record(Command::Alert(AlertCommand::Escalate { incident, step: 1, at_us, cause }));
        assert_eq!(world.told().len(), told, "the second step, and not before its time");
    }
}

#[test]
fn the_time_of_a_step_goes_on_while_the_hub_is_down() {
    let mut world = hot_world();
    escalate(&mut world, vec![step(MINUTE_US), step(5 * MINUTE_US), step(20 * MINUTE_US)]);
    world.pass(10 * MINUTE_US);
    world.kill(0);
    world.settle();
    assert_eq!(world.told(), [("fired", 0), ("escalated", 0), ("escalated", 0)]);
    world.kill(5);
    world.settle();
    assert_eq!(world.told().len(), 3, "no step twice");
}

/// Machines 1 and 2 hang on machine 0, and all are heard.
fn tree() -> World {
    let mut world = World::with(3, 0);
    assert!(world.hang(1, Some(0)) && world.hang(2, Some(1)));
    send_all(&mut world, 0..3, COOL, 10);
    world
}

#[test]
fn behind_a_parent_that_is_down_nobody_is_told_of_the_rest() {
    let mut world = tree();
    // The one at the end is heard last, and the parent falls silent a little later than the other.
    world.pass(5 * SECOND_US);
    world.sample(0, COOL, false);
    world.settle();
    world.pass(10 * MINUTE_US);
    world.settle();
    assert_eq!((world.fired(silent_rule()), world.told()), (3, vec![("fired", 0)]));
    let by = |n| world.open(silent_rule(), n).unwrap().held.clone();
    let of = |n| world.open(silent_rule(), n).unwrap().incident;
    assert_eq!(by(1), Some(Hold::Parent { machine: machine(0), incident: of(0) }));
    assert_eq!(by(2), Some(Hold::Parent { machine: machine(1), incident: of(1) }), "the nearest one");
}

#[test]
fn behind_a_parent_that_is_back_those_still_silent_are_told_after_a_while() {
    let mut world = tree();
    world.pass(10 * MINUTE_US);
    world.settle();
    send_all(&mut world, 0..2, COOL, 55);
    assert_eq!(world.told(), [("fired", 0)]);
    send_all(&mut world, 0..2, COOL, 20);
    assert_eq!(world.told(), [("fired", 0), ("released", 2)]);
}

#[test]
fn a_machine_whose_parent_is_well_is_told_a_little_later() {
    let mut world = tree();
    send(&mut world, 0, COOL, 120);
    assert_eq!((world.fired(silent_rule()), world.told().len()), (2, 0), "what it hangs on may be down too");
    send(&mut world, 0, COOL, 40);
    assert_eq!(world.told(), [("released", 1)], "and machine 2 hangs on machine 1");
}

#[test]
fn no_machine_hangs_on_itself() {
    let mut world = tree();
    assert!(!world.hang(0, Some(0)) && !world.hang(0, Some(2)), "a circle");
    assert!(!world.hang(0, Some(9)), "nobody");
    assert!(world.hang(2, Some(0)));
}

#[test]
fn what_holds_is_looked_at_anew_when_the_parent_is_removed_or_changed() {
    for remove in [false, true] {
        let mut world = tree();
        world.pass(10 * MINUTE_US);
        world.settle();
        if remove {
            world.record(Command::RemoveMachine { machine: machine(0) });
        } else {
            assert!(world.hang(1, None));
        }
        world.pass(2 * MINUTE_US);
        world.settle();
        assert_eq!(world.told().last(), Some(&("released", 1)), "removed: {remove}");
    }
}

#[test]
fn what_hangs_on_a_machine_that_moved_is_looked_at_anew_too() {
    let mut world = World::with(4, 0);
    assert!(world.hang(1, Some(0)) && world.hang(2, Some(1)) && world.hang(3, Some(2)));
    // Machine 1 itself is heard: those behind it are held by what it hangs on.
    send_all(&mut world, 0..4, COOL, 10);
    send_all(&mut world, 1..2, COOL, 600);
    let by = |world: &World, n| world.open(silent_rule(), n).unwrap().held.clone();
    let of = |world: &World, n| world.open(silent_rule(), n).unwrap().incident;
    let (root, nearest) = (of(&world, 0), of(&world, 2));
    assert_eq!(by(&world, 2), Some(Hold::Parent { machine: machine(0), incident: root }));
    assert!(world.hang(1, None));
    assert_eq!(by(&world, 3), Some(Hold::Parent { machine: machine(2), incident: nearest }), "still so");
    send_all(&mut world, 1..2, COOL, 120);
    assert_eq!(world.told(), [("fired", 0), ("released", 2)]);
}

/// Machine 0 is hot and cool again, so often.
fn flap(world: &mut World, times: usize) {
    for _ in 0..times {
        send(world, 0, HOT, 60);
        send(world, 0, COOL, 60);
    }
}

#[test]
fn what_comes_and_goes_is_told_once_and_ends_when_it_was_calm() {
    let mut world = World::new(0);
    flap(&mut world, 10);
    assert_eq!(world.told_of(0), ["fired", "fired", "flapping"]);
    assert_eq!(world.resolved(), 2);
    send(&mut world, 0, COOL, CALM_US / SECOND_US - 120);
    assert_eq!(world.resolved(), 2);
    send(&mut world, 0, COOL, 120);
    assert_eq!(world.resolved(), 3);
    assert!(world.open(rule(), 0).is_none());
}

#[test]
fn a_machine_that_comes_and_goes_is_told_once() {
    let mut world = World::new(0);
    for _ in 0..6 {
        send(&mut world, 0, COOL, 30);
        send(&mut world, 1, COOL, 180);
    }
    assert_eq!(world.told_of(0), ["fired", "fired", "flapping"]);
    send_all(&mut world, 0..2, COOL, CALM_US / SECOND_US + 10);
    assert!(world.state.incidents.is_empty());
}

#[test]
fn rarely_is_not_flapping() {
    let mut world = World::new(0);
    for _ in 0..5 {
        send(&mut world, 0, HOT, 60);
        send(&mut world, 0, COOL, 1_200);
    }
    assert_eq!(world.told_of(0), ["fired"; 5]);
}

#[test]
fn what_flaps_under_a_silence_is_told_after_it() {
    let mut world = World::new(0);
    world.silence("s", Scope::Everywhere, 20 * MINUTE_US);
    flap(&mut world, 9);
    assert_eq!(world.told_of(0), [""; 0]);
    flap(&mut world, 2);
    assert_eq!(world.told_of(0), ["released"]);
}

#[test]
fn the_narrower_rule_speaks_on_the_same_matter() {
    let mut world = World::new(0);
    let warm = |severity| Rule {
        rule: RuleId::derived(&["warm"]),
        scope: Scope::Machine { machine: machine(0) },
        severity,
        condition: Condition::Threshold {
            metric: METRIC.into(),
            compare: Compare::Above,
            fire: 95.0,
            clear: 95.0,
            for_us: 0,
        },
        ..hot(0)
    };
    stay_hot(&mut world, 10);
    assert_eq!(world.fired(rule()), 1);
    world.record(Command::AddRule { rule: warm(Severity::Critical) });
    assert_eq!(world.resolved(), 1, "another rule speaks for this machine now");
    stay_hot(&mut world, 60);
    send(&mut world, 1, HOT, 10);
    assert_eq!(world.fired(rule()), 2, "of machine 1 it still speaks");
    world.record(Command::ChangeRule { rule: warm(Severity::Warning) });
    stay_hot(&mut world, 10);
    assert_eq!(world.fired(rule()), 3, "a rule of another severity leaves it alone");
}
