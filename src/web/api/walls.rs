//! Links to wall displays.

use super::asked::{done, made, one, settled, submit};
use super::error::{ApiError, Reply};
use super::input::Json;
use super::paging::Listing;
use super::table::{Gives, HUB, Operation, delete, get, post, shape};
use super::types::Time;
use crate::web::Shared;
use crate::web::context::Visitor;
use crate::web::deeds;
use actix_web::web;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use watchroom_domain as domain;
use watchroom_domain::{Command, WallLinkId};

/// The operations.
pub const OPERATIONS: &[Operation] = &[
    get(("/api/v1/walls", HUB), ("list_walls", "List wall displays"), Gives::List(shape::<Wall>), || {
        web::to(list)
    })
    .says("Without their addresses, which nobody knows any more."),
    post(
        ("/api/v1/walls", HUB),
        ("issue_wall", "Make a link to a wall display"),
        Gives::Made(shape::<NewWall>),
        || web::to(issue),
    )
    .takes(shape::<WallInput>)
    .says("The address is told this once. Whoever has it sees what the display shows, and never has to sign in."),
    get(("/api/v1/walls/{wall}", HUB), ("get_wall", "Read a wall display"), Gives::One(shape::<Wall>), || {
        web::to(show)
    }),
    delete(("/api/v1/walls/{wall}", HUB), ("revoke_wall", "Revoke the link to a wall display"), || {
        web::to(revoke)
    })
    .says("The screens that show it say so at once."),
];

/// A link to a wall display.
#[derive(Debug, Serialize, ToSchema)]
struct Wall {
    /// Its identifier.
    id: Uuid,
    /// What it is called.
    name: String,
    /// The tag of the machines that it shows; null for all.
    tag: Option<String>,
    /// When it was made.
    issued_at: Time,
}

impl From<&domain::WallLink> for Wall {
    fn from(wall: &domain::WallLink) -> Self {
        Self {
            id: wall.link.0,
            name: wall.name.clone(),
            tag: wall.tag.clone(),
            issued_at: Time(wall.issued_us),
        }
    }
}

async fn list(web: Shared, ask: Listing<super::NoFilter>) -> Reply {
    let behind = ask.paging.behind::<WallLinkId>()?;
    let page = web.views.with(|state| {
        let rest = state.walls.values().filter(|wall| behind.is_none_or(|b| wall.link > b));
        ask.paging.page(rest.map(|wall| (wall.link, Wall::from(wall))))
    });
    ask.paging.answer(&page)
}

fn answer(web: &Shared, id: WallLinkId) -> Result<Wall, ApiError> {
    let found = web.views.with(|state| state.walls.get(&id).map(Wall::from));
    found.ok_or_else(|| ApiError::not_found("wall display"))
}

async fn show(web: Shared, id: web::Path<WallLinkId>) -> Reply {
    one(&answer(&web, *id)?)
}

/// What a wall display is to show.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct WallInput {
    /// What it is called.
    #[schema(example = "Room 204")]
    name: String,
    /// Only machines with this tag; all where it is left out.
    tag: Option<String>,
}

/// A link to a wall display that was just made.
#[derive(Debug, Serialize, ToSchema)]
struct NewWall {
    /// Its identifier.
    id: Uuid,
    /// What the screen opens; with `?theme=light` it is light. Told this once.
    address: String,
    /// What it is called.
    name: String,
    /// The tag of the machines that it shows; null for all.
    tag: Option<String>,
}

async fn issue(web: Shared, visitor: Visitor, body: Json<WallInput>) -> Reply {
    let issued = deeds::walls::issue(&web, &visitor, body.0.name, body.0.tag).await;
    let (link, address) = settled(issued, &[])?;
    let Wall { id, name, tag, .. } = answer(&web, link)?;
    made(&format!("/api/v1/walls/{link}"), &NewWall { id, address, name, tag })
}

async fn revoke(web: Shared, visitor: Visitor, id: web::Path<WallLinkId>) -> Reply {
    answer(&web, *id)?;
    submit(&web, &visitor, Command::RevokeWallLink { link: *id }, &[]).await?;
    done()
}
