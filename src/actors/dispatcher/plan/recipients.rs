//! Who is told: keepers, subscribers, people that a rule names, and whoever is responsible for the hub.

use super::Planner;
use crate::actors::dispatcher::item::{Recipient, Record, Source, Told};
use crate::views::IncidentRecord;
use std::collections::{BTreeMap, BTreeSet};
use watchroom_domain::{
    By, DeliveryStatus, IncidentId, Keeper, Machine, MachineId, NoticeKind, Role, Scope, Severity, SubjectId,
    Subscription, SubscriptionId,
};

/// The only channel that reaches people by an address that is known of them anyway.
pub(super) const MAIL: &str = "email";

/// A recipient with the address that tells two of them apart.
pub struct Candidate {
    pub recipient: Recipient,
    pub address: String,
}

impl Candidate {
    pub fn new(subject: SubjectId, source: Source, address: &str) -> Self {
        Self { recipient: Recipient { subject, source }, address: address.to_owned() }
    }

    fn of(s: &Subscription) -> Self {
        Self::new(s.subject, Source::Subscription(s.subscription), &s.address)
    }

    /// The address in the spelling by which two are the same.
    pub fn key(&self) -> String {
        self.address.trim().to_lowercase()
    }
}

impl Planner<'_> {
    /// The keeper first, then whoever subscribed; one address once.
    pub(super) fn candidates(
        &self,
        incident: IncidentId,
        machine: Option<&Machine>,
        severity: Severity,
    ) -> Vec<Candidate> {
        let mut found = Vec::new();
        if let Some(keeper) = self.keeper(incident, machine) {
            found.push(Candidate::new(keeper.subject, Source::Keeper, &keeper.mail));
        }
        for s in self.subscriptions().filter(|s| severity >= s.at_least) {
            // Of a machine that is gone nobody can say whether it is meant.
            if machine.is_none_or(|machine| s.scope.covers(machine)) {
                found.push(Candidate::of(s));
            }
        }
        once(found)
    }

    /// Those to whom something of this incident was delivered, or was tried to be, or is about to be.
    pub(super) fn concerned(&self, record: &IncidentRecord) -> Vec<Candidate> {
        let state = &self.models.state;
        let mut told: BTreeMap<SubjectId, BTreeSet<SubscriptionId>> = BTreeMap::new();
        for d in self.deliveries_of(record.incident) {
            told.entry(d.recipient).or_default().extend(d.subscription);
        }
        for recipient in self.queue.waiting_for(record.incident).map(|item| item.recipient) {
            told.entry(recipient.subject).or_default().extend(recipient.source.subscription());
        }
        let machine = state.machines.get(&record.machine);
        let mut candidates = self.candidates(record.incident, machine, record.severity);
        candidates.retain(|candidate| told.contains_key(&candidate.recipient.subject));
        // Whoever was told by an escalation has not subscribed to it, or not to this machine, or not with all
        // destinations that were used.
        for (subject, subscriptions) in &told {
            let known = |c: &Candidate| c.recipient.subject == *subject;
            if subscriptions.is_empty() && !candidates.iter().any(known) {
                candidates.extend(self.by_mail(*subject));
            }
            let of_them = self.subscriptions().filter(|s| subscriptions.contains(&s.subscription));
            candidates.extend(of_them.map(Candidate::of));
        }
        once(candidates)
    }

    /// All destinations that these people have in this channel.
    pub(super) fn destinations(&self, people: &[SubjectId]) -> Vec<Candidate> {
        let mut found = Vec::new();
        for person in people {
            let own: Vec<_> =
                self.subscriptions().filter(|s| s.subject == *person).map(Candidate::of).collect();
            let none = own.is_empty();
            found.extend(own);
            found.extend(self.by_mail(*person).filter(|_| none));
        }
        once(found)
    }

    /// Everybody whom a step names. Who has no address in any channel is one of them, so that it is recorded, once,
    /// that nobody could be told.
    pub(super) fn named(&self, people: &[SubjectId]) -> Vec<Candidate> {
        let mut found = self.destinations(people);
        let subscriptions = &self.models.state.subscriptions;
        let reached = |p: &SubjectId| subscriptions.values().any(|s| s.subject == *p && s.disabled.is_none());
        let mailless = |p: &SubjectId| {
            let person = self.models.state.people.get(p);
            person.is_some_and(|person| person.mail.trim().is_empty())
        };
        let nowhere = people.iter().filter(|p| self.channel == MAIL && mailless(p) && !reached(p));
        found.extend(nowhere.map(|p| Candidate::new(*p, Source::Person(*p), "")));
        found
    }

    /// Programs that want to hear of everything, and so of the hub and of its channels.
    pub(super) fn watchers(&self) -> Vec<Candidate> {
        let all = |s: &&Subscription| s.scope == Scope::Everywhere;
        let targets = self.descriptor.far_sides_apart();
        once(self.subscriptions().filter(|s| targets && all(s)).map(Candidate::of).collect())
    }

    /// Owners, administrators, and whom it concerns besides.
    pub(super) fn responsible(&self, besides: Option<SubjectId>) -> Vec<Candidate> {
        let people =
            self.models.state.people.values().filter(|p| p.role >= Role::Administrator && !p.suspended);
        let people: Vec<_> = people.map(|p| p.person).chain(besides).collect();
        self.destinations(&people)
    }

    /// Whoever subscribed to whatever machine, and whoever is responsible.
    pub(super) fn about_the_hub(&self, incident: IncidentId, severity: Severity) -> Vec<Candidate> {
        let mut found = self.candidates(incident, None, severity);
        found.extend(self.responsible(None));
        once(found)
    }

    /// Whether a recipient may be told at this address at this moment: whoever has an account hears only of machines
    /// that they see, and nothing once the account is suspended or gone. Who is told by mail as the keeper of a
    /// machine need not see it in the console, nor need an address that an administrator subscribed. An account that
    /// only claims an address has no say in what goes there: that is a stranger's address.
    pub(super) fn admitted(&self, recipient: &Recipient, address: &str, machine: Option<MachineId>) -> bool {
        let state = &self.models.state;
        let linked = recipient.source.subscription().and_then(|id| state.destinations.get(&id));
        let person = linked.map_or(recipient.subject, |chat| chat.person);
        let Some(known) = state.people.get(&person) else { return linked.is_none() };
        let told_there = matches!(recipient.source, Source::Keeper | Source::Subscription(_));
        if linked.is_none() && told_there && !known.holds(address) {
            return true;
        }
        let keeps = matches!(recipient.source, Source::Keeper | Source::Asked);
        let seen = |machine| state.sees(&state.principal(By::Person(person)), machine);
        !known.suspended && (keeps || machine.is_none_or(seen))
    }

    /// Whether a step of the rule calls this person, which admits them to that alert although they do not see the
    /// machine: whoever the rule belongs to could share it with them.
    pub(super) fn called(&self, recipient: &Recipient, told: &Told, record: Option<&Record>) -> bool {
        let Some(Record(record)) = record else { return false };
        let state = &self.models.state;
        let person = recipient.subject;
        if state.people.get(&person).is_none_or(|p| p.suspended) {
            return false;
        }
        let tells = state.rule_tells_of(record.rule, record.machine);
        if *told == Told::Escalated {
            return tells;
        }
        let step = Some(NoticeKind::Escalated);
        let of_them = self.deliveries_of(record.incident).filter(|d| d.recipient == person && d.kind == step);
        let tried: Vec<_> = of_them.map(|d| d.status).collect();
        // Whoever has heard of it hears the end, whatever became of the rule.
        let heard = tried.iter().any(|s| !matches!(s, DeliveryStatus::Waiting | DeliveryStatus::Dead));
        let mut waiting = self.queue.waiting_for(record.incident);
        let waits = waiting.any(|i| i.recipient.subject == person && i.told == Told::Escalated);
        heard || (tells && (waits || !tried.is_empty()))
    }

    /// Why somebody whom a step names is not told.
    pub(super) fn unseen(&self, recipient: &Recipient) -> &'static str {
        let person = self.models.state.people.get(&recipient.subject);
        match person.is_some_and(|person| person.suspended) {
            true => "account suspended",
            false => "may not see the machine",
        }
    }

    fn by_mail(&self, person: SubjectId) -> Option<Candidate> {
        let person = self.models.state.people.get(&person).filter(|_| self.channel == MAIL)?;
        let reachable = !person.mail.trim().is_empty();
        reachable.then(|| Candidate::new(person.person, Source::Person(person.person), &person.mail))
    }

    pub(super) fn subscriptions(&self) -> impl Iterator<Item = &Subscription> {
        let mine = |s: &&Subscription| s.channel == self.channel && s.disabled.is_none();
        self.models.state.subscriptions.values().filter(mine)
    }

    pub(super) fn keeper<'k>(
        &'k self,
        incident: IncidentId,
        machine: Option<&'k Machine>,
    ) -> Option<&'k Keeper> {
        if self.channel != MAIL {
            return None;
        }
        let keeper = match machine {
            Some(machine) => machine.keeper.as_ref(),
            None => self.keepers.get(&incident),
        };
        keeper.filter(|keeper| !keeper.mail.trim().is_empty())
    }
}

/// One address once.
pub(super) fn once(mut found: Vec<Candidate>) -> Vec<Candidate> {
    let mut seen = BTreeSet::new();
    found.retain(|candidate| seen.insert(candidate.key()));
    found
}
