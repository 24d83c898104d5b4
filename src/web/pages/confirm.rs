//! Confirming a mail address.

use crate::fresh;
use crate::web::Shared;
use crate::web::answer::{Answer, WebError, errors_of, plain, see};
use crate::web::context::Visitor;
use crate::web::deeds::joining;
use crate::web::view::{Confirm, DeadEnd, Errors, Waiting};
use actix_web::http::StatusCode;
use actix_web::web;

/// The button, for whoever has the link: programs that look at links in mails press none.
///
/// # Errors
/// When the page cannot be rendered.
pub async fn show(web: Shared, visitor: Visitor, secret: web::Path<String>) -> Answer {
    let hash = fresh::fingerprint(secret.as_bytes());
    let found = web.views.with(|state| {
        let (person, waiting) = state.confirmation_by_secret(&hash, visitor.l.now_us)?;
        let asked = state.by_the_account_only(person, visitor.l.now_us);
        let asked = asked && visitor.signed.as_ref().is_none_or(|s| s.person != person.person);
        Some((waiting.mail.clone(), asked))
    });
    match found {
        Some((_, true)) => sign_in_first(&visitor, secret.into_inner()),
        Some((mail, false)) => {
            let body = Confirm { l: visitor.l, secret: secret.into_inner(), mail, first: None };
            plain(&visitor, StatusCode::OK, body)
        }
        None => plain(&visitor, StatusCode::NOT_FOUND, DeadEnd { l: visitor.l, key: "confirm-over" }),
    }
}

/// Another address of an account is confirmed by the account itself.
fn sign_in_first(visitor: &Visitor, secret: String) -> Answer {
    let first = if visitor.signed.is_some() { "confirm-other-account" } else { "confirm-sign-in" };
    let body = Confirm { l: visitor.l, secret, mail: String::new(), first: Some(first) };
    plain(visitor, StatusCode::OK, body)
}

/// Confirms the address.
///
/// # Errors
/// When nothing was recorded.
pub async fn confirm(web: Shared, visitor: Visitor, secret: web::Path<String>) -> Answer {
    match joining::confirm_mail(&web, &visitor, &secret).await {
        Ok(Err(refusal)) if refusal.code == "sign_in_to_confirm" => {
            sign_in_first(&visitor, secret.into_inner())
        }
        Ok(Ok(())) => {
            let path = if visitor.signed.is_some() { "/machines" } else { "/login" };
            Ok(see(path, Some("notice-mail-confirmed")))
        }
        Ok(Err(_)) | Err(WebError::NotFound) => {
            plain(&visitor, StatusCode::NOT_FOUND, DeadEnd { l: visitor.l, key: "confirm-over" })
        }
        Err(other) => Err(other),
    }
}

/// What somebody sees who has not confirmed yet.
///
/// # Errors
/// When the page cannot be rendered.
pub async fn waiting(web: Shared, visitor: Visitor) -> Answer {
    if visitor.signed.as_ref().is_none_or(|s| !s.waits) {
        return Ok(see("/account/profile", None));
    }
    answer(&web, &visitor, StatusCode::OK, Errors::default())
}

fn answer(web: &Shared, visitor: &Visitor, status: StatusCode, errors: Errors) -> Answer {
    let person = visitor.signed.as_ref().map(|s| s.person).ok_or(WebError::Forbidden)?;
    let mail = web.views.with(|state| {
        let waiting = state.accounts.confirmations.get(&person).map(|c| c.mail.clone());
        waiting.or_else(|| state.people.get(&person).map(|p| p.mail.clone()))
    });
    let mail = mail.unwrap_or_default();
    plain(visitor, status, Waiting { l: visitor.l, mail, errors })
}

/// Sends the letter again.
///
/// # Errors
/// When nothing was recorded for a reason that the page cannot show.
pub async fn again(web: Shared, visitor: Visitor) -> Answer {
    match joining::ask_confirmation(&web, &visitor).await? {
        Ok(()) => Ok(see("/account/confirm", Some("notice-letter-sent"))),
        Err(refusal) => {
            answer(&web, &visitor, StatusCode::UNPROCESSABLE_ENTITY, errors_of(&visitor.l, &refusal))
        }
    }
}
