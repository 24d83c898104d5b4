//! Somebody who forgot a password: asking for a link, and setting another password by it.

use super::signing_in::fit;
use super::{Done, begin};
use crate::fresh;
use crate::web::Shared;
use crate::web::answer::{WebError, refused};
use crate::web::context::Visitor;
use watchroom_domain::{AccountCommand, Command, HOUR_US, Micros, State, SubjectId};

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
    begin(web, &of, l.now_us)?;
    behind(web, visitor, who.to_owned());
    Ok(())
}

/// Looks for who is meant and has letters sent, behind the answer: whether anybody is meant takes none of its time.
fn behind(web: &Shared, visitor: &Visitor, who: String) {
    let (language, asker) = (visitor.l.lang.tag(), visitor.as_stranger());
    let Ok(place) = web.forgotten.clone().try_acquire_owned() else {
        tracing::info!("too many ask for another password at once");
        return;
    };
    let behind = web.clone();
    web.runtime.spawn(async move {
        let now_us = behind.clock.now_us();
        for (person, own) in behind.views.with(|state| meant(state, &who)) {
            let link = behind.links.link(now_us, RESET_US);
            let language = if own.is_empty() { language.to_owned() } else { own };
            let command = Command::Account(AccountCommand::AskReset { person, link, language });
            // A refusal (too many letters, no mail server) is not told to a stranger.
            if let Err(error) = behind.submit(asker.clone(), command).await {
                tracing::info!(%error, "no letter for another password");
            }
        }
        drop(place);
    });
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
    // Whoever has the link is no stranger.
    let password_phc = web.passwords.of_known().hash(password.to_owned()).await?;
    let command = Command::ResetPassword { secret_sha256, password_phc };
    Ok(refused(web.submit(visitor.as_stranger(), command).await)?.map(drop))
}
