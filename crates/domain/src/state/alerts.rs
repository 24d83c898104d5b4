//! What is recorded of alerts and silences becomes state.

use super::State;
use crate::alert::{FLAP_WINDOW_US, Hold, Incident, IncidentStatus};
use crate::event::{Event, body};
use crate::ids::IncidentId;
use crate::recorded::{Position, RecordedEvent};
use crate::rule::Severity;
use crate::silence::Silence;

impl State {
    pub(super) fn apply_alert(&mut self, recorded: &RecordedEvent) {
        match &recorded.event {
            Event::AlertPending(e) => self.pending(e, recorded.pos),
            Event::AlertFired(e) => self.fired(e),
            Event::AlertAcknowledged(e) => {
                self.hold(e.incident, None);
                if let Some(incident) = self.incidents.get_mut(&e.incident) {
                    incident.status = IncidentStatus::Acknowledged;
                    incident.acknowledged_by = Some(e.by);
                }
            }
            Event::AlertSnoozed(e) => {
                self.hold(e.incident, Some(Hold::Snooze { until_us: e.until_us }));
            }
            Event::AlertHeld(e) => self.hold(e.incident, Some(e.hold.clone())),
            Event::AlertReleased(e) => {
                self.hold(e.incident, None);
                if let Some(incident) = self.incidents.get_mut(&e.incident) {
                    incident.told_us = Some(e.at_us);
                }
            }
            Event::AlertEscalated(e) => {
                if let Some(incident) = self.incidents.get_mut(&e.incident) {
                    incident.escalated = e.step.saturating_add(1);
                }
            }
            Event::AlertFlapping(e) => {
                if let Some(incident) = self.incidents.get_mut(&e.incident) {
                    incident.flapping = true;
                    incident.told_us = (!e.quiet).then_some(e.at_us);
                }
            }
            Event::EvidenceRecorded(e) => {
                if let Some(incident) = self.incidents.get_mut(&e.incident) {
                    incident.evidence_count += 1;
                }
            }
            Event::AlertDropped(e) => self.end_incident(e.incident, e.cause),
            Event::AlertResolved(e) => {
                let key = self.incidents.get(&e.incident).map(Incident::key);
                // Only what comes and goes by itself flaps.
                if let Some(key) = key.filter(|_| !e.reason.is_calm_for_now()) {
                    self.fires.remove(&key);
                }
                self.end_incident(e.incident, e.cause);
            }
            _ => {}
        }
        if let Some(incident) = recorded.event.of_open_incident().and_then(|id| self.incidents.get_mut(&id)) {
            incident.noted = recorded.pos;
        }
    }

    pub(super) fn apply_silence(&mut self, recorded: &RecordedEvent) {
        match &recorded.event {
            Event::SilenceBegun(e) => {
                let silence = Silence {
                    silence: e.silence,
                    scope: e.scope.clone(),
                    rule: e.rule,
                    until_us: e.until_us,
                    reason: e.reason.clone(),
                    by: e.by,
                    begun_us: recorded.ts_us,
                    begun: recorded.pos,
                };
                self.silences.insert(e.silence, silence);
            }
            Event::SilenceEnded(e) => {
                self.silences.remove(&e.silence);
                self.versions.remove(&recorded.stream);
            }
            _ => {}
        }
    }

    fn pending(&mut self, e: &body::AlertPending, pos: Position) {
        self.alert_marks.insert((e.rule, e.machine, e.series), (e.cause, true));
        self.open_by_key.insert((e.rule, e.machine, e.series), e.incident);
        let incident = Incident {
            incident: e.incident,
            rule: e.rule,
            machine: e.machine,
            series: e.series,
            status: IncidentStatus::Pending,
            since_us: e.since_us,
            fired_us: None,
            value: e.value,
            acknowledged_by: None,
            severity: Severity::Warning,
            held: None,
            told_us: None,
            escalated: 0,
            flapping: false,
            noted: pos,
            evidence_count: 0,
        };
        self.incidents.insert(e.incident, incident);
    }

    fn fired(&mut self, e: &body::AlertFired) {
        let key = (e.rule, e.machine, e.series);
        self.alert_marks.insert(key, (e.cause, true));
        let Some(incident) = self.incidents.get_mut(&e.incident) else { return };
        incident.status = IncidentStatus::Firing;
        incident.fired_us = Some(e.at_us);
        incident.told_us = (!e.quiet).then_some(e.at_us);
        incident.value = e.value;
        incident.severity = e.severity;
        let fires = self.fires.entry(key).or_default();
        fires.retain(|at| e.at_us.saturating_sub(*at) < FLAP_WINDOW_US);
        fires.push(e.at_us);
        let says_down = self.rules.get(&e.rule).is_some_and(|rule| rule.condition.says_down());
        if says_down || e.machine.is_hub() {
            self.down.entry(e.machine).or_default().insert(e.incident);
        }
    }

    /// What holds an incident from here on, if anything.
    fn hold(&mut self, id: IncidentId, hold: Option<Hold>) {
        let Some(incident) = self.incidents.get_mut(&id) else { return };
        let (before, after) = (incident.held.as_ref().and_then(Hold::on), hold.as_ref().and_then(Hold::on));
        incident.held = hold;
        if let Some(on) = before {
            self.let_go(on, id);
        }
        if let Some(on) = after {
            self.held_by.entry(on).or_default().insert(id);
        }
    }

    fn let_go(&mut self, on: IncidentId, id: IncidentId) {
        if let Some(held) = self.held_by.get_mut(&on) {
            held.remove(&id);
            if held.is_empty() {
                self.held_by.remove(&on);
            }
        }
    }

    fn end_incident(&mut self, id: IncidentId, cause: Position) {
        self.hold(id, None);
        if let Some(incident) = self.incidents.remove(&id) {
            self.open_by_key.remove(&incident.key());
            self.alert_marks.insert(incident.key(), (cause, false));
            // Nothing is recorded of an incident after its end, so its version need not be known.
            self.versions.remove(&format!("incident/{id}"));
            if let Some(down) = self.down.get_mut(&incident.machine) {
                down.remove(&id);
                if down.is_empty() {
                    self.down.remove(&incident.machine);
                }
            }
        }
    }
}
