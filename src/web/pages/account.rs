//! One's own account, language and theme.

use super::links::chats;
use super::people::{Shown, password_refusal, sign_in_as};
use crate::texts::Lang;
use crate::web::answer::{Answer, WebError, errors_of, local_path, page, see};
use crate::web::context::Visitor;
use crate::web::view::{Account, ChatCode, Errors, Theme};
use crate::web::{Shared, fill};
use actix_web::cookie::time::Duration;
use actix_web::cookie::{Cookie, SameSite};
use actix_web::http::StatusCode;
use actix_web::web;
use serde::Deserialize;
use watchroom_domain::{Command, Refusal};

/// How long a choice is remembered.
const REMEMBERED: Duration = Duration::days(400);

/// The account.
///
/// # Errors
/// When the page cannot be rendered.
pub async fn show(web: Shared, visitor: Visitor) -> Answer {
    answer(&web, &visitor, StatusCode::OK, Errors::default(), None)
}

/// The page, with a code for a chat that was just made.
pub(super) fn answer(
    web: &Shared,
    visitor: &Visitor,
    status: StatusCode,
    errors: Errors,
    code: Option<ChatCode>,
) -> Answer {
    let signed = visitor.signed.as_ref().ok_or(WebError::Forbidden)?;
    let body = web.views.with(|state| {
        let person = state.people.get(&signed.person)?;
        let session = state.sessions.get(&signed.session()?)?;
        Some(Account {
            l: visitor.l,
            theme: visitor.theme,
            name: person.display_name.clone(),
            login: person.login.clone(),
            mail: person.mail.clone(),
            role: fill::role(&visitor.l, person.role),
            signed_in_us: session.expires_us - web.tuning.now().session_us,
            errors,
            chats: chats(web, state, visitor, code),
        })
    });
    page(web, visitor, status, body.ok_or(WebError::Forbidden)?)
}

/// The fields of another password.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Change {
    current: String,
    password: String,
    again: String,
}

/// Changes the password; every session ends, and this browser gets a new one.
///
/// # Errors
/// When nothing was recorded, or there were too many tries.
pub async fn change_password(web: Shared, visitor: Visitor, fields: web::Form<Change>) -> Answer {
    let person = visitor.signed.as_ref().map(|s| s.person).ok_or(WebError::Forbidden)?;
    let of = web.throttle.of(&person.to_string(), &visitor.address);
    let now = visitor.l.now_us;
    let wait = web.throttle.wait_us(&of, now);
    if wait > 0 {
        return Err(WebError::TooMany(wait / 1_000_000 + 1));
    }
    if let Err(refusal) = password_refusal(&fields.password, &fields.again) {
        return answer(
            &web,
            &visitor,
            StatusCode::UNPROCESSABLE_ENTITY,
            errors_of(&visitor.l, &refusal),
            None,
        );
    }
    web.throttle.failed(&of, now);
    let phc = web.views.with(|state| state.people.get(&person).map(|p| p.password_phc.clone()));
    if !web.passwords.verify(fields.current.clone(), phc).await? {
        let refusal = Refusal::field("password_wrong", "current", "This is not your present password.");
        return answer(
            &web,
            &visitor,
            StatusCode::UNPROCESSABLE_ENTITY,
            errors_of(&visitor.l, &refusal),
            None,
        );
    }
    web.throttle.succeeded(&of);
    let password_phc = web.passwords.hash(fields.password.clone()).await?;
    web.submit(&visitor, Command::ChangePassword { person, password_phc: password_phc.clone() }).await?;
    sign_in_as(&web, &visitor, Shown { person, password_phc }, "/account", Some("notice-password")).await
}

/// The fields of the choices.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Preferences {
    lang: Option<String>,
    theme: Option<String>,
    back: String,
}

/// Remembers language and theme in this browser.
///
/// # Errors
/// None of its own.
pub async fn preferences(fields: web::Form<Preferences>) -> Answer {
    let mut response = see(local_path(&fields.back), None);
    let lang = fields.lang.as_deref().and_then(Lang::from_tag).map(|l| ("lang", l.tag()));
    let theme = fields.theme.as_deref().map(|t| ("theme", Theme::from_word(t).word()));
    for (name, value) in lang.into_iter().chain(theme) {
        let cookie = Cookie::build(name, value)
            .path("/")
            .secure(true)
            .same_site(SameSite::Lax)
            .max_age(REMEMBERED)
            .finish();
        // Our own words fit into a cookie.
        let _ = response.add_cookie(&cookie);
    }
    Ok(response)
}
