//! Making an account: where registration is open, and by an invitation's link.

use super::people::{Shown, password_refusal, sign_in_as};
use super::proof;
use crate::fresh;
use crate::web::answer::{Answer, WebError, errors_of, plain, refused};
use crate::web::auth::{after, too_many};
use crate::web::context::Visitor;
use crate::web::view::{DeadEnd, Errors, Join};
use crate::web::{Shared, fill};
use actix_web::http::StatusCode;
use actix_web::web;
use serde::Deserialize;
use watchroom_domain::{
    AccountCommand, By, Command, HOUR_US, MINUTE_US, Micros, NewAccount, Person, Refusal, Registration, Sex,
    State, SubjectId,
};

/// How long the link in a letter is good that confirms a mail address.
pub(super) const CONFIRM_US: Micros = 24 * HOUR_US;

/// The fields of an account.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Fields {
    login: String,
    name: String,
    mail: String,
    password: String,
    again: String,
    sex: String,
    phone: String,
}

/// The sex of a form's word.
pub(super) fn sex_of(word: &str) -> Option<Sex> {
    match word {
        "female" => Some(Sex::Female),
        "male" => Some(Sex::Male),
        "other" => Some(Sex::Other),
        _ => None,
    }
}

/// The form's word of a sex.
pub(super) fn word_of(sex: Option<Sex>) -> &'static str {
    match sex {
        Some(Sex::Female) => "female",
        Some(Sex::Male) => "male",
        Some(Sex::Other) => "other",
        None => "",
    }
}

/// The form calls it by its own name.
pub(super) fn as_in_the_form(refusal: Refusal) -> Refusal {
    match refusal.field {
        Some("display_name") => Refusal { field: Some("name"), ..refusal },
        _ => refusal,
    }
}

/// Why nobody can register, as the beginning of a key, if nobody can.
fn closed(state: &State) -> Option<&'static str> {
    match state.accounts.registration {
        _ if !state.has_owner() => Some("join-closed"),
        Registration::Open if state.sends_letters() => None,
        Registration::Open => Some("join-no-mail"),
        Registration::Invitation => Some("join-invitation"),
        Registration::Closed => Some("join-closed"),
    }
}

fn dead_end(visitor: &Visitor, key: &'static str) -> Answer {
    plain(visitor, StatusCode::OK, DeadEnd { l: visitor.l, key })
}

/// The form, where registration is open.
///
/// # Errors
/// When the page cannot be rendered.
pub async fn open(web: Shared, visitor: Visitor) -> Answer {
    if let Some(key) = web.views.with(closed) {
        return dead_end(&visitor, key);
    }
    plain(&visitor, StatusCode::OK, Join { l: visitor.l, action: "/register".to_owned(), ..Join::default() })
}

/// Makes an account that is of no use until its mail address is confirmed, and signs it in.
///
/// # Errors
/// When nothing was recorded for a reason that the form cannot show.
pub async fn join(web: Shared, visitor: Visitor, fields: web::Form<Fields>) -> Answer {
    if let Some(key) = web.views.with(closed) {
        return dead_end(&visitor, key);
    }
    let form = Join { l: visitor.l, action: "/register".to_owned(), ..Join::default() };
    let of = web.throttle.of_asking("register", &visitor.address);
    let now = visitor.l.now_us;
    let wait_us = web.throttle.wait_us(&of, now);
    if wait_us > 0 {
        let errors = errors_of(&visitor.l, &too_many());
        let status = StatusCode::TOO_MANY_REQUESTS;
        return Ok(after(again(&visitor, form, fields.into_inner(), errors, status)?, wait_us));
    }
    web.throttle.failed(&of, now);
    let link = web.links.link(now, CONFIRM_US);
    let made = |account| AccountCommand::Register { account, link };
    match make(&web, &visitor, &fields, made).await? {
        Ok(shown) => sign_in_as(&web, &visitor, shown, "/account/confirm", None).await,
        Err(refusal) => {
            if let Some(shown) = just_made(&web, &visitor, &fields).await? {
                return sign_in_as(&web, &visitor, shown, "/account/confirm", None).await;
            }
            let errors = errors_of(&visitor.l, &as_in_the_form(refusal));
            again(&visitor, form, fields.into_inner(), errors, StatusCode::UNPROCESSABLE_ENTITY)
        }
    }
}

/// The form once more, with what was typed.
fn again(visitor: &Visitor, form: Join, fields: Fields, errors: Errors, status: StatusCode) -> Answer {
    let Fields { login, name, mail, sex, phone, .. } = fields;
    plain(visitor, status, Join { login, name, mail, sex, phone, errors, ..form })
}

