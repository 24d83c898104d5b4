//! The second step of signing in: asked for after the password, set up and turned off in the account.

use super::roster;
use crate::web::Shared;
use crate::web::answer::{Answer, WebError, errors_of, or_the_form, page, plain, refused, see};
use crate::web::auth::{HALFWAY_COOKIE, Half, clear_halfway, stays_known, totp};
use crate::web::context::Visitor;
use crate::web::deeds::second_step::TurnedOn;
use crate::web::deeds::signing_in::Shown;
use crate::web::deeds::{self, proof};
use crate::web::view::{Code, Errors, QrCode, TwoStep};
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, web};
use serde::Deserialize;
use watchroom_domain::{Command, Refusal, SubjectId};

fn halfway(web: &Shared, request: &HttpRequest, now_us: i64) -> Option<(String, Half)> {
    let secret = request.cookie(HALFWAY_COOKIE)?.value().to_owned();
    let half = web.halfway.of(&secret, now_us)?;
    Some((secret, half))
}

/// The form for the code; without a password shown before, there is none.
///
/// # Errors
/// When the page cannot be rendered.
pub async fn ask(web: Shared, visitor: Visitor, request: HttpRequest) -> Answer {
    match halfway(&web, &request, visitor.l.now_us) {
        Some(_) => plain(&visitor, StatusCode::OK, Code { l: visitor.l, errors: Errors::default() }),
        None => Ok(see("/login", None)),
    }
}

/// The field of a code.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct CodeField {
    code: String,
}

/// Signs in by password and code.
///
/// # Errors
/// When there were too many tries, or nothing was recorded.
pub async fn enter(
    web: Shared,
    visitor: Visitor,
    request: HttpRequest,
    fields: web::Form<CodeField>,
) -> Answer {
    let now = visitor.l.now_us;
    let Some((secret, half)) = halfway(&web, &request, now) else {
        return Ok(see("/login", Some("notice-sign-in-again")));
    };
    let by = Shown { person: half.person, password_phc: half.password_phc };
    let done = deeds::second_step::enter(&web, &visitor, by, &fields.code).await;
    if matches!(done, Ok(Err(_))) {
        web.halfway.failed(&secret);
    }
    let form = |status, refusal: &_| {
        plain(&visitor, status, Code { l: visitor.l, errors: errors_of(&visitor.l, refusal) })
    };
    let opened = match or_the_form(done, form)? {
        Ok(opened) => opened,
        Err(response) => return Ok(response),
    };
    let mut response = see(&half.next, half.said.as_deref());
    web.halfway.end(&secret);
    for cookie in [opened.cookie, opened.device, clear_halfway()] {
        // Values of our own fit into cookies.
        let _ = response.add_cookie(&cookie);
    }
    Ok(response)
}

/// The page about one's own second step; where it is off, with a new secret to scan.
///
/// # Errors
/// When the page cannot be rendered.
pub async fn show(web: Shared, visitor: Visitor) -> Answer {
    answer(&web, &visitor, StatusCode::OK, totp::new_secret(), Vec::new(), Errors::default())
}

fn answer(
    web: &Shared,
    visitor: &Visitor,
    status: StatusCode,
    secret: String,
    codes: Vec<String>,
    errors: Errors,
) -> Answer {
    let me = proof::own(visitor)?;
    let known = web.views.with(|state| {
        let login = state.people.get(&me)?.login.clone();
        Some((login, state.second_factors.get(&me).map(|f| (f.since_us, f.recovery_sha256.len()))))
    });
    let (login, on) = known.ok_or(WebError::Forbidden)?;
    let qr = if on.is_none() { QrCode::of(&totp::address(&secret, &login)) } else { None };
    let body = TwoStep { l: visitor.l, login, on, secret, qr, codes, errors };
    page(web, visitor, status, body)
}

/// The fields of turning it on.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct OnFields {
    secret: String,
    code: String,
    current: String,
}

/// Turns it on, and shows the codes for the day when the device is lost, once.
///
/// # Errors
/// When there were too many tries, or nothing was recorded.
pub async fn turn_on(web: Shared, visitor: Visitor, fields: web::Form<OnFields>) -> Answer {
    let OnFields { secret, code, current } = fields.into_inner();
    let done = deeds::second_step::turn_on(&web, &visitor, &secret, &code, &current).await;
    let form = |status, refusal: &_| {
        let errors = errors_of(&visitor.l, refusal);
        // The app has this secret already.
        let whole = secret.len() == 32 && secret.chars().all(|c| c.is_ascii_alphanumeric());
        let secret = if whole { secret.clone() } else { totp::new_secret() };
        answer(&web, &visitor, status, secret, Vec::new(), errors)
    };
    match or_the_form(done, form)? {
        Ok(TurnedOn { codes, device }) => {
            let response = answer(&web, &visitor, StatusCode::OK, String::new(), codes, Errors::default())?;
            Ok(stays_known(response, Some(&device)))
        }
        Err(response) => Ok(response),
    }
}

/// The fields of turning it off.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct OffFields {
    code: String,
    current: String,
}

/// Turns it off, with the password and a code.
///
/// # Errors
/// When there were too many tries, or nothing was recorded.
pub async fn turn_off(web: Shared, visitor: Visitor, fields: web::Form<OffFields>) -> Answer {
    let person = proof::own(&visitor)?;
    if web.views.with(|state| !state.second_factors.contains_key(&person)) {
        return Ok(see("/account/two-step", None));
    }
    let done = deeds::second_step::turn_off(&web, &visitor, &fields.code, &fields.current).await;
    let form = |status, refusal: &_| {
        answer(&web, &visitor, status, String::new(), Vec::new(), errors_of(&visitor.l, refusal))
    };
    Ok(match or_the_form(done, form)? {
        Ok(device) => stays_known(see("/account", Some("notice-two-step-off")), device.as_ref()),
        Err(response) => response,
    })
}

/// Takes it away from somebody who has lost the device.
///
/// # Errors
/// When there is no such person, or nothing was recorded for a reason that the page cannot show.
pub async fn take_away(web: Shared, visitor: Visitor, id: web::Path<SubjectId>) -> Answer {
    let person = *id;
    if proof::own(&visitor)? == person {
        return Ok(see("/account/two-step", None));
    }
    let command = Command::RemoveSecondFactor { person, shown: None };
    match refused(web.submit(&visitor, command).await)? {
        Ok(_) => Ok(see(&format!("/people/{person}"), Some("notice-two-step-taken"))),
        Err(refusal) => {
            let refusal = Refusal { field: None, ..refusal };
            roster::answer_refused(&web, &visitor, person, &refusal)
        }
    }
}
