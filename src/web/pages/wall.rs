//! A wall display: what its link shows, to whoever has it, and to those who give such links out.

use crate::web::answer::{Answer, WebError, plain, region, whole};
use crate::web::auth::token_hash;
use crate::web::context::Visitor;
use crate::web::view::{Theme, Wall, WallGone};
use crate::web::{Shared, fill};
use actix_web::http::StatusCode;
use actix_web::web;
use serde::Deserialize;
use watchroom_domain::WallLinkId;

/// How the screen is to look.
#[derive(Deserialize)]
pub struct Looks {
    #[serde(default)]
    theme: String,
}

impl Looks {
    /// Dark, unless the link says otherwise: a bright wall is a lamp.
    fn theme(&self) -> Theme {
        if self.theme == "light" { Theme::Light } else { Theme::Dark }
    }
}

/// The screen.
///
/// # Errors
/// When the page cannot be rendered.
pub async fn show(
    web: Shared,
    visitor: Visitor,
    secret: web::Path<String>,
    looks: web::Query<Looks>,
) -> Answer {
    match by_secret(&web, &secret) {
        Some(link) => screen(&web, &visitor, link, format!("/wall/{secret}"), looks.theme()),
        None => plain(&visitor, StatusCode::NOT_FOUND, WallGone { l: visitor.l }),
    }
}

/// What changes on it.
///
/// # Errors
/// When the link has ended, or it cannot be rendered.
pub async fn board(web: Shared, visitor: Visitor, secret: web::Path<String>) -> Answer {
    let link = by_secret(&web, &secret).ok_or(WebError::NotFound)?;
    changing(&web, &visitor, link, format!("/wall/{secret}"))
}

/// The screen, for those who give out links.
///
/// # Errors
/// When there is no such link, or the page cannot be rendered.
pub async fn preview(
    web: Shared,
    visitor: Visitor,
    link: web::Path<WallLinkId>,
    looks: web::Query<Looks>,
) -> Answer {
    screen(&web, &visitor, *link, format!("/walls/{link}"), looks.theme())
}

/// What changes on it.
///
/// # Errors
/// When there is no such link, or it cannot be rendered.
pub async fn preview_board(web: Shared, visitor: Visitor, link: web::Path<WallLinkId>) -> Answer {
    changing(&web, &visitor, *link, format!("/walls/{link}"))
}

fn by_secret(web: &Shared, secret: &str) -> Option<WallLinkId> {
    let secret_sha256 = token_hash(secret);
    web.views.with(|state| state.wall_by_secret(&secret_sha256).map(|wall| wall.link))
}

fn screen(web: &Shared, visitor: &Visitor, link: WallLinkId, path: String, theme: Theme) -> Answer {
    let wall = web.views.ask(|models| {
        let board = fill::wall_board(models, visitor, link, path)?;
        Some(Wall { l: visitor.l, theme, pos: models.state.position, board })
    });
    whole(&wall.ok_or(WebError::NotFound)?)
}

fn changing(web: &Shared, visitor: &Visitor, link: WallLinkId, path: String) -> Answer {
    let board = web.views.ask(|models| fill::wall_board(models, visitor, link, path));
    region(&board.ok_or(WebError::NotFound)?)
}
