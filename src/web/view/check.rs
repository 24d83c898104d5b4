//! Checks: the list, the form; and evidence of what ran on a machine.

use super::frame::{Body, Section};
use super::shared::{Choice, Errors, State};
use crate::web::format::{Format, Locale};
use crate::web::list::Listed;
use askama::Template;

/// What a check's last run found.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum CheckResult {
    /// It was not run yet.
    #[default]
    None,
    /// It is switched off.
    Off,
    /// The agent that is to run it does not run checks: its name.
    Unwilling(String),
    /// Nothing was heard of it for much longer than its interval.
    Silent,
    /// All was as expected.
    Up,
    /// It was not.
    Down,
}

impl CheckResult {
    /// The state that its shape and colour tell.
    pub fn state(&self) -> State {
        match self {
            CheckResult::Up => State::Ok,
            CheckResult::Down => State::Crit,
            _ => State::Unknown,
        }
    }

    /// In words.
    pub fn text(&self, l: &Locale) -> String {
        match self {
            CheckResult::None => l.t("check-none-yet"),
            CheckResult::Off => l.t("off"),
            CheckResult::Unwilling(name) => l.t1("check-unwilling", "machine", name),
            CheckResult::Silent => l.t("check-silent"),
            CheckResult::Up => l.t("check-up"),
            CheckResult::Down => l.t("check-down"),
        }
    }
}

/// One check.
#[derive(Clone, Debug, Default)]
pub struct CheckRow {
    /// Identifier.
    pub id: String,
    /// Name.
    pub name: String,
    /// The machine's identifier.
    pub machine_id: String,
    /// The machine's name.
    pub machine: String,
    /// `http`, `tcp` or `certificate`.
    pub kind: String,
    /// What is asked.
    pub address: String,
    /// Name of the machine whose agent runs it; none for the hub.
    pub runner: Option<String>,
    /// Time between two runs, microseconds.
    pub interval_us: i64,
    /// What its last run found.
    pub result: CheckResult,
    /// How long that took, milliseconds.
    pub duration_ms: Option<f64>,
    /// The status of the answer.
    pub status: Option<f64>,
    /// Days until the certificate ends.
    pub days: Option<f64>,
    /// Why it fails; empty where it does not, or nobody says.
    pub why: String,
    /// When it was last run, in microseconds UTC.
    pub at_us: Option<i64>,
    /// Whether the reader may change it.
    pub may_edit: bool,
}

impl CheckRow {
    fn days_text(&self, l: &Locale) -> String {
        let Some(days) = self.days else { return String::new() };
        let key = if days < 0.0 { "check-days-over" } else { "check-days" };
        l.t1(key, "n", days.abs().floor() as u64)
    }

    fn days_state(&self) -> State {
        match self.days {
            Some(days) if days < 0.0 => State::Crit,
            Some(days) if days < 14.0 => State::Warn,
            _ => State::Ok,
        }
    }

    fn status_text(&self) -> String {
        self.status.map(|code| format!("{code:.0}")).unwrap_or_default()
    }
}

/// The list of checks, of all machines or of one.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "check_list.html")]
pub struct CheckList {
    /// Whose eyes it is for.
    pub l: Locale,
    /// The machine, if it is of one.
    pub machine: Option<String>,
    /// The checks of this page.
    pub rows: Vec<CheckRow>,
    /// How they are listed.
    pub listed: Listed,
    /// Whether the reader may add one.
    pub may_edit: bool,
}

/// The page of checks.
#[derive(Clone, Debug, Template)]
#[template(path = "checks.html")]
pub struct Checks {
    /// Whose eyes it is for.
    pub l: Locale,
    /// The list.
    pub list: CheckList,
    /// Whether the reader may register a machine that a check can be of.
    pub may_register: bool,
}

impl Body for Checks {
    fn title(&self) -> String {
        self.l.t("checks-title")
    }

    fn section(&self) -> Option<Section> {
        Some(Section::Checks)
    }
}

/// The form of a check; what was typed is kept.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "check_form.html")]
pub struct CheckForm {
    /// Whose eyes it is for.
    pub l: Locale,
    /// The check that is changed; none for a new one.
    pub id: Option<String>,
    /// The machine's identifier.
    pub machine: String,
    /// Name.
    pub name: String,
    /// `http`, `tcp` or `certificate`.
    pub kind: String,
    /// The address, as typed.
    pub address: String,
    /// The status, as typed; empty for any from 200 to 299.
    pub status: String,
    /// Text to be found.
    pub contains: String,
    /// Whether redirects are followed.
    pub follow: bool,
    /// Whether any certificate is good enough.
    pub any_certificate: bool,
    /// The name that is asked for.
    pub server_name: String,
    /// `hub`, or the identifier of the machine whose agent runs it.
    pub run_by: String,
    /// Seconds between two runs, as typed.
    pub interval: String,
    /// Seconds that a run may take, as typed.
    pub timeout: String,
    /// Whether it is on.
    pub enabled: bool,
    /// Machines to choose from.
    pub machines: Vec<Choice>,
    /// Who could run it.
    pub runners: Vec<Choice>,
    /// What is wrong with it.
    pub errors: Errors,
}

impl CheckForm {
    /// An empty form.
    pub fn blank(l: Locale) -> CheckForm {
        CheckForm {
            l,
            kind: "http".to_owned(),
            run_by: "hub".to_owned(),
            interval: "60".to_owned(),
            timeout: "10".to_owned(),
            enabled: true,
            ..CheckForm::default()
        }
    }

    fn action(&self) -> String {
        self.id.as_ref().map_or_else(|| "/checks/new".to_owned(), |id| format!("/checks/{id}/edit"))
    }
}

impl Body for CheckForm {
    fn title(&self) -> String {
        match self.id {
            Some(_) => self.l.t1("check-edit-title", "name", &self.name),
            None => self.l.t("check-new-title"),
        }
    }

    fn section(&self) -> Option<Section> {
        Some(Section::Checks)
    }
}

/// One process. Names are an agent's: hostile.
#[derive(Clone, Debug, PartialEq)]
pub struct EvidenceRow {
    /// Name of the program.
    pub name: String,
    /// Number of the process.
    pub pid: u32,
    /// Name of the user, empty where it is not known.
    pub user: String,
    /// Processor time, percent of one core.
    pub cpu_percent: f64,
    /// Memory, bytes.
    pub memory_bytes: f64,
}

/// What ran on a machine when an alert of it was new.
#[derive(Clone, Debug, Template)]
#[template(path = "evidence.html")]
pub struct EvidenceTable {
    /// Whose eyes it is for.
    pub l: Locale,
    /// When it was measured, in microseconds UTC.
    pub at_us: i64,
    /// Those with the most processor time.
    pub by_cpu: Vec<EvidenceRow>,
    /// Those with the most memory.
    pub by_memory: Vec<EvidenceRow>,
}

impl EvidenceTable {
    fn tables(&self) -> [(String, &[EvidenceRow]); 2] {
        let title = |key| self.l.t(key);
        [(title("evidence-by-cpu"), &self.by_cpu), (title("evidence-by-memory"), &self.by_memory)]
    }
}
