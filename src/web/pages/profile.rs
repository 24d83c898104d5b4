//! What one tells of oneself.

use super::register::{as_in_the_form, sex_of, word_of};
use crate::texts::Lang;
use crate::web::Shared;
use crate::web::answer::{Answer, WebError, errors_of, or_the_form, page, refused, see};
use crate::web::context::Visitor;
use crate::web::deeds;
use crate::web::deeds::joining::CONFIRM_US;
use crate::web::deeds::profile::Told;
use crate::web::view::ProfileForm;
use actix_web::http::StatusCode;
use actix_web::web;
use serde::Deserialize;
use watchroom_domain::{AccountCommand, Command, Refusal};

/// The fields of the form.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Fields {
    name: String,
    mail: String,
    sex: String,
    phone: String,
    language: String,
    current: String,
}

fn present(web: &Shared, visitor: &Visitor) -> Result<ProfileForm, WebError> {
    let signed = visitor.signed.as_ref().ok_or(WebError::Forbidden)?;
    let form = web.views.with(|state| {
        let person = state.people.get(&signed.person)?;
        let pending = state.mail_to_come(person, visitor.l.now_us);
        Some(ProfileForm {
            l: visitor.l,
            login: person.login.clone(),
            name: person.display_name.clone(),
            mail: person.mail.clone(),
            present: person.mail.clone(),
            unconfirmed: !person.mail.is_empty() && !person.profile.mail_confirmed && state.sends_letters(),
            pending: pending.map(|c| c.mail.clone()).unwrap_or_default(),
            sex: word_of(person.profile.sex).to_owned(),
            phone: person.profile.phone.clone(),
            language: person.profile.language.clone(),
            ..ProfileForm::default()
        })
    });
    form.ok_or(WebError::Forbidden)
}

/// The form.
///
/// # Errors
/// When the page cannot be rendered.
pub async fn show(web: Shared, visitor: Visitor) -> Answer {
    page(&web, &visitor, StatusCode::OK, present(&web, &visitor)?)
}

/// Records what was changed; another mail address asks for the password, and holds once it is confirmed.
///
/// # Errors
/// When nothing was recorded for a reason that the form cannot show.
pub async fn change(web: Shared, visitor: Visitor, fields: web::Form<Fields>) -> Answer {
    let before = present(&web, &visitor)?;
    let Fields { name, mail, sex, phone, language, current } = fields.into_inner();
    let told = Told {
        name: name.clone(),
        mail: mail.clone(),
        sex: sex_of(&sex),
        phone: phone.clone(),
        language: language.clone(),
    };
    let done = deeds::profile::change(&web, &visitor, told, &current).await;
    let form = |status, refusal: &Refusal| {
        let errors = errors_of(&visitor.l, &as_in_the_form(refusal.clone()));
        page(&web, &visitor, status, ProfileForm { name, mail, sex, phone, language, errors, ..before })
    };
    Ok(or_the_form(done, form)?
        .map_or_else(|response| response, |()| see("/account/profile", Some("notice-saved"))))
}

/// Keeps the present mail address.
///
/// # Errors
/// When nothing was recorded.
pub async fn keep_mail(web: Shared, visitor: Visitor) -> Answer {
    // There is nothing that could be wrong with it.
    let _ = deeds::profile::keep_mail(&web, &visitor).await?;
    Ok(see("/account/profile", Some("notice-mail-kept")))
}

/// Another language, for an account that has chosen one.
///
/// # Errors
/// When nothing was recorded.
pub(super) async fn speak(web: &Shared, visitor: &Visitor, lang: Lang) -> Result<(), WebError> {
    let Some(signed) = visitor.signed.as_ref().filter(|s| !s.waits && !s.language.is_empty()) else {
        return Ok(());
    };
    let person = web.views.with(|state| state.people.get(&signed.person).cloned());
    let Some(person) = person else { return Ok(()) };
    let command = AccountCommand::ChangeProfile {
        display_name: person.display_name,
        mail: person.mail,
        sex: person.profile.sex,
        phone: person.profile.phone,
        language: lang.tag().to_owned(),
        link: web.links.link(visitor.l.now_us, CONFIRM_US),
    };
    // A name from before there was a rule for names keeps nobody from a language.
    refused(web.submit(visitor, Command::Account(command)).await)?.map_or_else(|_| Ok(()), |_| Ok(()))
}
