//! What is told, put into words in the hub's language and time zone.

use super::catalogue::Catalogue;
use super::format::{micros, moment, span, value};
use super::item::{Item, Source, Told};
use crate::channels::{About, Act, Notice, NoticeAction};
use crate::views::IncidentRecord;
use jiff::tz::TimeZone;
use std::sync::Arc;
use watchroom_domain::alert::ResolveReason;
use watchroom_domain::{
    Compare, Condition, HOUR_US, IncidentStatus, MINUTE_US, MachineDetails, Micros, Severity,
};

/// After this time a notice says that it comes late, in microseconds.
const LATE_US: Micros = 5 * MINUTE_US;
/// For how long a button of a notice puts an incident off.
const SNOOZE_US: Micros = HOUR_US;

/// A language that notices are written in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Language {
    /// English.
    #[default]
    En,
    /// Chinese as written in China.
    ZhCn,
}

impl Language {
    /// The language of a BCP 47 tag, if notices can be written in it.
    pub fn from_tag(tag: &str) -> Option<Self> {
        match tag {
            "en" => Some(Self::En),
            "zh-CN" => Some(Self::ZhCn),
            _ => None,
        }
    }

    /// Its BCP 47 tag.
    pub fn tag(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::ZhCn => "zh-CN",
        }
    }
}

/// All that a notice is made from, as it is at the moment of telling.
#[derive(Clone, Debug)]
pub struct Telling {
    /// What is told to whom.
    pub item: Item,
    /// Where it goes, and the recipient's name.
    pub address: String,
    /// May be empty.
    pub name: String,
    /// The incident, unless it is a test.
    pub record: Option<IncidentRecord>,
    /// The machine, unless it was removed.
    pub machine: Option<MachineDetails>,
    /// Who acknowledged the incident, by name; empty when the name is not known any more.
    pub acknowledged_by: Option<String>,
    /// The far side's identifier of the incident's first notice to this recipient.
    pub thread: Option<String>,
    /// The moment of telling.
    pub now_us: Micros,
}

/// Puts into words.
pub trait Words: Send + Sync + 'static {
    /// The notice that tells this.
    fn notice(&self, telling: &Telling) -> Notice;
}

/// Writes notices in one language.
#[derive(Debug)]
pub struct Writer {
    language: Language,
    texts: Catalogue,
    zone: TimeZone,
    public_url: String,
}

impl Writer {
    /// A writer for a hub. `public_url` is its address without a slash at the end.
    pub fn new(language: Language, zone: TimeZone, public_url: &str) -> Self {
        let public_url = public_url.trim_end_matches('/').to_owned();
        Self { language, texts: Catalogue::of(language), zone, public_url }
    }

    fn say(&self, key: &str, variables: &[(&str, &str)]) -> String {
        self.texts.say(key, variables)
    }

    fn text(&self, key: &str) -> String {
        self.say(key, &[])
    }

    fn machine_name(&self, record: &IncidentRecord) -> String {
        if record.machine.is_hub() {
            self.text("notice-hub")
        } else if record.machine_name.is_empty() {
            self.text("notice-machine-gone")
        } else {
            record.machine_name.clone()
        }
    }

    fn rule_name(&self, record: &IncidentRecord) -> String {
        let Some(rule) = &record.rule_then else { return self.text("notice-rule-gone") };
        rule.name_key().and_then(|key| self.texts.find(key)).unwrap_or_else(|| rule.name.clone())
    }

    fn metric(&self, name: &str) -> String {
        self.texts.find(&format!("notice-metric-{name}")).unwrap_or_else(|| name.replace('_', " "))
    }

    /// Metric and labels: "temperature (coretemp, Core 0)".
    fn series(&self, record: &IncidentRecord) -> String {
        let Some(series) = &record.series else { return String::new() };
        let metric = self.metric(&series.metric);
        if series.labels.is_empty() {
            return metric;
        }
        let separator = self.text("notice-list-separator");
        let labels = series.labels.values().map(String::as_str).collect::<Vec<_>>().join(&separator);
        self.say("notice-series", &[("metric", &metric), ("labels", &labels)])
    }

