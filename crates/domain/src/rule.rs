//! Rules: when somebody is to be woken.

use crate::error::Refusal;
use crate::ids::{MachineId, RuleId};
use crate::machine::{Machine, clean};
use crate::telemetry::valid_metric;
use crate::time::{HOUR_US, MINUTE_US, Micros};
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
}

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
    /// Whether this machine is meant.
    pub fn covers(&self, machine: &Machine) -> bool {
        match self {
            Scope::Everywhere => true,
            Scope::Tag { tag } => machine.details.tags.contains(tag),
            Scope::Machine { machine: id } => *id == machine.machine,
        }
    }
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
            Condition::Silent { .. } => false,
        }
    }

    /// How long it must be so.
    pub fn for_us(&self) -> Micros {
        match self {
            Condition::Threshold { for_us, .. } | Condition::Silent { for_us } => *for_us,
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
    /// The rule, if it can work.
    ///
    /// # Errors
    /// A [`Refusal`] that names the first field that is wrong.
    pub fn checked(mut self) -> Result<Self, Refusal> {
        self.name = clean("name", &self.name, 64)?;
        if self.name.is_empty() {
            return Err(Refusal::field("name_missing", "name", "Give the rule a name."));
        }
        if let Scope::Tag { tag } = &mut self.scope {
            *tag = clean("scope", tag, 32)?.to_lowercase();
            if tag.is_empty() {
                return Err(Refusal::field("tag_missing", "scope", "Say which tag the rule is for."));
            }
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
        };
        if !(0..=168 * HOUR_US).contains(for_us) {
            return Err(Refusal::field("bad_duration", "for", "From 0 seconds to 7 days."));
        }
        Ok(self)
    }
}

fn threshold(name: &str, metric: &str, fire: f64, clear: f64, minutes: i64, severity: Severity) -> Rule {
    Rule {
        rule: RuleId::derived(&["default", name]),
        name: name.to_owned(),
        scope: Scope::Everywhere,
        condition: Condition::Threshold {
            metric: metric.to_owned(),
            compare: Compare::Above,
            fire,
            clear,
            for_us: minutes * MINUTE_US,
        },
        severity,
        enabled: true,
    }
}

/// A rule that speaks as soon as a value is below the limit: whoever makes it has looked twice.
fn below(name: &str, metric: &str, limit: f64, severity: Severity) -> Rule {
    let mut rule = threshold(name, metric, limit, limit, 0, severity);
    if let Condition::Threshold { compare, .. } = &mut rule.condition {
        *compare = Compare::Below;
    }
    rule
}

/// The rules that are on from the start.
pub fn default_rules() -> Vec<Rule> {
    use Severity::{Critical, Warning};
    vec![
        threshold("Temperature high", "temperature_c", 88.0, 83.0, 1, Critical),
        threshold("GPU temperature high", "gpu_temperature_c", 88.0, 83.0, 1, Critical),
        threshold("Load high", "load_per_core", 2.0, 1.5, 10, Warning),
        threshold("Memory nearly full", "memory_used_percent", 92.0, 88.0, 5, Warning),
        threshold("Disk filling", "disk_used_percent", 90.0, 88.0, 5, Warning),
        threshold("Disk nearly full", "disk_used_percent", 97.0, 95.0, 1, Critical),
        below("Check fails", "check_up", 1.0, Critical),
        below("Certificate ends soon", "certificate_days", 14.0, Warning),
        Rule {
            rule: RuleId::derived(&["default", "silent"]),
            name: "Agent silent".to_owned(),
            scope: Scope::Everywhere,
            condition: Condition::Silent { for_us: 2 * MINUTE_US },
            severity: Critical,
            enabled: true,
        },
    ]
}
