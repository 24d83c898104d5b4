//! The dispatcher's task.

mod held;
mod intake;
mod trouble;

use super::attempt::Means;
use super::bookmarks::{BookmarkError, write};
use super::item::Item;
use super::plan::{Keepers, Untold};
use super::queue::{Checkpoint, ParkedItem, Queue, Settled};
use super::{Condition, Parts, Status};
use crate::channels::Channel;
use crate::fresh::jitter;
use crate::views::TailError;
use serde_json::{Map, Value};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use thiserror::Error;
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};
use tokio_util::sync::CancellationToken;
use trouble::Trouble;
use watchroom_domain::{DeliveryId, DeliveryOutcome, MINUTE_US, Micros, Position, SECOND_US};

/// Events read at a time.
const PAGE: usize = 500;
/// How often it is looked whether something is to be written down.
const CHECKPOINT_EVERY_US: Micros = 2 * SECOND_US;
/// Events after which the place is written down though nothing else has changed. What lies behind it is
/// read again after a crash, and what was recorded is skipped.
const ADVANCE_EVERY: u64 = 2_000;
/// Longest wait when nothing is due.
const LONGEST_WAIT_US: Micros = 10 * MINUTE_US;
/// Pause when the log cannot be read.
const READ_AGAIN: Duration = Duration::from_millis(250);
/// For attempts under way to end when the hub stops, and for the place to be written down.
const LAST_ATTEMPTS: Duration = Duration::from_secs(10);
/// Why things wait for a channel that was not set up, or not so that it works.
const NOT_SET_UP: &str = "channel not set up";
/// Why something is not told any more.
const OVER: &str = "over before it was told";

