//! What is to be told of an event: pure, from the read models and that event.

mod recipients;
mod telling;

use super::item::{Item, Recipient, Record, Source, Told};
use super::queue::Queue;
use super::quiet;
use crate::views::{IncidentRecord, Models};
use recipients::{Candidate, once};
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use watchroom_domain::{
    AddressKind, ChannelDescriptor, ChannelTrouble, Delivery, DeliveryId, DeliveryStatus, Event, IncidentId,
    Keeper, MachineId, Micros, NoticeKind, RecordedEvent, Severity, SubscriptionId, body,
};

/// Why something is given up that has nobody to go to any more.
pub const GONE: &str = "recipient gone";

/// Why something is not told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Untold {
    /// There is nobody to tell, or nobody who may be told, and why.
    Nobody(&'static str),
    /// It is not so any more.
    Over,
}

/// How the answer of an attempt begins that may have arrived.
pub const UNSURE: &str = "no answer";

/// Keepers of machines that fired, should the machine be removed before its incident is over.
pub type Keepers = HashMap<IncidentId, Keeper>;

/// What planning looks at.
pub struct Planner<'a> {
    /// The channel's stable name.
    pub channel: &'a str,
    /// What the channel says of itself.
    pub descriptor: &'a ChannelDescriptor,
    /// What is so.
    pub models: &'a Models,
    /// What waits already.
    pub queue: &'a Queue,
    /// Keepers of machines that may be gone.
    pub keepers: &'a Keepers,
}

