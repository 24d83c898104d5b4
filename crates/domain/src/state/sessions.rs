//! Signed-in browsers, and tokens by which programs act in people's names.

use super::State;
use super::decide::Decided;
use super::origin::is_plausible;
use crate::api_token::ApiToken;
use crate::command::{By, Command};
use crate::error::Refusal;
use crate::event::{Event, body};
use crate::ids::{ApiTokenId, SessionId, SubjectId};
use crate::people::Session;
use crate::policy::{Action, may};
use crate::recorded::RecordedEvent;
use crate::time::{MINUTE_US, Micros};

/// Sessions a person may have open; the oldest ends first.
const SESSIONS_KEPT: usize = 32;
/// It is noted at most so often that a session is used from another address.
const MOVES_US: Micros = MINUTE_US;
/// Most characters that are kept of what a browser says of itself.
const BROWSER_CHARS: usize = 64;

impl State {
    /// Whether it is to be noted that a session is used from this address.
    pub fn has_moved(&self, session: SessionId, address: &str, now_us: Micros) -> bool {
        let moved = |s: &Session| s.address != address && now_us - s.moved_us >= MOVES_US;
        self.sessions.get(&session).is_some_and(moved)
    }

    pub(super) fn decide_sessions(&self, by: By, command: &Command, now: Micros) -> Decided {
        match command {
            Command::OpenSession { person, .. } if by == By::Person(*person) => {
                self.open_session(command, now)
            }
            Command::OpenSession { .. } => Err(Refusal::forbidden()),
            Command::CloseSession { session } => match self.sessions.get(session) {
                Some(open) if by == By::Person(open.person) => Ok(vec![closed(open)]),
                Some(_) => Err(Refusal::forbidden()),
                None => Ok(Vec::new()),
            },
            Command::CloseOtherSessions { session } => {
                let own = self.sessions.values().filter(|s| by == By::Person(s.person));
                Ok(own.filter(|s| s.session != *session).map(closed).collect())
            }
            Command::NoteSessionMoved { session, address } => Ok(self.session_moved(*session, address, now)),
            Command::IssueApiToken { .. } => self.issue_api_token(by, command, now),
            Command::RevokeApiToken { token } => self.revoke_api_token(by, *token),
            Command::ForgetPerson { person } => self.forget_person(by, *person),
            other => self.decide_second_factor(by, other, now),
        }
    }

    fn open_session(&self, command: &Command, now: Micros) -> Decided {
        let Command::OpenSession {
            session,
            person,
            password_phc,
            token_sha256,
            expires_us,
            address,
            browser,
            shown,
        } = command
        else {
            return Err(Refusal::forbidden());
        };
        if self.people.get(person).is_none_or(|p| p.password_phc != *password_phc || p.suspended) {
            let message = "The password was changed meanwhile. Sign in with it.";
            return Err(Refusal::new("login_wrong", message));
        }
        let shown = self.shown_factor(*person, shown.as_ref(), now)?;
        Ok(vec![
            body::SessionOpened {
                session: *session,
                person: *person,
                token_sha256: token_sha256.clone(),
                expires_us: *expires_us,
                address: address.clone(),
                browser: browser.chars().filter(|c| !c.is_control()).take(BROWSER_CHARS).collect(),
                shown,
            }
            .into(),
        ])
    }

    fn session_moved(&self, session: SessionId, address: &str, now: Micros) -> Vec<Event> {
        match self.sessions.get(&session) {
            Some(open) if is_plausible(address) && self.has_moved(session, address, now) => {
                let (person, address) = (open.person, address.to_owned());
                vec![body::SessionMoved { session, person, address }.into()]
            }
            _ => Vec::new(),
        }
    }

