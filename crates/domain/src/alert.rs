//! Incidents: pending, firing, acknowledged, resolved; one identifier from the first sign to the end.

use crate::error::Refusal;
use crate::event::{Event, body};
use crate::ids::{IncidentId, MachineId, RuleId, SubjectId};
use crate::recorded::Position;
use crate::rule::{Rule, Severity};
use crate::state::State;
use crate::telemetry::SeriesId;
use crate::time::Micros;
use serde::{Deserialize, Serialize};

/// What an incident is of: one rule on one series of one machine (no series for silence).
pub type IncidentKey = (RuleId, MachineId, Option<SeriesId>);

/// Where an incident stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IncidentStatus {
    /// Past the threshold, not yet for long enough.
    Pending,
    /// Somebody is needed.
    Firing,
    /// Somebody takes care of it.
    Acknowledged,
    /// Over.
    Resolved,
}

/// Why an incident is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ResolveReason {
    /// The value passed the clearing threshold.
    Cleared,
    /// The machine was heard again.
    HeardAgain,
    /// The rule was changed or switched off, so it is judged anew.
    RuleChanged,
    /// The rule was removed.
    RuleRemoved,
    /// The machine was removed.
    MachineRemoved,
    /// The agent's key was revoked, so nothing more is expected of it.
    AgentRevoked,
    /// The machine is no longer one that the rule is for.
    NotCovered,
    /// The machine is heard, but this series of it no longer is: a disk unmounted, a sensor gone.
    SeriesGone,
}

/// An incident that is not over.
#[derive(Clone, Debug, PartialEq)]
pub struct Incident {
    /// Its identifier.
    pub incident: IncidentId,
    /// The rule that speaks.
    pub rule: RuleId,
    /// The machine it speaks of.
    pub machine: MachineId,
    /// The series, none for silence.
    pub series: Option<SeriesId>,
    /// Where it stands.
    pub status: IncidentStatus,
    /// Since when the value is past its threshold, or since when nothing was heard.
    pub since_us: Micros,
    /// When it fired.
    pub fired_us: Option<Micros>,
    /// The value at the last change (seconds of silence, for silence).
    pub value: f64,
    /// Who acknowledged it.
    pub acknowledged_by: Option<SubjectId>,
    /// How bad it is, as of its firing.
    pub severity: Severity,
    /// How often it was recorded what ran on the machine.
    pub evidence_count: u32,
}

impl Incident {
    /// What it is of.
    pub fn key(&self) -> IncidentKey {
        (self.rule, self.machine, self.series)
    }

    /// Whether somebody is or was needed.
    pub fn has_fired(&self) -> bool {
        self.status != IncidentStatus::Pending
    }
}

/// What the rule evaluator asks for. Asking twice changes nothing.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs, reason = "fields are those of the events they become")]
pub enum AlertCommand {
    /// A value passed its threshold.
    Open { key: IncidentKey, since_us: Micros, value: f64, cause: Position },
    /// It came back before it fired.
    Drop { key: IncidentKey, cause: Position },
    /// It stayed long enough.
    Fire { key: IncidentKey, at_us: Micros, value: f64, cause: Position },
    /// It is over.
    Resolve { key: IncidentKey, at_us: Micros, value: Option<f64>, cause: Position, reason: ResolveReason },
}

impl AlertCommand {
    /// What the command is about.
    pub fn key(&self) -> IncidentKey {
        match self {
            AlertCommand::Open { key, .. }
            | AlertCommand::Drop { key, .. }
            | AlertCommand::Fire { key, .. }
            | AlertCommand::Resolve { key, .. } => *key,
        }
    }

    /// Position of the event that showed it.
    pub fn cause(&self) -> Position {
        match self {
            AlertCommand::Open { cause, .. }
            | AlertCommand::Drop { cause, .. }
            | AlertCommand::Fire { cause, .. }
            | AlertCommand::Resolve { cause, .. } => *cause,
        }
    }
}

/// The incident that one cause opens under one key: always the same.
pub fn incident_id(key: IncidentKey, cause: Position) -> IncidentId {
    let series = key.2.map_or_else(|| "-".to_owned(), |s| s.to_string());
    IncidentId::derived(&[&key.0.to_string(), &key.1.to_string(), &series, &cause.to_string()])
}

