//! The rule evaluator: folds the log, its timers included, and asks for what the rules say.
//!
//! What it asks for depends on nothing but the events before, so that a replay asks for the same. It
//! knows an incident only once the log has it; asking twice in between does no harm, for the
//! registry's decision is idempotent.

use crate::ahead::{Ahead, Seen};
use crate::crowd::{self, Crowd};
use crate::judge::judge_value;
use crate::timers::{Timer, Timers};
use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use watchroom_domain::alert::{AlertCommand, CALM_US, IncidentKey, ResolveReason};
use watchroom_domain::{
    Condition, Event, HOUR_US, HUB_STOPPED, Incident, MachineId, Micros, Position, RecordedEvent, Rule,
    RuleId, SECOND_US, Sample, State, Telemetry, body,
};

/// A series that fired and is not heard for this long, though its machine is, is gone.
const GONE_US: Micros = HOUR_US;
/// A machine that was not heard for longer was not there meanwhile, and had nothing to send of any series.
const BREAK_US: Micros = 150 * SECOND_US;
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
    /// Since when each machine is heard without a break, as it is and not from its spool, in log time.
    there: HashMap<MachineId, Micros>,
    /// Deadlines of silence, earliest first. Lazy: the true one may lie later, never earlier.
    deadlines: BinaryHeap<Reverse<(Micros, RuleId, MachineId)>>,
    /// What was asked for and is not in the log yet.
    ahead: Ahead,
    /// Times at which silences, holds and escalation steps are due, earliest first.
    timers: Timers,
    /// Who is heard, all together.
    crowd: Crowd,
    /// Since when each flapping incident is calm, in log time.
    calm: HashMap<IncidentKey, Micros>,
    /// When the series of each open incident was last judged, in log time.
    judged: HashMap<IncidentKey, Micros>,
    /// Log time of the last event folded in.
    log_time: Micros,
    /// Log time at which series that are gone are looked for again.
    look_for_gone: Micros,
}

impl Evaluator {
    /// An evaluator that knows what was so at a position, the event at which was recorded at
    /// `log_time`, and goes on behind it. `HubStarted` behind that position makes it listen to every
    /// machine that has an agent.
    pub fn resume(state: State, log_time: Micros) -> Self {
        let mut evaluator = Self { state, log_time, ..Self::default() };
        evaluator.judged = evaluator.state.incidents.values().map(|i| (i.key(), log_time)).collect();
        evaluator.index_rules();
        evaluator.timers = Timers::of(&evaluator.state);
        evaluator.crowd.restore(&evaluator.state);
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
        let caught_up = self.caught_up(event);
        self.state.apply(event);
        match &event.event {
            Event::Telemetry(telemetry) => self.judge_frame(event, telemetry, &mut asked),
            Event::HubStarted(_) | Event::HubAway(_) => self.listen_anew(event, &mut asked),
            Event::RuleChanged(e) => {
                self.index_rules();
                let of_rule = self.state.incidents.values().filter(|i| i.rule == e.rule.rule);
                of_rule.for_each(|i| self.timers.set(&self.state, Timer::Incident(i.incident)));
            }
            Event::RuleAdded(_) => self.index_rules(),
            Event::RuleRemoved(e) => {
                self.index_rules();
                self.ahead.retain(|key| key.0 != e.rule);
            }
            Event::MachineRemoved(body::MachineRemoved { machine })
            | Event::AgentRevoked(body::AgentRevoked { machine }) => {
                self.heard.remove(machine);
                self.there.remove(machine);
                asked.extend(self.crowd.forget(*machine, event, &self.state));
                self.ahead.retain(|key| key.1 != *machine);
            }
            Event::AgentEnrolled(e) => self.listen(e.machine, event),
            // It was there until the hub stopped, so it is waited for.
            Event::AgentDisconnected(e) if e.reason == HUB_STOPPED => self.crowd.hear(e.machine, event),
            Event::SilenceBegun(e) => self.timers.set(&self.state, Timer::Silence(e.silence)),
            // Tags may have changed, and with them who is meant.
            Event::MachineRegistered(_) | Event::MachineChanged(_) => self.index_rules(),
            Event::AlertPending(e) => {
                self.judged.insert((e.rule, e.machine, e.series), event.ts_us);
            }
            Event::AlertDropped(_) | Event::AlertResolved(_) => {
                let state = &self.state;
                self.judged.retain(|key, _| state.open_by_key.contains_key(key));
                self.calm.retain(|key, _| state.open_by_key.contains_key(key));
            }
            event => {
                let of_incident = event.of_open_incident().map(Timer::Incident);
                of_incident.into_iter().for_each(|timer| self.timers.set(&self.state, timer));
            }
        }
        if let Some((key, cause)) = caught_up {
            let since = self.ahead.caught_up(key, cause);
            since.into_iter().for_each(|seen| self.judge_by(key, seen, &mut asked));
        }
        self.log_time = event.ts_us;
        asked
    }

