//! A hub in miniature: a log, a registry that decides, an evaluator that reads behind and may be killed.

use std::collections::{HashMap, VecDeque};
use std::ops::{Range, RangeInclusive};
use watchroom_analysis::Evaluator;
use watchroom_domain::alert::AlertCommand;
use watchroom_domain::*;

pub const METRIC: &str = "temperature_c";
pub const FIRE: f64 = 88.0;
pub const CLEAR: f64 = 83.0;
pub const HOT: f64 = 91.0;
pub const BETWEEN: f64 = 85.0;
pub const COOL: f64 = 60.0;

pub struct World {
    pub log: Vec<RecordedEvent>,
    pub state: State,
    pub evaluator: Evaluator,
    /// Events that the evaluator has folded.
    pub folded: usize,
    /// What was asked for and not decided yet.
    pub asked: VecDeque<AlertCommand>,
    /// Everything that was ever asked for.
    pub ever_asked: Vec<AlertCommand>,
    pub now: Micros,
    sent: HashMap<MachineId, u64>,
    /// What was so after so many events, so that a kill need not fold them all.
    known: (usize, State),
}

/// Sends a value every five seconds for so long, and lets everything be dealt with.
pub fn send(world: &mut World, n: u8, value: f64, seconds: i64) {
    send_all(world, n..n + 1, value, seconds);
}

/// The same from several machines.
pub fn send_all(world: &mut World, machines: Range<u8>, value: f64, seconds: i64) {
    for _ in 0..seconds / 5 {
        world.pass(5 * SECOND_US);
        machines.clone().for_each(|n| world.sample(n, value, false));
        world.settle();
    }
}

pub fn person(n: u8) -> SubjectId {
    SubjectId::derived(&["person", &n.to_string()])
}

pub fn machine(n: u8) -> MachineId {
    MachineId::derived(&["machine", &n.to_string()])
}

pub fn rule() -> RuleId {
    RuleId::derived(&["hot"])
}

pub fn silent_rule() -> RuleId {
    RuleId::derived(&["silent"])
}

pub fn hot(for_us: Micros) -> Rule {
    Rule {
        rule: rule(),
        name: "hot".into(),
        scope: Scope::Everywhere,
        condition: Condition::Threshold {
            metric: METRIC.into(),
            compare: Compare::Above,
            fire: FIRE,
            clear: CLEAR,
            for_us,
        },
        severity: Severity::Critical,
        enabled: true,
        escalation: Vec::new(),
        personal: false,
    }
}

impl World {
    /// A hub with two enrolled machines, a threshold rule and a rule of silence for two minutes.
    pub fn new(for_us: Micros) -> Self {
        Self::with(2, for_us)
    }

    /// The same with so many machines, and an owner (person 0).
    pub fn with(machines: u8, for_us: Micros) -> Self {
        let mut world = Self {
            log: Vec::new(),
            state: State::default(),
            evaluator: Evaluator::default(),
            folded: 0,
            asked: VecDeque::new(),
            ever_asked: Vec::new(),
            now: 1_700_000_000_000_000,
            sent: HashMap::new(),
            known: (0, State::default()),
        };
        world.start();
        let defaults: Vec<_> =
            world.state.rules.keys().copied().filter(|rule| *rule != Rule::HUB_VIEW).collect();
        for rule in defaults {
            world.record(Command::RemoveRule { rule });
        }
        world.record(Command::AddRule { rule: hot(for_us) });
        let silent = Condition::Silent { for_us: 2 * MINUTE_US };
        let silent = Rule { rule: silent_rule(), name: "silent".into(), condition: silent, ..hot(0) };
        world.record(Command::AddRule { rule: silent });
        (0..machines).for_each(|n| world.enrol(n));
        let owner = Command::RegisterOwner {
            person: person(0),
            login: "owner".into(),
            display_name: String::new(),
            mail: String::new(),
            password_phc: "$".into(),
        };
        world.record_by(By::Stranger, owner);
        world
    }

    fn start(&mut self) {
        self.record(Command::StartHub { node: "n".into(), program: "p".into() });
    }

