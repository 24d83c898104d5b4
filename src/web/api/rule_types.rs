//! Rules as the API tells and takes them.

use super::types::{Right, Scope, Severity, micros, seconds};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use watchroom_domain as domain;
use watchroom_domain::{Principal, RuleId, State, SubjectId, Thing};

/// On which side of a threshold the trouble is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Compare {
    /// Trouble is above.
    Above,
    /// Trouble is below.
    Below,
}

/// When a rule speaks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case", tag = "when")]
pub enum Condition {
    /// A value passes its threshold for some time.
    Threshold {
        /// Which metric; every series of it is judged by itself.
        #[schema(example = "temperature_c")]
        metric: String,
        /// On which side the trouble is.
        compare: Compare,
        /// Firing threshold, in the metric's unit.
        fire: f64,
        /// Clearing threshold, not past the firing one; between the two nothing changes.
        clear: f64,
        /// How long the value must stay past the firing threshold, at most 7 days.
        #[schema(minimum = 0, maximum = 604_800)]
        for_s: f64,
    },
    /// Nothing has been heard of the machine for some time.
    Silent {
        /// For how long, from 5 seconds to 7 days.
        #[schema(minimum = 5, maximum = 604_800)]
        for_s: f64,
    },
    /// Many machines fell silent at once. Of the hub's own rule only.
    Vanished {
        /// At least so many machines.
        #[schema(minimum = 2, maximum = 100_000)]
        least: u32,
        /// And at least this share of those that were heard.
        #[schema(minimum = 1, maximum = 100)]
        percent: u8,
        /// Within this time, at most 7 days.
        within_s: f64,
    },
}

impl From<&domain::Condition> for Condition {
    fn from(condition: &domain::Condition) -> Self {
        match condition {
            domain::Condition::Threshold { metric, compare, fire, clear, for_us } => Self::Threshold {
                metric: metric.clone(),
                compare: match compare {
                    domain::Compare::Above => Compare::Above,
                    domain::Compare::Below => Compare::Below,
                },
                fire: *fire,
                clear: *clear,
                for_s: seconds(*for_us),
            },
            domain::Condition::Silent { for_us } => Self::Silent { for_s: seconds(*for_us) },
            domain::Condition::Vanished { least, percent, within_us } => {
                Self::Vanished { least: *least, percent: *percent, within_s: seconds(*within_us) }
            }
        }
    }
}

impl From<Condition> for domain::Condition {
    fn from(condition: Condition) -> Self {
        match condition {
            Condition::Threshold { metric, compare, fire, clear, for_s } => Self::Threshold {
                metric,
                compare: match compare {
                    Compare::Above => domain::Compare::Above,
                    Compare::Below => domain::Compare::Below,
                },
                fire,
                clear,
                for_us: micros(for_s),
            },
            Condition::Silent { for_s } => Self::Silent { for_us: micros(for_s) },
            Condition::Vanished { least, percent, within_s } => {
                Self::Vanished { least, percent, within_us: micros(within_s) }
            }
        }
    }
}

/// Who else is told when nobody acknowledged an alert for so long.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// How long after the alert was told: each step later than the one before, from 5 seconds to 7 days.
    pub after_s: f64,
    /// Whom to tell, by all their destinations: 1 to 20 people.
    pub to: Vec<Uuid>,
}

/// What can be said of a rule.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RuleInput {
    /// Name, 1 to 64 characters.
    #[schema(example = "Too hot")]
    pub name: String,
    /// For which machines.
    pub scope: Scope,
    /// When it speaks.
    pub condition: Condition,
    /// How bad that is.
    pub severity: Severity,
    /// Whether it is on.
    #[serde(default = "on")]
    pub enabled: bool,
    /// Who else is told while nobody acknowledges its alerts; at most 5 steps.
    #[serde(default)]
    pub escalation: Vec<Step>,
}

fn on() -> bool {
    true
}

/// What is to change of a rule: as in `RuleInput`, with nothing required.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "says in the document what a patch may hold")]
pub struct RulePatch {
    #[schema(nullable = false)]
    name: Option<String>,
    #[schema(nullable = false)]
    scope: Option<Scope>,
    #[schema(nullable = false)]
    condition: Option<Condition>,
    #[schema(nullable = false)]
    severity: Option<Severity>,
    #[schema(example = false)]
    enabled: Option<bool>,
    escalation: Option<Vec<Step>>,
}

impl RuleInput {
    /// What is said of a rule.
    pub fn of(rule: &domain::Rule) -> Self {
        let step = |step: &domain::EscalationStep| Step {
            after_s: seconds(step.after_us),
            to: step.to.iter().map(|person| person.0).collect(),
        };
        Self {
            name: rule.name.clone(),
            scope: (&rule.scope).into(),
            condition: (&rule.condition).into(),
            severity: rule.severity.into(),
            enabled: rule.enabled,
            escalation: rule.escalation.iter().map(step).collect(),
        }
    }

    /// The rule as the domain takes it.
    pub fn rule(self, rule: RuleId) -> domain::Rule {
        let step = |step: Step| domain::EscalationStep {
            after_us: micros(step.after_s),
            to: step.to.into_iter().map(SubjectId).collect(),
        };
        domain::Rule {
            rule,
            name: self.name,
            scope: self.scope.into(),
            condition: self.condition.into(),
            severity: self.severity.into(),
            enabled: self.enabled,
            escalation: self.escalation.into_iter().map(step).collect(),
            personal: false,
        }
    }
}

/// A rule.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Rule {
    /// Its identifier.
    id: Uuid,
    /// Its name.
    name: String,
    /// For which machines.
    scope: Scope,
    /// When it speaks.
    condition: Condition,
    /// How bad that is.
    severity: Severity,
    /// Whether it is on.
    enabled: bool,
    /// Who else is told while nobody acknowledges its alerts.
    escalation: Vec<Step>,
    /// Whether somebody with a right to single machines made it: it speaks beside wider rules, never instead.
    personal: bool,
    /// Whose it is.
    owner: Option<Uuid>,
    /// What the asker may do with it.
    right: Right,
}

impl Rule {
    /// A rule as this asker may see it.
    pub fn of(state: &State, who: &Principal, rule: &domain::Rule) -> Self {
        let thing = Thing::Rule(rule.rule);
        let RuleInput { name, scope, condition, severity, enabled, escalation } = RuleInput::of(rule);
        Self {
            id: rule.rule.0,
            name,
            scope,
            condition,
            severity,
            enabled,
            escalation,
            personal: rule.personal,
            owner: state.access.owner(thing).map(|owner| owner.0),
            right: state.right_on(who, thing).unwrap_or(domain::Right::See).into(),
        }
    }
}

/// What the list is narrowed to.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct RuleFilter {
    /// Only rules that are on, or only those that are off.
    enabled: Option<bool>,
    /// Only rules on this metric.
    metric: Option<String>,
}

impl RuleFilter {
    /// Whether this rule is meant.
    pub fn fits(&self, rule: &Rule) -> bool {
        let on = match &rule.condition {
            Condition::Threshold { metric, .. } => Some(metric),
            _ => None,
        };
        self.enabled.is_none_or(|enabled| rule.enabled == enabled)
            && self.metric.as_ref().is_none_or(|metric| on == Some(metric))
    }
}
