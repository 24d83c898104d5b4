//! Sessions of the asker: opened by a password, listed, closed.

use super::asked::{done, made, one, person, settled, submit};
use super::error::{ApiError, Reply};
use super::input::Json;
use super::paging::Listing;
use super::table::{Gives, OPEN, OWN, Operation, SIGN_IN, delete, get, post, shape};
use super::types::Time;
use crate::web::Shared;
use crate::web::context::{Signed, Visitor};
use crate::web::deeds::{second_step, signing_in};
use actix_web::web;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use watchroom_domain as domain;
use watchroom_domain::{Command, SessionId};

/// The operations.
pub const OPERATIONS: &[Operation] = &[
    get(("/api/v1/sessions", OWN), ("list_sessions", "List the own sessions"), Gives::List(shape::<Session>), || {
        web::to(list)
    })
    .says("Browsers and programs in which the asker is signed in."),
    post(("/api/v1/sessions", OPEN), ("sign_in", "Sign in"), Gives::Made(shape::<NewSession>), || {
        web::to(open)
    })
    .takes(shape::<Credentials>)
    .says(
        "Opens a session and sets its cookie. Programs are better off with a token; a session is for what no token \
         may do. A wrong name and a wrong password are answered alike. With a right password and a second step \
         that was not shown, the answer is 422 with the code `code_missing`.",
    ),
    get(
        ("/api/v1/sessions/{session}", OWN),
        ("get_session", "Read an own session"),
        Gives::One(shape::<Session>),
        || web::to(show),
    ),
    delete(("/api/v1/sessions/{session}", SIGN_IN), ("close_session", "Close an own session"), || {
        web::to(close)
    })
    .says("The asker's present one too: that is to sign out."),
    post(
        ("/api/v1/sessions/close-others", OWN),
        ("close_other_sessions", "Close all own sessions but this one"),
        Gives::Nothing,
        || web::to(close_others),
    ),
];

/// A session.
#[derive(Debug, Serialize, ToSchema)]
struct Session {
    /// Its identifier.
    id: Uuid,
    /// When it was opened.
    opened_at: Time,
    /// When it ends.
    expires_at: Time,
    /// When it was last used; from before the hub was started, when it was last noted.
    seen_at: Time,
    /// From which address it was used last.
    address: String,
    /// What the browser said of itself, shortened.
    browser: String,
    /// Whether this was asked with it.
    current: bool,
}

impl Session {
    fn of(web: &Shared, session: &domain::Session, visitor: &Visitor) -> Self {
        Self {
            id: session.session.0,
            opened_at: Time(session.opened_us),
            expires_at: Time(session.expires_us),
            seen_at: Time(web.sessions_used.at(session.session).unwrap_or(session.moved_us)),
            address: session.address.clone(),
            browser: session.browser.clone(),
            current: visitor.signed.as_ref().and_then(Signed::session) == Some(session.session),
        }
    }
}

async fn list(web: Shared, visitor: Visitor, ask: Listing<super::NoFilter>) -> Reply {
    let (behind, asker) = (ask.paging.behind::<SessionId>()?, person(&visitor)?);
    let page = web.views.with(|state| {
        let open = state.sessions.values().filter(|s| s.person == asker && s.expires_us > visitor.l.now_us);
        let rest = open.filter(|s| behind.is_none_or(|b| s.session > b));
        ask.paging.page(rest.map(|s| (s.session, Session::of(&web, s, &visitor))))
    });
    ask.paging.answer(&page)
}

/// The asker's own session of this identifier.
fn own(web: &Shared, visitor: &Visitor, id: SessionId) -> Result<Session, ApiError> {
    let asker = person(visitor)?;
    let found = web.views.with(|state| {
        let open = state.sessions.get(&id).filter(|s| s.person == asker);
        open.filter(|s| s.expires_us > visitor.l.now_us).map(|s| Session::of(web, s, visitor))
    });
    found.ok_or_else(|| ApiError::not_found("session"))
}

async fn show(web: Shared, visitor: Visitor, id: web::Path<SessionId>) -> Reply {
    one(&own(&web, &visitor, *id)?)
}

/// Who somebody is.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Credentials {
    /// Login name.
    #[schema(example = "ada")]
    login: String,
    /// Password.
    password: String,
    /// A code of the second step, for whoever has one: six digits, or a recovery code.
    code: Option<String>,
}

/// A session that was opened.
#[derive(Debug, Serialize, ToSchema)]
struct NewSession {
    /// Its identifier.
    id: Uuid,
    /// When it ends.
    expires_at: Time,
    /// Whose it is.
    person: Uuid,
    /// Whether the account may do nothing until its mail address is confirmed.
    waits: bool,
}

async fn open(web: Shared, visitor: Visitor, body: Json<Credentials>) -> Reply {
    let Credentials { login, password, code } = body.0;
    let shown = settled(signing_in::by_password(&web, &visitor, &login, &password).await, &[])?;
    let person = shown.person;
    let (asked, waits) = web.views.with(|state| {
        let waits = state.people.get(&person).is_some_and(|p| p.profile.waits);
        (state.second_factors.contains_key(&person), waits)
    });
    let opened = match (asked, code) {
        (false, _) => signing_in::open(&web, &visitor, shown, None).await,
        (true, Some(code)) => second_step::enter(&web, &visitor, shown, &code).await,
        (true, None) => {
            let detail = "This account asks for a code beside the password.";
            return Err(ApiError::invalid("code_missing", "/code", detail));
        }
    };
    let opened = settled(opened, &[])?;
    let told =
        NewSession { id: opened.session.0, expires_at: Time(opened.expires_us), person: person.0, waits };
    let mut response = made(&format!("/api/v1/sessions/{}", opened.session), &told)?;
    // The value is our own base64, which fits into a cookie.
    let _ = response.add_cookie(&opened.cookie);
    let _ = response.add_cookie(&opened.device);
    Ok(response)
}

async fn close(web: Shared, visitor: Visitor, id: web::Path<SessionId>) -> Reply {
    own(&web, &visitor, *id)?;
    submit(&web, &visitor, Command::CloseSession { session: *id }, &[]).await?;
    done()
}

async fn close_others(web: Shared, visitor: Visitor) -> Reply {
    let session = visitor.signed.as_ref().and_then(Signed::session).ok_or_else(ApiError::forbidden)?;
    submit(&web, &visitor, Command::CloseOtherSessions { session }, &[]).await?;
    done()
}
