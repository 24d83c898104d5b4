//! A hub in miniature: a log, a registry that decides, an evaluator that reads behind and may be killed.

use std::collections::{HashMap, VecDeque};
use std::ops::RangeInclusive;
use watchroom_analysis::Evaluator;
use watchroom_domain::alert::{AlertCommand, IncidentKey};
use watchroom_domain::*;

pub const METRIC: &str = "temperature_c";
pub const FIRE: f64 = 88.0;
pub const CLEAR: f64 = 83.0;

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
    }
}

impl World {
    /// A hub with two enrolled machines, a threshold rule and a rule of silence for two minutes.
    pub fn new(for_us: Micros) -> Self {
        let mut world = Self {
            log: Vec::new(),
            state: State::default(),
            evaluator: Evaluator::default(),
            folded: 0,
            asked: VecDeque::new(),
            ever_asked: Vec::new(),
            now: 1_700_000_000_000_000,
            sent: HashMap::new(),
        };
        world.start();
        let defaults: Vec<_> = world.state.rules.keys().copied().collect();
        for rule in defaults {
            world.record(Command::RemoveRule { rule });
        }
        world.record(Command::AddRule { rule: hot(for_us) });
        let silent = Condition::Silent { for_us: 2 * MINUTE_US };
        let silent = Rule { rule: silent_rule(), name: "silent".into(), condition: silent, ..hot(0) };
        world.record(Command::AddRule { rule: silent });
        for n in 0..2 {
            world.enrol(n);
        }
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
        let events = self.state.decide(&Envelope::new(By::Hub, command), self.now).unwrap();
        for event in events {
            self.push(event, None);
        }
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
        let series = self.state.series.values().find(|d| d.machine == machine).map(|d| d.series);
        let series = series.unwrap_or_else(|| {
            let series = u32::from(n) + 1;
            let key = SeriesKey { metric: METRIC.into(), labels: Labels::new() };
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
        while self.folded < self.log.len() || !self.asked.is_empty() {
            self.read(usize::MAX);
            self.decide(usize::MAX);
        }
        self.read(0);
        self.decide(usize::MAX);
    }

    pub fn pass(&mut self, us: Micros) {
        self.now += us;
    }

    /// The hub is killed and started again; the evaluator goes on behind an event that it had read.
    pub fn kill(&mut self, behind: usize) {
        let cursor = self.folded.saturating_sub(behind);
        self.asked.clear();
        let mut state = State::default();
        self.log.iter().take(cursor).for_each(|e| state.apply(e));
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

    /// Each incident's events in their only order, and never two open incidents of one key.
    pub fn check_lives(&self) {
        let mut open: HashMap<IncidentKey, (IncidentId, bool)> = HashMap::new();
        for event in &self.log {
            match &event.event {
                Event::AlertPending(e) => {
                    let before = open.insert((e.rule, e.machine, e.series), (e.incident, false));
                    assert_eq!(before, None, "a second incident is open at {}", event.pos);
                }
                Event::AlertFired(e) => {
                    let life = open.get_mut(&(e.rule, e.machine, e.series)).expect("fired without pending");
                    assert_eq!(*life, (e.incident, false), "fired twice, or another, at {}", event.pos);
                    life.1 = true;
                }
                Event::AlertDropped(e) => {
                    let key = open.iter().find(|(_, life)| **life == (e.incident, false)).map(|(k, _)| *k);
                    open.remove(&key.expect("dropped what was not pending"));
                }
                Event::AlertResolved(e) => {
                    let key = open.iter().find(|(_, life)| **life == (e.incident, true)).map(|(k, _)| *k);
                    open.remove(&key.expect("resolved what had not fired"));
                }
                _ => {}
            }
        }
    }
}