    fn issue_api_token(&self, by: By, command: &Command, now: Micros) -> Decided {
        let (Command::IssueApiToken { token, name, secret_sha256, scopes, expires_us }, By::Person(person)) =
            (command, by)
        else {
            return Err(Refusal::forbidden());
        };
        let others = self.api_tokens.values().filter(|t| t.person == person).count();
        let asked = ApiToken {
            token: *token,
            person,
            name: name.clone(),
            secret_sha256: secret_sha256.clone(),
            scopes: scopes.clone(),
            issued_us: now,
            expires_us: *expires_us,
            address: String::new(),
        };
        let ApiToken { token, name, secret_sha256, scopes, expires_us, .. } = asked.checked(others, now)?;
        Ok(vec![body::ApiTokenIssued { token, person, name, secret_sha256, scopes, expires_us }.into()])
    }

    fn revoke_api_token(&self, by: By, token: ApiTokenId) -> Decided {
        let known = self
            .api_tokens
            .get(&token)
            .filter(|known| by == By::Person(known.person) || may(&self.principal(by), Action::ManagePeople));
        let known = known.ok_or_else(|| Refusal::not_found("token"))?;
        if by != By::Person(known.person) {
            self.check_over(by, known.person)?;
        }
        Ok(vec![body::ApiTokenRevoked { token, person: known.person }.into()])
    }

    pub(super) fn apply_sessions(&mut self, recorded: &RecordedEvent) {
        match &recorded.event {
            Event::SessionOpened(e) => self.session_opened(e, recorded.ts_us),
            Event::SessionClosed(e) => {
                self.sessions.remove(&e.session);
            }
            Event::SessionMoved(e) => {
                if let Some(session) = self.sessions.get_mut(&e.session) {
                    session.address = e.address.clone();
                    session.moved_us = recorded.ts_us;
                }
            }
            Event::ApiTokenIssued(e) => {
                self.end_tokens_at(recorded.ts_us);
                let token = ApiToken {
                    token: e.token,
                    person: e.person,
                    name: e.name.clone(),
                    secret_sha256: e.secret_sha256.clone(),
                    scopes: e.scopes.clone(),
                    issued_us: recorded.ts_us,
                    expires_us: e.expires_us,
                    address: String::new(),
                };
                self.api_tokens.insert(e.token, token);
            }
            Event::TokenMoved(e) => {
                if let Some(token) = self.api_tokens.get_mut(&e.token) {
                    token.address = e.address.clone();
                }
            }
            Event::ApiTokenRevoked(e) => {
                self.api_tokens.remove(&e.token);
            }
            _ => {}
        }
    }

    fn session_opened(&mut self, e: &body::SessionOpened, ts_us: Micros) {
        self.end_sessions_at(ts_us);
        let session = Session {
            session: e.session,
            person: e.person,
            token_sha256: e.token_sha256.clone(),
            opened_us: ts_us,
            expires_us: e.expires_us,
            address: e.address.clone(),
            moved_us: ts_us,
            browser: e.browser.clone(),
        };
        self.sessions.insert(e.session, session);
        // Identifiers are UUIDv7, so the first is the oldest.
        let own: Vec<_> =
            self.sessions.values().filter(|s| s.person == e.person).map(|s| s.session).collect();
        for old in own.iter().take(own.len().saturating_sub(SESSIONS_KEPT)) {
            self.sessions.remove(old);
        }
        if let (Some(shown), Some(factor)) = (&e.shown, self.second_factors.get_mut(&e.person)) {
            factor.used(shown);
        }
    }

    pub(super) fn end_sessions_at(&mut self, ts_us: Micros) {
        self.sessions.retain(|_, s| s.expires_us > ts_us);
    }

    pub(super) fn end_tokens_at(&mut self, ts_us: Micros) {
        self.api_tokens.retain(|_, t| t.expires_us > ts_us);
    }

    /// Whatever a person was signed in by ends.
    pub(super) fn end_all_of(&mut self, person: SubjectId) {
        self.sessions.retain(|_, s| s.person != person);
        self.api_tokens.retain(|_, t| t.person != person);
    }
}

fn closed(open: &Session) -> Event {
    body::SessionClosed { session: open.session, person: open.person }.into()
}
