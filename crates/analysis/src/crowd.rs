//! The hub's own view: if many machines are no longer heard all at once, it is more likely the hub that is
//! cut off than all of them.

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap, HashMap, VecDeque};
use watchroom_domain::alert::{AlertCommand, CALM_US, IncidentKey, ResolveReason};
use watchroom_domain::{Condition, MachineId, Micros, Position, RecordedEvent, Rule, SECOND_US, State};

/// A machine is missed after this time where no rule listens for silence.
const PATIENCE_US: Micros = 90 * SECOND_US;

/// What an incident of the hub's own view is of.
pub const KEY: IncidentKey = (Rule::HUB_VIEW, MachineId::HUB, None);

/// A machine that is missed.
struct Missed {
    machine: MachineId,
    /// Since when it is missed, when it was heard last, and the event that showed that.
    at_us: Micros,
    heard_us: Micros,
    heard: Position,
}

/// Who is heard, and who was until just now.
#[derive(Default)]
pub struct Crowd {
    /// When each machine was heard last, unless it is missed already.
    heard: HashMap<MachineId, (Micros, Position)>,
    /// When each would be missed. Lazy: the true time may be later, never earlier.
    deadlines: BinaryHeap<Reverse<(Micros, MachineId)>>,
    missed: VecDeque<Missed>,
    /// Of the incident that is open or asked for: who is still gone, of how many, and how many are back.
    gone: BTreeSet<MachineId>,
    of: usize,
    back: usize,
    /// Since when a flapping incident is calm.
    calm: Option<Micros>,
    patience_us: Micros,
}

impl Crowd {
    /// A machine is missed a little before any rule says that it is silent, so that this can be said first.
    pub fn set_patience(&mut self, shortest_silence_us: Option<Micros>) {
        let patience_us = shortest_silence_us.map_or(PATIENCE_US, |us| us / 4 * 3);
        if patience_us != self.patience_us {
            self.patience_us = patience_us;
            self.rebuild();
        }
    }

    fn rebuild(&mut self) {
        let times = self.heard.iter().map(|(machine, (at, _))| Reverse((at + self.patience_us, *machine)));
        self.deadlines = times.collect();
    }

    /// A machine is heard, or is to be waited for as if it were.
    pub fn hear(&mut self, machine: MachineId, event: &RecordedEvent) {
        let before = self.heard.insert(machine, (event.ts_us, event.pos));
        if before.is_none_or(|(heard_us, _)| heard_us > event.ts_us) {
            self.deadlines.push(Reverse((event.ts_us + self.patience_us, machine)));
        }
    }

    /// A machine is heard. Gives what is to be done when enough of those that were gone are there again.
    pub fn heard(
        &mut self,
        machine: MachineId,
        event: &RecordedEvent,
        state: &State,
    ) -> Option<AlertCommand> {
        if !self.heard.contains_key(&machine) {
            self.missed.retain(|m| m.machine != machine);
        }
        self.hear(machine, event);
        self.back += usize::from(self.gone.remove(&machine));
        self.over(event, state)
    }

    /// What is to be done when enough of those that were gone are there again.
    fn over(&mut self, event: &RecordedEvent, state: &State) -> Option<AlertCommand> {
        let open = state.open_incident(KEY).filter(|i| i.has_fired())?;
        let enough = self.gone.is_empty() || self.back * 2 > self.of;
        let over =
            enough && (!open.flapping || event.ts_us - *self.calm.get_or_insert(event.ts_us) >= CALM_US);
        let reason = if open.flapping { ResolveReason::Calm } else { ResolveReason::HeardAgain };
        let (at_us, cause) = (event.ts_us, event.pos);
        over.then_some(AlertCommand::Resolve { key: KEY, at_us, value: None, cause, reason })
    }

