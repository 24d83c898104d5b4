//! A whole hub in the test's own process: fed by commands, its clock in the test's hand.

use crate::harness::http::Http;
use std::collections::HashMap;
use std::future::Future;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use tempfile::TempDir;
use watchroom::actors::handle::Submit as _;
use watchroom::clock::{Clock, SystemClock};
use watchroom::event_log::{EventLog, LogOptions, MasterKey};
use watchroom::hub::{Hub, bind};
use watchroom::settings::load;
use watchroom_domain::*;
use watchroom_wire::tls::{hex, sha256};

pub const PASSPHRASE: &str = "correct horse battery staple";

/// A clock that can be late, and can be stopped.
#[derive(Default)]
pub struct TestClock {
    late_us: AtomicI64,
    stopped_us: AtomicI64,
}

impl TestClock {
    /// From here on it is late by this much.
    pub fn late(&self, us: Micros) {
        self.late_us.store(us, Ordering::SeqCst);
    }

    /// Stands still from now on.
    pub fn stop(&self) {
        self.stopped_us.store(self.now_us(), Ordering::SeqCst);
    }

    /// Moves a clock that stands.
    pub fn forward(&self, us: Micros) {
        self.stopped_us.fetch_add(us, Ordering::SeqCst);
    }
}

impl Clock for TestClock {
    fn now_us(&self) -> Micros {
        match self.stopped_us.load(Ordering::SeqCst) {
            0 => SystemClock.now_us() - self.late_us.load(Ordering::SeqCst),
            stopped => stopped,
        }
    }
}

pub struct Inside {
    /// Kept for as long as the hub lives.
    _folder: TempDir,
    pub hub: Hub,
    pub clock: Arc<TestClock>,
    /// Somebody who has not signed in.
    pub web: Http,
    frames: HashMap<MachineId, u64>,
}

/// Runs a test as the hub runs: inside an actix system.
pub fn in_system<F: Future<Output = ()>>(test: F) {
    actix_rt::System::new().block_on(test);
}

impl Inside {
    pub async fn start() -> Self {
        Self::start_late(0).await
    }

    /// A hub that has these people from the start; nobody can sign in by a password.
    pub async fn with_people(people: &[(&str, Role)]) -> Self {
        Self::with_people_and(people, Vec::new()).await
    }

    /// The same, and what else stands in the log from the start.
    pub async fn with_people_and(people: &[(&str, Role)], before: Vec<Event>) -> Self {
        let people = people.iter().map(|(name, role)| registered(name, *role));
        Self::start_with(0, people.chain(before).collect()).await
    }

    /// A hub whose clock is late by so many microseconds.
    pub async fn start_late(us: Micros) -> Self {
        Self::start_with(us, Vec::new()).await
    }

    /// The same, with these people from the start: login, name and role.
    pub async fn start_late_with(us: Micros, people: &[(&str, &str, Role)]) -> Self {
        // A hub adds these to a log in which there is nothing yet.
        let rules = default_rules().into_iter().map(|rule| body::RuleAdded { rule }.into());
        let people = people.iter().map(|(login, name, role)| named_person(login, name, *role));
        Self::start_with(us, people.chain(rules).collect()).await
    }

    async fn start_with(us: Micros, before: Vec<Event>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        let variable = |key: &str, value: &str| (format!("WATCHROOM__{key}"), value.to_owned());
        let mut variables = vec![
            variable("HUB__DATA_DIR", data.to_str().unwrap()),
            variable("HUB__TIME_ZONE", "UTC"),
            variable("SECRETS__FOLDERS", std::env::temp_dir().to_str().unwrap()),
            variable("CONSOLE__LISTEN", "127.0.0.1:0"),
            variable("SOCKET__LISTEN", "127.0.0.1:0"),
        ];
        if !before.is_empty() {
            let key = folder.path().join("master.key");
            std::fs::write(&key, hex(&KEY)).unwrap();
            variables.push(variable("LOG__MASTER_KEY", &format!("file:{}", key.display())));
            std::fs::create_dir_all(&data).unwrap();
            record_before(&load(None, &variables).unwrap().log_url(), us, before).await;
        }
        let listeners = bind(&load(None, &variables).unwrap()).unwrap();
        // Links lead to the port that was given.
        let port = listeners.console.local_addr().unwrap().port();
        variables.push(variable("HUB__PUBLIC_URL", &format!("https://localhost:{port}")));
        let clock = Arc::new(TestClock::default());
        clock.late(us);
        let hub = Hub::start(&load(None, &variables).unwrap(), listeners, clock.clone()).await.unwrap();
        let ca_pem = std::fs::read_to_string(data.join("ca.pem")).unwrap();
        let web = Http::new(hub.console, &ca_pem);
        Self { _folder: folder, hub, clock, web, frames: HashMap::new() }
    }

    /// The folder of secrets that were typed.
    pub fn secrets(&self) -> PathBuf {
        self._folder.path().join("data/secrets")
    }

    /// The folder of everything that the hub keeps.
    pub fn data(&self) -> PathBuf {
        self._folder.path().join("data")
    }

