//! What happened, as the column beside every page tells it.

use super::alerts::{names, recipient_name};
use super::health::severity;
use super::{alert_card, label, open_incidents, person_name, rule_name, scope_text};
use crate::views::{Lately, Models};
use crate::web::context::Visitor;
use crate::web::sight::{self, Sight};
use crate::web::view::{Activity, ActivityItem, Happened, MachineEvents, Moment};
use watchroom_domain::{
    By, CheckId, DeliveryOutcome, Event, IncidentId, MachineId, RecordedEvent, Rule, body,
};

/// Things told in the column.
const COLUMN: usize = 40;
/// Things told of one machine.
const OF_MACHINE: usize = 30;

/// The column beside every page, oldest first.
pub fn activity(models: &Models, visitor: &Visitor) -> Activity {
    let sight = Sight::of(&models.state, visitor);
    let mut items = Vec::new();
    let mut day = String::new();
    let newest = models.history.activity().filter(|lately| seen(models, sight, lately));
    let newest: Vec<_> = newest.take(COLUMN).collect();
    for lately in newest.into_iter().rev() {
        let Some(item) = item(models, visitor, lately).filter(|i| !on_a_card(i, lately)) else { continue };
        let at_us = lately.event.ts_us;
        let this = visitor.l.day(at_us);
        if this != day {
            items.push(ActivityItem::Day(at_us));
            day = this;
        }
        items.push(item);
    }
    Activity {
        l: visitor.l,
        open_alerts: open_incidents(sight, models).count() as u64,
        machines: sight.machines().count() as u64,
        items,
    }
}

fn seen(models: &Models, sight: Sight<'_>, lately: &Lately) -> bool {
    sight.event(lately, |id| models.history.incident(id).map(|r| r.machine))
}

/// Whether the card of an alert says this too: that mail about it was accepted.
fn on_a_card(item: &ActivityItem, lately: &Lately) -> bool {
    let of_alert = matches!(&lately.event.event, Event::DeliveryAttempted(e) if e.incident.is_some());
    matches!(item, ActivityItem::Moment(m) if of_alert && matches!(m.what, Happened::MailAccepted(..)))
}

fn item(models: &Models, visitor: &Visitor, lately: &Lately) -> Option<ActivityItem> {
    if let Event::AlertFired(e) = &lately.event.event {
        let record = models.history.incident(e.incident)?;
        return Some(ActivityItem::Alert(alert_card(models, visitor, record)));
    }
    moment(models, visitor, lately).map(ActivityItem::Moment)
}

/// What happened on one machine, newest first.
pub fn machine_events(models: &Models, visitor: &Visitor, machine: MachineId) -> MachineEvents {
    let sight = Sight::of(&models.state, visitor);
    let about = |event: &RecordedEvent| machine_of(models, &event.event) == Some(machine);
    let moments = models.history.activity().filter(|l| about(&l.event) && seen(models, sight, l));
    let moments = moments.filter_map(|l| moment(models, visitor, l)).take(OF_MACHINE).collect();
    MachineEvents { l: visitor.l, machine: machine.to_string(), moments }
}

fn machine_of(models: &Models, event: &Event) -> Option<MachineId> {
    sight::machine_of(event, |id| models.history.incident(id).map(|r| r.machine))
}

fn moment(models: &Models, visitor: &Visitor, lately: &Lately) -> Option<Moment> {
    let recorded = &*lately.event;
    let what = happened(models, visitor, lately)?;
    let by_agent = matches!(
        recorded.event,
        Event::AgentEnrolled(_)
            | Event::AgentRenewed(_)
            | Event::AgentConnected(_)
            | Event::AgentDisconnected(_)
            | Event::CollectorFailed(_)
            | Event::CollectorRecovered(_)
    );
    let machine = machine_of(models, &recorded.event).filter(|_| by_agent);
    let machine_name = machine.and_then(|id| models.state.machines.get(&id)).map(|m| m.details.name.clone());
    let person = match (&recorded.event, recorded.meta.by) {
        // Whoever makes an account is a stranger until it is made.
        (Event::PersonRegistered(e), _) => Some(e.person),
        (_, By::Person(person)) => Some(person),
        _ => None,
    };
    let person = person.map(|p| person_name(&models.state, visitor, p));
    let who = machine_name.or(person).unwrap_or_else(|| "Watchroom".to_owned());
    Some(Moment { who, machine: machine.is_some(), at_us: recorded.ts_us, what })
}

