//! Alerts as cards, lists and pages.

use super::health::severity;
use super::{cause_of, held, label, person_name, rule_name};
use crate::views::{IncidentRecord, Models, Told};
use crate::web::context::Visitor;
use crate::web::list::{Asked, Dir, Spec};
use crate::web::sight::Sight;
use crate::web::view::{
    AlertCard, AlertList, AlertPage, AlertShow, AlertStatus, Answer, Cause, Chart, MachineAlerts, SnoozeForm,
    Spark, Step, TimelineEntry,
};
use std::sync::Arc;
use watchroom_domain::alert::ResolveReason;
use watchroom_domain::{
    Action, Condition, DeliveryOutcome, DeliveryStatus, Event, IncidentStatus, MINUTE_US, MachineId, Micros,
    RecordedEvent, SubjectId,
};

/// Time around an alert that its chart shows.
const AROUND_US: Micros = 30 * MINUTE_US;

/// One alert.
pub fn alert_card(models: &Models, visitor: &Visitor, record: &IncidentRecord) -> AlertCard {
    let state = &models.state;
    let sight = Sight::of(state, visitor);
    let name = |person: SubjectId| person_name(state, visitor, person);
    let acknowledged = record.acknowledged.map(|(by, at_us)| (name(by), at_us));
    let status = match (record.status, record.resolved, acknowledged) {
        (IncidentStatus::Resolved, Some((at_us, _)), acknowledged) => {
            AlertStatus::Resolved { at_us, acknowledged_by: acknowledged.map(|(by, _)| by) }
        }
        (IncidentStatus::Acknowledged, _, Some((by, at_us))) => AlertStatus::Acknowledged { by, at_us },
        (IncidentStatus::Pending, ..) => AlertStatus::Pending,
        _ => AlertStatus::Firing,
    };
    let known = state.machines.get(&record.machine);
    let open = state.incidents.get(&record.incident);
    let hub = record.machine.is_hub();
    let metric = record.series.as_ref().map(|k| k.metric.as_str()).unwrap_or_default();
    let spark = models.live.machine(record.machine).map(|l| l.spark(metric, visitor.l.now_us));
    AlertCard {
        id: record.incident.to_string(),
        machine_id: if hub { String::new() } else { record.machine.to_string() },
        machine: {
            let name = known.map_or(&record.machine_name, |machine| &machine.details.name);
            visitor.l.lang.machine_name(record.machine, name)
        },
        cause: cause(record),
        value: record.series.is_some().then_some(record.value),
        severity: severity(record.severity),
        status,
        opened_us: record.fired_us,
        spark: spark.filter(|s| s.iter().flatten().count() > 2).map(|s| Spark::fitted(&s, 10.0)),
        mailed_us: mailed(models, record),
        held: open.and_then(|i| i.held.as_ref()).map(|hold| held(models, sight, hold)),
        flapping: open.is_some_and(|i| i.flapping),
        snooze: SnoozeForm::default(),
        may_acknowledge: sight.operates(record.machine),
        back: visitor.here.clone(),
    }
}

/// When the first mail about the firing was accepted.
fn mailed(models: &Models, record: &IncidentRecord) -> Option<Micros> {
    let from = (record.fired_pos, watchroom_domain::DeliveryId(uuid::Uuid::nil()));
    let to = (record.fired_pos, watchroom_domain::DeliveryId(uuid::Uuid::max()));
    let told = models.state.deliveries.range(from..=to).map(|(_, d)| d);
    told.filter(|d| d.status == DeliveryStatus::Accepted).map(|d| d.at_us).min()
}

fn cause(record: &IncidentRecord) -> Cause {
    let series = record.series.as_ref();
    let sensor = series.map(label).unwrap_or_default();
    match record.rule_then.as_ref().map(|r| &r.condition) {
        Some(condition) => cause_of(condition, sensor),
        // The rule was forgotten by an older log; what is known is the value.
        None => Cause::Threshold {
            metric: series.map(|k| k.metric.clone()).unwrap_or_default(),
            label: sensor,
            above: true,
            fire: record.value,
            clear: record.value,
            for_us: 0,
        },
    }
}

