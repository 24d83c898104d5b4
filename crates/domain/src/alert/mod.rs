//! Incidents: pending, firing, acknowledged, resolved; one identifier from the first sign to the end.

mod flap;
mod follow;
mod hold;
mod people;

pub use flap::CALM_US;
pub(crate) use flap::FLAP_WINDOW_US;
pub(crate) use follow::follow;
pub use hold::{Hold, PARENT_WAIT_US, SETTLE_US};
pub(crate) use hold::{LEVELS, ancestors};
pub(crate) use people::{acknowledge, begin_silence, end_silence, silences_of, snooze};

use crate::event::{Event, body};
use crate::ids::{IncidentId, MachineId, RuleId, SilenceId, SubjectId};
use crate::recorded::Position;
use crate::rule::{Condition, Rule, Severity};
use crate::state::State;
use crate::telemetry::SeriesId;
use crate::time::Micros;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

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
    /// It came and went, and was calm for a while now.
    Calm,
    /// The machine is heard, but this series of it no longer is: a disk unmounted, a sensor gone.
    SeriesGone,
}

impl ResolveReason {
    /// Whether the trouble itself went away, for now at least.
    pub fn is_calm_for_now(self) -> bool {
        matches!(self, ResolveReason::Cleared | ResolveReason::HeardAgain)
    }
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
    /// What keeps it from being told, if anything.
    pub held: Option<Hold>,
    /// When it was last told, in log time: escalation counts from here.
    pub told_us: Option<Micros>,
    /// How many escalation steps were taken.
    pub escalated: u32,
    /// Whether it comes and goes, and so stays open until it is calm.
    pub flapping: bool,
    /// Position of the last event recorded of it.
    pub noted: Position,
}

impl Incident {
    /// What it is of.
    pub fn key(&self) -> IncidentKey {
        (self.rule, self.machine, self.series)
    }

    /// When time alone brings this incident on: the end of what holds it, or the rule's next escalation step.
    pub fn next_us(&self, rule: Option<&Rule>) -> Option<Micros> {
        match (&self.held, self.status) {
            (Some(hold), _) => hold.until_us(),
            (None, IncidentStatus::Firing) => {
                let step = rule?.escalation.get(self.escalated as usize)?;
                Some(self.told_us?.saturating_add(step.after_us))
            }
            _ => None,
        }
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
    /// A silence has reached its end.
    EndSilence { silence: SilenceId, at_us: Micros, cause: Position },
    /// What held an incident has reached its end.
    Review { incident: IncidentId, at_us: Micros, cause: Position },
    /// Nobody acknowledged an incident in time.
    Escalate { incident: IncidentId, step: u32, at_us: Micros, cause: Position },
}

impl AlertCommand {
    /// What the command is about, where it is what a rule sees.
    fn key(&self) -> Option<IncidentKey> {
        match self {
            AlertCommand::Open { key, .. }
            | AlertCommand::Drop { key, .. }
            | AlertCommand::Fire { key, .. }
            | AlertCommand::Resolve { key, .. } => Some(*key),
            _ => None,
        }
    }

