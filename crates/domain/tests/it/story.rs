//! A hub without a disk: a state, the events that made it, and a clock.

use watchroom_domain::*;

pub const NOW_US: Micros = 1_790_000_000_000_000;

/// Everybody's password.
pub const PHC: &str = "$argon2id$";

/// What happened so far.
#[derive(Clone)]
pub struct Story {
    pub state: State,
    pub log: Vec<RecordedEvent>,
    pub now: Micros,
}

pub fn machine(n: u8) -> MachineId {
    MachineId::derived(&["machine", &n.to_string()])
}

pub fn person(n: u8) -> SubjectId {
    SubjectId::derived(&["person", &n.to_string()])
}

pub fn token(n: u8) -> TokenId {
    TokenId::derived(&["token", &n.to_string()])
}

pub fn key(n: u8) -> String {
    format!("key {n}")
}

pub fn identity(n: u8) -> AgentIdentity {
    AgentIdentity { serial: n.to_string(), key_sha256: key(n), not_after_us: NOW_US + 90 * 24 * HOUR_US }
}

pub fn keeper(mail: &str) -> Keeper {
    let subject = SubjectId::derived(&["keeper", mail]);
    Keeper { subject, name: String::new(), phone: String::new(), mail: mail.to_owned() }
}

pub fn register(n: u8, name: &str) -> Command {
    let details = MachineDetails { name: name.to_owned(), ..MachineDetails::default() };
    Command::RegisterMachine { machine: machine(n), details, keeper: keeper("") }
}

pub fn issue(token_n: u8, machine_n: u8, uses: u32) -> Command {
    Command::IssueJoinToken {
        token: token(token_n),
        machine: machine(machine_n),
        secret_sha256: format!("secret {token_n}"),
        expires_us: NOW_US + 24 * HOUR_US,
        uses,
    }
}

pub fn join(token_n: u8, key_n: u8) -> Command {
    let secret_sha256 = format!("secret {token_n}");
    Command::Join { token: token(token_n), secret_sha256, identity: identity(key_n) }
}

pub fn connect(machine_n: u8, key_n: u8) -> Command {
    let (machine, key_sha256) = (machine(machine_n), key(key_n));
    let (agent_version, features) = ("test/1".to_owned(), Vec::new());
    Command::ConnectAgent { machine, key_sha256, agent_version, protocol: 1, features }
}

pub fn frame(machine_n: u8, epoch: u64, seq: u64) -> Frame {
    let producer = machine(machine_n).0;
    Frame { producer, epoch, seq, sent_us: NOW_US, offset_us: 0, late: false, dropped: 0 }
}

pub fn series(metric: &str) -> SeriesKey {
    SeriesKey { metric: metric.to_owned(), labels: Labels::new() }
}

/// A frame of one value, observed now.
pub fn samples(machine_n: u8, epoch: u64, seq: u64, value: f64) -> Command {
    let samples = vec![(series("temperature_c"), NOW_US, value)];
    Command::RecordSamples { machine: machine(machine_n), frame: frame(machine_n, epoch, seq), samples }
}

impl Story {
    pub fn new() -> Self {
        Self { state: State::default(), log: Vec::new(), now: NOW_US }
    }

    /// A hub with an owner (person 0), and machine 0 whose agent has joined with key 0.
    pub fn settled() -> Self {
        let owner = Command::RegisterOwner {
            person: person(0),
            login: "owner".to_owned(),
            display_name: String::new(),
            mail: String::new(),
            password_phc: PHC.to_owned(),
        };
        Self::new()
            .given(By::Hub, Command::StartHub { node: "n".to_owned(), program: "p".to_owned() })
            .given(By::Stranger, owner)
            .given(By::Person(person(0)), register(0, "node-0"))
            .given(By::Person(person(0)), issue(0, 0, 1))
            .given(By::Stranger, join(0, 0))
    }

    /// A person with a role, and nothing else to its name.
    pub fn people(&mut self, n: u8, role: Role) {
        let body = body::PersonRegistered {
            person: person(n),
            login: format!("person-{n}"),
            display_name: "Other".to_owned(),
            mail: String::new(),
            role,
            password_phc: PHC.to_owned(),
            way: None,
            address: None,
        };
        let nothing = Command::CloseSession { session: SessionId::derived(&["none"]) };
        self.record(By::Hub, &nothing, vec![body.into()]);
    }

    /// This was asked for and recorded.
    pub fn given(mut self, by: By, command: Command) -> Self {
        let events =
            self.when(by, command.clone()).unwrap_or_else(|refusal| panic!("{command:?}: {refusal}"));
        self.record(by, &command, events);
        self
    }

    /// What would be recorded, or why not.
    pub fn when(&self, by: By, command: Command) -> Result<Vec<Event>, Refusal> {
        self.state.decide(&self.envelope(by, command), self.now)
    }

    /// An agent shows the key that it names, or else the newest that its machine has.
    fn envelope(&self, by: By, command: Command) -> Envelope {
        let By::Agent(machine) = by else { return Envelope::new(by, command) };
        let newest = self.state.machines.get(&machine).and_then(|m| m.agents.last());
        let shown = match &command {
            Command::ConnectAgent { key_sha256, .. } => key_sha256.clone(),
            _ => newest.map_or_else(|| key(0), |agent| agent.key_sha256.clone()),
        };
        Envelope::of_agent(machine, shown.into(), command)
    }

    /// The names of what would be recorded, or the code of the refusal.
    pub fn then(&self, by: By, command: Command) -> Vec<&'static str> {
        match self.when(by, command) {
            Ok(events) => events.iter().map(Event::name).collect(),
            Err(refusal) => vec![refusal.code],
        }
    }

    /// Decides, and records what is decided; a refusal records nothing.
    pub fn try_to(&mut self, by: By, command: Command) {
        if let Ok(events) = self.when(by, command.clone()) {
            self.record(by, &command, events);
        }
    }

    pub fn record(&mut self, by: By, command: &Command, events: Vec<Event>) {
        let frame = match command {
            Command::RecordSamples { frame, .. } => Some(*frame),
            Command::RecordCheck { frame, .. } => *frame,
            _ => None,
        };
        for event in events {
            let telemetry = matches!(event, Event::Telemetry(_));
            let stream = event.stream();
            let version = (!telemetry).then(|| self.state.version_of(&stream) + 1);
            let meta = Meta { frame: frame.filter(|_| telemetry), ..Meta::by(by) };
            let pos = self.state.position + 1;
            let id = EventId::derived(&[&pos.to_string()]);
            let recorded = RecordedEvent { pos, id, stream, version, ts_us: self.now, meta, event };
            self.state.apply(&recorded);
            self.log.push(recorded);
        }
    }

    /// The state as a later hub would fold it.
    pub fn folded(&self) -> State {
        let mut state = State::default();
        self.log.iter().for_each(|event| state.apply(event));
        state
    }
}
