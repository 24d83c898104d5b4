//! Making an account: where registration is open, and by an invitation's link.

use super::people::sign_in_as;
use crate::fresh;
use crate::web::answer::{Answer, WebError, errors_of, or_the_form, plain};
use crate::web::context::Visitor;
use crate::web::deeds::joining::{self, Closed, Newcomer};
use crate::web::view::{DeadEnd, Join};
use crate::web::{Shared, fill};
use actix_web::http::StatusCode;
use actix_web::web;
use serde::Deserialize;
use watchroom_domain::{Refusal, Sex, State};

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

fn dead_end(visitor: &Visitor, status: StatusCode, key: &'static str) -> Answer {
    plain(visitor, status, DeadEnd { l: visitor.l, key })
}

/// The form, where registration is open.
///
/// # Errors
/// When the page cannot be rendered.
pub async fn open(web: Shared, visitor: Visitor) -> Answer {
    if let Some(key) = web.views.with(closed) {
        return dead_end(&visitor, StatusCode::OK, key);
    }
    plain(&visitor, StatusCode::OK, Join { l: visitor.l, action: "/register".to_owned(), ..Join::default() })
}

/// Makes an account that is of no use until its mail address is confirmed, and signs it in.
///
/// # Errors
/// When nothing was recorded for a reason that the form cannot show.
pub async fn join(web: Shared, visitor: Visitor, fields: web::Form<Fields>) -> Answer {
    if let Some(key) = web.views.with(closed) {
        return dead_end(&visitor, StatusCode::FORBIDDEN, key);
    }
    let form = Join { l: visitor.l, action: "/register".to_owned(), ..Join::default() };
    let done = joining::register(&web, &visitor, &fields.newcomer()).await;
    let form = |status, refusal: &Refusal| again(&visitor, form, fields.into_inner(), refusal, status);
    match or_the_form(done, form)? {
        Ok(shown) => sign_in_as(&web, &visitor, shown, "/account/confirm", None).await,
        Err(response) => Ok(response),
    }
}

/// The form once more, with what was typed.
fn again(visitor: &Visitor, form: Join, fields: Fields, refusal: &Refusal, status: StatusCode) -> Answer {
    let errors = errors_of(&visitor.l, &as_in_the_form(refusal.clone()));
    let Fields { login, name, mail, sex, phone, .. } = fields;
    plain(visitor, status, Join { login, name, mail, sex, phone, errors, ..form })
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
    let form = invitation(&web, &visitor, &secret);
    let done = joining::accept(&web, &visitor, &secret, &fields.newcomer()).await;
    let form = match (form, &done) {
        (_, Err(WebError::NotFound)) => return dead_end(&visitor, StatusCode::NOT_FOUND, "join-over"),
        (form, _) => form.unwrap_or_default(),
    };
    let form = |status, refusal: &Refusal| again(&visitor, form, fields.into_inner(), refusal, status);
    match or_the_form(done, form)? {
        Ok(shown) => sign_in_as(&web, &visitor, shown, "/machines", Some("notice-welcome")).await,
        Err(response) => Ok(response),
    }
}
