//! The rule evaluator: folds the log, its timers included, and asks for what the rules say.
//!
//! What it asks for depends on nothing but the events before, so that a replay asks for the same. It
//! knows an incident only once the log has it; asking twice in between does no harm, for the
//! registry's decision is idempotent.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use watchroom_domain::alert::{AlertCommand, IncidentKey, ResolveReason};
use watchroom_domain::{
    Compare, Condition, Event, HOUR_US, Incident, MachineId, Micros, Position, RecordedEvent, Rule, RuleId,
    SECOND_US, Sample, State, Telemetry, body,
};

/// A pending incident whose series was not judged for longer than this, or than its rule's time, begins
/// anew: nobody knows what was in between.
const GAP_US: Micros = 60 * SECOND_US;
/// A series that fired and is not heard for this long, though its machine is, is gone.
const GONE_US: Micros = HOUR_US;
/// How often series that are gone are looked for.
const GONE_EVERY_US: Micros = 60 * SECOND_US;

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
    /// Openings that were asked for and are not in the log yet.
    asked: HashMap<IncidentKey, Asked>,
    /// When the series of each open incident was last judged, in log time.
    judged: HashMap<IncidentKey, Micros>,
    /// Log time of the last event folded in.
    log_time: Micros,
    /// Log time at which series that are gone are looked for again.
    look_for_gone: Micros,
}

/// What was seen of a series after its opening was asked for, and before that is in the log.
#[derive(Default)]
struct Asked {
    /// What the last opening that was asked for follows from.
    opening: Position,
    /// Where a value was not past the threshold.
    dipped: Option<Position>,
    /// Since when, where and with which value it is past it again.
    again: Option<(Micros, Position, f64)>,
}

impl Evaluator {
    /// An evaluator that knows what was so at a position, the event at which was recorded at
    /// `log_time`, and goes on behind it. `HubStarted` behind that position makes it listen to every
    /// machine that has an agent.
    pub fn resume(state: State, log_time: Micros) -> Self {
        let mut evaluator = Self { state, log_time, ..Self::default() };
        evaluator.judged = evaluator.state.incidents.values().map(|i| (i.key(), log_time)).collect();
        evaluator.index_rules();
        evaluator
    }

