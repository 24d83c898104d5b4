//! Who did what, when, to what and from where; as a page, and as a file.

use super::journal::{address, before, browse, filter, further, people, sought};
use crate::views::{Models, Sought, Who};
use crate::web::answer::{Answer, WebError, page};
use crate::web::context::Visitor;
use crate::web::list::Pairs;
use crate::web::view::{Act, Audit, Errors, JournalFilter, Linked};
use crate::web::{Shared, fill};
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION};
use actix_web::web::Bytes;
use futures_util::{Stream, stream};
use serde_json::json;
use std::sync::Arc;
use watchroom_domain::{Action, Asker, By, Position, RecordedEvent, may};

/// Acts that a file is written of at a time.
const CHUNK: usize = 500;
/// Most acts in one file.
const MOST: usize = 100_000;

/// What is sought for this filter. What a machine's agent or the hub did stands in the log; here it is people,
/// unless the hub's own acts are asked for.
fn acts(web: &Shared, visitor: &Visitor, filter: &JournalFilter) -> Result<Sought, Errors> {
    let who = if filter.kind == "hub" { Who::Anybody } else { Who::People };
    let kinds = match filter.kind.as_str() {
        "" => Some(Vec::new()),
        word => Some(fill::kinds_of(word)).filter(|kinds| !kinds.is_empty()),
    };
    sought(web, &visitor.l, filter, kinds, who)
}

/// Who did what, newest first.
///
/// # Errors
/// When the log cannot be read or the page cannot be rendered.
pub async fn list(web: Shared, visitor: Visitor, pairs: Pairs) -> Answer {
    let filter = JournalFilter { telemetry: false, follow: false, ..filter(&pairs) };
    let before = before(&pairs);
    let (found, wrong) = browse(&web, acts(&web, &visitor, &filter), before).await?;
    let body = web.views.ask(|models| {
        let without = JournalFilter { stream: String::new(), ..filter.clone() };
        Audit {
            l: visitor.l,
            about: match filter.stream.as_str() {
                "" => Linked::default(),
                stream => fill::stream_name(models, &visitor, stream),
            },
            people: people(&models.state),
            kinds: fill::act_choices(&visitor),
            rows: found.events.iter().map(|event| fill::act(models, &visitor, event)).collect(),
            further: further("/audit", &filter, before, (found.next, found.reached_us)),
            query: address("", &filter, None),
            without: address("/audit", &without, None),
            wrong,
            filter,
        }
    });
    page(&web, &visitor, StatusCode::OK, body)
}

/// What a file is written in.
#[derive(Clone, Copy)]
enum Written {
    Csv,
    Lines,
}

impl Written {
    fn head(self, visitor: &Visitor) -> String {
        let l = visitor.l;
        let columns = ["audit-time", "audit-who", "audit-what", "audit-thing", "audit-detail", "audit-from"];
        match self {
            // The mark tells spreadsheets that it is UTF-8.
            Written::Csv => {
                let named = ["position".to_owned()].into_iter().chain(columns.map(|key| l.t(key)));
                let rest = ["event".to_owned(), "stream".to_owned(), "person".to_owned()];
                format!("\u{feff}{}", csv_line(named.chain(rest)))
            }
            Written::Lines => String::new(),
        }
    }

    fn line(self, visitor: &Visitor, act: &Act, event: &RecordedEvent) -> String {
        let person = match event.meta.by {
            By::Person(person) => person.to_string(),
            _ => String::new(),
        };
        let time = visitor.l.iso(act.at_us);
        match self {
            Written::Csv => csv_line(
                [
                    act.pos.to_string(),
                    time,
                    act.who.text.clone(),
                    act.what.clone(),
                    act.thing.text.clone(),
                    act.detail.clone(),
                    act.from.clone(),
                    act.name.clone(),
                    act.stream.clone(),
                    person,
                ]
                .into_iter(),
            ),
            Written::Lines => {
                let line = json!({
                    "position": act.pos,
                    "time": time,
                    "who": act.who.text,
                    "what": act.what,
                    "thing": act.thing.text,
                    "detail": act.detail,
                    "from": act.from,
                    "event": act.name,
                    "stream": act.stream,
                    "meta": event.meta,
                });
                format!("{line}\n")
            }
        }
    }
}

