//! Rules: when somebody is to be woken.

use crate::error::Refusal;
use crate::ids::{MachineId, RuleId, SubjectId};
use crate::machine::{Machine, clean, clean_line};
use crate::state::State;
use crate::telemetry::valid_metric;
use crate::time::{HOUR_US, Micros, SECOND_US};
use serde::{Deserialize, Serialize};

/// A rule.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rule {
    /// Its identifier.
    pub rule: RuleId,
    /// What people call it.
    pub name: String,
    /// Which machines it is for.
    pub scope: Scope,
    /// When it speaks.
    pub condition: Condition,
    /// How bad that is.
    pub severity: Severity,
    /// Whether it is on.
    pub enabled: bool,
    /// Who else is told while nobody acknowledges its alerts, earliest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub escalation: Vec<EscalationStep>,
    /// Whether it was made by somebody with a right to single machines only. Such a rule speaks beside the
    /// others, and never makes a wider one give way.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub personal: bool,
}

/// Further people who are told when nobody acknowledged an alert for so long.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EscalationStep {
    /// How long after the alert was told.
    pub after_us: Micros,
    /// Whom to tell, by all their destinations; never empty.
    pub to: Vec<SubjectId>,
}

/// Most escalation steps of a rule, and most people of a step.
const STEPS: usize = 5;
const PEOPLE: usize = 20;

/// Metric of whether a check got the answer that it wants: 1 or 0.
pub const CHECK_UP: &str = "check_up";

/// Which machines a rule or a subscription is for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "of")]
pub enum Scope {
    /// Every machine, now and later.
    Everywhere,
    /// Machines with this tag.
    Tag {
        /// The tag, lower case.
        tag: String,
    },
    /// One machine.
    Machine {
        /// Which.
        machine: MachineId,
    },
}

impl Scope {
    /// How narrow it is: one machine is narrower than a tag, and a tag than all.
    fn narrowness(&self) -> u8 {
        match self {
            Scope::Everywhere => 0,
            Scope::Tag { .. } => 1,
            Scope::Machine { .. } => 2,
        }
    }

    /// Whether this machine is meant.
    pub fn covers(&self, machine: &Machine) -> bool {
        match self {
            Scope::Everywhere => true,
            Scope::Tag { tag } => machine.details.tags.iter().any(|own| same_tag(own, tag)),
            Scope::Machine { machine: id } => *id == machine.machine,
        }
    }

    /// The scope as it is recorded, if it means anything. One that was so before may be for a machine that
    /// was removed since.
    ///
    /// # Errors
    /// A [`Refusal`] that says what is wrong with it.
    pub(crate) fn checked(&self, state: &State, before: Option<&Scope>) -> Result<Self, Refusal> {
        match self {
            Scope::Tag { tag } => {
                let clean = if before == Some(self) { clean } else { clean_line };
                let tag = clean("scope", tag, 32)?.to_lowercase();
                if tag.is_empty() {
                    return Err(Refusal::field("tag_missing", "scope", "Say which tag is meant."));
                }
                Ok(Scope::Tag { tag })
            }
            Scope::Machine { machine } if before != Some(self) && !state.machines.contains_key(machine) => {
                Err(Refusal::not_found("machine"))
            }
            other => Ok(other.clone()),
        }
    }
}

/// Whether a machine's tag is the one meant. Logs from before tags were checked everywhere hold some as typed.
fn same_tag(own: &str, meant: &str) -> bool {
    own == meant || own.chars().eq(meant.trim().chars().flat_map(char::to_lowercase))
}

/// When a rule speaks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "when")]
pub enum Condition {
    /// A value passes its threshold for some time.
    Threshold {
        /// Which metric; every series of it is judged by itself.
        metric: String,
        /// On which side of the threshold the trouble is.
        compare: Compare,
        /// Firing threshold, in the metric's unit.
        fire: f64,
        /// Clearing threshold; between the two nothing changes.
        clear: f64,
        /// How long the value must stay past the firing threshold.
        for_us: Micros,
    },
    /// Nothing has been heard of the machine for some time. That is "unknown", not "down".
    Silent {
        /// For how long.
        for_us: Micros,
    },
    /// Many machines fell silent at once, so that the hub itself is more likely cut off than all of them.
    /// Of the hub's own rule only, which every hub has.
    Vanished {
        /// At least so many machines.
        least: u32,
        /// And at least this share of those that were heard, in percent.
        percent: u8,
        /// Within this time.
        within_us: Micros,
    },
}

/// On which side of a threshold the trouble is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Compare {
    /// Trouble is above.
    Above,
    /// Trouble is below.
    Below,
}

impl Condition {
    /// Whether a value is past the firing threshold; never for silence.
    pub fn is_past(&self, value: f64) -> bool {
        match self {
            Condition::Threshold { compare, fire, .. } => compare.past(value, *fire),
            Condition::Silent { .. } | Condition::Vanished { .. } => false,
        }
    }

    /// How long it must be so.
    pub fn for_us(&self) -> Micros {
        match self {
            Condition::Threshold { for_us, .. } | Condition::Silent { for_us } => *for_us,
            Condition::Vanished { .. } => 0,
        }
    }

