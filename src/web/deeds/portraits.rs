//! Pictures of people: set and shown.

use super::Done;
use crate::web::Shared;
use crate::web::answer::{Answer, WebError, refused};
use crate::web::context::Visitor;
use crate::web::portrait;
use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use actix_web::{HttpRequest, HttpResponse};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::sync::Arc;
use watchroom_domain::{Command, Event, Refusal, SubjectId};

/// Most bytes of a file that is sent.
pub const FILE_BYTES: usize = 5 << 20;

/// Takes another picture of the visitor.
///
/// # Errors
/// When nothing was recorded.
pub async fn set(web: &Shared, visitor: &Visitor, file: Vec<u8>) -> Done<()> {
    let jpeg = match small(web, file).await? {
        Ok(jpeg) => STANDARD.encode(jpeg),
        Err(refusal) => return Ok(Err(refusal)),
    };
    Ok(refused(web.submit(visitor, Command::SetPortrait { jpeg }).await)?.map(drop))
}

/// Decodes and encodes it anew, away from the threads that answer and one at a time.
async fn small(web: &Shared, file: Vec<u8>) -> Done<Vec<u8>> {
    let place = Arc::clone(&web.portraits).try_acquire_owned().map_err(|_| WebError::Unavailable)?;
    let work = web.runtime.spawn_blocking(move || {
        let made = portrait::small(&file);
        drop(place);
        made
    });
    let made = work.await.map_err(|_| WebError::Ended)?;
    Ok(made.map_err(|error| Refusal::field(error.code(), "picture", error.to_string())))
}

/// Somebody's picture.
///
/// # Errors
/// When there is none, or the log cannot be read.
pub async fn show(web: &Shared, person: SubjectId, request: &HttpRequest) -> Answer {
    let pos = web.views.with(|state| state.portraits.get(&person).copied()).ok_or(WebError::NotFound)?;
    let tag = format!("\"{pos}\"");
    let mut response = HttpResponse::Ok();
    response.insert_header((ETAG, tag.clone())).insert_header((CACHE_CONTROL, "private, no-cache"));
    let known = request.headers().get(IF_NONE_MATCH).and_then(|v| v.to_str().ok());
    if known.is_some_and(|known| known.split(',').any(|one| one.trim().trim_start_matches("W/") == tag)) {
        return Ok(response.status(StatusCode::NOT_MODIFIED).finish());
    }
    let event = web.archive.event(pos).await?;
    let jpeg = event.and_then(|event| match &event.event {
        Event::PortraitSet(e) => STANDARD.decode(&e.jpeg).ok(),
        _ => None,
    });
    Ok(response.insert_header((CONTENT_TYPE, "image/jpeg")).body(jpeg.ok_or(WebError::NotFound)?))
}
