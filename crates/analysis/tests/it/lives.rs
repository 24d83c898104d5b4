//! What is so of every incident's life, whatever happened.

use crate::world::World;
use std::collections::BTreeSet;
use watchroom_domain::alert::{Hold, IncidentKey};
use watchroom_domain::*;

impl World {
    /// Each incident's events in their only order, never two open incidents of one key, and nobody told of
    /// what was held or in somebody's hands.
    pub fn check_lives(&self) {
        let mut before = State::default();
        let mut hushed = BTreeSet::new();
        for recorded in &self.log {
            check_event(&before, recorded);
            if let Some(incident) = quiet_of(&recorded.event) {
                hushed.insert(incident);
            } else if let Some(incident) = recorded.event.of_open_incident() {
                hushed.remove(&incident);
            }
            before.apply(recorded);
            assert!(hushed.len() < 2, "nothing says why nobody was told, before {}", recorded.pos);
        }
        check_holds(&before);
    }
}

/// The incident that this event fires without telling anybody.
fn quiet_of(event: &Event) -> Option<IncidentId> {
    match event {
        Event::AlertFired(e) if e.quiet => Some(e.incident),
        Event::AlertFlapping(e) if e.quiet => Some(e.incident),
        _ => None,
    }
}

fn check_event(before: &State, recorded: &RecordedEvent) {
    let pos = recorded.pos;
    let open = |id: &IncidentId| before.incidents.get(id);
    let fired = |id: &IncidentId| open(id).filter(|i| i.has_fired());
    match &recorded.event {
        Event::AlertPending(e) => {
            let key: IncidentKey = (e.rule, e.machine, e.series);
            assert!(open(&e.incident).is_none(), "opened twice at {pos}");
            assert_eq!(before.open_incident(key), None, "a second incident is open at {pos}");
        }
        Event::AlertFired(e) => {
            let pending = open(&e.incident).is_some_and(|i| !i.has_fired());
            assert!(pending, "fired twice, or what is not pending, at {pos}");
            assert!(e.quiet || !silenced(before, &e.incident, e.at_us), "told under a silence at {pos}");
        }
        Event::AlertDropped(e) => {
            assert!(
                open(&e.incident).is_some_and(|i| !i.has_fired()),
                "dropped what is not pending at {pos}"
            );
        }
        Event::AlertResolved(e) => {
            assert!(fired(&e.incident).is_some(), "resolved what had not fired at {pos}")
        }
        Event::AlertHeld(e) => {
            assert!(fired(&e.incident).is_some_and(|i| i.held.as_ref() != Some(&e.hold)), "held at {pos}");
        }
        Event::AlertReleased(e) => {
            assert!(
                fired(&e.incident).is_some_and(|i| i.held.is_some()),
                "released what nothing held at {pos}"
            );
            assert!(!silenced(before, &e.incident, e.at_us), "released into a silence at {pos}");
        }
        Event::AlertEscalated(e) => {
            let firing = fired(&e.incident).filter(|i| i.status == IncidentStatus::Firing);
            let due = firing.is_some_and(|i| i.held.is_none() && i.escalated == e.step);
            assert!(due, "escalated what was held, acknowledged or escalated at {pos}");
        }
        Event::AlertFlapping(e) => {
            assert!(fired(&e.incident).is_some_and(|i| !i.flapping), "said to flap twice at {pos}");
        }
        _ => {}
    }
}

fn silenced(state: &State, id: &IncidentId, at_us: Micros) -> bool {
    let Some(i) = state.incidents.get(id).filter(|i| i.status != IncidentStatus::Acknowledged) else {
        return false;
    };
    let machine = state.machines.get(&i.machine);
    // The one that ends with this very decision is gone from the state already, or due.
    state.silences.values().any(|s| s.until_us > at_us && s.covers(i, machine))
}

/// Whatever is held is held by something that is still there.
fn check_holds(state: &State) {
    for i in state.incidents.values() {
        match &i.held {
            Some(Hold::Silence { silence }) => {
                assert!(state.silences.contains_key(silence), "held by a silence that is over");
            }
            Some(hold) => {
                let on = hold.on().map(|on| state.incidents.get(&on).is_some_and(Incident::has_fired));
                assert_ne!(on, Some(false), "held by an incident that is over");
            }
            None => {}
        }
    }
}
