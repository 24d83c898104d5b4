//! One event of the log as it was recorded.

use super::acts::act;
use crate::views::Models;
use crate::web::context::Visitor;
use crate::web::hidden::is_hidden;
use crate::web::view::LogEvent;
use serde_json::{Value, json};
use watchroom_domain::{Event, RecordedEvent};

/// Samples of one frame that are shown.
const SAMPLES: usize = 2_000;

/// One event with everything that it says.
pub fn log_event(models: &Models, visitor: &Visitor, event: &RecordedEvent) -> LogEvent {
    let forgotten = matches!(event.event, Event::Forgotten { .. });
    let subject = match &event.event {
        Event::Forgotten { subject, .. } => Some(*subject),
        other => other.subject(),
    };
    LogEvent {
        l: visitor.l,
        act: act(models, visitor, event),
        id: event.id.to_string(),
        kind_version: event.event.kind().version,
        version: event.version,
        meta: pretty(&json!(event.meta)),
        body: if forgotten { String::new() } else { pretty(&body(models, visitor, &event.event)) },
        subject: subject.map(|s| s.to_string()).unwrap_or_default(),
        forgotten,
        turn: (
            (event.pos > 1).then(|| event.pos - 1),
            (event.pos < models.state.position).then(|| event.pos + 1),
        ),
        cause: event.meta.causation,
    }
}

fn body(models: &Models, visitor: &Visitor, event: &Event) -> Value {
    match event {
        Event::Telemetry(frame) => {
            let samples = frame.samples.iter().take(SAMPLES).map(|s| {
                let key = models.state.series.get(&s.series).map(|def| &def.key);
                json!({
                    "series": s.series,
                    "metric": key.map(|k| &k.metric),
                    "labels": key.map(|k| &k.labels),
                    "observed_us": s.observed_us,
                    "value": s.value,
                })
            });
            json!({"machine": frame.machine, "samples": samples.collect::<Vec<_>>()})
        }
        Event::Unknown { version, .. } => json!({"unknown_version": version}),
        other => {
            let read = other.to_json().and_then(|bytes| serde_json::from_slice(&bytes).ok());
            let mut body: Value = read.unwrap_or_default();
            hide(&mut body, &visitor.l.t("log-hidden"));
            body
        }
    }
}

fn hide(value: &mut Value, hidden: &str) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                if is_hidden(name) {
                    *value = Value::String(hidden.to_owned());
                } else {
                    hide(value, hidden);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| hide(item, hidden)),
        _ => {}
    }
}

/// JSON for people, without anything that would turn the direction of what is read.
fn pretty(value: &Value) -> String {
    let text = serde_json::to_string_pretty(value).unwrap_or_default();
    let turns =
        |c: char| matches!(c, '\u{200e}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    if !text.contains(turns) {
        return text;
    }
    text.chars().map(|c| if turns(c) { format!("\\u{:04x}", u32::from(c)) } else { c.to_string() }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_hidden_wherever_they_stand() {
        let mut body =
            json!({"login": "ada", "password_phc": "$argon2id$x", "deep": [{"secret_sha256": "5"}]});
        hide(&mut body, "hidden");
        let expected =
            json!({"login": "ada", "password_phc": "hidden", "deep": [{"secret_sha256": "hidden"}]});
        assert_eq!(body, expected);
    }

    #[test]
    fn nothing_turns_the_direction_of_what_is_read() {
        assert_eq!(pretty(&json!("a\u{202e}b<")), "\"a\\u202eb<\"");
    }
}