/// One line of CSV (RFC 4180). What a spreadsheet would take for a formula is made a text.
fn csv_line(cells: impl Iterator<Item = String>) -> String {
    let quoted = cells.map(|cell| {
        let formula = cell.trim_start_matches(' ').starts_with(['=', '+', '-', '@', '\t', '\r', '\n']);
        let guard = if formula { "'" } else { "" };
        format!("\"{guard}{}\"", cell.replace('"', "\"\""))
    });
    quoted.collect::<Vec<_>>().join(",") + "\r\n"
}

/// The same as a file: comma-separated values, or one JSON object a line.
///
/// # Errors
/// When the log cannot be read, or the file is to be of another kind. A filter that cannot be read is answered in
/// words: a file of everything would pass for what was asked for.
pub async fn export(web: Shared, visitor: Visitor, pairs: Pairs) -> Result<HttpResponse, WebError> {
    let (written, ending, kind) = match pairs.get("format").map(String::as_str) {
        Some("csv") => (Written::Csv, "csv", "text/csv; charset=utf-8"),
        Some("jsonl") => (Written::Lines, "jsonl", "application/jsonl; charset=utf-8"),
        _ => return Err(WebError::Bad("no such format")),
    };
    let filter = JournalFilter { telemetry: false, follow: false, ..filter(&pairs) };
    let sought = match acts(&web, &visitor, &filter) {
        Ok(sought) => sought,
        Err(wrong) => {
            let lines = wrong.0.iter().map(|(field, message)| format!("{field}: {message}\n"));
            let text = lines.collect::<String>();
            return Ok(HttpResponse::BadRequest().content_type("text/plain; charset=utf-8").body(text));
        }
    };
    let file = File { web, sought, visitor, written, before: 0, left: MOST, begun: false, ended: false };
    Ok(HttpResponse::Ok()
        .content_type(kind)
        .insert_header((CONTENT_DISPOSITION, format!("attachment; filename=\"watchroom-audit.{ending}\"")))
        .insert_header((CACHE_CONTROL, "no-store"))
        .streaming(file.stream()))
}

/// A file that is written while it is sent: no more of it is at hand than one chunk.
struct File {
    web: Shared,
    sought: Sought,
    visitor: Visitor,
    written: Written,
    before: Position,
    left: usize,
    begun: bool,
    ended: bool,
}

impl File {
    fn stream(self) -> impl Stream<Item = Result<Bytes, WebError>> {
        stream::try_unfold(self, |mut file| async move {
            if file.ended {
                return Ok(None);
            }
            let text = file.chunk().await?;
            Ok(Some((Bytes::from(text), file)))
        })
    }

    /// A file takes as long as its reader does; who may not read the log any more gets no more of it.
    fn still_may(&self) -> Result<(), WebError> {
        let (Asker { by, via, .. }, now_us) = (Asker::from(&self.visitor), self.web.clock.now_us());
        let who = self.web.views.with(|state| state.principal_via(by, via, now_us));
        if may(&who, Action::ReadLog) { Ok(()) } else { Err(WebError::Forbidden) }
    }

    async fn chunk(&mut self) -> Result<String, WebError> {
        let mut text = if self.begun { String::new() } else { self.written.head(&self.visitor) };
        self.begun = true;
        self.still_may()?;
        let found = self.web.archive.browse(self.sought.clone(), self.before, CHUNK.min(self.left)).await?;
        text.push_str(&self.web.views.ask(|models| self.lines(models, &found.events)));
        self.left -= found.events.len().min(self.left);
        self.ended = found.next.is_none() || self.left == 0;
        self.before = found.next.unwrap_or(self.before);
        Ok(text)
    }

    fn lines(&self, models: &Models, events: &[Arc<RecordedEvent>]) -> String {
        let line = |event: &Arc<RecordedEvent>| {
            let act = fill::act(models, &self.visitor, event);
            self.written.line(&self.visitor, &act, event)
        };
        events.iter().map(line).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::csv_line;

    #[test]
    fn no_cell_is_a_formula() {
        for (cell, written) in [
            ("node-07", "\"node-07\""),
            ("=1+1", "\"'=1+1\""),
            ("+49 1", "\"'+49 1\""),
            ("-2", "\"'-2\""),
            ("@SUM(A1)", "\"'@SUM(A1)\""),
            ("\t=1", "\"'\t=1\""),
            (" =1", "\"' =1\""),
            ("a\"b,c\r\nd", "\"a\"\"b,c\r\nd\""),
        ] {
            assert_eq!(csv_line([cell.to_owned()].into_iter()), format!("{written}\r\n"));
        }
    }
}
