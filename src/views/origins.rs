//! From where people did what the log holds: addresses, as far as they are at hand. They stand in events that can be
//! read until their person is forgotten.

use std::collections::BTreeMap;
use watchroom_domain::{
    ApiTokenId, By, Event, LetterKind, Position, RecordedEvent, SessionId, SubjectId, Via, body,
};

/// Sessions, tokens and people of which addresses are at hand: the newest.
const MOST: usize = 10_000;
/// Addresses of each.
const MOVES: usize = 100;
/// What a stranger asked for once lies within so many positions.
const TOGETHER: Position = 16;

/// Addresses, and from which position on; the oldest first.
#[derive(Clone, Debug)]
struct Trail {
    person: SubjectId,
    from: Vec<(Position, String)>,
}

/// Addresses of sessions, of tokens, and of strangers by whom they did something about.
#[derive(Clone, Debug, Default)]
pub struct Origins {
    sessions: BTreeMap<SessionId, Trail>,
    tokens: BTreeMap<ApiTokenId, Trail>,
    strangers: BTreeMap<SubjectId, Trail>,
}

impl Origins {
    /// Folds in one event.
    pub fn apply(&mut self, recorded: &RecordedEvent) {
        let at = recorded.pos;
        match &recorded.event {
            Event::SessionOpened(e) => note(&mut self.sessions, e.session, e.person, (at, &e.address)),
            Event::SessionMoved(e) => note(&mut self.sessions, e.session, e.person, (at, &e.address)),
            Event::TokenMoved(e) => note(&mut self.tokens, e.token, e.person, (at, &e.address)),
            event => {
                if let (Some(person), Some(address)) = (about(event), by_a_stranger(event)) {
                    note(&mut self.strangers, person, person, (at, address));
                }
            }
        }
    }

    /// The address that an event was asked for from. Nothing is better than a wrong one, so none is told from before
    /// what is at hand.
    pub fn of(&self, event: &RecordedEvent) -> Option<&str> {
        let (trail, stranger) = match (event.meta.by, event.meta.via) {
            (_, Some(Via::Session(session))) => (self.sessions.get(&session)?, false),
            (_, Some(Via::Token(token))) => (self.tokens.get(&token)?, false),
            (By::Stranger, None) => (self.strangers.get(&about(&event.event)?)?, true),
            _ => return None,
        };
        let near = |since: &Position| since.abs_diff(event.pos) < TOGETHER;
        let then = if stranger {
            trail.from.iter().filter(|(since, _)| near(since)).min_by_key(|(at, _)| at.abs_diff(event.pos))
        } else {
            trail.from.iter().rev().find(|(since, _)| *since <= event.pos)
        };
        then.map(|(_, address)| address.as_str())
    }

    /// What was read of somebody while that could still be read.
    pub fn forget(&mut self, person: SubjectId) {
        self.sessions.retain(|_, trail| trail.person != person);
        self.tokens.retain(|_, trail| trail.person != person);
        self.strangers.remove(&person);
    }
}

fn note<K: Ord>(all: &mut BTreeMap<K, Trail>, key: K, person: SubjectId, (at, address): (Position, &str)) {
    let trail = all.entry(key).or_insert_with(|| Trail { person, from: Vec::new() });
    trail.from.push((at, address.to_owned()));
    let surplus = trail.from.len().saturating_sub(MOVES);
    trail.from.drain(..surplus);
    if all.len() > MOST {
        // Identifiers grow with time, so the first is the oldest.
        all.pop_first();
    }
}

/// The address that a stranger's event says itself.
fn by_a_stranger(event: &Event) -> Option<&str> {
    match event {
        Event::PersonRegistered(e) => e.address.as_deref(),
        Event::PasswordChanged(e) => e.address.as_deref(),
        Event::MailConfirmed(e) => e.address.as_deref(),
        Event::LetterRequested(e) => e.address.as_deref(),
        _ => None,
    }
}

/// Whom something is about that strangers make happen, alone or together with what says from where.
fn about(event: &Event) -> Option<SubjectId> {
    match event {
        Event::PersonRegistered(body::PersonRegistered { person, .. })
        | Event::PasswordChanged(body::PasswordChanged { person, .. })
        | Event::PasswordResetIssued(body::PasswordResetIssued { person, .. })
        | Event::MailConfirmed(body::MailConfirmed { person, .. })
        | Event::ProfileChanged(body::ProfileChanged { person, .. })
        | Event::ConfirmationAwaited(body::ConfirmationAwaited { person })
        | Event::InvitationUsed(body::InvitationUsed { person, .. })
        | Event::GroupJoined(body::GroupJoined { person, .. }) => Some(*person),
        Event::LetterRequested(e) if e.kind != LetterKind::Invitation => Some(e.subject),
        _ => None,
    }
}
