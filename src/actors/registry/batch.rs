//! One batch: recorded, published, answered, in this order.

use super::load::load_state;
use super::{Answer, SubmitError};
use crate::actors::health::{Health, words};
use crate::event_log::{EventLog, LogError, Outcome};
use crate::meters::Meters;
use crate::views::{Tail, Views};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::oneshot;
use watchroom_domain::{Envelope, NewEvent, RecordedEvent, State};

/// Events read at a time.
const PAGE: usize = 1_000;
/// Pause before the log is read again, when it could not be.
const AGAIN: Duration = Duration::from_secs(1);

/// Name of recording, where it is said that it fails.
const PART: &str = words::RECORDING;

/// What a command comes to if everything decided before it in its batch is recorded.
pub(super) enum Planned {
    /// It is refused.
    Refused(SubmitError),
    /// It changes nothing.
    Nothing,
    /// The next of the batch's groups.
    Recorded,
}

pub(super) struct Batch {
    pub published: Published,
    /// Position that the last event must get if all went as foreseen.
    pub expected: u64,
    pub groups: Vec<Vec<NewEvent>>,
    pub answers: Vec<(oneshot::Sender<Answer>, Planned)>,
    /// The commands themselves, which nobody needs any more.
    pub asked: Vec<Envelope>,
    /// Whether the foreseen state is wrong whatever becomes of this batch.
    pub spoiled: bool,
}

impl Batch {
    /// Records, publishes, answers. Gives the true state when the foreseen one did not come about.
    pub async fn record(self) -> Option<Box<State>> {
        let Published { log, health, .. } = &self.published;
        let begun = Instant::now();
        // Thousands of small texts: let go beside the way, not in it.
        let asked = self.asked;
        tokio::spawn(async move { drop(asked) });
        let results =
            if self.groups.is_empty() { Ok(Vec::new()) } else { log.append_in_turn(self.groups).await };
        let recorded = match results {
            Ok(results) => results,
            Err(error) => {
                tracing::error!(%error, "batch not recorded; its senders are told to try again");
                self.published.meters.batch_failed();
                health.fault(PART, "the last batch could not be recorded");
                for (answer, _) in self.answers {
                    let _ = answer.send(Err(SubmitError::Unavailable));
                }
                // It may have been recorded all the same, if nobody knows.
                return Some(self.published.catch_up().await);
            }
        };
        let events: Vec<_> = recorded.iter().flatten().flatten().cloned().collect();
        if !events.is_empty() {
            self.published.meters.batch(&events, begun.elapsed());
            health.well(PART);
        }
        let as_foreseen =
            recorded.iter().all(Result::is_ok) && events.last().is_none_or(|last| last.pos == self.expected);
        let state = if as_foreseen && !self.spoiled {
            self.published.publish(&events);
            None
        } else {
            tracing::warn!("the log does not hold what was foreseen; it is read again");
            Some(self.published.catch_up().await)
        };
        answer(self.answers, recorded);
        state
    }
}

/// Answers each command. What was decided behind a group that lost was decided upon what is not so: be it
/// a refusal or a repetition, it is to be asked again.
fn answer(answers: Vec<(oneshot::Sender<Answer>, Planned)>, recorded: Vec<Outcome>) {
    let (mut recorded, mut lost) = (recorded.into_iter(), false);
    for (answer, planned) in answers {
        let result = match planned {
            Planned::Recorded => match recorded.next() {
                Some(Ok(events)) => Ok(events),
                Some(Err(conflict)) => {
                    tracing::debug!(%conflict, "a command lost against another writer");
                    lost = true;
                    Err(SubmitError::Unavailable)
                }
                None => Err(SubmitError::Unavailable),
            },
            _ if lost => Err(SubmitError::Unavailable),
            Planned::Nothing => Ok(Vec::new()),
            Planned::Refused(error) => Err(error),
        };
        // Whoever asked may have gone; there is nobody else to tell.
        let _ = answer.send(result);
    }
}

/// The log, and what follows it.
#[derive(Clone)]
pub(super) struct Published {
    pub log: EventLog,
    pub views: Views,
    pub tail: Tail,
    pub health: Health,
    pub meters: Meters,
    /// Raised while the log cannot be read, and is tried again.
    pub waits_for_log: Arc<AtomicBool>,
}

impl Published {
    fn publish(&self, events: &[Arc<RecordedEvent>]) {
        // A batch that had a fault may have come to some of them.
        let seen = self.views.with(|state| state.position);
        for event in events.iter().filter(|event| event.pos > seen) {
            if catch_unwind(AssertUnwindSafe(|| self.views.apply(event))).is_err() {
                tracing::error!(position = event.pos, "an event could not be folded into the read models");
                self.health.fault(words::READ_MODELS, "an event is missing; start the hub again");
            }
        }
        self.tail.publish(events);
    }

    /// Publishes what the log holds beyond what was published, and gives the state at its head; tried until
    /// the log can be read again, for nothing can go on without.
    pub async fn catch_up(&self) -> Box<State> {
        loop {
            let this = self.clone();
            let caught_up = tokio::spawn(async move { this.publish_missed().await });
            match caught_up.await.unwrap_or_else(|e| Err(LogError::Database(format!("a fault: {e}")))) {
                Ok(state) => {
                    self.waits_for_log.store(false, Ordering::SeqCst);
                    return Box::new(state);
                }
                Err(error) => {
                    tracing::error!(%error, "the log cannot be read; trying again in a second");
                    self.health.fault(PART, "the event log cannot be read");
                    self.waits_for_log.store(true, Ordering::SeqCst);
                    tokio::time::sleep(AGAIN).await;
                }
            }
        }
    }

    async fn publish_missed(&self) -> Result<State, LogError> {
        let state = load_state(&self.log, None).await?;
        let mut after = *self.tail.head().borrow();
        while after < state.position {
            let page = self.log.read(after, PAGE).await?;
            let missed: Vec<_> = page.into_iter().take_while(|e| e.pos <= state.position).collect();
            let Some(last) = missed.last() else { break };
            after = last.pos;
            self.publish(&missed);
        }
        Ok(state)
    }
}
