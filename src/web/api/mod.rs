//! The REST API under `/api/v1`: everything that the console does, for programs.
//!
//! One row of a table says all about an operation: its place, its door, its handler and what the document says
//! of it ([`table`]); the document ([`document`]), the page to read it ([`docs`]), the doors and the router are
//! made of these rows, so that they cannot disagree. Bodies have structs of their own, never the domain's.
//! Who asks is known by a session or by a token ([`bearer`]); what may be done is asked of the same policy as
//! everywhere. Errors are problems of RFC 9457 ([`error`]), lists are paged by cursors ([`paging`]), and
//! requests that carry a key are carried out once ([`once`]).

mod access;
mod account;
mod alerts;
mod asked;
pub mod bearer;
mod bounds;
mod channels;
mod charts;
mod chats;
mod checks;
mod classes;
mod deliveries;
mod docs;
mod document;
mod error;
mod events;
mod groups;
mod hub;
mod input;
mod invitations;
mod joining;
mod machine_types;
mod machines;
mod once;
mod paging;
mod people;
mod pictures;
mod rule_types;
mod rules;
mod sessions;
mod settings;
mod silences;
mod subscriptions;
mod table;
mod tags;
mod tokens;
mod two_step;
mod types;
mod values;
mod walls;

pub use error::in_words;

use super::routes::{Door, Route};
use actix_web::http::Method;
use actix_web::middleware::from_fn;
use actix_web::web::{self, ServiceConfig};
use serde::Deserialize;
use std::collections::BTreeMap;
use table::Operation;

/// Every operation, by what it is about.
const OPERATIONS: [&[Operation]; 23] = [
    machines::OPERATIONS,
    values::OPERATIONS,
    checks::OPERATIONS,
    alerts::OPERATIONS,
    silences::OPERATIONS,
    rules::OPERATIONS,
    access::OPERATIONS,
    channels::OPERATIONS,
    subscriptions::OPERATIONS,
    deliveries::OPERATIONS,
    people::OPERATIONS,
    groups::OPERATIONS,
    invitations::OPERATIONS,
    account::OPERATIONS,
    two_step::OPERATIONS,
    sessions::OPERATIONS,
    tokens::OPERATIONS,
    chats::OPERATIONS,
    joining::OPERATIONS,
    walls::OPERATIONS,
    settings::OPERATIONS,
    events::OPERATIONS,
    hub::OPERATIONS,
];

const fn count() -> usize {
    let (mut n, mut group) = (0, 0);
    while group < OPERATIONS.len() {
        n += OPERATIONS[group].len();
        group += 1;
    }
    n
}

/// How many operations there are.
pub const COUNT: usize = count();

/// The doors of all operations.
pub const fn routes() -> [Route; COUNT] {
    let mut routes = [Route { method: "", pattern: "", door: Door::Open }; COUNT];
    let (mut at, mut group) = (0, 0);
    while group < OPERATIONS.len() {
        let mut row = 0;
        while row < OPERATIONS[group].len() {
            let operation = OPERATIONS[group][row];
            routes[at] = Route { method: operation.method, pattern: operation.pattern, door: operation.door };
            at += 1;
            row += 1;
        }
        group += 1;
    }
    routes
}

fn operations() -> impl Iterator<Item = &'static Operation> {
    OPERATIONS.into_iter().flatten()
}

/// The operation of a method and a pattern.
fn operation_of(method: &Method, pattern: &str) -> Option<&'static Operation> {
    operations().find(|operation| operation.pattern == pattern && operation.method == method.as_str())
}

/// A list without filters.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct NoFilter {}

/// Registers the handlers.
pub fn configure(config: &mut ServiceConfig) {
    config
        .route("/api/machines/{id}/series", web::get().to(charts::series))
        .route("/api/docs", web::get().to(docs::show))
        .route("/api/v1/openapi.json", web::get().to(document::show));
    let mut places: BTreeMap<&str, Vec<&Operation>> = BTreeMap::new();
    for operation in operations() {
        places.entry(operation.pattern).or_default().push(operation);
    }
    // In the order of their letters, so that no pattern stands before a path that it would take.
    for (pattern, operations) in places {
        let mut place = web::resource(pattern);
        for operation in operations {
            let method = Method::from_bytes(operation.method.as_bytes()).unwrap_or_default();
            place = place.route((operation.handler)().method(method));
        }
        config.service(place.wrap(from_fn(once::enter)));
    }
}
