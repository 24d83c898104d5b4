//! The links to wall displays: given out, looked at, revoked.

use crate::web::answer::{Answer, errors_of, page, see};
use crate::web::context::Visitor;
use crate::web::deeds;
use crate::web::list::{Asked, Pairs};
use crate::web::view::WallForm;
use crate::web::{Shared, fill};
use actix_web::http::StatusCode;
use actix_web::web;
use serde::Deserialize;
use std::collections::HashMap;
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
pub async fn list(web: Shared, visitor: Visitor, asked: Pairs) -> Answer {
    let asked = Asked::of(&fill::WALLS, &asked);
    let blank = (WallForm::default(), None);
    let body = web.views.with(|state| fill::walls(state, &visitor, &asked, blank));
    page(&web, &visitor, StatusCode::OK, body)
}

/// Gives out a link and shows it, once.
///
/// # Errors
/// When nothing was recorded for a reason that the form cannot show.
pub async fn issue(web: Shared, visitor: Visitor, fields: web::Form<Fields>) -> Answer {
    let Fields { name, tag, theme } = fields.into_inner();
    let light = theme == "light";
    match deeds::walls::issue(&web, &visitor, name.clone(), Some(tag.clone())).await? {
        Ok((_, address)) => {
            let looks = if light { "?theme=light" } else { "" };
            let address = format!("{address}{looks}");
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
    let asked = Asked::of(&fill::WALLS, &HashMap::new());
    let body = web.views.with(|state| fill::walls(state, visitor, &asked, (form, made)));
    page(web, visitor, status, body)
}
