//! The queue by itself: order, limits, and what is written down.

use crate::actors::dispatcher::item::{Item, Recipient, Source, Told};
use crate::actors::dispatcher::queue::{Queue, Settled};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use watchroom_domain::alert::ResolveReason;
use watchroom_domain::*;

pub(super) fn item(cause: Position, incident: u8, who: u8, severity: Severity) -> Item {
    let subject = SubjectId::derived(&[&who.to_string()]);
    Item {
        delivery: DeliveryId::of(cause, "email", subject),
        cause,
        asked: cause,
        cause_us: 0,
        begun_us: 0,
        incident: Some(IncidentId::derived(&[&incident.to_string()])),
        told: Told::Fired,
        severity,
        recipient: Recipient {
            subject,
            source: Source::Subscription(SubscriptionId::derived(&[&who.to_string()])),
        },
        attempts: 0,
        again: false,
        destination: std::sync::Arc::from(who.to_string()),
        next_us: 0,
        quiet_until_us: None,
        quiet_of: None,
        waits: String::new(),
        record: None,
    }
}

pub(super) fn done() -> Settled {
    Settled::Done { reached: true }
}

fn again(next_us: Micros) -> Settled {
    Settled::Again { next_us, again: false, waits: "put off".to_owned(), works: Some(false) }
}

#[test]
fn an_end_waits_for_its_beginning_and_nothing_else() {
    let mut queue = Queue::default();
    let fired = item(1, 1, 1, Severity::Warning);
    let resolved = Item {
        told: Told::Resolved { at_us: 1, value: None, untold: false, reason: ResolveReason::Cleared },
        ..item(2, 1, 1, Severity::Warning)
    };
    let other = item(3, 2, 1, Severity::Warning);
    queue.add(1, vec![fired.clone()], false, 0);
    queue.add(2, vec![resolved.clone()], false, 0);
    queue.add(3, vec![other.clone()], false, 0);
    assert_eq!(queue.take(0, 9), Some(fired.clone()));
    assert_eq!(queue.take(0, 9), Some(other));
    assert_eq!(queue.take(0, 9), None);
    queue.settle(fired.delivery, again(50), 0, 0.0);
    assert_eq!(queue.take(49, 9), None);
    assert_eq!(queue.take(50, 9).unwrap().delivery, fired.delivery);
    queue.settle(fired.delivery, done(), 60, 0.0);
    assert_eq!(queue.take(60, 9), Some(resolved));
}

#[test]
fn what_is_critical_goes_first() {
    let mut queue = Queue::default();
    queue.add(1, vec![item(1, 1, 1, Severity::Warning)], false, 0);
    queue.add(2, vec![item(2, 2, 1, Severity::Critical)], false, 0);
    assert_eq!(queue.take(0, 9).unwrap().cause, 2);
    assert_eq!(queue.take(0, 9).unwrap().cause, 1);
}

#[test]
fn after_some_failures_one_at_a_time_tries_and_a_success_wakes_all() {
    let mut queue = Queue::default();
    for cause in 1..=6 {
        queue.add(cause, vec![item(cause, cause as u8, 1, Severity::Warning)], false, 0);
    }
    for _ in 0..3 {
        let taken = queue.take(0, 3).unwrap();
        queue.settle(taken.delivery, again(HOUR_US), 0, 1.0);
    }
    assert!(queue.is_away());
    let due = queue.next_due_us(0, 3).unwrap();
    assert!(due > 0 && queue.take(due - 1, 3).is_none());
    let probe = queue.take(due, 3).unwrap();
    assert_eq!((queue.take(due, 3), queue.next_due_us(due, 3)), (None, None));
    queue.settle(probe.delivery, done(), due, 1.0);
    // Those that were put off for an hour may go at once, too.
    assert_eq!((0..5).filter(|_| queue.take(due, 9).is_some()).count(), 5);
}

#[test]
fn a_place_is_never_written_down_beyond_what_is_neither_done_nor_parked() {
    let mut queue = Queue::default();
    queue.add(5, vec![item(5, 1, 1, Severity::Warning)], false, 0);
    let young = queue.checkpoint(9, 0, false);
    assert_eq!((young.advance, young.park.len()), (4, 0));
    let old = queue.checkpoint(9, HOUR_US, false);
    assert_eq!((old.advance, old.park.len()), (9, 1));
    assert_eq!(queue.checkpoint(9, HOUR_US, false).park, []);
    let taken = queue.take(0, 1).unwrap();
    queue.settle(taken.delivery, again(7), 0, 0.0);
    let changed = queue.checkpoint(9, HOUR_US, false);
    assert_eq!((changed.park[0].attempts, changed.park[0].next_us), (1, 7));
    let taken = queue.take(7, 1).unwrap();
    queue.settle(taken.delivery, done(), 7, 0.0);
    assert_eq!(queue.checkpoint(9, HOUR_US, false).unpark, [5]);
    assert!(!queue.has_news());
}