    fn enrol(&mut self, n: u8) {
        let machine = machine(n);
        let details = MachineDetails { name: format!("m{n}"), ..MachineDetails::default() };
        let subject = SubjectId::derived(&["nobody"]);
        let keeper = Keeper { subject, name: String::new(), phone: String::new(), mail: String::new() };
        self.record(Command::RegisterMachine { machine, details, keeper });
        let token = TokenId::derived(&[&n.to_string()]);
        let identity =
            AgentIdentity { serial: n.to_string(), key_sha256: format!("key{n}"), not_after_us: Micros::MAX };
        self.push(body::AgentEnrolled { machine, token, identity }.into(), None);
    }

    /// Decides a command as the hub and records what it comes to.
    pub fn record(&mut self, command: Command) {
        self.record_by(By::Hub, command);
    }

    pub fn record_by(&mut self, by: By, command: Command) {
        assert!(self.try_by(by, command.clone()), "{command:?}");
    }

    /// Decides a command and records what it comes to; whether it was not refused.
    pub fn try_by(&mut self, by: By, command: Command) -> bool {
        let decided = self.state.decide(&Envelope::new(by, command), self.now);
        decided.map(|events| events.into_iter().for_each(|event| self.push(event, None))).is_ok()
    }

    /// Makes a machine hang on another one, or on none.
    pub fn hang(&mut self, n: u8, on: Option<u8>) -> bool {
        let before = &self.state.machines[&machine(n)];
        let details = MachineDetails { parent: on.map(machine), ..before.details.clone() };
        let subject = SubjectId::derived(&["nobody"]);
        let keeper = Keeper { subject, name: String::new(), phone: String::new(), mail: String::new() };
        self.try_by(By::Hub, Command::ChangeMachine { machine: machine(n), details, keeper })
    }

    /// Begins a silence for so long.
    pub fn silence(&mut self, name: &str, scope: Scope, us: Micros) {
        let (silence, until_us) = (SilenceId::derived(&[name]), self.now + us);
        let reason = "maintenance".to_owned();
        self.record(Command::BeginSilence { silence, scope, rule: None, until_us, reason });
    }

    /// The incident of this rule and machine that is open.
    pub fn open(&self, rule: RuleId, n: u8) -> Option<&Incident> {
        self.state.incidents.values().find(|i| i.rule == rule && i.machine == machine(n))
    }

