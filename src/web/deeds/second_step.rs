//! The second step: shown when signing in, turned on and off.

use super::signing_in::{Opened, Shown, device_by, open};
use super::{Done, begin, proof};
use crate::web::Shared;
use crate::web::answer::refused;
use crate::web::auth::totp;
use crate::web::context::Visitor;
use actix_web::cookie::Cookie;
use watchroom_domain::{Command, Refusal, ShownFactor};

/// The second step, turned on.
pub struct TurnedOn {
    /// The codes for the day when the device is lost.
    pub codes: Vec<String>,
    /// By what the browser stays known in which it was turned on; all others are unknown again.
    pub device: Cookie<'static>,
}

/// What somebody types as a code: of the device, or one for the day when it is lost.
fn shown(secret: &str, typed: &str, now_us: i64) -> Result<ShownFactor, Refusal> {
    let step = totp::step_of(secret, typed, now_us).map(ShownFactor::Step);
    let wrong = "This code is wrong or was used already. Wait for the next one.";
    step.or_else(|| totp::typed_recovery(typed).map(ShownFactor::Recovery))
        .ok_or_else(|| Refusal::field("code_wrong", "code", wrong))
}

/// Opens a session for whoever has shown the password and shows a code beside it.
///
/// # Errors
/// [`WebError::TooMany`](crate::web::answer::WebError::TooMany), or when nothing was recorded.
pub async fn enter(web: &Shared, visitor: &Visitor, by: Shown, typed: &str) -> Done<Opened> {
    let now = visitor.l.now_us;
    let device = visitor.device(web, Some(by.person));
    let of = web.throttle.of_code(&by.person.to_string(), &visitor.address, device);
    begin(web, &of, now)?;
    let factor = web.views.with(|s| s.second_factors.get(&by.person).map(|f| f.secret.clone()));
    // Turned off meanwhile: then the password was enough.
    let code = match factor.map(|factor| shown(&factor, typed, now)).transpose() {
        Ok(code) => code,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let opened = open(web, visitor, by, code).await?;
    if opened.is_ok() {
        web.throttle.succeeded(&of);
    }
    Ok(opened)
}

/// Turns it on with this secret, a code of the app that knows the secret, and the password.
///
/// # Errors
/// When there were too many tries, or nothing was recorded.
pub async fn turn_on(
    web: &Shared,
    visitor: &Visitor,
    secret: &str,
    code: &str,
    current: &str,
) -> Done<TurnedOn> {
    let person = proof::own(visitor)?;
    let proved = proof::password(web, visitor, current).await?;
    let (password_phc, step) = match (proved, shown(secret, code, visitor.l.now_us)) {
        (Ok(password_phc), Ok(ShownFactor::Step(step))) => (password_phc, step),
        (Err(refusal), _) | (_, Err(refusal)) => return Ok(Err(refusal)),
        (Ok(_), Ok(ShownFactor::Recovery(_))) => {
            return Ok(Err(Refusal::field("code_wrong", "code", "Type the six digits that the app shows.")));
        }
    };
    let codes = totp::new_recovery_codes();
    let recovery_sha256 = codes.iter().map(|code| totp::recovery_hash(code)).collect();
    let command = Command::SetSecondFactor { secret: secret.to_owned(), recovery_sha256, step };
    let done = refused(web.submit(visitor, command).await)?;
    Ok(done.map(|_| TurnedOn { codes, device: device_by(web, person, &password_phc) }))
}

/// Turns it off, with the password and a code. Where it is off, nothing is done. Gives by what the browser stays
/// known in which it was turned off; all others are unknown again.
///
/// # Errors
/// When there were too many tries, or nothing was recorded.
pub async fn turn_off(
    web: &Shared,
    visitor: &Visitor,
    code: &str,
    current: &str,
) -> Done<Option<Cookie<'static>>> {
    let (person, now) = (proof::own(visitor)?, visitor.l.now_us);
    let of = proof::of_session(web, visitor, "code")?;
    let Some(secret) = web.views.with(|s| s.second_factors.get(&person).map(|f| f.secret.clone())) else {
        return Ok(Ok(None));
    };
    begin(web, &of, now)?;
    let password = proof::password(web, visitor, current).await?;
    let proved = password.and_then(|phc| shown(&secret, code, now).map(|shown| (phc, shown)));
    let (password_phc, shown) = match proved {
        Ok(proved) => proved,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let command = Command::RemoveSecondFactor { person, shown: Some(shown) };
    let done = refused(web.submit(visitor, command).await)?;
    if done.is_ok() {
        web.throttle.succeeded(&of);
    }
    Ok(done.map(|_| Some(device_by(web, person, &password_phc))))
}
