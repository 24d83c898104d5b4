//! What people do about accounts, whichever door they come through: the console's pages and the API both go
//! through these, so that rights, limits and waits are the same for both. Each gives what was done, or the
//! [`Refusal`](watchroom_domain::Refusal) that a form or a problem can show, or a [`WebError`] that neither can.

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
use super::answer::WebError;
use super::auth::Try;
use watchroom_domain::{Micros, Refusal, SECOND_US};

/// What came of something that may be refused.
pub type Done<T> = Result<Result<T, Refusal>, WebError>;

/// Counts a try as failed, for as long as it has not succeeded: many at once do not all go free.
///
/// # Errors
/// [`WebError::TooMany`] for whoever has to wait.
fn begin(web: &Shared, of: &Try, now_us: Micros) -> Result<(), WebError> {
    patience(web.throttle.wait_us(of, now_us))?;
    web.throttle.failed(of, now_us);
    Ok(())
}

/// The same as [`WebError::TooMany`], where there is something to wait for.
fn patience(wait_us: Micros) -> Result<(), WebError> {
    if wait_us > 0 { Err(WebError::TooMany((wait_us + SECOND_US - 1) / SECOND_US)) } else { Ok(()) }
}
