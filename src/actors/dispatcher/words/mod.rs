//! What is told, put into words in the hub's language and time zone.

mod evidence;
mod figures;
mod letters;
mod news;

use super::format::{moment, span};
use super::item::{Item, Source, Told};
use crate::channels::{Act, Notice, NoticeAction, Stage};
use crate::letters::LinkSecrets;
use crate::texts::Lang;
use crate::views::IncidentRecord;
use evidence::{busiest, largest};
use figures::about;
pub use figures::firing;
use jiff::tz::TimeZone;
use std::sync::Arc;
use watchroom_domain::{HOUR_US, IncidentStatus, MINUTE_US, MachineDetails, Micros, Process, Severity};

/// After this time a notice says that it comes late, in microseconds.
const LATE_US: Micros = 5 * MINUTE_US;
/// For how long buttons of a notice, and of the list of alerts in a chat, put an incident off.
pub const SNOOZES_US: [Micros; 2] = [HOUR_US, 8 * HOUR_US];

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
    /// Until when somebody has put the incident off.
    pub snoozed_until_us: Option<Micros>,
    /// The incidents of a digest.
    pub digest: Vec<IncidentRecord>,
    /// Whose address is gone, by name; may be empty.
    pub whose: String,
    /// The far side's identifier of the incident's first notice to this recipient.
    pub thread: Option<String>,
    /// Why the check fails that the incident is about; empty for any other. The other side's words: hostile.
    pub why: String,
    /// What ran on the machine when the incident was new. Names are an agent's: hostile.
    pub evidence: Vec<Process>,
    /// The moment of telling.
    pub now_us: Micros,
}

impl Telling {
    /// How what is told of stands.
    fn stage(&self) -> Stage {
        let Some(record) = &self.record else { return Stage::Open };
        let over = record.status == IncidentStatus::Resolved && self.item.told == Told::Changed;
        let put_off = self.snoozed_until_us.is_some_and(|until| until > self.now_us);
        match &self.item.told {
            Told::Resolved { .. } => Stage::Over,
            _ if over => Stage::Over,
            _ if put_off || record.status == IncidentStatus::Acknowledged => Stage::Attended,
            _ => Stage::Open,
        }
    }
}

/// Puts into words.
pub trait Words: Send + Sync + 'static {
    /// The notice that tells this.
    fn notice(&self, telling: &Telling) -> Notice;
}

/// Writes notices in one language.
#[derive(Debug)]
pub struct Writer {
    texts: Lang,
    zone: TimeZone,
    public_url: String,
    links: LinkSecrets,
}

impl Writer {
    /// A writer for a hub, with what computes the secrets of its letters' links. `public_url` is its address
    /// without a slash at the end.
    pub fn new(language: Lang, zone: TimeZone, public_url: &str, links: LinkSecrets) -> Self {
        let public_url = public_url.trim_end_matches('/').to_owned();
        Self { texts: language, zone, public_url, links }
    }

    fn say(&self, key: &str, variables: &[(&str, &str)]) -> String {
        self.texts.say(key, variables)
    }

    fn text(&self, key: &str) -> String {
        self.say(key, &[])
    }

