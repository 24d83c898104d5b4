//! One batch: recorded, published, answered, in this order.

use super::load::load_state;
use super::{Answer, SubmitError};
use crate::event_log::{EventLog, LogError, Outcome};
use crate::views::{Tail, Views};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::oneshot;
use watchroom_domain::{NewEvent, RecordedEvent, State};

/// Events read at a time.
const PAGE: usize = 1_000;
/// Pause before the log is read again, when it could not be.
const AGAIN: Duration = Duration::from_secs(1);

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
    pub log: EventLog,
    pub views: Views,
    pub tail: Tail,
    /// Position that the last event must get if all went as foreseen.
    pub expected: u64,
    pub groups: Vec<Vec<NewEvent>>,
    pub answers: Vec<(oneshot::Sender<Answer>, Planned)>,
}

impl Batch {
    /// Records, publishes, answers. Gives the true state when the foreseen one did not come about.
    pub async fn record(self) -> Option<Box<State>> {
        let results =
            if self.groups.is_empty() { Ok(Vec::new()) } else { self.log.append_in_turn(self.groups).await };
        let recorded = match results {
            Ok(results) => results,
            Err(error) => {
                tracing::error!(%error, "batch not recorded; its senders are told to try again");
                for (answer, _) in self.answers {
                    let _ = answer.send(Err(SubmitError::Unavailable));
                }
                // It may have been recorded all the same, if nobody knows.
                return Some(catch_up(&self.log, &self.views, &self.tail).await);
            }
        };
        let events: Vec<_> = recorded.iter().flatten().flatten().cloned().collect();
        let as_foreseen =
            recorded.iter().all(Result::is_ok) && events.last().is_none_or(|last| last.pos == self.expected);
        let state = if as_foreseen {
            publish(&self.views, &self.tail, &events);
            None
        } else {
            tracing::warn!(
                "not recorded as decided: the log holds what another writer recorded; it is read again"
            );
            Some(catch_up(&self.log, &self.views, &self.tail).await)
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

fn publish(views: &Views, tail: &Tail, events: &[Arc<RecordedEvent>]) {
    for event in events {
        views.apply(event);
    }
    tail.publish(events);
}

/// Publishes what the log holds beyond what was published, and gives the state at its head; tried until
/// the log can be read again, for nothing can go on without.
async fn catch_up(log: &EventLog, views: &Views, tail: &Tail) -> Box<State> {
    loop {
        match publish_missed(log, views, tail).await {
            Ok(state) => return Box::new(state),
            Err(error) => {
                tracing::error!(%error, "the log cannot be read; trying again in a second");
                tokio::time::sleep(AGAIN).await;
            }
        }
    }
}

async fn publish_missed(log: &EventLog, views: &Views, tail: &Tail) -> Result<State, LogError> {
    let state = load_state(log, None).await?;
    let mut after = *tail.head().borrow();
    while after < state.position {
        let page = log.read(after, PAGE).await?;
        let missed: Vec<_> = page.into_iter().take_while(|e| e.pos <= state.position).collect();
        let Some(last) = missed.last() else { break };
        after = last.pos;
        publish(views, tail, &missed);
    }
    Ok(state)
}