    /// What is so while it fires.
    fn firing(&self, record: &IncidentRecord) -> String {
        let what = self.series(record);
        if record.machine.is_hub() {
            return self.say("notice-vanished", &[("machines", &format!("{:.0}", record.value))]);
        }
        let Some(series) = &record.series else {
            return self.say("notice-silent", &[("duration", &span(&self.texts, micros(record.value)))]);
        };
        let now = value(&self.texts, &series.metric, record.value);
        let condition = record.rule_then.as_ref().map(|rule| &rule.condition);
        let Some(Condition::Threshold { compare, fire, .. }) = condition else {
            return self.say("notice-value", &[("what", &what), ("value", &now)]);
        };
        let lasting = record.fired_us - record.since_us;
        let key = match (compare, lasting >= watchroom_domain::SECOND_US) {
            (Compare::Above, true) => "notice-above",
            (Compare::Above, false) => "notice-above-now",
            (Compare::Below, true) => "notice-below",
            (Compare::Below, false) => "notice-below-now",
        };
        let (threshold, duration) = (value(&self.texts, &series.metric, *fire), span(&self.texts, lasting));
        let variables =
            [("what", what.as_str()), ("value", &now), ("threshold", &threshold), ("duration", &duration)];
        self.say(key, &variables)
    }

    /// What is so when it is over.
    fn over(&self, record: &IncidentRecord, last: Option<f64>, reason: ResolveReason) -> String {
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
        let now = value(&self.texts, &series.metric, last);
        let condition = record.rule_then.as_ref().map(|rule| &rule.condition);
        let Some(Condition::Threshold { compare, fire, .. }) = condition else {
            return self.say("notice-cleared", &[("what", &what), ("value", &now)]);
        };
        let key = match compare {
            Compare::Above => "notice-cleared-above",
            Compare::Below => "notice-cleared-below",
        };
        let threshold = value(&self.texts, &series.metric, *fire);
        self.say(key, &[("what", &what), ("value", &now), ("threshold", &threshold)])
    }

    fn rule(&self, record: &IncidentRecord) -> String {
        let name = self.rule_name(record);
        let Some(rule) = &record.rule_then else { return name };
        match &rule.condition {
            Condition::Silent { for_us } => {
                let duration = span(&self.texts, *for_us);
                self.say("notice-rule-silent", &[("rule", &name), ("duration", &duration)])
            }
            Condition::Vanished { .. } => name,
            Condition::Threshold { metric, compare, fire, clear, for_us } => {
                let key = match compare {
                    Compare::Above => "notice-rule-above",
                    Compare::Below => "notice-rule-below",
                };
                let (fire, clear) = (value(&self.texts, metric, *fire), value(&self.texts, metric, *clear));
                let duration = span(&self.texts, *for_us);
                let variables =
                    [("rule", name.as_str()), ("fire", &fire), ("clear", &clear), ("duration", &duration)];
                self.say(key, &variables)
            }
        }
    }

    fn sentences(&self, telling: &Telling, record: &IncidentRecord) -> Vec<String> {
        let mut sentences = Vec::new();
        match &telling.item.told {
            Told::Resolved { at_us, .. } => {
                let duration = span(&self.texts, at_us - record.since_us);
                sentences.push(match &telling.acknowledged_by {
                    Some(by) => {
                        let somebody = self.text("notice-somebody");
                        let by = if by.is_empty() { &somebody } else { by };
                        self.say("notice-lasted-acknowledged", &[("duration", &duration), ("by", by)])
                    }
                    None if record.acknowledged.is_none() => {
                        self.say("notice-lasted-nobody", &[("duration", &duration)])
                    }
                    None => self.say("notice-lasted", &[("duration", &duration)]),
                });
            }
            Told::Fired | Told::Test { .. } => {
                if record.machine.is_hub() {
                    sentences.push(self.text("notice-hub-explained"));
                } else if record.series.is_none() {
                    sentences.push(self.text("notice-silent-explained"));
                }
                sentences.push(self.text(match record.severity {
                    Severity::Critical => "notice-critical-do",
                    Severity::Warning => "notice-warning-do",
                }));
            }
        }
        sentences
    }

    /// What is to be said of the way that the notice took.
    fn remarks(&self, telling: &Telling) -> Vec<String> {
        let mut remarks = Vec::new();
        if telling.item.again {
            remarks.push(self.text("notice-again"));
        }
        if late(telling) {
            remarks.push(self.text("notice-late"));
        }
        remarks
    }

