//! From where somebody asks: what is recorded says so, under the key of whom it is about.

use super::State;
use crate::command::{By, Envelope, Via};
use crate::event::{Event, body};

/// Most bytes of an address.
const ADDRESS_BYTES: usize = 64;

/// Whether it can be somebody's network address.
pub(super) fn is_plausible(address: &str) -> bool {
    !address.is_empty() && address.len() <= ADDRESS_BYTES && !address.chars().any(char::is_control)
}

impl State {
    /// The events, so that the log tells from where they were asked for: what moved stands before them, and what a
    /// stranger did says it itself, for there is nothing else that could.
    pub(super) fn with_origin(&self, envelope: &Envelope, mut events: Vec<Event>) -> Vec<Event> {
        let Some(address) = envelope.address.as_deref().filter(|address| is_plausible(address)) else {
            return events;
        };
        match (envelope.by, envelope.via) {
            _ if events.is_empty() => {}
            // Not as seldom as a browser that only looks: what is done from elsewhere is never told as from here.
            (_, Some(via)) => events.splice(..0, self.moved(via, address)).for_each(drop),
            (By::Stranger, None) => events.iter_mut().for_each(|event| note(event, address)),
            _ => {}
        }
        events
    }

    fn moved(&self, via: Via, address: &str) -> Option<Event> {
        let elsewhere = |known: &String| known != address;
        let address = address.to_owned();
        match via {
            Via::Session(session) => {
                let person = self.sessions.get(&session).filter(|s| elsewhere(&s.address))?.person;
                Some(body::SessionMoved { session, person, address }.into())
            }
            Via::Token(token) => {
                let person = self.api_tokens.get(&token).filter(|t| elsewhere(&t.address))?.person;
                Some(body::TokenMoved { token, person, address }.into())
            }
        }
    }
}

fn note(event: &mut Event, address: &str) {
    let place = match event {
        Event::PersonRegistered(e) => &mut e.address,
        Event::PasswordChanged(e) => &mut e.address,
        Event::MailConfirmed(e) => &mut e.address,
        Event::LetterRequested(e) => &mut e.address,
        _ => return,
    };
    *place = Some(address.to_owned());
}
