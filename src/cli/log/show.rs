//! One event as a line: for people, or as JSON for programs.

use super::{Ended, Form};
use crate::event_log::EventLog;
use jiff::Timestamp;
use serde_json::{Map, Value, json};
use std::collections::HashMap;
use std::io::Write;
use watchroom_domain::{Event, RecordedEvent, SeriesDef, SeriesId, Telemetry};

/// Fields of events about somebody that tell nothing personal. Everything else in them is hidden, so
/// that a field that is added later is hidden until somebody thinks about it.
const NOT_PERSONAL: &[&str] = &[
    "machine",
    "keeper",
    "person",
    "subject",
    "session",
    "subscription",
    "channel",
    "role",
    "at_least",
    "scope",
    "expires_us",
];
/// Never shown: it could be guessed at for ever, or opens something.
const SECRET: &[&str] = &["password_phc", "secret", "recovery_sha256", "shown"];

pub(super) struct Show {
    form: Form,
    series: HashMap<SeriesId, SeriesDef>,
}

impl Show {
    pub(super) fn new(form: Form) -> Self {
        Self { form, series: HashMap::new() }
    }

    pub(super) async fn event(
        &mut self,
        log: &EventLog,
        event: &RecordedEvent,
        out: &mut (dyn Write + Send),
    ) -> Result<(), Ended> {
        if let Event::Telemetry(frame) = &event.event {
            self.learn(log, frame).await?;
        }
        let body = self.body(&event.event);
        if self.form.json {
            let line = json!({
                "pos": event.pos,
                "id": event.id,
                "ts_us": event.ts_us,
                "time": time(event.ts_us),
                "stream": event.stream,
                "version": event.version,
                "kind": event.event.kind().kind,
                "event": event.event.name(),
                "meta": event.meta,
                "body": body,
            });
            writeln!(out, "{}", in_json(&line.to_string()))?;
        } else {
            let version = event.version.map_or_else(|| "-".to_owned(), |v| v.to_string());
            let (time, name) = (time(event.ts_us), event.event.name());
            let text = self.text(&event.event, &body);
            writeln!(out, "{} {time} {} {version} {name} {text}", event.pos, printable(&event.stream))?;
        }
        Ok(())
    }

    async fn learn(&mut self, log: &EventLog, frame: &Telemetry) -> Result<(), Ended> {
        if frame.samples.iter().any(|s| !self.series.contains_key(&s.series)) {
            self.series = log.series().await?.into_iter().map(|def| (def.series, def)).collect();
        }
        Ok(())
    }

    fn body(&self, event: &Event) -> Value {
        match event {
            Event::Telemetry(frame) => {
                let samples: Vec<Value> = frame
                    .samples
                    .iter()
                    .map(|s| {
                        let key = self.series.get(&s.series).map(|def| &def.key);
                        json!({
                            "series": s.series,
                            "metric": key.map(|k| &k.metric),
                            "labels": key.map(|k| &k.labels),
                            "observed_us": s.observed_us,
                            "value": s.value,
                        })
                    })
                    .collect();
                json!({"machine": frame.machine, "samples": samples})
            }
            Event::Forgotten { subject, .. } => json!({"forgotten": subject}),
            Event::Unknown { version, .. } => json!({"unknown_version": version}),
            other => {
                let body = other.to_json().and_then(|bytes| serde_json::from_slice(&bytes).ok());
                let mut body: Map<String, Value> = body.unwrap_or_default();
                if let Some(subject) = other.subject() {
                    for (field, value) in &mut body {
                        if SECRET.contains(&field.as_str())
                            || !(self.form.reveal || NOT_PERSONAL.contains(&field.as_str()))
                        {
                            *value = Value::String(format!("«subject {subject}»"));
                        }
                    }
                }
                Value::Object(body)
            }
        }
    }

    fn text(&self, event: &Event, body: &Value) -> String {
        let Event::Telemetry(frame) = event else { return printable(&body.to_string()) };
        let values = frame.samples.iter().map(|s| match self.series.get(&s.series) {
            Some(def) if def.key.labels.is_empty() => format!("{}={}", def.key.metric, s.value),
            Some(def) => {
                let labels: Vec<_> = def.key.labels.iter().map(|(k, v)| format!("{k}={v}")).collect();
                format!("{}{{{}}}={}", def.key.metric, labels.join(","), s.value)
            }
            None => format!("#{}={}", s.series, s.value),
        });
        printable(&values.collect::<Vec<_>>().join(" "))
    }
}

fn time(ts_us: i64) -> String {
    Timestamp::from_microsecond(ts_us).map_or_else(|_| format!("{ts_us}us"), |t| format!("{t:.6}"))
}

/// Whether a terminal would obey it, or show the rest of the line in another order.
fn obeyed(c: char) -> bool {
    c.is_control() || matches!(c, '\u{200e}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// JSON of the same meaning without such characters: they stand in texts only, where they may be escaped.
fn in_json(line: &str) -> String {
    if !line.contains(obeyed) {
        return line.to_owned();
    }
    let escaped = |c: char| if obeyed(c) { format!("\\u{:04x}", u32::from(c)) } else { c.to_string() };
    line.chars().map(escaped).collect()
}

/// Without anything that a terminal would obey: some of it comes from agents.
fn printable(text: &str) -> String {
    if !text.contains(obeyed) {
        return text.to_owned();
    }
    text.chars().map(|c| if obeyed(c) { c.escape_unicode().to_string() } else { c.to_string() }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_would_obey_is_spelt_out() {
        assert_eq!(printable("a\u{1b}[2J\u{9b}b\u{202e}ü"), "a\\u{1b}[2J\\u{9b}b\\u{202e}ü");
    }

    #[test]
    fn json_means_the_same_without_what_a_terminal_would_obey() {
        let text = "a\u{1b}[2J\u{9b}b\u{202e}ü\u{85}";
        let line = in_json(&json!({ "name": text }).to_string());
        assert!(!line.contains(obeyed), "{line}");
        assert_eq!(serde_json::from_str::<Value>(&line).unwrap()["name"], text);
    }

    #[test]
    fn times_are_utc_to_the_microsecond() {
        assert_eq!(time(1_790_000_000_000_001), "2026-09-21T14:13:20.000001Z");
    }
}
