//! What waits to be told: pure, with the time as an argument.
//!
//! Deliveries of one incident to one recipient stand in a lane and go one after another. Among those
//! whose turn it is, critical ones go first, new ones before those that failed, then those that are due the
//! longest. Silent changes of what was shown come last of all; they stand behind what rings, and one of them
//! shows whatever has changed until it goes.

mod held;
mod pace;
mod place;
mod rank;

pub use place::{Checkpoint, ParkedItem};

use super::item::{Item, Source};
use pace::{Closed, Gate};
use rank::{Key, LOWEST, RANKS, SILENT, UNTRIED, is_silent, key, ranked};
use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::sync::Arc;
use watchroom_domain::{
    DeliveryId, IncidentId, Micros, NoticeKind, Pace, Position, Rate, SECOND_US, SubscriptionId,
};

/// Why something waits that quiet hours hold.
pub const QUIET: &str = "quiet hours";

/// How an attempt ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Settled {
    /// Nothing more is to be done; `reached` when the far side answered at all.
    Done {
        /// Whether the far side answered.
        reached: bool,
    },
    /// It is to be tried again.
    Again {
        /// When, at the earliest.
        next_us: Micros,
        /// Whether it may have arrived.
        again: bool,
        /// Why, in our own words.
        waits: String,
        /// Whether the far side works, as far as this says.
        works: Option<bool>,
    },
    /// The far side asks to wait.
    Wait {
        /// Until when.
        next_us: Micros,
        /// Why, in our own words.
        waits: String,
        /// Whether the channel as a whole is meant.
        whole: bool,
    },
    /// Quiet hours are over, but no digest tells it: it goes by itself.
    Alone,
}

#[derive(Debug)]
struct Entry {
    item: Item,
    in_flight: bool,
    /// Whether it went through the gate.
    passed: bool,
}

#[derive(Debug)]
struct Cause {
    open: Vec<DeliveryId>,
    added_us: Micros,
    parked: bool,
    /// Whether what is parked is out of date.
    changed: bool,
}

type Lane = (IncidentId, Source);
/// The queue of one channel.
#[derive(Debug)]
pub struct Queue {
    entries: HashMap<DeliveryId, Entry>,
    lanes: HashMap<Lane, VecDeque<DeliveryId>>,
    causes: BTreeMap<Position, Cause>,
    ready: BTreeSet<Key>,
    /// What quiet hours hold, by their end.
    quiet: BTreeSet<(Micros, SubscriptionId, Position, DeliveryId)>,
    finished: Vec<Position>,
    in_flight: usize,
    gate: Gate,
}

impl Default for Queue {
    fn default() -> Self {
        let rate = Rate { burst: u32::MAX, every_us: 0 };
        Self::new(Pace { per_destination: rate, per_group: None, overall: rate }, false)
    }
}

impl Queue {
    /// A queue that lets so much through; `apart` when every destination is a far side of its own.
    pub fn new(pace: Pace, apart: bool) -> Self {
        Self {
            entries: HashMap::new(),
            lanes: HashMap::new(),
            causes: BTreeMap::new(),
            ready: BTreeSet::new(),
            quiet: BTreeSet::new(),
            finished: Vec::new(),
            in_flight: 0,
            gate: Gate::new(pace, apart),
        }
    }

    /// From now on so much is let through.
    pub fn set_pace(&mut self, pace: Pace) {
        self.gate.set_pace(pace);
    }

    /// Takes in everything that one event has to tell, once. `parked` when it is parked already.
    pub fn add(&mut self, asked: Position, mut items: Vec<Item>, parked: bool, now_us: Micros) {
        if self.causes.contains_key(&asked) {
            return;
        }
        items.retain(|item| !self.entries.contains_key(&item.delivery) && !self.joins(item));
        if items.is_empty() {
            if parked {
                self.finished.push(asked);
            }
            return;
        }
        let open = items.iter().map(|item| item.delivery).collect();
        self.causes.insert(asked, Cause { open, added_us: now_us, parked, changed: false });
        for item in items {
            let delivery = item.delivery;
            // Something new is worth a look whether the far side is back.
            self.gate.look(&item.destination, now_us + SECOND_US);
            for lane in item.lanes() {
                self.line_up(lane, delivery, &item);
            }
            self.entries.insert(delivery, Entry { item, in_flight: false, passed: false });
            self.offer(delivery);
        }
    }