pub(crate) fn decide(state: &State, command: &AlertCommand) -> Vec<Event> {
    let key = command.key();
    // What was judged before the rule read as it does now says nothing about it.
    if state.rule_since.get(&key.0).is_none_or(|since| command.cause() < *since) {
        return Vec::new();
    }
    // What was decided once from this cause or a later one is not decided again: a replay is silent.
    if state.alert_marks.get(&key).is_some_and(|(mark, open)| {
        command.cause() < *mark
            // What a cause has opened it can fire, but neither open again nor end.
            || (command.cause() == *mark && *open && !matches!(command, AlertCommand::Fire { .. }))
    }) {
        return Vec::new();
    }
    let open = state.open_incident(key);
    match (command, open) {
        (AlertCommand::Open { since_us, value, cause, .. }, None) => {
            open_incident(state, key, *since_us, *value, *cause)
        }
        (AlertCommand::Drop { cause, .. }, Some(i)) if !i.has_fired() => {
            vec![body::AlertDropped { incident: i.incident, cause: *cause }.into()]
        }
        (AlertCommand::Fire { at_us, value, cause, .. }, Some(i)) if !i.has_fired() => {
            let Some(rule) = state.rules.get(&key.0) else { return Vec::new() };
            // Whoever asked knew of an earlier incident than this one.
            if at_us.saturating_sub(i.since_us) < rule.condition.for_us() {
                return Vec::new();
            }
            vec![
                body::AlertFired {
                    incident: i.incident,
                    rule: i.rule,
                    machine: i.machine,
                    series: i.series,
                    since_us: i.since_us,
                    at_us: *at_us,
                    value: *value,
                    cause: *cause,
                    severity: rule.severity,
                }
                .into(),
            ]
        }
        (AlertCommand::Resolve { at_us, value, cause, reason, .. }, Some(i)) => {
            vec![end(i, *at_us, *value, *cause, *reason)]
        }
        _ => Vec::new(),
    }
}

fn open_incident(
    state: &State,
    key: IncidentKey,
    since_us: Micros,
    value: f64,
    cause: Position,
) -> Vec<Event> {
    let covered = match (state.rules.get(&key.0), state.machines.get(&key.1)) {
        (Some(rule), Some(machine)) => rule.enabled && rule.scope.covers(machine),
        _ => false,
    };
    if !covered {
        return Vec::new();
    }
    let incident = incident_id(key, cause);
    let (rule, machine, series) = key;
    vec![body::AlertPending { incident, rule, machine, series, since_us, value, cause }.into()]
}

/// The event that ends an incident: nobody hears of one that never fired.
pub(crate) fn end(
    i: &Incident,
    at_us: Micros,
    value: Option<f64>,
    cause: Position,
    reason: ResolveReason,
) -> Event {
    if i.has_fired() {
        body::AlertResolved { incident: i.incident, at_us, value, cause, reason }.into()
    } else {
        body::AlertDropped { incident: i.incident, cause }.into()
    }
}

/// Ends what is open and no longer meant, when a rule or a machine changes or goes.
pub(crate) fn end_all(
    state: &State,
    now: Micros,
    reason: ResolveReason,
    gone: impl Fn(&Incident) -> bool,
) -> Vec<Event> {
    let cause = state.position;
    state.incidents.values().filter(|i| gone(i)).map(|i| end(i, now, None, cause, reason)).collect()
}

/// Whether the change makes what is open meaningless.
pub(crate) fn judged_anew(before: &Rule, after: &Rule) -> bool {
    !after.enabled || before.condition != after.condition || before.scope != after.scope
}

pub(crate) fn acknowledge(state: &State, id: IncidentId, by: SubjectId) -> Result<Vec<Event>, Refusal> {
    let Some(incident) = state.incidents.get(&id) else {
        return Err(Refusal::new("not_open", "This alert is over already; there is nothing to acknowledge."));
    };
    match incident.status {
        IncidentStatus::Firing => Ok(vec![body::AlertAcknowledged { incident: id, by }.into()]),
        IncidentStatus::Acknowledged => Ok(Vec::new()),
        _ => Err(Refusal::new("not_firing", "This alert has not fired yet.")),
    }
}
