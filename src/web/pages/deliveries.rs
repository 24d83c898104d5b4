//! Deliveries: every one with its attempts, narrowed by the address; dead letters sent again.

use crate::web::answer::{Answer, WebError, page, refused, see};
use crate::web::context::Visitor;
use crate::web::view::{Choice, Deliveries, DeliveryPage, Filter, Sent};
use crate::web::{Shared, fill};
use actix_web::http::StatusCode;
use actix_web::web;
use serde::Deserialize;
use watchroom_domain::{Action, Command, Delivery, DeliveryId, DeliveryStatus, Event, Position};

/// Deliveries on one page.
const PAGE: usize = 50;
/// States to choose from.
const STATES: [(&str, DeliveryStatus); 5] = [
    ("accepted", DeliveryStatus::Accepted),
    ("waiting", DeliveryStatus::Waiting),
    ("dead", DeliveryStatus::Dead),
    ("digested", DeliveryStatus::Digested),
    ("superseded", DeliveryStatus::Superseded),
];

/// What the address narrows it to.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Query {
    channel: String,
    state: String,
    to: String,
    incident: String,
    page: String,
}

impl Query {
    fn filter(&self) -> Filter {
        let short = |text: &str| text.trim().chars().take(64).collect::<String>();
        Filter {
            channel: short(&self.channel),
            state: short(&self.state),
            to: short(&self.to),
            incident: short(&self.incident),
            page: self.page.parse().unwrap_or(1).clamp(1, 10_000),
        }
    }
}

/// The address of a page of the list.
fn address(filter: &Filter, page: usize) -> String {
    let mut address = format!("/deliveries?page={page}");
    for (key, value) in [
        ("channel", &filter.channel),
        ("state", &filter.state),
        ("to", &filter.to),
        ("incident", &filter.incident),
    ] {
        if !value.is_empty() {
            address.push('&');
            address.push_str(key);
            address.push('=');
            for byte in value.bytes() {
                match byte {
                    b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => address.push(byte.into()),
                    _ => address.push_str(&format!("%{byte:02X}")),
                }
            }
        }
    }
    address
}

/// The list.
///
/// # Errors
/// When it cannot be rendered.
pub async fn list(web: Shared, visitor: Visitor, query: web::Query<Query>) -> Answer {
    let filter = query.filter();
    let choice = |value: &str, text: String| Choice { value: value.to_owned(), text };
    let l = visitor.l;
    let channels = web.channels.iter().map(|d| choice(d.name, l.t(&format!("channel-{}", d.name))));
    let channels: Vec<_> = channels.collect();
    let body = web.views.ask(|models| {
        let fits = |d: &&Delivery| {
            let status = STATES.iter().find(|(word, _)| *word == filter.state).map(|(_, status)| *status);
            (filter.channel.is_empty() || d.channel == filter.channel)
                && status.is_none_or(|status| d.status == status)
                && (filter.incident.is_empty()
                    || d.incident.is_some_and(|i| i.to_string() == filter.incident))
        };
        let to = filter.to.to_lowercase();
        let named = |row: &Sent| to.is_empty() || row.to.to_lowercase().contains(&to);
        let found = models.state.deliveries.values().rev().filter(fits);
        let skipped = (filter.page - 1) * PAGE;
        // Names are looked up only where they are asked for or shown.
        let (count, rows): (usize, Vec<Sent>) = if to.is_empty() {
            let shown = found.clone().skip(skipped).take(PAGE);
            (found.count(), shown.map(|d| fill::sent(models, &visitor, d)).collect())
        } else {
            let all: Vec<_> = found.map(|d| fill::sent(models, &visitor, d)).filter(named).collect();
            (all.len(), all.into_iter().skip(skipped).take(PAGE).collect())
        };
        let before = (filter.page > 1).then(|| address(&filter, filter.page - 1));
        let next = (skipped + PAGE < count).then(|| address(&filter, filter.page + 1));
        Deliveries {
            l,
            channels,
            states: STATES.iter().map(|(word, _)| choice(word, l.t(&format!("state-{word}")))).collect(),
            rows,
            count,
            turn: (before, next),
            may_edit: visitor.may(Action::ManageChannels),
            filter: filter.clone(),
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
