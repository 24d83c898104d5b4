//! The hub itself: which version it is, and whether all of it works.

use super::asked::one;
use super::error::Reply;
use super::table::{Gives, Operation, WATCH, get, shape};
use super::types::Time;
use crate::web::Shared;
use crate::web::context::Visitor;
use actix_web::web;
use serde::Serialize;
use utoipa::ToSchema;
use watchroom_domain::Position;

/// The operations.
pub const OPERATIONS: &[Operation] = &[get(
    ("/api/v1/hub", WATCH),
    ("get_hub", "Read the hub's version and health"),
    Gives::One(shape::<HubStatus>),
    || web::to(show),
)];

/// A part of the hub that is not well.
#[derive(Debug, Serialize, ToSchema)]
struct Part {
    /// Which.
    part: &'static str,
    /// Why.
    why: &'static str,
}

/// How the hub is.
#[derive(Debug, Serialize, ToSchema)]
struct HubStatus {
    /// The program's version.
    version: &'static str,
    /// When it was started.
    started_at: Time,
    /// Its clock.
    now: Time,
    /// Position of the newest event.
    #[schema(value_type = u64)]
    position: Position,
    /// Whether it can read its log and record, and no part of it is at fault.
    ready: bool,
    /// Parts that do not work.
    faults: Vec<Part>,
    /// Parts that work and should be looked after.
    concerns: Vec<Part>,
}

async fn show(web: Shared, visitor: Visitor) -> Reply {
    let (readable, records) = tokio::join!(web.archive.readable(), web.registry.responds());
    let parts = |found: Vec<(&'static str, &'static str)>| {
        found.into_iter().map(|(part, why)| Part { part, why }).collect::<Vec<_>>()
    };
    let faults = parts(web.health.faults());
    one(&HubStatus {
        version: env!("CARGO_PKG_VERSION"),
        started_at: Time(web.started_us),
        now: Time(visitor.l.now_us),
        position: web.views.with(|state| state.position),
        ready: readable && records && faults.is_empty(),
        faults,
        concerns: parts(web.health.concerns()),
    })
}
