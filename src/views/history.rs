//! Incidents that fired, open and over, and what happened lately.

use super::origins::Origins;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use watchroom_domain::alert::ResolveReason;
use watchroom_domain::{
    By, Event, IncidentId, IncidentStatus, MachineId, Micros, Position, Process, RecordedEvent, RuleId,
    SeriesKey, Severity, State, SubjectId, body,
};

/// Incidents at hand; older ones are in the log.
const INCIDENTS: usize = 5_000;
/// Things that happened lately, at hand.
const ACTIVITY: usize = 200;

/// An incident that fired, with the names that things had then.
#[derive(Clone, Debug)]
pub struct IncidentRecord {
    /// Its identifier.
    pub incident: IncidentId,
    /// Position of the firing.
    pub fired_pos: Position,
    /// The rule.
    pub rule: RuleId,
    /// The rule as it was when it fired.
    pub rule_then: Option<watchroom_domain::Rule>,
    /// The machine.
    pub machine: MachineId,
    /// The machine's name when it fired.
    pub machine_name: String,
    /// Metric and labels; none for silence.
    pub series: Option<SeriesKey>,
    /// How bad it is.
    pub severity: Severity,
    /// Where it stands.
    pub status: IncidentStatus,
    /// Since when the value was past its threshold, or nothing was heard.
    pub since_us: Micros,
    /// When it fired.
    pub fired_us: Micros,
    /// The value then (seconds of silence, for silence).
    pub value: f64,
    /// Who acknowledged it and when.
    pub acknowledged: Option<(SubjectId, Micros)>,
    /// When it ended and why.
    pub resolved: Option<(Micros, ResolveReason)>,
    /// The value that ended it.
    pub last: Option<f64>,
}

/// Something that happened, with what it was called before.
#[derive(Clone, Debug)]
pub struct Lately {
    /// What happened.
    pub event: Arc<RecordedEvent>,
    /// Name of the machine that it removed; empty otherwise.
    pub machine_then: String,
    /// The rule that it changed or removed, as it was.
    pub rule_then: Option<watchroom_domain::Rule>,
}

impl IncidentRecord {
    /// The record of an incident that fires at this position, given what is so then.
    pub fn fired(fired_pos: Position, e: &body::AlertFired, state: &State) -> Self {
        let machine = state.machines.get(&e.machine);
        Self {
            incident: e.incident,
            fired_pos,
            rule: e.rule,
            rule_then: state.rules.get(&e.rule).cloned(),
            machine: e.machine,
            machine_name: machine.map_or_else(String::new, |m| m.details.name.clone()),
            series: e.series.and_then(|s| state.series.get(&s)).map(|d| d.key.clone()),
            severity: e.severity,
            status: IncidentStatus::Firing,
            since_us: e.since_us,
            fired_us: e.at_us,
            value: e.value,
            acknowledged: None,
            resolved: None,
            last: None,
        }
    }
}

/// What ran on a machine when one of its incidents was new. Names are an agent's: hostile.
#[derive(Clone, Debug)]
pub struct Evidence {
    /// The machine.
    pub machine: MachineId,
    /// When it was recorded.
    pub at_us: Micros,
    /// Those that used most.
    pub processes: Vec<Process>,
}

/// What was.
#[derive(Clone, Debug, Default)]
pub struct History {
    incidents: BTreeMap<Position, IncidentRecord>,
    by_id: BTreeMap<IncidentId, Position>,
    evidence: BTreeMap<IncidentId, Evidence>,
    activity: VecDeque<Lately>,
    seen: BTreeMap<SubjectId, Micros>,
    origins: Origins,
}

impl History {
    /// Folds in one event, given what was so before it.
    pub fn apply(&mut self, recorded: &Arc<RecordedEvent>, state: &State) {
        if let By::Person(person) = recorded.meta.by {
            self.seen.insert(person, recorded.ts_us);
        }
        match &recorded.event {
            Event::AlertFired(e) => {
                let record = IncidentRecord::fired(recorded.pos, e, state);
                self.by_id.insert(e.incident, recorded.pos);
                self.incidents.insert(recorded.pos, record);
                self.trim();
            }
            Event::AlertAcknowledged(e) => {
                if let Some(record) = self.record_mut(e.incident) {
                    record.status = IncidentStatus::Acknowledged;
                    record.acknowledged = Some((e.by, recorded.ts_us));
                }
            }
            Event::AlertResolved(e) => {
                if let Some(record) = self.record_mut(e.incident) {
                    record.status = IncidentStatus::Resolved;
                    (record.resolved, record.last) = (Some((e.at_us, e.reason)), e.value);
                }
            }
            Event::PersonForgotten(e) => self.forget(e.person),
            Event::EvidenceRecorded(e) => {
                let (machine, at_us, processes) = (e.machine, e.at_us, e.processes.clone());
                self.evidence.insert(e.incident, Evidence { machine, at_us, processes });
            }
            Event::AlertDropped(e) => {
                self.evidence.remove(&e.incident);
            }
            _ => {}
        }
        self.origins.apply(recorded);
        if worth_telling(&recorded.event) {
            self.activity.push_back(lately(recorded, state));
            if self.activity.len() > ACTIVITY {
                self.activity.pop_front();
            }
        }
    }

