//! What people do about alerts.

use super::hold::Hold;
use super::{Incident, IncidentStatus};
use crate::error::Refusal;
use crate::event::{Event, body};
use crate::ids::{IncidentId, RuleId, SilenceId, SubjectId};
use crate::rule::Scope;
use crate::silence::{Silence, checked};
use crate::state::State;
use crate::time::{HOUR_US, Micros};

/// Most silences at a time.
const SILENCES: usize = 1_000;
/// Longest time by which an alert is put off.
const SNOOZE_US: Micros = 30 * 24 * HOUR_US;

type Decided = Result<Vec<Event>, Refusal>;

fn fired(state: &State, id: IncidentId) -> Result<&Incident, Refusal> {
    match state.incidents.get(&id) {
        Some(incident) if incident.has_fired() => Ok(incident),
        Some(_) => Err(Refusal::new("not_firing", "This alert has not fired yet.")),
        None => Err(Refusal::new("not_open", "This alert is over already; there is nothing to do about it.")),
    }
}

pub(crate) fn acknowledge(state: &State, id: IncidentId, by: SubjectId) -> Decided {
    Ok(match fired(state, id)?.status {
        IncidentStatus::Firing => vec![body::AlertAcknowledged { incident: id, by }.into()],
        _ => Vec::new(),
    })
}

pub(crate) fn snooze(state: &State, id: IncidentId, until_us: Micros, by: SubjectId, now: Micros) -> Decided {
    let incident = fired(state, id)?;
    if until_us <= now || until_us - now > SNOOZE_US {
        return Err(Refusal::field("bad_until", "until", "The end lies in the future, within 30 days."));
    }
    // The same button pressed twice, in two places, puts it off once.
    if matches!(incident.held, Some(Hold::Snooze { until_us: before }) if before == until_us) {
        return Ok(Vec::new());
    }
    Ok(vec![body::AlertSnoozed { incident: id, until_us, by }.into()])
}

pub(crate) fn begin_silence(
    state: &State,
    (silence, scope, rule): (SilenceId, &Scope, Option<RuleId>),
    until_us: Micros,
    reason: &str,
    by: Option<SubjectId>,
    now: Micros,
) -> Decided {
    if state.silences.contains_key(&silence) {
        return Err(Refusal::new("exists", "This silence has begun already."));
    }
    if state.silences.len() >= SILENCES {
        return Err(Refusal::new("too_many", format!("At most {SILENCES} silences at a time; end some.")));
    }
    let scope = scope.checked(state, None)?;
    let reason = checked(reason, until_us, now)?;
    if rule.is_some_and(|rule| !state.rules.contains_key(&rule)) {
        return Err(Refusal::not_found("rule"));
    }
    let begun = Silence { silence, scope, rule, until_us, reason, by, begun_us: now, begun: 0 };
    let covered = |i: &&Incident| {
        i.status == IncidentStatus::Firing
            && !matches!(i.held, Some(Hold::Snooze { .. } | Hold::Silence { .. }))
            && begun.covers(i, state.machines.get(&i.machine))
    };
    let hold = Hold::Silence { silence };
    let held: Vec<_> = state.incidents.values().filter(covered).map(|i| i.incident).collect();
    let Silence { scope, reason, .. } = begun;
    let mut events = vec![body::SilenceBegun { silence, scope, rule, until_us, reason, by }.into()];
    events.extend(
        held.into_iter().map(|incident| body::AlertHeld { incident, hold: hold.clone(), at_us: now }.into()),
    );
    Ok(events)
}

pub(crate) fn end_silence(state: &State, silence: SilenceId, by: Option<SubjectId>, now: Micros) -> Decided {
    if !state.silences.contains_key(&silence) {
        return Err(Refusal::new("not_open", "This silence is over already."));
    }
    Ok(vec![body::SilenceEnded { silence, at_us: now, by }.into()])
}

/// Ends the silences of what is about to be removed.
pub(crate) fn silences_of(state: &State, now: Micros, gone: impl Fn(&Silence) -> bool) -> Vec<Event> {
    let ended = state.silences.values().filter(|s| gone(s));
    ended.map(|s| body::SilenceEnded { silence: s.silence, at_us: now, by: None }.into()).collect()
}
