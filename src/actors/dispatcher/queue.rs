//! What waits to be told: pure, with the time as an argument.
//!
//! Deliveries of one incident to one recipient stand in a lane and go one after another. Among those
//! whose turn it is, critical ones go first, new ones before those that failed, then those that are due the
//! longest.

use super::item::{Item, Source};
use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::ops::Range;
use watchroom_domain::{Backoff, DeliveryId, IncidentId, Micros, Position, SECOND_US, Severity, SubjectId};

/// Failures in a row after which the far side is taken to be away: then one at a time tries.
const AWAY_AFTER: u32 = 3;
/// Between attempts while the far side is away.
const PROBES: Backoff = Backoff { base_us: SECOND_US, cap_us: 30 * SECOND_US, expiry_us: Micros::MAX };
/// A cause that is not done after this time is parked, so that the cursor can move past it.
const PARK_AFTER_US: Micros = 3 * SECOND_US;

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
    },
}

/// Something that is not done yet, as it is kept across a restart. Holds no personal text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParkedItem {
    /// Position of the event that is to be told.
    pub pos: Position,
    /// Attempts so far, of whoever has had the most.
    pub attempts: u32,
    /// When to try again.
    pub next_us: Micros,
    /// Why it waits, in our own words.
    pub error: String,
}

/// What is to be written down, in this order: parked, then the cursor, then unparked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Checkpoint {
    /// What the cursor leaves behind unfinished.
    pub park: Vec<ParkedItem>,
    /// How far the cursor may move.
    pub advance: Position,
    /// What is finished.
    pub unpark: Vec<Position>,
}

#[derive(Debug)]
struct Entry {
    item: Item,
    in_flight: bool,
}

#[derive(Debug)]
struct Cause {
    open: Vec<DeliveryId>,
    added_us: Micros,
    parked: bool,
    /// Whether what is parked is out of date.
    changed: bool,
}

/// Ranks that a key has.
const RANKS: u8 = 4;
/// Ranks of what was never tried.
const UNTRIED: [u8; 2] = [0, 2];

type Lane = (IncidentId, Source);
/// By rank: milder severities come later, and of each what has failed before.
type Key = (u8, Micros, Position, DeliveryId);

/// The queue of one channel.
#[derive(Debug, Default)]
pub struct Queue {
    entries: HashMap<DeliveryId, Entry>,
    lanes: HashMap<Lane, VecDeque<DeliveryId>>,
    causes: BTreeMap<Position, Cause>,
    ready: BTreeSet<Key>,
    finished: Vec<Position>,
    in_flight: usize,
    failures: u32,
    not_before_us: Micros,
}

impl Queue {
    /// Takes in everything that one event has to tell, once. `parked` when it is parked already.
    pub fn add(&mut self, cause: Position, items: Vec<Item>, parked: bool, now_us: Micros) {
        if self.causes.contains_key(&cause) {
            return;
        }
        if items.is_empty() {
            if parked {
                self.finished.push(cause);
            }
            return;
        }
        let open = items.iter().map(|item| item.delivery).collect();
        self.causes.insert(cause, Cause { open, added_us: now_us, parked, changed: false });
        for item in items {
            let delivery = item.delivery;
            let lane = item.incident.map(|incident| (incident, item.recipient.source));
            let key = key(&item);
            self.entries.insert(delivery, Entry { item, in_flight: false });
            let first = lane.is_none_or(|lane| {
                let lane = self.lanes.entry(lane).or_default();
                lane.push_back(delivery);
                lane.len() == 1
            });
            if first {
                self.ready.insert(key);
            }
        }
        // Something new is worth a look whether the far side is back.
        self.not_before_us = self.not_before_us.min(now_us + SECOND_US);
    }

    /// The next one whose time has come, if `most` in flight leave room for it.
    pub fn take(&mut self, now_us: Micros, most: usize) -> Option<Item> {
        let away = self.is_away();
        let room = if away { 1 } else { most };
        if self.in_flight >= room || away && now_us < self.not_before_us {
            return None;
        }
        let first = |rank| self.ready.range(ranked(rank)).next();
        let found = (0..RANKS).filter_map(first).find(|key| key.1 <= now_us);
        let key = *found?;
        self.ready.remove(&key);
        let entry = self.entries.get_mut(&key.3)?;
        entry.in_flight = true;
        self.in_flight += 1;
        Some(entry.item.clone())
    }

    /// When there may be something to take next, unless an attempt has to end first.
    pub fn next_due_us(&self, most: usize) -> Option<Micros> {
        let room = if self.is_away() { 1 } else { most };
        let earliest = self.ready.iter().map(|key| key.1).min().filter(|_| self.in_flight < room)?;
        Some(if self.is_away() { earliest.max(self.not_before_us) } else { earliest })
    }

    /// An attempt has ended and is recorded.
    pub fn settle(&mut self, delivery: DeliveryId, settled: Settled, now_us: Micros, random: f64) {
        let Some(entry) = self.entries.get_mut(&delivery).filter(|entry| entry.in_flight) else { return };
        entry.in_flight = false;
        self.in_flight -= 1;
        entry.item.attempts += 1;
        match settled {
            Settled::Again { next_us, again, waits } => {
                let item = &mut entry.item;
                (item.next_us, item.again, item.waits) = (next_us, item.again || again, waits);
                let (key, cause) = (key(item), item.cause);
                self.ready.insert(key);
                if let Some(cause) = self.causes.get_mut(&cause) {
                    cause.changed = true;
                }
                self.failures = self.failures.saturating_add(1);
                let wait = PROBES.wait_us(self.failures.saturating_sub(AWAY_AFTER - 1), random);
                self.not_before_us = now_us + wait;
            }
            Settled::Done { reached } => {
                self.finish(delivery);
                if reached && std::mem::take(&mut self.failures) >= AWAY_AFTER {
                    self.wake(now_us);
                }
            }
        }
    }