/// Open alerts of a machine, worst first.
pub fn machine_alerts(models: &Models, visitor: &Visitor, machine: MachineId) -> MachineAlerts {
    let open = models.history.incidents().filter(|r| r.machine == machine && r.resolved.is_none());
    let cards = worst_first(open.map(|r| alert_card(models, visitor, r)).collect());
    MachineAlerts { l: visitor.l, machine: machine.to_string(), cards }
}

/// What the list of alerts can be asked for.
pub const ALERTS: Spec = Spec {
    path: "/alerts",
    filters: &["show", "q", "severity"],
    words: &[("show", &["all", "open", "history"]), ("severity", &["critical", "warning"])],
    sorts: &[("opened", Dir::Down), ("machine", Dir::Up), ("severity", Dir::Down), ("lasted", Dir::Down)],
};

/// The list, its history as asked for.
pub fn alert_list(models: &Models, visitor: &Visitor, asked: &Asked) -> AlertList {
    let sight = Sight::of(&models.state, visitor);
    let show = AlertShow::from_word(asked.filter("show"));
    let all = || models.history.incidents().filter(|r| sight.incident(r) && fits(visitor, asked, r));
    let open = all().filter(|r| r.resolved.is_none() && show != AlertShow::History && asked.first());
    let open = worst_first(open.map(|r| alert_card(models, visitor, r)).collect());
    let mut over: Vec<_> = all().filter(|r| r.resolved.is_some() && show != AlertShow::Open).collect();
    let lasted = |r: &IncidentRecord| r.resolved.map(|(at_us, _)| at_us - r.fired_us);
    over.sort_by(|a, b| {
        let order = match asked.sort() {
            "machine" => a.machine_name.to_lowercase().cmp(&b.machine_name.to_lowercase()),
            "severity" => a.severity.cmp(&b.severity),
            "lasted" => lasted(a).cmp(&lasted(b)),
            _ => a.fired_pos.cmp(&b.fired_pos),
        };
        asked.directed(order).then_with(|| b.fired_pos.cmp(&a.fired_pos))
    });
    let total = over.len();
    let (over, turn) = asked.cut(over);
    let columns = [
        ("column-alert", "machine"),
        ("field-severity", "severity"),
        ("column-opened", "opened"),
        ("column-lasted", "lasted"),
    ];
    AlertList {
        l: visitor.l,
        show,
        open,
        history: over.into_iter().map(|r| alert_card(models, visitor, r)).collect(),
        listed: asked.listed(&visitor.l, &columns, turn, total),
        no_rules: !models.state.rules.values().any(|r| r.enabled && sight.rule(r.rule)),
        may_tell: sight.may(Action::ManageChannels),
    }
}

/// Whether the list is narrowed to alerts like this one.
fn fits(visitor: &Visitor, asked: &Asked, record: &IncidentRecord) -> bool {
    let rule = record.rule_then.as_ref().map(|r| rule_name(&visitor.l, r)).unwrap_or_default();
    let text = format!("{} {rule}", record.machine_name).to_lowercase();
    asked.understood()
        && asked.words().iter().all(|word| text.contains(word))
        && match asked.filter("severity") {
            "" => true,
            word => severity(record.severity).word() == word,
        }
}

fn worst_first(mut cards: Vec<AlertCard>) -> Vec<AlertCard> {
    let taken = |c: &AlertCard| matches!(c.status, AlertStatus::Acknowledged { .. });
    let mild = |c: &AlertCard| c.severity == crate::web::view::Severity::Warning;
    cards.sort_by_key(|c| (taken(c), mild(c), -c.opened_us));
    cards
}

