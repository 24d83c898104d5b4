//! All that a notice is made from, looked up at the moment of telling.

use super::{GONE, Planner, Untold};
use crate::actors::dispatcher::item::{Item, Record, Source, Told};
use crate::actors::dispatcher::words::Telling;
use crate::views::IncidentRecord;
use watchroom_domain::alert::Hold;
use watchroom_domain::{IncidentId, Machine, Micros, NoticeKind, Process, State, SubjectId};

impl Planner<'_> {
    /// All that the notice of an item is made from.
    ///
    /// # Errors
    /// [`Untold`] when there is nobody to tell, or nothing any more.
    pub fn telling(&self, item: &Item, now_us: Micros) -> Result<(Telling, SubjectId), Untold> {
        let state = &self.models.state;
        if !self.is_still_so(&item.told) {
            return Err(Untold::Over);
        }
        let record = item
            .incident
            .and_then(|id| self.record(id))
            .or_else(|| item.record.as_ref().map(|r| r.0.clone()));
        let machine = record.as_ref().and_then(|r| state.machines.get(&r.machine));
        let nowhere = match (&item.told, item.recipient.source) {
            (Told::Escalated, Source::Person(_)) => "no address",
            _ => GONE,
        };
        let (subject, address) = self.address(item, machine, now_us).ok_or(Untold::Nobody(nowhere))?;
        // Rights may have changed since it was planned.
        let told_of = record.as_ref().map(|r| r.machine);
        let called = || self.called(&item.recipient, &item.told, record.clone().map(Record).as_ref());
        if !self.admitted(&item.recipient, &address, told_of) && !called() {
            let named = item.told == Told::Escalated;
            return Err(Untold::Nobody(if named { self.unseen(&item.recipient) } else { GONE }));
        }
        let acknowledged = record.as_ref().and_then(|r| r.acknowledged);
        let telling = Telling {
            item: item.clone(),
            name: self.name(subject, item, machine),
            machine: machine.map(|m| m.details.clone()),
            acknowledged_by: acknowledged.map(|(by, _)| display_name(state, by)),
            snoozed_until_us: item.incident.and_then(|id| snoozed_until_us(state, id)),
            digest: self.digested(item, &address),
            address,
            whose: match &item.told {
                Told::AddressGone { whose, .. } => display_name(state, *whose),
                _ => String::new(),
            },
            why: record.as_ref().map(|r| failure_of(state, r)).unwrap_or_default(),
            evidence: self.evidence(item),
            record,
            thread: self.thread(item, subject).map(str::to_owned),
            now_us,
        };
        Ok((telling, subject))
    }

    /// What ran on the machine of the item's incident, if that is known.
    fn evidence(&self, item: &Item) -> Vec<Process> {
        let known = item.incident.and_then(|id| self.models.history.evidence(id));
        known.map(|e| e.processes.clone()).unwrap_or_default()
    }

    fn address(&self, item: &Item, machine: Option<&Machine>, now_us: Micros) -> Option<(SubjectId, String)> {
        let state = &self.models.state;
        match (&item.recipient.source, &item.told) {
            (Source::Asked, Told::Test { address }) => Some((item.recipient.subject, address.clone())),
            // Who has used the link, or has a newer one, needs no letter any more.
            (Source::Asked, Told::Letter(e)) => {
                let open = state.letter_is_open(e, now_us);
                open.then(|| (item.recipient.subject, e.mail.clone()))
            }
            (Source::Asked, _) => None,
            (Source::Subscription(id), _) => {
                let usable = |s: &&_| mine(s, self.channel);
                let found = state.subscriptions.get(id).filter(usable)?;
                Some((found.subject, found.address.clone()))
            }
            (Source::Person(person), _) => {
                let person = state.people.get(person).filter(|p| !p.mail.trim().is_empty())?;
                Some((person.person, person.mail.clone()))
            }
            (Source::Keeper, _) => {
                let keeper = self.keeper(item.incident?, machine)?;
                Some((keeper.subject, keeper.mail.clone()))
            }
        }
    }

    /// Trouble is told late while it lasts, and not any more when it is over: its end says both.
    fn is_still_so(&self, told: &Told) -> bool {
        let state = &self.models.state;
        match told {
            Told::ChannelDown { channel, trouble, targets, .. } => {
                let down = state.channels_down.get(channel).is_some_and(|down| down.0 == *trouble);
                down && state.targets_down.get(channel).is_none_or(|known| known == targets)
            }
            Told::HubTroubled { part, trouble } => {
                state.hub_troubles.get(part).is_some_and(|known| known.0 == *trouble)
            }
            _ => true,
        }
    }

    fn digested(&self, item: &Item, address: &str) -> Vec<IncidentRecord> {
        let keeps = |r: &IncidentRecord| {
            let machine = self.models.state.machines.get(&r.machine);
            let keeper = self.keeper(r.incident, machine);
            keeper.is_some_and(|keeper| keeper.mail.trim().eq_ignore_ascii_case(address.trim()))
        };
        match &item.told {
            Told::Digest { incidents, .. } => {
                let records = incidents.iter().filter_map(|i| self.record(*i));
                let told =
                    |r: &IncidentRecord| self.admitted(&item.recipient, address, Some(r.machine)) || keeps(r);
                records.filter(told).collect()
            }
            _ => Vec::new(),
        }
    }

    fn thread(&self, item: &Item, subject: SubjectId) -> Option<&str> {
        let subscription = item.recipient.source.subscription();
        let first = self.models.state.thread(item.incident?, self.channel, subject, subscription)?;
        // Who was told of the end only has nothing that is to be changed.
        let shown = item.told != Told::Changed || first.kind != Some(NoticeKind::Resolved);
        first.reference.as_deref().filter(|_| shown)
    }

    fn name(&self, subject: SubjectId, item: &Item, machine: Option<&Machine>) -> String {
        let keeper = item.incident.and_then(|incident| self.keeper(incident, machine));
        match keeper {
            Some(keeper) if item.recipient.source == Source::Keeper => keeper.name.clone(),
            _ => display_name(&self.models.state, subject),
        }
    }
}

/// Why the check fails that an incident is about.
fn failure_of(state: &State, record: &IncidentRecord) -> String {
    let check = record.series.as_ref().and_then(|key| state.check_of(record.machine, key));
    let failure = check.and_then(|check| state.check_failures.get(&check.check));
    failure.map(|failure| failure.why.clone()).unwrap_or_default()
}

fn mine(s: &watchroom_domain::Subscription, channel: &str) -> bool {
    s.channel == channel && s.disabled.is_none()
}

fn snoozed_until_us(state: &State, incident: IncidentId) -> Option<Micros> {
    match state.incidents.get(&incident)?.held {
        Some(Hold::Snooze { until_us }) => Some(until_us),
        _ => None,
    }
}

fn display_name(state: &State, subject: SubjectId) -> String {
    state.people.get(&subject).map_or_else(String::new, |person| person.display_name.clone())
}
