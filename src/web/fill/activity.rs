//! What happened, as the column beside every page tells it.

use super::{alert_card, label, person_name};
use crate::views::Models;
use crate::web::context::Visitor;
use crate::web::view::{Activity, ActivityItem, Happened, MachineEvents, Moment};
use std::sync::Arc;
use watchroom_domain::{By, DeliveryOutcome, Event, IncidentId, MachineId, RecordedEvent};

/// Things told in the column.
const COLUMN: usize = 40;
/// Things told of one machine.
const OF_MACHINE: usize = 30;

/// The column beside every page, oldest first.
pub fn activity(models: &Models, visitor: &Visitor) -> Activity {
    let state = &models.state;
    let mut items = Vec::new();
    let mut day = String::new();
    let newest: Vec<_> = models.history.activity().take(COLUMN).collect();
    for event in newest.into_iter().rev() {
        let Some(item) = item(models, visitor, event) else { continue };
        let this = visitor.l.day(event.ts_us);
        if this != day {
            items.push(ActivityItem::Day(event.ts_us));
            day = this;
        }
        items.push(item);
    }
    Activity {
        l: visitor.l,
        open_alerts: state.incidents.values().filter(|i| i.has_fired()).count() as u64,
        machines: state.machines.len() as u64,
        items,
    }
}

fn item(models: &Models, visitor: &Visitor, event: &Arc<RecordedEvent>) -> Option<ActivityItem> {
    if let Event::AlertFired(e) = &event.event {
        let record = models.history.incident(e.incident)?;
        return Some(ActivityItem::Alert(alert_card(models, visitor, record)));
    }
    moment(models, visitor, event).map(ActivityItem::Moment)
}

/// What happened on one machine, newest first.
pub fn machine_events(models: &Models, visitor: &Visitor, machine: MachineId) -> MachineEvents {
    let about = |event: &RecordedEvent| machine_of(models, &event.event) == Some(machine);
    let moments = models.history.activity().filter(|e| about(e));
    let moments = moments.filter_map(|e| moment(models, visitor, e)).take(OF_MACHINE).collect();
    MachineEvents { l: visitor.l, machine: machine.to_string(), moments }
}

fn machine_of(models: &Models, event: &Event) -> Option<MachineId> {
    let of_incident = |id: &IncidentId| models.history.incident(*id).map(|r| r.machine);
    match event {
        Event::MachineRegistered(e) => Some(e.machine),
        Event::MachineChanged(e) => Some(e.machine),
        Event::AgentEnrolled(e) => Some(e.machine),
        Event::AgentRenewed(e) => Some(e.machine),
        Event::AgentRevoked(e) => Some(e.machine),
        Event::JoinTokenIssued(e) => Some(e.machine),
        Event::AgentConnected(e) => Some(e.machine),
        Event::AgentDisconnected(e) => Some(e.machine),
        Event::AlertFired(e) => Some(e.machine),
        Event::AlertAcknowledged(e) => of_incident(&e.incident),
        Event::AlertResolved(e) => of_incident(&e.incident),
        Event::DeliveryAttempted(e) => e.incident.as_ref().and_then(of_incident),
        _ => None,
    }
}

fn moment(models: &Models, visitor: &Visitor, recorded: &RecordedEvent) -> Option<Moment> {
    let what = happened(models, visitor, recorded)?;
    let by_agent = matches!(
        recorded.event,
        Event::AgentEnrolled(_)
            | Event::AgentRenewed(_)
            | Event::AgentConnected(_)
            | Event::AgentDisconnected(_)
    );
    let machine = machine_of(models, &recorded.event).filter(|_| by_agent);
    let machine_name = machine.and_then(|id| models.state.machines.get(&id)).map(|m| m.details.name.clone());
    let who = match (recorded.meta.by, machine_name) {
        (_, Some(name)) => name,
        (By::Person(person), None) => person_name(&models.state, &visitor.l, person),
        _ => "Watchroom".to_owned(),
    };
    Some(Moment { who, machine: machine.is_some(), at_us: recorded.ts_us, what })
}

fn happened(models: &Models, visitor: &Visitor, recorded: &RecordedEvent) -> Option<Happened> {
    use Happened as H;
    let machine = |id: MachineId| {
        models.state.machines.get(&id).map_or_else(|| "?".to_owned(), |m| m.details.name.clone())
    };
    let headline = |id: IncidentId| headline(models, visitor, id);
    Some(match &recorded.event {
        Event::PersonRegistered(_) => H::OwnerMade,
        Event::MachineRegistered(e) => H::Registered(e.details.name.clone()),
        Event::MachineChanged(e) => H::Edited(e.details.name.clone()),
        Event::MachineRemoved(_) => H::Removed(String::new()),
        Event::JoinTokenIssued(e) => H::TokenMade(machine(e.machine)),
        Event::AgentEnrolled(_) => H::Joined,
        Event::AgentRenewed(_) => H::Renewed,
        Event::AgentRevoked(e) => H::Revoked(machine(e.machine)),
        Event::AgentConnected(_) => H::Connected,
        Event::AgentDisconnected(_) => H::Disconnected,
        Event::AlertFired(e) => H::Opened(headline(e.incident)?),
        Event::AlertAcknowledged(e) => H::Acknowledged(headline(e.incident)?),
        Event::AlertResolved(e) => {
            let fired_us = models.history.incident(e.incident)?.fired_us;
            H::Resolved(headline(e.incident)?, e.at_us - fired_us)
        }
        Event::RuleAdded(e) if recorded.meta.by != By::Hub => H::RuleAdded(e.rule.name.clone()),
        Event::RuleChanged(e) => H::RuleChanged(e.rule.name.clone()),
        Event::ChannelConfigured(_) => H::MailChanged,
        Event::Subscribed(_) | Event::Unsubscribed(_) => H::SubscriptionsChanged,
        Event::DeliveryAttempted(e) => match e.outcome {
            DeliveryOutcome::Accepted => H::MailAccepted(e.took_us as f64 / 1e3),
            DeliveryOutcome::Retry { .. } => H::MailRetried(e.answer.clone()),
            DeliveryOutcome::Dead => H::MailGivenUp(e.answer.clone()),
        },
        _ => return None,
    })
}

/// What an incident was about: the machine, and what it found.
fn headline(models: &Models, visitor: &Visitor, id: IncidentId) -> Option<String> {
    let record = models.history.incident(id)?;
    let sensor = record.series.as_ref().map(label).unwrap_or_default();
    let cause = super::cause_of(&record.rule_then.as_ref()?.condition, sensor);
    let text = cause.headline(&visitor.l, record.series.is_some().then_some(record.value));
    Some(visitor.l.t2("machine-and", "machine", &record.machine_name, "text", text))
}