/// Hands in an account; gives who has it now.
async fn make(
    web: &Shared,
    visitor: &Visitor,
    fields: &Fields,
    command: impl FnOnce(NewAccount) -> AccountCommand,
) -> Result<Result<Shown, Refusal>, WebError> {
    if let Err(refusal) = password_refusal(&fields.password, &fields.again) {
        return Ok(Err(refusal));
    }
    let person = SubjectId(fresh::id(visitor.l.now_us));
    let password_phc = web.passwords.hash(fields.password.clone()).await?;
    let account = NewAccount {
        person,
        login: fields.login.clone(),
        display_name: fields.name.clone(),
        mail: fields.mail.clone(),
        password_phc: password_phc.clone(),
        sex: sex_of(&fields.sex),
        phone: fields.phone.clone(),
        language: visitor.l.lang.tag().to_owned(),
    };
    let recorded = web.submit(By::Stranger, Command::Account(command(account))).await;
    Ok(refused(recorded)?.map(|_| Shown { person, password_phc }))
}

/// Who has just made this very account: a form that is handed in twice is no second account, and no error.
async fn just_made(web: &Shared, visitor: &Visitor, fields: &Fields) -> Result<Option<Shown>, WebError> {
    let now = visitor.l.now_us;
    let known = web.views.with(|state| {
        let just = |p: &&Person| p.registered_us > now - MINUTE_US && !p.suspended;
        let same = |p: &&Person| p.mail.eq_ignore_ascii_case(fields.mail.trim());
        let person = state.person_by_login(&fields.login).filter(just).filter(same)?;
        Some(Shown { person: person.person, password_phc: person.password_phc.clone() })
    });
    let of = web.throttle.of(&fields.login, &visitor.address, None);
    let Some(shown) = known.filter(|_| proof::begin(web, &of, now).is_ok()) else { return Ok(None) };
    if !web.passwords.verify(fields.password.clone(), Some(shown.password_phc.clone())).await? {
        return Ok(None);
    }
    web.throttle.succeeded(&of);
    Ok(Some(shown))
}

/// The form of an invitation, if its link is still good.
fn invitation(web: &Shared, visitor: &Visitor, secret: &str) -> Option<Join> {
    let hash = fresh::fingerprint(secret.as_bytes());
    web.views.with(|state| {
        let found = state.invitation_by_secret(&hash, visitor.l.now_us)?;
        Some(Join {
            l: visitor.l,
            action: format!("/invitation/{secret}"),
            invited: Some(fill::role(&visitor.l, found.role)),
            mail: found.mail.clone(),
            ..Join::default()
        })
    })
}

/// The form for whoever has an invitation's link.
///
/// # Errors
/// When the page cannot be rendered.
pub async fn invited(web: Shared, visitor: Visitor, secret: web::Path<String>) -> Answer {
    match invitation(&web, &visitor, &secret) {
        Some(form) => plain(&visitor, StatusCode::OK, form),
        None => plain(&visitor, StatusCode::NOT_FOUND, DeadEnd { l: visitor.l, key: "join-over" }),
    }
}

/// Makes an account by an invitation's link, and signs it in.
///
/// # Errors
/// When nothing was recorded for a reason that the form cannot show.
pub async fn accept(
    web: Shared,
    visitor: Visitor,
    secret: web::Path<String>,
    fields: web::Form<Fields>,
) -> Answer {
    // Before the work of a hash is done for a stranger.
    let Some(form) = invitation(&web, &visitor, &secret) else {
        if let Some(shown) = just_made(&web, &visitor, &fields).await? {
            return sign_in_as(&web, &visitor, shown, "/machines", Some("notice-welcome")).await;
        }
        return plain(&visitor, StatusCode::NOT_FOUND, DeadEnd { l: visitor.l, key: "join-over" });
    };
    let link = web.links.link(visitor.l.now_us, CONFIRM_US);
    let secret_sha256 = fresh::fingerprint(secret.as_bytes());
    let made = |account| AccountCommand::Accept { secret_sha256, account, link };
    match make(&web, &visitor, &fields, made).await? {
        Ok(shown) => sign_in_as(&web, &visitor, shown, "/machines", Some("notice-welcome")).await,
        Err(refusal) => {
            let errors = errors_of(&visitor.l, &as_in_the_form(refusal));
            again(&visitor, form, fields.into_inner(), errors, StatusCode::UNPROCESSABLE_ENTITY)
        }
    }
}
