//! The log itself: its events, newest first, and one of them as it was recorded.

use crate::views::{Found, Sought, Who};
use crate::web::answer::{Answer, WebError, page};
use crate::web::context::Visitor;
use crate::web::format::Locale;
use crate::web::list::Pairs;
use crate::web::view::{Choice, Errors, Further, JournalFilter, Log};
use crate::web::{Shared, fill};
use actix_web::http::StatusCode;
use actix_web::web;
use jiff::civil::DateTime;
use std::collections::HashMap;
use watchroom_domain::{Event, Micros, Position, State};

/// Events or acts of one page.
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

/// What is sought; kinds are left to the page, which says nothing of them where it does not know the word.
///
/// # Errors
/// What cannot be read, field by field: nothing is sought then, for it would be everything.
pub(super) fn sought(
    web: &Shared,
    l: &Locale,
    filter: &JournalFilter,
    kinds: Option<Vec<u16>>,
    else_who: Who,
) -> Result<Sought, Errors> {
    let (person, from, to) = (&filter.person, &filter.from, &filter.to);
    let who = if person.is_empty() { Some(else_who) } else { person.parse().ok().map(Who::Person) };
    let (from_us, to_us) = (time(web, from), time(web, to));
    let wrong = [
        ("person", who.is_none()),
        ("kind", kinds.is_none()),
        ("from", from_us.is_none() && !from.is_empty()),
        ("to", to_us.is_none() && !to.is_empty()),
    ];
    let message = |field| (String::from(field), l.t(&format!("log-wrong-{field}")));
    let errors: Vec<_> = wrong.into_iter().filter(|(_, is)| *is).map(|(field, _)| message(field)).collect();
    let stream = Some(filter.stream.clone()).filter(|stream| !stream.is_empty());
    match (who, kinds) {
        (Some(who), Some(kinds)) if errors.is_empty() => {
            Ok(Sought { stream, telemetry: filter.telemetry, kinds, who, from_us, to_us })
        }
        _ => Err(Errors(errors)),
    }
}

/// What is found; nothing where the filter cannot be read, and what is wrong with it.
pub(super) async fn browse(
    web: &Shared,
    sought: Result<Sought, Errors>,
    before: Position,
) -> Result<(Found, Errors), WebError> {
    match sought {
        Ok(sought) => Ok((web.archive.browse(sought, before, PAGE).await?, Errors::default())),
        Err(wrong) => Ok((Found::default(), wrong)),
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
    let kinds = match filter.kind.as_str() {
        "" => Some(Vec::new()),
        kind => kind.parse().ok().filter(known).map(|kind| vec![kind]),
    };
    let before = before(&pairs);
    let readings = kinds.as_ref().is_some_and(|kinds| kinds.contains(&watchroom_domain::TELEMETRY.kind));
    let sought = sought(&web, &visitor.l, &filter, kinds, Who::Anybody);
    let sought = sought.map(|sought| Sought { telemetry: filter.telemetry || readings, ..sought });
    let (found, wrong) = browse(&web, sought, before).await?;
    let body = web.views.ask(|models| Log {
        l: visitor.l,
        people: people(&models.state),
        kinds: fill::kind_choices(&visitor),
        rows: found.events.iter().map(|event| fill::act(models, &visitor, event)).collect(),
        further: further("/log", &filter, before, (found.next, found.reached_us)),
        here: address("/log", &filter, Some(before).filter(|before| *before > 0)),
        switch: address("/log", &JournalFilter { follow: !filter.follow, ..filter.clone() }, None),
        head: models.state.position,
        wrong,
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
