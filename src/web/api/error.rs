//! Errors as RFC 9457 tells them: `application/problem+json`, whatever went wrong, for every path under `/api`.

use super::classes::class;
use crate::actors::handle::SubmitError;
use crate::texts::Lang;
use crate::views::{AnswersError, ArchiveError};
use crate::web::answer::WebError;
use actix_web::body::{BodySize, BoxBody, MessageBody as _};
use actix_web::dev::ServiceResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{
    ACCEPT_LANGUAGE, ALLOW, CACHE_CONTROL, CONTENT_LANGUAGE, CONTENT_TYPE, HeaderMap, HeaderValue,
    RETRY_AFTER, WWW_AUTHENTICATE,
};
use actix_web::{HttpResponse, ResponseError};
use serde::Serialize;
use std::fmt;
use utoipa::ToSchema;
use watchroom_domain::Refusal;

/// The media type of every error.
pub const PROBLEM_JSON: &str = "application/problem+json";
/// Where each class of errors is explained; its name follows.
const EXPLAINED: &str = "/api/docs#problem-";

/// One wrong value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Wrong {
    /// Where in the body, as a JSON pointer (RFC 6901).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "/keeper/mail")]
    pub pointer: Option<String>,
    /// Which parameter or header.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// What is wrong and what would be right.
    pub detail: String,
}

/// What went wrong (RFC 9457).
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Problem {
    /// The class of the problem: a path on this hub that explains it.
    #[serde(rename = "type")]
    #[schema(example = "/api/docs#problem-invalid")]
    pub kind: String,
    /// What the class is called, in the language that was asked for.
    pub title: String,
    /// The HTTP status once more.
    #[schema(minimum = 400, maximum = 599)]
    pub status: u16,
    /// What is wrong this time, and what can be done; in the language that was asked for, or else in English.
    pub detail: String,
    /// A stable word for programs.
    #[schema(example = "name_taken")]
    pub code: String,
    /// Values that are wrong; empty when no single one is.
    pub errors: Vec<Wrong>,
}

/// Why a request was not carried out.
#[derive(Clone, Debug)]
pub struct ApiError {
    status: StatusCode,
    code: &'static str,
    detail: String,
    errors: Vec<Wrong>,
    retry_s: Option<u32>,
    refused: bool,
}

/// The English words of a problem that the catalogues have.
pub fn said(code: &str) -> String {
    Lang::En.t(&format!("problem-{code}"))
}

/// What a handler gives.
pub type Reply = Result<HttpResponse, ApiError>;

impl ApiError {
    /// An error of this status.
    pub fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        Self { status, code, detail: detail.into(), errors: Vec::new(), retry_s: None, refused: false }
    }

    /// There is no such thing, or not for this asker.
    pub fn not_found(what: &str) -> Self {
        let detail = format!("There is no such {what}; it may have been removed.");
        Self::new(StatusCode::NOT_FOUND, "not_found", detail)
    }

    /// The asker sees it but may not.
    pub fn forbidden() -> Self {
        Self::new(StatusCode::FORBIDDEN, "forbidden", said("forbidden"))
    }

    /// A query parameter or a header is wrong.
    pub fn field(status: StatusCode, code: &'static str, field: &str, detail: impl Into<String>) -> Self {
        let detail = detail.into();
        let wrong = Wrong { pointer: None, field: Some(field.to_owned()), detail: detail.clone() };
        Self { errors: vec![wrong], ..Self::new(status, code, detail) }
    }

    /// A value of the body is wrong.
    pub fn invalid(code: &'static str, pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        let detail = detail.into();
        let wrong = Wrong { pointer: Some(pointer.into()), field: None, detail: detail.clone() };
        Self { errors: vec![wrong], ..Self::new(StatusCode::UNPROCESSABLE_ENTITY, code, detail) }
    }

    /// Nothing can be done at the moment.
    pub fn unavailable(detail: impl Into<String>) -> Self {
        let error = Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", detail);
        Self { retry_s: Some(2), ..error }
    }

    /// To be asked again after so many seconds.
    pub fn again_in(self, seconds: u32) -> Self {
        Self { retry_s: Some(seconds), ..self }
    }

    /// What the domain refuses. `pointers` says where in the body its fields stand, where that is not the
    /// field's name.
    pub fn refused(refusal: Refusal, pointers: &[(&str, &str)]) -> Self {
        let Refusal { code, message, field } = refusal;
        let status = match (code, field) {
            ("forbidden" | "own_role" | "owner_only" | "mail_owner_only", _) => StatusCode::FORBIDDEN,
            ("login_wrong", _) => StatusCode::UNPROCESSABLE_ENTITY,
            ("not_found", None) => StatusCode::NOT_FOUND,
            ("name_taken" | "check_name_taken" | "group_name_taken" | "subscribed" | "login_taken", _)
            | (_, None) => StatusCode::CONFLICT,
            _ => StatusCode::UNPROCESSABLE_ENTITY,
        };
        let pointer = field.map(|field| {
            let found = pointers.iter().find(|(name, _)| *name == field);
            found.map_or_else(|| format!("/{field}"), |(_, pointer)| (*pointer).to_owned())
        });
        let wrong = pointer
            .map(|pointer| vec![Wrong { pointer: Some(pointer), field: None, detail: message.clone() }]);
        Self { errors: wrong.unwrap_or_default(), refused: true, ..Self::new(status, code, message) }
    }

    /// The same in another language, as far as the catalogues have words for it.
    fn told(&self, lang: Lang) -> Self {
        let keys = ["refusal", "problem"].map(|kind| format!("{kind}-{}", self.code));
        // The same word may be a refusal of the domain's and a problem of the API's own.
        let [refusal, problem] = keys.map(|key| lang.find(&key));
        let found = if self.refused { refusal.or(problem) } else { problem.or(refusal) };
        let Some(detail) = found.filter(|_| lang != Lang::En) else { return self.clone() };
        let errors = self.errors.iter().map(|wrong| Wrong { detail: detail.clone(), ..wrong.clone() });
        Self { errors: errors.collect(), detail, ..self.clone() }
    }

    /// The body of the answer.
    fn text(&self, lang: Lang) -> String {
        let class = class(self.status.as_u16());
        let told = self.told(lang);
        let problem = Problem {
            kind: format!("{EXPLAINED}{}", class.name),
            title: class.title(lang),
            status: self.status.as_u16(),
            detail: told.detail,
            code: self.code.to_owned(),
            errors: told.errors,
        };
        serde_json::to_string(&problem).unwrap_or_default()
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.detail)
    }
}

