//! The first account, signing in and out.

use crate::actors::handle::SubmitError;
use crate::fresh;
use crate::web::Shared;
use crate::web::answer::{Answer, WebError, errors_of, local_path, or_the_form, plain, refused, see};
use crate::web::auth::{Half, clear_cookie};
use crate::web::context::{Signed, Visitor};
use crate::web::deeds::signing_in::{self, Shown, fit_twice};
use crate::web::view::{Login, Setup};
use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use serde::Deserialize;
use watchroom_domain::{
    By, Command, Refusal, Registration, Scope, Severity, State, SubjectId, SubscriptionId,
};

/// The start.
pub async fn start() -> HttpResponse {
    see("/machines", None)
}

/// Whether the link is right and there is no owner yet.
fn open(web: &Shared, secret: &str) -> Result<(), WebError> {
    let owned = web.views.with(|state| state.has_owner());
    if !owned && web.setup.is(secret) { Ok(()) } else { Err(WebError::NotFound) }
}

/// The form that makes the first account.
///
/// # Errors
/// When the link is wrong or used.
pub async fn setup(web: Shared, visitor: Visitor, secret: web::Path<String>) -> Answer {
    if web.views.with(|state| state.has_owner()) {
        return Ok(see("/login", None));
    }
    open(&web, &secret)?;
    plain(&visitor, StatusCode::OK, Setup { l: visitor.l, secret: secret.into_inner(), ..Setup::default() })
}

/// The fields of the first account.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Owner {
    login: String,
    name: String,
    mail: String,
    password: String,
    again: String,
}

/// Makes the first account, signs it in, and lets it know of every alert.
///
/// # Errors
/// When the link is wrong or used, or nothing was recorded for a reason that the form cannot show.
pub async fn set_up(
    web: Shared,
    visitor: Visitor,
    secret: web::Path<String>,
    fields: web::Form<Owner>,
) -> Answer {
    if web.views.with(|state| state.has_owner()) && web.setup.is(&secret) {
        // Pressed twice: the account is made.
        return Ok(see("/login", None));
    }
    open(&web, &secret)?;
    let person = SubjectId(fresh::id(visitor.l.now_us));
    let made = register(&web, &visitor, person, &fields).await?;
    let password_phc = made.as_ref().ok().cloned().unwrap_or_default();
    if let Err(refusal) = made {
        let refusal = match refusal.field {
            // The form calls it by its own name.
            Some("display_name") => Refusal { field: Some("name"), ..refusal },
            _ => refusal,
        };
        let Owner { login, name, mail, .. } = fields.into_inner();
        let errors = errors_of(&visitor.l, &refusal);
        let form = Setup { l: visitor.l, secret: secret.into_inner(), login, name, mail, errors };
        return plain(&visitor, StatusCode::UNPROCESSABLE_ENTITY, form);
    }
    if !fields.mail.trim().is_empty() {
        let command = Command::Subscribe {
            subscription: SubscriptionId(fresh::id(visitor.l.now_us)),
            subject: person,
            channel: "email".to_owned(),
            address: fields.mail.trim().to_owned(),
            at_least: Severity::Warning,
            scope: Scope::Everywhere,
            quiet: None,
        };
        web.submit(By::Person(person), command).await?;
    }
    sign_in_as(&web, &visitor, Shown { person, password_phc }, "/machines", None).await
}

/// Gives the password's hash.
async fn register(
    web: &Shared,
    visitor: &Visitor,
    person: SubjectId,
    fields: &Owner,
) -> Result<Result<String, Refusal>, WebError> {
    if let Err(refusal) = fit_twice(&fields.password, &fields.again) {
        return Ok(Err(refusal));
    }
    let password_phc = web.passwords.hash(fields.password.clone()).await?;
    let command = Command::RegisterOwner {
        person,
        login: fields.login.clone(),
        display_name: fields.name.clone(),
        mail: fields.mail.clone(),
        password_phc: password_phc.clone(),
    };
    Ok(refused(web.submit(visitor.as_stranger(), command).await)?.map(|_| password_phc))
}

/// Where to go after signing in.
#[derive(Deserialize)]
pub struct Next {
    #[serde(default)]
    next: String,
}

/// The form to sign in.
///
/// # Errors
/// When the page cannot be rendered.
pub async fn login(web: Shared, visitor: Visitor, next: web::Query<Next>) -> Answer {
    if visitor.signed.is_some() {
        return Ok(see(local_path(&next.next), None));
    }
    let open = web.views.with(registration_open);
    let next = next.into_inner().next;
    plain(&visitor, StatusCode::OK, Login { l: visitor.l, next, open, ..Login::default() })
}

/// Whether everybody may make an account.
fn registration_open(state: &State) -> bool {
    state.accounts.registration == Registration::Open
}

/// The fields of signing in.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Credentials {
    login: String,
    password: String,
    next: String,
}

/// Signs in. A wrong name and a wrong password read the same and take the same time.
///
/// # Errors
/// When there were too many tries, or nothing was recorded.
pub async fn sign_in(web: Shared, visitor: Visitor, fields: web::Form<Credentials>) -> Answer {
    let Credentials { login, password, next } = fields.into_inner();
    let done = signing_in::by_password(&web, &visitor, &login, &password).await;
    let form = |status, refusal: &_| {
        let (open, errors) = (web.views.with(registration_open), errors_of(&visitor.l, refusal));
        plain(&visitor, status, Login { l: visitor.l, login, next: next.clone(), open, errors })
    };
    match or_the_form(done, form)? {
        Ok(shown) => sign_in_as(&web, &visitor, shown, local_path(&next), None).await,
        Err(response) => Ok(response),
    }
}

/// Opens a session and goes on there; whoever has a second step is asked for it first.
pub(super) async fn sign_in_as(
    web: &Shared,
    visitor: &Visitor,
    shown: Shown,
    path: &str,
    said: Option<&str>,
) -> Answer {
    if web.views.with(|state| state.second_factors.contains_key(&shown.person)) {
        let Shown { person, password_phc } = shown;
        let (next, said) = (path.to_owned(), said.map(str::to_owned));
        let half = Half { person, password_phc, next, said };
        let mut response = see("/login/code", None);
        // The value is our own base64, which fits into a cookie.
        let _ = response.add_cookie(&web.halfway.begin(half, visitor.l.now_us));
        return Ok(response);
    }
    let opened = signing_in::open(web, visitor, shown, None).await?.map_err(SubmitError::Refused)?;
    let mut response = see(path, said);
    for cookie in [opened.cookie, opened.device] {
        // The values are our own base64, which fits into cookies.
        let _ = response.add_cookie(&cookie);
    }
    Ok(response)
}

/// Signs out.
///
/// # Errors
/// When nothing was recorded.
pub async fn sign_out(web: Shared, visitor: Visitor) -> Answer {
    if let Some(session) = visitor.signed.as_ref().and_then(Signed::session) {
        web.submit(&visitor, Command::CloseSession { session }).await?;
    }
    let mut response = see("/login", Some("notice-signed-out"));
    let _ = response.add_cookie(&clear_cookie());
    Ok(response)
}
