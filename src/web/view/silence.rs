//! Silences: those that last, and the form that begins one.

use super::frame::{Body, Section};
use super::rule::ScopeText;
use super::shared::{Choice, Errors};
use crate::web::format::Locale;
use crate::web::list::Listed;
use askama::Template;

/// One silence that lasts.
#[derive(Clone, Debug)]
pub struct SilenceRow {
    /// Identifier.
    pub id: String,
    /// Which machines it is for.
    pub scope: ScopeText,
    /// The only rule that is meant, by name; all where there is none.
    pub rule: Option<String>,
    /// Why.
    pub reason: String,
    /// Who began it.
    pub by: String,
    /// When it began, in microseconds UTC.
    pub begun_us: i64,
    /// When it ends, in microseconds UTC.
    pub until_us: i64,
    /// How many open alerts it holds.
    pub held: u64,
    /// Whether the reader may end it.
    pub may_end: bool,
}

/// The silences that last.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "silence_list.html")]
pub struct SilenceList {
    /// Whose eyes it is for.
    pub l: Locale,
    /// The silences.
    pub rows: Vec<SilenceRow>,
    /// The list of these, as it was asked for.
    pub listed: Listed,
    /// Whether the reader may begin one.
    pub may_act: bool,
}

/// The form that begins a silence; what was typed is kept.
#[derive(Clone, Debug, Default)]
pub struct SilenceForm {
    /// `everywhere`, `tag` or `machine`.
    pub scope: String,
    /// The tag, if the scope is one.
    pub tag: String,
    /// The machine's identifier, if the scope is one.
    pub machine: String,
    /// The rule's identifier; empty for all rules.
    pub rule: String,
    /// `1h`, `8h`, `1d`, `7d` or `until`.
    pub span: String,
    /// The end as typed, for `until`: local day and time.
    pub until: String,
    /// Why.
    pub reason: String,
    /// What is wrong with it.
    pub errors: Errors,
}

/// How long silences and snoozes are offered to last: the word that is sent, and microseconds.
pub const SPANS: [(&str, i64); 4] = [
    ("1h", 3_600_000_000),
    ("8h", 8 * 3_600_000_000),
    ("1d", 24 * 3_600_000_000),
    ("7d", 168 * 3_600_000_000),
];

/// The page of silences.
#[derive(Clone, Debug, Template)]
#[template(path = "silences.html")]
pub struct Silences {
    /// Whose eyes it is for.
    pub l: Locale,
    /// Those that last.
    pub list: SilenceList,
    /// The form.
    pub form: SilenceForm,
    /// Machines to choose from.
    pub machines: Vec<Choice>,
    /// Whether more than one machine may be meant.
    pub wide: bool,
    /// Rules to choose from.
    pub rules: Vec<Choice>,
}

impl Body for Silences {
    fn title(&self) -> String {
        self.l.t("silences-title")
    }

    fn section(&self) -> Option<Section> {
        Some(Section::Alerts)
    }
}
