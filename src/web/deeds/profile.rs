//! What somebody tells of themselves.

use super::joining::CONFIRM_US;
use super::{Done, proof};
use crate::web::Shared;
use crate::web::answer::refused;
use crate::web::context::Visitor;
use watchroom_domain::{AccountCommand, Command, Sex};

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

/// Records what the visitor tells; another mail address needs the present password, and holds once it is confirmed.
/// By it, whoever has it sets another password. A second step is not asked for besides, as no mail address opens an
/// account that has one.
///
/// # Errors
/// When there were too many tries, or nothing was recorded.
pub async fn change(web: &Shared, visitor: &Visitor, told: Told, current: &str) -> Done<()> {
    let person = proof::own(visitor)?;
    let present = web.views.with(|state| state.people.get(&person).map(|p| p.mail.clone()));
    if present.is_some_and(|mail| mail != told.mail.trim())
        && let Err(refusal) = proof::password(web, visitor, current).await?
    {
        return Ok(Err(refusal));
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
