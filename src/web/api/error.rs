//! Errors as RFC 9457 tells them: `application/problem+json`, whatever went wrong, for every path under `/api`.

use crate::actors::handle::SubmitError;
use crate::views::{AnswersError, ArchiveError};
use crate::web::answer::WebError;
use actix_web::body::{BodySize, BoxBody, MessageBody as _};
use actix_web::dev::ServiceResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use actix_web::{HttpResponse, ResponseError};
use serde::Serialize;
use std::fmt;
use utoipa::ToSchema;
use watchroom_domain::Refusal;

/// The media type of every error.
pub const PROBLEM_JSON: &str = "application/problem+json";
/// Where each class of errors is explained; its name follows.
const EXPLAINED: &str = "/api/docs#problem-";

/// One class of errors.
#[derive(Debug, PartialEq, Eq)]
pub struct Class {
    /// The HTTP status.
    pub status: u16,
    /// Its name in `type`.
    pub name: &'static str,
    /// What it is called.
    pub title: &'static str,
    /// What it means, and what to do.
    pub text: &'static str,
}

/// Every class of errors, by status.
pub const CLASSES: &[Class] = &[
    Class {
        status: 400,
        name: "bad-request",
        title: "The request cannot be read",
        text: "The body is no JSON, a query parameter is unknown or given twice, or a header is malformed. \
               Nothing was done.",
    },
    Class {
        status: 401,
        name: "unauthorized",
        title: "Nobody is signed in",
        text: "Send a token that is neither expired nor revoked, as `Authorization: Bearer wrt_…`.",
    },
    Class {
        status: 403,
        name: "forbidden",
        title: "This may not be done",
        text: "The person lacks the right, or the token lacks the scope that the operation needs. A request \
               with a cookie must come from the hub's own pages.",
    },
    Class {
        status: 404,
        name: "not-found",
        title: "There is no such thing",
        text: "It was removed, never was, or is not for the asker to see.",
    },
    Class {
        status: 405,
        name: "method-not-allowed",
        title: "The path does not know this method",
        text: "The header `Allow` names those that it knows.",
    },
    Class {
        status: 408,
        name: "timeout",
        title: "The request came too slowly",
        text: "Its body must be there within ten seconds. Nothing was done.",
    },
    Class {
        status: 409,
        name: "conflict",
        title: "This does not fit to what is so",
        text: "A name is taken, an alert is over, a limit is reached, or a request with the same \
               Idempotency-Key is still under way. `code` says which.",
    },
    Class {
        status: 412,
        name: "precondition-failed",
        title: "It has changed meanwhile",
        text: "The `ETag` that was named by `If-Match` is of an older state. Read it again, then change it.",
    },
    Class {
        status: 413,
        name: "too-large",
        title: "The request is too large",
        text: "A body has at most 64 KiB, a picture at most 5 MiB.",
    },
    Class {
        status: 415,
        name: "unsupported-media-type",
        title: "The body is of another kind",
        text: "Send JSON with `Content-Type: application/json`; a PATCH may also be \
               `application/merge-patch+json`. A picture is `image/jpeg`, `image/png` or `image/webp`.",
    },
    Class {
        status: 422,
        name: "invalid",
        title: "A value is wrong",
        text: "`errors` says which one, by a JSON pointer into the body or by the name of a parameter, and what \
               would be right. With the code `key_reused` an Idempotency-Key was used for another request before.",
    },
    Class {
        status: 429,
        name: "too-many-requests",
        title: "Too many requests",
        text: "By the address or the account, of one thing that can be guessed at, or of keys that are kept. Wait \
               for as many seconds as `Retry-After` says.",
    },
    Class {
        status: 500,
        name: "failed",
        title: "The hub failed",
        text: "The cause stands in the hub's own log.",
    },
    Class {
        status: 503,
        name: "unavailable",
        title: "The hub cannot do it at the moment",
        text: "It is busy, it stops, or its log cannot be read or written. Ask again after `Retry-After` seconds.",
    },
];

