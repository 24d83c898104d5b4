//! Batches that do not come about as they were decided.

use super::*;
use crate::clock::SystemClock;
use crate::event_log::failing::{Fate, Faults, failing_log};
use crate::event_log::{LogOptions, MasterKey};
use std::sync::atomic::{AtomicI64, Ordering};
use watchroom_domain::*;

struct Room {
    log: EventLog,
    tail: Tail,
    views: Views,
    registry: RegistryActor,
}

impl Room {
    async fn new() -> Self {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let master_key = MasterKey::new("test", [7; 32]);
        let options = LogOptions { node: "one".into(), master_key, clock };
        Self::over(EventLog::open("memory:", options).await.unwrap())
    }

    fn over(log: EventLog) -> Self {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let (views, tail) = (Views::default(), Tail::new(Arc::new(log.clone()), 0));
        let parts = RegistryParts {
            log: log.clone(),
            runtime: Handle::current(),
            clock,
            views: views.clone(),
            tail: tail.clone(),
            health: Health::default(),
            meters: Meters::default(),
        };
        Self { log, tail, views, registry: RegistryActor::new(parts, State::default()) }
    }

    /// Decides these as one batch, without recording it yet.
    fn decide<const N: usize>(&mut self, commands: [Command; N]) -> (Batch, [oneshot::Receiver<Answer>; N]) {
        let answers = commands.map(|command| {
            let (answer, receiver) = oneshot::channel();
            let envelope = Envelope::new(By::Hub, command);
            self.registry.waiting.push_back(Pending { envelope, answer });
            receiver
        });
        (self.registry.next_batch(), answers)
    }

    /// Records a batch; whether the state had to be read again.
    async fn record(&mut self, batch: Batch) -> bool {
        let state = batch.record().await;
        let again = state.is_some();
        if let Some(state) = state {
            self.registry.begin_anew(*state);
        }
        again
    }

    async fn tell<const N: usize>(&mut self, commands: [Command; N]) {
        let (batch, answers) = self.decide(commands);
        self.record(batch).await;
        for mut answer in answers {
            answer.try_recv().unwrap().unwrap();
        }
    }

    /// What another writer does, behind the registry's back.
    async fn beside(&self, event: impl Into<Event>, expected: Option<u64>, frame: Option<Frame>) {
        let event = event.into();
        let new = NewEvent {
            id: EventId(fresh::id(SystemClock.now_us())),
            stream: event.stream(),
            expected,
            ts_us: SystemClock.now_us(),
            meta: Meta { frame, ..Meta::by(By::Hub) },
            event,
        };
        self.log.append(vec![vec![new]]).await.unwrap()[0].as_ref().unwrap();
    }

    /// Everything was published, in order and without a hole.
    async fn assert_all_published(&self) {
        let head = self.log.head().await.unwrap();
        assert_eq!(*self.tail.head().borrow(), head);
        assert_eq!(self.views.with(|s| s.position), head);
        for after in 0..head {
            let next = self.tail.read(after, 1).await.unwrap();
            assert_eq!(next[0].pos, after + 1, "behind position {after}");
        }
        assert_eq!(
            self.views.with(Clone::clone).machines,
            load_state(&self.log, None).await.unwrap().machines
        );
    }
}

fn machine(name: &str) -> MachineId {
    MachineId::derived(&[name])
}

fn register(name: &str) -> Command {
    let details = MachineDetails { name: name.into(), ..MachineDetails::default() };
    let keeper = Keeper {
        subject: SubjectId::derived(&[name]),
        name: String::new(),
        phone: String::new(),
        mail: String::new(),
    };
    Command::RegisterMachine { machine: machine(name), details, keeper }
}

fn numbered(name: &str, seq: u64) -> Frame {
    let sent_us = SystemClock.now_us();
    Frame { producer: machine(name).0, epoch: 1, seq, sent_us, offset_us: 0, late: false, dropped: 0 }
}

fn samples(name: &str, seq: u64) -> Command {
    let series = SeriesKey { metric: "load".into(), labels: Labels::new() };
    let frame = numbered(name, seq);
    Command::RecordSamples { machine: machine(name), frame, samples: vec![(series, frame.sent_us, 1.0)] }
}

fn started() -> body::HubStarted {
    body::HubStarted { node: "two".into(), program: "test".into() }
}

fn start() -> Command {
    Command::StartHub { node: "one".into(), program: "test".into() }
}