    /// A secret in a place where the hub reads secrets; the reference to it.
    pub fn secret(&self, name: &str, secret: &str) -> String {
        let folder = self.secrets();
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join(name), secret).unwrap();
        format!("file:{}", folder.join(name).display())
    }

    /// The certificate of the hub's own authority.
    pub fn ca_file(&self) -> std::path::PathBuf {
        self._folder.path().join("data/ca.pem")
    }

    /// The path of the link that makes the first account.
    pub fn setup_path(&self) -> String {
        let link = self.hub.setup_link().expect("there is no owner yet");
        link.strip_prefix(&self.hub.public_url).unwrap().to_owned()
    }

    /// Makes the first account and signs it in.
    pub async fn owner(&self) -> Http {
        let mut owner = self.web.stranger();
        let fields = [
            ("login", "ada"),
            ("name", "Ada Lovelace"),
            ("mail", "ada@example.org"),
            ("password", PASSPHRASE),
            ("again", PASSPHRASE),
        ];
        let answer = owner.post(&self.setup_path(), &fields).await;
        assert_eq!((answer.status, answer.location()), (303, "/machines"), "{}", answer.body);
        owner
    }

    /// Somebody whom the log knows, signed in.
    pub async fn signed_in(&self, name: &str) -> Http {
        let mut visitor = self.web.stranger();
        self.sign_in(&mut visitor, name).await;
        visitor
    }

    /// Opens a session for somebody whom the log knows.
    pub async fn sign_in(&self, visitor: &mut Http, name: &str) -> SessionId {
        let secret = uuid::Uuid::now_v7().simple().to_string();
        let (person, session) = (SubjectId::derived(&[name]), SessionId(uuid::Uuid::now_v7()));
        let command = Command::OpenSession {
            session,
            person,
            password_phc: name.to_owned(),
            token_sha256: hex(&sha256(secret.as_bytes())),
            expires_us: self.clock.now_us() + HOUR_US,
            address: "127.0.0.1".to_owned(),
            browser: String::new(),
            shown: None,
        };
        self.hub.core.registry.submit(Envelope::new(By::Person(person), command)).await.unwrap();
        visitor.cookies().insert("__Host-watchroom".to_owned(), secret);
        session
    }

    pub async fn tell(&self, command: Command) {
        self.hub.core.registry.submit(Envelope::new(By::Hub, command)).await.unwrap();
    }

    pub async fn machine(&self, details: MachineDetails) -> MachineId {
        let machine = MachineId::derived(&[&details.name]);
        let keeper = Keeper {
            subject: SubjectId::derived(&["keeper", &details.name]),
            name: String::new(),
            phone: String::new(),
            mail: String::new(),
        };
        self.tell(Command::RegisterMachine { machine, details, keeper }).await;
        machine
    }

    /// One frame of values of a machine, observed at a time.
    pub async fn read(&mut self, machine: MachineId, at_us: Micros, values: &[(SeriesKey, f64)]) {
        let seq = self.frames.entry(machine).or_default();
        *seq += 1;
        let sent_us = self.clock.now_us();
        let frame = Frame {
            producer: machine.0,
            epoch: 1,
            seq: *seq,
            sent_us,
            offset_us: 0,
            late: false,
            dropped: 0,
        };
        let samples = values.iter().map(|(key, value)| (key.clone(), at_us, *value)).collect();
        self.tell(Command::RecordSamples { machine, frame, samples }).await;
    }

    pub fn position(&self) -> Position {
        self.hub.core.views.with(|state| state.position)
    }
}

const KEY: [u8; 32] = [7; 32];

fn registered(login: &str, role: Role) -> Event {
    named_person(login, &format!("Person {login}"), role)
}

fn named_person(login: &str, name: &str, role: Role) -> Event {
    let event = body::PersonRegistered {
        person: SubjectId::derived(&[login]),
        login: login.to_owned(),
        display_name: name.to_owned(),
        mail: format!("{login}@people.example"),
        role,
        password_phc: login.to_owned(),
        way: None,
        address: None,
    };
    event.into()
}

/// What stands in the log before the hub starts.
async fn record_before(url: &str, late_us: Micros, events: Vec<Event>) {
    let name = hex(&sha256(&[b"watchroom master key name".as_slice(), &KEY].concat())[..4]);
    let (master_key, clock) = (MasterKey::new(name, KEY), Arc::new(TestClock::default()));
    // The log never goes back behind what stands in it.
    clock.late(late_us);
    let options = LogOptions { node: "before".into(), master_key, clock: clock.clone() };
    let log = EventLog::open(url, options).await.unwrap();
    let event = |event: Event| NewEvent {
        id: EventId(uuid::Uuid::now_v7()),
        stream: event.stream(),
        expected: None,
        ts_us: clock.now_us(),
        meta: Meta { by: By::Hub, via: None, correlation: None, causation: None, frame: None },
        event,
    };
    let outcomes = log.append(vec![events.into_iter().map(event).collect()]).await.unwrap();
    outcomes[0].as_ref().unwrap();
    log.close().await.unwrap();
}

/// A machine of this name, of which nothing else is known.
pub fn named(name: &str) -> MachineDetails {
    MachineDetails { name: name.to_owned(), ..MachineDetails::default() }
}

/// A series by its metric and labels.
pub fn series(metric: &str, labels: &[(&str, &str)]) -> SeriesKey {
    let labels = labels.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
    SeriesKey { metric: metric.to_owned(), labels: labels.collect() }
}

/// A rule that fires as soon as a value is above this.
pub fn rule(name: &str, metric: &str, above: f64, severity: Severity) -> Rule {
    Rule {
        rule: RuleId::derived(&[name]),
        name: name.to_owned(),
        scope: Scope::Everywhere,
        condition: Condition::Threshold {
            metric: metric.to_owned(),
            compare: Compare::Above,
            fire: above,
            clear: above,
            for_us: 0,
        },
        severity,
        enabled: true,
        escalation: Vec::new(),
        personal: false,
    }
}