    /// The series about which this event says what became of what was asked for, and what that followed from.
    fn caught_up(&self, event: &RecordedEvent) -> Option<(IncidentKey, Position)> {
        let of = |incident| self.state.incidents.get(&incident).map(Incident::key);
        match &event.event {
            // What fires at once is not judged again before that is recorded as well.
            Event::AlertPending(e) => {
                let at_once = self.state.rules.get(&e.rule).is_some_and(|r| r.condition.for_us() == 0);
                (!at_once).then_some(((e.rule, e.machine, e.series), e.cause))
            }
            Event::AlertFired(e) => Some(((e.rule, e.machine, e.series), e.cause)),
            Event::AlertDropped(e) => Some((of(e.incident)?, e.cause)),
            Event::AlertResolved(e) => Some((of(e.incident)?, e.cause)),
            _ => None,
        }
    }

    /// What is to be done because time has passed. Deadlines, not `now`, stand in the commands, so
    /// that a late timer changes nothing.
    pub fn due(&mut self, now: Micros) -> Vec<AlertCommand> {
        let mut asked = Vec::new();
        while let Some(next) = self.next_deadline().filter(|next| *next <= now) {
            // At the same moment, what holds ends first, and the hub doubts itself before its machines.
            if self.timers.next_deadline() == Some(next) {
                asked.extend(self.timers.next(&self.state));
            } else if self.crowd.next_deadline() == Some(next) {
                asked.extend(self.crowd.miss_next(&self.state));
            } else {
                asked.extend(self.next_silence());
            }
        }
        asked
    }

    /// When [`Evaluator::due`] should be asked next, if ever.
    pub fn next_deadline(&self) -> Option<Micros> {
        let silence = self.deadlines.peek().map(|Reverse((deadline, ..))| *deadline);
        [silence, self.timers.next_deadline(), self.crowd.next_deadline()].into_iter().flatten().min()
    }

    /// Deals with the earliest deadline of silence.
    fn next_silence(&mut self) -> Vec<AlertCommand> {
        let Some(Reverse((deadline, rule_id, machine))) = self.deadlines.pop() else { return Vec::new() };
        let Some((for_us, (heard_us, cause))) = self.silence(rule_id, machine) else { return Vec::new() };
        let true_deadline = heard_us + for_us;
        // Put back rather than dealt with, so that deadlines come in their order however late the clock.
        if true_deadline > deadline {
            self.deadlines.push(Reverse((true_deadline, rule_id, machine)));
            return Vec::new();
        }
        let key = (rule_id, machine, None);
        let value = (for_us / SECOND_US) as f64;
        let open = self.state.open_incident(key);
        let mut asked = Vec::new();
        if open.is_none() {
            asked.push(AlertCommand::Open { key, since_us: heard_us, value, cause });
        }
        // One that was opened, but not fired before the hub was killed, fires now.
        if open.is_none_or(|i| !i.has_fired()) {
            asked.push(AlertCommand::Fire { key, at_us: true_deadline, value, cause });
        }
        self.calm.remove(&key);
        asked
    }

