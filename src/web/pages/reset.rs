//! Somebody who forgot a password: asking for a link, and setting another password by it.

use super::people::password_refusal;
use crate::fresh;
use crate::web::Shared;
use crate::web::answer::{Answer, WebError, errors_of, plain, refused, see};
use crate::web::auth::{after, too_many};
use crate::web::context::Visitor;
use crate::web::view::{DeadEnd, Errors, Forgot, Reset};
use actix_web::http::StatusCode;
use actix_web::web;
use serde::Deserialize;
use watchroom_domain::{AccountCommand, By, Command, HOUR_US, Micros, State, SubjectId};

/// How long a link is good that was asked for here.
const RESET_US: Micros = HOUR_US;
/// Accounts of one mail address that get a letter.
const MOST: usize = 5;

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
    let secret_sha256 = fresh::fingerprint(secret.as_bytes());
    // Before the work of a hash is done for a stranger.
    let open = web.views.with(|state| state.person_by_reset(&secret_sha256, visitor.l.now_us).is_some());
    if !open {
        return over(&visitor);
    }
    if let Err(refusal) = password_refusal(&fields.password, &fields.again) {
        let errors = errors_of(&visitor.l, &refusal);
        return answer(&web, &visitor, &secret, StatusCode::UNPROCESSABLE_ENTITY, errors);
    }
    let password_phc = web.passwords.hash(fields.password.clone()).await?;
    let command = Command::ResetPassword { secret_sha256, password_phc };
    match refused(web.submit(By::Stranger, command).await) {
        Ok(Ok(_)) => Ok(see("/login", Some("notice-password"))),
        // Used meanwhile.
        Err(WebError::NotFound) => over(&visitor),
        Ok(Err(refusal)) => {
            let errors = errors_of(&visitor.l, &refusal);
            answer(&web, &visitor, &secret, StatusCode::UNPROCESSABLE_ENTITY, errors)
        }
        Err(other) => Err(other),
    }
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
    let of = web.throttle.of_asking("forgot", &visitor.address);
    let wait_us = web.throttle.wait_us(&of, l.now_us);
    if wait_us > 0 {
        let errors = errors_of(&l, &too_many());
        let form = Forgot { l, who: fields.into_inner().who, asked: false, errors };
        return Ok(after(plain(&visitor, StatusCode::TOO_MANY_REQUESTS, form)?, wait_us));
    }
    web.throttle.failed(&of, l.now_us);
    behind(&web, fields.into_inner().who, l.lang.tag());
    plain(&visitor, StatusCode::OK, Forgot { l, asked: true, ..Forgot::default() })
}

/// Looks for who is meant and has letters sent, behind the answer: whether anybody is meant takes none of its time.
fn behind(web: &Shared, who: String, language: &'static str) {
    let Ok(place) = web.forgotten.clone().try_acquire_owned() else {
        tracing::info!("too many ask for another password at once");
        return;
    };
    let behind = web.clone();
    web.runtime.spawn(async move {
        let now_us = behind.clock.now_us();
        for (person, own) in behind.views.with(|state| meant(state, &who)) {
            let link = behind.links.link(now_us, RESET_US);
            let language = if own.is_empty() { language.to_owned() } else { own };
            let command = Command::Account(AccountCommand::AskReset { person, link, language });
            // A refusal (too many letters, no mail server) is not told to a stranger.
            if let Err(error) = behind.submit(By::Stranger, command).await {
                tracing::info!(%error, "no letter for another password");
            }
        }
        drop(place);
    });
}

/// Who is meant by a login name or a mail address, and in which language each wants a letter.
fn meant(state: &State, who: &str) -> Vec<(SubjectId, String)> {
    let who = who.trim().to_lowercase();
    let fits =
        |login: &str, mail: &str| !who.is_empty() && [login, mail].iter().any(|t| t.to_lowercase() == who);
    let people = state.people.values().filter(|p| p.profile.mail_confirmed && fits(&p.login, &p.mail));
    people.take(MOST).map(|p| (p.person, p.profile.language.clone())).collect()
}