impl From<SubmitError> for ApiError {
    fn from(error: SubmitError) -> Self {
        match error {
            SubmitError::Refused(refusal) => Self::refused(refusal, &[]),
            SubmitError::Busy | SubmitError::Unavailable => Self::unavailable(error.to_string()),
        }
    }
}

impl From<ArchiveError> for ApiError {
    fn from(error: ArchiveError) -> Self {
        if !matches!(error, ArchiveError::Busy) {
            tracing::error!(%error, "the log could not be read for a request");
        }
        Self::unavailable("The log cannot be read at the moment; ask again in a few seconds.")
    }
}

impl From<AnswersError> for ApiError {
    fn from(error: AnswersError) -> Self {
        tracing::error!(%error, "an Idempotency-Key could not be kept");
        Self::unavailable("The hub cannot keep the Idempotency-Key at the moment, so nothing was done.")
    }
}

impl From<WebError> for ApiError {
    fn from(error: WebError) -> Self {
        let status = error.status_code();
        if status.is_server_error() {
            tracing::error!(%error, "a request failed");
        }
        let told = general(status);
        match error {
            WebError::TooMany(wait_s) => {
                let told = Self::new(status, "too_many_tries", said("too_many_tries"));
                told.again_in(u32::try_from(wait_s).unwrap_or(u32::MAX))
            }
            _ => Self { retry_s: status.is_server_error().then_some(2), ..told },
        }
    }
}

impl ResponseError for ApiError {
    fn status_code(&self) -> StatusCode {
        self.status
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status);
        response.insert_header((CACHE_CONTROL, "no-store"));
        if let Some(seconds) = self.retry_s {
            response.insert_header((RETRY_AFTER, seconds.to_string()));
        }
        if self.status == StatusCode::UNAUTHORIZED {
            response.insert_header((WWW_AUTHENTICATE, "Bearer realm=\"watchroom\""));
        }
        // Not `json`, which would call it plain JSON.
        response
            .insert_header((CONTENT_TYPE, PROBLEM_JSON))
            .insert_header((CONTENT_LANGUAGE, Lang::En.tag()));
        let mut response = response.body(self.text(Lang::En));
        // In which language it was asked is known to those that it passes on its way out.
        response.extensions_mut().insert(self.clone());
        response
    }
}

/// What is known of an error by its status alone.
fn general(status: StatusCode) -> ApiError {
    let code = match status.as_u16() {
        401 => "unauthorized",
        403 => "forbidden",
        404 => "not_found",
        405 => "method_not_allowed",
        408 => "timeout",
        413 => "too_large",
        415 => "unsupported_media_type",
        429 => "too_many_requests",
        503 => "unavailable",
        status if status >= 500 => "failed",
        _ => "bad_request",
    };
    ApiError::new(status, code, said(code))
}

/// Whether an answer is an error that nobody has put into words yet.
fn is_bare(response: &ServiceResponse<BoxBody>) -> bool {
    let status = response.status();
    let failed = status.is_client_error() || status.is_server_error();
    let told = response.headers().get(CONTENT_TYPE).is_some_and(|kind| kind == PROBLEM_JSON);
    let streamed = matches!(response.response().body().size(), BodySize::Stream);
    failed && !told && !streamed
}

/// The language that a program asks for: English, unless it says another one.
fn asked(headers: &HeaderMap) -> Lang {
    Lang::negotiate(None, headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()))
}

/// A problem in the language that was asked for; any other answer as it is.
pub fn translated(mut response: ServiceResponse<BoxBody>) -> ServiceResponse<BoxBody> {
    let lang = asked(response.request().headers());
    let told = response.response_mut().extensions_mut().remove::<ApiError>();
    let Some(told) = told.filter(|_| lang != Lang::En) else { return response };
    response.headers_mut().insert(CONTENT_LANGUAGE, HeaderValue::from_static(lang.tag()));
    response.map_body(|_, _| BoxBody::new(told.text(lang)))
}

/// Puts an error of the guard, of the router or of an extractor into words, and all of them into the language that was
/// asked for.
pub fn in_words(response: ServiceResponse<BoxBody>) -> ServiceResponse<BoxBody> {
    if !is_bare(&response) {
        return translated(response);
    }
    let kept = [ALLOW, RETRY_AFTER, WWW_AUTHENTICATE];
    let kept: Vec<_> = kept
        .into_iter()
        .filter_map(|name| response.headers().get(&name).cloned().map(|value| (name, value)))
        .collect();
    let mut told = general(response.status()).error_response();
    for (name, value) in kept {
        told.headers_mut().insert(name, value);
    }
    translated(response.into_response(told))
}
