//! The password once more, before something that cannot be taken back.

use super::signing_in::{device_by, fit};
use super::{Done, begin};
use crate::web::Shared;
use crate::web::answer::{WebError, refused};
use crate::web::auth::Try;
use crate::web::context::Visitor;
use actix_web::cookie::Cookie;
use watchroom_domain::{Command, Refusal, SubjectId};

/// A password that was changed.
pub struct Changed {
    /// The hash of the new one.
    pub password_phc: String,
    /// By what the browser stays known in which it was changed.
    pub device: Cookie<'static>,
}

/// Who is signed in by a session.
///
/// # Errors
/// [`WebError::Forbidden`] for anybody else.
pub fn own(visitor: &Visitor) -> Result<SubjectId, WebError> {
    visitor.signed.as_ref().map(|s| s.person).ok_or(WebError::Forbidden)
}

/// A try of something that a signed-in person is asked for once more. Whoever has got hold of one session keeps
/// nobody waiting in another.
///
/// # Errors
/// [`WebError::Forbidden`] for whoever is not signed in.
pub(super) fn of_session(web: &Shared, visitor: &Visitor, what: &str) -> Result<Try, WebError> {
    let signed = visitor.signed.as_ref().ok_or(WebError::Forbidden)?;
    Ok(web.throttle.of_session(what, &format!("{:?}", signed.via)))
}

/// Whether this is the visitor's own password, and the hash by which it is; whoever guesses has to wait.
///
/// # Errors
/// [`WebError::TooMany`], or when no password can be checked at the moment.
pub async fn password(web: &Shared, visitor: &Visitor, typed: &str) -> Done<String> {
    let person = own(visitor)?;
    let of = of_session(web, visitor, "password")?;
    begin(web, &of, visitor.l.now_us)?;
    let phc = web.views.with(|state| state.people.get(&person).map(|p| p.password_phc.clone()));
    let right = web.passwords.of_known().verify(typed.to_owned(), phc.clone()).await?;
    let Some(password_phc) = phc.filter(|_| right) else {
        return Ok(Err(Refusal::field("password_wrong", "current", "This is not your present password.")));
    };
    web.throttle.succeeded(&of);
    Ok(Ok(password_phc))
}

/// Changes the visitor's own password; every session and token ends, and every browser is unknown but this one.
///
/// # Errors
/// As [`password`], or when nothing was recorded.
pub async fn change_password(web: &Shared, visitor: &Visitor, current: &str, new: &str) -> Done<Changed> {
    let person = own(visitor)?;
    let proved = match fit(new) {
        Ok(()) => password(web, visitor, current).await?.map(drop),
        Err(refusal) => Err(refusal),
    };
    if let Err(refusal) = proved {
        return Ok(Err(refusal));
    }
    let password_phc = web.passwords.of_known().hash(new.to_owned()).await?;
    let command = Command::ChangePassword { person, password_phc: password_phc.clone() };
    let changed = refused(web.submit(visitor, command).await)?;
    Ok(changed.map(|_| Changed { device: device_by(web, person, &password_phc), password_phc }))
}

/// The visitor leaves for good.
///
/// # Errors
/// As [`password`], or when nothing was recorded.
pub async fn leave(web: &Shared, visitor: &Visitor, current: &str) -> Done<()> {
    let person = own(visitor)?;
    match password(web, visitor, current).await? {
        Ok(_) => Ok(refused(web.submit(visitor, Command::ForgetPerson { person }).await)?.map(drop)),
        Err(refusal) => Ok(Err(refusal)),
    }
}
