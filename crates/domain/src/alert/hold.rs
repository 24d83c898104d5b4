//! What keeps an incident that fired from being told.

use super::{Incident, IncidentStatus};
use crate::event::{Event, body};
use crate::ids::{IncidentId, MachineId, SilenceId};
use crate::state::State;
use crate::time::{MINUTE_US, Micros, SECOND_US};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// How long a machine that hangs on another is not told to be down: the other one may be found down too, a
/// moment later.
pub const PARENT_WAIT_US: Micros = 30 * SECOND_US;
/// How long those who were cut off have to be heard again once what cut them off is over.
pub const SETTLE_US: Micros = MINUTE_US;
/// Longest way from a machine to what it hangs on at last.
pub(crate) const LEVELS: usize = 16;

/// Why an incident is shown but not told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "by")]
pub enum Hold {
    /// Somebody put it off.
    Snooze {
        /// Until then.
        until_us: Micros,
    },
    /// A silence covers it.
    Silence {
        /// Which.
        silence: SilenceId,
    },
    /// The hub itself is cut off from many machines.
    Blind {
        /// By this incident of the hub's.
        incident: IncidentId,
    },
    /// What the machine hangs on is down.
    Parent {
        /// That machine.
        machine: MachineId,
        /// Its incident.
        incident: IncidentId,
    },
    /// It is not known yet whether the machine itself is to blame: what it hangs on may be down, or was until
    /// just now.
    Settling {
        /// It is known then.
        until_us: Micros,
    },
}

impl Hold {
    /// When it ends by itself, if it does.
    pub fn until_us(&self) -> Option<Micros> {
        match self {
            Hold::Snooze { until_us } | Hold::Settling { until_us } => Some(*until_us),
            _ => None,
        }
    }

    /// The incident on whose end it depends.
    pub fn on(&self) -> Option<IncidentId> {
        match self {
            Hold::Blind { incident } | Hold::Parent { incident, .. } => Some(*incident),
            _ => None,
        }
    }
}

/// What ends with the very decision that is being made.
#[derive(Default)]
pub(super) struct Ending {
    pub incidents: BTreeSet<IncidentId>,
    pub silences: BTreeSet<SilenceId>,
}

/// What holds an incident that just fires.
pub(super) fn first(state: &State, i: &Incident, at_us: Micros) -> Option<Hold> {
    let held = present(state, i, at_us, &Ending::default());
    held.or_else(|| {
        let waits = says_down(state, i) && ancestors(state, i.machine).any(|m| watched(state, m));
        waits.then(|| Hold::Settling { until_us: at_us.saturating_add(PARENT_WAIT_US) })
    })
}

/// What holds an incident at this time, apart from what is about to end.
pub(super) fn present(state: &State, i: &Incident, at_us: Micros, ending: &Ending) -> Option<Hold> {
    let waiting = |hold: &&Hold| hold.until_us().is_some_and(|until| until > at_us);
    if let Some(snoozed @ Hold::Snooze { .. }) = i.held.as_ref().filter(waiting) {
        return Some(snoozed.clone());
    }
    if i.status == IncidentStatus::Acknowledged {
        return None;
    }
    let machine = state.machines.get(&i.machine);
    let silences = state
        .silences
        .values()
        .filter(|s| s.until_us > at_us && !ending.silences.contains(&s.silence) && s.covers(i, machine));
    // The one that lasts longest, so that its end is the only one that is heard of.
    if let Some(silence) = silences.max_by_key(|s| (s.until_us, s.silence)) {
        return Some(Hold::Silence { silence: silence.silence });
    }
    if !says_down(state, i) {
        return None;
    }
    if let Some(incident) = down(state, MachineId::HUB, ending) {
        return Some(Hold::Blind { incident });
    }
    let parent = ancestors(state, i.machine).find_map(|m| Some((m, down(state, m, ending)?)));
    if let Some((machine, incident)) = parent {
        return Some(Hold::Parent { machine, incident });
    }
    i.held.as_ref().filter(waiting).cloned()
}

/// The hub finds itself cut off: what was just told of machines that it no longer hears is held too.
pub(super) fn blinded(state: &State, i: &Incident, at_us: Micros) -> Vec<Event> {
    if !i.machine.is_hub() {
        return Vec::new();
    }
    let hold = Hold::Blind { incident: i.incident };
    let one_of_them = |other: &&Incident| {
        other.status == IncidentStatus::Firing
            && other.held.is_none()
            && other.since_us >= i.since_us
            && says_down(state, other)
    };
    let of_them = state.incidents.values().filter(one_of_them);
    of_them
        .map(|other| body::AlertHeld { incident: other.incident, hold: hold.clone(), at_us }.into())
        .collect()
}

fn says_down(state: &State, i: &Incident) -> bool {
    state.rules.get(&i.rule).is_some_and(|rule| rule.condition.says_down())
}

/// An incident that says that this machine, or the hub's own view, is down.
fn down(state: &State, machine: MachineId, ending: &Ending) -> Option<IncidentId> {
    state.down.get(&machine)?.iter().find(|incident| !ending.incidents.contains(incident)).copied()
}

/// What a machine hangs on, nearest first.
pub(crate) fn ancestors(state: &State, machine: MachineId) -> impl Iterator<Item = MachineId> + '_ {
    let above = |m: &MachineId| state.machines.get(m).and_then(|m| m.details.parent);
    std::iter::successors(above(&machine), move |m| above(m)).take(LEVELS)
}

/// Whether anybody would notice if this machine were down.
fn watched(state: &State, machine: MachineId) -> bool {
    let checked = |m| state.series_of.get(m).is_some_and(|keys| keys.keys().any(|k| k.metric == "check_up"));
    state.machines.get(&machine).is_some_and(|m| !m.agents.is_empty()) || checked(&machine)
}