    /// The rule's patience and when the machine was heard, while the rule listens to the machine.
    fn silence(&self, rule: RuleId, machine: MachineId) -> Option<(Micros, (Micros, Position))> {
        let rule = self.state.rules.get(&rule).filter(|r| r.enabled)?;
        let Condition::Silent { for_us } = rule.condition else { return None };
        let speaks = |m| rule.speaks(self.state.rules.values(), m);
        let covered = self.state.machines.get(&machine).is_some_and(speaks);
        let (heard_us, heard_pos) = *self.heard.get(&machine)?;
        // A rule that was changed since listens from its change on.
        let since = self.state.rule_since.get(&rule.rule).copied().unwrap_or(0);
        covered.then_some((for_us, (heard_us, heard_pos.max(since))))
    }

    fn judge_frame(&mut self, event: &RecordedEvent, telemetry: &Telemetry, asked: &mut Vec<AlertCommand>) {
        let machine = telemetry.machine;
        let Some(known) = self.state.machines.get(&machine) else { return };
        // What a check found out about a machine is no sign of life of its agent.
        if event.meta.frame.is_some_and(|frame| frame.producer == machine.0) {
            if !known.agents.is_empty() {
                asked.extend(self.crowd.heard(machine, event, &self.state));
            }
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
        let late = event.meta.frame.is_some_and(|frame| frame.late);
        if late || before.is_none_or(|(heard_us, _)| event.ts_us - heard_us > BREAK_US) {
            self.there.insert(machine, event.ts_us);
        }
        // The first time, or a clock that was set back: the deadlines that are there lie too late.
        let first = before.is_none_or(|(heard_us, _)| heard_us > event.ts_us);
        let silent: Vec<_> = self.silent_rules().collect();
        for (rule, for_us) in silent {
            let open = self.state.open_incident((rule, machine, None)).map(|i| i.flapping);
            // What flaps is listened to again from its first frame on, and not with every one.
            let again =
                open.is_some_and(|flapping| !flapping || !self.calm.contains_key(&(rule, machine, None)));
            if first || again {
                self.deadlines.push(Reverse((event.ts_us + for_us, rule, machine)));
            }
            asked.extend(open.and_then(|flapping| self.end_silent((rule, machine, None), flapping, event)));
        }
    }

    /// The machine of an incident of silence is heard: it is over, or will be once that lasts.
    fn end_silent(
        &mut self,
        key: IncidentKey,
        flapping: bool,
        event: &RecordedEvent,
    ) -> Option<AlertCommand> {
        let over = !flapping || self.is_calm(key, event.ts_us);
        let reason = if flapping { ResolveReason::Calm } else { ResolveReason::HeardAgain };
        let (at_us, cause) = (event.ts_us, event.pos);
        over.then_some(AlertCommand::Resolve { key, at_us, value: None, cause, reason })
    }

    /// Whether what flaps is calm for long enough; it is calm from now on if it was not.
    fn is_calm(&mut self, key: IncidentKey, now: Micros) -> bool {
        let since = *self.calm.entry(key).or_insert(now);
        now.saturating_sub(since) >= CALM_US
    }

    /// Ends what fired on a series that is no longer sent by a machine that is heard.
    fn end_gone(&self, event: &RecordedEvent, asked: &mut Vec<AlertCommand>) {
        for incident in self.state.incidents.values().filter(|i| i.series.is_some()) {
            let key = incident.key();
            let judged = self.judged.get(&key).copied().unwrap_or(event.ts_us);
            let heard = self.heard.get(&incident.machine).map_or(judged, |(at, _)| *at);
            let there = self.there.get(&incident.machine).copied().unwrap_or(judged);
            if heard - judged.max(there) > GONE_US {
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
        let meant = rules.iter().filter_map(|id| self.state.rules.get(id));
        let meant: Vec<&Rule> = meant.filter(|rule| rule.scope.covers(known)).collect();
        let speaking = meant.iter().filter(|rule| !meant.iter().any(|other| rule.yields_to(other)));
        let speaking: Vec<RuleId> = speaking.map(|rule| rule.rule).collect();
        for id in speaking {
            let seen = Seen { at_us: event.ts_us, pos: event.pos, value: sample.value };
            self.judge_by((id, machine, Some(sample.series)), seen, asked);
        }
    }

    fn judge_by(&mut self, key: IncidentKey, seen: Seen, asked: &mut Vec<AlertCommand>) {
        let Seen { at_us, pos, value } = seen;
        let Some(rule) = self.state.rules.get(&key.0) else { return };
        let open = self.state.open_incident(key);
        let gap = match open {
            Some(_) => self.judged.insert(key, at_us).map_or(0, |last| at_us - last),
            None => 0,
        };
        let flapping = open.is_some_and(|i| i.flapping);
        if flapping && rule.condition.is_past(value) {
            self.calm.remove(&key);
        }
        // A check that runs seldom is not judged more often than it runs.
        let check = open.and_then(|i| self.state.series.get(&i.series?)).map(|def| &def.key);
        let check = check.and_then(|series| self.state.check_of(key.1, series));
        let patience = check.map_or(0, |c| 2 * (c.interval_us + c.timeout_us));
        let mut commands = judge_value(rule, key, (open, gap.saturating_sub(patience)), value, at_us, pos);
        if flapping && !commands.is_empty() && !self.is_calm(key, at_us) {
            commands.clear();
        }
        self.ahead.note(key, seen, &commands);
        asked.extend(commands);
    }

    fn silent_rules(&self) -> impl Iterator<Item = (RuleId, Micros)> + '_ {
        self.state.rules.values().filter(|r| r.enabled).filter_map(|r| match r.condition {
            Condition::Silent { for_us } => Some((r.rule, for_us)),
            _ => None,
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
        self.crowd.set_patience(silent.iter().map(|(_, for_us)| *for_us).min());
        for (rule, for_us) in silent {
            let times = self.heard.iter().map(|(machine, (at, _))| Reverse((at + for_us, rule, *machine)));
            self.deadlines.extend(times);
        }
    }

    /// Listens to every machine that has an agent from now on.
    fn listen_anew(&mut self, event: &RecordedEvent, asked: &mut Vec<AlertCommand>) {
        match event.event {
            Event::HubStarted(_) => {
                self.crowd.begin_anew();
                self.crowd.restore(&self.state);
            }
            _ => self.crowd.listen_anew(event),
        }
        // What was asked for just before may never have been recorded.
        self.timers = Timers::of(&self.state);
        // Whoever would have fired it is gone, and it is judged anew.
        if self.state.open_incident(crowd::KEY).is_some_and(|i| !i.has_fired()) {
            asked.push(AlertCommand::Drop { key: crowd::KEY, cause: event.pos });
        }
        let enrolled = self.state.machines.values().filter(|m| !m.agents.is_empty());
        self.heard = enrolled.map(|m| (m.machine, (event.ts_us, event.pos))).collect();
        self.there = self.heard.iter().map(|(machine, (at, _))| (*machine, *at)).collect();
        self.index_rules();
    }

    /// Begins to listen to a machine that has an agent now.
    fn listen(&mut self, machine: MachineId, event: &RecordedEvent) {
        self.heard.insert(machine, (event.ts_us, event.pos));
        self.there.insert(machine, event.ts_us);
        let silent: Vec<_> = self.silent_rules().collect();
        for (rule, for_us) in silent {
            self.deadlines.push(Reverse((event.ts_us + for_us, rule, machine)));
        }
    }
}
