//! The log itself: who did what, when and from where.

use super::asked::one;
use super::error::{ApiError, Reply};
use super::paging::{Listing, Page};
use super::table::{Gives, LOG, Operation, get, query, shape};
use super::types::Time;
use crate::views::{Found, Sought, Who};
use crate::web::Shared;
use crate::web::hidden::is_hidden;
use actix_web::http::StatusCode;
use actix_web::web;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use watchroom_domain as domain;
use watchroom_domain::{Position, RecordedEvent, SubjectId};

/// The operations.
pub const OPERATIONS: &[Operation] = &[
    get(("/api/v1/events", LOG), ("list_events", "Read the log"), Gives::List(shape::<Event>), || {
        web::to(list)
    })
    .filters(query::<EventFilter>)
    .says(
        "The newest first. A page may be short, even empty, and more follow all the same: go on as long as \
             there is a cursor. Telemetry is not among them; read a machine's series.",
    ),
    get(
        ("/api/v1/events/{position}", LOG),
        ("get_event", "Read an event"),
        Gives::One(shape::<Event>),
        || web::to(show),
    ),
];

/// Who made something happen.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case", tag = "who")]
enum By {
    /// The hub itself.
    Hub,
    /// Somebody who had not shown who it is.
    Stranger,
    /// A machine's agent.
    Agent {
        /// The machine.
        machine: Uuid,
    },
    /// A person.
    Person {
        /// Who.
        person: Uuid,
    },
}

/// By what a person asked.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case", tag = "by")]
enum Via {
    /// A signed-in browser.
    Session {
        /// Which.
        session: Uuid,
    },
    /// An API token.
    Token {
        /// Which.
        token: Uuid,
    },
}

/// Something that happened.
#[derive(Debug, Serialize, ToSchema)]
struct Event {
    /// Where in the log, from 1, without gaps.
    #[schema(value_type = u64)]
    position: Position,
    /// Its identifier.
    id: Uuid,
    /// Name of its stream.
    #[schema(example = "machine/0196a0c4-0000-7000-8000-000000000001")]
    stream: String,
    /// Version within the stream, from 1.
    version: Option<u64>,
    /// What happened, as docs/events.md names it.
    #[schema(example = "MachineRegistered")]
    kind: &'static str,
    /// The kind's number.
    number: u16,
    /// When, by the hub's clock.
    recorded_at: Time,
    /// Who made it happen.
    by: By,
    /// By which session or token, for what people did.
    via: Option<Via>,
    /// The event that it follows from.
    #[schema(value_type = Option<u64>)]
    caused_by: Option<Position>,
    /// The rest, which differs from kind to kind; null where it was forgotten or is telemetry. Without secrets.
    #[schema(value_type = Object, nullable)]
    body: Value,
}

impl From<&RecordedEvent> for Event {
    fn from(event: &RecordedEvent) -> Self {
        let body = event.event.to_json().and_then(|text| serde_json::from_slice(&text).ok());
        Self {
            position: event.pos,
            id: event.id.0,
            stream: event.stream.clone(),
            version: event.version,
            kind: event.event.name(),
            number: event.event.kind().kind,
            recorded_at: Time(event.ts_us),
            by: match event.meta.by {
                domain::By::Hub => By::Hub,
                domain::By::Stranger => By::Stranger,
                domain::By::Agent(machine) => By::Agent { machine: machine.0 },
                domain::By::Person(person) => By::Person { person: person.0 },
            },
            via: event.meta.via.map(|via| match via {
                domain::Via::Session(session) => Via::Session { session: session.0 },
                domain::Via::Token(token) => Via::Token { token: token.0 },
            }),
            caused_by: event.meta.causation,
            body: body.map(without_secrets).unwrap_or_default(),
        }
    }
}

fn without_secrets(body: Value) -> Value {
    match body {
        Value::Object(fields) => {
            let told = fields.into_iter().filter(|(name, _)| !is_hidden(name));
            Value::Object(told.map(|(name, value)| (name, without_secrets(value))).collect())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(without_secrets).collect()),
        other => other,
    }
}

/// What the log is narrowed to.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct EventFilter {
    /// Only events of this stream.
    #[param(example = "hub")]
    stream: Option<String>,
    /// Only events of this kind.
    #[param(example = "MachineRegistered")]
    kind: Option<String>,
    /// Only what this person made happen.
    person: Option<Uuid>,
    /// Only events from this time on.
    #[param(value_type = Option<String>, format = DateTime)]
    from: Option<Time>,
    /// Only events before this time.
    #[param(value_type = Option<String>, format = DateTime)]
    to: Option<Time>,
}

async fn list(web: Shared, ask: Listing<EventFilter>) -> Reply {
    let EventFilter { stream, kind, person, from, to } = ask.filter;
    if stream.as_ref().is_some_and(|stream| stream.starts_with("telemetry/")) {
        let detail = "Telemetry is read as a machine's series.";
        return Err(ApiError::field(StatusCode::UNPROCESSABLE_ENTITY, "bad_parameter", "stream", detail));
    }
    let kinds = match kind {
        Some(name) => vec![number_of(&name)?],
        None => Vec::new(),
    };
    let sought = Sought {
        stream,
        telemetry: false,
        kinds,
        who: person.map_or(Who::Anybody, |person| Who::Person(SubjectId(person))),
        from_us: from.map(|time| time.0),
        to_us: to.map(|time| time.0),
    };
    let before = ask.paging.behind::<Position>()?.unwrap_or(0);
    let Found { events, next, .. } = web.archive.browse(sought, before, ask.paging.limit).await?;
    let items = events.iter().map(|event| Event::from(event.as_ref())).collect();
    ask.paging.answer(&Page { items, next: next.map(|next| ask.paging.cursor(&next)) })
}

/// The number of a kind's name.
fn number_of(name: &str) -> Result<u16, ApiError> {
    let found = domain::Event::KINDS.iter().find(|(_, known)| *known == name);
    found.map(|(number, _)| *number).ok_or_else(|| {
        let detail = "There is no such kind of event; docs/events.md has them.";
        ApiError::field(StatusCode::UNPROCESSABLE_ENTITY, "bad_parameter", "kind", detail)
    })
}

async fn show(web: Shared, position: web::Path<Position>) -> Reply {
    let found = web.archive.event(*position).await?;
    one(&found.as_deref().map(Event::from).ok_or_else(|| ApiError::not_found("event"))?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_opens_an_account_is_told_to_nobody() {
        let body = json!({"person": "p", "password_phc": "x", "in": [{"token_sha256": "y", "kept": 1}],
            "secret": "a second step's", "recovery_sha256": ["z"], "jpeg": "a face"});
        assert_eq!(without_secrets(body), json!({"person": "p", "in": [{"kept": 1}]}));
    }
}
