//! The links to wall displays: given out, looked at, revoked.

use crate::fresh;
use crate::web::answer::{Answer, errors_of, page, refused, see};
use crate::web::auth::token_hash;
use crate::web::context::Visitor;
use crate::web::view::WallForm;
use crate::web::{Shared, fill};
use actix_web::http::StatusCode;
use actix_web::web;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use watchroom_domain::{Command, WallLinkId};

/// The fields.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Fields {
    name: String,
    tag: String,
    theme: String,
}

/// All links, and the form that makes one.
///
/// # Errors
/// When the page cannot be rendered.
pub async fn list(web: Shared, visitor: Visitor) -> Answer {
    answer(&web, &visitor, StatusCode::OK, WallForm::default(), None)
}

/// Gives out a link and shows it, once.
///
/// # Errors
/// When nothing was recorded for a reason that the form cannot show.
pub async fn issue(web: Shared, visitor: Visitor, fields: web::Form<Fields>) -> Answer {
    let secret = URL_SAFE_NO_PAD.encode(fresh::secret::<32>());
    let Fields { name, tag, theme } = fields.into_inner();
    let command = Command::IssueWallLink {
        link: WallLinkId(fresh::id(visitor.l.now_us)),
        name: name.clone(),
        secret_sha256: token_hash(&secret),
        tag: Some(tag.clone()).filter(|tag| !tag.trim().is_empty()),
    };
    let light = theme == "light";
    match refused(web.submit(&visitor, command).await)? {
        Ok(_) => {
            let looks = if light { "?theme=light" } else { "" };
            let address = format!("{}/wall/{secret}{looks}", web.public_url);
            answer(&web, &visitor, StatusCode::OK, WallForm::default(), Some(address))
        }
        Err(refusal) => {
            let form = WallForm { name, tag, light, errors: errors_of(&visitor.l, &refusal) };
            answer(&web, &visitor, StatusCode::UNPROCESSABLE_ENTITY, form, None)
        }
    }
}

/// Ends a link; the screens that show it say so.
///
/// # Errors
/// When nothing was recorded.
pub async fn revoke(web: Shared, visitor: Visitor, link: web::Path<WallLinkId>) -> Answer {
    web.submit(&visitor, Command::RevokeWallLink { link: *link }).await?;
    Ok(see("/walls", Some("notice-wall-revoked")))
}

fn answer(
    web: &Shared,
    visitor: &Visitor,
    status: StatusCode,
    form: WallForm,
    made: Option<String>,
) -> Answer {
    let body = web.views.with(|state| fill::walls(state, visitor, form, made));
    page(web, visitor, status, body)
}
