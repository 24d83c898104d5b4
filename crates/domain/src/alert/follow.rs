//! What follows from time, and from the end of what held others.

use super::hold::{Ending, Hold, PARENT_WAIT_US, SETTLE_US, ancestors, present};
use super::{Incident, IncidentStatus};
use crate::event::{Event, body};
use crate::ids::{IncidentId, SilenceId, SubjectId};
use crate::state::State;
use crate::time::Micros;
use std::collections::BTreeSet;

/// A silence reached its end.
pub(super) fn expire(state: &State, silence: SilenceId, at_us: Micros) -> Vec<Event> {
    match state.silences.get(&silence) {
        Some(known) if known.until_us <= at_us => {
            vec![body::SilenceEnded { silence, at_us, by: None }.into()]
        }
        _ => Vec::new(),
    }
}

/// What held an incident until this time is over: it is told, unless something else holds it by now.
pub(super) fn review(state: &State, incident: IncidentId, at_us: Micros) -> Vec<Event> {
    let Some(i) = state.incidents.get(&incident) else { return Vec::new() };
    if i.held.as_ref().and_then(Hold::until_us).is_none_or(|until| until > at_us) {
        return Vec::new();
    }
    rehold(i, present(state, i, at_us, &Ending::default()), at_us).into_iter().collect()
}

/// Nobody acknowledged an incident until the time of the rule's next step.
pub(super) fn escalate(state: &State, incident: IncidentId, step: u32, at_us: Micros) -> Vec<Event> {
    let Some(i) = state.incidents.get(&incident) else { return Vec::new() };
    let rule = state.rules.get(&i.rule);
    let due = i.held.is_none() && i.escalated == step && i.next_us(rule).is_some_and(|due| due <= at_us);
    let Some(next) = rule.and_then(|rule| rule.escalation.get(step as usize)).filter(|_| due) else {
        return Vec::new();
    };
    // Somebody whose account is gone is not told, but the step is taken.
    let to: Vec<SubjectId> = next.to.iter().filter(|p| state.people.contains_key(p)).copied().collect();
    vec![body::AlertEscalated { incident, step, to, at_us }.into()]
}

/// What these events mean for the incidents that they let go of: those that a silence held are told, those
/// that were cut off get time to be heard again.
pub(crate) fn follow(state: &State, events: &[Event], now: Micros) -> Vec<Event> {
    let mut ending = Ending::default();
    for event in events {
        match event {
            Event::AlertResolved(e) => drop(ending.incidents.insert(e.incident)),
            Event::SilenceEnded(e) => drop(ending.silences.insert(e.silence)),
            _ => {}
        }
    }
    let mut following = Vec::new();
    for event in events {
        match event {
            Event::AlertResolved(e) => following.extend(freed(state, e.incident, e.at_us, &ending)),
            Event::SilenceEnded(e) => following.extend(heard_again(state, e.silence, e.at_us, &ending)),
            Event::MachineChanged(e) => following.extend(moved(state, e, now, &ending)),
            _ => {}
        }
    }
    following
}

/// Those that this incident held are held by another one, or get time to be heard again.
fn freed(state: &State, ended: IncidentId, at_us: Micros, ending: &Ending) -> Vec<Event> {
    let held = state.held_by.get(&ended).into_iter().flatten();
    let held = held.filter(|id| !ending.incidents.contains(id)).filter_map(|id| state.incidents.get(id));
    let next = held.map(|i| {
        let settling = Hold::Settling { until_us: at_us.saturating_add(SETTLE_US) };
        let hold = present(state, i, at_us, ending).unwrap_or(settling);
        body::AlertHeld { incident: i.incident, hold, at_us }.into()
    });
    next.collect()
}

/// Those that this silence held are held by something else, or told.
fn heard_again(state: &State, silence: SilenceId, at_us: Micros, ending: &Ending) -> Vec<Event> {
    let by_it = |i: &&Incident| i.held == Some(Hold::Silence { silence });
    let held = state.incidents.values().filter(by_it).filter(|i| !ending.incidents.contains(&i.incident));
    held.filter_map(|i| rehold(i, present(state, i, at_us, ending), at_us)).collect()
}

/// A machine hangs on another one now: what the one before held is looked at anew, and what it held of those
/// that hang on the machine.
fn moved(state: &State, e: &body::MachineChanged, now: Micros, ending: &Ending) -> Vec<Event> {
    let before = state.machines.get(&e.machine).and_then(|m| m.details.parent);
    if before == e.details.parent {
        return Vec::new();
    }
    let above: BTreeSet<_> = ancestors(state, e.machine).collect();
    let by_parent = |i: &&Incident| {
        let Some(Hold::Parent { machine: by, incident: on }) = &i.held else { return false };
        let moves = i.machine == e.machine || ancestors(state, i.machine).any(|m| m == e.machine);
        moves && above.contains(by) && !ending.incidents.contains(on)
    };
    let until_us = now.saturating_add(PARENT_WAIT_US);
    let held = state.incidents.values().filter(by_parent);
    held.map(|i| {
        body::AlertHeld { incident: i.incident, hold: Hold::Settling { until_us }, at_us: now }.into()
    })
    .collect()
}

fn rehold(i: &Incident, hold: Option<Hold>, at_us: Micros) -> Option<Event> {
    let incident = i.incident;
    match hold {
        Some(hold) if i.held.as_ref() == Some(&hold) => None,
        Some(hold) => Some(body::AlertHeld { incident, hold, at_us }.into()),
        None if i.status == IncidentStatus::Pending => None,
        None => Some(body::AlertReleased { incident, at_us }.into()),
    }
}
