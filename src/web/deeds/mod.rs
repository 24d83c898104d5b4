//! What people do about accounts, whichever door they come through: the console's pages and the API both go
//! through these, so that rights, limits and waits are the same for both.

pub mod chats;
pub mod invitations;
pub mod joining;
pub mod portraits;
pub mod profile;
pub mod proof;
pub mod resets;
pub mod second_step;
pub mod signing_in;
pub mod tokens;
pub mod walls;

use super::Shared;
use super::answer::{Answer, WebError, errors_of};
use super::auth::{Try, after, too_many};
use super::context::Visitor;
use super::view::Errors;
use actix_web::http::StatusCode;
use watchroom_domain::{Micros, Refusal};

/// Why something was not done: what is wrong with what was typed, or that somebody has to wait.
#[derive(Clone, Debug)]
pub struct Denied {
    /// What is wrong.
    pub refusal: Refusal,
    /// How long to wait, in microseconds; 0 where there is nothing to wait for.
    pub wait_us: Micros,
}

/// What came of something that may be denied.
pub type Done<T> = Result<Result<T, Denied>, WebError>;

impl From<Refusal> for Denied {
    fn from(refusal: Refusal) -> Self {
        Self { refusal, wait_us: 0 }
    }
}

impl Denied {
    /// The same, in the words of a form.
    pub fn called(self, words: impl FnOnce(Refusal) -> Refusal) -> Self {
        Self { refusal: words(self.refusal), wait_us: self.wait_us }
    }

    /// The form once more: with what is wrong, and how long to wait where that is it.
    ///
    /// # Errors
    /// When the form cannot be rendered.
    pub fn answer(&self, visitor: &Visitor, form: impl FnOnce(StatusCode, Errors) -> Answer) -> Answer {
        let errors = errors_of(&visitor.l, &self.refusal);
        if self.wait_us > 0 {
            return Ok(after(form(StatusCode::TOO_MANY_REQUESTS, errors)?, self.wait_us));
        }
        form(StatusCode::UNPROCESSABLE_ENTITY, errors)
    }
}

/// Counts a try as failed, for as long as it has not succeeded: many at once do not all go free.
///
/// # Errors
/// [`Denied`] where somebody has to wait first.
pub fn begin(web: &Shared, of: &Try, now_us: Micros) -> Result<(), Denied> {
    let wait_us = web.throttle.wait_us(of, now_us);
    if wait_us > 0 {
        return Err(Denied { refusal: too_many(), wait_us });
    }
    web.throttle.failed(of, now_us);
    Ok(())
}