    /// Whether a silent change of the same waits already: it shows what is so when it goes, so one is enough.
    fn joins(&mut self, item: &Item) -> bool {
        if !is_silent(item) {
            return false;
        }
        let lanes = item.lanes();
        let waiting = lanes.first().and_then(|lane| self.lanes.get(lane)).and_then(VecDeque::back);
        let waiting = waiting.and_then(|id| self.entries.get_mut(id));
        let Some(Entry { item: before, .. }) = waiting.filter(|e| !e.in_flight && is_silent(&e.item)) else {
            return false;
        };
        before.begun_us = before.begun_us.max(item.begun_us);
        true
    }

    /// A digest tells what came before everything that still stands in its lanes; what rings does not wait for a
    /// silent change.
    fn line_up(&mut self, lane: Lane, delivery: DeliveryId, item: &Item) {
        let lane = self.lanes.entry(lane).or_default();
        let waits = |id: &DeliveryId| self.entries.get(id).filter(|entry| !entry.in_flight);
        let at = match item.told.kind() {
            NoticeKind::Digest => usize::from(lane.front().is_some_and(|id| waits(id).is_none())),
            NoticeKind::Changed => lane.len(),
            _ => {
                let silent = |id: &&DeliveryId| waits(id).is_some_and(|entry| is_silent(&entry.item));
                lane.len() - lane.iter().rev().take_while(silent).count()
            }
        };
        if let Some(front) = lane.front().filter(|_| at == 0).and_then(|id| self.entries.get(id)) {
            self.ready.remove(&key(&front.item));
        }
        lane.insert(at, delivery);
    }

    /// Makes it ready if it is its turn, or lets quiet hours hold it.
    fn offer(&mut self, delivery: DeliveryId) {
        let Some(entry) = self.entries.get(&delivery).filter(|entry| !entry.in_flight) else { return };
        if let Some(held) = held(&entry.item) {
            self.quiet.insert(held);
            return;
        }
        let first = |lane: &Lane| self.lanes.get(lane).and_then(VecDeque::front) == Some(&delivery);
        if entry.item.lanes().iter().all(first) {
            self.ready.insert(key(&entry.item));
        }
    }

    /// The next one whose time has come, if `most` in flight leave room for it.
    pub fn take(&mut self, now_us: Micros, most: usize) -> Option<Item> {
        while self.in_flight < most {
            let first = |rank| self.ready.range(ranked(rank)).next();
            let key = *(0..RANKS).filter_map(first).find(|key| key.1 <= now_us)?;
            let destination = self.entries.get(&key.3)?.item.destination.clone();
            match self.gate.admits(&destination, key.0 == SILENT, now_us) {
                Ok(()) => {
                    self.gate.pass(&destination, now_us);
                    return self.begin(key.3, true);
                }
                Err(Closed::Whole(_)) => return None,
                Err(Closed::Destination(until_us)) => self.put_off(key, until_us),
            }
        }
        None
    }

    fn put_off(&mut self, old: Key, until_us: Micros) {
        self.ready.remove(&old);
        if let Some(entry) = self.entries.get_mut(&old.3) {
            entry.item.next_us = until_us;
            self.ready.insert(key(&entry.item));
        }
    }

    fn begin(&mut self, delivery: DeliveryId, passed: bool) -> Option<Item> {
        let entry = self.entries.get_mut(&delivery)?;
        self.ready.remove(&key(&entry.item));
        (entry.in_flight, entry.passed) = (true, passed);
        self.in_flight += 1;
        Some(entry.item.clone())
    }

    /// When there may be something to take next, unless an attempt has to end first.
    pub fn next_due_us(&self, now_us: Micros, most: usize) -> Option<Micros> {
        let first = |rank| self.ready.range(ranked(rank)).next();
        let earliest = (0..RANKS).filter_map(first).map(|key| key.1).min();
        let earliest = earliest.filter(|_| self.in_flight < most)?;
        Some(earliest.max(self.gate.opens_us(now_us)?))
    }

    /// An attempt has ended and is recorded.
    pub fn settle(&mut self, delivery: DeliveryId, settled: Settled, now_us: Micros, random: f64) {
        let Some(entry) = self.entries.get_mut(&delivery).filter(|entry| entry.in_flight) else { return };
        let (passed, destination) = (entry.passed, entry.item.destination.clone());
        (entry.in_flight, entry.passed) = (false, false);
        self.in_flight -= 1;
        let failed = match &settled {
            Settled::Done { reached } => reached.then_some(false),
            Settled::Again { works, .. } => works.map(|works| !works),
            Settled::Wait { .. } => Some(false),
            Settled::Alone => None,
        };
        let back = passed && self.gate.ended(&destination, failed, now_us, random);
        let Some(entry) = self.entries.get_mut(&delivery) else { return };
        match settled {
            Settled::Done { .. } => self.finish(delivery),
            Settled::Again { next_us, again, waits, .. } => {
                let item = &mut entry.item;
                item.attempts += 1;
                (item.next_us, item.again, item.waits) = (next_us, item.again || again, waits);
                self.changed(delivery);
            }
            Settled::Wait { next_us, waits, whole } => {
                let item = &mut entry.item;
                item.attempts += 1;
                (item.next_us, item.waits) = (next_us, waits);
                self.gate.block(&destination, whole, next_us);
                self.changed(delivery);
            }
            Settled::Alone => {
                (entry.item.quiet_until_us, entry.item.next_us) = (None, now_us);
                self.changed(delivery);
            }
        }
        if back {
            self.hasten(now_us);
        }
    }

