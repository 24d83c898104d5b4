//! One machine.

use crate::web::answer::{Answer, WebError, page, see};
use crate::web::context::Visitor;
use crate::web::view::Range;
use crate::web::{Shared, fill};
use actix_web::http::StatusCode;
use actix_web::web;
use serde::Deserialize;
use watchroom_domain::{Command, MachineId};

/// How much time the curves show.
#[derive(Deserialize)]
pub struct Span {
    #[serde(default)]
    range: String,
}

/// The machine with its curves.
///
/// # Errors
/// When there is no such machine or the page cannot be rendered.
pub async fn show(web: Shared, visitor: Visitor, id: web::Path<MachineId>, span: web::Query<Span>) -> Answer {
    let range = Range::from_word(&span.range);
    let body = web.views.ask(|models| {
        let machine = models.state.machines.get(&id)?;
        Some(fill::machine_page(models, &visitor, machine, range))
    });
    page(&web, &visitor, StatusCode::OK, body.ok_or(WebError::NotFound)?)
}

/// Ends all keys of the machine's agent.
///
/// # Errors
/// When there is no such machine or nothing was recorded.
pub async fn revoke(web: Shared, visitor: Visitor, id: web::Path<MachineId>) -> Answer {
    web.submit(&visitor, Command::RevokeAgent { machine: *id }).await?;
    Ok(see(&format!("/machines/{id}"), Some("notice-revoked")))
}

/// Takes the machine off the list.
///
/// # Errors
/// When there is no such machine or nothing was recorded.
pub async fn remove(web: Shared, visitor: Visitor, id: web::Path<MachineId>) -> Answer {
    web.submit(&visitor, Command::RemoveMachine { machine: *id }).await?;
    Ok(see("/machines", Some("notice-removed")))
}