    /// Everything that waits may go now.
    pub fn wake(&mut self, now_us: Micros) {
        self.failures = 0;
        self.not_before_us = 0;
        let waiting: Vec<_> = std::mem::take(&mut self.ready).into_iter().map(|key| key.3).collect();
        for entry in self.entries.values_mut().filter(|entry| !entry.in_flight) {
            entry.item.next_us = entry.item.next_us.min(now_us);
        }
        self.ready = waiting.iter().filter_map(|id| self.entries.get(id)).map(|e| key(&e.item)).collect();
    }

    /// Takes one that is older than its kind may get and not in flight.
    pub fn take_expired(&mut self, now_us: Micros, expiry_us: impl Fn(&Item) -> Micros) -> Option<Item> {
        let old = |item: &Item| now_us - item.cause_us > expiry_us(item);
        let key = self.ready.iter().find(|key| self.entries.get(&key.3).is_some_and(|e| old(&e.item)));
        let key = *key?;
        self.ready.remove(&key);
        let entry = self.entries.get_mut(&key.3)?;
        entry.in_flight = true;
        self.in_flight += 1;
        Some(entry.item.clone())
    }

    /// Says of everything that waits why it does.
    pub fn explain(&mut self, waits: &str) {
        for entry in self.entries.values_mut().filter(|entry| !entry.in_flight) {
            if entry.item.waits != waits {
                entry.item.waits = waits.to_owned();
                if let Some(cause) = self.causes.get_mut(&entry.item.cause) {
                    cause.changed = true;
                }
            }
        }
    }

    /// Subjects that something of this incident still waits for.
    pub fn waiting_for(&self, incident: IncidentId) -> impl Iterator<Item = SubjectId> {
        let of_it = move |entry: &&Entry| entry.item.incident == Some(incident);
        self.entries.values().filter(of_it).map(|entry| entry.item.recipient.subject)
    }

    /// What is to be written down now that everything up to `read_to` was looked at. What is young may
    /// well be done in a moment and holds the cursor instead of being parked, unless `all`.
    pub fn checkpoint(&mut self, read_to: Position, now_us: Micros, all: bool) -> Checkpoint {
        let mut checkpoint = Checkpoint { advance: read_to, ..Checkpoint::default() };
        for (pos, cause) in &mut self.causes {
            if !cause.parked && !all && now_us - cause.added_us < PARK_AFTER_US {
                checkpoint.advance = checkpoint.advance.min(pos - 1);
            } else if !cause.parked || cause.changed {
                let items = cause.open.iter().filter_map(|id| self.entries.get(id)).map(|e| &e.item);
                let first = items.clone().min_by_key(|item| item.next_us);
                checkpoint.park.push(ParkedItem {
                    pos: *pos,
                    attempts: items.map(|item| item.attempts).max().unwrap_or(0),
                    next_us: first.map_or(now_us, |item| item.next_us),
                    error: first.map_or_else(String::new, |item| item.waits.clone()),
                });
                (cause.parked, cause.changed) = (true, false);
            }
        }
        checkpoint.unpark = std::mem::take(&mut self.finished);
        checkpoint
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

    /// Whether a checkpoint may have something to say.
    pub fn has_news(&self) -> bool {
        !self.finished.is_empty() || self.causes.values().any(|cause| !cause.parked || cause.changed)
    }

    /// Whether the far side seems to be away.
    pub fn is_away(&self) -> bool {
        self.failures >= AWAY_AFTER
    }

    fn finish(&mut self, delivery: DeliveryId) {
        let Some(Entry { item, .. }) = self.entries.remove(&delivery) else { return };
        if let Some(cause) = self.causes.get_mut(&item.cause) {
            cause.open.retain(|id| *id != delivery);
            if cause.open.is_empty() {
                if cause.parked {
                    self.finished.push(item.cause);
                }
                self.causes.remove(&item.cause);
            }
        }
        let Some(incident) = item.incident else { return };
        let lane = (incident, item.recipient.source);
        let Some(behind) = self.lanes.get_mut(&lane) else { return };
        behind.retain(|id| *id != delivery);
        match behind.front().and_then(|id| self.entries.get(id)) {
            Some(next) => {
                self.ready.insert(key(&next.item));
            }
            None => {
                self.lanes.remove(&lane);
            }
        }
    }
}

const LOWEST: DeliveryId = DeliveryId(uuid::Uuid::nil());

/// All of a rank.
fn ranked(rank: u8) -> Range<Key> {
    (rank, Micros::MIN, 0, LOWEST)..(rank + 1, Micros::MIN, 0, LOWEST)
}

/// What is new goes before what has failed, or many that cannot be delivered would hold it up.
fn key(item: &Item) -> Key {
    let rank = match (item.severity, item.attempts) {
        (Severity::Critical, 0) => 0,
        (Severity::Critical, _) => 1,
        (Severity::Warning, 0) => 2,
        (Severity::Warning, _) => 3,
    };
    (rank, item.next_us, item.cause, item.delivery)
}