    fn facts(&self, telling: &Telling, record: &IncidentRecord) -> Vec<(String, String)> {
        let severity = match record.severity {
            Severity::Critical => "notice-severity-critical",
            Severity::Warning => "notice-severity-warning",
        };
        let mut facts = vec![
            ("notice-fact-machine", self.machine_name(record)),
            ("notice-fact-severity", self.text(severity)),
        ];
        if let Some(machine) = telling.machine.clone() {
            facts.push(("notice-fact-number", machine.number));
            facts.push(("notice-fact-place", machine.place));
            facts.push(("notice-fact-model", machine.model));
            facts.push(("notice-fact-address", machine.address));
        }
        facts.push(("notice-fact-since", moment(&self.zone, record.since_us)));
        facts.push(("notice-fact-fired", moment(&self.zone, record.fired_us)));
        if let Told::Resolved { at_us, .. } = telling.item.told {
            facts.push(("notice-fact-resolved", moment(&self.zone, at_us)));
        }
        facts.push(("notice-fact-rule", self.rule(record)));
        let said = facts.into_iter().filter(|(_, value)| !value.is_empty());
        said.map(|(key, value)| (self.text(key), value)).collect()
    }

    fn footer(&self, telling: &Telling) -> String {
        match (&telling.item.recipient.source, &telling.record) {
            (Source::Keeper, Some(record)) => {
                self.say("notice-footer-keeper", &[("machine", &self.machine_name(record))])
            }
            (Source::Asked, _) => self.text("notice-footer-test"),
            _ => self.text("notice-footer-subscriber"),
        }
    }

    fn test(&self, telling: &Telling) -> Notice {
        let mut sentences = self.remarks(telling);
        sentences.push(self.text("notice-test-explained"));
        Notice {
            subject: self.text("notice-subject-test"),
            state: self.text("notice-state-test"),
            headline: self.text("notice-test-headline"),
            sentences,
            facts: vec![(self.text("notice-fact-sent"), moment(&self.zone, telling.item.cause_us))],
            link: self.link("", "notice-link-test"),
            ..self.frame(telling)
        }
    }

    fn incident(&self, telling: &Telling, record: &IncidentRecord) -> Notice {
        let machine = self.machine_name(record);
        let (state, what) = match &telling.item.told {
            Told::Resolved { value, reason, .. } => {
                ("notice-state-resolved", self.over(record, *value, *reason))
            }
            Told::Fired | Told::Test { .. } => ("notice-state-fired", self.firing(record)),
        };
        let mut sentences = self.remarks(telling);
        sentences.extend(self.sentences(telling, record));
        let open = telling.item.told == Told::Fired && record.status == IncidentStatus::Firing;
        let words = if open { "notice-link-acknowledge" } else { "notice-link" };
        Notice {
            subject: self.say("notice-subject", &[("machine", &machine), ("rule", &self.rule_name(record))]),
            state: self.text(state),
            headline: self.say("notice-headline", &[("machine", &machine), ("what", &what)]),
            sentences,
            facts: self.facts(telling, record),
            link: self.link(&format!("/alerts/{}", record.incident), words),
            actions: if open { self.actions() } else { Vec::new() },
            ..self.frame(telling)
        }
    }

    fn link(&self, path: &str, words: &str) -> Option<(String, String)> {
        let known = !self.public_url.is_empty();
        known.then(|| (format!("{}{path}", self.public_url), self.text(words)))
    }

    /// A notice without words yet.
    fn frame(&self, telling: &Telling) -> Notice {
        let item = &telling.item;
        Notice {
            delivery: item.delivery,
            kind: item.told.kind(),
            incident: item.incident,
            severity: item.severity,
            again: item.again,
            language: self.language.tag(),
            address: telling.address.clone(),
            name: telling.name.clone(),
            subject: String::new(),
            state: String::new(),
            headline: String::new(),
            sentences: Vec::new(),
            facts: Vec::new(),
            link: None,
            footer: self.footer(telling),
            at_us: item.cause_us,
            late: late(telling),
            thread: telling.thread.clone(),
            actions: Vec::new(),
            picture: None,
            about: telling.record.as_ref().map(|record| Arc::new(about(telling, record))),
        }
    }

    /// What can be done about an incident that somebody is needed for.
    fn actions(&self) -> Vec<NoticeAction> {
        let snooze = self.say("notice-action-snooze", &[("duration", &span(&self.texts, SNOOZE_US))]);
        vec![
            NoticeAction { act: Act::Acknowledge, words: self.text("notice-action-acknowledge") },
            NoticeAction { act: Act::Snooze { for_us: SNOOZE_US }, words: snooze },
        ]
    }
}

fn late(telling: &Telling) -> bool {
    telling.now_us - telling.item.cause_us > LATE_US
}

fn about(telling: &Telling, record: &IncidentRecord) -> About {
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
        resolved_us: match telling.item.told {
            Told::Resolved { at_us, .. } => Some(at_us),
            _ => None,
        },
    }
}

impl Words for Writer {
    fn notice(&self, telling: &Telling) -> Notice {
        match &telling.record {
            Some(record) => self.incident(telling, record),
            None => self.test(telling),
        }
    }
}
