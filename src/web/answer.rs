//! Answers: pages, regions, redirects, and the one edge where errors become HTTP.

use super::auth::{PasswordError, after, too_many};
use super::context::Visitor;
use super::fill;
use super::format::Locale;
use super::view::{Body, ErrorPage, Errors, Notice, Page, Plain, State, Theme};
use super::{Shared, assets};
use crate::actors::handle::SubmitError;
use crate::authority::AuthorityError;
use crate::views::ArchiveError;
use actix_web::cookie::time::Duration;
use actix_web::cookie::{Cookie, SameSite};
use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, LOCATION};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder, ResponseError};
use std::fmt;
use thiserror::Error;
use watchroom_domain::{Command, Refusal, SubjectId};

/// What went wrong while answering.
#[derive(Debug, Error)]
pub enum WebError {
    /// There is no such thing.
    #[error("not found")]
    NotFound,
    /// The right is missing.
    #[error("forbidden")]
    Forbidden,
    /// The request cannot be understood.
    #[error("bad request: {0}")]
    Bad(&'static str),
    /// The request's body was not there in time.
    #[error("the request's body came too slowly")]
    Late,
    /// Too many tries; the wait in seconds.
    #[error("too many tries")]
    TooMany(i64),
    /// Nothing can be recorded at the moment.
    #[error("unavailable")]
    Unavailable,
    /// The log cannot be read.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    /// A password cannot be hashed.
    #[error(transparent)]
    Password(#[from] PasswordError),
    /// A list cannot be signed.
    #[error(transparent)]
    Certificate(#[from] AuthorityError),
    /// A page cannot be rendered.
    #[error("template: {0}")]
    Template(#[from] fmt::Error),
    /// A file cannot be written.
    #[error("file: {0}")]
    File(String),
    /// A request came past the guard.
    #[error("a request came past the guard")]
    Unguarded,
    /// A task ended early.
    #[error("a task ended early")]
    Ended,
}

impl From<SubmitError> for WebError {
    fn from(error: SubmitError) -> Self {
        match error {
            SubmitError::Refused(r) if r.code == "forbidden" => WebError::Forbidden,
            SubmitError::Refused(r) if r.code == "not_found" => WebError::NotFound,
            SubmitError::Refused(_) => WebError::Bad("refused"),
            SubmitError::Busy | SubmitError::Unavailable => WebError::Unavailable,
        }
    }
}

impl ResponseError for WebError {
    fn status_code(&self) -> StatusCode {
        match self {
            WebError::NotFound => StatusCode::NOT_FOUND,
            WebError::Forbidden => StatusCode::FORBIDDEN,
            WebError::Bad(_) => StatusCode::BAD_REQUEST,
            WebError::Late => StatusCode::REQUEST_TIMEOUT,
            WebError::TooMany(_) => StatusCode::TOO_MANY_REQUESTS,
            WebError::Unavailable | WebError::Password(_) | WebError::Archive(ArchiveError::Busy) => {
                StatusCode::SERVICE_UNAVAILABLE
            }
            _ => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// Says the status only; the guard makes the page of it. Causes go to the log, not to the visitor.
    fn error_response(&self) -> HttpResponse {
        let status = self.status_code();
        if status.is_server_error() {
            tracing::error!(error = %self, "a request failed");
        }
        let mut response = HttpResponse::build(status);
        if let WebError::TooMany(seconds) = self {
            response.insert_header(("Retry-After", seconds.to_string()));
        }
        response.finish()
    }
}

/// What a handler gives.
pub type Answer = Result<HttpResponse, WebError>;

/// A form that was refused: the field's error beside the field, in the reader's language.
pub fn errors_of(l: &Locale, refusal: &Refusal) -> Errors {
    errors_of_all(l, std::slice::from_ref(refusal))
}

/// The same for several fields at once.
pub fn errors_of_all(l: &Locale, refusals: &[Refusal]) -> Errors {
    let said = |r: &Refusal| (r.field.unwrap_or_default().to_owned(), l.refusal(r.code, &r.message));
    Errors(refusals.iter().map(said).collect())
}

/// Sorts what came of a command: recorded, refused in a way that a form can show, or an error.
///
/// # Errors
/// [`WebError`] for what no form can show.
pub fn refused<T>(result: Result<T, SubmitError>) -> Result<Result<T, Refusal>, WebError> {
    match result {
        Ok(value) => Ok(Ok(value)),
        Err(SubmitError::Refused(r)) if !matches!(r.code, "forbidden" | "not_found") => Ok(Err(r)),
        Err(other) => Err(other.into()),
    }
}

/// Hands in what a form asked for, unless the form itself was wrong already.
///
/// # Errors
/// [`WebError`] for what no form can show.
pub async fn hand_in(
    web: &Shared,
    visitor: &Visitor,
    command: Result<Command, Refusal>,
) -> Result<Result<(), Refusal>, WebError> {
    match command {
        Ok(command) => Ok(refused(web.submit(visitor, command).await)?.map(drop)),
        Err(refusal) => Ok(Err(refusal)),
    }
}

/// What came of something that a form asked for; where it was refused, or somebody has to wait, the form once more.
///
/// # Errors
/// [`WebError`] for what no form can show.
pub fn or_the_form<T>(
    done: Result<Result<T, Refusal>, WebError>,
    form: impl FnOnce(StatusCode, &Refusal) -> Answer,
) -> Result<Result<T, HttpResponse>, WebError> {
    match done {
        Ok(Ok(value)) => Ok(Ok(value)),
        Ok(Err(refusal)) => form(StatusCode::UNPROCESSABLE_ENTITY, &refusal).map(Err),
        Err(WebError::TooMany(wait_s)) => {
            let response = form(StatusCode::TOO_MANY_REQUESTS, &too_many())?;
            Ok(Err(after(response, wait_s)))
        }
        Err(other) => Err(other),
    }
}

/// A page for a signed-in visitor.
///
/// # Errors
/// [`WebError::Template`].
pub fn page<B: Body>(web: &Shared, visitor: &Visitor, status: StatusCode, body: B) -> Answer {
    let page = Page { frame: fill::frame(web, visitor), body };
    html(status, &page)
}

/// A page for somebody who is not signed in.
///
/// # Errors
/// [`WebError::Template`].
pub fn plain<B: Body>(visitor: &Visitor, status: StatusCode, body: B) -> Answer {
    let notice = visitor.said.as_ref().map(|key| Notice { state: State::Ok, text: visitor.l.t(key) });
    let page = Plain { l: visitor.l, theme: visitor.theme, here: visitor.here.clone(), notice, body };
    html(status, &page)
}

/// A part of a page.
///
/// # Errors
/// [`WebError::Template`].
pub fn region(part: &impl fmt::Display) -> Answer {
    html(StatusCode::OK, part)
}

/// A page that has no frame of ours around it.
///
/// # Errors
/// [`WebError::Template`].
pub fn whole(page: &impl fmt::Display) -> Answer {
    html(StatusCode::OK, page)
}

fn html(status: StatusCode, content: &impl fmt::Display) -> Answer {
    use fmt::Write as _;
    let mut text = String::with_capacity(32 * 1024);
    write!(text, "{content}")?;
    Ok(HttpResponseBuilder::new(status)
        .content_type("text/html; charset=utf-8")
        .insert_header((CACHE_CONTROL, "no-store"))
        .body(text))
}

/// After a POST: look at the result there, with a word about what was done.
pub fn see(path: &str, said: Option<&str>) -> HttpResponse {
    let mut response = HttpResponse::SeeOther();
    response.insert_header((LOCATION, path.to_owned())).insert_header((CACHE_CONTROL, "no-store"));
    if let Some(key) = said {
        response.cookie(said_cookie(key));
    }
    response.finish()
}

/// Name of the cookie that holds the language of this browser.
pub const LANGUAGE_COOKIE: &str = "__Host-lang";
/// Name of the cookie that holds light or dark for this browser.
pub const THEME_COOKIE: &str = "__Host-theme";
/// Name of the cookie that carries a word over a redirect.
pub const SAID_COOKIE: &str = "__Host-said";
/// Name of the cookie that says whom a browser is not to remind.
pub const LATER_COOKIE: &str = "__Host-later";
/// How long somebody is not reminded of what was put aside.
const LATER: Duration = Duration::days(7);

fn said_cookie(key: &str) -> Cookie<'static> {
    own_cookie(SAID_COOKIE, key.to_owned(), Duration::seconds(if key.is_empty() { 0 } else { 20 }))
}

/// Puts aside, in this browser, what this person is reminded of.
pub fn later_cookie(person: SubjectId) -> Cookie<'static> {
    own_cookie(LATER_COOKIE, person.to_string(), LATER)
}

fn own_cookie(name: &'static str, value: String, life: Duration) -> Cookie<'static> {
    Cookie::build(name, value)
        .path("/")
        .secure(true)
        .http_only(true)
        .same_site(SameSite::Strict)
        .max_age(life)
        .finish()
}

/// Takes the word away once it was shown.
pub fn forget_said() -> Cookie<'static> {
    said_cookie("")
}

/// The page about an error.
///
/// # Errors
/// [`WebError::Template`].
pub fn error_page(l: Locale, theme: Theme, here: &str, status: StatusCode) -> Answer {
    let body = ErrorPage { l, status: status.as_u16() };
    let page = Plain { l, theme, here: here.to_owned(), notice: None, body };
    html(status, &page)
}

/// A path on this very hub, or the start: never a redirect to elsewhere.
pub fn local_path(path: &str) -> &str {
    let fits = path.starts_with('/')
        && !path.starts_with("//")
        && !path.contains('\\')
        && !path.chars().any(char::is_control)
        && path.len() <= 2_000;
    if fits { path } else { "/machines" }
}

/// One of the console's files.
pub async fn asset(request: HttpRequest) -> HttpResponse {
    match assets::find(request.path()) {
        Some(asset) => HttpResponse::Ok()
            .content_type(asset.content_type)
            .insert_header((CACHE_CONTROL, assets::CACHE_CONTROL))
            .body(asset.bytes),
        None => HttpResponse::NotFound().finish(),
    }
}

#[cfg(test)]
mod tests {
    use super::local_path;

    #[test]
    fn a_redirect_never_leads_elsewhere() {
        assert_eq!(local_path("/alerts?show=open"), "/alerts?show=open");
        for elsewhere in
            ["https://evil.example", "//evil.example", "/\\evil.example", "", "/a\r\nb", "/\t/evil.example"]
        {
            assert_eq!(local_path(elsewhere), "/machines", "{elsewhere:?}");
        }
    }
}
