//! The alert machine: evaluator and registry together, in order, behind, killed, and replayed.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a panic is how a test says no")]

mod world;

use proptest::prelude::*;
use watchroom_analysis::Evaluator;
use watchroom_domain::*;
use world::*;

const HOT: f64 = 91.0;
const BETWEEN: f64 = 85.0;
const COOL: f64 = 60.0;

/// Sends a value every five seconds for so long, and lets everything be dealt with.
fn send(world: &mut World, n: u8, value: f64, seconds: i64) {
    for _ in 0..seconds / 5 {
        world.pass(5 * SECOND_US);
        world.sample(n, value, false);
        world.settle();
    }
}

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

#[derive(Clone, Debug)]
enum Step {
    Sample(u8, f64, bool),
    Pass(Micros),
    Read(usize),
    Decide(usize),
    Kill(usize),
    Away(Micros),
    Toggle(bool),
}

fn step(kills: bool) -> impl Strategy<Value = Step> {
    let value = prop_oneof![Just(HOT), Just(BETWEEN), Just(COOL)];
    prop_oneof![
        12 => (0u8..2, value, prop::bool::weighted(0.1)).prop_map(|(n, v, late)| Step::Sample(n, v, late)),
        6 => (0i64..40).prop_map(|s| Step::Pass(s * SECOND_US)),
        1 => (60i64..4_000).prop_map(|s| Step::Pass(s * SECOND_US)),
        6 => (1usize..6).prop_map(Step::Read),
        6 => (1usize..4).prop_map(Step::Decide),
        1 => (0usize..12).prop_map(move |n| if kills { Step::Kill(n) } else { Step::Read(n) }),
        1 => (30i64..4_000).prop_map(|s| Step::Away(s * SECOND_US)),
        1 => any::<bool>().prop_map(Step::Toggle),
    ]
}

fn run(world: &mut World, steps: &[Step]) {
    for step in steps {
        match *step {
            Step::Sample(n, value, late) => world.sample(n, value, late),
            Step::Pass(us) => world.pass(us),
            Step::Read(n) => world.read(n),
            Step::Decide(n) => world.decide(n),
            Step::Kill(behind) => world.kill(behind),
            Step::Away(us) => world.away(us),
            Step::Toggle(enabled) => {
                let rule = Rule { enabled, ..world.state.rules[&rule()].clone() };
                world.record(Command::ChangeRule { rule });
            }
        }
    }
    world.settle();
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happens_every_incident_has_one_whole_life(
        for_s in prop_oneof![Just(0i64), Just(20)], steps in prop::collection::vec(step(true), 1..120)
    ) {
        let mut world = World::new(for_s * SECOND_US);
        run(&mut world, &steps);
        world.check_lives();
        // Heard, cool, and listened to for long enough: then nothing is open.
        if !world.state.rules[&rule()].enabled {
            return Ok(());
        }
        for n in 0..2 {
            world.sample(n, COOL, false);
        }
        world.settle();
        prop_assert!(world.state.incidents.is_empty(), "{:?}", world.state.incidents);
    }

    #[test]
    fn a_replay_asks_for_the_very_same(
        for_s in prop_oneof![Just(0i64), Just(20)], steps in prop::collection::vec(step(false), 1..120)
    ) {
        let mut world = World::new(for_s * SECOND_US);
        run(&mut world, &steps);
        let mut replayed = Evaluator::default();
        let mut asked = Vec::new();
        for event in &world.log {
            asked.extend(replayed.fold(event));
        }
        asked.extend(replayed.due(world.now));
        prop_assert_eq!(asked, world.ever_asked);
    }

    #[test]
    fn state_folded_from_the_log_is_the_state_that_decided(
        steps in prop::collection::vec(step(true), 1..80)
    ) {
        let mut world = World::new(20 * SECOND_US);
        run(&mut world, &steps);
        let mut folded = State::default();
        world.log.iter().for_each(|e| folded.apply(e));
        prop_assert_eq!(&folded, &world.state);
    }

    #[test]
    fn what_fires_was_past_its_threshold_all_the_time(
        for_s in 10i64..30, steps in prop::collection::vec(step(false), 1..120)
    ) {
        let mut world = World::new(for_s * SECOND_US);
        run(&mut world, &steps);
        for event in &world.log {
            let Event::AlertFired(fired) = &event.event else { continue };
            if fired.rule != rule() {
                continue;
            }
            let begun = world.log.iter().find_map(|e| match &e.event {
                Event::AlertPending(e) if e.incident == fired.incident => Some(e.cause),
                _ => None,
            });
            for seen in world.live_values(fired.machine, begun.unwrap()..=fired.cause) {
                prop_assert!(seen > FIRE, "{seen} before {} fired at {}", fired.incident, event.pos);
            }
        }
    }
}