fn happened(models: &Models, visitor: &Visitor, lately: &Lately) -> Option<Happened> {
    use Happened as H;
    let Lately { event: recorded, machine_then, rule_then } = lately;
    let machine = |id: MachineId| {
        models.state.machines.get(&id).map_or_else(|| "?".to_owned(), |m| m.details.name.clone())
    };
    let check = |id: CheckId| models.state.checks.get(&id).map_or_else(|| "?".to_owned(), |c| c.name.clone());
    let headline = |id: IncidentId| headline(models, visitor, id);
    let named = |rule: &Rule| rule_name(&visitor.l, rule);
    Some(match &recorded.event {
        Event::PersonRegistered(e) => H::AccountMade(e.way),
        Event::MachineRegistered(e) => H::Registered(e.details.name.clone()),
        Event::MachineChanged(e) => H::Edited(e.details.name.clone()),
        Event::MachineRemoved(_) => H::Removed(machine_then.clone()),
        Event::JoinTokenIssued(e) => H::TokenMade(machine(e.machine)),
        Event::AgentEnrolled(_) => H::Joined,
        Event::AgentRenewed(_) => H::Renewed,
        Event::AgentRevoked(e) => H::Revoked(machine(e.machine)),
        Event::AgentConnected(_) => H::Connected,
        Event::AgentDisconnected(_) => H::Disconnected,
        Event::AlertFired(e) => H::Opened(headline(e.incident)?, severity(e.severity).state()),
        Event::AlertAcknowledged(e) => H::Acknowledged(headline(e.incident)?),
        Event::AlertSnoozed(e) => H::Snoozed(headline(e.incident)?, e.until_us),
        Event::AlertReleased(e) => H::Released(headline(e.incident)?),
        Event::AlertEscalated(e) => H::Escalated(headline(e.incident)?, names(models, visitor, &e.to)),
        Event::AlertFlapping(e) => H::Flapping(headline(e.incident)?),
        Event::SilenceBegun(e) => {
            let scope = scope_text(&models.state, visitor, &e.scope).text(&visitor.l);
            H::SilenceBegun(scope, e.until_us, e.reason.clone())
        }
        Event::SilenceEnded(e) => H::SilenceEnded(e.by.is_some()),
        Event::AlertResolved(e) => {
            let fired_us = models.history.incident(e.incident)?.fired_us;
            H::Resolved(headline(e.incident)?, e.at_us - fired_us)
        }
        Event::RuleAdded(e) if recorded.meta.by != By::Hub => H::RuleAdded(named(&e.rule)),
        Event::RuleChanged(e) => match rule_then {
            Some(then) if Rule { enabled: e.rule.enabled, ..then.clone() } == e.rule => {
                H::RuleSwitched(named(&e.rule), e.rule.enabled)
            }
            _ => H::RuleChanged(named(&e.rule)),
        },
        Event::RuleRemoved(_) => H::RuleRemoved(named(rule_then.as_ref()?)),
        Event::CheckAdded(e) => H::CheckAdded(e.check.name.clone()),
        Event::CheckChanged(e) => H::CheckChanged(e.check.name.clone()),
        Event::CheckRemoved(e) => H::CheckRemoved(e.name.clone()),
        Event::CheckFailed(e) => H::CheckFailed(check(e.check), e.why.clone()),
        Event::CheckRecovered(e) => H::CheckRecovered(check(e.check)),
        Event::CollectorFailed(e) => H::CollectorFailed(e.collector.clone()),
        Event::CollectorRecovered(e) => H::CollectorRecovered(e.collector.clone()),
        Event::ChannelConfigured(_) => H::MailChanged,
        Event::Subscribed(_) | Event::SubscriptionChanged(_) | Event::Unsubscribed(_) => {
            H::SubscriptionsChanged
        }
        Event::HubTroubled(e) => H::HubTroubled(e.trouble),
        Event::HubRecovered(e) => H::HubRecovered(e.lasted_us),
        Event::LogRestored(_) => H::LogRestored,
        Event::SettingsReloaded(_) => H::SettingsReloaded,
        Event::PasswordResetIssued(e) if recorded.meta.by == By::Stranger => {
            H::ResetAsked(person_name(&models.state, visitor, e.person))
        }
        Event::PasswordResetIssued(e) => H::ResetIssued(person_name(&models.state, visitor, e.person)),
        Event::DeliveryAttempted(e) => return delivered(models, visitor, e),
        _ => return None,
    })
}

fn delivered(models: &Models, visitor: &Visitor, e: &body::DeliveryAttempted) -> Option<Happened> {
    use Happened as H;
    let to = recipient_name(models, visitor, e.recipient);
    match e.outcome {
        DeliveryOutcome::Accepted => Some(H::MailAccepted(to, e.took_us as f64 / 1e3)),
        // Further tries say nothing new; the page of the alert has them all.
        DeliveryOutcome::Retry { .. } if e.attempt > 1 => None,
        DeliveryOutcome::Retry { .. } => Some(H::MailRetried(to, e.answer.clone())),
        DeliveryOutcome::Dead => Some(H::MailGivenUp(to, e.answer.clone())),
        DeliveryOutcome::Digested | DeliveryOutcome::Superseded => None,
    }
}

/// What an incident was about: the machine, and what it found.
fn headline(models: &Models, visitor: &Visitor, id: IncidentId) -> Option<String> {
    let record = models.history.incident(id)?;
    let sensor = record.series.as_ref().map(label).unwrap_or_default();
    let cause = super::cause_of(&record.rule_then.as_ref()?.condition, sensor);
    let text = cause.headline(&visitor.l, record.series.is_some().then_some(record.value));
    let machine = if record.machine.is_hub() { "Watchroom" } else { &record.machine_name };
    Some(visitor.l.t2("machine-and", "machine", machine, "text", text))
}
