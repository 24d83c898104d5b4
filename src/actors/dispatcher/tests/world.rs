//! A log in memory, and a fate that stops everything at a chosen step.

use super::ends::{Fate, FatedChannel};
use crate::actors::dispatcher::{
    Bookmarks as _, Dispatcher, Limits, MemoryBookmarks, ParkedItem, Parts, Status, Writer,
};
use crate::channels::memory::{self, MemoryChannel};
use crate::clock::{Clock, SystemClock};
use crate::letters::LinkSecrets;
use crate::texts::Lang;
use crate::views::{Past, Tail, TailError, Views};
use async_trait::async_trait;
use jiff::tz::TimeZone;
use serde_json::Map;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::runtime::Handle;

use watchroom_domain::alert::ResolveReason;
use watchroom_domain::*;

/// How long a test waits for what should come at once.
const PATIENCE: Duration = Duration::from_secs(30);

pub const EMAIL: &str = "email";

#[derive(Default)]
struct MemoryLog(Mutex<Vec<Arc<RecordedEvent>>>, AtomicUsize);

#[async_trait]
impl Past for MemoryLog {
    async fn read(&self, after: Position, limit: usize) -> Result<Vec<Arc<RecordedEvent>>, TailError> {
        if self.1.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok() {
            return Err(TailError("as it was told".to_owned()));
        }
        Ok(self.0.lock().unwrap().iter().filter(|e| e.pos > after).take(limit).cloned().collect())
    }
}

#[derive(Clone)]
pub struct World {
    log: Arc<MemoryLog>,
    pub views: Views,
    tail: Tail,
    pub channel: MemoryChannel,
    pub bookmarks: MemoryBookmarks,
    pub fate: Arc<Fate>,
    pub backoff: Backoff,
    pub limits: Limits,
    pub clock: HeldClock,
    pub descriptor: &'static ChannelDescriptor,
}

/// A channel that changes nothing of what it has shown.
static PLAIN: ChannelDescriptor = ChannelDescriptor { updates: false, ..memory::DESCRIPTOR };
/// One whose destinations are programs, each a far side of its own.
pub static TARGETS: ChannelDescriptor =
    ChannelDescriptor { address: AddressKind::Target("targets"), ..PLAIN };

/// The machine's clock until it is set, and then it stands still.
#[derive(Clone, Default)]
pub struct HeldClock(Arc<AtomicI64>);

impl HeldClock {
    pub fn now(&self) -> Micros {
        self.now_us()
    }

    pub fn set(&self, now_us: Micros) {
        self.0.store(now_us, Ordering::SeqCst);
    }
}

impl Clock for HeldClock {
    fn now_us(&self) -> Micros {
        match self.0.load(Ordering::SeqCst) {
            0 => SystemClock.now_us(),
            held => held,
        }
    }
}

impl World {
    pub fn new() -> Self {
        let log = Arc::new(MemoryLog::default());
        Self {
            tail: Tail::new(log.clone(), 0),
            log,
            views: Views::default(),
            channel: MemoryChannel::default(),
            bookmarks: MemoryBookmarks::default(),
            fate: Arc::default(),
            backoff: Backoff { base_us: 1_000, cap_us: 2_000, expiry_us: HOUR_US },
            limits: Limits::default(),
            clock: HeldClock::default(),
            descriptor: &PLAIN,
        }
    }

    /// With the channel set up, a machine, its keeper and a rule.
    pub fn furnished() -> Self {
        let world = Self::new();
        world.configure();
        world.machine("node-07", "Ada", "ada@example.org");
        world.record(body::RuleAdded { rule: rule() });
        world
    }

    pub fn record(&self, event: impl Into<Event>) -> Position {
        self.record_at(event, self.clock.now_us())
    }

    pub fn record_at(&self, event: impl Into<Event>, ts_us: Micros) -> Position {
        self.keep(event.into(), ts_us).pos
    }

    pub fn keep(&self, event: Event, ts_us: Micros) -> Arc<RecordedEvent> {
        let mut log = self.log.0.lock().unwrap();
        let pos = log.len() as Position + 1;
        let recorded = Arc::new(RecordedEvent {
            pos,
            id: EventId::derived(&[&pos.to_string()]),
            stream: event.stream(),
            version: None,
            ts_us,
            meta: Meta::by(By::Hub),
            event,
        });
        log.push(recorded.clone());
        self.views.apply(&recorded);
        self.tail.publish(std::slice::from_ref(&recorded));
        recorded
    }