    /// Position of the event that showed it.
    pub fn cause(&self) -> Position {
        match self {
            AlertCommand::Open { cause, .. }
            | AlertCommand::Drop { cause, .. }
            | AlertCommand::Fire { cause, .. }
            | AlertCommand::Resolve { cause, .. }
            | AlertCommand::EndSilence { cause, .. }
            | AlertCommand::Review { cause, .. }
            | AlertCommand::Escalate { cause, .. } => *cause,
        }
    }
}

/// The incident that one cause opens under one key: always the same.
pub fn incident_id(key: IncidentKey, cause: Position) -> IncidentId {
    let series = key.2.map_or_else(|| "-".to_owned(), |s| s.to_string());
    IncidentId::derived(&[&key.0.to_string(), &key.1.to_string(), &series, &cause.to_string()])
}

pub(crate) fn decide(state: &State, command: &AlertCommand) -> Vec<Event> {
    match command {
        AlertCommand::EndSilence { silence, at_us, .. } => follow::expire(state, *silence, *at_us),
        AlertCommand::Review { incident, at_us, .. } => follow::review(state, *incident, *at_us),
        AlertCommand::Escalate { incident, step, at_us, .. } => {
            follow::escalate(state, *incident, *step, *at_us)
        }
        _ => command.key().map_or_else(Vec::new, |key| judge(state, key, command)),
    }
}

fn judge(state: &State, key: IncidentKey, command: &AlertCommand) -> Vec<Event> {
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
            fire(state, i, *at_us, *value, *cause)
        }
        // It may come again at any moment, and would be told each time.
        (AlertCommand::Resolve { reason, .. }, Some(i)) if i.flapping && reason.is_calm_for_now() => {
            Vec::new()
        }
        (AlertCommand::Resolve { at_us, value, cause, reason, .. }, Some(i)) => {
            vec![end(i, *at_us, *value, *cause, *reason)]
        }
        _ => Vec::new(),
    }
}

fn fire(state: &State, i: &Incident, at_us: Micros, value: f64, cause: Position) -> Vec<Event> {
    let Some(rule) = state.rules.get(&i.rule) else { return Vec::new() };
    // Whoever asked knew of an earlier incident than this one.
    if at_us.saturating_sub(i.since_us) < rule.condition.for_us() {
        return Vec::new();
    }
    let flapping = flap::flapping(state, i, at_us);
    let hold = hold::first(state, i, at_us);
    let mut events = vec![
        body::AlertFired {
            incident: i.incident,
            rule: i.rule,
            machine: i.machine,
            series: i.series,
            since_us: i.since_us,
            at_us,
            value,
            cause,
            severity: rule.severity,
            quiet: hold.is_some() || flapping.is_some(),
        }
        .into(),
    ];
    events.extend(flapping.map(|times| {
        let (within_us, quiet) = (FLAP_WINDOW_US, hold.is_some());
        body::AlertFlapping { incident: i.incident, times, within_us, at_us, quiet }.into()
    }));
    events.extend(hold.map(|hold| body::AlertHeld { incident: i.incident, hold, at_us }.into()));
    events.extend(hold::blinded(state, i, at_us));
    events
}

fn open_incident(
    state: &State,
    key: IncidentKey,
    since_us: Micros,
    value: f64,
    cause: Position,
) -> Vec<Event> {
    let meant = match (state.rules.get(&key.0), state.machines.get(&key.1)) {
        (Some(rule), Some(machine)) => rule.speaks(state.rules.values(), machine),
        (Some(rule), None) => {
            rule.enabled && key.1.is_hub() && matches!(rule.condition, Condition::Vanished { .. })
        }
        _ => false,
    };
    if !meant {
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
    !after.enabled || !before.enabled || before.condition != after.condition || before.scope != after.scope
}

/// Ends what no longer is any rule's to say, once the rules are these.
pub(crate) fn end_overruled(
    state: &State,
    rules: &BTreeMap<RuleId, Rule>,
    now: Micros,
    ended: &BTreeSet<IncidentId>,
) -> Vec<Event> {
    end_all(state, now, ResolveReason::NotCovered, |i| {
        !ended.contains(&i.incident)
            && match (rules.get(&i.rule), state.machines.get(&i.machine)) {
                (Some(rule), Some(machine)) => !rule.speaks(rules.values(), machine),
                _ => false,
            }
    })
}

impl Event {
    /// The incident that goes on after this event of its.
    pub fn of_open_incident(&self) -> Option<IncidentId> {
        match self {
            Event::AlertFired(e) => Some(e.incident),
            Event::AlertAcknowledged(e) => Some(e.incident),
            Event::AlertSnoozed(e) => Some(e.incident),
            Event::AlertHeld(e) => Some(e.incident),
            Event::AlertReleased(e) => Some(e.incident),
            Event::AlertEscalated(e) => Some(e.incident),
            Event::AlertFlapping(e) => Some(e.incident),
            _ => None,
        }
    }
}
