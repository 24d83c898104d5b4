//! Whatever happens, in whatever order, however late, with the hub killed in between.

use crate::world::*;
use proptest::prelude::*;
use watchroom_analysis::Evaluator;
use watchroom_domain::*;

#[derive(Clone, Debug)]
enum Step {
    Sample(u8, f64, bool),
    Pass(Micros),
    Read(usize),
    Decide(usize),
    Kill(usize),
    Away(Micros),
    Toggle(bool),
    Silence(u8, Option<u8>, Micros),
    EndSilence(u8),
    Acknowledge(usize),
    Snooze(usize, Micros),
    Hang(u8, Option<u8>),
    Escalate(Vec<Micros>),
}

const MACHINES: u8 = 4;

fn step(kills: bool) -> impl Strategy<Value = Step> {
    let value = prop_oneof![Just(HOT), Just(BETWEEN), Just(COOL)];
    prop_oneof![
        12 => (0..MACHINES, value, prop::bool::weighted(0.1)).prop_map(|(n, v, late)| Step::Sample(n, v, late)),
        6 => (0i64..40).prop_map(|s| Step::Pass(s * SECOND_US)),
        1 => (60i64..4_000).prop_map(|s| Step::Pass(s * SECOND_US)),
        6 => (1usize..6).prop_map(Step::Read),
        6 => (1usize..4).prop_map(Step::Decide),
        1 => (0usize..12).prop_map(move |n| if kills { Step::Kill(n) } else { Step::Read(n) }),
        1 => (30i64..4_000).prop_map(|s| Step::Away(s * SECOND_US)),
        1 => any::<bool>().prop_map(Step::Toggle),
        2 => (0u8..3, prop::option::of(0..MACHINES), 1i64..400).prop_map(|(n, m, s)| Step::Silence(n, m, s * SECOND_US)),
        1 => (0u8..3).prop_map(Step::EndSilence),
        1 => (0usize..4).prop_map(Step::Acknowledge),
        1 => (0usize..4, 1i64..400).prop_map(|(n, s)| Step::Snooze(n, s * SECOND_US)),
        1 => (0..MACHINES, prop::option::of(0..MACHINES)).prop_map(|(n, on)| Step::Hang(n, on)),
        1 => prop::collection::vec(5i64..60, 0..3).prop_map(Step::Escalate),
    ]
}

/// A person acts on one of the incidents that are open.
fn act(world: &mut World, nth: usize, command: impl FnOnce(IncidentId) -> Command) {
    let incident = world.state.incidents.keys().nth(nth).copied();
    incident.map(|id| world.try_by(By::Person(person(0)), command(id)));
}

/// Four machines, of which two that are gone at once make the hub doubt itself.
fn world(for_s: i64) -> World {
    let mut world = World::with(MACHINES, for_s * SECOND_US);
    let condition = Condition::Vanished { least: 2, percent: 60, within_us: MINUTE_US };
    let rule = Rule { condition, ..world.state.rules[&Rule::HUB_VIEW].clone() };
    world.record(Command::ChangeRule { rule });
    world
}

fn run(world: &mut World, steps: &[Step]) {
    for step in steps {
        match *step {
            Step::Silence(name, of, us) => {
                let scope = of.map_or(Scope::Everywhere, |n| Scope::Machine { machine: machine(n) });
                let (silence, until_us) = (SilenceId::derived(&[&name.to_string()]), world.now + us);
                let (rule, reason) = (None, "maintenance".to_owned());
                world.try_by(By::Hub, Command::BeginSilence { silence, scope, rule, until_us, reason });
            }
            Step::EndSilence(name) => {
                let silence = SilenceId::derived(&[&name.to_string()]);
                world.try_by(By::Hub, Command::EndSilence { silence });
            }
            Step::Acknowledge(nth) => act(world, nth, |incident| Command::Acknowledge { incident }),
            Step::Snooze(nth, us) => {
                let until_us = world.now + us;
                act(world, nth, |incident| Command::Snooze { incident, until_us });
            }
            Step::Hang(n, on) => drop(world.hang(n, on)),
            Step::Escalate(ref after) => {
                let mut at_us = 0;
                let steps = after.iter().map(|s| {
                    at_us += s * SECOND_US;
                    EscalationStep { after_us: at_us, to: vec![person(0)] }
                });
                let rule = Rule { escalation: steps.collect(), ..world.state.rules[&rule()].clone() };
                world.record(Command::ChangeRule { rule });
            }
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
        let mut world = world(for_s);
        run(&mut world, &steps);
        world.check_lives();
        // Heard, cool, and listened to for long enough: then nothing is open.
        if !world.state.rules[&rule()].enabled {
            return Ok(());
        }
        for _ in 0..40 {
            world.pass(30 * SECOND_US);
            (0..MACHINES).for_each(|n| world.sample(n, COOL, false));
            world.settle();
        }
        prop_assert!(world.state.incidents.is_empty(), "{:?}", world.state.incidents);
    }

    #[test]
    fn a_replay_asks_for_the_very_same(
        for_s in prop_oneof![Just(0i64), Just(20)], steps in prop::collection::vec(step(false), 1..120)
    ) {
        let mut world = world(for_s);
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
        let mut world = world(20);
        run(&mut world, &steps);
        let mut folded = State::default();
        world.log.iter().for_each(|e| folded.apply(e));
        prop_assert_eq!(&folded, &world.state);
    }

    #[test]
    fn what_fires_was_past_its_threshold_all_the_time(
        for_s in 10i64..30, steps in prop::collection::vec(step(false), 1..120)
    ) {
        let mut world = world(for_s);
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
