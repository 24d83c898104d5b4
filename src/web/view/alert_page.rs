//! One alert as a page: everything that was done about it.

use super::alert::AlertCard;
use super::check::EvidenceTable;
use super::frame::{Body, Section};
use super::held::Held;
use super::machine::Chart;
use super::shared::State;
use crate::web::format::Locale;
use askama::Template;

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
    /// Somebody was to be told.
    Told {
        /// Through which channel, by its name for people.
        channel: String,
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
    /// Somebody put it off, until a time in microseconds UTC.
    Snoozed(String, i64),
    /// From here on nobody is told of it.
    Held(Held),
    /// Nothing held it any more, and it was told.
    Released,
    /// Nobody acknowledged it in time, and these people were told: which step, and their names.
    Escalated(u32, String),
    /// It had come and gone so often within a time, in microseconds.
    Flapping(u32, i64),
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
    /// Why the check fails that it is about; empty for any other. The other side's words: hostile.
    pub why: String,
    /// Name of its rule.
    pub rule: String,
    /// Identifier of its rule, while there is one.
    pub rule_id: Option<String>,
    /// Link that begins a silence of this rule on this machine; empty where the reader may not.
    pub silence: String,
    /// Its life, oldest first.
    pub timeline: Vec<TimelineEntry>,
    /// Whether more was told than was found.
    pub cut: bool,
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
            Step::Told { answer, .. } => answer.state(),
            Step::Acknowledged(_) | Step::Resolved(..) => State::Ok,
            Step::Snoozed(..) | Step::Held(_) => State::Unknown,
            Step::Released | Step::Escalated(..) => self.card.severity.state(),
            Step::Flapping(..) => State::Warn,
        }
    }

    fn step_text(&self, step: &Step) -> String {
        let l = &self.l;
        match step {
            Step::Pending(value) => l.t1("step-pending", "headline", self.card.cause.headline(l, *value)),
            Step::Opened => l.t1("step-opened", "reason", self.card.cause.reason(l)),
            Step::Told { channel, to, answer, took_ms, attempt, .. } => {
                let key = if *attempt > 1 { "step-told-again" } else { "step-told" };
                l.t_args(
                    key,
                    &[
                        ("channel", channel),
                        ("to", to),
                        ("answer", &answer.name(l)),
                        ("duration", &l.millis(*took_ms)),
                        ("attempt", attempt),
                    ],
                )
            }
            Step::Acknowledged(by) => l.t1("step-acknowledged", "by", by),
            Step::Snoozed(by, until) => l.t2("step-snoozed", "by", by, "time", l.moment(*until)),
            Step::Held(held) => l.t1("step-held", "why", held.text(l)),
            Step::Released => l.t("step-released"),
            Step::Escalated(step, names) => l.t2("step-escalated", "n", step, "names", names),
            Step::Flapping(times, within) => {
                l.t2("step-flapping", "n", times, "duration", l.duration(*within))
            }
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
