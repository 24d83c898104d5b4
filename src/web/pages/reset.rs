//! A link from the hub's own machine, by which somebody who forgot a password sets another one.

use super::people::password_refusal;
use crate::fresh;
use crate::web::Shared;
use crate::web::answer::{Answer, WebError, errors_of, plain, refused, see};
use crate::web::context::Visitor;
use crate::web::view::{Errors, Reset};
use actix_web::http::StatusCode;
use actix_web::web;
use serde::Deserialize;
use watchroom_domain::{By, Command};

/// The form, for whoever has the link.
///
/// # Errors
/// When the link is wrong, used or over.
pub async fn show(web: Shared, visitor: Visitor, secret: web::Path<String>) -> Answer {
    answer(&web, &visitor, &secret, StatusCode::OK, Errors::default())
}

fn answer(web: &Shared, visitor: &Visitor, secret: &str, status: StatusCode, errors: Errors) -> Answer {
    let hash = fresh::fingerprint(secret.as_bytes());
    let login =
        web.views.with(|state| state.person_by_reset(&hash, visitor.l.now_us).map(|p| p.login.clone()));
    let login = login.ok_or(WebError::NotFound)?;
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
/// When the link is wrong, used or over, or nothing was recorded.
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
        return Err(WebError::NotFound);
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
