//! Silent changes of what was shown keep nothing waiting.

use super::order::{done, item, takes};
use crate::actors::dispatcher::item::{Item, Told};
use crate::actors::dispatcher::queue::Queue;
use watchroom_domain::*;

fn queue(burst: u32, per_group: Option<Rate>) -> Queue {
    let per_destination = Rate { burst, every_us: SECOND_US };
    Queue::new(Pace { per_destination, per_group, overall: Rate { burst: 99, every_us: 0 } }, false)
}

fn change(cause: Position, incident: u8) -> Item {
    Item { told: Told::Changed, ..item(cause, incident, 1, Severity::Critical) }
}

#[test]
fn an_alarm_waits_for_no_silent_change() {
    let mut queue = queue(4, None);
    for cause in 1..=9 {
        queue.add(cause, vec![change(cause, cause as u8)], false, 0);
    }
    // They leave half of what may come at once.
    assert_eq!(takes(&mut queue, 0).len(), 2);
    queue.add(20, vec![item(20, 20, 1, Severity::Warning)], false, 0);
    queue.add(21, vec![item(21, 9, 1, Severity::Critical)], false, 0);
    let causes: Vec<_> = takes(&mut queue, 0).iter().map(|item| item.cause).collect();
    assert_eq!(causes, [21, 20]);
}

#[test]
fn one_silent_change_shows_all_that_has_changed_until_it_goes() {
    let mut queue = Queue::default();
    queue.add(1, vec![item(1, 1, 1, Severity::Critical)], false, 0);
    for cause in 2..=4 {
        queue.add(cause, vec![change(cause, 1)], false, 0);
    }
    let fired = queue.take(0, 9).unwrap();
    assert_eq!((fired.cause, queue.len(), queue.take(0, 9)), (1, 2, None));
    queue.settle(fired.delivery, done(), 0, 0.0);
    let changed = queue.take(0, 9).unwrap();
    assert_eq!(changed.cause, 2);
    // What changes while it is under way is not shown by it.
    queue.add(5, vec![change(5, 1)], false, 0);
    queue.settle(changed.delivery, done(), 0, 0.0);
    assert_eq!(queue.take(0, 9).unwrap().cause, 5);
}

#[test]
fn what_rings_overtakes_a_change_of_the_same_incident_and_the_change_comes_after() {
    let mut queue = Queue::default();
    queue.add(1, vec![change(1, 1)], false, 0);
    queue.add(2, vec![item(2, 1, 1, Severity::Critical)], false, 0);
    let rings = queue.take(0, 9).unwrap();
    assert_eq!((rings.cause, queue.take(0, 9)), (2, None));
    queue.settle(rings.delivery, done(), 0, 0.0);
    assert_eq!(queue.take(0, 9).unwrap().cause, 1);
}

#[test]
fn a_group_gets_less_at_once_than_a_person() {
    let mut queue = queue(9, Some(Rate { burst: 1, every_us: HOUR_US }));
    for cause in 1..=6 {
        let destination = if cause > 3 { "123" } else { "-100123" };
        let item = Item { destination: destination.into(), ..item(cause, cause as u8, 1, Severity::Warning) };
        queue.add(cause, vec![item], false, 0);
    }
    let causes: Vec<_> = takes(&mut queue, 0).iter().map(|item| item.cause).collect();
    assert_eq!(causes, [1, 4, 5, 6]);
}
