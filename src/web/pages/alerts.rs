//! Alerts: the list, one with its whole life, and acknowledging.

use super::silences::{bad_until, until};
use crate::web::answer::{Answer, WebError, errors_of, hand_in, local_path, page, see};
use crate::web::context::Visitor;
use crate::web::list::{Asked, Pairs};
use crate::web::view::{Alerts, SnoozeForm};
use crate::web::{Shared, fill};
use actix_web::http::StatusCode;
use actix_web::web;
use serde::Deserialize;
use watchroom_domain::{Command, Delivery, IncidentId, Refusal};

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
    alert(&web, &visitor, *id, (StatusCode::OK, SnoozeForm::default())).await
}

async fn alert(
    web: &Shared,
    visitor: &Visitor,
    incident: IncidentId,
    (status, snooze): (StatusCode, SnoozeForm),
) -> Answer {
    let known = web.views.ask(|models| {
        let fired = models.history.incident(incident)?.fired_pos;
        let wanted = |channel: &'static str| {
            let of_it = |d: &&Delivery| d.incident == Some(incident) && d.channel == channel;
            let told = models.state.deliveries.values().filter(of_it);
            (channel, told.map(|d| (d.delivery, d.attempts)).collect())
        };
        let set_up = |name: &&'static str| models.state.channels.contains_key(*name);
        Some((fired, web.channels.iter().map(|d| d.name).filter(set_up).map(wanted).collect()))
    });
    let (fired, channels) = known.ok_or(WebError::NotFound)?;
    let (stream, told) = web.archive.incident(incident, fired, channels).await?;
    let body = web.views.ask(|models| {
        let record = models.history.incident(incident)?;
        let mut body = fill::alert_page(models, visitor, record, &stream, &told);
        body.card.snooze = snooze;
        Some(body)
    });
    page(web, visitor, status, body.ok_or(WebError::NotFound)?)
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
    let command = match until(&web, &visitor, &put_off.span, &put_off.until) {
        Some(until_us) => Ok(Command::Snooze { incident: *id, until_us }),
        None => Err(bad_until()),
    };
    match hand_in(&web, &visitor, command).await? {
        Ok(()) => Ok(see(local_path(&put_off.back), Some("notice-snoozed"))),
        Err(refusal) if needs_nobody(&refusal) => Ok(see(local_path(&put_off.back), None)),
        Err(refusal) => {
            let until = put_off.into_inner().until;
            let form = SnoozeForm { until, errors: errors_of(&visitor.l, &refusal) };
            alert(&web, &visitor, *id, (StatusCode::UNPROCESSABLE_ENTITY, form)).await
        }
    }
}

/// One that is over, or has not fired, needs nobody: the page that is returned to says so.
fn needs_nobody(refusal: &Refusal) -> bool {
    matches!(refusal.code, "not_open" | "not_firing")
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
    let said = hand_in(&web, &visitor, Ok(Command::Acknowledge { incident: *id })).await?;
    match said {
        Ok(()) => Ok(see(local_path(&back.back), Some("notice-acknowledged"))),
        Err(refusal) if needs_nobody(&refusal) => Ok(see(local_path(&back.back), None)),
        Err(_) => Err(WebError::Bad("refused")),
    }
}