impl Planner<'_> {
    /// What this event gives to tell and was not done with before; nothing for most events.
    pub fn plan(&self, event: &RecordedEvent) -> Vec<Item> {
        match &event.event {
            // What is quiet is held; when nothing holds it any more, that is told.
            Event::AlertFired(e) if !e.quiet => self.fired(event, e),
            Event::AlertReleased(e) => {
                let mut items = self.alarm(event, e.incident, &Told::Released);
                items.extend(self.changed(event, e.incident));
                items
            }
            Event::AlertFlapping(e) if !e.quiet => {
                let told = Told::Flapping { times: e.times, within_us: e.within_us };
                self.alarm(event, e.incident, &told)
            }
            Event::AlertEscalated(e) => self.escalated(event, e),
            Event::AlertSnoozed(e) => self.changed(event, e.incident),
            Event::AlertResolved(e) => self.resolved(event, e),
            Event::AlertAcknowledged(e) => self.changed(event, e.incident),
            Event::EvidenceRecorded(e) => self.changed(event, e.incident),
            Event::DigestCalled(e) if e.channel == self.channel => self.digest(event, e),
            Event::ChannelWentDown(e) => {
                let (channel, trouble, since_us) = (e.channel.clone(), e.trouble, e.since_us);
                let targets = e.targets.clone();
                self.news(event, &Told::ChannelDown { channel, trouble, since_us, targets })
            }
            Event::ChannelCameBack(e) if e.channel != self.channel => {
                let (channel, down_us) = (e.channel.clone(), e.down_us);
                self.news(event, &Told::ChannelBack { channel, down_us })
            }
            Event::HubTroubled(e) => {
                self.news(event, &Told::HubTroubled { part: e.part, trouble: e.trouble })
            }
            Event::HubRecovered(e) => {
                self.news(event, &Told::HubRecovered { part: e.part, lasted_us: e.lasted_us })
            }
            Event::SubscriptionDisabled(e) if e.channel != self.channel || self.has_chats() => {
                let (channel, reason) = (e.channel.clone(), e.reason.clone());
                // A group is nobody; whoever linked it is told, in another chat of theirs too.
                let linked = self.models.state.destinations.get(&e.subscription);
                let whose = linked.map_or(e.subject, |chat| chat.person);
                self.news(event, &Told::AddressGone { channel, whose, reason })
            }
            Event::LetterRequested(e) if self.channel == recipients::MAIL => {
                let candidates = vec![Candidate::new(e.subject, Source::Asked, &e.mail)];
                self.items(event, candidates, &Told::Letter(e.clone()), Severity::Warning, None)
            }
            Event::TestRequested(e) if e.channel == self.channel => {
                let told = Told::Test { address: e.address.clone() };
                let candidates = vec![Candidate::new(e.subject, Source::Asked, &e.address)];
                self.items(event, candidates, &told, Severity::Critical, None)
            }
            _ => Vec::new(),
        }
    }

    fn has_chats(&self) -> bool {
        self.descriptor.address == AddressKind::Linked
    }

    /// Deliveries of this event that were begun and now have nobody to go to any more.
    pub fn stranded(&self, event: &RecordedEvent, planned: &[Item]) -> Vec<Delivery> {
        let begun = self.models.state.deliveries.range((event.pos, LOWEST)..(event.pos + 1, LOWEST));
        let waits = |d: &&Delivery| d.channel == self.channel && d.status == DeliveryStatus::Waiting;
        let begun = begun.map(|(_, delivery)| delivery).filter(waits);
        begun.filter(|d| planned.iter().all(|item| item.delivery != d.delivery)).cloned().collect()
    }

    fn fired(&self, event: &RecordedEvent, e: &body::AlertFired) -> Vec<Item> {
        let record = self
            .record(e.incident)
            .unwrap_or_else(|| IncidentRecord::fired(event.pos, e, &self.models.state));
        self.tell_all(event, record, &Told::Fired)
    }

    fn alarm(&self, event: &RecordedEvent, incident: IncidentId, told: &Told) -> Vec<Item> {
        self.record(incident).map_or_else(Vec::new, |record| self.tell_all(event, record, told))
    }

    /// Tells of an incident to everybody whom it concerns.
    fn tell_all(&self, event: &RecordedEvent, record: IncidentRecord, told: &Told) -> Vec<Item> {
        let machine = self.models.state.machines.get(&record.machine);
        let candidates = match machine {
            // The hub's own view is everybody's business who is responsible for it.
            None if record.machine.is_hub() => self.about_the_hub(record.incident, record.severity),
            None => return Vec::new(),
            Some(_) => self.candidates(record.incident, machine, record.severity),
        };
        let severity = record.severity;
        self.items(event, candidates, told, severity, Some(record))
    }

    /// Nobody took care of it in time: these people hear of it by all their destinations.
    fn escalated(&self, event: &RecordedEvent, e: &body::AlertEscalated) -> Vec<Item> {
        let Some(record) = self.record(e.incident) else { return Vec::new() };
        let severity = record.severity;
        self.items(event, self.named(&e.to), &Told::Escalated, severity, Some(record))
    }

    /// Those hear of the end to whom the beginning was delivered, or was tried to be, or is about to be.
    fn resolved(&self, event: &RecordedEvent, e: &body::AlertResolved) -> Vec<Item> {
        let Some(record) = self.record(e.incident) else { return Vec::new() };
        let told = Told::Resolved { at_us: e.at_us, value: e.value, reason: e.reason, untold: false };
        let severity = record.severity;
        let mut items = self.items(event, self.concerned(&record), &told, severity, Some(record));
        self.mark_untold(e.incident, &mut items, &[]);
        items.extend(self.changed(event, e.incident));
        items
    }

    /// Marks the ends of those who were to be told before, as these were just now, and were not.
    pub fn mark_untold(&self, incident: IncidentId, items: &mut [Item], just_now: &[Source]) {
        let known: Vec<_> = self.deliveries_of(incident).collect();
        for item in items {
            let Recipient { subject, source } = item.recipient;
            let to_them = |d: &&&Delivery| d.recipient == subject && d.subscription == source.subscription();
            // That something was changed tells nobody of anything.
            let told = |d: &&&Delivery| d.kind != Some(NoticeKind::Changed) && to_them(d);
            let was = |is: &[DeliveryStatus]| known.iter().filter(told).any(|d| is.contains(&d.status));
            if let Told::Resolved { untold, .. } = &mut item.told {
                let told = was(&[DeliveryStatus::Accepted, DeliveryStatus::Digested]);
                let lost = was(&[DeliveryStatus::Superseded, DeliveryStatus::Dead]);
                *untold = !told && (just_now.contains(&source) || lost);
            }
        }
    }

    /// A silent change goes where something was shown that can be changed.
    fn changed(&self, event: &RecordedEvent, incident: IncidentId) -> Vec<Item> {
        let Some(record) = self.record(incident).filter(|_| self.descriptor.updates) else {
            return Vec::new();
        };
        // What is being sent is shown in a moment: its change comes behind it.
        let waiting = self.queue.waiting_for(incident);
        let on_its_way: BTreeSet<_> = waiting.map(|item| item.recipient.subject).collect();
        let shown = |c: &Candidate| {
            let (subject, subscription) = (c.recipient.subject, c.recipient.source.subscription());
            let thread = self.models.state.thread(incident, self.channel, subject, subscription);
            thread.is_some() || on_its_way.contains(&subject)
        };
        let mut candidates = self.concerned(&record);
        candidates.retain(shown);
        let severity = record.severity;
        self.items(event, candidates, &Told::Changed, severity, Some(record))
    }

    fn digest(&self, event: &RecordedEvent, e: &body::DigestCalled) -> Vec<Item> {
        let state = &self.models.state;
        let Some(s) = state.subscriptions.get(&e.subscription) else { return Vec::new() };
        let mut incidents = Vec::new();
        for pos in &e.held {
            let of_it = state.deliveries.range((*pos, LOWEST)..(*pos + 1, LOWEST)).map(|(_, d)| d);
            // Keepers are held by the quiet hours of their address.
            let held = |d: &&Delivery| d.subscription.is_none() && d.status == DeliveryStatus::Digested;
            let of_it = of_it.filter(|d| d.channel == self.channel);
            let of_it = of_it.filter(|d| d.subscription == Some(e.subscription) || held(d));
            incidents.extend(of_it.filter_map(|d| d.incident).find(|i| !incidents.contains(i)));
        }
        let severities = incidents.iter().filter_map(|i| self.record(*i)).map(|r| r.severity);
        let severity = severities.max().unwrap_or(Severity::Warning);
        let told = Told::Digest { incidents, held: e.held.len(), until_us: e.until_us };
        let candidates = vec![Candidate::new(s.subject, Source::Subscription(e.subscription), &s.address)];
        self.items(event, candidates, &told, severity, None)
    }

    /// News of another channel or of the hub, which this one can tell only if it is set up itself. If it is down
    /// at the moment, it tells what is still so when it is back.
    fn news(&self, event: &RecordedEvent, told: &Told) -> Vec<Item> {
        if !self.models.state.channels.contains_key(self.channel) {
            return Vec::new();
        }
        let candidates = match told {
            Told::AddressGone { whose, .. } => self.responsible(Some(*whose)),
            // What of a channel still works tells of its other targets.
            Told::ChannelDown { channel, trouble, targets, .. } if channel == self.channel => {
                let mut working = self.watchers();
                let fails = |c: &Candidate| targets.iter().any(|target| target.to_lowercase() == c.key());
                working.retain(|c| *trouble == ChannelTrouble::Partly && !fails(c));
                working
            }
            _ => {
                let mut found = self.responsible(None);
                found.extend(self.watchers());
                once(found)
            }
        };
        self.items(event, candidates, told, Severity::Critical, None)
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
        let told_of = record.as_ref().map(|r| r.0.machine);
        let items = candidates.into_iter().filter_map(|candidate| {
            let recipient = candidate.recipient;
            // Whom a step names is not left out in silence: why is found, and recorded, when it is to be told.
            let named = *told == Told::Escalated || self.called(&recipient, told, record.as_deref());
            if !named && !self.admitted(&recipient, &candidate.address, told_of) {
                return None;
            }
            let delivery = self.delivery(event, &recipient, told);
            let before = self.models.state.deliveries.get(&(event.pos, delivery));
            if before.is_some_and(|d| d.status != DeliveryStatus::Waiting) {
                return None;
            }
            let revived_us = before.and_then(|d| d.revived_us);
            // Who has it sent again wants it now.
            let quiet_of = self.quiet_of(&candidate, told_of, severity);
            let quiet_until_us = match (quiet_of, revived_us) {
                (Some(id), None) if told.can_wait() => self.quiet_until_us(id, severity, event.ts_us),
                _ => None,
            };
            Some(Item {
                delivery,
                cause: event.pos,
                asked: event.pos,
                cause_us: event.ts_us,
                begun_us: revived_us.unwrap_or(event.ts_us),
                incident,
                told: told.clone(),
                severity,
                recipient,
                destination: Arc::from(candidate.key()),
                attempts: before.map_or(0, |d| d.attempts),
                again: before.is_some_and(|d| d.answer.starts_with(UNSURE)),
                next_us: 0,
                quiet_until_us,
                quiet_of,
                waits: before.map_or_else(String::new, |d| d.answer.clone()),
                record: record.clone(),
            })
        });
        items.collect()
    }

    /// The identifier of what this recipient is told of this event; the same whoever else is told.
    fn delivery(&self, event: &RecordedEvent, recipient: &Recipient, told: &Told) -> DeliveryId {
        let cause = event.pos;
        let plain = DeliveryId::of(cause, self.channel, recipient.subject);
        let besides = matches!(event.event, Event::AlertResolved(_) | Event::AlertReleased(_));
        if besides && *told == Told::Changed {
            let (pos, subject) = (cause.to_string(), recipient.subject.to_string());
            let source = recipient.source.subscription().map_or_else(String::new, |id| id.to_string());
            return DeliveryId::derived(&[&pos, self.channel, &subject, &source, "changed"]);
        }
        let Source::Subscription(id) = recipient.source else { return plain };
        // Logs from before hold the first address of a person under the plain one.
        let before = self.models.state.deliveries.get(&(cause, plain));
        if before.is_some_and(|d| d.subscription == Some(id)) {
            return plain;
        }
        let (pos, subject) = (cause.to_string(), recipient.subject.to_string());
        DeliveryId::derived(&[&pos, self.channel, &subject, &id.to_string()])
    }

    /// Whose quiet hours hold what goes to this recipient: a subscription's own, and a keeper's by the address. Where
    /// one of those that tell of the machine has none, nothing is held.
    fn quiet_of(
        &self,
        candidate: &Candidate,
        machine: Option<MachineId>,
        severity: Severity,
    ) -> Option<SubscriptionId> {
        if candidate.recipient.source != Source::Keeper {
            return candidate.recipient.source.subscription();
        }
        let machine = machine.and_then(|id| self.models.state.machines.get(&id));
        let same = self.subscriptions().filter(|s| s.address.trim().to_lowercase() == candidate.key());
        let (tells, others): (Vec<_>, Vec<_>) =
            same.partition(|s| severity >= s.at_least && machine.is_some_and(|m| s.scope.covers(m)));
        let meant = if tells.is_empty() { others } else { tells };
        let quiet = meant.iter().all(|s| s.quiet.is_some());
        meant.first().filter(|_| quiet).map(|s| s.subscription)
    }

    fn quiet_until_us(&self, id: SubscriptionId, severity: Severity, at_us: Micros) -> Option<Micros> {
        let quiet = self.models.state.subscriptions.get(&id)?.quiet.as_ref()?;
        let held = severity != Severity::Critical || !quiet.critical_breaks_through;
        quiet::ends_us(quiet, at_us).filter(|_| held)
    }

    fn record(&self, incident: IncidentId) -> Option<IncidentRecord> {
        self.models.history.incident(incident).cloned()
    }

    fn deliveries_of(&self, incident: IncidentId) -> impl Iterator<Item = &Delivery> {
        let of_it = move |d: &&Delivery| d.incident == Some(incident) && d.channel == self.channel;
        self.models.state.deliveries.values().filter(of_it)
    }
}

const LOWEST: DeliveryId = DeliveryId(uuid::Uuid::nil());
