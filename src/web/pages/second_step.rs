//! The second step of signing in: asked for after the password, set up and turned off in the account.

use super::people::{Shown, finish};
use super::proof::{self, Denied};
use super::roster;
use crate::web::Shared;
use crate::web::answer::{Answer, WebError, page, plain, refused, see};
use crate::web::auth::{HALFWAY_COOKIE, Half, clear_halfway, known_device, totp};
use crate::web::context::Visitor;
use crate::web::view::{Code, Errors, QrCode, TwoStep};
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, web};
use serde::Deserialize;
use watchroom_domain::{Command, Refusal, ShownFactor, SubjectId};

/// What somebody types as a code: of the device, or one for the day when it is lost.
fn shown(secret: &str, typed: &str, now_us: i64) -> Result<ShownFactor, Refusal> {
    let step = totp::step_of(secret, typed, now_us).map(ShownFactor::Step);
    let wrong = "This code is wrong or was used already. Wait for the next one.";
    step.or_else(|| totp::typed_recovery(typed).map(ShownFactor::Recovery))
        .ok_or_else(|| Refusal::field("code_wrong", "code", wrong))
}

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
    let device = known_device(&web.links, &request, Some(half.person));
    let of = web.throttle.of_code(&half.person.to_string(), &visitor.address, device.as_deref());
    let form = |status, errors| plain(&visitor, status, Code { l: visitor.l, errors });
    if let Err(denied) = proof::begin(&web, &of, now) {
        return denied.answer(&visitor, form);
    }
    let factor = web.views.with(|s| s.second_factors.get(&half.person).map(|f| f.secret.clone()));
    // Turned off meanwhile: then the password was enough.
    let code = factor.map(|factor| shown(&factor, &fields.code, now)).transpose();
    let refusal = match code {
        Ok(code) => {
            let by = Shown { person: half.person, password_phc: half.password_phc };
            match finish(&web, &visitor, by, code, &half.next, half.said.as_deref()).await? {
                Ok(mut response) => {
                    web.throttle.succeeded(&of);
                    web.halfway.end(&secret);
                    let _ = response.add_cookie(&clear_halfway());
                    return Ok(response);
                }
                Err(refusal) => refusal,
            }
        }
        Err(refusal) => refusal,
    };
    web.halfway.failed(&secret);
    Denied::from(refusal).answer(&visitor, form)
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
    let now = visitor.l.now_us;
    let codes = totp::new_recovery_codes();
    let done = match (proof::password(&web, &visitor, &current).await?, shown(&secret, &code, now)) {
        (Ok(()), Ok(ShownFactor::Step(step))) => {
            let recovery_sha256 = codes.iter().map(|code| totp::recovery_hash(code)).collect();
            let command = Command::SetSecondFactor { secret: secret.clone(), recovery_sha256, step };
            refused(web.submit(&visitor, command).await)?.map(drop).map_err(Denied::from)
        }
        (Err(denied), _) => Err(denied),
        (_, Err(refusal)) => Err(refusal.into()),
        (Ok(()), Ok(ShownFactor::Recovery(_))) => {
            Err(Refusal::field("code_wrong", "code", "Type the six digits that the app shows.").into())
        }
    };
    match done {
        Ok(()) => answer(&web, &visitor, StatusCode::OK, String::new(), codes, Errors::default()),
        Err(denied) => {
            // The app has this secret already.
            let whole = secret.len() == 32 && secret.chars().all(|c| c.is_ascii_alphanumeric());
            let secret = if whole { secret } else { totp::new_secret() };
            denied
                .answer(&visitor, |status, errors| answer(&web, &visitor, status, secret, Vec::new(), errors))
        }
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
    let (person, now) = (proof::own(&visitor)?, visitor.l.now_us);
    let of = proof::of_session(&web, &visitor, "code")?;
    let form = |status, errors| answer(&web, &visitor, status, String::new(), Vec::new(), errors);
    let Some(secret) = web.views.with(|s| s.second_factors.get(&person).map(|f| f.secret.clone())) else {
        return Ok(see("/account/two-step", None));
    };
    if let Err(denied) = proof::begin(&web, &of, now) {
        return denied.answer(&visitor, form);
    }
    let password = proof::password(&web, &visitor, &fields.current).await?;
    let done = match password.and_then(|()| shown(&secret, &fields.code, now).map_err(Denied::from)) {
        Ok(shown) => {
            let command = Command::RemoveSecondFactor { person, shown: Some(shown) };
            refused(web.submit(&visitor, command).await)?.map(drop).map_err(Denied::from)
        }
        Err(denied) => Err(denied),
    };
    if let Err(denied) = done {
        return denied.answer(&visitor, form);
    }
    web.throttle.succeeded(&of);
    Ok(see("/account", Some("notice-two-step-off")))
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
