//! One's own account, language and theme.

use super::links::chats;
use super::people::sign_in_as;
use super::profile::speak;
use super::sessions::doors;
use crate::texts::Lang;
use crate::web::answer::{
    Answer, LANGUAGE_COOKIE, THEME_COOKIE, WebError, errors_of, later_cookie, local_path, or_the_form, page,
    see,
};
use crate::web::auth::stays_known;
use crate::web::context::Visitor;
use crate::web::deeds::proof::{self, Changed};
use crate::web::deeds::signing_in::{Shown, fit_twice};
use crate::web::view::{Account, ChatCode, Errors, Theme};
use crate::web::{Shared, fill};
use actix_web::cookie::time::Duration;
use actix_web::cookie::{Cookie, SameSite};
use actix_web::http::StatusCode;
use actix_web::web;
use serde::Deserialize;

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
            signed_in_us: session.opened_us,
            errors,
            chats: chats(web, state, visitor, code),
            doors: doors(web, state, visitor),
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

/// Changes the password; every session and token ends, and this browser gets a new session. Whoever has a second
/// step is asked for its code first, as always when a session is opened. The browser stays known.
///
/// # Errors
/// When nothing was recorded, or there were too many tries.
pub async fn change_password(web: Shared, visitor: Visitor, fields: web::Form<Change>) -> Answer {
    let person = proof::own(&visitor)?;
    let done = match fit_twice(&fields.password, &fields.again) {
        Ok(()) => proof::change_password(&web, &visitor, &fields.current, &fields.password).await,
        Err(refusal) => Ok(Err(refusal)),
    };
    let form = |status, refusal: &_| answer(&web, &visitor, status, errors_of(&visitor.l, refusal), None);
    match or_the_form(done, form)? {
        Ok(Changed { password_phc, device }) => {
            let shown = Shown { person, password_phc };
            let response = sign_in_as(&web, &visitor, shown, "/account", Some("notice-password")).await?;
            // Before a code is asked for too: whoever guessed codes with the old password keeps nobody waiting here.
            Ok(stays_known(response, Some(&device)))
        }
        Err(response) => Ok(response),
    }
}

/// Where a reminder was put aside.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Later {
    back: String,
}

/// Puts the reminder of the mail address aside, for this person in this browser.
///
/// # Errors
/// When nobody is signed in.
pub async fn later(visitor: Visitor, fields: web::Form<Later>) -> Answer {
    let mut response = see(local_path(&fields.back), None);
    // An identifier fits into a cookie.
    let _ = response.add_cookie(&later_cookie(proof::own(&visitor)?));
    Ok(response)
}

/// The fields of the choices.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Preferences {
    lang: Option<String>,
    theme: Option<String>,
    back: String,
}

/// Remembers language and theme in this browser; the language also in an account that has chosen one.
///
/// # Errors
/// When nothing was recorded.
pub async fn preferences(web: Shared, visitor: Visitor, fields: web::Form<Preferences>) -> Answer {
    if let Some(lang) = fields.lang.as_deref().and_then(Lang::from_tag) {
        speak(&web, &visitor, lang).await?;
    }
    let mut response = see(local_path(&fields.back), None);
    let lang = fields.lang.as_deref().and_then(Lang::from_tag).map(|l| (LANGUAGE_COOKIE, l.tag()));
    let theme = fields.theme.as_deref().map(|t| (THEME_COOKIE, Theme::from_word(t).word()));
    for (name, value) in lang.into_iter().chain(theme) {
        let cookie = Cookie::build(name, value)
            .path("/")
            .secure(true)
            .http_only(true)
            .same_site(SameSite::Lax)
            .max_age(REMEMBERED)
            .finish();
        // Our own words fit into a cookie.
        let _ = response.add_cookie(&cookie);
    }
    Ok(response)
}