    /// What people were told of one machine.
    pub fn told_of(&self, n: u8) -> Vec<&'static str> {
        self.told().into_iter().filter(|(_, of)| *of == n).map(|(word, _)| word).collect()
    }

    /// What people were told, in order: the word and the number of the machine, 255 for the hub.
    pub fn told(&self) -> Vec<(&'static str, u8)> {
        let of: HashMap<_, _> = self
            .log
            .iter()
            .filter_map(|e| match &e.event {
                Event::AlertPending(e) => Some((e.incident, e.machine)),
                _ => None,
            })
            .collect();
        let number = |id: &IncidentId| (0..=254).find(|n| of[id] == machine(*n)).unwrap_or(255);
        let told = self.log.iter().filter_map(|e| match &e.event {
            Event::AlertFired(e) if !e.quiet => Some(("fired", number(&e.incident))),
            Event::AlertFlapping(e) if !e.quiet => Some(("flapping", number(&e.incident))),
            Event::AlertReleased(e) => Some(("released", number(&e.incident))),
            Event::AlertEscalated(e) => Some(("escalated", number(&e.incident))),
            _ => None,
        });
        told.collect()
    }

    pub fn push(&mut self, event: Event, frame: Option<Frame>) {
        let pos = self.state.position + 1;
        let stream = event.stream();
        let version = match event {
            Event::Telemetry(_) => None,
            _ => Some(self.state.version_of(&stream) + 1),
        };
        let meta = Meta { frame, ..Meta::by(By::Hub) };
        let id = EventId::derived(&[&pos.to_string()]);
        let recorded = RecordedEvent { pos, id, stream, version, ts_us: self.now, meta, event };
        self.state.apply(&recorded);
        self.log.push(recorded);
    }

    /// One frame with one value.
    pub fn sample(&mut self, n: u8, value: f64, late: bool) {
        self.sample_of(n, METRIC, value, late);
    }

    /// The same of any metric.
    pub fn sample_of(&mut self, n: u8, metric: &str, value: f64, late: bool) {
        let machine = machine(n);
        let seq = self.sent.entry(machine).or_default();
        *seq += 1;
        let frame = Frame {
            producer: machine.0,
            epoch: 1,
            seq: *seq,
            sent_us: self.now,
            offset_us: 0,
            late,
            dropped: 0,
        };
        let known = |d: &&SeriesDef| d.machine == machine && d.key.metric == metric;
        let series = self.state.series.values().find(known).map(|d| d.series);
        let series = series.unwrap_or_else(|| {
            let series = u32::from(n) + 1 + if metric == METRIC { 0 } else { 1_000 };
            let key = SeriesKey { metric: metric.into(), labels: Labels::new() };
            self.push(body::SeriesDefined { def: SeriesDef { series, machine, key } }.into(), None);
            series
        });
        let samples = vec![Sample { series, observed_us: self.now, value }];
        self.push(Event::Telemetry(Telemetry { machine, samples }), Some(frame));
    }

    /// The evaluator reads at most so many events; once it is up to date it looks at the clock.
    pub fn read(&mut self, most: usize) {
        for _ in 0..most {
            let Some(event) = self.log.get(self.folded).cloned() else { break };
            self.folded += 1;
            let asked = self.evaluator.fold(&event);
            self.ask(asked);
        }
        if self.folded > self.known.0 + 500 {
            self.known = (self.folded, self.evaluator.state().clone());
        }
        if self.folded == self.log.len() {
            let asked = self.evaluator.due(self.now);
            self.ask(asked);
        }
    }

    fn ask(&mut self, asked: Vec<AlertCommand>) {
        self.ever_asked.extend(asked.iter().cloned());
        self.asked.extend(asked);
    }

    /// The registry decides at most so many of what was asked for.
    pub fn decide(&mut self, most: usize) {
        for _ in 0..most {
            let Some(command) = self.asked.pop_front() else { return };
            self.record(Command::Alert(command));
        }
    }

    /// Reads and decides until nothing is left to do.
    pub fn settle(&mut self) {
        loop {
            self.read(usize::MAX);
            if self.asked.is_empty() {
                return;
            }
            self.decide(usize::MAX);
        }
    }

    pub fn pass(&mut self, us: Micros) {
        self.now += us;
    }

    /// The hub is killed and started again; the evaluator goes on behind an event that it had read.
    pub fn kill(&mut self, behind: usize) {
        let cursor = self.folded.saturating_sub(behind);
        self.asked.clear();
        let (known, mut state) = if self.known.0 <= cursor { self.known.clone() } else { Default::default() };
        self.log.iter().take(cursor).skip(known).for_each(|e| state.apply(e));
        let log_time = cursor.checked_sub(1).and_then(|i| self.log.get(i)).map_or(0, |e| e.ts_us);
        self.evaluator = Evaluator::resume(state, log_time);
        self.folded = cursor;
        self.start();
    }

    /// The hub could not watch, and knows it.
    pub fn away(&mut self, us: Micros) {
        let from_us = self.now;
        self.now += us;
        self.record(Command::NoteAbsence { from_us, to_us: self.now });
    }

    /// Values of a machine, as far as anybody may be woken by them, at these positions.
    pub fn live_values(&self, machine: MachineId, at: RangeInclusive<Position>) -> Vec<f64> {
        let live = self.log.iter().filter(|e| at.contains(&e.pos) && !e.meta.frame.is_some_and(|f| f.late));
        let frames = live.filter_map(|e| match &e.event {
            Event::Telemetry(frame) if frame.machine == machine => Some(frame.samples[0].value),
            _ => None,
        });
        frames.collect()
    }

    pub fn fired(&self, key_rule: RuleId) -> usize {
        self.log.iter().filter(|e| matches!(&e.event, Event::AlertFired(f) if f.rule == key_rule)).count()
    }

    pub fn resolved(&self) -> usize {
        self.log.iter().filter(|e| matches!(e.event, Event::AlertResolved(_))).count()
    }
}