#[derive(Clone, Debug)]
enum Move {
    Add { incident: u8, people: BTreeSet<u8>, critical: bool },
    Take,
    Succeed(usize),
    Fail(usize, Micros),
    Pass(Micros),
    Checkpoint,
    Wake,
}

fn moves() -> impl Strategy<Value = Move> {
    prop_oneof![
        (0u8..4, proptest::collection::btree_set(0u8..4, 1..4), any::<bool>())
            .prop_map(|(incident, people, critical)| Move::Add { incident, people, critical }),
        Just(Move::Take),
        Just(Move::Take),
        (0usize..4).prop_map(Move::Succeed),
        (0usize..4, 0i64..20).prop_map(|(n, wait)| Move::Fail(n, wait * SECOND_US)),
        (0i64..10).prop_map(|s| Move::Pass(s * SECOND_US)),
        Just(Move::Checkpoint),
        Just(Move::Wake),
    ]
}

/// What must be true of the queue whatever is done with it.
#[derive(Default)]
struct Witness {
    queue: Queue,
    now: Micros,
    pos: Position,
    under_way: Vec<Item>,
    /// By lane, causes that are not done, in order.
    lanes: BTreeMap<(Option<IncidentId>, Source), Vec<Position>>,
    parked: BTreeSet<Position>,
    place: Position,
}

impl Witness {
    fn lane(item: &Item) -> (Option<IncidentId>, Source) {
        (item.incident, item.recipient.source)
    }

    fn open(&self) -> BTreeSet<Position> {
        self.lanes.values().flatten().copied().collect()
    }

    fn make(&mut self, step: Move) {
        match step {
            Move::Add { incident, people, critical } => {
                self.pos += 1;
                let severity = if critical { Severity::Critical } else { Severity::Warning };
                let items: Vec<_> =
                    people.iter().map(|who| item(self.pos, incident, *who, severity)).collect();
                for item in &items {
                    self.lanes.entry(Self::lane(item)).or_default().push(self.pos);
                }
                self.queue.add(self.pos, items, false, self.now);
            }
            Move::Take => self.take(),
            Move::Succeed(n) if n < self.under_way.len() => {
                let item = self.under_way.remove(n);
                self.lanes.get_mut(&Self::lane(&item)).unwrap().retain(|cause| *cause != item.cause);
                self.queue.settle(item.delivery, done(), self.now, 0.5);
            }
            Move::Fail(n, wait) if n < self.under_way.len() => {
                let item = self.under_way.remove(n);
                self.queue.settle(item.delivery, again(self.now + wait), self.now, 0.5);
            }
            Move::Succeed(_) | Move::Fail(..) => {}
            Move::Pass(time) => self.now += time,
            Move::Checkpoint => self.write_down(false),
            Move::Wake => self.queue.wake(self.now),
        }
        assert_eq!(self.queue.in_flight(), self.under_way.len());
    }

    fn take(&mut self) {
        let Some(item) = self.queue.take(self.now, 3) else { return };
        assert_eq!(self.lanes[&Self::lane(&item)][0], item.cause, "out of its turn");
        assert!(item.next_us <= self.now);
        self.under_way.push(item);
        assert!(self.under_way.len() <= 3);
    }

    fn write_down(&mut self, all: bool) {
        let checkpoint = self.queue.checkpoint(self.pos, self.now, all);
        self.parked.extend(checkpoint.park.iter().map(|item| item.pos));
        self.parked.retain(|pos| !checkpoint.unpark.contains(pos));
        self.place = self.place.max(checkpoint.advance);
        for open in self.open() {
            assert!(open > self.place || self.parked.contains(&open), "{open} would be lost");
        }
    }
}

proptest! {
    #[test]
    fn whatever_happens_lanes_keep_their_order_and_nothing_is_lost(
        steps in proptest::collection::vec(moves(), 1..120)
    ) {
        let mut witness = Witness::default();
        for step in steps {
            witness.make(step);
        }
        witness.write_down(true);
        // Everything that is left comes to an end.
        let mut rounds = 0;
        while !witness.open().is_empty() {
            witness.make(Move::Pass(MINUTE_US));
            witness.make(Move::Take);
            witness.make(Move::Succeed(0));
            rounds += 1;
            prop_assert!(rounds < 1_000, "stuck with {:?}", witness.open());
        }
        witness.write_down(true);
        prop_assert!(witness.parked.is_empty());
        prop_assert_eq!(witness.place, witness.pos);
        prop_assert_eq!(witness.queue.len(), 0);
    }
}

fn paced(apart: bool) -> Queue {
    let per_destination = Rate { burst: 2, every_us: 10 * SECOND_US };
    let overall = Rate { burst: 4, every_us: SECOND_US };
    Queue::new(Pace { per_destination, per_group: None, overall }, apart)
}

