//! What does not simply wait for its turn: held by quiet hours, or over before it could be told.

use super::{Entry, LOWEST, Queue};
use crate::actors::dispatcher::item::{Item, Source};
use watchroom_domain::{IncidentId, Micros, NoticeKind, SubscriptionId};

impl Queue {
    /// When quiet hours end next that hold something.
    pub fn next_digest_us(&self) -> Option<Micros> {
        self.quiet.first().map(|held| held.0)
    }

    /// Takes what quiet hours held that are over now, of one subscription, in the order of its events, at
    /// most `most`.
    pub fn take_held(&mut self, now_us: Micros, most: usize) -> Option<(SubscriptionId, Micros, Vec<Item>)> {
        let (until_us, subscription, ..) = *self.quiet.first().filter(|held| held.0 <= now_us)?;
        let of_it = self.quiet.range((until_us, subscription, 0, LOWEST)..);
        let of_it = of_it.take_while(|held| (held.0, held.1) == (until_us, subscription));
        let held: Vec<_> = of_it.take(most).copied().collect();
        let taken = held.into_iter().filter_map(|held| {
            self.quiet.remove(&held);
            self.begin(held.3, false)
        });
        let items = taken.collect();
        Some((subscription, until_us, items))
    }

    /// The quiet hours of a subscription are others now: what they hold is told now.
    pub fn end_quiet(&mut self, subscription: SubscriptionId, now_us: Micros) {
        let of_it: Vec<_> = self.quiet.iter().filter(|held| held.1 == subscription).copied().collect();
        for held in of_it {
            self.quiet.remove(&held);
            if let Some(entry) = self.entries.get_mut(&held.3) {
                entry.item.quiet_until_us = Some(now_us);
                self.quiet.insert((now_us, held.1, held.2, held.3));
            }
        }
    }

    /// In which lanes something of an incident stands.
    pub fn lanes_of(&self, incident: IncidentId) -> Vec<(IncidentId, Source)> {
        self.lanes.keys().filter(|lane| lane.0 == incident).copied().collect()
    }

    /// Takes what still waits of an incident towards a recipient and can not have been heard, because it
    /// is over by now.
    pub fn take_untold(&mut self, lane: (IncidentId, Source), since_us: Micros) -> Vec<Item> {
        let waiting = self.lanes.get(&lane).cloned().unwrap_or_default();
        let untold = waiting.into_iter().filter(|id| {
            self.entries.get(id).is_some_and(|Entry { item, in_flight, .. }| {
                let single = item.told.kind() != NoticeKind::Digest && item.quiet_until_us.is_none();
                !in_flight && !item.again && single && item.told.alarms() && item.cause_us < since_us
            })
        });
        let untold: Vec<_> = untold.collect();
        untold.into_iter().filter_map(|id| self.begin(id, false)).collect()
    }
}