    fn changed(&mut self, delivery: DeliveryId) {
        let asked = self.entries.get(&delivery).map(|entry| entry.item.asked);
        if let Some(cause) = asked.and_then(|asked| self.causes.get_mut(&asked)) {
            cause.changed = true;
        }
        self.offer(delivery);
    }

    /// Everything that waits may go now.
    pub fn wake(&mut self, now_us: Micros) {
        self.gate.forget();
        self.hasten(now_us);
    }

    fn hasten(&mut self, now_us: Micros) {
        let waiting: Vec<_> = std::mem::take(&mut self.ready).into_iter().map(|key| key.3).collect();
        for entry in self.entries.values_mut().filter(|entry| !entry.in_flight) {
            entry.item.next_us = entry.item.next_us.min(now_us);
        }
        self.ready = waiting.iter().filter_map(|id| self.entries.get(id)).map(|e| key(&e.item)).collect();
    }

    /// Takes one that is older than its kind may get and not in flight.
    pub fn take_expired(&mut self, now_us: Micros, expiry_us: impl Fn(&Item) -> Micros) -> Option<Item> {
        let old = |item: &Item| now_us - item.begun_us > expiry_us(item);
        let key = self.ready.iter().find(|key| self.entries.get(&key.3).is_some_and(|e| old(&e.item)));
        let delivery = key?.3;
        self.begin(delivery, false)
    }

    /// What still waits of this incident.
    pub fn waiting_for(&self, incident: IncidentId) -> impl Iterator<Item = &Item> {
        let of_it = move |entry: &&Entry| entry.item.incident == Some(incident);
        self.entries.values().filter(of_it).map(|entry| &entry.item)
    }

    /// How many are not done.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// How many are being sent or were not tried yet and could be, counted up to `most`.
    pub fn pressing(&self, now_us: Micros, most: usize) -> usize {
        let untried = |rank| self.ready.range(ranked(rank)).take_while(|key| key.1 <= now_us);
        let untried = UNTRIED.into_iter().flat_map(untried);
        self.in_flight + untried.take(most.saturating_sub(self.in_flight)).count()
    }

    /// How many are being sent.
    pub fn in_flight(&self) -> usize {
        self.in_flight
    }

    /// Whether the far side seems to be away: all of them that were tried recently, where there are several.
    pub fn is_away(&self) -> bool {
        self.gate.is_away()
    }

    /// Destinations that seem to be away, where each is a far side of its own.
    pub fn away(&self) -> Vec<Arc<str>> {
        self.gate.away()
    }

    /// Where a delivery goes.
    pub fn destination(&self, delivery: DeliveryId) -> Option<&str> {
        self.entries.get(&delivery).map(|entry| entry.item.destination.as_ref())
    }

    fn finish(&mut self, delivery: DeliveryId) {
        let Some(Entry { item, .. }) = self.entries.remove(&delivery) else { return };
        if let Some(cause) = self.causes.get_mut(&item.asked) {
            cause.open.retain(|id| *id != delivery);
            if cause.open.is_empty() {
                if cause.parked {
                    self.finished.push(item.asked);
                }
                self.causes.remove(&item.asked);
            }
        }
        let others = || self.entries.values().any(|entry| entry.item.destination == item.destination);
        if self.gate.suspects(&item.destination) && !others() {
            self.gate.abandon(&item.destination);
        }
        for lane in item.lanes() {
            let Some(behind) = self.lanes.get_mut(&lane) else { continue };
            behind.retain(|id| *id != delivery);
            match behind.front().copied() {
                Some(next) => self.offer(next),
                None => drop(self.lanes.remove(&lane)),
            }
        }
    }
}

fn held(item: &Item) -> Option<(Micros, SubscriptionId, Position, DeliveryId)> {
    Some((item.quiet_until_us?, item.quiet_of?, item.asked, item.delivery))
}
