//! Pictures of people: bytes, not JSON.

use super::asked::{done, person, settled};
use super::error::{ApiError, Reply};
use crate::web::Shared;
use crate::web::answer::WebError;
use crate::web::body::was_late;
use crate::web::context::Visitor;
use crate::web::deeds::portraits::{self, FILE_BYTES};
use actix_web::http::StatusCode;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::{HttpRequest, web};
use futures_util::StreamExt as _;
use watchroom_domain::{Action, SubjectId};

/// What a picture may be sent as.
pub const TAKEN: [&str; 3] = ["image/jpeg", "image/png", "image/webp"];
/// What a picture is told as.
pub const GIVEN: &str = "image/jpeg";

/// Takes another picture of the asker.
///
/// # Errors
/// 413 and 415 for what is too large or something else, 422 for what is no picture.
pub async fn set(web: Shared, visitor: Visitor, request: HttpRequest, mut body: web::Payload) -> Reply {
    person(&visitor)?;
    let kind = request.headers().get(CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    if !TAKEN.iter().any(|taken| kind.eq_ignore_ascii_case(taken)) {
        let detail = "Send a picture with Content-Type: image/jpeg, image/png or image/webp.";
        return Err(ApiError::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", detail));
    }
    let mut file = Vec::new();
    while let Some(chunk) = body.next().await {
        let chunk = chunk.map_err(|error| match was_late(&error) {
            true => ApiError::from(WebError::Late),
            false => ApiError::new(StatusCode::BAD_REQUEST, "bad_body", "The body broke off."),
        })?;
        if file.len() + chunk.len() > FILE_BYTES {
            let detail = "A picture has at most 5 MiB.";
            return Err(ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", detail));
        }
        file.extend_from_slice(&chunk);
    }
    settled(portraits::set(&web, &visitor, file).await, &[("picture", "")])?;
    done()
}

/// A person's picture, for that person and for whoever manages people.
///
/// # Errors
/// 404 where there is none, or none to see.
pub async fn show(web: Shared, visitor: Visitor, id: web::Path<SubjectId>, request: HttpRequest) -> Reply {
    let own = visitor.signed.as_ref().is_some_and(|signed| signed.person == *id);
    if !own && !visitor.may(Action::ManagePeople) {
        return Err(ApiError::not_found("picture"));
    }
    portraits::show(&web, *id, &request).await.map_err(|error| match error {
        WebError::NotFound => ApiError::not_found("picture"),
        other => other.into(),
    })
}
