//! Somebody who forgot a password: asking for a link, and setting another password by it.

use crate::fresh;
use crate::web::Shared;
use crate::web::answer::{Answer, WebError, errors_of, or_the_form, plain, see};
use crate::web::context::Visitor;
use crate::web::deeds::resets;
use crate::web::deeds::signing_in::fit_twice;
use crate::web::view::{DeadEnd, Errors, Forgot, Reset};
use actix_web::http::StatusCode;
use actix_web::web;
use serde::Deserialize;

/// The form, for whoever has the link.
///
/// # Errors
/// When the page cannot be rendered.
pub async fn show(web: Shared, visitor: Visitor, secret: web::Path<String>) -> Answer {
    answer(&web, &visitor, &secret, StatusCode::OK, Errors::default())
}

fn answer(web: &Shared, visitor: &Visitor, secret: &str, status: StatusCode, errors: Errors) -> Answer {
    let hash = fresh::fingerprint(secret.as_bytes());
    let login =
        web.views.with(|state| state.person_by_reset(&hash, visitor.l.now_us).map(|p| p.login.clone()));
    let Some(login) = login else { return over(visitor) };
    plain(visitor, status, Reset { l: visitor.l, secret: secret.to_owned(), login, errors })
}

/// The fields of the form.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Fields {
    password: String,
    again: String,
}

/// Sets the password; every session of that person ends, and the link with it.
///
/// # Errors
/// When nothing was recorded for a reason that the form cannot show.
pub async fn set(
    web: Shared,
    visitor: Visitor,
    secret: web::Path<String>,
    fields: web::Form<Fields>,
) -> Answer {
    let done = match fit_twice(&fields.password, &fields.again) {
        Ok(()) => resets::set(&web, &visitor, &secret, &fields.password).await,
        Err(refusal) => Ok(Err(refusal)),
    };
    if matches!(done, Err(WebError::NotFound)) {
        return over(&visitor);
    }
    let form = |status, refusal: &_| answer(&web, &visitor, &secret, status, errors_of(&visitor.l, refusal));
    Ok(or_the_form(done, form)?.map_or_else(|response| response, |()| see("/login", Some("notice-password"))))
}

/// The link is wrong, used or over.
fn over(visitor: &Visitor) -> Answer {
    plain(visitor, StatusCode::NOT_FOUND, DeadEnd { l: visitor.l, key: "reset-over" })
}

/// The form for whoever forgot a password.
///
/// # Errors
/// When the page cannot be rendered.
pub async fn forgot(visitor: Visitor) -> Answer {
    plain(&visitor, StatusCode::OK, Forgot { l: visitor.l, ..Forgot::default() })
}

/// The field of the form.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Who {
    who: String,
}

/// Sends a link to whoever has this login name or confirmed this mail address. The answer is the same, and
/// comes as fast, whoever exists.
///
/// # Errors
/// When the page cannot be rendered.
pub async fn ask(web: Shared, visitor: Visitor, fields: web::Form<Who>) -> Answer {
    let l = visitor.l;
    let done = resets::ask(&web, &visitor, &fields.who).map(Ok);
    let form = |status, refusal: &_| {
        let who = fields.into_inner().who;
        plain(&visitor, status, Forgot { l, who, asked: false, errors: errors_of(&l, refusal) })
    };
    match or_the_form(done, form)? {
        Ok(()) => plain(&visitor, StatusCode::OK, Forgot { l, asked: true, ..Forgot::default() }),
        Err(response) => Ok(response),
    }
}