    /// One incident that fired.
    pub fn incident(&self, id: IncidentId) -> Option<&IncidentRecord> {
        self.incidents.get(self.by_id.get(&id)?)
    }

    /// Incidents that fired, newest first.
    pub fn incidents(&self) -> impl Iterator<Item = &IncidentRecord> {
        self.incidents.values().rev()
    }

    /// What ran on the incident's machine when it was new, if that was recorded.
    pub fn evidence(&self, id: IncidentId) -> Option<&Evidence> {
        self.evidence.get(&id)
    }

    /// The newest evidence about a machine.
    pub fn evidence_of(&self, machine: MachineId) -> Option<&Evidence> {
        self.evidence.values().filter(|e| e.machine == machine).max_by_key(|e| e.at_us)
    }

    /// When a person last did something that was recorded, signing in included.
    pub fn seen(&self, person: SubjectId) -> Option<Micros> {
        self.seen.get(&person).copied()
    }

    /// The address that an event was asked for from, as far as that is at hand.
    pub fn address(&self, event: &RecordedEvent) -> Option<&str> {
        self.origins.of(event)
    }

    /// What happened lately, newest first.
    pub fn activity(&self) -> impl Iterator<Item = &Lately> {
        self.activity.iter().rev()
    }

    /// What was read of somebody while that could still be read.
    fn forget(&mut self, person: SubjectId) {
        self.origins.forget(person);
        self.seen.remove(&person);
        for lately in &mut self.activity {
            lately.event = forgotten(&lately.event, person);
        }
    }

    fn record_mut(&mut self, id: IncidentId) -> Option<&mut IncidentRecord> {
        self.incidents.get_mut(self.by_id.get(&id)?)
    }

    /// Lets go of the oldest incidents that are over.
    fn trim(&mut self) {
        while self.incidents.len() > INCIDENTS {
            let oldest = self.incidents.iter().find(|(_, r)| r.status == IncidentStatus::Resolved);
            let Some((pos, id)) = oldest.map(|(pos, r)| (*pos, r.incident)) else { return };
            self.incidents.remove(&pos);
            self.by_id.remove(&id);
            self.evidence.remove(&id);
        }
    }
}

/// The event as it reads once this subject's key is destroyed.
pub(super) fn forgotten(recorded: &Arc<RecordedEvent>, subject: SubjectId) -> Arc<RecordedEvent> {
    if recorded.event.subject() != Some(subject) {
        return recorded.clone();
    }
    let event = Event::Forgotten { kind: recorded.event.kind().kind, subject };
    Arc::new(RecordedEvent { event, ..RecordedEvent::clone(recorded) })
}

/// What an event takes away is known before it only.
fn lately(recorded: &Arc<RecordedEvent>, before: &State) -> Lately {
    let machine_then = match &recorded.event {
        Event::MachineRemoved(e) => before.machines.get(&e.machine).map(|m| m.details.name.clone()),
        _ => None,
    };
    let rule_then = match &recorded.event {
        Event::RuleChanged(e) => before.rules.get(&e.rule.rule).cloned(),
        Event::RuleRemoved(e) => before.rules.get(&e.rule).cloned(),
        _ => None,
    };
    Lately { event: recorded.clone(), machine_then: machine_then.unwrap_or_default(), rule_then }
}

/// Whether it is told in the column beside every page.
pub fn worth_telling(event: &Event) -> bool {
    !matches!(
        event,
        Event::HubStarted(_)
            | Event::SeriesDefined(_)
            | Event::Telemetry(_)
            | Event::AlertPending(_)
            | Event::AlertDropped(_)
            | Event::AlertHeld(_)
            | Event::EvidenceRecorded(_)
            | Event::KeeperSet(_)
            | Event::KeeperCleared(_)
            | Event::SessionOpened(_)
            | Event::SessionClosed(_)
            | Event::SessionMoved(_)
            | Event::TokenMoved(_)
            | Event::SecondFactorSet(_)
            | Event::SecondFactorRemoved(_)
            | Event::PortraitSet(_)
            | Event::PortraitRemoved(_)
            | Event::TestRequested(_)
            | Event::LinkCodeIssued(_)
            | Event::DestinationLinked(_)
            | Event::PressTaken(_)
            | Event::RightRefused(_)
            | Event::Forgotten { .. }
            | Event::Unknown { .. }
    )
}
