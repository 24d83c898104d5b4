//! Alerts: as a card, as a row, as a page with everything that was done about one.

use super::cause::Cause;
use super::check::EvidenceTable;
use super::frame::{Body, Section};
use super::machine::Chart;
use super::shared::{Severity, Spark, State};
use crate::web::format::Locale;
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
    /// The machine's identifier.
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
    /// Whether the reader may acknowledge it.
    pub may_acknowledge: bool,
    /// Local path to return to after acknowledging; the script stays where it is.
    pub back: String,
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
    /// Those that are over, newest first.
    pub history: Vec<AlertCard>,
    /// Value of `from` for older ones.
    pub next: Option<String>,
    /// Whether no rule is on, so that no alert can ever come.
    pub no_rules: bool,
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

/// What one try to tell somebody came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The server took it.
    Accepted,
    /// Refused for now; tried again.
    Deferred,
    /// Given up.
    GivenUp,
    /// The server took it perhaps: the line broke before it answered.
    Unclear,
    /// Quiet hours held it, and a digest told it.
    Digested,
    /// It was over before it could be told, and its end told both.
    Superseded,
}

impl Answer {
    /// The state that its shape and colour tell.
    pub fn state(self) -> State {
        match self {
            Answer::Accepted => State::Ok,
            Answer::Deferred => State::Warn,
            Answer::GivenUp => State::Crit,
            Answer::Unclear | Answer::Digested | Answer::Superseded => State::Unknown,
        }
    }

    /// Its name for people.
    pub fn name(self, l: &Locale) -> String {
        l.t(match self {
            Answer::Accepted => "answer-accepted",
            Answer::Deferred => "answer-deferred",
            Answer::GivenUp => "answer-given-up",
            Answer::Unclear => "answer-unclear",
            Answer::Digested => "answer-digested",
            Answer::Superseded => "answer-superseded",
        })
    }
}

/// One step of an alert's life.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// The value went past the threshold; what it was.
    Pending(Option<f64>),
    /// The alert was opened.
    Opened,
    /// Somebody was to be told by mail.
    Mail {
        /// Whom.
        to: String,
        /// What it came to.
        answer: Answer,
        /// What the server said.
        said: String,
        /// How long the try took, in milliseconds.
        took_ms: f64,
        /// Which try it was, from 1.
        attempt: u32,
    },
    /// Somebody took it.
    Acknowledged(String),
    /// It was over; how long it had lasted in microseconds, and why, if not because all is well again.
    Resolved(i64, Option<&'static str>),
}

/// One step with its time.
#[derive(Clone, Debug, PartialEq)]
pub struct TimelineEntry {
    /// When, in microseconds UTC.
    pub at_us: i64,
    /// What.
    pub step: Step,
}

/// One alert with its whole life.
#[derive(Clone, Debug, Template)]
#[template(path = "alert.html")]
pub struct AlertPage {
    /// Whose eyes it is for.
    pub l: Locale,
    /// The alert.
    pub card: AlertCard,
    /// Name of its rule.
    pub rule: String,
    /// Identifier of its rule, while there is one.
    pub rule_id: Option<String>,
    /// Its life, oldest first.
    pub timeline: Vec<TimelineEntry>,
    /// The curve around it.
    pub chart: Option<Chart>,
    /// What ran on the machine when it was new.
    pub evidence: Option<EvidenceTable>,
}

impl AlertPage {
    fn step_state(&self, step: &Step) -> State {
        match step {
            Step::Pending(_) => State::Warn,
            Step::Opened => self.card.severity.state(),
            Step::Mail { answer, .. } => answer.state(),
            Step::Acknowledged(_) | Step::Resolved(..) => State::Ok,
        }
    }

    fn step_text(&self, step: &Step) -> String {
        let l = &self.l;
        match step {
            Step::Pending(value) => l.t1("step-pending", "headline", self.card.cause.headline(l, *value)),
            Step::Opened => l.t1("step-opened", "reason", self.card.cause.reason(l)),
            Step::Mail { to, answer, took_ms, attempt, .. } => {
                let key = if *attempt > 1 { "step-mail-again" } else { "step-mail" };
                l.t_args(
                    key,
                    &[
                        ("to", to),
                        ("answer", &answer.name(l)),
                        ("duration", &l.millis(*took_ms)),
                        ("attempt", attempt),
                    ],
                )
            }
            Step::Acknowledged(by) => l.t1("step-acknowledged", "by", by),
            Step::Resolved(us, None) => l.t1("step-resolved", "duration", l.duration(*us)),
            Step::Resolved(us, Some(why)) => l.t2("step-ended", "duration", l.duration(*us), "why", l.t(why)),
        }
    }
}

impl Body for AlertPage {
    fn title(&self) -> String {
        let headline = self.card.headline(&self.l);
        self.l.t2("machine-and", "machine", &self.card.machine, "text", headline)
    }

    fn section(&self) -> Option<Section> {
        Some(Section::Alerts)
    }
}
