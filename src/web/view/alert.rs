//! Alerts: as a card, as a row, as a page with everything that was done about one.

use super::cause::Cause;
use super::frame::{Body, Section};
use super::held::Held;
use super::shared::{Errors, Severity, Spark, State};
use crate::web::format::Locale;
use crate::web::list::Listed;
use askama::Template;

/// Where an alert is in its life.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AlertStatus {
    /// Past the threshold, not yet for long enough.
    Pending,
    /// Open, nobody has taken it.
    Firing,
    /// Open, somebody has taken it.
    Acknowledged {
        /// Who.
        by: String,
        /// When, in microseconds UTC.
        at_us: i64,
    },
    /// Over.
    Resolved {
        /// When, in microseconds UTC.
        at_us: i64,
        /// Who had acknowledged it.
        acknowledged_by: Option<String>,
    },
}

/// One alert.
#[derive(Clone, Debug)]
pub struct AlertCard {
    /// The incident.
    pub id: String,
    /// The machine's identifier; empty for the hub itself.
    pub machine_id: String,
    /// The machine's name.
    pub machine: String,
    /// What it found.
    pub cause: Cause,
    /// The value last seen, in the metric's unit.
    pub value: Option<f64>,
    /// How bad it is.
    pub severity: Severity,
    /// Where it is in its life.
    pub status: AlertStatus,
    /// When it was opened, in microseconds UTC.
    pub opened_us: i64,
    /// The curve that led to it.
    pub spark: Option<Spark>,
    /// When the first mail about it was accepted, in microseconds UTC.
    pub mailed_us: Option<i64>,
    /// Why nobody is told of it, if anything holds it.
    pub held: Option<Held>,
    /// Whether it comes and goes, and so stays open until it is calm.
    pub flapping: bool,
    /// The form that puts it off, as it was typed, where something is wrong with it.
    pub snooze: SnoozeForm,
    /// Whether the reader may acknowledge it and put it off.
    pub may_acknowledge: bool,
    /// Local path to return to after acknowledging; the script stays where it is.
    pub back: String,
}

/// What was typed to put an alert off.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SnoozeForm {
    /// A local day and time.
    pub until: String,
    /// What is wrong with it.
    pub errors: Errors,
}

impl AlertCard {
    /// The state that its shape and colour tell.
    pub fn state(&self) -> State {
        match self.status {
            AlertStatus::Resolved { .. } => State::Ok,
            // Silence is not failure: dashed, never red.
            _ if matches!(self.cause, Cause::Silent { .. }) => State::Unknown,
            _ => self.severity.state(),
        }
    }

    /// Whether it is not over.
    pub fn open(&self) -> bool {
        !matches!(self.status, AlertStatus::Resolved { .. })
    }

    /// Whether the button is shown.
    pub fn offer_acknowledge(&self) -> bool {
        self.may_acknowledge && self.status == AlertStatus::Firing
    }

    /// Whether it can be put off.
    pub fn offer_snooze(&self) -> bool {
        self.may_acknowledge && matches!(self.status, AlertStatus::Firing | AlertStatus::Acknowledged { .. })
    }

    /// Why nobody is told of it, while it is open.
    pub fn hold(&self) -> Option<&Held> {
        self.held.as_ref().filter(|_| self.open())
    }

    /// What it is about.
    pub fn headline(&self, l: &Locale) -> String {
        self.cause.headline(l, self.value)
    }

    /// Why it was opened and what became of it, in a sentence.
    pub fn sentence(&self, l: &Locale) -> String {
        let reason = self.cause.reason(l);
        match &self.status {
            AlertStatus::Pending => l.t1("alert-pending", "reason", reason),
            AlertStatus::Firing => l.t2("alert-firing", "reason", reason, "ago", l.ago(self.opened_us)),
            AlertStatus::Acknowledged { by, at_us } => l.t_args(
                "alert-acknowledged",
                &[("reason", &reason), ("by", by), ("time", &l.moment(*at_us))],
            ),
            AlertStatus::Resolved { at_us, acknowledged_by } => {
                let lasted = l.duration(at_us - self.opened_us);
                match acknowledged_by {
                    Some(by) => l.t2("alert-resolved-by", "duration", lasted, "by", by),
                    None => l.t1("alert-resolved", "duration", lasted),
                }
            }
        }
    }

    /// Its status in one word.
    pub fn status_name(&self, l: &Locale) -> String {
        l.t(match self.status {
            _ if matches!(self.hold(), Some(Held::Snoozed(_))) => "status-snoozed",
            _ if self.hold().is_some() => "status-held",
            AlertStatus::Pending => "status-pending",
            AlertStatus::Firing => "status-firing",
            AlertStatus::Acknowledged { .. } => "status-acknowledged",
            AlertStatus::Resolved { .. } => "status-resolved",
        })
    }
}

/// The open alerts of one machine, above its curves.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "machine_alerts.html")]
pub struct MachineAlerts {
    /// Whose eyes it is for.
    pub l: Locale,
    /// The machine.
    pub machine: String,
    /// Its open alerts, worst first.
    pub cards: Vec<AlertCard>,
}

/// Which alerts are listed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AlertShow {
    /// Open ones and history.
    #[default]
    All,
    /// Open ones.
    Open,
    /// Those that are over.
    History,
}

impl AlertShow {
    /// Every choice, in order.
    pub const ALL: [AlertShow; 3] = [AlertShow::All, AlertShow::Open, AlertShow::History];

    /// Its value of `show`.
    pub fn word(self) -> &'static str {
        match self {
            AlertShow::All => "all",
            AlertShow::Open => "open",
            AlertShow::History => "history",
        }
    }

    /// The choice of this word; anything else is all.
    pub fn from_word(word: &str) -> AlertShow {
        AlertShow::ALL.into_iter().find(|show| show.word() == word).unwrap_or_default()
    }
}

/// The list of alerts.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "alert_list.html")]
pub struct AlertList {
    /// Whose eyes it is for.
    pub l: Locale,
    /// Which are listed.
    pub show: AlertShow,
    /// Open ones, worst first.
    pub open: Vec<AlertCard>,
    /// Those that are over.
    pub history: Vec<AlertCard>,
    /// How these are listed.
    pub listed: Listed,
    /// Whether no rule is on, so that no alert can ever come.
    pub no_rules: bool,
    /// Whether the reader may say who is told.
    pub may_tell: bool,
}

/// The page of alerts.
#[derive(Clone, Debug, Template)]
#[template(path = "alerts.html")]
pub struct Alerts {
    /// Whose eyes it is for.
    pub l: Locale,
    /// The list.
    pub list: AlertList,
}

impl Body for Alerts {
    fn title(&self) -> String {
        self.l.t("alerts-title")
    }

    fn section(&self) -> Option<Section> {
        Some(Section::Alerts)
    }
}
