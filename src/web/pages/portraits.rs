//! Pictures of people: sent, shown, taken away.

use super::account;
use crate::web::Shared;
use crate::web::answer::{Answer, errors_of, see};
use crate::web::context::Visitor;
use crate::web::deeds::portraits::FILE_BYTES;
use crate::web::deeds::{portraits, proof};
use actix_multipart::Multipart;
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, web};
use futures_util::TryStreamExt as _;
use watchroom_domain::{Command, Refusal, SubjectId};

/// Fields of the form that are looked at.
const FIELDS: usize = 4;

/// Takes another picture.
///
/// # Errors
/// When nothing was recorded for a reason that the page cannot show.
pub async fn set(web: Shared, visitor: Visitor, form: Multipart) -> Answer {
    proof::own(&visitor)?;
    let done = match file(form).await {
        Ok(file) => portraits::set(&web, &visitor, file).await?,
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
    portraits::show(&web, *id, &request).await
}