/// The dispatcher cannot go on.
#[derive(Debug, Error)]
pub enum RunError {
    /// Its place in the log cannot be had.
    #[error(transparent)]
    Bookmark(#[from] BookmarkError),
    /// The log cannot be read.
    #[error(transparent)]
    Tail(#[from] TailError),
}

type Ended = Vec<(DeliveryId, Settled)>;
type Writing = JoinHandle<Result<Position, BookmarkError>>;

struct Run {
    parts: Parts,
    name: String,
    means: Means,
    status: watch::Sender<Status>,
    queue: Queue,
    keepers: Keepers,
    settings: Option<Map<String, Value>>,
    channel: Option<Arc<dyn Channel>>,
    condition: Condition,
    trouble: Trouble,
    /// Position of the last event that was looked at.
    after: Position,
    /// What the log held when this began: what of it is not recorded may have been sent nonetheless.
    head_at_start: Position,
    written: Position,
    checkpoint_us: Micros,
    expired_us: Micros,
    /// The time when it was last looked at.
    seen_us: Micros,
    attempts: JoinSet<Ended>,
    writing: Option<Writing>,
}

/// Dispatches until it is told to stop. What the log held at the start may have been sent by somebody who
/// could not record it any more.
///
/// # Errors
/// [`RunError`] when it should start over.
pub async fn run(
    parts: Parts,
    head_at_start: Position,
    status: watch::Sender<Status>,
    stop: CancellationToken,
) -> Result<(), RunError> {
    let name = format!("channel-{}", parts.channel);
    let after = parts.bookmarks.claim(&name).await?;
    let parked = parts.bookmarks.parked(&name).await?;
    let means = Means {
        name: parts.channel,
        registry: parts.registry.clone(),
        clock: parts.clock.clone(),
        words: parts.words.clone(),
        pictures: parts.pictures.clone(),
        backoff: parts.backoff,
    };
    let queue = Queue::new(parts.descriptor.pace, parts.descriptor.far_sides_apart());
    let mut head = parts.tail.head();
    let mut run = Run {
        parts,
        name,
        means,
        status,
        queue,
        keepers: HashMap::new(),
        settings: None,
        channel: None,
        condition: Condition::NotSetUp,
        trouble: Trouble::default(),
        after,
        head_at_start,
        written: after,
        checkpoint_us: 0,
        expired_us: 0,
        seen_us: 0,
        attempts: JoinSet::new(),
        writing: None,
    };
    run.look_at_settings(false);
    run.resume(parked).await?;
    run.go_on(&mut head, &stop).await?;
    run.end().await
}

impl Run {
    async fn go_on(
        &mut self,
        head: &mut watch::Receiver<Position>,
        stop: &CancellationToken,
    ) -> Result<(), RunError> {
        loop {
            self.look_at_settings(false);
            let more = self.read().await;
            self.call_digests();
            self.begin_attempts();
            self.report();
            self.report_trouble();
            self.keep_place();
            let wait = if more { Duration::ZERO } else { self.wait() };
            tokio::select! {
                () = stop.cancelled() => return Ok(()),
                Some(ended) = self.attempts.join_next() => self.settle(ended),
                written = ended(&mut self.writing) => self.written = written?,
                changed = head.changed() => if changed.is_err() { return Ok(()) },
                () = tokio::time::sleep(wait) => {}
            }
        }
    }

    /// Reads on; whether there may be more.
    async fn read(&mut self) -> bool {
        // What failed and is to be tried again does not stand in the way of what is new.
        let (now, limits) = (self.parts.clock.now_us(), self.parts.limits);
        if self.queue.pressing(now, limits.waiting) >= limits.waiting || self.queue.len() >= limits.held {
            return false;
        }
        match self.read_page().await {
            Ok(read) => read == PAGE,
            Err(error) => {
                tracing::error!(%error, channel = self.parts.channel, "deliveries wait: the log cannot be read");
                tokio::time::sleep(READ_AGAIN).await;
                true
            }
        }
    }

    async fn read_page(&mut self) -> Result<usize, TailError> {
        let events = self.parts.tail.read(self.after, PAGE).await?;
        for event in &events {
            self.take_in(event, None).await?;
            self.after = event.pos;
        }
        Ok(events.len())
    }

    /// What was parked goes on waiting, in the order of its positions.
    async fn resume(&mut self, parked: Vec<ParkedItem>) -> Result<(), RunError> {
        for item in parked {
            let event = self.parts.tail.read(item.pos.saturating_sub(1), 1).await?;
            match event.first().filter(|event| event.pos == item.pos) {
                Some(event) => self.take_in(event, Some(&item)).await?,
                None => self.queue.add(item.pos, Vec::new(), true, 0),
            }
        }
        Ok(())
    }

    /// Opens the channel anew when its settings have changed, or `anyway`.
    fn look_at_settings(&mut self, anyway: bool) {
        let channel = self.parts.channel;
        let same = self.parts.views.with(|state| state.channels.get(channel) == self.settings.as_ref());
        if same && !anyway {
            return;
        }
        self.settings = self.parts.views.with(|state| state.channels.get(channel).cloned());
        self.channel = None;
        self.condition = match self.settings.as_ref().map(|settings| (self.parts.open)(settings)) {
            None => Condition::NotSetUp,
            Some(Err(faults)) => Condition::Faulty(faults),
            Some(Ok(opened)) => {
                self.queue.set_pace(opened.pace());
                self.trouble.settings_changed();
                self.channel = Some(opened);
                self.queue.wake(self.parts.clock.now_us());
                Condition::Ready
            }
        };
    }

    fn begin_attempts(&mut self) {
        let now = self.parts.clock.now_us();
        if now + SECOND_US < self.seen_us {
            // The clock was set back: what was put off until a time on the old one is not to wait for it.
            self.queue.wake(now);
            (self.checkpoint_us, self.expired_us) = (now, now);
        }
        self.seen_us = now;
        if let Some(channel) = self.channel.clone() {
            while let Some(item) = self.queue.take(now, self.parts.limits.in_flight) {
                self.begin(&channel, item, now);
            }
        }
        if now >= self.expired_us {
            self.expired_us = now + MINUTE_US;
            let means = self.means.clone();
            while let Some(item) = self.queue.take_expired(now, |item| means.expiry_us(item)) {
                self.let_go(item, DeliveryOutcome::Dead, "given up: could not be sent in time");
            }
        }
    }

    fn begin(&mut self, channel: &Arc<dyn Channel>, item: Item, now: Micros) {
        let telling = self.parts.views.ask(|models| self.planner(models).telling(&item, now));
        let (telling, recipient) = match telling {
            Ok(telling) => telling,
            Err(Untold::Over) => return self.let_go(item, DeliveryOutcome::Superseded, OVER),
            Err(Untold::Nobody(why)) => return self.let_go(item, DeliveryOutcome::Dead, why),
        };
        let (means, channel) = (self.means.clone(), channel.clone());
        self.attempts.spawn(async move {
            let settled = means.tell(channel.as_ref(), telling, recipient, jitter()).await;
            vec![(item.delivery, settled)]
        });
    }

    /// Records that nothing more is to be done for it.
    fn let_go(&mut self, item: Item, outcome: DeliveryOutcome, why: &'static str) {
        let means = self.means.clone();
        self.attempts.spawn(async move {
            let settled = means.let_go(&item, item.recipient.subject, outcome, why).await;
            vec![(item.delivery, settled)]
        });
    }

    fn settle(&mut self, ended: Result<Ended, tokio::task::JoinError>) {
        match ended {
            Ok(ended) => {
                for (delivery, settled) in ended {
                    self.trouble.see(&settled, self.queue.destination(delivery));
                    self.queue.settle(delivery, settled, self.parts.clock.now_us(), jitter());
                }
            }
            // Faults of a channel are caught where it is called; what is lost here stays in flight until
            // the next start.
            Err(error) => tracing::error!(%error, "an attempt ended without a result"),
        }
    }

    fn report(&mut self) {
        let away = self.channel.is_some() && self.queue.is_away();
        let condition = if away { Condition::Away } else { self.condition.clone() };
        let now = Status { condition, waiting: self.queue.len(), in_flight: self.queue.in_flight() };
        self.status.send_if_modified(|status| {
            let changed = *status != now;
            *status = now;
            changed
        });
    }

    /// Writes the place down where it is worth it; the next attempt does not wait for it.
    fn keep_place(&mut self) {
        let now = self.parts.clock.now_us();
        if self.writing.is_some() || now < self.checkpoint_us {
            return;
        }
        self.checkpoint_us = now + CHECKPOINT_EVERY_US;
        let checkpoint = self.checkpoint(now, false);
        let moved = checkpoint.advance >= self.written + ADVANCE_EVERY;
        if moved || !checkpoint.park.is_empty() || !checkpoint.unpark.is_empty() {
            let (bookmarks, name) = (self.parts.bookmarks.clone(), self.name.clone());
            self.writing = Some(tokio::spawn(async move {
                write(bookmarks.as_ref(), &name, &checkpoint).await.map(|()| checkpoint.advance)
            }));
        }
    }

    fn checkpoint(&mut self, now: Micros, all: bool) -> Checkpoint {
        if self.channel.is_none() {
            self.queue.explain(NOT_SET_UP);
        }
        let checkpoint = self.queue.checkpoint(self.after, now, all);
        Checkpoint { advance: checkpoint.advance.max(self.written), ..checkpoint }
    }

    fn wait(&self) -> Duration {
        let now = self.parts.clock.now_us();
        let mut until = now + LONGEST_WAIT_US;
        if self.queue.has_news() && self.writing.is_none() {
            until = until.min(self.checkpoint_us);
        }
        if self.channel.is_some() {
            let due_us = self.queue.next_due_us(now, self.parts.limits.in_flight);
            until = until.min(due_us.unwrap_or(until));
        }
        until = until.min(self.queue.next_digest_us().unwrap_or(until));
        until = until.min(self.trouble.due_us().unwrap_or(until));
        if self.queue.len() > 0 {
            until = until.min(self.expired_us);
        }
        Duration::from_micros((until - now).max(1_000).unsigned_abs())
    }

    /// Lets attempts under way end, and writes the place down.
    async fn end(mut self) -> Result<(), RunError> {
        let last = async {
            while let Some(ended) = self.attempts.join_next().await {
                self.settle(ended);
            }
        };
        if tokio::time::timeout(LAST_ATTEMPTS, last).await.is_err() {
            tracing::warn!(channel = self.parts.channel, "stopping while attempts are under way");
        }
        if let Some(writing) = self.writing.take() {
            self.written = ended(&mut Some(writing)).await?;
        }
        let checkpoint = self.checkpoint(self.parts.clock.now_us(), true);
        let writing = write(self.parts.bookmarks.as_ref(), &self.name, &checkpoint);
        match tokio::time::timeout(LAST_ATTEMPTS, writing).await {
            Ok(written) => Ok(written?),
            Err(_) => Ok(()),
        }
    }
}

/// Waits for what is being written down, for ever when nothing is.
async fn ended(writing: &mut Option<Writing>) -> Result<Position, BookmarkError> {
    let Some(task) = writing.as_mut() else { return std::future::pending().await };
    let result = task.await;
    *writing = None;
    result.unwrap_or_else(|error| Err(BookmarkError::Log(error.to_string())))
}
