//! The alerter: reads the log by a durable cursor, has every event judged, and hands what the rules
//! ask for to the registry. A command that is asked for twice is decided once, so that after a crash
//! it simply reads again from its cursor.

use super::handle::{Submit as _, SubmitError};
use super::registry::{RegistryHandle, load_state};
use super::watching::Watching;
use crate::clock::Clock;
use crate::event_log::{Cursor, EventLog, LogError};
use crate::views::Tail;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;
use watchroom_analysis::Evaluator;
use watchroom_domain::alert::AlertCommand;
use watchroom_domain::{By, Command, Envelope, Event, Micros, Position, State};

/// Name of the cursor; never changes.
const CURSOR: &str = "alerter";
/// Events read at a time.
const PAGE: usize = 500;
/// Events after which the cursor is written down; what lies behind it is read again after a crash.
const CURSOR_EVERY: u64 = 2_000;
/// Commands that may be under way; the registry's mailbox is for others too.
const AT_ONCE: usize = 64;
/// Pause before a command that could not be recorded is handed in again.
const AGAIN: Duration = Duration::from_millis(250);
/// Longest wait, after which the hub looks whether it was away.
const LONGEST_WAIT: Duration = Duration::from_secs(10);

/// What the alerter works with.
pub struct Alerter {
    log: EventLog,
    tail: Tail,
    registry: RegistryHandle,
    clock: Arc<dyn Clock>,
    evaluator: Evaluator,
    cursor: Cursor,
    after: Position,
    watching: Watching,
}

impl Alerter {
    /// Where an alerter will go on: the position whose state it needs.
    ///
    /// # Errors
    /// When the log cannot be read, or is another one than it judged so far.
    pub async fn place(log: &EventLog) -> Result<Position, LogError> {
        Ok(log.cursor(CURSOR).await?.map_or(0, |cursor| cursor.pos()))
    }

    /// An alerter that goes on where the last one stopped. `known` is what was so at its place, where that
    /// is at hand: it is read from the log otherwise.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub async fn new(
        log: EventLog,
        tail: Tail,
        registry: RegistryHandle,
        clock: Arc<dyn Clock>,
        known: Option<State>,
    ) -> Result<Self, LogError> {
        let cursor = log.claim_cursor(CURSOR, 0).await?;
        let after = cursor.pos();
        let last = log.read(after.saturating_sub(1), 1).await?;
        let log_time = last.first().filter(|e| e.pos == after).map_or(0, |e| e.ts_us);
        let state = match known.filter(|state| state.position == after) {
            Some(state) => state,
            None => load_state(&log, Some(after)).await?,
        };
        let evaluator = Evaluator::resume(state, log_time);
        let watching = Watching::now(clock.now_us());
        Ok(Self { log, tail, registry, clock, evaluator, cursor, after, watching })
    }

    /// Runs until it is told to stop. What it has judged is handed in then, and its place written down.
    pub async fn run(mut self, stop: CancellationToken) {
        let mut head = self.tail.head();
        while !stop.is_cancelled() {
            match self.tail.read(self.after, PAGE).await {
                Err(error) => {
                    tracing::error!(%error, "alerts wait: the log cannot be read");
                    tokio::time::sleep(AGAIN).await;
                    continue;
                }
                Ok(events) if events.is_empty() => {
                    if !self.look_at_the_clock().await {
                        self.note_absence(self.watching.since_us()).await;
                        self.watching = Watching::now(self.clock.now_us());
                        continue;
                    }
                    self.keep_cursor(1).await;
                    let wait = self.wait();
                    tokio::select! {
                        changed = head.changed() => if changed.is_err() { return },
                        () = tokio::time::sleep(wait) => {}
                        () = stop.cancelled() => {}
                    }
                }
                Ok(events) => {
                    let mut asked = Vec::new();
                    for event in events {
                        asked.extend(self.evaluator.fold(&event));
                        self.after = event.pos;
                        if matches!(event.event, Event::HubAway(_)) {
                            self.watching = Watching::now(self.clock.now_us());
                        }
                    }
                    self.hand_in(asked).await;
                    self.keep_cursor(CURSOR_EVERY).await;
                }
            }
        }
        self.keep_cursor(1).await;
    }

    fn wait(&self) -> Duration {
        let now = self.clock.now_us();
        let until = self.evaluator.next_deadline().map_or(Micros::MAX, |d| d.saturating_sub(now));
        Duration::from_micros(until.max(1_000) as u64).min(LONGEST_WAIT)
    }

    /// Asks for what is due by now. False when the hub was away meanwhile (it was suspended, or its clock
    /// was set), or when nothing can be recorded: nobody can be heard then, and silence says nothing.
    async fn look_at_the_clock(&mut self) -> bool {
        let now_us = self.clock.now_us();
        let now = Watching::now(now_us);
        if self.watching.was_away(&now) {
            return false;
        }
        let due = self.evaluator.due(now_us);
        let recorded = self.hand_in_once(&due).await.is_empty();
        if recorded {
            self.watching = now;
        }
        recorded
    }

    /// Records that the hub could not watch, however long that takes.
    async fn note_absence(&self, from_us: Micros) {
        loop {
            let command = Command::NoteAbsence { from_us, to_us: self.clock.now_us() };
            match self.registry.submit(Envelope::new(By::Hub, command)).await {
                Ok(_) => return tracing::warn!("the hub could not watch for a while; it listens anew"),
                Err(error) => tracing::error!(%error, "an absence of the hub is not recorded; trying again"),
            }
            tokio::time::sleep(AGAIN).await;
        }
    }

    /// Hands in commands until all are recorded, so that the cursor never runs ahead of them.
    async fn hand_in(&self, commands: Vec<AlertCommand>) {
        let mut left = commands.as_slice();
        loop {
            left = self.hand_in_once(left).await;
            if left.is_empty() {
                return;
            }
            tokio::time::sleep(AGAIN).await;
        }
    }

    /// Hands in commands and waits for all answers. Gives those that are left: from the first that was
    /// not recorded on, for they build on each other, and what is decided twice changes nothing.
    async fn hand_in_once<'a>(&self, commands: &'a [AlertCommand]) -> &'a [AlertCommand] {
        for (begun, some) in commands.chunks(AT_ONCE).enumerate() {
            let receivers: Vec<_> = some.iter().map(|command| self.enqueue(command)).collect();
            for (index, receiver) in receivers.into_iter().enumerate() {
                let answer = match receiver {
                    Ok(receiver) => receiver.await.unwrap_or(Err(SubmitError::Unavailable)),
                    Err(error) => Err(error),
                };
                match answer {
                    Ok(_) => {}
                    Err(SubmitError::Refused(refusal)) => {
                        tracing::error!(%refusal, "the registry refused what a rule asked for");
                    }
                    Err(SubmitError::Busy | SubmitError::Unavailable) => {
                        return commands.get(begun * AT_ONCE + index..).unwrap_or_default();
                    }
                }
            }
        }
        &[]
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
