//! Pictures of people: sent, shown, taken away.

use super::account;
use super::proof;
use crate::web::Shared;
use crate::web::answer::{Answer, WebError, errors_of, refused, see};
use crate::web::context::Visitor;
use crate::web::portrait;
use actix_multipart::Multipart;
use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use actix_web::{HttpRequest, HttpResponse, web};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures_util::TryStreamExt as _;
use std::sync::Arc;
use watchroom_domain::{Command, Event, Refusal, SubjectId};

/// Most bytes of a file that is sent.
const FILE_BYTES: usize = 5 << 20;
/// Fields of the form that are looked at.
const FIELDS: usize = 4;

/// Takes another picture.
///
/// # Errors
/// When nothing was recorded for a reason that the page cannot show.
pub async fn set(web: Shared, visitor: Visitor, form: Multipart) -> Answer {
    proof::own(&visitor)?;
    let done = match file(form).await {
        Ok(file) => small(&web, file).await?,
        Err(refusal) => Err(refusal),
    };
    let done = match done {
        Ok(jpeg) => {
            let command = Command::SetPortrait { jpeg: STANDARD.encode(jpeg) };
            refused(web.submit(&visitor, command).await)?.map(drop)
        }
        Err(refusal) => Err(refusal),
    };
    match done {
        Ok(()) => Ok(see("/account", Some("notice-picture"))),
        Err(refusal) => {
            let errors = errors_of(&visitor.l, &refusal);
            account::answer(&web, &visitor, StatusCode::UNPROCESSABLE_ENTITY, errors, None)
        }
    }
}

/// The file of the form.
async fn file(mut form: Multipart) -> Result<Vec<u8>, Refusal> {
    let large = || Refusal::field("picture_large", "picture", "At most 5 MiB.");
    let none = || Refusal::field("picture_bad", "picture", "Choose a picture: JPEG, PNG or WebP.");
    for _ in 0..FIELDS {
        let field = form.try_next().await.map_err(|_| none())?;
        let Some(mut field) = field else { break };
        if field.name() != Some("picture") {
            continue;
        }
        let mut file = Vec::new();
        while let Some(chunk) = field.try_next().await.map_err(|_| none())? {
            if file.len() + chunk.len() > FILE_BYTES {
                return Err(large());
            }
            file.extend_from_slice(&chunk);
        }
        return if file.is_empty() { Err(none()) } else { Ok(file) };
    }
    Err(none())
}

/// Decodes and encodes it anew, away from the threads that answer and one at a time.
async fn small(web: &Shared, file: Vec<u8>) -> Result<Result<Vec<u8>, Refusal>, WebError> {
    let place = Arc::clone(&web.portraits).try_acquire_owned().map_err(|_| WebError::Unavailable)?;
    let work = web.runtime.spawn_blocking(move || {
        let made = portrait::small(&file);
        drop(place);
        made
    });
    let made = work.await.map_err(|_| WebError::Ended)?;
    Ok(made.map_err(|error| Refusal::field(error.code(), "picture", error.to_string())))
}

/// Takes the picture away.
///
/// # Errors
/// When nothing was recorded.
pub async fn remove(web: Shared, visitor: Visitor) -> Answer {
    web.submit(&visitor, Command::RemovePortrait).await?;
    Ok(see("/account", Some("notice-picture-removed")))
}

/// A picture, for whoever may see people and for whose it is.
///
/// # Errors
/// When there is none, or the log cannot be read.
pub async fn show(web: Shared, id: web::Path<SubjectId>, request: HttpRequest) -> Answer {
    let pos = web.views.with(|state| state.portraits.get(&id).copied()).ok_or(WebError::NotFound)?;
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
