//! What was told, and what may be forgotten of it.

use super::State;
use crate::backoff::Backoff;
use crate::event::body;
use crate::ids::{IncidentId, SubjectId, SubscriptionId};
use crate::notify::{Delivery, DeliveryStatus};
use crate::recorded::Position;
use crate::time::{HOUR_US, Micros};
use std::collections::HashMap;

/// Deliveries that are remembered, and more while they may be asked for; older ones are in the log.
const KEPT: usize = 10_000;
/// Deliveries that are forgotten at a time.
const AT_A_TIME: usize = 100;
/// After this time nobody is told any more that an incident is over whose end was not told yet.
const ENDS_UNTOLD_US: Micros = 30 * 24 * HOUR_US;

/// The deliveries of one incident together.
#[derive(Clone, Copy)]
struct Told {
    /// What was told first and last.
    first: Position,
    last: Position,
    newest_us: Micros,
    /// Whether none of them waits.
    done: bool,
}

impl State {
    pub(super) fn apply_attempt(&mut self, e: &body::DeliveryAttempted, at_us: Micros) {
        let delivery = Delivery {
            delivery: e.delivery,
            channel: e.channel.clone(),
            incident: e.incident,
            cause: e.cause,
            recipient: e.recipient,
            attempts: e.attempt,
            status: e.outcome.status(),
            answer: e.answer.clone(),
            at_us,
            took_us: e.took_us,
            kind: e.kind,
            subscription: e.subscription,
            reference: e.reference.clone(),
            revived_us: self.deliveries.get(&(e.cause, e.delivery)).and_then(|d| d.revived_us),
        };
        let known = self.deliveries.insert((e.cause, e.delivery), delivery).is_some();
        let surplus = self.deliveries.len().saturating_sub(KEPT);
        if !known && surplus > 0 && surplus.is_multiple_of(AT_A_TIME) {
            self.forget_deliveries(surplus, at_us);
        }
    }

    /// The first notice of an incident of which the far side said, when it accepted it for a recipient, what it is
    /// called there: what comes later is an answer to it, or changes it. The subscription tells two addresses of one
    /// person apart.
    pub fn thread(
        &self,
        incident: IncidentId,
        channel: &str,
        recipient: SubjectId,
        subscription: Option<SubscriptionId>,
    ) -> Option<&Delivery> {
        let of_it = |d: &&Delivery| {
            d.incident == Some(incident)
                && d.channel == channel
                && d.recipient == recipient
                && d.subscription == subscription
        };
        self.deliveries.values().filter(of_it).find(|d| d.reference.is_some())
    }

    /// Forgets the oldest deliveries, of those that nobody will ask for: the end of an incident is told to
    /// whom its beginning was, and what is not known to be done is done again.
    fn forget_deliveries(&mut self, mut surplus: usize, now: Micros) {
        let expiry_us = Backoff::default().expiry_us;
        let told = self.told();
        let incidents = &self.incidents;
        self.deliveries.retain(|_, d| {
            let over = match d.incident.and_then(|id| Some((id, told.get(&id)?))) {
                None => d.status != DeliveryStatus::Waiting && now - d.at_us > expiry_us,
                Some((id, told)) => {
                    // While only its beginning was told, its end may be about to be.
                    let quiet_us = if told.first < told.last { expiry_us } else { ENDS_UNTOLD_US };
                    told.done && now - told.newest_us > quiet_us && !incidents.contains_key(&id)
                }
            };
            let forgotten = over && surplus > 0;
            surplus -= usize::from(forgotten);
            !forgotten
        });
    }

    fn told(&self) -> HashMap<IncidentId, Told> {
        let mut told = HashMap::new();
        for d in self.deliveries.values() {
            let Some(incident) = d.incident else { continue };
            let done = d.status != DeliveryStatus::Waiting;
            let of_it = told.entry(incident).or_insert(Told {
                first: d.cause,
                last: d.cause,
                newest_us: d.at_us,
                done,
            });
            of_it.first = of_it.first.min(d.cause);
            of_it.last = of_it.last.max(d.cause);
            of_it.newest_us = of_it.newest_us.max(d.at_us);
            of_it.done &= done;
        }
        told
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alert::{Incident, IncidentStatus};
    use crate::ids::{DeliveryId, MachineId, RuleId, SubjectId};
    use crate::notify::DeliveryOutcome;
    use crate::rule::Severity;

    const LATE_US: Micros = 60 * 24 * HOUR_US;

    fn attempted(
        state: &mut State,
        cause: Position,
        incident: &str,
        outcome: DeliveryOutcome,
        at_us: Micros,
    ) {
        let recipient = SubjectId::derived(&["ada"]);
        let attempt = body::DeliveryAttempted {
            delivery: DeliveryId::of(cause, "email", recipient),
            channel: "email".into(),
            incident: Some(IncidentId::derived(&[incident])),
            cause,
            recipient,
            attempt: 1,
            outcome,
            answer: String::new(),
            took_us: 0,
            kind: None,
            subscription: None,
            reference: None,
        };
        state.apply_attempt(&attempt, at_us);
    }

    fn remembered(state: &State, cause: Position) -> bool {
        state
            .deliveries
            .range((cause, DeliveryId(uuid::Uuid::nil()))..)
            .next()
            .is_some_and(|(k, _)| k.0 == cause)
    }

    /// Enough that are over, each told to have begun and to be over.
    fn many(state: &mut State, from: Position, at_us: Micros) {
        for n in 0..(KEPT as u64 + 3_000) / 2 {
            let incident = (from + n).to_string();
            for cause in [from + 2 * n, from + 2 * n + 1] {
                attempted(state, cause, &incident, DeliveryOutcome::Accepted, at_us);
            }
        }
    }

    #[test]
    fn what_is_over_and_old_is_forgotten_and_the_rest_is_not() {
        let mut state = State::default();
        let open = IncidentId::derived(&["open"]);
        let incident = Incident {
            incident: open,
            rule: RuleId::derived(&["rule"]),
            machine: MachineId::derived(&["machine"]),
            series: None,
            status: IncidentStatus::Firing,
            since_us: 0,
            fired_us: Some(0),
            value: 0.0,
            acknowledged_by: None,
            severity: Severity::Warning,
            evidence_count: 0,
            held: None,
            told_us: None,
            escalated: 0,
            flapping: false,
            noted: 0,
        };
        state.incidents.insert(open, incident);
        attempted(&mut state, 1, "open", DeliveryOutcome::Accepted, 0);
        attempted(&mut state, 2, "waiting", DeliveryOutcome::Retry { next_us: 1 }, 0);
        attempted(&mut state, 3, "end not told", DeliveryOutcome::Accepted, LATE_US - 10 * 24 * HOUR_US);
        many(&mut state, 10, 0);
        assert!(state.deliveries.len() > KEPT + 1_000, "nothing is old yet");
        many(&mut state, 1_000_000, LATE_US);
        for cause in [1, 2, 3] {
            assert!(remembered(&state, cause), "cause {cause} may still be asked for");
        }
        assert!(!remembered(&state, 10) && !remembered(&state, 11), "what is over is forgotten");
        assert!(remembered(&state, 1_000_001), "what is young is not");
    }
}
