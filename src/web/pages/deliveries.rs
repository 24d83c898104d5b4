//! Deliveries: every one with its attempts, narrowed by the address; dead letters sent again.

use crate::web::answer::{Answer, WebError, page, refused, see};
use crate::web::context::Visitor;
use crate::web::list::{Asked, Dir, Pairs, Spec};
use crate::web::view::{Choice, Deliveries, DeliveryPage};
use crate::web::{Shared, fill};
use actix_web::http::StatusCode;
use actix_web::web;
use std::cmp::Ordering;
use watchroom_domain::{Action, Command, Delivery, DeliveryId, DeliveryStatus, Event, Position};

/// States to choose from.
const STATES: [(&str, DeliveryStatus); 5] = [
    ("accepted", DeliveryStatus::Accepted),
    ("waiting", DeliveryStatus::Waiting),
    ("dead", DeliveryStatus::Dead),
    ("digested", DeliveryStatus::Digested),
    ("superseded", DeliveryStatus::Superseded),
];

/// What the list can be asked for.
const DELIVERIES: Spec = Spec {
    path: "/deliveries",
    filters: &["channel", "state", "to", "incident"],
    words: &[("state", &["accepted", "waiting", "dead", "digested", "superseded"])],
    sorts: &[("when", Dir::Down), ("tries", Dir::Down), ("took", Dir::Down), ("channel", Dir::Up)],
};

/// Whether a delivery is among those that are asked for; by whom it was got is looked at later.
fn fits(asked: &Asked, delivery: &Delivery) -> bool {
    let status = STATES.iter().find(|(word, _)| *word == asked.filter("state")).map(|(_, status)| *status);
    let incident = asked.filter("incident");
    (asked.filter("channel").is_empty() || delivery.channel == asked.filter("channel"))
        && status.is_none_or(|status| delivery.status == status)
        && (incident.is_empty() || delivery.incident.is_some_and(|i| i.to_string() == incident))
}

fn order(asked: &Asked, a: &Delivery, b: &Delivery) -> Ordering {
    let order = match asked.sort() {
        "tries" => a.attempts.cmp(&b.attempts),
        "took" => a.took_us.cmp(&b.took_us),
        "channel" => a.channel.cmp(&b.channel),
        _ => (a.cause, a.at_us).cmp(&(b.cause, b.at_us)),
    };
    asked.directed(order).then_with(|| b.cause.cmp(&a.cause))
}

/// The list.
///
/// # Errors
/// When it cannot be rendered.
pub async fn list(web: Shared, visitor: Visitor, pairs: Pairs) -> Answer {
    let asked = Asked::of(&DELIVERIES, &pairs);
    let choice = |value: &str, text: String| Choice { value: value.to_owned(), text };
    let l = visitor.l;
    let channels = web.channels.iter().map(|d| choice(d.name, l.t(&format!("channel-{}", d.name))));
    let channels: Vec<_> = channels.collect();
    let body = web.views.ask(|models| {
        let to = asked.filter("to").to_lowercase();
        let mut found: Vec<_> = models.state.deliveries.values().filter(|d| fits(&asked, d)).collect();
        // Names are looked up only where they are asked for or shown.
        found.retain(|d| to.is_empty() || fill::sent(models, &visitor, d).to.to_lowercase().contains(&to));
        found.sort_by(|a, b| order(&asked, a, b));
        let count = found.len();
        let (shown, turn) = asked.cut(found);
        let columns = [
            ("column-channel", "channel"),
            ("column-tries", "tries"),
            ("column-took", "took"),
            ("column-when", "when"),
        ];
        Deliveries {
            l,
            channels,
            states: STATES.iter().map(|(word, _)| choice(word, l.t(&format!("state-{word}")))).collect(),
            rows: shown.into_iter().map(|d| fill::sent(models, &visitor, d)).collect(),
            listed: asked.listed(&l, &columns, turn, count),
            may_edit: visitor.may(Action::ManageChannels),
        }
    });
    page(&web, &visitor, StatusCode::OK, body)
}

/// One delivery with every attempt and its answer.
///
/// # Errors
/// When there is no such delivery, or the log cannot be read.
pub async fn show(web: Shared, visitor: Visitor, which: web::Path<(Position, DeliveryId)>) -> Answer {
    let (cause, delivery) = which.into_inner();
    let found =
        web.views.with(|s| s.deliveries.get(&(cause, delivery)).cloned()).ok_or(WebError::NotFound)?;
    let told = web.archive.attempts(&found.channel, cause, (delivery, found.attempts)).await?;
    let body = web.views.ask(|models| {
        let attempts = told.attempts.iter().filter_map(|event| {
            let Event::DeliveryAttempted(e) = &event.event else { return None };
            let as_it_was = Delivery {
                attempts: e.attempt,
                status: e.outcome.status(),
                answer: e.answer.clone(),
                at_us: event.ts_us,
                took_us: e.took_us,
                ..found.clone()
            };
            Some(fill::sent(models, &visitor, &as_it_was))
        });
        let may_edit = visitor.may(Action::ManageChannels);
        let sent = fill::sent(models, &visitor, &found);
        DeliveryPage { l: visitor.l, attempts: attempts.collect(), cut: told.cut, sent, may_edit }
    });
    page(&web, &visitor, StatusCode::OK, body)
}

/// Sends a dead letter again.
///
/// # Errors
/// When there is no such delivery, or nothing was recorded.
pub async fn again(web: Shared, visitor: Visitor, which: web::Path<(Position, DeliveryId)>) -> Answer {
    let (cause, delivery) = which.into_inner();
    let asked = web.submit(&visitor, Command::ReviveDelivery { delivery, cause }).await;
    let said = refused(asked)?.is_ok().then_some("delivery-is-waiting");
    Ok(see(&format!("/deliveries/{cause}/{delivery}"), said))
}
