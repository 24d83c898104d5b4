//! What an incident is about: names, values and limits in words, and for programs.

use super::{Telling, Writer};
use crate::actors::dispatcher::format::{micros, span, value};
use crate::actors::dispatcher::item::Told;
use crate::channels::About;
use crate::texts::Lang;
use crate::views::IncidentRecord;
use watchroom_domain::alert::ResolveReason;
use watchroom_domain::{CHECK_UP, Compare, Condition, Micros};

impl Writer {
    pub(super) fn machine_name(&self, record: &IncidentRecord) -> String {
        self.texts.machine_name(record.machine, &record.machine_name)
    }

    pub(super) fn rule_name(&self, record: &IncidentRecord) -> String {
        self.texts.rule_name(record.rule_then.as_ref())
    }

    fn series(&self, record: &IncidentRecord) -> String {
        series(self.texts, record)
    }

    /// What is so while it fires.
    pub(super) fn firing(&self, record: &IncidentRecord) -> String {
        firing(self.texts, record)
    }

    /// What is so when it is over.
    pub(super) fn over(&self, record: &IncidentRecord, last: Option<f64>, reason: ResolveReason) -> String {
        match reason {
            ResolveReason::Cleared => self.cleared(record, last),
            ResolveReason::HeardAgain if record.machine.is_hub() => self.text("notice-hub-hears-again"),
            ResolveReason::Calm => self.text("notice-calm"),
            ResolveReason::HeardAgain => self.text("notice-heard-again"),
            ResolveReason::RuleChanged => self.text("notice-ended-rule-changed"),
            ResolveReason::RuleRemoved => self.text("notice-ended-rule-removed"),
            ResolveReason::MachineRemoved => self.text("notice-ended-machine-removed"),
            ResolveReason::AgentRevoked => self.text("notice-ended-agent-revoked"),
            ResolveReason::NotCovered => self.text("notice-ended-not-covered"),
            ResolveReason::SeriesGone => self.text("notice-ended-series-gone"),
        }
    }

    fn cleared(&self, record: &IncidentRecord, last: Option<f64>) -> String {
        let what = self.series(record);
        let (Some(series), Some(last)) = (&record.series, last) else {
            return self.say("notice-cleared-plain", &[("what", &what)]);
        };
        if series.metric == CHECK_UP && last >= 1.0 {
            return self.say("notice-check-works", &[("what", &what)]);
        }
        let now = value(self.texts, &series.metric, last);
        let condition = record.rule_then.as_ref().map(|rule| &rule.condition);
        let Some(Condition::Threshold { compare, fire, .. }) = condition else {
            return self.say("notice-cleared", &[("what", &what), ("value", &now)]);
        };
        let key = match compare {
            Compare::Above => "notice-cleared-above",
            Compare::Below => "notice-cleared-below",
        };
        let threshold = value(self.texts, &series.metric, *fire);
        self.say(key, &[("what", &what), ("value", &now), ("threshold", &threshold)])
    }

    pub(super) fn rule(&self, record: &IncidentRecord) -> String {
        let name = self.rule_name(record);
        let Some(rule) = &record.rule_then else { return name };
        match &rule.condition {
            Condition::Silent { for_us } => {
                let duration = span(self.texts, *for_us);
                self.say("notice-rule-silent", &[("rule", &name), ("duration", &duration)])
            }
            Condition::Vanished { .. } => name,
            Condition::Threshold { metric, compare, fire, clear, for_us } => {
                let key = match compare {
                    Compare::Above => "notice-rule-above",
                    Compare::Below => "notice-rule-below",
                };
                let (fire, clear) = (value(self.texts, metric, *fire), value(self.texts, metric, *clear));
                let duration = span(self.texts, *for_us);
                let variables =
                    [("rule", name.as_str()), ("fire", &fire), ("clear", &clear), ("duration", &duration)];
                self.say(key, &variables)
            }
        }
    }
}

fn metric(texts: Lang, name: &str) -> String {
    texts.find(&format!("notice-metric-{name}")).unwrap_or_else(|| name.replace('_', " "))
}

/// Metric and labels: "temperature (coretemp, Core 0)".
fn series(texts: Lang, record: &IncidentRecord) -> String {
    let Some(series) = &record.series else { return String::new() };
    let metric = metric(texts, &series.metric);
    if series.labels.is_empty() {
        return metric;
    }
    let separator = texts.say("notice-list-separator", &[]);
    let labels = series.labels.values().map(String::as_str).collect::<Vec<_>>().join(&separator);
    texts.say("notice-series", &[("metric", &metric), ("labels", &labels)])
}

/// What is so while an incident fires, in the words of notices.
pub fn firing(texts: Lang, record: &IncidentRecord) -> String {
    let what = series(texts, record);
    if record.machine.is_hub() {
        return texts.say("notice-vanished", &[("machines", &format!("{:.0}", record.value))]);
    }
    let Some(series) = &record.series else {
        return texts.say("notice-silent", &[("duration", &span(texts, micros(record.value)))]);
    };
    if series.metric == CHECK_UP && record.value < 1.0 {
        return texts.say("notice-check-fails", &[("what", &what)]);
    }
    let now = value(texts, &series.metric, record.value);
    let condition = record.rule_then.as_ref().map(|rule| &rule.condition);
    let Some(Condition::Threshold { compare, fire, .. }) = condition else {
        return texts.say("notice-value", &[("what", &what), ("value", &now)]);
    };
    let lasting = record.fired_us - record.since_us;
    let key = match (compare, lasting >= watchroom_domain::SECOND_US) {
        (Compare::Above, true) => "notice-above",
        (Compare::Above, false) => "notice-above-now",
        (Compare::Below, true) => "notice-below",
        (Compare::Below, false) => "notice-below-now",
    };
    let (threshold, duration) = (value(texts, &series.metric, *fire), span(texts, lasting));
    let variables =
        [("what", what.as_str()), ("value", &now), ("threshold", &threshold), ("duration", &duration)];
    texts.say(key, &variables)
}

/// Since when it is over, where that is told or shown.
pub(super) fn over_us(telling: &Telling, record: &IncidentRecord) -> Option<Micros> {
    match telling.item.told {
        Told::Resolved { at_us, .. } => Some(at_us),
        Told::Changed => record.resolved.map(|(at_us, ..)| at_us),
        _ => None,
    }
}

/// The same in figures.
pub(super) fn about(telling: &Telling, record: &IncidentRecord) -> About {
    let series = record.series.as_ref();
    About {
        machine: record.machine,
        machine_name: record.machine_name.clone(),
        rule_name: record.rule_then.as_ref().map(|rule| rule.name.clone()).unwrap_or_default(),
        metric: series.map(|series| series.metric.clone()),
        labels: series.map(|s| s.labels.clone().into_iter().collect()).unwrap_or_default(),
        value: record.value,
        since_us: record.since_us,
        fired_us: record.fired_us,
        resolved_us: over_us(telling, record),
    }
}
