//! What the log holds, for those who may read it: who did what, and every event as it was recorded.

use super::frame::{Body, Section};
use super::shared::{Choice, Errors};
use crate::web::format::Locale;
use askama::Template;

/// A text that may lead somewhere.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Linked {
    /// Local path; empty where it leads nowhere.
    pub href: String,
    /// What is shown.
    pub text: String,
}

impl Linked {
    /// A text that leads nowhere.
    pub fn plain(text: String) -> Self {
        Self { href: String::new(), text }
    }
}

/// One event in words.
#[derive(Clone, Debug, Default)]
pub struct Act {
    /// Position in the log.
    pub pos: u64,
    /// When it was recorded, in microseconds UTC.
    pub at_us: i64,
    /// Number of its kind.
    pub kind: u16,
    /// Name of its kind in the log.
    pub name: String,
    /// What happened.
    pub what: String,
    /// To what.
    pub thing: Linked,
    /// What is to be said besides.
    pub detail: String,
    /// Who made it happen.
    pub who: Linked,
    /// From where.
    pub from: String,
    /// Its stream.
    pub stream: String,
}

/// What the list is narrowed to, as typed.
#[derive(Clone, Debug, Default)]
pub struct JournalFilter {
    /// Identifier of a person, or empty.
    pub person: String,
    /// A kind of acts, or a kind of events, or empty.
    pub kind: String,
    /// A stream, or empty.
    pub stream: String,
    /// From when on, as a browser writes it.
    pub from: String,
    /// Until when.
    pub to: String,
    /// Whether telemetry is meant too.
    pub telemetry: bool,
    /// Whether the newest are to come in by themselves.
    pub follow: bool,
}

/// Where else in the log to look.
#[derive(Clone, Debug, Default)]
pub struct Further {
    /// Back to the newest.
    pub newest: Option<String>,
    /// Further back.
    pub older: Option<String>,
    /// When the oldest was recorded that was looked at, while there is more behind it; microseconds UTC.
    pub reached_us: Option<i64>,
}

/// Who did what.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "audit.html")]
pub struct Audit {
    /// Whose eyes it is for.
    pub l: Locale,
    /// What it is narrowed to.
    pub filter: JournalFilter,
    /// What of that cannot be read; nothing is shown then.
    pub wrong: Errors,
    /// What the stream that it is narrowed to is called.
    pub about: Linked,
    /// People to choose from.
    pub people: Vec<Choice>,
    /// Kinds of acts to choose from.
    pub kinds: Vec<Choice>,
    /// What was done, newest first.
    pub rows: Vec<Act>,
    /// Where else to look.
    pub further: Further,
    /// The question mark and what the list is narrowed to, for the export.
    pub query: String,
    /// The same list without a thing.
    pub without: String,
}

impl Body for Audit {
    fn title(&self) -> String {
        self.l.t("audit-title")
    }

    fn section(&self) -> Option<Section> {
        Some(Section::Audit)
    }
}

/// The log itself.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "log.html")]
pub struct Log {
    /// Whose eyes it is for.
    pub l: Locale,
    /// What it is narrowed to.
    pub filter: JournalFilter,
    /// What of that cannot be read; nothing is shown then.
    pub wrong: Errors,
    /// People to choose from.
    pub people: Vec<Choice>,
    /// Kinds of events to choose from.
    pub kinds: Vec<Choice>,
    /// The events, newest first.
    pub rows: Vec<Act>,
    /// Where else to look.
    pub further: Further,
    /// This very list.
    pub here: String,
    /// The list that follows, or does not any more.
    pub switch: String,
    /// Position of the newest event.
    pub head: u64,
}

impl Body for Log {
    fn title(&self) -> String {
        self.l.t("log-title")
    }

    fn section(&self) -> Option<Section> {
        Some(Section::Log)
    }
}

/// One event as it was recorded.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "log_event.html")]
pub struct LogEvent {
    /// Whose eyes it is for.
    pub l: Locale,
    /// The event in words.
    pub act: Act,
    /// Identifier.
    pub id: String,
    /// Version of its kind.
    pub kind_version: u16,
    /// Version of its stream.
    pub version: Option<u64>,
    /// What is said about it, as JSON.
    pub meta: String,
    /// What it says, as JSON.
    pub body: String,
    /// Whose key its body is encrypted under; empty where it is not.
    pub subject: String,
    /// Whether that key was destroyed.
    pub forgotten: bool,
    /// The event before it and the one behind it.
    pub turn: (Option<u64>, Option<u64>),
    /// The event that it follows from.
    pub cause: Option<u64>,
}

impl Body for LogEvent {
    fn title(&self) -> String {
        self.l.t1("log-event", "pos", self.act.pos)
    }

    fn section(&self) -> Option<Section> {
        Some(Section::Log)
    }
}