    /// Whether an alert of this says that its machine is down: nothing is heard of it, or a check of it fails.
    pub fn says_down(&self) -> bool {
        match self {
            Condition::Silent { .. } => true,
            Condition::Threshold { metric, .. } => metric == CHECK_UP,
            Condition::Vanished { .. } => false,
        }
    }

    /// Whether both watch the same thing for the same trouble.
    fn same_matter(&self, other: &Condition) -> bool {
        match (self, other) {
            (
                Condition::Threshold { metric, compare, .. },
                Condition::Threshold { metric: of, compare: side, .. },
            ) => metric == of && compare == side,
            (Condition::Silent { .. }, Condition::Silent { .. }) => true,
            _ => false,
        }
    }
}

impl Compare {
    /// Whether the value is past the threshold; equal is not past.
    pub fn past(self, value: f64, threshold: f64) -> bool {
        match self {
            Compare::Above => value > threshold,
            Compare::Below => value < threshold,
        }
    }
}

/// How bad it is, mildest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Somebody should look in time.
    Warning,
    /// Somebody must look now.
    Critical,
}

impl Rule {
    /// The rule about the hub's own view, which every hub has.
    pub const HUB_VIEW: RuleId = RuleId(uuid::Uuid::from_u128(1));

    /// Whether this rule gives way to the other one wherever both are meant: on the same metric, the same
    /// side and the same severity, the rule for a machine speaks rather than the one for a tag, and that
    /// rather than the one for all. Rules that are equally narrow all speak.
    pub fn yields_to(&self, other: &Rule) -> bool {
        other.enabled
            && (self.personal || !other.personal)
            && other.severity == self.severity
            && other.scope.narrowness() > self.scope.narrowness()
            && self.condition.same_matter(&other.condition)
    }

    /// Whether this rule, among these, speaks for a machine.
    pub fn speaks<'r>(&self, mut among: impl Iterator<Item = &'r Rule>, machine: &Machine) -> bool {
        self.enabled
            && self.scope.covers(machine)
            && !among.any(|other| self.yields_to(other) && other.scope.covers(machine))
    }

    fn check_escalation(&self) -> Result<(), Refusal> {
        let refuse = |text: String| Err(Refusal::field("bad_escalation", "escalation", text));
        if self.escalation.len() > STEPS {
            return refuse(format!("At most {STEPS} steps."));
        }
        let mut before = 0;
        for step in &self.escalation {
            if !(5 * SECOND_US..=168 * HOUR_US).contains(&step.after_us) || step.after_us <= before {
                return refuse("Each step comes later than the one before: 5 seconds to 7 days.".to_owned());
            }
            if step.to.is_empty() || step.to.len() > PEOPLE {
                return refuse(format!("Each step names 1 to {PEOPLE} people."));
            }
            before = step.after_us;
        }
        Ok(())
    }

    /// The rule, if it can work wherever its scope means machines.
    ///
    /// # Errors
    /// A [`Refusal`] that names the first field that is wrong.
    pub fn checked(mut self) -> Result<Self, Refusal> {
        self.name = clean("name", &self.name, 64)?;
        if self.name.is_empty() {
            return Err(Refusal::field("name_missing", "name", "Give the rule a name."));
        }
        let for_us = match &self.condition {
            Condition::Threshold { metric, compare, fire, clear, for_us } => {
                if !valid_metric(metric) {
                    return Err(Refusal::field("bad_metric", "metric", "No such metric name."));
                }
                if !fire.is_finite() || !clear.is_finite() {
                    return Err(Refusal::field("bad_number", "fire", "Thresholds are plain numbers."));
                }
                if compare.past(*clear, *fire) {
                    return Err(Refusal::field(
                        "clear_past_fire",
                        "clear",
                        "The clearing threshold must not lie past the firing threshold.",
                    ));
                }
                for_us
            }
            Condition::Silent { for_us } if *for_us < 5_000_000 => {
                return Err(Refusal::field("too_short", "for", "At least 5 seconds of silence."));
            }
            Condition::Silent { for_us } => for_us,
            Condition::Vanished { least, percent, within_us } => {
                if self.rule != Self::HUB_VIEW || self.scope != Scope::Everywhere {
                    return Err(Refusal::field(
                        "hub_rule",
                        "kind",
                        "Only the hub's own rule looks for this.",
                    ));
                }
                if !(2..=100_000).contains(least) || !(1..=100).contains(percent) {
                    return Err(Refusal::field(
                        "bad_number",
                        "least",
                        "At least 2 machines, and from 1 to 100 percent of them.",
                    ));
                }
                within_us
            }
        };
        if self.rule == Self::HUB_VIEW && !matches!(self.condition, Condition::Vanished { .. }) {
            return Err(Refusal::field(
                "hub_rule",
                "kind",
                "The hub's own rule cannot look for anything else.",
            ));
        }
        if !(0..=168 * HOUR_US).contains(for_us) {
            return Err(Refusal::field("bad_duration", "for", "From 0 seconds to 7 days."));
        }
        self.check_escalation()?;
        Ok(self)
    }
}
