//! Who is to be told of what: pure, from the read models and one event.

use super::item::{Item, Recipient, Record, Source, Told};
use super::queue::Queue;
use super::words::Telling;
use crate::views::{IncidentRecord, Models};
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use watchroom_domain::{
    Delivery, DeliveryId, DeliveryStatus, Event, IncidentId, Keeper, Machine, Micros, RecordedEvent,
    Severity, State, SubjectId, body,
};

/// How the answer of an attempt begins that may have arrived.
pub const UNSURE: &str = "no answer";

/// Keepers of machines that fired, should the machine be removed before its incident is over.
pub type Keepers = HashMap<IncidentId, Keeper>;

/// What planning looks at.
pub struct Planner<'a> {
    /// The channel's stable name.
    pub channel: &'a str,
    /// What is so.
    pub models: &'a Models,
    /// What waits already.
    pub queue: &'a Queue,
    /// Keepers of machines that may be gone.
    pub keepers: &'a Keepers,
}

/// A recipient with the address that tells two of them apart.
struct Candidate {
    recipient: Recipient,
    address: String,
}

impl Planner<'_> {
    /// What this event gives to tell and was not done with before; nothing for most events.
    pub fn plan(&self, event: &RecordedEvent) -> Vec<Item> {
        match &event.event {
            Event::AlertFired(e) => self.fired(event, e),
            Event::AlertResolved(e) => self.resolved(event, e),
            Event::TestRequested(e) if e.channel == self.channel => {
                let recipient = Recipient { subject: e.subject, source: Source::Asked };
                let told = Told::Test { address: e.address.clone() };
                let candidates = vec![Candidate { recipient, address: e.address.clone() }];
                self.items(event, candidates, &told, Severity::Critical, None)
            }
            _ => Vec::new(),
        }
    }

    /// Deliveries of this event that were begun and now have nobody to go to any more.
    pub fn stranded(&self, event: &RecordedEvent, planned: &[Item]) -> Vec<Delivery> {
        let begun = self.models.state.deliveries.range((event.pos, LOWEST)..(event.pos + 1, LOWEST));
        let waits = |d: &&Delivery| d.channel == self.channel && d.status == DeliveryStatus::Waiting;
        let begun = begun.map(|(_, delivery)| delivery).filter(waits);
        begun.filter(|d| planned.iter().all(|item| item.delivery != d.delivery)).cloned().collect()
    }

    /// All that the notice of an item is made from; `None` when there is nobody to tell any more.
    pub fn telling(&self, item: &Item, now_us: Micros) -> Option<(Telling, SubjectId)> {
        let state = &self.models.state;
        let record = item
            .incident
            .and_then(|id| self.record(id))
            .or_else(|| item.record.as_ref().map(|r| r.0.clone()));
        let machine = record.as_ref().and_then(|r| state.machines.get(&r.machine));
        let (subject, address) = match (&item.recipient.source, &item.told) {
            (Source::Asked, Told::Test { address }) => (item.recipient.subject, address.clone()),
            (Source::Subscription(id), _) => {
                let found = state.subscriptions.get(id).filter(|s| s.channel == self.channel)?;
                (found.subject, found.address.clone())
            }
            _ => {
                let keeper = self.keeper(item.incident?, machine)?;
                (keeper.subject, keeper.mail.clone())
            }
        };
        let acknowledged = record.as_ref().and_then(|r| r.acknowledged);
        let telling = Telling {
            item: item.clone(),
            address,
            name: self.name(subject, item, machine),
            machine: machine.map(|m| m.details.clone()),
            acknowledged_by: acknowledged.map(|(by, _)| display_name(state, by)),
            record,
            thread: self.thread(item, subject).map(str::to_owned),
            now_us,
        };
        Some((telling, subject))
    }

    fn fired(&self, event: &RecordedEvent, e: &body::AlertFired) -> Vec<Item> {
        let Some(machine) = self.models.state.machines.get(&e.machine) else { return Vec::new() };
        let record = self
            .record(e.incident)
            .unwrap_or_else(|| IncidentRecord::fired(event.pos, e, &self.models.state));
        let candidates = self.candidates(e.incident, Some(machine), e.severity);
        self.items(event, candidates, &Told::Fired, e.severity, Some(record))
    }

    /// Those hear of the end to whom the beginning was delivered, or was tried to be, or is about to be.
    fn resolved(&self, event: &RecordedEvent, e: &body::AlertResolved) -> Vec<Item> {
        let state = &self.models.state;
        let Some(record) = self.record(e.incident) else { return Vec::new() };
        let of_it = |d: &&Delivery| d.incident == Some(e.incident) && d.channel == self.channel;
        let tried = state.deliveries.values().filter(of_it).map(|d| d.recipient);
        let told: BTreeSet<SubjectId> = tried.chain(self.queue.waiting_for(e.incident)).collect();
        let mut candidates =
            self.candidates(e.incident, state.machines.get(&record.machine), record.severity);
        candidates.retain(|candidate| told.contains(&candidate.recipient.subject));
        let told = Told::Resolved { at_us: e.at_us, value: e.value, reason: e.reason };
        self.items(event, candidates, &told, record.severity, Some(record))
    }

    /// The keeper first, then whoever subscribed; one address once.
    fn candidates(
        &self,
        incident: IncidentId,
        machine: Option<&Machine>,
        severity: Severity,
    ) -> Vec<Candidate> {
        let mut found = Vec::new();
        if let Some(keeper) = self.keeper(incident, machine) {
            let recipient = Recipient { subject: keeper.subject, source: Source::Keeper };
            found.push(Candidate { recipient, address: keeper.mail.clone() });
        }
        let subscriptions = self.models.state.subscriptions.values();
        for s in subscriptions.filter(|s| s.channel == self.channel && severity >= s.at_least) {
            // Of a machine that is gone nobody can say whether it is meant.
            if machine.is_none_or(|machine| s.scope.covers(machine)) {
                let source = Source::Subscription(s.subscription);
                let recipient = Recipient { subject: s.subject, source };
                found.push(Candidate { recipient, address: s.address.clone() });
            }
        }
        let mut seen = BTreeSet::new();
        found.retain(|candidate| seen.insert(candidate.address.trim().to_lowercase()));
        found
    }

    fn keeper<'k>(&'k self, incident: IncidentId, machine: Option<&'k Machine>) -> Option<&'k Keeper> {
        if self.channel != "email" {
            return None;
        }
        let keeper = match machine {
            Some(machine) => machine.keeper.as_ref(),
            None => self.keepers.get(&incident),
        };
        keeper.filter(|keeper| !keeper.mail.trim().is_empty())
    }

    fn items(
        &self,
        event: &RecordedEvent,
        candidates: Vec<Candidate>,
        told: &Told,
        severity: Severity,
        record: Option<IncidentRecord>,
    ) -> Vec<Item> {
        let incident = record.as_ref().map(|r| r.incident);
        let record = record.map(|r| Arc::new(Record(r)));
        let mut subjects = BTreeSet::new();
        let items = candidates.into_iter().filter_map(|candidate| {
            let recipient = candidate.recipient;
            let delivery = match recipient.source {
                // A second address of the same person is a delivery of its own.
                Source::Subscription(id) if !subjects.insert(recipient.subject) => {
                    let (pos, subject) = (event.pos.to_string(), recipient.subject.to_string());
                    DeliveryId::derived(&[&pos, self.channel, &subject, &id.to_string()])
                }
                _ => {
                    subjects.insert(recipient.subject);
                    DeliveryId::of(event.pos, self.channel, recipient.subject)
                }
            };
            let before = self.models.state.deliveries.get(&(event.pos, delivery));
            if before.is_some_and(|d| d.status != DeliveryStatus::Waiting) {
                return None;
            }
            Some(Item {
                delivery,
                cause: event.pos,
                cause_us: event.ts_us,
                incident,
                told: told.clone(),
                severity,
                recipient,
                attempts: before.map_or(0, |d| d.attempts),
                again: before.is_some_and(|d| d.answer.starts_with(UNSURE)),
                next_us: 0,
                waits: before.map_or_else(String::new, |d| d.answer.clone()),
                record: record.clone(),
            })
        });
        items.collect()
    }

    fn thread(&self, item: &Item, subject: SubjectId) -> Option<&str> {
        let subscription = item.recipient.source.subscription();
        self.models.state.thread(item.incident?, self.channel, subject, subscription)
    }

    fn record(&self, incident: IncidentId) -> Option<IncidentRecord> {
        self.models.history.incident(incident).cloned()
    }

    fn name(&self, subject: SubjectId, item: &Item, machine: Option<&Machine>) -> String {
        let keeper = item.incident.and_then(|incident| self.keeper(incident, machine));
        match keeper {
            Some(keeper) if item.recipient.source == Source::Keeper => keeper.name.clone(),
            _ => display_name(&self.models.state, subject),
        }
    }
}

fn display_name(state: &State, subject: SubjectId) -> String {
    state.people.get(&subject).map_or_else(String::new, |person| person.display_name.clone())
}

const LOWEST: DeliveryId = DeliveryId(uuid::Uuid::nil());