    /// What was so at the last event folded in.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// Folds in one event and says what is to be done about it.
    pub fn fold(&mut self, event: &RecordedEvent) -> Vec<AlertCommand> {
        // Time that passed while the hub was away is nobody's silence.
        let mut asked = match &event.event {
            Event::HubStarted(_) => Vec::new(),
            Event::HubAway(e) => self.due(e.from_us.min(event.ts_us)),
            _ => self.due(event.ts_us),
        };
        self.state.apply(event);
        match &event.event {
            Event::Telemetry(telemetry) => self.judge_frame(event, telemetry, &mut asked),
            Event::HubStarted(_) | Event::HubAway(_) => self.listen_anew(event),
            Event::RuleAdded(_) | Event::RuleChanged(_) | Event::RuleRemoved(_) => self.index_rules(),
            Event::MachineRemoved(body::MachineRemoved { machine })
            | Event::AgentRevoked(body::AgentRevoked { machine }) => {
                self.heard.remove(machine);
            }
            Event::AgentEnrolled(e) => self.listen(e.machine, event),
            // Tags may have changed, and with them who is meant.
            Event::MachineRegistered(_) | Event::MachineChanged(_) => self.index_rules(),
            Event::AlertPending(e) => {
                let key = (e.rule, e.machine, e.series);
                self.judged.insert(key, event.ts_us);
                self.catch_up(key, e.cause, &mut asked);
            }
            Event::AlertDropped(_) | Event::AlertResolved(_) => {
                let state = &self.state;
                self.judged.retain(|key, _| state.open_by_key.contains_key(key));
            }
            _ => {}
        }
        self.log_time = event.ts_us;
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
            // Put back rather than dealt with, so that deadlines come in their order however late the clock.
            if true_deadline > deadline {
                self.deadlines.push(Reverse((true_deadline, rule_id, machine)));
                continue;
            }
            let key = (rule_id, machine, None);
            let value = (for_us / SECOND_US) as f64;
            let open = self.state.open_incident(key);
            if open.is_none() {
                asked.push(AlertCommand::Open { key, since_us: heard_us, value, cause });
            }
            // One that was opened, but not fired before the hub was killed, fires now.
            if open.is_none_or(|i| !i.has_fired()) {
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
        let (heard_us, heard_pos) = *self.heard.get(&machine)?;
        // A rule that was changed since listens from its change on.
        let since = self.state.rule_since.get(&rule.rule).copied().unwrap_or(0);
        covered.then_some((for_us, (heard_us, heard_pos.max(since))))
    }

    fn judge_frame(&mut self, event: &RecordedEvent, telemetry: &Telemetry, asked: &mut Vec<AlertCommand>) {
        let machine = telemetry.machine;
        if !self.state.machines.contains_key(&machine) {
            return;
        }
        // What a check found out about a machine is no sign of life of its agent.
        if event.meta.frame.is_some_and(|frame| frame.producer == machine.0) {
            self.hear(event, machine, asked);
        }
        if event.meta.frame.is_some_and(|frame| frame.late) {
            return;
        }
        for sample in &telemetry.samples {
            self.judge(event, machine, sample, asked);
        }
        if event.ts_us >= self.look_for_gone {
            self.look_for_gone = event.ts_us + GONE_EVERY_US;
            self.end_gone(event, asked);
        }
    }

    /// A machine's agent has spoken.
    fn hear(&mut self, event: &RecordedEvent, machine: MachineId, asked: &mut Vec<AlertCommand>) {
        let before = self.heard.insert(machine, (event.ts_us, event.pos));
        // The first time, or a clock that was set back: the deadlines that are there lie too late.
        let first = before.is_none_or(|(heard_us, _)| heard_us > event.ts_us);
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
    }

    /// Ends what fired on a series that is no longer sent by a machine that is heard.
    fn end_gone(&self, event: &RecordedEvent, asked: &mut Vec<AlertCommand>) {
        for incident in self.state.incidents.values().filter(|i| i.series.is_some()) {
            let key = incident.key();
            let judged = self.judged.get(&key).copied().unwrap_or(event.ts_us);
            let heard = self.heard.get(&incident.machine).map_or(judged, |(at, _)| *at);
            if heard - judged > GONE_US {
                let (at_us, cause, reason) = (event.ts_us, event.pos, ResolveReason::SeriesGone);
                asked.push(AlertCommand::Resolve { key, at_us, value: None, cause, reason });
            }
        }
    }

    fn judge(
        &mut self,
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
            let gap = match open {
                Some(_) => self.judged.insert(key, event.ts_us).map_or(0, |last| event.ts_us - last),
                None => 0,
            };
            // A check that runs seldom is not judged more often than it runs.
            let check = open.and_then(|_| self.state.check_of(machine, &def.key));
            let gap = (gap, check.map_or(GAP_US, |c| GAP_US.max(2 * (c.interval_us + c.timeout_us))));
            let commands = judge_value(rule, key, (open, gap), sample.value, event.ts_us, event.pos);
            if commands.iter().any(|command| matches!(command, AlertCommand::Open { .. })) {
                let seen = self.asked.entry(key).or_default();
                seen.opening = event.pos;
                if seen.dipped.is_some() && seen.again.is_none() {
                    seen.again = Some((event.ts_us, event.pos, sample.value));
                }
            } else if open.is_none()
                && let Some(seen) = self.asked.get_mut(&key)
            {
                (seen.dipped, seen.again) = (Some(event.pos), None);
            }
            asked.extend(commands);
        }
    }

    /// An incident is in the log now; what was seen since its opening was asked for is made good.
    fn catch_up(&mut self, key: IncidentKey, opened: Position, asked: &mut Vec<AlertCommand>) {
        let Some(seen) = self.asked.get_mut(&key) else { return };
        match (seen.dipped.filter(|dipped| *dipped > opened), seen.again) {
            (Some(_), Some((since_us, cause, value))) => {
                asked.push(AlertCommand::Drop { key, cause });
                asked.push(AlertCommand::Open { key, since_us, value, cause });
                (seen.dipped, seen.again) = (None, None);
            }
            (dipped, _) => {
                asked.extend(dipped.map(|cause| AlertCommand::Drop { key, cause }));
                if opened >= seen.opening {
                    self.asked.remove(&key);
                }
            }
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

    /// Listens to every machine that has an agent from now on.
    fn listen_anew(&mut self, event: &RecordedEvent) {
        let enrolled = self.state.machines.values().filter(|m| !m.agents.is_empty());
        self.heard = enrolled.map(|m| (m.machine, (event.ts_us, event.pos))).collect();
        self.index_rules();
    }

    /// Begins to listen to a machine that has an agent now.
    fn listen(&mut self, machine: MachineId, event: &RecordedEvent) {
        self.heard.insert(machine, (event.ts_us, event.pos));
        let silent: Vec<_> = self.silent_rules().collect();
        for (rule, for_us) in silent {
            self.deadlines.push(Reverse((event.ts_us + for_us, rule, machine)));
        }
    }
}

/// What one value asks for, given what is open.
fn judge_value(
    rule: &Rule,
    key: IncidentKey,
    (open, (gap_us, most_us)): (Option<&Incident>, (Micros, Micros)),
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
        Some(i) if !i.has_fired() && gap_us > most_us.max(*for_us) => {
            vec![AlertCommand::Drop { key, cause }, AlertCommand::Open { key, since_us: at_us, value, cause }]
        }
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