    /// What was recorded is not at hand any more, and has to be read.
    pub fn aged(self) -> Self {
        let head = self.log.0.lock().unwrap().len() as Position;
        Self { tail: Tail::new(self.log.clone(), head), ..self }
    }

    /// The log cannot be read so many times.
    pub fn unreadable(&self, times: usize) {
        self.log.1.store(times, Ordering::SeqCst);
    }

    pub fn configure(&self) {
        self.record(body::ChannelConfigured { channel: EMAIL.to_owned(), settings: Map::new() });
    }

    pub fn machine(&self, name: &str, keeper: &str, mail: &str) {
        let machine = machine(name);
        let details = MachineDetails {
            name: name.to_owned(),
            place: "Room 2".to_owned(),
            tags: vec!["gpu".to_owned()],
            ..MachineDetails::default()
        };
        self.record(body::MachineRegistered { machine, details });
        self.keeper(name, keeper, mail);
    }

    pub fn keeper(&self, machine_name: &str, name: &str, mail: &str) {
        let (machine, keeper) = (machine(machine_name), subject(name));
        let (name, phone, mail) = (name.to_owned(), String::new(), mail.to_owned());
        self.record(body::KeeperSet { machine, keeper, name, phone, mail });
    }

    pub fn subscribe(&self, who: &str, address: &str, at_least: Severity, scope: Scope) -> SubscriptionId {
        let subscription = SubscriptionId::derived(&[who, address]);
        self.record(body::Subscribed {
            subscription,
            subject: subject(who),
            channel: EMAIL.to_owned(),
            address: address.to_owned(),
            at_least,
            scope,
            quiet: None,
        });
        subscription
    }

    pub fn fire(&self, incident: &str) -> Position {
        self.fire_as(incident, Severity::Critical, self.clock.now_us())
    }

    pub fn fire_as(&self, incident: &str, severity: Severity, ts_us: Micros) -> Position {
        self.fire_so(incident, severity, ts_us, false)
    }

    /// It fires while something holds it.
    pub fn fire_quietly(&self, incident: &str) -> Position {
        self.fire_so(incident, Severity::Critical, self.clock.now_us(), true)
    }

    /// How many events of the log are so.
    pub fn count(&self, is_so: impl Fn(&Event) -> bool) -> usize {
        self.log.0.lock().unwrap().iter().filter(|e| is_so(&e.event)).count()
    }

    fn fire_so(&self, incident: &str, severity: Severity, ts_us: Micros, quiet: bool) -> Position {
        let (incident, rule, machine) = (self::incident(incident), rule().rule, machine("node-07"));
        let (series, cause, value) = (None, 1, 120.0);
        let since_us = ts_us - 2 * MINUTE_US;
        self.record_at(body::AlertPending { incident, rule, machine, series, since_us, value, cause }, ts_us);
        let at_us = ts_us;
        self.record_at(
            body::AlertFired {
                incident,
                rule,
                machine,
                series,
                since_us,
                at_us,
                value,
                cause,
                severity,
                quiet,
            },
            ts_us,
        )
    }

    pub fn resolve(&self, incident: &str) -> Position {
        let at_us = self.clock.now_us();
        let (incident, reason) = (self::incident(incident), ResolveReason::HeardAgain);
        self.record(body::AlertResolved { incident, at_us, value: None, cause: 1, reason })
    }

    pub fn start(&self) -> Dispatcher {
        let channel = Arc::new(FatedChannel(self.channel.clone(), self.fate.clone()));
        let parts = Parts {
            channel: EMAIL,
            descriptor: self.descriptor,
            registry: Arc::new(self.clone()),
            views: self.views.clone(),
            tail: self.tail.clone(),
            bookmarks: Arc::new(self.clone()),
            clock: Arc::new(self.clock.clone()),
            open: Arc::new(move |settings| match settings.get("fault") {
                Some(_) => Err(vec![Refusal::field("bad_host", "host", "No.")]),
                None => Ok(channel.clone()),
            }),
            words: Arc::new(Writer::new(
                Lang::En,
                TimeZone::UTC,
                "https://watch.example.org",
                LinkSecrets::new([7; 32]),
            )),
            pictures: None,
            backoff: self.backoff,
            limits: self.limits,
        };
        Dispatcher::start(parts, &Handle::current())
    }

    /// Runs until everything that is planned is recorded as done, and stops.
    pub async fn run_until_done(&self, deliveries: usize) {
        let dispatcher = self.start();
        if self.views.with(|state| state.channels.contains_key(EMAIL)) {
            // Stopped before it has begun, it would write nothing down.
            status(&dispatcher, |s| s.condition != crate::actors::dispatcher::Condition::NotSetUp).await;
        }
        self.done(deliveries).await;
        dispatcher.stop().await;
    }

