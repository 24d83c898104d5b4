//! The password once more, before something that cannot be taken back.

use crate::web::Shared;
use crate::web::answer::{Answer, WebError, errors_of};
use crate::web::auth::{Try, after, too_many};
use crate::web::context::Visitor;
use crate::web::view::Errors;
use actix_web::http::StatusCode;
use watchroom_domain::{Micros, Refusal, SubjectId};

/// Who is signed in by a session.
///
/// # Errors
/// [`WebError::Forbidden`] for anybody else.
pub(super) fn own(visitor: &Visitor) -> Result<SubjectId, WebError> {
    visitor.signed.as_ref().map(|s| s.person).ok_or(WebError::Forbidden)
}

/// Why something was not done: what is wrong with what was typed, or that somebody has to wait.
pub(super) struct Denied {
    refusal: Refusal,
    wait_us: Micros,
}

impl From<Refusal> for Denied {
    fn from(refusal: Refusal) -> Self {
        Self { refusal, wait_us: 0 }
    }
}

impl Denied {
    /// The form once more: with what is wrong, and how long to wait where that is it.
    pub(super) fn answer(
        &self,
        visitor: &Visitor,
        form: impl FnOnce(StatusCode, Errors) -> Answer,
    ) -> Answer {
        let errors = errors_of(&visitor.l, &self.refusal);
        if self.wait_us > 0 {
            return Ok(after(form(StatusCode::TOO_MANY_REQUESTS, errors)?, self.wait_us));
        }
        form(StatusCode::UNPROCESSABLE_ENTITY, errors)
    }
}

/// Counts a try as failed, for as long as it has not succeeded: many at once do not all go free.
pub(super) fn begin(web: &Shared, of: &Try, now_us: Micros) -> Result<(), Denied> {
    let wait_us = web.throttle.wait_us(of, now_us);
    if wait_us > 0 {
        return Err(Denied { refusal: too_many(), wait_us });
    }
    web.throttle.failed(of, now_us);
    Ok(())
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

/// Whether this is the visitor's own password; whoever guesses has to wait.
///
/// # Errors
/// When no password can be checked at the moment.
pub(super) async fn password(
    web: &Shared,
    visitor: &Visitor,
    typed: &str,
) -> Result<Result<(), Denied>, WebError> {
    let person = own(visitor)?;
    let of = of_session(web, visitor, "password")?;
    if let Err(denied) = begin(web, &of, visitor.l.now_us) {
        return Ok(Err(denied));
    }
    let phc = web.views.with(|state| state.people.get(&person).map(|p| p.password_phc.clone()));
    if !web.passwords.verify(typed.to_owned(), phc).await? {
        let wrong = Refusal::field("password_wrong", "current", "This is not your present password.");
        return Ok(Err(wrong.into()));
    }
    web.throttle.succeeded(&of);
    Ok(Ok(()))
}
