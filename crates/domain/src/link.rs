//! Chats that belong to people: linked by a one-time code, and what is asked for from there.

use crate::command::{By, Command, Envelope};
use crate::error::Refusal;
use crate::event::{Event, body};
use crate::ids::{IncidentId, SubjectId, SubscriptionId};
use crate::policy::{Action, may};
use crate::rule::{Scope, Severity};
use crate::state::State;
use crate::time::{MINUTE_US, Micros};
use serde::{Deserialize, Serialize};

/// How long a code can be used.
pub const LINK_CODE_LIFE_US: Micros = 10 * MINUTE_US;
/// Presses that are remembered, so that none has an effect twice.
const PRESSES: usize = 1_000;
/// Most chats of one person.
const CHATS: usize = 20;

/// A one-time code by which a chat shows whose it is. Only its hash is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkCode {
    /// The channel that it is for.
    pub channel: String,
    /// SHA-256 of the code, hex.
    pub code_sha256: String,
    /// When it ends.
    pub expires_us: Micros,
    /// BCP 47 tag of the language that its person reads.
    pub language: String,
}

/// A chat that somebody has linked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Destination {
    /// The wish to be told that came with it; it may be gone.
    pub subscription: SubscriptionId,
    /// Whose key it is under: the person's, or the group's own.
    pub subject: SubjectId,
    /// Who linked it.
    pub person: SubjectId,
    /// The channel's stable name.
    pub channel: String,
    /// Address within the channel. Personal text.
    pub address: String,
    /// Whether several people read there: then nobody is known by the address.
    pub group: bool,
    /// What the group is called; hostile text.
    pub title: String,
    /// BCP 47 tag of the language to speak there.
    pub language: String,
}

/// What a button asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Asked {
    /// Take care of it.
    Acknowledge,
    /// Put it off for so long, in microseconds.
    Snooze {
        /// For how long.
        for_us: Micros,
    },
}

impl State {
    /// The chat at an address of a channel, if somebody has linked it.
    pub fn destination(&self, channel: &str, address: &str) -> Option<&Destination> {
        self.destinations.values().find(|d| d.channel == channel && d.address == address)
    }

    /// The person who writes from this address of their own.
    pub fn person_by_address(&self, channel: &str, address: &str) -> Option<SubjectId> {
        let own = self.destination(channel, address).filter(|d| !d.group)?;
        self.people.contains_key(&own.person).then_some(own.person)
    }
}

pub(crate) fn issue_code(
    state: &State,
    by: By,
    channel: &str,
    code: &LinkCode,
    now: Micros,
) -> Result<Vec<Event>, Refusal> {
    let By::Person(person) = by else { return Err(Refusal::forbidden()) };
    if !state.channels.contains_key(channel) {
        return Err(Refusal::new("channel_not_set_up", "Fill in and keep the channel's settings first."));
    }
    let LinkCode { code_sha256, language, .. } = code.clone();
    let expires_us = code.expires_us.min(now + LINK_CODE_LIFE_US);
    Ok(vec![
        body::LinkCodeIssued { person, channel: channel.to_owned(), code_sha256, expires_us, language }
            .into(),
    ])
}

/// A chat shows a code.
pub(crate) fn link(state: &State, command: &Command, now: Micros) -> Result<Vec<Event>, Refusal> {
    let Command::LinkDestination { channel, code_sha256, address, group, title, subscription } = command
    else {
        return Err(Refusal::forbidden());
    };
    let unknown = || Refusal::new("link_code_unknown", "This code is unknown or used up; ask for a new one.");
    let fits = |c: &LinkCode| c.channel == *channel && c.code_sha256 == *code_sha256;
    let (person, code) = state.link_codes.iter().find(|(_, c)| fits(c)).ok_or_else(unknown)?;
    if code.expires_us <= now {
        return Err(Refusal::new("link_code_expired", "This code has expired; ask for a new one."));
    }
    let person = *person;
    let who = state.principal(By::Person(person));
    let needed = if *group { Action::ManageChannels } else { Action::ManageOwnAccount };
    if !may(&who, needed) {
        return Err(Refusal::forbidden());
    }
    if state.destinations.values().filter(|d| d.person == person).count() >= CHATS {
        return Err(Refusal::new("too_many", format!("At most {CHATS} chats a person.")));
    }
    let mut events = Vec::new();
    if let Some(before) = state.destination(channel, address) {
        events.extend(unlinked(state, before));
    }
    // What a group is told is nobody's own.
    let subject = if *group { SubjectId(subscription.0) } else { person };
    let (channel, address) = (channel.clone(), address.clone());
    events.push(
        body::DestinationLinked {
            subscription: *subscription,
            subject,
            person,
            channel: channel.clone(),
            address: address.clone(),
            group: *group,
            title: title.chars().filter(|c| !c.is_control()).take(64).collect(),
            language: code.language.clone(),
        }
        .into(),
    );
    let (at_least, scope, subscription) = (Severity::Warning, Scope::Everywhere, *subscription);
    events.push(
        body::Subscribed { subscription, subject, channel, address, at_least, scope, quiet: None }.into(),
    );
    Ok(events)
}

