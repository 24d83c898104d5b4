//! What somebody tells of themselves.

use super::joining::CONFIRM_US;
use super::{Done, proof};
use crate::web::Shared;
use crate::web::answer::{WebError, refused};
use crate::web::context::Visitor;
use watchroom_domain::{AccountCommand, Command, Refusal, Sex};

/// What somebody tells.
#[derive(Clone)]
pub struct Told {
    /// Name that others see.
    pub name: String,
    /// Mail address.
    pub mail: String,
    /// Told by whoever wants to.
    pub sex: Option<Sex>,
    /// Phone number; may be empty.
    pub phone: String,
    /// BCP 47 tag of the language that is wanted; empty for the browser's.
    pub language: String,
}

/// The hash by which a password was right, of whoever was asked for it.
pub struct Proved(Option<String>);

/// Records what the visitor tells; another mail address needs the present password, and holds once it is confirmed.
/// By it, whoever has it sets another password. A second step is not asked for besides, as no mail address opens an
/// account that has one.
///
/// # Errors
/// When there were too many tries, or nothing was recorded.
pub async fn change(web: &Shared, visitor: &Visitor, told: Told, current: &str) -> Done<()> {
    match prove(web, visitor, &told.mail, current).await? {
        Ok(proved) => record(web, visitor, told, &proved).await,
        Err(refusal) => Ok(Err(refusal)),
    }
}

/// Asks for the present password where this is another mail address. That takes long: nothing is held meanwhile
/// that others wait for.
///
/// # Errors
/// When there were too many tries.
pub async fn prove(web: &Shared, visitor: &Visitor, mail: &str, current: &str) -> Done<Proved> {
    if !is_another(web, visitor, mail)? {
        return Ok(Ok(Proved(None)));
    }
    Ok(proof::password(web, visitor, current).await?.map(|phc| Proved(Some(phc))))
}

fn is_another(web: &Shared, visitor: &Visitor, mail: &str) -> Result<bool, WebError> {
    let person = proof::own(visitor)?;
    Ok(web.views.with(|state| state.people.get(&person).is_some_and(|p| p.mail != mail.trim())))
}

/// Records what the visitor tells, who has shown the password for it, if that is still the password.
///
/// # Errors
/// When nothing was recorded.
pub async fn record(web: &Shared, visitor: &Visitor, told: Told, proved: &Proved) -> Done<()> {
    let person = proof::own(visitor)?;
    let still = proved.0.as_ref().is_some_and(|phc| {
        web.views.with(|state| state.people.get(&person).is_some_and(|p| p.password_phc == *phc))
    });
    if !still && is_another(web, visitor, &told.mail)? {
        let message = "Another mail address needs your present password.";
        return Ok(Err(Refusal::field("password_wrong", "current", message)));
    }
    let Told { name, mail, sex, phone, language } = told;
    let link = web.links.link(visitor.l.now_us, CONFIRM_US);
    let command = AccountCommand::ChangeProfile { display_name: name, mail, sex, phone, language, link };
    Ok(refused(web.submit(visitor, Command::Account(command)).await)?.map(drop))
}

/// Keeps the present mail address: another one that waits to be confirmed ends.
///
/// # Errors
/// When nothing was recorded.
pub async fn keep_mail(web: &Shared, visitor: &Visitor) -> Done<()> {
    Ok(refused(web.submit(visitor, Command::Account(AccountCommand::KeepMail)).await)?.map(drop))
}
