//! Leaving for good, and sending somebody away for good.

use super::roster;
use crate::web::Shared;
use crate::web::answer::{Answer, WebError, errors_of, or_the_form, page, refused, see};
use crate::web::auth::clear_cookie;
use crate::web::context::Visitor;
use crate::web::deeds::proof;
use crate::web::view::{Errors, Leave};
use actix_web::http::StatusCode;
use actix_web::web;
use serde::Deserialize;
use watchroom_domain::{Command, Refusal, SubjectId};

/// What will be lost, and the form that asks for the password.
///
/// # Errors
/// When the page cannot be rendered.
pub async fn show(web: Shared, visitor: Visitor) -> Answer {
    answer(&web, &visitor, StatusCode::OK, Errors::default())
}

fn answer(web: &Shared, visitor: &Visitor, status: StatusCode, errors: Errors) -> Answer {
    let me = proof::own(visitor)?;
    let body = web.views.with(|state| {
        let person = state.people.get(&me)?;
        Some(Leave {
            l: visitor.l,
            login: person.login.clone(),
            things: state.access.things.values().filter(|access| access.owner == Some(me)).count(),
            sessions: state.sessions.values().filter(|s| s.person == me).count(),
            tokens: state.api_tokens.values().filter(|t| t.person == me).count(),
            chats: state.destinations.values().filter(|d| d.person == me).count(),
            subscriptions: state.subscriptions.values().filter(|s| s.subject == me).count(),
            errors,
        })
    });
    page(web, visitor, status, body.ok_or(WebError::Forbidden)?)
}

/// The field of the form.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Fields {
    current: String,
}

/// Leaves.
///
/// # Errors
/// When there were too many tries, or nothing was recorded.
pub async fn leave(web: Shared, visitor: Visitor, fields: web::Form<Fields>) -> Answer {
    let done = proof::leave(&web, &visitor, &fields.current).await;
    let form = |status, refusal: &_| answer(&web, &visitor, status, errors_of(&visitor.l, refusal));
    if let Err(response) = or_the_form(done, form)? {
        return Ok(response);
    }
    let mut response = see("/login", Some("notice-left"));
    // Our own empty value fits into a cookie.
    let _ = response.add_cookie(&clear_cookie());
    Ok(response)
}

/// Sends somebody away for good.
///
/// # Errors
/// When there is no such person, or nothing was recorded for a reason that the page cannot show.
pub async fn forget(web: Shared, visitor: Visitor, id: web::Path<SubjectId>) -> Answer {
    let person = *id;
    if proof::own(&visitor)? == person {
        return Ok(see("/account/leave", None));
    }
    match refused(web.submit(&visitor, Command::ForgetPerson { person }).await)? {
        Ok(_) => Ok(see("/people", Some("notice-forgotten"))),
        Err(refusal) => {
            let refusal = Refusal { field: None, ..refusal };
            roster::answer_refused(&web, &visitor, person, &refusal)
        }
    }
}
