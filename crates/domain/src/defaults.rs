//! The rules that are on from the start.

use crate::ids::RuleId;
use crate::rule::{Compare, Condition, Rule, Scope, Severity};
use crate::time::{MINUTE_US, Micros};
use Compare::{Above, Below};
use Severity::{Critical, Warning};

/// Key of the name's text, name, and what is looked for: metric, side, firing and clearing threshold, minutes.
type Default = (&'static str, &'static str, (&'static str, Compare, f64, f64, i64), Severity);

const THRESHOLDS: &[Default] = &[
    ("default-temperature", "Temperature high", ("temperature_c", Above, 88.0, 83.0, 1), Critical),
    (
        "default-gpu-temperature",
        "GPU temperature high",
        ("gpu_temperature_c", Above, 88.0, 83.0, 1),
        Critical,
    ),
    ("default-load", "Load high", ("load_per_core", Above, 2.0, 1.5, 10), Warning),
    ("default-memory", "Memory nearly full", ("memory_used_percent", Above, 92.0, 88.0, 5), Warning),
    ("default-disk", "Disk filling", ("disk_used_percent", Above, 90.0, 88.0, 5), Warning),
    ("default-disk-full", "Disk nearly full", ("disk_used_percent", Above, 97.0, 95.0, 1), Critical),
    // A check says how often it has to fail; one result may come in an hour.
    ("default-check", "Check failed", ("check_up", Below, 1.0, 1.0, 0), Critical),
    ("default-certificate", "Certificate ends soon", ("certificate_days", Below, 14.0, 14.0, 0), Warning),
    ("default-collector", "Collector failed", ("collector_failed", Above, 0.0, 0.0, 5), Warning),
];
const SILENT: (&str, &str) = ("default-silent", "Agent silent");
const HUB_VIEW: (&str, &str) = ("default-hub-view", "Many machines gone at once");

fn rule(name: &str, condition: Condition, severity: Severity) -> Rule {
    Rule {
        rule: RuleId::derived(&["default", name]),
        name: name.to_owned(),
        scope: Scope::Everywhere,
        condition,
        severity,
        enabled: true,
        escalation: Vec::new(),
        personal: false,
    }
}

/// The rules that are on from the start.
pub fn default_rules() -> Vec<Rule> {
    let thresholds = THRESHOLDS.iter().map(|(_, name, (metric, compare, fire, clear, minutes), severity)| {
        let for_us: Micros = minutes * MINUTE_US;
        let metric = (*metric).to_owned();
        let condition =
            Condition::Threshold { metric, compare: *compare, fire: *fire, clear: *clear, for_us };
        rule(name, condition, *severity)
    });
    let silent = Condition::Silent { for_us: 2 * MINUTE_US };
    let silent = Rule { rule: RuleId::derived(&["default", "silent"]), ..rule(SILENT.1, silent, Critical) };
    thresholds.chain([silent, hub_view()]).collect()
}

/// The rule about the hub's own view as it is from the start.
pub(crate) fn hub_view() -> Rule {
    let condition = Condition::Vanished { least: 5, percent: 51, within_us: MINUTE_US };
    Rule { rule: Rule::HUB_VIEW, ..rule(HUB_VIEW.1, condition, Critical) }
}

impl Rule {
    /// Key of the text that names it in the reader's language: of a rule that is on from the start, while
    /// nobody gave it another name.
    pub fn name_key(&self) -> Option<&'static str> {
        let thresholds = THRESHOLDS.iter().map(|(key, name, ..)| (*key, *name));
        let (key, name) = thresholds.chain([SILENT, HUB_VIEW]).find(|(_, name)| *name == self.name)?;
        let own =
            [RuleId::derived(&["default", name]), RuleId::derived(&["default", "silent"]), Self::HUB_VIEW];
        own.contains(&self.rule).then_some(key)
    }
}
