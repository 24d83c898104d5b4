//! The list of machines.

use crate::web::answer::{Answer, page};
use crate::web::context::Visitor;
use crate::web::view::Machines;
use crate::web::{Shared, fill};
use actix_web::http::StatusCode;
use actix_web::web;
use serde::Deserialize;
use watchroom_domain::Action;

/// What the list is narrowed to, and where it begins.
#[derive(Default, Deserialize)]
pub struct Narrow {
    /// Words that a machine must have.
    #[serde(default)]
    pub filter: String,
    /// Number of the first row.
    #[serde(default)]
    pub from: String,
}

/// The list.
///
/// # Errors
/// When the page cannot be rendered.
pub async fn list(web: Shared, visitor: Visitor, narrow: web::Query<Narrow>) -> Answer {
    let from = narrow.from.parse().unwrap_or(0);
    let body = web.views.ask(|models| Machines {
        l: visitor.l,
        figures: fill::figures(models, &visitor),
        list: fill::machine_list(models, &visitor, &narrow.filter, from),
        may_add: visitor.may(Action::ManageMachines),
    });
    page(&web, &visitor, StatusCode::OK, body)
}
