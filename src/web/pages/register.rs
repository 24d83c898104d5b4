//! Making an account: where registration is open, and by an invitation's link.

use super::people::sign_in_as;
use crate::fresh;
use crate::web::answer::{Answer, WebError, plain};
use crate::web::context::Visitor;
use crate::web::deeds::begin;
use crate::web::deeds::joining::{self, Closed, Newcomer};
use crate::web::deeds::signing_in::Shown;
use crate::web::view::{DeadEnd, Errors, Join};
use crate::web::{Shared, fill};
use actix_web::http::StatusCode;
use actix_web::web;
use serde::Deserialize;
use watchroom_domain::{MINUTE_US, Person, Refusal, Sex, State};

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

impl Fields {
    fn newcomer(&self) -> Newcomer {
        Newcomer {
            login: self.login.clone(),
            name: self.name.clone(),
            mail: self.mail.clone(),
            password: self.password.clone(),
            again: self.again.clone(),
            sex: sex_of(&self.sex),
            phone: self.phone.clone(),
        }
    }
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
    joining::closed(state).map(|why| match why {
        Closed::ToAll => "join-closed",
        Closed::ToStrangers => "join-invitation",
        Closed::NoMail => "join-no-mail",
    })
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
    let denied = match joining::register(&web, &visitor, &fields.newcomer()).await? {
        Ok(shown) => return sign_in_as(&web, &visitor, shown, "/account/confirm", None).await,
        Err(denied) => denied,
    };
    if denied.wait_us == 0
        && let Some(shown) = just_made(&web, &visitor, &fields).await?
    {
        return sign_in_as(&web, &visitor, shown, "/account/confirm", None).await;
    }
    let form = |status, errors| again(&visitor, form, fields.into_inner(), errors, status);
    denied.called(as_in_the_form).answer(&visitor, form)
}

/// The form once more, with what was typed.
fn again(visitor: &Visitor, form: Join, fields: Fields, errors: Errors, status: StatusCode) -> Answer {
    let Fields { login, name, mail, sex, phone, .. } = fields;
    plain(visitor, status, Join { login, name, mail, sex, phone, errors, ..form })
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
    let Some(shown) = known.filter(|_| begin(web, &of, now).is_ok()) else { return Ok(None) };
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
    let Some(form) = invitation(&web, &visitor, &secret) else {
        if let Some(shown) = just_made(&web, &visitor, &fields).await? {
            return sign_in_as(&web, &visitor, shown, "/machines", Some("notice-welcome")).await;
        }
        return plain(&visitor, StatusCode::NOT_FOUND, DeadEnd { l: visitor.l, key: "join-over" });
    };
    match joining::accept(&web, &visitor, &secret, &fields.newcomer()).await? {
        Ok(shown) => sign_in_as(&web, &visitor, shown, "/machines", Some("notice-welcome")).await,
        Err(denied) => {
            let form = |status, errors| again(&visitor, form, fields.into_inner(), errors, status);
            denied.called(as_in_the_form).answer(&visitor, form)
        }
    }
}
