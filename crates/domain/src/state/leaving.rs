//! Leaving for good: everything of an account ends, and nothing more is recorded of its person.

use super::State;
use super::decide::Decided;
use crate::access::{Grantee, Thing};
use crate::command::By;
use crate::error::Refusal;
use crate::event::{Event, body};
use crate::ids::SubjectId;
use crate::link::unlinked;
use crate::people::{Person, Role};
use crate::policy::{Action, may};
use crate::rule::Rule;
use crate::time::Micros;

/// Number of the kind SessionOpened.
const SESSION_OPENED: u16 = 62;
/// Number of the kind LetterRequested.
const LETTER_REQUESTED: u16 = 103;
/// Number of the kind ApiTokenIssued.
const API_TOKEN_ISSUED: u16 = 96;

impl State {
    /// Everything that names the person ends in an event of its own, so that the log folds to the same state
    /// when the person's own events can no longer be read.
    pub(super) fn forget_person(&self, by: By, person: SubjectId) -> Decided {
        let known = self.people.get(&person).ok_or_else(|| Refusal::not_found("person"))?;
        if by != By::Person(person) {
            if !may(&self.principal(by), Action::ManagePeople) {
                return Err(Refusal::forbidden());
            }
            self.check_over(by, person)?;
        }
        let mut others = self.people.values().filter(|p| p.person != person);
        if known.role == Role::Owner && !others.any(Person::rules) {
            let message = "You are the only owner. Make somebody else an owner first.";
            return Err(Refusal::new("last_owner", message));
        }
        let mut events = self.ends_of_doors(person);
        events.extend(self.ends_of_telling(person));
        events.extend(self.ends_of_belonging(person));
        events.extend(self.ends_of_escalation(person));
        events.extend(self.invitations_of(person));
        events.extend(self.known_by_address(person));
        events.push(body::PersonForgotten { person }.into());
        Ok(events)
    }

    /// By what the person comes in.
    fn ends_of_doors(&self, person: SubjectId) -> Vec<Event> {
        let sessions = self.sessions.values().filter(|s| s.person == person);
        let tokens = self.api_tokens.values().filter(|t| t.person == person);
        let sessions = sessions.map(|s| body::SessionClosed { session: s.session, person }.into());
        sessions.chain(tokens.map(|t| body::ApiTokenRevoked { token: t.token, person }.into())).collect()
    }

    /// By what the person is told.
    fn ends_of_telling(&self, person: SubjectId) -> Vec<Event> {
        let chats = self.destinations.values().filter(|d| d.person == person);
        let mut events: Vec<Event> = chats.flat_map(|chat| unlinked(self, chat)).collect();
        let linked = |id| self.destinations.get(id).is_some_and(|d| d.person == person);
        let wishes = self.subscriptions.values().filter(|s| s.subject == person && !linked(&s.subscription));
        events.extend(wishes.map(|s| body::Unsubscribed { subscription: s.subscription }.into()));
        let kept = self.machines.values().filter(|m| m.keeper.as_ref().is_some_and(|k| k.subject == person));
        events.extend(kept.map(|m| body::KeeperCleared { machine: m.machine }.into()));
        events
    }

    /// What belongs to the person or is shared with it, and the groups that it is in.
    fn ends_of_belonging(&self, person: SubjectId) -> Vec<Event> {
        let with = Grantee::Person(person);
        let of_things = |(thing, access): (&Thing, &crate::access::Access)| {
            let thing = *thing;
            let owned = (access.owner == Some(person)).then(|| body::OwnerSet { thing, owner: None }.into());
            let shared = access.shares.contains_key(&with);
            owned.into_iter().chain(shared.then(|| body::Unshared { thing, with }.into())).collect::<Vec<_>>()
        };
        let things = self.access.things.iter().flat_map(of_things);
        let groups = self.access.groups.values().filter(|g| g.members.contains(&person));
        things.chain(groups.map(|g| body::GroupLeft { group: g.group, person }.into())).collect()
    }

    /// Rules that would tell the person when nobody reacts.
    fn ends_of_escalation(&self, person: SubjectId) -> Vec<Event> {
        let told = self.rules.values().filter(|r| r.escalation.iter().any(|step| step.to.contains(&person)));
        let without = |rule: &Rule| {
            let mut rule = rule.clone();
            rule.escalation.iter_mut().for_each(|step| step.to.retain(|to| *to != person));
            rule.escalation.retain(|step| !step.to.is_empty());
            body::RuleChanged { rule }.into()
        };
        told.map(without).collect()
    }

    pub(super) fn apply_leaving(&mut self, person: SubjectId) {
        self.end_all_of(person);
        self.people.remove(&person);
        self.resets.remove(&person);
        self.link_codes.remove(&person);
        self.second_factors.remove(&person);
        self.portraits.remove(&person);
        self.leave_accounts(person);
        self.presses.retain(|(_, of)| *of != Some(person));
        self.forgotten.insert(person);
    }

    /// What an event did besides, of whose body nothing can be read any more.
    pub(super) fn apply_forgotten(&mut self, kind: u16, ts_us: Micros) {
        match kind {
            SESSION_OPENED => self.end_sessions_at(ts_us),
            API_TOKEN_ISSUED => self.end_tokens_at(ts_us),
            LETTER_REQUESTED => self.end_letters_at(ts_us),
            _ => {}
        }
    }
}
