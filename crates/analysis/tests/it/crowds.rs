//! The hub's own view: many machines gone at once.

use crate::world::*;
use watchroom_domain::*;

const HUB: u8 = 255;

/// Eight machines that are all heard.
fn eight() -> World {
    let mut world = World::with(8, 0);
    send_all(&mut world, 0..8, COOL, 60);
    world
}

#[test]
fn many_gone_at_once_are_one_alert_about_the_hub() {
    let mut world = eight();
    send_all(&mut world, 0..2, COOL, 600);
    assert_eq!((world.fired(silent_rule()), world.told()), (6, vec![("fired", HUB)]));
    let hub = world.state.incidents.values().find(|i| i.machine.is_hub()).unwrap();
    assert!(hub.value >= 5.0 && hub.since_us < world.now);
    // Five of six are back: the hub sees again, and the last one is told after a while.
    send_all(&mut world, 0..7, COOL, 50);
    assert!(world.state.incidents.values().all(|i| !i.machine.is_hub()));
    assert_eq!(world.told(), [("fired", HUB)]);
    send_all(&mut world, 0..7, COOL, 30);
    assert_eq!(world.told(), [("fired", HUB), ("released", 7)]);
}

#[test]
fn a_few_or_one_after_the_other_are_told_each() {
    let mut world = eight();
    send_all(&mut world, 0..4, COOL, 200);
    assert_eq!(world.told().len(), 4, "four are not many");
    let mut world = eight();
    for there in (0..8).rev() {
        send_all(&mut world, 0..there, COOL, 100);
    }
    world.pass(200 * SECOND_US);
    world.settle();
    assert!(world.told().len() == 8 && !world.told().contains(&("fired", HUB)), "{:?}", world.told());
}

#[test]
fn it_survives_a_restart_of_the_hub_and_its_own_absence_is_nobodys() {
    let mut world = eight();
    world.pass(3 * MINUTE_US);
    world.settle();
    assert_eq!(world.told(), [("fired", HUB)]);
    world.kill(4);
    world.pass(3 * MINUTE_US);
    world.settle();
    assert_eq!(world.told(), [("fired", HUB)], "those who are gone stay held");
    send_all(&mut world, 0..8, COOL, 60);
    assert!(world.state.incidents.is_empty(), "{:?}", world.state.incidents);

    let mut world = eight();
    world.away(HOUR_US);
    world.settle();
    send_all(&mut world, 0..8, COOL, 60);
    assert_eq!(world.told(), []);
}

#[test]
fn switched_off_it_says_nothing() {
    let mut world = eight();
    let rule = Rule { enabled: false, ..world.state.rules[&Rule::HUB_VIEW].clone() };
    world.record(Command::ChangeRule { rule });
    world.pass(3 * MINUTE_US);
    world.settle();
    assert_eq!(world.told().len(), 8);
}

/// Whether the hub's own incident is open.
fn open(world: &World) -> bool {
    world.state.incidents.values().any(|i| i.machine.is_hub())
}

#[test]
fn a_machine_that_is_removed_is_as_good_as_back() {
    let mut world = eight();
    world.pass(3 * MINUTE_US);
    world.settle();
    for n in 0..4 {
        world.record(Command::RemoveMachine { machine: machine(n) });
    }
    world.settle();
    assert!(open(&world), "half of them are still gone");
    world.record(Command::RemoveMachine { machine: machine(4) });
    world.settle();
    assert!(!open(&world), "nobody is left to be waited for but a few");
}
