//! The registry: the sole appender. It takes commands in order, decides a batch of them, has the batch
//! recorded in one transaction, and only then answers and publishes. One batch is under way at a time;
//! whatever comes meanwhile makes up the next.

mod batch;
mod load;
#[cfg(test)]
mod tests;

pub use load::load_state;

use super::handle::{Submit, SubmitError};
use super::health::Health;
use super::watching::Watching;
use crate::clock::Clock;
use crate::event_log::EventLog;
use crate::fresh;
use crate::meters::Meters;
use crate::views::{Tail, Views};
use actix::prelude::*;
use async_trait::async_trait;
use batch::{Batch, Planned, Published};
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::oneshot;
use watchroom_domain::{
    By, Command, Envelope, Event, EventId, Meta, Micros, NewEvent, RecordedEvent, SECOND_US, State,
};

/// Messages in the registry's mailbox. All senders share it, and it must hold what many machines send while
/// one batch is decided.
const MAILBOX: usize = 16_384;
/// Commands that may wait for the batch under way.
const MAX_WAITING: usize = 20_000;
/// Commands in one batch.
const MAX_BATCH: usize = 2_000;

/// A batch that is not recorded by then is stuck: longer than a database that does not answer is waited for.
const STUCK_US: Micros = 75 * SECOND_US;
/// How long the registry may take to say that it is there.
const PATIENCE: Duration = Duration::from_secs(2);

/// What a command comes to.
pub type Answer = Result<Vec<Arc<RecordedEvent>>, SubmitError>;

/// What the registry works with.
pub struct RegistryParts {
    /// The log.
    pub log: EventLog,
    /// Where the log's work runs.
    pub runtime: Handle,
    /// The hub's clock.
    pub clock: Arc<dyn Clock>,
    /// Read models, kept up to date before anybody hears of an event.
    pub views: Views,
    /// Where recorded events are published.
    pub tail: Tail,
    /// Where it is said that nothing can be recorded.
    pub health: Health,
    /// Where it is counted what is recorded.
    pub meters: Meters,
}

/// The actor.
pub struct RegistryActor {
    parts: RegistryParts,
    state: State,
    waiting: VecDeque<Pending>,
    ahead: Ahead,
    /// When the batch under way was begun, by the hub's clock.
    under_way: Option<Micros>,
    /// Whether the database is being waited for: nothing is stuck then.
    waits_for_log: Arc<AtomicBool>,
    draining: Vec<oneshot::Sender<()>>,
    watching: Watching,
}

struct Pending {
    envelope: Envelope,
    answer: oneshot::Sender<Answer>,
}

/// What was decided and goes into the next batch.
#[derive(Default)]
struct Ahead {
    groups: Vec<Vec<NewEvent>>,
    /// Kept whole: should the batch under way not come about, they are decided anew.
    decided: Vec<(Pending, Planned)>,
    spoiled: bool,
}

/// A command with the place for its answer.
#[derive(Message)]
#[rtype(result = "()")]
struct Take(Pending);

/// Say when everything that was handed in is recorded.
#[derive(Message)]
#[rtype(result = "()")]
struct Drain(oneshot::Sender<()>);

/// Say whether commands are being worked on.
#[derive(Message)]
#[rtype(result = "bool")]
struct Ping;

/// A batch has ended; the state to go on with, unless it is still right.
#[derive(Message)]
#[rtype(result = "()")]
struct BatchEnded(Option<Box<State>>);

impl RegistryActor {
    /// A registry that goes on from this state, which must be that of the log's head.
    pub fn new(parts: RegistryParts, state: State) -> Self {
        let (waiting, ahead) = (VecDeque::new(), Ahead::default());
        let waits_for_log = Arc::default();
        let watching = Watching::now(parts.clock.now_us());
        let (under_way, draining) = (None, Vec::new());
        Self { parts, state, waiting, ahead, under_way, waits_for_log, draining, watching }
    }

    fn published(&self) -> Published {
        Published {
            log: self.parts.log.clone(),
            views: self.parts.views.clone(),
            tail: self.parts.tail.clone(),
            health: self.parts.health.clone(),
            meters: self.parts.meters.clone(),
            waits_for_log: self.waits_for_log.clone(),
        }
    }

