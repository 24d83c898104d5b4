//! `/alerts`: what is open, each with its buttons.

use super::CHANNEL;
use super::hear::{Asker, Ear};
use super::speech::{Voice, plain};
use crate::actors::dispatcher::{SNOOZES_US, firing};
use crate::channels::telegram::{Button, Text, Writing, data};
use crate::views::Models;
use watchroom_domain::alert::Hold;
use watchroom_domain::{
    Action, Asked, By, Command, Envelope, Incident, IncidentStatus, Micros, Principal, Right, Role, Severity,
    SubjectId, Thing, may,
};

/// Alerts that are shown, each in a message of its own.
const SHOWN: usize = 5;

impl Ear {
    pub(super) async fn alerts(&self, asker: &Asker<'_>) {
        let (shown, more) = self
            .parts
            .views
            .ask(|models| open(models, &asker.voice, asker.person, self.parts.clock.now_us()));
        if shown.is_empty() {
            return self.say(asker.chat, &asker.voice.line("bot-alerts-none")).await;
        }
        for (text, buttons) in shown {
            self.say_with(asker.chat, &text, buttons).await;
        }
        if more > 0 {
            let words = asker.voice.say("bot-more", &[("n", &more.to_string())]);
            self.say(asker.chat, &plain(&words)).await;
        }
    }

    /// A group has another address now.
    pub(super) async fn moved(&self, from: i64, to: i64) {
        let (from, to) = (from.to_string(), to.to_string());
        let linked = self.parts.views.with(|s| s.destination(CHANNEL, &from).map(|d| d.subscription));
        if let Some(subscription) = linked {
            let command = Command::MoveAddress { subscription, address: to };
            if let Err(error) = self.parts.registry.submit(Envelope::new(By::Hub, command)).await {
                tracing::warn!(%error, "a group that has moved is not followed yet");
            }
        }
    }
}

fn open(
    models: &Models,
    voice: &Voice<'_>,
    person: SubjectId,
    now_us: Micros,
) -> (Vec<(Text, Vec<Button>)>, usize) {
    let state = &models.state;
    let who = state.principal(By::Person(person));
    let open = state.incidents.values().filter(|i| i.has_fired() && state.sees(&who, i.machine));
    let mut open: Vec<&Incident> = open.collect();
    open.sort_by_key(|i| (i.status != IncidentStatus::Firing, i.severity != Severity::Critical, i.fired_us));
    let shown = open.iter().take(SHOWN).map(|incident| {
        let thing = Thing::Machine(incident.machine);
        let acts = may(&who, Action::ActOnAlerts) && state.may_on(&who, Right::Operate, thing);
        let buttons = if acts { buttons(voice, incident) } else { Vec::new() };
        (alert(models, voice, &who, incident, now_us), buttons)
    });
    (shown.collect(), open.len().saturating_sub(SHOWN))
}

fn alert(models: &Models, voice: &Voice<'_>, who: &Principal, incident: &Incident, now_us: Micros) -> Text {
    let mut out = Writing::default();
    let record = models.history.incident(incident.incident);
    let known = models.state.machines.get(&incident.machine).map(|m| m.details.name.as_str());
    let name = known.or(record.map(|r| r.machine_name.as_str())).unwrap_or_default();
    let machine = voice.texts().machine_name(incident.machine, name);
    let rule = record.and_then(|r| r.rule_then.as_ref()).or(models.state.rules.get(&incident.rule));
    let rule = voice.texts().rule_name(rule);
    out.add("", if incident.severity == Severity::Critical { "🔴 " } else { "🟠 " });
    out.add("b", &machine);
    out.add("", ": ");
    out.add("b", &rule);
    out.line();
    if let Some(record) = record {
        out.add("", &firing(voice.texts(), record));
        out.line();
    }
    let lasting = voice.span(now_us - incident.since_us);
    out.add("", &voice.say("bot-alert-since", &[("duration", &lasting)]));
    out.line();
    // Who only reads about machines reads nothing about people.
    let people = who.role.is_some_and(|role| role > Role::Viewer);
    if let Some(by) = incident.acknowledged_by.filter(|_| people) {
        let name = models.state.people.get(&by).map_or_else(String::new, |p| p.display_name.clone());
        out.add("", &voice.say("bot-alert-acknowledged", &[("by", &name)]));
        out.line();
    }
    if let Some(Hold::Snooze { until_us }) = incident.held {
        out.add("", &voice.say("bot-alert-snoozed", &[("time", &voice.moment(until_us))]));
        out.line();
    }
    if let Some(address) = voice.address(&format!("/alerts/{}", incident.incident)) {
        out.link(&address, &voice.text("bot-open-console"));
    }
    out.done()
}

fn buttons(voice: &Voice<'_>, incident: &Incident) -> Vec<Button> {
    if incident.status != IncidentStatus::Firing {
        return Vec::new();
    }
    let mut buttons =
        vec![(voice.text("notice-action-acknowledge"), data(Asked::Acknowledge, incident.incident, true))];
    buttons.extend(SNOOZES_US.map(|for_us| {
        let words = voice.say("notice-action-snooze", &[("duration", &voice.span(for_us))]);
        (words, data(Asked::Snooze { for_us }, incident.incident, true))
    }));
    buttons
}