#[tokio::test]
async fn what_was_decided_ahead_of_a_batch_that_lost_is_decided_anew() {
    let mut room = Room::new().await;
    room.tell([register("a")]).await;
    let (batch, [lost]) = room.decide([start()]);
    let (answer, ahead) = oneshot::channel();
    let envelope = Envelope::new(By::Hub, samples("a", 1));
    room.registry.waiting.push_back(Pending { envelope, answer });
    room.registry.look_ahead();
    let foreseen = room.registry.state.position;
    room.beside(started(), Some(0), None).await;
    assert!(room.record(batch).await);
    assert!(matches!(lost.await.unwrap(), Err(SubmitError::Unavailable)));
    let (next, []) = room.decide([]);
    assert!(!room.record(next).await, "it was decided upon what is so");
    let recorded = ahead.await.unwrap().unwrap();
    assert_ne!(recorded.last().map(|e| e.pos), Some(foreseen), "not where it was foreseen");
    room.assert_all_published().await;
}

#[tokio::test]
async fn nothing_decided_upon_a_loser_is_acknowledged() {
    let mut room = Room::new().await;
    room.tell([register("a"), samples("a", 1)]).await;
    let commands = [samples("a", 2), start(), samples("a", 3), samples("a", 3), samples("a", 9)];
    let (batch, answers) = room.decide(commands);
    room.beside(started(), Some(0), None).await;
    assert!(room.record(batch).await);
    let [first, others @ ..] = answers;
    assert!(first.await.unwrap().is_ok(), "what stands before the loser is recorded");
    for other in others {
        let answer = other.await.unwrap();
        assert!(matches!(answer, Err(SubmitError::Unavailable)), "{answer:?}");
    }
    assert_eq!(room.log.producers().await.unwrap()[0].2, 2);
    room.assert_all_published().await;
    room.tell([start(), samples("a", 3)]).await;
}

#[tokio::test]
async fn a_frame_behind_one_that_was_recorded_elsewhere_leaves_no_gap() {
    let mut room = Room::new().await;
    room.tell([register("a"), samples("a", 1)]).await;
    let (batch, answers) = room.decide([samples("a", 2), samples("a", 3)]);
    let telemetry = Telemetry { machine: machine("a"), samples: Vec::new() };
    room.beside(Event::Telemetry(telemetry), None, Some(numbered("a", 2))).await;
    room.record(batch).await;
    for answer in answers {
        assert!(matches!(answer.await.unwrap(), Err(SubmitError::Unavailable)));
    }
    room.assert_all_published().await;
    let (batch, [repeated, next]) = room.decide([samples("a", 2), samples("a", 3)]);
    assert!(!room.record(batch).await, "the state is right again");
    assert!(repeated.await.unwrap().unwrap().is_empty());
    assert!(!next.await.unwrap().unwrap().is_empty());
}

#[tokio::test]
async fn what_another_writer_recorded_is_published_too_and_in_its_place() {
    let mut room = Room::new().await;
    room.tell([register("a")]).await;
    let (batch, [answer]) = room.decide([register("b")]);
    room.beside(started(), Some(0), None).await;
    assert!(room.record(batch).await);
    assert_eq!(answer.await.unwrap().unwrap().last().unwrap().pos, room.log.head().await.unwrap());
    room.assert_all_published().await;
}

#[tokio::test]
async fn a_hole_among_the_newest_events_is_read_from_the_log() {
    let room = Room::new().await;
    for expected in 0..6 {
        room.beside(started(), Some(expected), None).await;
    }
    let all = room.log.read(0, 10).await.unwrap();
    room.tail.publish(&all[..2]);
    room.tail.publish(&all[4..]);
    for after in 0..6 {
        assert_eq!(room.tail.read(after, 1).await.unwrap()[0].pos, after + 1);
    }
}

/// Runs a registry over a log that fails on demand.
fn in_system<F: Future<Output = ()>>(test: impl FnOnce(RegistryHandle, Arc<Faults>, Health) -> F) {
    actix_rt::System::new().block_on(async {
        // Waits pass at once.
        tokio::time::pause();
        let faults = Arc::new(Faults::default());
        let room = Room::over(failing_log(&faults));
        let health = room.registry.parts.health.clone();
        test(RegistryHandle::new(room.registry.start()), faults, health).await;
    });
}

async fn submit(registry: &RegistryHandle, command: Command) -> Answer {
    let submitted = registry.submit(Envelope::new(By::Hub, command));
    tokio::time::timeout(Duration::from_secs(10), submitted).await.expect("an answer")
}

