//! Who opens a feed, and who may keep one.

use super::line::{self, Heard};
use super::{FRAME, Feed, LOST};
use crate::views::Models;
use crate::web::answer::WebError;
use crate::web::auth::{SESSION_COOKIE, token_hash};
use crate::web::context::{Shared, Signed, signed};
use crate::web::crowd::{Place, Whose, too_many_feeds};
use crate::web::sight::Sight;
use actix_web::{HttpRequest, HttpResponse, web};
use actix_web_actors::ws;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::HashMap;
use watchroom_domain::{Action, Micros, Position, State, WallLinkId, may};

/// Live feeds of one session at a time: pages of one browser.
const OF_SESSION: usize = 20;
/// Live feeds of one account at a time.
const OF_ACCOUNT: usize = 50;
/// Live feeds of one link to a wall display at a time.
const OF_WALL: usize = 50;

/// Where to go on.
#[derive(Deserialize)]
pub struct After {
    after: Position,
}

/// Opens a feed behind a position.
///
/// # Errors
/// When the request is no WebSocket's.
pub async fn open(
    web: Shared,
    request: HttpRequest,
    after: web::Query<After>,
    body: web::Payload,
) -> Result<HttpResponse, actix_web::Error> {
    let who = Who::Session(session_of(&request)?);
    start(web, &request, after.after, body, who)
}

/// Opens the feed of a wall display.
///
/// # Errors
/// When the link has ended, or the request is no WebSocket's.
pub async fn wall(
    web: Shared,
    request: HttpRequest,
    secret: web::Path<String>,
    after: web::Query<After>,
    body: web::Payload,
) -> Result<HttpResponse, actix_web::Error> {
    let secret_sha256 = token_hash(&secret);
    let known = web.views.with(|state| state.wall_by_secret(&secret_sha256).map(|wall| wall.link));
    let link = known.ok_or(WebError::NotFound)?;
    start(web, &request, after.after, body, Who::Wall(link))
}

/// Opens the feed of a wall display for somebody who gives out such links.
///
/// # Errors
/// When the request is no WebSocket's.
pub async fn wall_preview(
    web: Shared,
    request: HttpRequest,
    link: web::Path<WallLinkId>,
    after: web::Query<After>,
    body: web::Payload,
) -> Result<HttpResponse, actix_web::Error> {
    let who = Who::Preview(session_of(&request)?, *link);
    start(web, &request, after.after, body, who)
}

/// Hash of the session's secret.
fn session_of(request: &HttpRequest) -> Result<String, WebError> {
    let cookie = request.cookie(SESSION_COOKIE).ok_or(WebError::Forbidden)?;
    Ok(token_hash(cookie.value()))
}

fn start(
    web: Shared,
    request: &HttpRequest,
    after: Position,
    body: web::Payload,
    who: Who,
) -> Result<HttpResponse, actix_web::Error> {
    let Some(places) = who.places(&web) else { return Ok(too_many_feeds()) };
    let heard = Heard::now();
    line::watch(request, heard.clone(), LOST, &web.runtime);
    let feed = Feed {
        head: web.tail.head(),
        who,
        after,
        web,
        unacknowledged: 0,
        reading: false,
        heard,
        beats: 0,
        _places: places,
        states: HashMap::new(),
    };
    ws::WsResponseBuilder::new(feed, request, body).frame_size(FRAME).start()
}

/// Whose eyes it is for.
pub(super) enum Who {
    /// Whoever has the session of this hash.
    Session(String),
    /// Whoever stands before the screen of this link.
    Wall(WallLinkId),
    /// Whoever has this session and looks at what the screen of this link shows.
    Preview(String, WallLinkId),
}

impl Who {
    /// What they see at this moment; nothing once the session or the link has ended, or they may not do this any
    /// more.
    pub(super) fn sight<'m>(&self, models: &'m Models, now_us: Micros) -> Option<Sight<'m>> {
        let state = &models.state;
        let wall = |link| state.walls.get(link).map(|wall| Sight::wall(state, wall));
        match self {
            Who::Session(hash) => {
                let who = who_may(state, hash, Action::Watch, now_us)?.principal();
                Some(Sight::by(state, who))
            }
            Who::Wall(link) => wall(link),
            Who::Preview(hash, link) => {
                who_may(state, hash, Action::ManageHub, now_us)?;
                wall(link)
            }
        }
    }

    /// What is said when nothing is to be seen any more.
    pub(super) fn gone(&self) -> Value {
        match self {
            Who::Session(_) | Who::Preview(..) => {
                json!({"kind": "gone", "code": "signed_out", "message": "Your session has ended."})
            }
            Who::Wall(_) => json!({"kind": "gone", "code": "revoked", "message": "This link has ended."}),
        }
    }

    /// Places for one more feed; none where there are too many.
    fn places(&self, web: &Shared) -> Option<Vec<Place<Whose>>> {
        let take = |whose, most| web.feeds.take(whose, most).map(|(place, _)| place);
        match self {
            Who::Wall(link) => Some(vec![take(Whose::Wall(*link), OF_WALL)?]),
            Who::Session(hash) | Who::Preview(hash, _) => {
                let now_us = web.clock.now_us();
                let who = web.views.with(|state| signed(state, hash, now_us))?;
                let of_session = take(Whose::Session(who.session()?), OF_SESSION)?;
                Some(vec![of_session, take(Whose::Person(who.person), OF_ACCOUNT)?])
            }
        }
    }
}

/// Whoever has the session of this hash, if they may do this.
fn who_may(state: &State, token_sha256: &str, action: Action, now_us: Micros) -> Option<Signed> {
    signed(state, token_sha256, now_us).filter(|who| may(&who.principal(), action))
}