fn class(status: StatusCode) -> &'static Class {
    let found = CLASSES.iter().find(|class| class.status == status.as_u16());
    let general = if status.is_server_error() { 500 } else { 400 };
    let fallback = || CLASSES.iter().find(|class| class.status == general);
    found.or_else(fallback).unwrap_or(&CLASSES[0])
}

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
    /// What the class is called.
    pub title: &'static str,
    /// The HTTP status once more.
    #[schema(minimum = 400, maximum = 599)]
    pub status: u16,
    /// What is wrong this time, and what can be done.
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
}

/// What a handler gives.
pub type Reply = Result<HttpResponse, ApiError>;

impl ApiError {
    /// An error of this status.
    pub fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        Self { status, code, detail: detail.into(), errors: Vec::new(), retry_s: None }
    }

    /// There is no such thing, or not for this asker.
    pub fn not_found(what: &str) -> Self {
        let detail = format!("There is no such {what}; it may have been removed.");
        Self::new(StatusCode::NOT_FOUND, "not_found", detail)
    }

    /// The asker sees it but may not.
    pub fn forbidden() -> Self {
        let detail = "You may not do this. Ask an owner or administrator for the right.";
        Self::new(StatusCode::FORBIDDEN, "forbidden", detail)
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
        Self { errors: wrong.unwrap_or_default(), ..Self::new(status, code, message) }
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
                let detail = "Too many tries. Wait for as many seconds as Retry-After says, then try again.";
                let told = Self::new(status, "too_many_tries", detail);
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
        let class = class(self.status);
        let problem = Problem {
            kind: format!("{EXPLAINED}{}", class.name),
            title: class.title,
            status: self.status.as_u16(),
            detail: self.detail.clone(),
            code: self.code.to_owned(),
            errors: self.errors.clone(),
        };
        let mut response = HttpResponse::build(self.status);
        response.insert_header((CACHE_CONTROL, "no-store"));
        if let Some(seconds) = self.retry_s {
            response.insert_header((RETRY_AFTER, seconds.to_string()));
        }
        if self.status == StatusCode::UNAUTHORIZED {
            response.insert_header((WWW_AUTHENTICATE, "Bearer realm=\"watchroom\""));
        }
        // Not `json`, which would call it plain JSON.
        let text = serde_json::to_string(&problem).unwrap_or_default();
        response.insert_header((CONTENT_TYPE, PROBLEM_JSON)).body(text)
    }
}

/// What is known of an error by its status alone.
fn general(status: StatusCode) -> ApiError {
    let (code, detail) = match status.as_u16() {
        401 => {
            ("unauthorized", "Send a token that is neither expired nor revoked: Authorization: Bearer wrt_…")
        }
        403 => ("forbidden", "You may not do this with what you have shown: see the operation's scope."),
        404 => ("not_found", "There is nothing at this path; /api/docs lists what there is."),
        405 => ("method_not_allowed", "The header Allow names the methods of this path."),
        408 => ("timeout", "The body was not there in time."),
        413 => ("too_large", "A body has at most 64 KiB."),
        415 => ("unsupported_media_type", "Send JSON with Content-Type: application/json."),
        429 => ("too_many_requests", "Wait for as many seconds as Retry-After says."),
        503 => ("unavailable", "The hub cannot do it at the moment; ask again in a few seconds."),
        status if status >= 500 => ("failed", "The cause stands in the hub's own log."),
        _ => ("bad_request", "The request cannot be read."),
    };
    ApiError::new(status, code, detail)
}

/// Whether an answer is an error that nobody has put into words yet.
fn is_bare(response: &ServiceResponse<BoxBody>) -> bool {
    let status = response.status();
    let failed = status.is_client_error() || status.is_server_error();
    let told = response.headers().get(CONTENT_TYPE).is_some_and(|kind| kind == PROBLEM_JSON);
    let streamed = matches!(response.response().body().size(), BodySize::Stream);
    failed && !told && !streamed
}

/// Puts an error of the guard, of the router or of an extractor into words.
pub fn in_words(response: ServiceResponse<BoxBody>) -> ServiceResponse<BoxBody> {
    if !is_bare(&response) {
        return response;
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
    response.into_response(told)
}