#[test]
fn a_fault_while_the_log_is_read_again_does_not_end_recording() {
    in_system(|registry, faults, health| async move {
        submit(&registry, register("a")).await.unwrap();
        *faults.next.lock().unwrap() = Some(Fate::NotRecorded);
        faults.read_panics.store(1, Ordering::SeqCst);
        assert!(matches!(submit(&registry, register("b")).await, Err(SubmitError::Unavailable)));
        assert!(!health.faults().is_empty(), "it is said that nothing is recorded");
        submit(&registry, register("b")).await.unwrap();
        assert!(health.faults().is_empty(), "and that it is again");
        assert!(registry.responds().await);
    });
}

/// The answer to the question what became of the batch comes too late, and all of it is there.
#[test]
fn what_was_recorded_though_nobody_knew_is_published_and_recording_goes_on() {
    in_system(|registry, faults, health| async move {
        *faults.next.lock().unwrap() = Some(Fate::Recorded);
        faults.away.store(10, Ordering::SeqCst);
        let given = registry.enqueue(Envelope::new(By::Hub, register("a"))).unwrap();
        let given = tokio::time::timeout(Duration::from_secs(60), given).await.unwrap().unwrap();
        assert!(matches!(given, Err(SubmitError::Unavailable)));
        assert!(!health.faults().is_empty());
        let again = submit(&registry, samples("a", 1)).await.unwrap();
        assert!(!again.is_empty(), "the machine is known");
        assert!(health.faults().is_empty());
    });
}

/// A clock that stands still until it is set.
#[derive(Default)]
struct Hands(AtomicI64);

impl Clock for Hands {
    fn now_us(&self) -> Micros {
        self.0.load(Ordering::SeqCst)
    }
}

#[test]
fn a_hub_that_waits_for_its_database_is_not_stuck() {
    actix_rt::System::new().block_on(async {
        tokio::time::pause();
        let (faults, hands) = (Arc::new(Faults::default()), Arc::new(Hands::default()));
        let mut room = Room::over(failing_log(&faults));
        room.registry.parts.clock = hands.clone();
        let registry = RegistryHandle::new(room.registry.start());
        *faults.next.lock().unwrap() = Some(Fate::NotRecorded);
        faults.unreadable.store(true, Ordering::SeqCst);
        assert!(matches!(submit(&registry, register("a")).await, Err(SubmitError::Unavailable)));
        let waiting = registry.enqueue(Envelope::new(By::Hub, register("a"))).unwrap();
        // The log was tried to be read once at the least.
        while faults.unread.load(Ordering::SeqCst) < 2 {
            tokio::task::yield_now().await;
            tokio::time::advance(Duration::from_millis(100)).await;
        }
        hands.0.store(STUCK_US * 100, Ordering::SeqCst);
        assert!(registry.responds().await, "ended now, it would not be there when the database is");
        faults.unreadable.store(false, Ordering::SeqCst);
        tokio::time::timeout(Duration::from_secs(60), waiting).await.unwrap().unwrap().unwrap();
        assert!(registry.responds().await);
    });
}

/// The clock goes on by hours while the machine is suspended, and the other clock does not.
#[tokio::test]
async fn that_the_hub_was_away_stands_before_what_came_afterwards() {
    let mut room = Room::new().await;
    let hands = Arc::new(Hands::default());
    room.registry.parts.clock = hands.clone();
    let (then, now) = (SystemClock.now_us() - HOUR_US, SystemClock.now_us());
    hands.0.store(then, Ordering::SeqCst);
    room.registry.watching = Watching::now(then);
    room.tell([register("a")]).await;
    hands.0.store(now, Ordering::SeqCst);
    room.tell([samples("a", 1), samples("a", 2)]).await;
    hands.0.fetch_add(SECOND_US, Ordering::SeqCst);
    room.tell([samples("a", 3)]).await;
    let recorded = room.log.read(0, 10).await.unwrap();
    let Event::HubAway(away) = &recorded[1].event else { panic!("behind the machine: {recorded:#?}") };
    assert_eq!((away.from_us, away.to_us), (then, now));
    let said = recorded.iter().filter(|e| matches!(e.event, Event::HubAway(_))).count();
    assert_eq!((said, recorded.last().map(|e| e.ts_us)), (1, Some(now + SECOND_US)), "said once");
    hands.0.fetch_add(HOUR_US, Ordering::SeqCst);
    let to_us = hands.now_us();
    room.tell([Command::NoteAbsence { from_us: now, to_us }]).await;
    assert_eq!(room.log.head().await.unwrap(), recorded.len() as u64 + 1, "who says so itself is believed");
}