    fn flush(&mut self, ctx: &mut Context<Self>) {
        self.look_ahead();
        if self.under_way.is_some() {
            return;
        }
        if self.ahead.decided.is_empty() {
            for done in self.draining.drain(..) {
                let _ = done.send(());
            }
            return;
        }
        self.under_way = Some(self.parts.clock.now_us());
        let (batch, registry) = (self.next_batch(), ctx.address());
        self.parts.meters.waiting(self.waiting.len() + self.ahead.decided.len());
        let published = self.published();
        self.parts.runtime.spawn(async move {
            // Whatever becomes of the batch, the registry goes on: otherwise every later command would wait
            // for ever.
            let state = match tokio::spawn(batch.record()).await {
                Ok(state) => state,
                Err(error) => {
                    tracing::error!(%error, "a batch had a fault; the log is read again");
                    Some(published.catch_up().await)
                }
            };
            registry.do_send(BatchEnded(state));
        });
    }

    /// Decides what waits, or as much of it as makes up a batch: while one batch is recorded, the next is
    /// decided upon it.
    fn look_ahead(&mut self) {
        self.look_at_the_clock();
        while !self.ahead.spoiled
            && self.ahead.decided.len() < MAX_BATCH
            && let Some(pending) = self.waiting.pop_front()
        {
            let planned = match catch_unwind(AssertUnwindSafe(|| self.decide(&pending.envelope))) {
                // The state may have been left between two others: what comes next waits for it.
                Err(_) => {
                    tracing::error!(by = ?pending.envelope.by, "a command could not be decided: a fault");
                    self.ahead.spoiled = true;
                    Planned::Refused(SubmitError::Unavailable)
                }
                Ok(Err(error)) => Planned::Refused(error),
                Ok(Ok(events)) if events.is_empty() => Planned::Nothing,
                Ok(Ok(events)) => {
                    self.ahead.groups.push(events);
                    Planned::Recorded
                }
            };
            self.ahead.decided.push((pending, planned));
        }
    }

    /// That the hub was away stands in the log before anything that came afterwards: who was not heard
    /// meanwhile would be called silent otherwise.
    fn look_at_the_clock(&mut self) {
        let Some(next) = self.waiting.front() else { return };
        let said = matches!(next.envelope.command, Command::NoteAbsence { .. } | Command::StartHub { .. });
        let now_us = self.parts.clock.now_us();
        let now = Watching::now(now_us);
        if !said && self.watching.was_away(&now) {
            let command = Command::NoteAbsence { from_us: self.watching.since_us(), to_us: now_us };
            tracing::warn!("the hub could not watch for a while; it listens anew");
            let (answer, _) = oneshot::channel();
            self.waiting.push_front(Pending { envelope: Envelope::new(By::Hub, command), answer });
        }
        self.watching = now;
    }

    /// What was decided and is not recorded yet, as a batch.
    fn next_batch(&mut self) -> Batch {
        self.look_ahead();
        let Ahead { groups, decided, spoiled } = std::mem::take(&mut self.ahead);
        let (mut answers, mut asked) = (Vec::with_capacity(decided.len()), Vec::with_capacity(decided.len()));
        for (pending, planned) in decided {
            answers.push((pending.answer, planned));
            asked.push(pending.envelope);
        }
        let (published, expected) = (self.published(), self.state.position);
        Batch { published, expected, groups, answers, asked, spoiled }
    }

    /// Goes on from the true state: what was decided upon another is to be decided again.
    fn begin_anew(&mut self, state: State) {
        self.state = state;
        for (pending, _) in std::mem::take(&mut self.ahead).decided.into_iter().rev() {
            self.waiting.push_front(pending);
        }
    }