pub(crate) fn unlink(
    state: &State,
    envelope: &Envelope,
    subscription: SubscriptionId,
) -> Result<Vec<Event>, Refusal> {
    let Some(linked) = state.destinations.get(&subscription) else {
        return Err(Refusal::not_found("linked chat"));
    };
    let own = envelope.by == By::Person(linked.person);
    if !own && !may(&state.principal(envelope.by), Action::ManageChannels) {
        return Err(Refusal::forbidden());
    }
    Ok(unlinked(state, linked))
}

pub(crate) fn unlinked(state: &State, linked: &Destination) -> Vec<Event> {
    let subscription = linked.subscription;
    let mut events = vec![body::DestinationUnlinked { subscription, channel: linked.channel.clone() }.into()];
    if state.subscriptions.contains_key(&subscription) {
        events.push(body::Unsubscribed { subscription }.into());
    }
    events
}

/// A button was pressed. Whoever may not do what it asks for is refused, and that is recorded.
pub(crate) fn press(state: &State, envelope: &Envelope, now: Micros) -> Result<Vec<Event>, Refusal> {
    let Command::Press { channel, address, press, incident, asked } = &envelope.command else {
        return Err(Refusal::forbidden());
    };
    if state.presses.iter().any(|(known, _)| known == press) {
        return Ok(Vec::new());
    }
    let (incident, asked) = (*incident, *asked);
    let command = match asked {
        Asked::Acknowledge => Command::Acknowledge { incident },
        Asked::Snooze { for_us } => Command::Snooze { incident, until_us: now.saturating_add(for_us) },
    };
    let who = state.principal(envelope.by);
    if !may(&who, command.action()) || state.check_things(&who, &command).is_err() {
        let subject = match envelope.by {
            By::Person(person) => person,
            // One key for all of whom nothing is known.
            _ => SubjectId::derived(&["strangers", channel]),
        };
        let (channel, address, press) = (channel.clone(), address.clone(), press.clone());
        return Ok(vec![
            body::RightRefused { subject, channel, address, press, incident: Some(incident), asked }.into(),
        ]);
    }
    if let Asked::Snooze { for_us } = asked
        && put_off_until(state, incident).is_some_and(|until| until + MINUTE_US >= now + for_us)
    {
        return Ok(Vec::new());
    }
    let mut events = state.decide(&Envelope { command, ..envelope.clone() }, now)?;
    if !events.is_empty() {
        events.push(body::PressTaken { channel: channel.clone(), press: press.clone(), incident }.into());
    }
    Ok(events)
}

/// Until when an incident is put off by somebody.
fn put_off_until(state: &State, incident: IncidentId) -> Option<Micros> {
    match state.incidents.get(&incident)?.held {
        Some(crate::alert::Hold::Snooze { until_us }) => Some(until_us),
        _ => None,
    }
}

/// Folds in what became of links and presses.
pub(crate) fn apply(state: &mut State, event: &Event) {
    match event {
        Event::LinkCodeIssued(e) => {
            let (channel, code_sha256) = (e.channel.clone(), e.code_sha256.clone());
            let (expires_us, language) = (e.expires_us, e.language.clone());
            state.link_codes.insert(e.person, LinkCode { channel, code_sha256, expires_us, language });
        }
        Event::DestinationLinked(e) => {
            state.link_codes.remove(&e.person);
            let destination = Destination {
                subscription: e.subscription,
                subject: e.subject,
                person: e.person,
                channel: e.channel.clone(),
                address: e.address.clone(),
                group: e.group,
                title: e.title.clone(),
                language: e.language.clone(),
            };
            state.destinations.insert(e.subscription, destination);
        }
        Event::DestinationUnlinked(e) => {
            state.destinations.remove(&e.subscription);
        }
        Event::PressTaken(e) => remember(state, &e.press, None),
        Event::RightRefused(e) => remember(state, &e.press, Some(e.subject)),
        _ => {}
    }
}

fn remember(state: &mut State, press: &str, under: Option<SubjectId>) {
    if state.presses.len() >= PRESSES {
        state.presses.pop_front();
    }
    state.presses.push_back((press.to_owned(), under));
}
