//! The log itself: its events, newest first, and one of them as it was recorded.

use crate::views::{Sought, Who};
use crate::web::answer::{Answer, WebError, page};
use crate::web::context::Visitor;
use crate::web::list::Pairs;
use crate::web::view::{Choice, Further, JournalFilter, Log};
use crate::web::{Shared, fill};
use actix_web::http::StatusCode;
use actix_web::web;
use jiff::civil::DateTime;
use std::collections::HashMap;
use watchroom_domain::{Event, Micros, Position, State};

/// Events of one page.
const PAGE: usize = 50;
/// Characters of a filter that count.
const LONGEST: usize = 200;
/// People to choose from.
const PEOPLE: usize = 1_000;

/// What the address narrows it to.
pub(super) fn filter(pairs: &HashMap<String, String>) -> JournalFilter {
    let said = |name: &str| -> String {
        pairs.get(name).map(|value| value.trim().chars().take(LONGEST).collect()).unwrap_or_default()
    };
    JournalFilter {
        person: said("person"),
        kind: said("kind"),
        stream: said("stream"),
        from: said("from"),
        to: said("to"),
        telemetry: !said("telemetry").is_empty(),
        follow: !said("follow").is_empty(),
    }
}

/// An address with what it is narrowed to, from a position on.
pub(super) fn address(path: &str, filter: &JournalFilter, before: Option<Position>) -> String {
    let mut pairs = url::form_urlencoded::Serializer::new(String::new());
    let texts = [
        ("person", filter.person.as_str()),
        ("kind", &filter.kind),
        ("stream", &filter.stream),
        ("from", &filter.from),
        ("to", &filter.to),
        ("telemetry", if filter.telemetry { "on" } else { "" }),
        ("follow", if filter.follow { "on" } else { "" }),
    ];
    pairs.extend_pairs(texts.into_iter().filter(|(_, value)| !value.is_empty()));
    if let Some(before) = before {
        pairs.append_pair("before", &before.to_string());
    }
    let query = pairs.finish();
    if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
}

/// A time of the hub's zone, as a browser writes it.
fn time(web: &Shared, text: &str) -> Option<Micros> {
    let at: DateTime = text.parse().ok()?;
    web.zone.to_timestamp(at).ok().map(|at| at.as_microsecond())
}

/// What is sought; kinds are left to the page.
pub(super) fn sought(web: &Shared, filter: &JournalFilter, kinds: Vec<u16>, else_who: Who) -> Sought {
    Sought {
        stream: Some(filter.stream.clone()).filter(|stream| !stream.is_empty()),
        telemetry: filter.telemetry,
        kinds,
        who: filter.person.parse().map_or(else_who, Who::Person),
        from_us: time(web, &filter.from),
        to_us: time(web, &filter.to),
    }
}

/// From which position on.
pub(super) fn before(pairs: &HashMap<String, String>) -> Position {
    pairs.get("before").and_then(|text| text.parse().ok()).unwrap_or(0)
}

/// Where else to look.
pub(super) fn further(
    path: &str,
    filter: &JournalFilter,
    before: Position,
    found: (Option<Position>, Option<Micros>),
) -> Further {
    let older = found.0.map(|next| {
        let still = JournalFilter { follow: false, ..filter.clone() };
        address(path, &still, Some(next))
    });
    Further {
        newest: (before > 0).then(|| address(path, filter, None)),
        reached_us: found.1.filter(|_| older.is_some()),
        older,
    }
}

/// People to choose from.
pub(super) fn people(state: &State) -> Vec<Choice> {
    let mut choices: Vec<_> = state
        .people
        .values()
        .map(|p| Choice { value: p.person.to_string(), text: format!("{} ({})", p.display_name, p.login) })
        .collect();
    choices.sort_by_key(|c| c.text.to_lowercase());
    choices.truncate(PEOPLE);
    choices
}

/// The events, newest first.
///
/// # Errors
/// When the log cannot be read or the page cannot be rendered.
pub async fn list(web: Shared, visitor: Visitor, pairs: Pairs) -> Answer {
    let filter = filter(&pairs);
    let known = |kind: &u16| Event::KINDS.iter().any(|(number, _)| number == kind);
    let kinds: Vec<u16> = filter.kind.parse().ok().filter(known).into_iter().collect();
    let before = before(&pairs);
    let telemetry = filter.telemetry || kinds.contains(&watchroom_domain::TELEMETRY.kind);
    let sought = Sought { telemetry, ..sought(&web, &filter, kinds, Who::Anybody) };
    let found = web.archive.browse(sought, before, PAGE).await?;
    let body = web.views.ask(|models| Log {
        l: visitor.l,
        people: people(&models.state),
        kinds: fill::kind_choices(&visitor),
        rows: found.events.iter().map(|event| fill::act(models, &visitor, event)).collect(),
        further: further("/log", &filter, before, (found.next, found.reached_us)),
        here: address("/log", &filter, Some(before).filter(|before| *before > 0)),
        switch: address("/log", &JournalFilter { follow: !filter.follow, ..filter.clone() }, None),
        head: models.state.position,
        filter,
    });
    page(&web, &visitor, StatusCode::OK, body)
}

/// One event as it was recorded.
///
/// # Errors
/// When there is no event at this position, or the log cannot be read.
pub async fn show(web: Shared, visitor: Visitor, pos: web::Path<Position>) -> Answer {
    let event = web.archive.event(*pos).await?.ok_or(WebError::NotFound)?;
    let body = web.views.ask(|models| fill::log_event(models, &visitor, &event));
    page(&web, &visitor, StatusCode::OK, body)
}