    /// Nothing more is expected of a machine. Where it was gone, that is as good as hearing it: gives what is to be
    /// done when that is enough.
    pub fn forget(
        &mut self,
        machine: MachineId,
        event: &RecordedEvent,
        state: &State,
    ) -> Option<AlertCommand> {
        self.heard.remove(&machine);
        self.missed.retain(|m| m.machine != machine);
        let was_gone = self.gone.remove(&machine);
        self.back += usize::from(was_gone);
        if was_gone { self.over(event, state) } else { None }
    }

    /// What is known of an incident that is open from before the hub started: who has no connection is gone.
    pub fn restore(&mut self, state: &State) {
        let Some(open) = state.open_incident(KEY) else { return };
        let apart =
            state.machines.values().filter(|m| !m.agents.is_empty() && m.connected_since_us.is_none());
        self.gone = apart.map(|m| m.machine).collect();
        (self.of, self.back, self.calm) = (self.gone.len().min(open.value as usize), 0, None);
    }

    /// The hub starts: who is there is not known yet.
    pub fn begin_anew(&mut self) {
        self.heard.clear();
        self.deadlines.clear();
        self.missed.clear();
    }

    /// The hub was away: whoever was there may be there still.
    pub fn listen_anew(&mut self, event: &RecordedEvent) {
        self.heard.values_mut().for_each(|seen| *seen = (event.ts_us, event.pos));
        self.missed.clear();
        self.rebuild();
    }

    /// When somebody may be missed next.
    pub fn next_deadline(&self) -> Option<Micros> {
        self.deadlines.peek().map(|Reverse((deadline, _))| *deadline)
    }

    /// Deals with the earliest deadline: what is to be done if a machine is missed and others with it.
    pub fn miss_next(&mut self, state: &State) -> Vec<AlertCommand> {
        let Some(Reverse((deadline, machine))) = self.deadlines.pop() else { return Vec::new() };
        let Some((heard_us, heard)) = self.heard.get(&machine).copied() else { return Vec::new() };
        let at_us = heard_us + self.patience_us;
        if at_us > deadline {
            self.deadlines.push(Reverse((at_us, machine)));
            return Vec::new();
        }
        self.heard.remove(&machine);
        self.missed.push_back(Missed { machine, at_us, heard_us, heard });
        self.judge(state, at_us)
    }

    fn judge(&mut self, state: &State, at_us: Micros) -> Vec<AlertCommand> {
        let Some(rule) = state.rules.get(&KEY.0).filter(|r| r.enabled) else { return Vec::new() };
        let Condition::Vanished { least, percent, within_us } = rule.condition else { return Vec::new() };
        while self.missed.front().is_some_and(|m| at_us - m.at_us > within_us) {
            self.missed.pop_front();
        }
        let (missed, there) = (self.missed.len(), self.heard.len());
        let many = missed >= least as usize && missed * 100 >= usize::from(percent) * (missed + there);
        let open = state.open_incident(KEY).filter(|i| i.has_fired());
        match open {
            Some(open) if !open.flapping || !many => {
                let last = self.missed.back().map(|m| m.machine);
                self.of += usize::from(last.is_some_and(|machine| self.gone.insert(machine)));
                return Vec::new();
            }
            None if !many => return Vec::new(),
            _ => {
                self.gone = self.missed.iter().map(|m| m.machine).collect();
                (self.of, self.back, self.calm) = (missed, 0, None);
            }
        }
        if open.is_some() {
            return Vec::new();
        }
        let since_us = self.missed.iter().map(|m| m.heard_us).min().unwrap_or(at_us);
        let last = self.missed.iter().map(|m| m.heard).max().unwrap_or_default();
        // A rule that was changed since judges from its change on.
        let cause = last.max(state.rule_since.get(&KEY.0).copied().unwrap_or(0));
        let value = missed as f64;
        vec![
            AlertCommand::Open { key: KEY, since_us, value, cause },
            AlertCommand::Fire { key: KEY, at_us, value, cause },
        ]
    }
}
