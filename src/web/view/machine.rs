//! One machine: its curves, its facts, its form, and how its agent joins.

use super::activity::MachineEvents;
use super::alert::MachineAlerts;
use super::check::{CheckList, EvidenceTable};
use super::frame::{Body, Section};
use super::shared::{Choice, Errors, Spark, State};
use super::sharing::Sharing;
use crate::web::format::{Format, Locale, Quantity};
use askama::Template;

/// How much time the curves show.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Range {
    /// One hour.
    #[default]
    Hour,
    /// Six hours.
    SixHours,
    /// One day.
    Day,
}

impl Range {
    /// Every range, in order.
    pub const ALL: [Range; 3] = [Range::Hour, Range::SixHours, Range::Day];

    /// Its value of `range`.
    pub fn word(self) -> &'static str {
        match self {
            Range::Hour => "1h",
            Range::SixHours => "6h",
            Range::Day => "1d",
        }
    }

    /// The range of this word; anything else is one hour.
    pub fn from_word(word: &str) -> Range {
        Range::ALL.into_iter().find(|range| range.word() == word).unwrap_or_default()
    }

    /// Its length in microseconds.
    pub fn us(self) -> i64 {
        const HOUR_US: i64 = 3_600_000_000;
        match self {
            Range::Hour => HOUR_US,
            Range::SixHours => 6 * HOUR_US,
            Range::Day => 24 * HOUR_US,
        }
    }
}

/// One chart. Without script its small curve is shown.
#[derive(Clone, Debug)]
pub struct Chart {
    /// The machine.
    pub machine: String,
    /// What it shows, in the reader's language.
    pub title: String,
    /// A few words beside: "16 cores", "of 256 GiB".
    pub note: String,
    /// Its metrics; every series of each is a line.
    pub metrics: Vec<&'static str>,
    /// Whether the machine has ever sent any of them.
    pub known: bool,
    /// The value last seen, in the metrics' unit: of the hottest sensor and the fullest disk, added
    /// up over all rates, and else of the first metric.
    pub value: Option<f64>,
    /// How bad that is.
    pub state: State,
    /// Where a rule fires, in the metrics' unit.
    pub threshold: Option<f64>,
    /// Start of the time shown, in microseconds UTC.
    pub from_us: i64,
    /// End of it; live values go on from there.
    pub to_us: i64,
    /// Longest time shown, in microseconds; less where the machine is younger.
    pub span_us: i64,
    /// The curve for the time before the script has drawn its own.
    pub spark: Option<Spark>,
}

impl Chart {
    pub(super) fn format(&self) -> Format {
        self.metrics.first().map_or(Format::Plain, |metric| Format::of_metric(metric))
    }

    pub(super) fn quantity(&self) -> Option<Quantity> {
        self.value.map(|value| Quantity::of(self.format(), value))
    }

    pub(super) fn metric_list(&self) -> String {
        self.metrics.join(" ")
    }

    /// Name of its place on the page, where numbers elsewhere link to.
    pub(super) fn anchor(&self) -> &'static str {
        self.metrics.first().copied().unwrap_or_default()
    }

    /// Rates of several devices are added up, temperatures are judged by the hottest.
    pub(super) fn pick(&self) -> &'static str {
        match self.format() {
            Format::Rate => "sum",
            Format::Celsius | Format::Percent => "max",
            _ => "",
        }
    }
}

/// What is known of a machine.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// Inventory number.
    pub number: String,
    /// Network address.
    pub address: String,
    /// Place.
    pub place: String,
    /// Model.
    pub model: String,
    /// Note.
    pub note: String,
    /// What it hangs on: identifier and name.
    pub parent: Option<(String, String)>,
    /// Keeper's name.
    pub keeper: String,
    /// Keeper's phone.
    pub phone: String,
    /// Keeper's mail address.
    pub mail: String,
    /// Version of the agent, empty if none ever connected.
    pub agent_version: String,
    /// When its connection was opened, while it is open, in microseconds UTC.
    pub connected_since_us: Option<i64>,
    /// When its certificate ends, in microseconds UTC.
    pub certificate_until_us: Option<i64>,
    /// When the machine was registered, in microseconds UTC.
    pub registered_us: i64,
}

