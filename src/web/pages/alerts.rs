//! Alerts: the list, one with its whole life, and acknowledging.

use super::silences::{bad_until, until};
use crate::web::answer::{Answer, WebError, local_path, page, refused, see};
use crate::web::context::Visitor;
use crate::web::list::{Asked, Pairs};
use crate::web::view::Alerts;
use crate::web::{Shared, fill};
use actix_web::http::StatusCode;
use actix_web::web;
use serde::Deserialize;
use watchroom_domain::{Command, IncidentId};

/// The list.
///
/// # Errors
/// When the page cannot be rendered.
pub async fn list(web: Shared, visitor: Visitor, pairs: Pairs) -> Answer {
    let asked = Asked::of(&fill::ALERTS, &pairs);
    let list = web.views.ask(|models| fill::alert_list(models, &visitor, &asked));
    page(&web, &visitor, StatusCode::OK, Alerts { l: visitor.l, list })
}

/// One alert.
///
/// # Errors
/// When there is no such alert, or the log cannot be read.
pub async fn show(web: Shared, visitor: Visitor, id: web::Path<IncidentId>) -> Answer {
    let incident = *id;
    let fired =
        web.views.ask(|m| m.history.incident(incident).map(|r| r.fired_pos)).ok_or(WebError::NotFound)?;
    let (stream, told) = web.archive.incident(incident, fired, "email").await?;
    let body = web.views.ask(|models| {
        let record = models.history.incident(incident)?;
        Some(fill::alert_page(models, &visitor, record, &stream, &told))
    });
    page(&web, &visitor, StatusCode::OK, body.ok_or(WebError::NotFound)?)
}

/// For how long an alert is put off, and where to return to.
#[derive(Deserialize)]
#[serde(default)]
#[derive(Default)]
pub struct PutOff {
    span: String,
    until: String,
    back: String,
}

/// Puts an alert off: it is told again at that time if it still fires.
///
/// # Errors
/// When the time cannot be read, or nothing was recorded.
pub async fn snooze(
    web: Shared,
    visitor: Visitor,
    id: web::Path<IncidentId>,
    put_off: web::Form<PutOff>,
) -> Answer {
    let until_us = until(&web, &visitor, &put_off.span, &put_off.until).ok_or_else(bad_until)?;
    let command = Command::Snooze { incident: *id, until_us };
    // One that is over needs nobody: the page that is returned to says so.
    let said = refused(web.submit(&visitor, command).await)?;
    Ok(see(local_path(&put_off.back), said.is_ok().then_some("notice-snoozed")))
}

/// Where to return to.
#[derive(Deserialize)]
pub struct Back {
    #[serde(default)]
    back: String,
}

/// Somebody takes care of it.
///
/// # Errors
/// When nothing was recorded.
pub async fn acknowledge(
    web: Shared,
    visitor: Visitor,
    id: web::Path<IncidentId>,
    back: web::Form<Back>,
) -> Answer {
    // One that is over needs nobody: the page that is returned to says so.
    let said = refused(web.submit(&visitor, Command::Acknowledge { incident: *id }).await)?;
    Ok(see(local_path(&back.back), said.is_ok().then_some("notice-acknowledged")))
}