    fn sentences(&self, telling: &Telling, record: &IncidentRecord) -> Vec<String> {
        if let Some(at_us) = figures::over_us(telling, record) {
            return self.lasted(telling, record, at_us);
        }
        let mut sentences = Vec::new();
        match &telling.item.told {
            Told::Changed if telling.stage() == Stage::Attended => sentences.extend(self.cared_for(telling)),
            told => {
                sentences.extend(self.why_now(told));
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

    /// How long it was so, and who took care of it.
    fn lasted(&self, telling: &Telling, record: &IncidentRecord, at_us: Micros) -> Vec<String> {
        let mut sentences = Vec::new();
        let duration = span(self.texts, at_us - record.since_us);
        if matches!(telling.item.told, Told::Resolved { untold: true, .. }) {
            let (from, to) = (moment(&self.zone, record.since_us), moment(&self.zone, at_us));
            sentences.push(self.say("notice-untold", &[("from", &from), ("to", &to)]));
        }
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
        sentences
    }

    /// Who takes care of it, and until when it is put off.
    fn cared_for(&self, telling: &Telling) -> Vec<String> {
        let somebody = self.text("notice-somebody");
        let by = telling.acknowledged_by.as_ref().map(|by| if by.is_empty() { &somebody } else { by });
        let by = by.map(|by| self.say("notice-acknowledged-by", &[("by", by)]));
        let until = telling.snoozed_until_us.filter(|until| *until > telling.now_us);
        let until = until.map(|until| moment(&self.zone, until));
        by.into_iter()
            .chain(until.map(|until| self.say("notice-snoozed-until", &[("time", &until)])))
            .collect()
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
        if let Some(at_us) = figures::over_us(telling, record) {
            facts.push(("notice-fact-resolved", moment(&self.zone, at_us)));
        }
        facts.push(("notice-fact-why", telling.why.clone()));
        facts.push(("notice-fact-rule", self.rule(record)));
        facts.push(("notice-fact-busiest", busiest(&telling.evidence)));
        facts.push(("notice-fact-largest", largest(&telling.evidence)));
        let said = facts.into_iter().filter(|(_, value)| !value.is_empty());
        said.map(|(key, value)| (self.text(key), value)).collect()
    }

    fn footer(&self, telling: &Telling) -> String {
        match (&telling.item.recipient.source, &telling.record) {
            (Source::Keeper, Some(record)) => {
                self.say("notice-footer-keeper", &[("machine", &self.machine_name(record))])
            }
            (Source::Asked, _) => self.text("notice-footer-test"),
            (Source::Person(_), _) => self.text("notice-footer-person"),
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
        let (state, what) = match (&telling.item.told, record.resolved) {
            (Told::Resolved { value, reason, .. }, _) => {
                ("notice-state-resolved", self.over(record, *value, *reason))
            }
            (Told::Changed, Some((_, reason))) => {
                ("notice-state-resolved", self.over(record, record.last, reason))
            }
            (Told::Escalated, _) => ("notice-state-escalated", self.firing(record)),
            (Told::Flapping { .. }, _) => ("notice-state-flapping", self.firing(record)),
            _ if record.status == IncidentStatus::Acknowledged => {
                ("notice-state-acknowledged", self.firing(record))
            }
            _ => ("notice-state-fired", self.firing(record)),
        };
        let mut sentences = self.remarks(telling);
        sentences.extend(self.sentences(telling, record));
        let open = telling.stage() != Stage::Over && record.status == IncidentStatus::Firing;
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
            stage: telling.stage(),
            again: item.again,
            language: self.texts.tag(),
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
        let acknowledge =
            NoticeAction { act: Act::Acknowledge, words: self.text("notice-action-acknowledge") };
        let snooze = |for_us| NoticeAction {
            act: Act::Snooze { for_us },
            words: self.say("notice-action-snooze", &[("duration", &span(self.texts, for_us))]),
        };
        [acknowledge].into_iter().chain(SNOOZES_US.map(snooze)).collect()
    }
}

/// After this time a notice says that it comes late, in microseconds.
pub fn late_us() -> Micros {
    LATE_US
}

fn late(telling: &Telling) -> bool {
    let untold = matches!(telling.item.told, Told::Resolved { untold: true, .. });
    untold || telling.now_us - telling.item.cause_us > LATE_US
}

impl Words for Writer {
    fn notice(&self, telling: &Telling) -> Notice {
        match (&telling.record, &telling.item.told) {
            (Some(record), _) => self.incident(telling, record),
            (None, Told::Test { .. }) => self.test(telling),
            (None, Told::Letter(letter)) => self.letter(telling, letter),
            (None, told) => self.news(telling, told),
        }
    }
}
