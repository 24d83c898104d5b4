//! What time alone brings on: the end of silences and of what holds an incident, and escalation steps.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use watchroom_domain::alert::AlertCommand;
use watchroom_domain::{IncidentId, Micros, SilenceId, State};

/// Something that happens at a time.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Timer {
    Silence(SilenceId),
    Incident(IncidentId),
}

/// Timers, earliest first. Lazy: the true time may be later or never, and is asked of the state.
#[derive(Default)]
pub struct Timers(BinaryHeap<Reverse<(Micros, Timer)>>);

impl Timers {
    /// The timers of a state.
    pub fn of(state: &State) -> Self {
        let mut timers = Self::default();
        let silences = state.silences.keys().map(|id| Timer::Silence(*id));
        let all = silences.chain(state.incidents.keys().map(|id| Timer::Incident(*id)));
        all.for_each(|timer| timers.set(state, timer));
        timers
    }

    /// Sets a timer to its present time, if it has one.
    pub fn set(&mut self, state: &State, timer: Timer) {
        self.0.extend(time_of(state, timer).map(|at_us| Reverse((at_us, timer))));
    }

    /// When something may be due next.
    pub fn next_deadline(&self) -> Option<Micros> {
        self.0.peek().map(|Reverse((deadline, _))| *deadline)
    }

    /// Deals with the earliest one.
    pub fn next(&mut self, state: &State) -> Option<AlertCommand> {
        let Reverse((deadline, timer)) = self.0.pop()?;
        let at_us = time_of(state, timer)?;
        // Put back rather than dealt with, so that all come in their order however late the clock.
        if at_us > deadline {
            self.0.push(Reverse((at_us, timer)));
            return None;
        }
        match timer {
            Timer::Silence(silence) => {
                let cause = state.silences.get(&silence)?.begun;
                Some(AlertCommand::EndSilence { silence, at_us, cause })
            }
            Timer::Incident(incident) => {
                let i = state.incidents.get(&incident)?;
                let (step, cause) = (i.escalated, i.noted);
                Some(match i.held {
                    Some(_) => AlertCommand::Review { incident, at_us, cause },
                    None => AlertCommand::Escalate { incident, step, at_us, cause },
                })
            }
        }
    }
}

/// When a timer is due, if it is at all.
fn time_of(state: &State, timer: Timer) -> Option<Micros> {
    match timer {
        Timer::Silence(silence) => state.silences.get(&silence).map(|s| s.until_us),
        Timer::Incident(incident) => {
            let i = state.incidents.get(&incident)?;
            i.next_us(state.rules.get(&i.rule))
        }
    }
}
