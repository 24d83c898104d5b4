//! Somebody who forgot a password: asking for a link, and setting another password by it.

use super::signing_in::fit;
use super::{Done, patience};
use crate::fresh;
use crate::web::Shared;
use crate::web::answer::{WebError, refused};
use crate::web::context::Visitor;
use watchroom_domain::{AccountCommand, By, Command, HOUR_US, Micros, State, SubjectId};

/// How long a link is good that was asked for here.
const RESET_US: Micros = HOUR_US;
/// Accounts of one mail address that get a letter.
const MOST: usize = 5;

/// Sends a link to whoever has this login name or confirmed this mail address. The answer is the same, and comes
/// as fast, whoever exists.
///
/// # Errors
/// [`WebError::TooMany`].
pub fn ask(web: &Shared, visitor: &Visitor, who: &str) -> Result<(), WebError> {
    let l = visitor.l;
    let of = web.throttle.of_asking("forgot", &visitor.address);
    patience(web.throttle.wait_us(&of, l.now_us))?;
    web.throttle.failed(&of, l.now_us);
    for (person, language) in web.views.with(|state| meant(state, who)) {
        let link = web.links.link(l.now_us, RESET_US);
        let language = if language.is_empty() { l.lang.tag().to_owned() } else { language };
        let command = Command::Account(AccountCommand::AskReset { person, link, language });
        let behind = web.clone();
        // Behind the answer, so that recording takes nobody's time who waits for it. A refusal (too many
        // letters, no mail server) is not told to a stranger.
        web.runtime.spawn(async move {
            if let Err(error) = behind.submit(By::Stranger, command).await {
                tracing::info!(%error, "no letter for another password");
            }
        });
    }
    Ok(())
}

/// Who is meant by a login name or a mail address, and in which language each wants a letter.
fn meant(state: &State, who: &str) -> Vec<(SubjectId, String)> {
    let who = who.trim().to_lowercase();
    let fits =
        |login: &str, mail: &str| !who.is_empty() && [login, mail].iter().any(|t| t.to_lowercase() == who);
    let people = state.people.values().filter(|p| p.profile.mail_confirmed && fits(&p.login, &p.mail));
    people.take(MOST).map(|p| (p.person, p.profile.language.clone())).collect()
}

/// Sets the password; every session of that person ends, and the link with it.
///
/// # Errors
/// [`WebError::NotFound`] when the link is wrong, used or over; or when nothing was recorded.
pub async fn set(web: &Shared, visitor: &Visitor, secret: &str, password: &str) -> Done<()> {
    let secret_sha256 = fresh::fingerprint(secret.as_bytes());
    // Before the work of a hash is done for a stranger.
    if web.views.with(|state| state.person_by_reset(&secret_sha256, visitor.l.now_us).is_none()) {
        return Err(WebError::NotFound);
    }
    if let Err(refusal) = fit(password) {
        return Ok(Err(refusal));
    }
    let password_phc = web.passwords.hash(password.to_owned()).await?;
    let command = Command::ResetPassword { secret_sha256, password_phc };
    Ok(refused(web.submit(By::Stranger, command).await)?.map(drop))
}
