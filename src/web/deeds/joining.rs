//! Making an account: where registration is open, and by an invitation's link.

use super::signing_in::{Shown, fit_twice};
use super::{Done, begin};
use crate::fresh;
use crate::web::Shared;
use crate::web::answer::{WebError, refused};
use crate::web::context::Visitor;
use watchroom_domain::{
    AccountCommand, Command, HOUR_US, MINUTE_US, Micros, NewAccount, Person, Registration, Sex, State,
    SubjectId,
};

/// How long the link in a letter is good that confirms a mail address.
pub const CONFIRM_US: Micros = 24 * HOUR_US;

/// What somebody says to make an account.
#[derive(Clone, Default)]
pub struct Newcomer {
    /// Login name.
    pub login: String,
    /// Name that others see; the login name where it is empty.
    pub name: String,
    /// Mail address.
    pub mail: String,
    /// The password.
    pub password: String,
    /// The same once more.
    pub again: String,
    /// Told by whoever wants to.
    pub sex: Option<Sex>,
    /// Phone number; may be empty.
    pub phone: String,
}

/// Why nobody can register, if nobody can.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Closed {
    /// Nobody new may come.
    ToAll,
    /// Only whoever was invited.
    ToStrangers,
    /// No letter could be sent that confirms the address.
    NoMail,
}

/// Why nobody can register, if nobody can.
pub fn closed(state: &State) -> Option<Closed> {
    match state.accounts.registration {
        _ if !state.has_owner() => Some(Closed::ToAll),
        Registration::Open if state.sends_letters() => None,
        Registration::Open => Some(Closed::NoMail),
        Registration::Invitation => Some(Closed::ToStrangers),
        Registration::Closed => Some(Closed::ToAll),
    }
}

/// Makes an account that is of no use until its mail address is confirmed.
///
/// # Errors
/// [`WebError::TooMany`], or when nothing was recorded.
pub async fn register(web: &Shared, visitor: &Visitor, newcomer: &Newcomer) -> Done<Shown> {
    let of = web.throttle.of_asking("register", &visitor.address);
    let now = visitor.l.now_us;
    begin(web, &of, now)?;
    let link = web.links.link(now, CONFIRM_US);
    let done = make(web, visitor, newcomer, |account| AccountCommand::Register { account, link }).await;
    or_just_made(web, visitor, newcomer, done).await
}

/// What is handed in twice, even at the same moment, is no second account, and no error: the account is there.
async fn or_just_made(
    web: &Shared,
    visitor: &Visitor,
    newcomer: &Newcomer,
    done: Done<Shown>,
) -> Done<Shown> {
    match done {
        Ok(Err(_)) | Err(WebError::NotFound) => {
            just_made(web, visitor, newcomer).await?.map_or(done, |shown| Ok(Ok(shown)))
        }
        done => done,
    }
}

/// Who has just made this very account. Whoever guesses has to wait.
async fn just_made(web: &Shared, visitor: &Visitor, newcomer: &Newcomer) -> Result<Option<Shown>, WebError> {
    let now = visitor.l.now_us;
    let known = web.views.with(|state| {
        let just = |p: &&Person| p.registered_us > now - MINUTE_US && !p.suspended;
        let same = |p: &&Person| p.mail.eq_ignore_ascii_case(newcomer.mail.trim());
        let person = state.person_by_login(&newcomer.login).filter(just).filter(same)?;
        Some(Shown { person: person.person, password_phc: person.password_phc.clone() })
    });
    let of = web.throttle.of(&newcomer.login, &visitor.address, None);
    let Some(shown) = known.filter(|_| begin(web, &of, now).is_ok()) else { return Ok(None) };
    if !web.passwords.verify(newcomer.password.clone(), Some(shown.password_phc.clone())).await? {
        return Ok(None);
    }
    web.throttle.succeeded(&of);
    Ok(Some(shown))
}

/// Makes an account by an invitation's link.
///
/// # Errors
/// [`WebError::NotFound`] when the link is wrong, used or over; or when nothing was recorded.
pub async fn accept(web: &Shared, visitor: &Visitor, secret: &str, newcomer: &Newcomer) -> Done<Shown> {
    let secret_sha256 = fresh::fingerprint(secret.as_bytes());
    let now = visitor.l.now_us;
    // Before the work of a hash is done for a stranger.
    if web.views.with(|state| state.invitation_by_secret(&secret_sha256, now).is_none()) {
        return or_just_made(web, visitor, newcomer, Err(WebError::NotFound)).await;
    }
    let link = web.links.link(now, CONFIRM_US);
    let made = |account| AccountCommand::Accept { secret_sha256, account, link };
    let done = make(web, visitor, newcomer, made).await;
    or_just_made(web, visitor, newcomer, done).await
}

/// Hands in an account; gives who has it now.
async fn make(
    web: &Shared,
    visitor: &Visitor,
    newcomer: &Newcomer,
    command: impl FnOnce(NewAccount) -> AccountCommand,
) -> Done<Shown> {
    if let Err(refusal) = fit_twice(&newcomer.password, &newcomer.again) {
        return Ok(Err(refusal));
    }
    let person = SubjectId(fresh::id(visitor.l.now_us));
    let Newcomer { login, name, mail, password, sex, phone, .. } = newcomer.clone();
    let password_phc = web.passwords.hash(password).await?;
    let account = NewAccount {
        person,
        login,
        display_name: name,
        mail,
        password_phc: password_phc.clone(),
        sex,
        phone,
        language: visitor.l.lang.tag().to_owned(),
    };
    let recorded = web.submit(visitor.as_stranger(), Command::Account(command(account))).await;
    Ok(refused(recorded)?.map(|_| Shown { person, password_phc }))
}

/// Confirms the mail address that a link was sent to.
///
/// # Errors
/// [`WebError::NotFound`] when the link is wrong, used or over; or when nothing was recorded.
pub async fn confirm_mail(web: &Shared, visitor: &Visitor, secret: &str) -> Done<()> {
    let secret_sha256 = fresh::fingerprint(secret.as_bytes());
    let command = Command::Account(AccountCommand::ConfirmMail { secret_sha256 });
    Ok(refused(web.submit(visitor, command).await)?.map(drop))
}

/// Sends the letter again by which the visitor's mail address is confirmed.
///
/// # Errors
/// When nothing was recorded.
pub async fn ask_confirmation(web: &Shared, visitor: &Visitor) -> Done<()> {
    let link = web.links.link(visitor.l.now_us, CONFIRM_US);
    let language = visitor.l.lang.tag().to_owned();
    let command = Command::Account(AccountCommand::AskConfirmation { link, language });
    Ok(refused(web.submit(visitor, command).await)?.map(drop))
}