    /// Decides one command and takes its events as given, so that the next one sees them.
    fn decide(&mut self, envelope: &Envelope) -> Result<Vec<NewEvent>, SubmitError> {
        let now = self.parts.clock.now_us();
        let events = self.state.decide(envelope, now)?;
        let frame = match &envelope.command {
            Command::RecordSamples { frame, .. } => Some(*frame),
            Command::RecordCheck { frame, .. } => *frame,
            _ => None,
        };
        let new = events.into_iter().map(|event| {
            let stream = event.stream();
            let telemetry = matches!(event, Event::Telemetry(_));
            let expected = (!telemetry).then(|| self.state.version_of(&stream));
            let mut meta = Meta::by(envelope.by);
            meta.via = envelope.via;
            meta.causation = envelope.causation;
            meta.frame = frame.filter(|_| telemetry);
            let new = NewEvent { id: EventId(fresh::id(now)), stream, expected, ts_us: now, meta, event };
            self.state.apply(&foreseen(&new, self.state.position + 1));
            new
        });
        Ok(new.collect())
    }
}

/// The event as it will be recorded.
fn foreseen(new: &NewEvent, pos: u64) -> RecordedEvent {
    RecordedEvent {
        pos,
        id: new.id,
        stream: new.stream.clone(),
        version: new.expected.map(|v| v + 1),
        ts_us: new.ts_us,
        meta: new.meta.clone(),
        event: new.event.clone(),
    }
}

impl Actor for RegistryActor {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.set_mailbox_capacity(MAILBOX);
    }
}

impl Handler<Take> for RegistryActor {
    type Result = ();

    fn handle(&mut self, Take(pending): Take, ctx: &mut Self::Context) {
        if self.waiting.len() + self.ahead.decided.len() >= MAX_WAITING {
            let _ = pending.answer.send(Err(SubmitError::Busy));
            return;
        }
        self.waiting.push_back(pending);
        self.parts.meters.waiting(self.waiting.len() + self.ahead.decided.len());
        self.flush(ctx);
    }
}

impl Handler<BatchEnded> for RegistryActor {
    type Result = ();

    fn handle(&mut self, BatchEnded(state): BatchEnded, ctx: &mut Self::Context) {
        if let Some(state) = state {
            self.begin_anew(*state);
        }
        self.under_way = None;
        self.flush(ctx);
    }
}

impl Handler<Drain> for RegistryActor {
    type Result = ();

    fn handle(&mut self, Drain(done): Drain, ctx: &mut Self::Context) {
        self.draining.push(done);
        self.flush(ctx);
    }
}

impl Handler<Ping> for RegistryActor {
    type Result = bool;

    fn handle(&mut self, Ping: Ping, _: &mut Self::Context) -> bool {
        let now = self.parts.clock.now_us();
        // A hub that is ended because its database is away would not come back before that does.
        self.waits_for_log.load(Ordering::SeqCst) || self.under_way.is_none_or(|since| now - since < STUCK_US)
    }
}

/// The registry's address.
#[derive(Clone)]
pub struct RegistryHandle(Addr<RegistryActor>);

impl RegistryHandle {
    /// The handle of a running registry.
    pub fn new(address: Addr<RegistryActor>) -> Self {
        Self(address)
    }

    /// Hands in a command without waiting; commands handed in one after the other by one caller are
    /// decided in that order.
    ///
    /// # Errors
    /// [`SubmitError::Busy`] when too much waits, [`SubmitError::Unavailable`] when the hub is stopping.
    pub fn enqueue(&self, envelope: Envelope) -> Result<oneshot::Receiver<Answer>, SubmitError> {
        let (answer, receiver) = oneshot::channel();
        match self.0.try_send(Take(Pending { envelope, answer })) {
            Ok(()) => Ok(receiver),
            Err(SendError::Full(_)) => Err(SubmitError::Busy),
            Err(SendError::Closed(_)) => Err(SubmitError::Unavailable),
        }
    }

    /// Waits until everything that was handed in before is recorded.
    pub async fn drain(&self) {
        let (done, drained) = oneshot::channel();
        if self.0.send(Drain(done)).await.is_ok() {
            // An error means that the registry is gone, and then nothing is left to wait for.
            let _ = drained.await;
        }
    }
}

#[async_trait]
impl Submit for RegistryHandle {
    async fn submit(&self, envelope: Envelope) -> Answer {
        let receiver = self.enqueue(envelope)?;
        receiver.await.unwrap_or(Err(SubmitError::Unavailable))
    }

    async fn responds(&self) -> bool {
        matches!(tokio::time::timeout(PATIENCE, self.0.send(Ping)).await, Ok(Ok(true)))
    }
}
