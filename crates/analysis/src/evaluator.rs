//! The rule evaluator: folds the log, its timers included, and asks for what the rules say.
//!
//! What it asks for depends on nothing but the events before, so that a replay asks for the same. It
//! knows an incident only once the log has it; asking twice in between does no harm, for the
//! registry's decision is idempotent.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use watchroom_domain::alert::{AlertCommand, IncidentKey, ResolveReason};
use watchroom_domain::{
    Compare, Condition, Event, Incident, MachineId, Micros, Position, RecordedEvent, Rule, RuleId, SECOND_US,
    Sample, State, Telemetry,
};

/// Judges every sample by every rule that is meant for it, and listens for silence.
#[derive(Default)]
pub struct Evaluator {
    state: State,
    /// Rules that are on, by metric.
    by_metric: HashMap<String, Vec<RuleId>>,
    /// When each machine was last heard, in log time, and the event that showed it.
    heard: HashMap<MachineId, (Micros, Position)>,
    /// Deadlines of silence, earliest first. Lazy: the true one may lie later, never earlier.
    deadlines: BinaryHeap<Reverse<(Micros, RuleId, MachineId)>>,
}

impl Evaluator {
    /// An evaluator that knows what was so at a position and goes on behind it. `HubStarted` behind
    /// that position makes it listen to every machine that has an agent.
    pub fn resume(state: State) -> Self {
        let mut evaluator = Self { state, ..Self::default() };
        evaluator.index_rules();
        evaluator
    }

    /// What was so at the last event folded in.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// Folds in one event and says what is to be done about it.
    pub fn fold(&mut self, event: &RecordedEvent) -> Vec<AlertCommand> {
        let mut asked = self.due(event.ts_us);
        self.state.apply(event);
        match &event.event {
            Event::Telemetry(telemetry) => self.judge_frame(event, telemetry, &mut asked),
            Event::HubStarted(_) => self.listen_anew(event),
            Event::RuleAdded(_) | Event::RuleChanged(_) | Event::RuleRemoved(_) => self.index_rules(),
            Event::MachineRemoved(e) => {
                self.heard.remove(&e.machine);
            }
            Event::AgentRevoked(e) => self.stop_listening(e.machine, event, &mut asked),
            // Tags may have changed, and with them who is meant.
            Event::MachineRegistered(_) | Event::MachineChanged(_) => self.index_rules(),
            _ => {}
        }
        asked
    }

    /// What is to be done because time has passed. Deadlines, not `now`, stand in the commands, so
    /// that a late timer changes nothing.
    pub fn due(&mut self, now: Micros) -> Vec<AlertCommand> {
        let mut asked = Vec::new();
        while let Some(Reverse((deadline, rule_id, machine))) = self.deadlines.peek().copied() {
            if deadline > now {
                break;
            }
            self.deadlines.pop();
            let Some((for_us, (heard_us, cause))) = self.silence(rule_id, machine) else { continue };
            let true_deadline = heard_us + for_us;
            if true_deadline > now {
                self.deadlines.push(Reverse((true_deadline, rule_id, machine)));
                continue;
            }
            let key = (rule_id, machine, None);
            if self.state.open_incident(key).is_none() {
                let value = (for_us / SECOND_US) as f64;
                asked.push(AlertCommand::Open { key, since_us: heard_us, value, cause });
                asked.push(AlertCommand::Fire { key, at_us: true_deadline, value, cause });
            }
        }
        asked
    }

    /// When [`Evaluator::due`] should be asked next, if ever.
    pub fn next_deadline(&self) -> Option<Micros> {
        self.deadlines.peek().map(|Reverse((deadline, ..))| *deadline)
    }

    /// The rule's patience and when the machine was heard, while the rule listens to the machine.
    fn silence(&self, rule: RuleId, machine: MachineId) -> Option<(Micros, (Micros, Position))> {
        let rule = self.state.rules.get(&rule).filter(|r| r.enabled)?;
        let Condition::Silent { for_us } = rule.condition else { return None };
        let covered = self.state.machines.get(&machine).is_some_and(|m| rule.scope.covers(m));
        let heard = *self.heard.get(&machine)?;
        covered.then_some((for_us, heard))
    }

