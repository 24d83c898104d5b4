//! The alerter: reads the log by a durable cursor, has every event judged, and hands what the rules
//! ask for to the registry. A command that is asked for twice is decided once, so that after a crash
//! it simply reads again from its cursor.

use super::handle::SubmitError;
use super::registry::{RegistryHandle, load_state};
use crate::clock::Clock;
use crate::event_log::{Cursor, EventLog, LogError};
use crate::views::Tail;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::oneshot;
use watchroom_analysis::Evaluator;
use watchroom_domain::alert::AlertCommand;
use watchroom_domain::{By, Command, Envelope, Micros, Position};

/// Name of the cursor; never changes.
const CURSOR: &str = "alerter";
/// Events read at a time.
const PAGE: usize = 500;
/// Events after which the cursor is written down; what lies behind it is read again after a crash.
const CURSOR_EVERY: u64 = 2_000;
/// Pause before a command that could not be recorded is handed in again.
const AGAIN: Duration = Duration::from_millis(250);
/// Longest wait when no deadline is near.
const LONGEST_WAIT: Duration = Duration::from_secs(3_600);

/// What the alerter works with.
pub struct Alerter {
    log: EventLog,
    tail: Tail,
    registry: RegistryHandle,
    clock: Arc<dyn Clock>,
    evaluator: Evaluator,
    cursor: Cursor,
    after: Position,
}

impl Alerter {
    /// An alerter that goes on where the last one stopped.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub async fn new(
        log: EventLog,
        tail: Tail,
        registry: RegistryHandle,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, LogError> {
        let cursor = log.claim_cursor(CURSOR, 0).await?;
        let after = cursor.pos();
        let evaluator = Evaluator::resume(load_state(&log, Some(after)).await?);
        Ok(Self { log, tail, registry, clock, evaluator, cursor, after })
    }

    /// Runs until the tail's other end is gone.
    pub async fn run(mut self) {
        let mut head = self.tail.head();
        loop {
            match self.tail.read(self.after, PAGE).await {
                Err(error) => {
                    tracing::error!(%error, "alerts wait: the log cannot be read");
                    tokio::time::sleep(AGAIN).await;
                    continue;
                }
                Ok(events) if events.is_empty() => {
                    let due = self.evaluator.due(self.clock.now_us());
                    self.hand_in(due).await;
                    self.keep_cursor(1).await;
                    let wait = self.wait();
                    tokio::select! {
                        changed = head.changed() => if changed.is_err() { return },
                        () = tokio::time::sleep(wait) => {}
                    }
                }
                Ok(events) => {
                    let mut asked = Vec::new();
                    for event in events {
                        asked.extend(self.evaluator.fold(&event));
                        self.after = event.pos;
                    }
                    self.hand_in(asked).await;
                    self.keep_cursor(CURSOR_EVERY).await;
                }
            }
        }
    }

    fn wait(&self) -> Duration {
        let now = self.clock.now_us();
        let until = self.evaluator.next_deadline().map_or(Micros::MAX, |d| d.saturating_sub(now));
        Duration::from_micros(until.max(1_000) as u64).min(LONGEST_WAIT)
    }

    /// Hands in commands and waits until all are recorded, so that the cursor never runs ahead of them.
    async fn hand_in(&self, commands: Vec<AlertCommand>) {
        let mut open: Vec<_> = commands.into_iter().map(|c| (self.enqueue(&c), c)).collect();
        while !open.is_empty() {
            let mut again = Vec::new();
            for (receiver, command) in open {
                let answer = match receiver {
                    Ok(receiver) => receiver.await.unwrap_or(Err(SubmitError::Unavailable)),
                    Err(error) => Err(error),
                };
                match answer {
                    Ok(_) => {}
                    Err(SubmitError::Refused(refusal)) => {
                        tracing::error!(%refusal, "the registry refused what a rule asked for");
                    }
                    Err(SubmitError::Busy | SubmitError::Unavailable) => again.push(command),
                }
            }
            if !again.is_empty() {
                tokio::time::sleep(AGAIN).await;
            }
            open = again.into_iter().map(|c| (self.enqueue(&c), c)).collect();
        }
    }

    fn enqueue(
        &self,
        command: &AlertCommand,
    ) -> Result<oneshot::Receiver<super::registry::Answer>, SubmitError> {
        let causation = Some(command.cause());
        self.registry
            .enqueue(Envelope { causation, ..Envelope::new(By::Hub, Command::Alert(command.clone())) })
    }

    async fn keep_cursor(&mut self, every: u64) {
        if self.after - self.cursor.pos() < every {
            return;
        }
        if let Err(error) = self.log.advance_cursor(&mut self.cursor, self.after).await {
            tracing::error!(%error, "the alerter's cursor is not written down");
        }
    }
}
