//! The password once more, before something that cannot be taken back.

use crate::web::Shared;
use crate::web::answer::WebError;
use crate::web::context::Visitor;
use watchroom_domain::{Refusal, SECOND_US, SubjectId};

/// Who is signed in by a session.
///
/// # Errors
/// [`WebError::Forbidden`] for anybody else.
pub(super) fn own(visitor: &Visitor) -> Result<SubjectId, WebError> {
    visitor.signed.as_ref().map(|s| s.person).ok_or(WebError::Forbidden)
}

/// Whether this is the visitor's own password; whoever guesses has to wait.
///
/// # Errors
/// [`WebError::TooMany`], or when no password can be checked at the moment.
pub(super) async fn password(
    web: &Shared,
    visitor: &Visitor,
    typed: &str,
) -> Result<Result<(), Refusal>, WebError> {
    let person = own(visitor)?;
    let of = web.throttle.of(&person.to_string(), &visitor.address);
    let now = visitor.l.now_us;
    let wait = web.throttle.wait_us(&of, now);
    if wait > 0 {
        return Err(WebError::TooMany(wait / SECOND_US + 1));
    }
    // Counted before the answer is known, so that many at once do not all go free.
    web.throttle.failed(&of, now);
    let phc = web.views.with(|state| state.people.get(&person).map(|p| p.password_phc.clone()));
    if !web.passwords.verify(typed.to_owned(), phc).await? {
        return Ok(Err(Refusal::field("password_wrong", "current", "This is not your present password.")));
    }
    web.throttle.succeeded(&of);
    Ok(Ok(()))
}