/// One alert with its whole life: the events of its stream, and what was told.
pub fn alert_page(
    models: &Models,
    visitor: &Visitor,
    record: &IncidentRecord,
    stream: &[Arc<RecordedEvent>],
    told: &Told,
) -> AlertPage {
    let l = visitor.l;
    let sight = Sight::of(&models.state, visitor);
    let mut timeline: Vec<_> = stream.iter().filter_map(|e| step(models, visitor, record, e)).collect();
    timeline.extend(told.attempts.iter().filter_map(|e| told_step(models, visitor, sight, e)));
    timeline.sort_by_key(|entry| entry.at_us);
    let rule = l.lang.rule_name(record.rule_then.as_ref());
    let rule_known = models.state.rules.contains_key(&record.rule);
    let changed = models.state.rules.get(&record.rule).filter(|rule| sight.changes_rule(rule));
    let rule_id = changed.map(|rule| rule.rule.to_string());
    let card = alert_card(models, visitor, record);
    let chart = chart(models, visitor, record);
    let silence = match (sight.operates(record.machine), rule_known) {
        (true, true) if !record.machine.is_hub() => {
            format!("/silences?machine={}&rule={}", record.machine, record.rule)
        }
        (true, _) => "/silences".to_owned(),
        _ => String::new(),
    };
    let evidence = models.history.evidence(record.incident).map(|e| super::evidence_table(visitor, e));
    let why = super::failure_of(&models.state, record);
    AlertPage { l, card, why, rule, rule_id, silence, timeline, cut: told.cut, chart, evidence }
}

fn step(
    models: &Models,
    visitor: &Visitor,
    record: &IncidentRecord,
    recorded: &RecordedEvent,
) -> Option<TimelineEntry> {
    let (at_us, step) = match &recorded.event {
        Event::AlertPending(e) => (e.since_us, Step::Pending(record.series.is_some().then_some(e.value))),
        Event::AlertFired(_) => (recorded.ts_us, Step::Opened),
        Event::AlertAcknowledged(e) => {
            (recorded.ts_us, Step::Acknowledged(person_name(&models.state, visitor, e.by)))
        }
        Event::AlertSnoozed(e) => {
            (recorded.ts_us, Step::Snoozed(person_name(&models.state, visitor, e.by), e.until_us))
        }
        Event::AlertHeld(e) => {
            (recorded.ts_us, Step::Held(held(models, Sight::of(&models.state, visitor), &e.hold)))
        }
        Event::AlertReleased(_) => (recorded.ts_us, Step::Released),
        Event::AlertEscalated(e) => {
            (recorded.ts_us, Step::Escalated(e.step + 1, names(models, visitor, &e.to)))
        }
        Event::AlertFlapping(e) => (recorded.ts_us, Step::Flapping(e.times, e.within_us)),
        Event::AlertResolved(e) => (recorded.ts_us, Step::Resolved(e.at_us - record.fired_us, why(e.reason))),
        _ => return None,
    };
    Some(TimelineEntry { at_us, step })
}

/// The names of these people, one after the other.
pub fn names(models: &Models, visitor: &Visitor, people: &[SubjectId]) -> String {
    let names: Vec<_> = people.iter().map(|p| person_name(&models.state, visitor, *p)).collect();
    names.join(&visitor.l.t("list-separator"))
}

/// Why an alert ended, where it did not end by itself.
fn why(reason: ResolveReason) -> Option<&'static str> {
    match reason {
        ResolveReason::Cleared | ResolveReason::HeardAgain => None,
        ResolveReason::Calm => Some("ended-calm"),
        ResolveReason::RuleChanged => Some("ended-rule-changed"),
        ResolveReason::RuleRemoved => Some("ended-rule-removed"),
        ResolveReason::MachineRemoved => Some("ended-machine-removed"),
        ResolveReason::AgentRevoked => Some("ended-agent-revoked"),
        ResolveReason::NotCovered => Some("ended-not-covered"),
        ResolveReason::SeriesGone => Some("ended-series-gone"),
    }
}