pub(super) fn takes(queue: &mut Queue, now: Micros) -> Vec<Item> {
    std::iter::from_fn(|| queue.take(now, 99)).collect()
}

#[test]
fn a_destination_and_the_channel_get_no_more_than_their_pace_and_others_do_not_wait_for_one() {
    let mut queue = paced(false);
    for cause in 1..=4 {
        queue.add(cause, vec![item(cause, cause as u8, 1, Severity::Warning)], false, 0);
    }
    for cause in 5..=9 {
        queue.add(cause, vec![item(cause, cause as u8, cause as u8, Severity::Warning)], false, 0);
    }
    // Two to the first destination, two to others, and then the channel is full.
    let causes: Vec<_> = takes(&mut queue, 0).iter().map(|item| item.cause).collect();
    assert_eq!(causes, [1, 2, 5, 6]);
    assert_eq!(queue.next_due_us(0, 99), Some(SECOND_US));
    let causes: Vec<_> = takes(&mut queue, 2 * SECOND_US).iter().map(|item| item.cause).collect();
    assert_eq!(causes, [7, 8]);
    let causes: Vec<_> = takes(&mut queue, 20 * SECOND_US).iter().map(|item| item.cause).collect();
    assert_eq!(causes, [9, 3, 4]);
}

#[test]
fn one_target_that_is_away_does_not_keep_the_others_waiting() {
    let mut queue = paced(true);
    for cause in 1..=3 {
        queue.add(cause, vec![item(cause, cause as u8, 1, Severity::Warning)], false, 0);
    }
    let mut now = 0;
    while !queue.is_away() {
        for taken in takes(&mut queue, now) {
            queue.settle(taken.delivery, again(now), now, 1.0);
        }
        now += 10 * SECOND_US;
    }
    queue.add(9, vec![item(9, 9, 2, Severity::Warning)], false, now);
    let taken = takes(&mut queue, now);
    let to_the_other = taken.iter().filter(|item| item.cause == 9).count();
    assert_eq!(to_the_other, 1);
    // Of those to the one that is away, at most one tries.
    assert!(taken.len() <= 2, "{}", taken.len());
}

#[test]
fn a_target_for_which_nothing_waits_any_more_keeps_no_channel_away() {
    let mut queue = paced(true);
    queue.add(1, vec![item(1, 1, 1, Severity::Warning)], false, 0);
    queue.add(2, vec![item(2, 2, 1, Severity::Warning)], false, 0);
    let mut now = 0;
    while !queue.is_away() {
        for taken in takes(&mut queue, now) {
            queue.settle(taken.delivery, again(now), now, 1.0);
        }
        now += 10 * SECOND_US;
    }
    for left in [true, false] {
        let given_up = queue.take_expired(now, |_| 0).unwrap();
        queue.settle(given_up.delivery, Settled::Done { reached: false }, now, 1.0);
        assert_eq!(queue.is_away(), left);
    }
}

#[test]
fn what_one_address_cannot_take_now_says_that_the_far_side_works() {
    let mut queue = Queue::default();
    for cause in 1..=6 {
        queue.add(cause, vec![item(cause, cause as u8, 1, Severity::Warning)], false, 0);
    }
    let put_off = |works| Settled::Again { next_us: HOUR_US, again: false, waits: String::new(), works };
    for works in [Some(false), Some(false), Some(true), Some(false), None, None] {
        let taken = queue.take(0, 9).unwrap();
        queue.settle(taken.delivery, put_off(works), 0, 1.0);
        assert!(!queue.is_away());
    }
}

#[test]
fn what_a_far_side_asks_to_wait_for_holds_its_destination_and_no_other() {
    let mut queue = paced(false);
    queue.add(1, vec![item(1, 1, 1, Severity::Critical)], false, 0);
    queue.add(2, vec![item(2, 2, 1, Severity::Critical), item(2, 2, 2, Severity::Critical)], false, 0);
    let first = queue.take(0, 1).unwrap();
    let wait = Settled::Wait { next_us: HOUR_US, waits: "429".to_owned(), whole: false };
    queue.settle(first.delivery, wait, 0, 0.0);
    let next: Vec<_> = takes(&mut queue, 0).iter().map(|item| item.destination.to_string()).collect();
    assert_eq!(next, ["2"]);
    assert_eq!(takes(&mut queue, HOUR_US).len(), 2);
}

#[test]
fn that_a_channel_is_down_goes_before_everything_else() {
    let mut queue = Queue::default();
    queue.add(1, vec![item(1, 1, 1, Severity::Critical)], false, 0);
    let (channel, trouble) = ("telegram".to_owned(), ChannelTrouble::Away);
    let report = Item {
        told: Told::ChannelDown { channel, trouble, since_us: 0, targets: Vec::new() },
        incident: None,
        ..item(2, 2, 1, Severity::Critical)
    };
    queue.add(2, vec![report], false, 0);
    assert_eq!(queue.take(0, 9).unwrap().cause, 2);
}
