//! Somebody who forgot a password: asking for a link, and setting another password by it.

use super::people::password_refusal;
use crate::fresh;
use crate::web::Shared;
use crate::web::answer::{Answer, errors_of, plain, refused, see};
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

fn over(visitor: &Visitor) -> Answer {
    plain(visitor, StatusCode::NOT_FOUND, DeadEnd { l: visitor.l, key: "reset-over" })
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
/// When nothing was recorded.
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
    match refused(web.submit(By::Stranger, command).await)? {
        Ok(_) => Ok(see("/login", Some("notice-password"))),
        Err(refusal) => {
            let errors = errors_of(&visitor.l, &refusal);
            answer(&web, &visitor, &secret, StatusCode::UNPROCESSABLE_ENTITY, errors)
        }
    }
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
    for (person, language) in web.views.with(|state| meant(state, &fields.who)) {
        let link = web.links.link(l.now_us, RESET_US);
        let language = if language.is_empty() { l.lang.tag().to_owned() } else { language };
        let command = Command::Account(AccountCommand::AskReset { person, link, language });
        let behind = web.clone();
        // Behind the answer, so that recording takes nobody's time who waits for it. A refusal (too many
        // letters, no mail server) is not told to a stranger.
        web.runtime.spawn(async move {
            if let Err(error) = behind.submit(By::Stranger, command).await {
                tracing::info!(%error, "no letter for another password");
            }
        });
    }
    plain(&visitor, StatusCode::OK, Forgot { l, asked: true, ..Forgot::default() })
}

/// Who is meant by a login name or a mail address, and in which language each wants a letter.
fn meant(state: &State, who: &str) -> Vec<(SubjectId, String)> {
    let who = who.trim().to_lowercase();
    let fits =
        |login: &str, mail: &str| !who.is_empty() && [login, mail].iter().any(|t| t.to_lowercase() == who);
    let people = state.people.values().filter(|p| p.profile.mail_confirmed && fits(&p.login, &p.mail));
    people.take(MOST).map(|p| (p.person, p.profile.language.clone())).collect()
}