/// What was told is for those who look after channels, and for whom it was told.
fn told_step(
    models: &Models,
    visitor: &Visitor,
    sight: Sight<'_>,
    recorded: &RecordedEvent,
) -> Option<TimelineEntry> {
    let Event::DeliveryAttempted(e) = &recorded.event else { return None };
    if !sight.told(e.recipient) {
        return None;
    }
    let step = Step::Told {
        channel: visitor.l.t(&format!("channel-{}", e.channel)),
        to: recipient_name(models, visitor, e.recipient),
        answer: answer(&e.outcome),
        said: e.answer.clone(),
        took_ms: e.took_us as f64 / 1e3,
        attempt: e.attempt,
    };
    Some(TimelineEntry { at_us: recorded.ts_us, step })
}

/// What an attempt came to, as pages say it.
pub fn answer(outcome: &DeliveryOutcome) -> Answer {
    match outcome {
        DeliveryOutcome::Accepted => Answer::Accepted,
        DeliveryOutcome::Retry { .. } => Answer::Deferred,
        DeliveryOutcome::Dead => Answer::GivenUp,
        DeliveryOutcome::Digested => Answer::Digested,
        DeliveryOutcome::Superseded => Answer::Superseded,
    }
}

/// Whom a delivery goes to, by what is known of the subject now.
pub fn recipient_name(models: &Models, visitor: &Visitor, subject: SubjectId) -> String {
    let state = &models.state;
    let keeper = state.machines.values().filter_map(|m| m.keeper.as_ref()).find(|k| k.subject == subject);
    let subscriber =
        || state.subscriptions.values().find(|s| s.subject == subject).map(|s| s.address.clone());
    let person = || state.people.get(&subject).map(|p| p.display_name.clone());
    let keeper = keeper.map(|k| if k.name.is_empty() { k.mail.clone() } else { k.name.clone() });
    keeper.or_else(person).or_else(subscriber).unwrap_or_else(|| visitor.l.t("somebody"))
}

/// The value of an open alert's series now.
fn present(models: &Models, record: &IncidentRecord) -> Option<f64> {
    let series = models.state.series_of.get(&record.machine)?.get(record.series.as_ref()?)?;
    let live = models.live.machine(record.machine).filter(|_| record.resolved.is_none())?;
    live.values.get(series).map(|(_, value)| *value)
}

fn chart(models: &Models, visitor: &Visitor, record: &IncidentRecord) -> Option<Chart> {
    let metric = &record.series.as_ref()?.metric;
    let known = watchroom_domain::Metric::known().iter().find(|m| m.name == metric.as_str())?;
    let threshold = match record.rule_then.as_ref().map(|r| &r.condition) {
        Some(Condition::Threshold { fire, .. }) => Some(*fire),
        _ => None,
    };
    let end =
        record.resolved.map_or(visitor.l.now_us, |(at_us, _)| (at_us + AROUND_US).min(visitor.l.now_us));
    // A day at most: an old alert that is still open is shown by its last day.
    let known_us = models.state.machines.get(&record.machine).map_or(0, |m| m.registered_us);
    let before_us = (record.since_us - AROUND_US).max(known_us.min(record.since_us - MINUTE_US));
    let from_us = before_us.max(end - 24 * 60 * MINUTE_US);
    Some(Chart {
        machine: record.machine.to_string(),
        title: visitor.l.metric(metric),
        note: String::new(),
        metrics: vec![known.name],
        known: true,
        value: Some(present(models, record).unwrap_or(record.value)),
        state: models
            .state
            .incidents
            .get(&record.incident)
            .map_or_else(Default::default, |i| severity(i.severity).state()),
        threshold,
        from_us,
        to_us: end,
        span_us: end - from_us,
        spark: None,
    })
}