/// The page of one machine.
#[derive(Clone, Debug, Template)]
#[template(path = "machine.html")]
pub struct MachinePage {
    /// Whose eyes it is for.
    pub l: Locale,
    /// Identifier.
    pub id: String,
    /// Name.
    pub name: String,
    /// Tags.
    pub tags: Vec<String>,
    /// How it is.
    pub state: State,
    /// When it was last heard of, in microseconds UTC; none if never.
    pub seen_us: Option<i64>,
    /// Its open alerts.
    pub alerts: MachineAlerts,
    /// How much time the curves show.
    pub range: Range,
    /// Its curves; none while nothing was ever heard of it.
    pub charts: Vec<Chart>,
    /// What is known of it.
    pub facts: Facts,
    /// What is checked on it.
    pub checks: CheckList,
    /// What ran on it when one of its alerts was new.
    pub evidence: Option<EvidenceTable>,
    /// What happened on it.
    pub events: MachineEvents,
    /// Whose it is, and with whom it is shared.
    pub sharing: Sharing,
    /// Whether the reader may change it.
    pub may_edit: bool,
    /// Whether the reader may silence it.
    pub may_silence: bool,
}

impl MachinePage {
    fn joined(&self) -> bool {
        self.facts.certificate_until_us.is_some()
    }

    /// Whether somebody still has to connect its agent before anything can be seen.
    fn waits(&self) -> bool {
        self.charts.is_empty() && (self.joined() || self.checks.rows.is_empty())
    }
}

impl Body for MachinePage {
    fn title(&self) -> String {
        self.name.clone()
    }

    fn section(&self) -> Option<Section> {
        Some(Section::Machines)
    }
}

/// The form that registers or changes a machine; what was typed is kept.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "machine_form.html")]
pub struct MachineForm {
    /// Whose eyes it is for.
    pub l: Locale,
    /// The machine that is changed; none for a new one.
    pub id: Option<String>,
    /// Name.
    pub name: String,
    /// Inventory number.
    pub number: String,
    /// Network address.
    pub address: String,
    /// Place.
    pub place: String,
    /// Model.
    pub model: String,
    /// Tags, separated by commas.
    pub tags: String,
    /// Note.
    pub note: String,
    /// The machine that it hangs on; empty for none.
    pub parent: String,
    /// Machines to choose from.
    pub machines: Vec<Choice>,
    /// Keeper's name.
    pub keeper_name: String,
    /// Keeper's phone.
    pub keeper_phone: String,
    /// Keeper's mail address.
    pub keeper_mail: String,
    /// What is wrong with it.
    pub errors: Errors,
}

impl MachineForm {
    fn action(&self) -> String {
        self.id.as_ref().map_or_else(|| "/machines/new".to_owned(), |id| format!("/machines/{id}/edit"))
    }

    fn cancel(&self) -> String {
        self.id.as_ref().map_or_else(|| "/machines".to_owned(), |id| format!("/machines/{id}"))
    }
}

impl Body for MachineForm {
    fn title(&self) -> String {
        match self.id {
            Some(_) => self.l.t1("machine-edit-title", "name", &self.name),
            None => self.l.t("machine-new-title"),
        }
    }

    fn section(&self) -> Option<Section> {
        Some(Section::Machines)
    }
}

/// A join token, shown once.
#[derive(Clone, Debug)]
pub struct EnrolToken {
    /// The token.
    pub token: String,
    /// When it ends, in microseconds UTC.
    pub expires_us: i64,
    /// How often it may be used.
    pub uses: u32,
}

/// How far the agent has come.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "enrol_state.html")]
pub struct EnrolState {
    /// Whose eyes it is for.
    pub l: Locale,
    /// The machine's identifier.
    pub machine: String,
    /// When its agent got its certificate, in microseconds UTC.
    pub joined_us: Option<i64>,
    /// When its agent's connection was opened, while it is open, in microseconds UTC.
    pub connected_us: Option<i64>,
}

/// How a machine's agent joins.
#[derive(Clone, Debug, Template)]
#[template(path = "enrol.html")]
pub struct Enrol {
    /// Whose eyes it is for.
    pub l: Locale,
    /// The machine's identifier.
    pub machine: String,
    /// Its name.
    pub name: String,
    /// The token that was just made; none, and one can be made.
    pub token: Option<EnrolToken>,
    /// How far the agent has come.
    pub state: EnrolState,
}

impl Body for Enrol {
    fn title(&self) -> String {
        self.l.t1("enrol-title", "name", &self.name)
    }

    fn section(&self) -> Option<Section> {
        Some(Section::Machines)
    }
}
