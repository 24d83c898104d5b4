//! Whose an address is: whoever only claims one takes nothing from whoever has it.

use super::State;
use crate::event::{Event, body};
use crate::ids::{MachineId, SubjectId};
use crate::machine::Keeper;
use crate::notify::Subscription;
use std::collections::BTreeSet;

impl State {
    /// Under whose key a mail address, or another that notices go to, is kept, as far as that is known: one person
    /// has one key, by which all of it can be forgotten.
    pub fn subject_of_address(&self, address: &str) -> Option<SubjectId> {
        let address = address.trim();
        if address.is_empty() {
            return None;
        }
        let person = self.people.values().find(|p| p.holds(address)).map(|p| p.person);
        let keeper = || self.keepers_at(address).map(|k| k.subject).find(|s| self.stands_for(*s, address));
        let subscriber = || {
            let own = |s: &&Subscription| {
                self.destinations.contains_key(&s.subscription) || self.stands_for(s.subject, address)
            };
            self.subscribed_at(address).find(own).map(|s| s.subject)
        };
        person.or_else(keeper).or_else(subscriber)
    }

    /// The same for a keeper of this name and mail address; with the name that the machine's keeper had before, it
    /// is the same person with another address.
    pub fn subject_of_keeper(&self, of: Option<MachineId>, name: &str, mail: &str) -> Option<SubjectId> {
        let (name, mail) = (name.trim(), mail.trim());
        let before = of.and_then(|id| self.machines.get(&id)?.keeper.as_ref());
        let same = before.filter(|k| !name.is_empty() && k.name == name).map(|k| k.subject);
        let same = same.filter(|subject| mail.is_empty() || self.stands_for(*subject, mail));
        self.subject_of_address(mail).or(same)
    }

    /// Whether an address may be kept under this subject's key: that of an account is for its own only.
    fn stands_for(&self, subject: SubjectId, address: &str) -> bool {
        self.people.get(&subject).is_none_or(|person| person.holds(address))
    }

    fn keepers_at<'a>(&'a self, address: &'a str) -> impl Iterator<Item = &'a Keeper> {
        let keepers = self.machines.values().filter_map(|m| m.keeper.as_ref());
        keepers.filter(move |k| k.mail.trim().eq_ignore_ascii_case(address))
    }

    fn subscribed_at<'a>(&'a self, address: &'a str) -> impl Iterator<Item = &'a Subscription> {
        self.subscriptions.values().filter(move |s| s.address.eq_ignore_ascii_case(address))
    }

    /// What was kept of a person's address before the person had confirmed it: it is the person's all the same.
    pub(super) fn known_by_address(&self, person: SubjectId) -> Vec<Event> {
        let Some(mail) = self.people.get(&person).filter(|p| p.profile.mail_confirmed).map(|p| &*p.mail)
        else {
            return Vec::new();
        };
        let here = |address: &str| address.trim().eq_ignore_ascii_case(mail);
        let mut subjects: BTreeSet<_> = self.keepers_at(mail).map(|k| k.subject).collect();
        subjects.extend(self.subscribed_at(mail).map(|s| s.subject));
        subjects.retain(|subject| !self.people.contains_key(subject));
        let mut events = Vec::new();
        for subject in subjects {
            let kept = self.machines.values().filter_map(|m| Some((m.machine, m.keeper.as_ref()?)));
            let kept: Vec<_> = kept.filter(|(_, k)| k.subject == subject).collect();
            let wished: Vec<_> = self.subscriptions.values().filter(|s| s.subject == subject).collect();
            let ended = kept.iter().filter(|(_, k)| here(&k.mail));
            events.extend(ended.map(|(machine, _)| body::KeeperCleared { machine: *machine }.into()));
            let ended = wished.iter().filter(|s| here(&s.address));
            events.extend(ended.map(|s| body::Unsubscribed { subscription: s.subscription }.into()));
            // Under the same key there may be another address, to which alarms go as before.
            let all = kept.iter().all(|(_, k)| here(&k.mail)) && wished.iter().all(|s| here(&s.address));
            events.extend(all.then(|| body::PersonForgotten { person: subject }.into()));
        }
        events
    }
}
