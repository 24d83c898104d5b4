//! Browsers in which one is signed in: seen in the account, and closed there.

use crate::web::Shared;
use crate::web::answer::{Answer, WebError, see};
use crate::web::context::{Signed, Visitor};
use crate::web::deeds::proof;
use crate::web::view::{AccountDoors, OpenSession};
use actix_web::web;
use serde::Deserialize;
use watchroom_domain::{Command, SessionId, State};

/// What the account page says of the ways into the account.
pub(super) fn doors(web: &Shared, state: &State, visitor: &Visitor) -> AccountDoors {
    let Some(signed) = &visitor.signed else { return AccountDoors::default() };
    let open = state.sessions.values().filter(|s| s.person == signed.person);
    let mut sessions: Vec<_> = open
        .filter(|s| s.expires_us > visitor.l.now_us)
        .map(|s| OpenSession {
            id: s.session.to_string(),
            opened_us: s.opened_us,
            // What happened before the hub was started is known from when it was last noted only.
            seen_us: web.sessions_used.at(s.session).unwrap_or(s.moved_us),
            address: s.address.clone(),
            browser: s.browser.clone(),
            this: signed.session() == Some(s.session),
        })
        .collect();
    sessions.sort_by_key(|s| (!s.this, std::cmp::Reverse(s.seen_us)));
    AccountDoors {
        person: signed.person.to_string(),
        picture: state.portraits.get(&signed.person).copied(),
        two_step: state.second_factors.contains_key(&signed.person),
        tokens: state.api_tokens.values().filter(|t| t.person == signed.person).count(),
        sessions,
    }
}

/// The field of closing one.
#[derive(Deserialize)]
pub struct Fields {
    session: SessionId,
}

/// Closes one of one's own sessions.
///
/// # Errors
/// When it is somebody else's, or nothing was recorded.
pub async fn close(web: Shared, visitor: Visitor, fields: web::Form<Fields>) -> Answer {
    proof::own(&visitor)?;
    web.submit(&visitor, Command::CloseSession { session: fields.session }).await?;
    Ok(see("/account", Some("notice-session-closed")))
}

/// Closes all of one's own sessions but this one.
///
/// # Errors
/// When nothing was recorded.
pub async fn close_others(web: Shared, visitor: Visitor) -> Answer {
    let session = visitor.signed.as_ref().and_then(Signed::session).ok_or(WebError::Forbidden)?;
    web.submit(&visitor, Command::CloseOtherSessions { session }).await?;
    Ok(see("/account", Some("notice-sessions-closed")))
}