    fn judge_frame(&mut self, event: &RecordedEvent, telemetry: &Telemetry, asked: &mut Vec<AlertCommand>) {
        let machine = telemetry.machine;
        if !self.state.machines.contains_key(&machine) {
            return;
        }
        let first = self.heard.insert(machine, (event.ts_us, event.pos)).is_none();
        let silent: Vec<_> = self.silent_rules().collect();
        for (rule, for_us) in silent {
            if first {
                self.deadlines.push(Reverse((event.ts_us + for_us, rule, machine)));
            }
            let key = (rule, machine, None);
            if self.state.open_incident(key).is_some() {
                let (at_us, cause, reason) = (event.ts_us, event.pos, ResolveReason::HeardAgain);
                asked.push(AlertCommand::Resolve { key, at_us, value: None, cause, reason });
                self.deadlines.push(Reverse((event.ts_us + for_us, rule, machine)));
            }
        }
        if event.meta.frame.is_some_and(|frame| frame.late) {
            return;
        }
        for sample in &telemetry.samples {
            self.judge(event, machine, sample, asked);
        }
    }

    fn judge(
        &self,
        event: &RecordedEvent,
        machine: MachineId,
        sample: &Sample,
        asked: &mut Vec<AlertCommand>,
    ) {
        let Some(def) = self.state.series.get(&sample.series) else { return };
        let Some(rules) = self.by_metric.get(&def.key.metric) else { return };
        let Some(known) = self.state.machines.get(&machine) else { return };
        for id in rules {
            let Some(rule) = self.state.rules.get(id).filter(|r| r.scope.covers(known)) else { continue };
            let key = (*id, machine, Some(sample.series));
            let open = self.state.open_incident(key);
            asked.extend(judge_value(rule, key, open, sample.value, event.ts_us, event.pos));
        }
    }

    fn silent_rules(&self) -> impl Iterator<Item = (RuleId, Micros)> + '_ {
        self.state.rules.values().filter(|r| r.enabled).filter_map(|r| match r.condition {
            Condition::Silent { for_us } => Some((r.rule, for_us)),
            Condition::Threshold { .. } => None,
        })
    }

    fn index_rules(&mut self) {
        self.by_metric.clear();
        for rule in self.state.rules.values().filter(|r| r.enabled) {
            if let Condition::Threshold { metric, .. } = &rule.condition {
                self.by_metric.entry(metric.clone()).or_default().push(rule.rule);
            }
        }
        self.deadlines.clear();
        let silent: Vec<_> = self.silent_rules().collect();
        for (rule, for_us) in silent {
            let times = self.heard.iter().map(|(machine, (at, _))| Reverse((at + for_us, rule, *machine)));
            self.deadlines.extend(times);
        }
    }

    /// What was not heard while the hub was away is nobody's silence.
    fn listen_anew(&mut self, event: &RecordedEvent) {
        let enrolled = self.state.machines.values().filter(|m| !m.agents.is_empty());
        self.heard = enrolled.map(|m| (m.machine, (event.ts_us, event.pos))).collect();
        self.index_rules();
    }

    fn stop_listening(&mut self, machine: MachineId, event: &RecordedEvent, asked: &mut Vec<AlertCommand>) {
        self.heard.remove(&machine);
        let silent: Vec<_> = self.silent_rules().collect();
        for (rule, _) in silent {
            let key = (rule, machine, None);
            if self.state.open_incident(key).is_some() {
                let (at_us, cause, reason) = (event.ts_us, event.pos, ResolveReason::AgentRevoked);
                asked.push(AlertCommand::Resolve { key, at_us, value: None, cause, reason });
            }
        }
    }
}

/// What one value asks for, given what is open.
fn judge_value(
    rule: &Rule,
    key: IncidentKey,
    open: Option<&Incident>,
    value: f64,
    at_us: Micros,
    cause: Position,
) -> Vec<AlertCommand> {
    let Condition::Threshold { compare, fire, clear, for_us, .. } = &rule.condition else {
        return Vec::new();
    };
    let past = compare.past(value, *fire);
    match open {
        None if past && *for_us == 0 => vec![
            AlertCommand::Open { key, since_us: at_us, value, cause },
            AlertCommand::Fire { key, at_us, value, cause },
        ],
        None if past => vec![AlertCommand::Open { key, since_us: at_us, value, cause }],
        None => Vec::new(),
        Some(i) if !i.has_fired() && !past => vec![AlertCommand::Drop { key, cause }],
        Some(i) if !i.has_fired() && at_us - i.since_us >= *for_us => {
            vec![AlertCommand::Fire { key, at_us, value, cause }]
        }
        Some(i) if i.has_fired() && cleared(*compare, value, *clear) => {
            let reason = ResolveReason::Cleared;
            vec![AlertCommand::Resolve { key, at_us, value: Some(value), cause, reason }]
        }
        Some(_) => Vec::new(),
    }
}

fn cleared(compare: Compare, value: f64, clear: f64) -> bool {
    !compare.past(value, clear)
}