    /// Runs until so many deliveries were tried, and stops with everything still waiting.
    async fn run_until_tried(&self, deliveries: usize) {
        let dispatcher = self.start();
        self.state(|state| state.deliveries.len() >= deliveries).await;
        dispatcher.stop().await;
    }

    /// Runs until fate ends it; whether it did before so many deliveries were done, or only tried, and
    /// everything was written down.
    pub async fn run_until_ended(&self, deliveries: usize, only_tried: bool) -> bool {
        // A runtime of its own, so that nothing of it lives on.
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let runtime = runtime.unwrap();
        let world = self.clone();
        let whole = runtime.spawn(async move {
            match only_tried {
                true => world.run_until_tried(deliveries).await,
                false => world.run_until_done(deliveries).await,
            }
        });
        let ended = tokio::select! {
            () = self.fate.ended.notified() => true,
            done = whole => { done.unwrap(); false }
        };
        // Not before every thread of it stands still is it as if the power had gone.
        tokio::task::spawn_blocking(move || runtime.shutdown_timeout(PATIENCE)).await.unwrap();
        ended
    }

    /// Waits until so many deliveries are done.
    pub async fn done(&self, deliveries: usize) {
        self.state(|state| {
            let done = |d: &&Delivery| d.status != DeliveryStatus::Waiting;
            state.deliveries.values().filter(done).count() >= deliveries
        })
        .await;
    }

    /// Waits until the state is so.
    pub async fn state(&self, mut is_so: impl FnMut(&State) -> bool) {
        let mut head = self.tail.head();
        let waiting = async {
            while !self.views.with(&mut is_so) {
                head.changed().await.unwrap();
            }
        };
        let waited = tokio::time::timeout(PATIENCE, waiting).await;
        assert!(waited.is_ok(), "waited in vain; deliveries: {:?}", self.deliveries());
    }

    pub fn deliveries(&self) -> Vec<Delivery> {
        self.views.with(|state| state.deliveries.values().cloned().collect())
    }

    /// Attempts as they were recorded, in order: which event, what came of it.
    pub fn attempts(&self) -> Vec<body::DeliveryAttempted> {
        let log = self.log.0.lock().unwrap();
        let attempts = log.iter().filter_map(|e| match &e.event {
            Event::DeliveryAttempted(attempt) => Some(attempt.clone()),
            _ => None,
        });
        attempts.collect()
    }

    /// How often each delivery came to the far side.
    pub fn arrived(&self) -> BTreeMap<DeliveryId, usize> {
        let mut arrived = BTreeMap::new();
        for notice in self.channel.notices() {
            *arrived.entry(notice.delivery).or_default() += 1;
        }
        arrived
    }

    pub fn addresses(&self) -> Vec<String> {
        self.channel.notices().into_iter().map(|notice| notice.address).collect()
    }

    pub async fn parked_items(&self) -> Vec<ParkedItem> {
        self.bookmarks.parked("").await.unwrap()
    }

    /// Position of the last event that gives something to tell.
    pub fn last_cause(&self) -> Position {
        let log = self.log.0.lock().unwrap();
        let cause =
            |e: &&Arc<RecordedEvent>| matches!(e.event, Event::AlertFired(_) | Event::AlertResolved(_));
        log.iter().rev().find(cause).map_or(0, |event| event.pos)
    }
}

/// Waits until a dispatcher is so.
pub async fn status(dispatcher: &Dispatcher, is_so: impl FnMut(&Status) -> bool) {
    let mut status = dispatcher.status();
    let waited = tokio::time::timeout(PATIENCE, status.wait_for(is_so)).await;
    assert!(waited.is_ok(), "waited in vain");
}

pub fn machine(name: &str) -> MachineId {
    MachineId::derived(&[name])
}

pub fn subject(name: &str) -> SubjectId {
    SubjectId::derived(&[name])
}

pub fn incident(name: &str) -> IncidentId {
    IncidentId::derived(&[name])
}

pub fn rule() -> Rule {
    Rule {
        rule: RuleId::derived(&["silent"]),
        name: "Agent silent".to_owned(),
        scope: Scope::Everywhere,
        condition: Condition::Silent { for_us: 2 * MINUTE_US },
        severity: Severity::Critical,
        enabled: true,
        escalation: Vec::new(),
        personal: false,
    }
}
