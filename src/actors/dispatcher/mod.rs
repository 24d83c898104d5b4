//! Dispatchers: one a channel, each reads the log by its own durable cursor and tells what fired, what
//! is over, and tests, to whom it concerns.
//!
//! A dispatcher is a task on the runtime that the log and the channels work on, not an actix actor: all it
//! does is wait for the log, the far side and the registry, which an actor's handler never may, so an
//! actor in front of it would only pass messages on. What has to be decided is in two pure parts, who is
//! told ([`plan`]) and in which order and when ([`queue`]); the task ([`run`]) moves events into the one,
//! items out of the other, and each attempt through [`attempt`].
//!
//! Delivery is at least once. An attempt is recorded after the far side has answered, and recorded
//! attempts are never repeated; what a crash leaves unrecorded is sent again and says so.

mod attempt;
mod bookmarks;
pub(super) mod format;
mod item;
mod picture;
mod plan;
mod queue;
mod quiet;
mod run;
#[cfg(test)]
mod tests;
mod words;

pub use bookmarks::{BookmarkError, Bookmarks, LogBookmarks, MemoryBookmarks};
pub use item::{Item, Recipient, Record, Source, Told};
pub use picture::Pictures;
pub use queue::ParkedItem;
pub use words::{SNOOZES_US, Telling, Words, Writer, firing};

use super::handle::Registry;
use crate::channels::Channel;
use crate::clock::Clock;
use crate::views::{Tail, Views};
use serde_json::{Map, Value};
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use watchroom_domain::{Backoff, ChannelDescriptor, Position, Refusal};

/// Pause before a dispatcher that failed starts over.
const RESTART: Duration = Duration::from_secs(2);

/// Makes the channel from its settings, on the runtime on which it is to work.
pub type Opener = Arc<dyn Fn(&Map<String, Value>) -> Result<Arc<dyn Channel>, Vec<Refusal>> + Send + Sync>;

/// How much at once.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Attempts under way.
    pub in_flight: usize,
    /// Deliveries whose turn it is; beyond that the log itself is the queue.
    pub waiting: usize,
    /// Deliveries held in memory, those included that failed and wait to be tried again.
    pub held: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { in_flight: 4, waiting: 5_000, held: 100_000 }
    }
}

/// What a dispatcher works with.
#[derive(Clone)]
pub struct Parts {
    /// The channel's stable name.
    pub channel: &'static str,
    /// What the channel says of itself.
    pub descriptor: &'static ChannelDescriptor,
    /// Records attempts.
    pub registry: Registry,
    /// What is so; must be up to date with the tail's head when the dispatcher starts.
    pub views: Views,
    /// What happened.
    pub tail: Tail,
    /// The dispatcher's place, of its own.
    pub bookmarks: Arc<dyn Bookmarks>,
    /// The hub's clock.
    pub clock: Arc<dyn Clock>,
    /// Makes the channel.
    pub open: Opener,
    /// Puts into words.
    pub words: Arc<dyn Words>,
    /// Draws, if anybody does.
    pub pictures: Option<Arc<dyn Pictures>>,
    /// When a failed delivery is tried again, and when it is given up.
    pub backoff: Backoff,
    /// How much at once.
    pub limits: Limits,
}

/// How a channel does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Condition {
    /// It was never set up: deliveries wait.
    #[default]
    NotSetUp,
    /// Its settings do not work: deliveries wait.
    Faulty(Vec<Refusal>),
    /// It works as far as is known.
    Ready,
    /// Several attempts in a row have failed; one at a time tries whether it is back.
    Away,
}

/// How a dispatcher does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Status {
    /// How the channel does.
    pub condition: Condition,
    /// Deliveries that are not done, those under way included.
    pub waiting: usize,
    /// Attempts under way.
    pub in_flight: usize,
}

/// A running dispatcher.
pub struct Dispatcher {
    status: watch::Receiver<Status>,
    stop: CancellationToken,
    task: JoinHandle<()>,
}

impl Dispatcher {
    /// Starts a dispatcher on the runtime on which channels and log work. Should it fail, it starts over
    /// from its durable place.
    pub fn start(parts: Parts, runtime: &Handle) -> Self {
        let stop = CancellationToken::new();
        let (sender, status) = watch::channel(Status::default());
        let begun = *parts.tail.head().borrow();
        let task = runtime.spawn(supervise(parts, begun, sender, stop.clone()));
        Self { status, stop, task }
    }

    /// How it does, now and from now on.
    pub fn status(&self) -> watch::Receiver<Status> {
        self.status.clone()
    }

    /// Lets attempts under way end and be recorded, writes its place down, and ends. The registry must
    /// still be there.
    pub async fn stop(self) {
        self.stop.cancel();
        // It fails only when the runtime is gone, and the task with it.
        let _ = self.task.await;
    }
}

/// `begun` is what the log held at first: of it something may have been sent and not recorded.
async fn supervise(
    parts: Parts,
    mut begun: Position,
    status: watch::Sender<Status>,
    stop: CancellationToken,
) {
    // Once at the least, even if it is to stop at once: its place is written down then.
    loop {
        let running = tokio::spawn(run::run(parts.clone(), begun, status.clone(), stop.clone()));
        match running.await {
            Ok(Ok(())) => return,
            Ok(Err(error)) => tracing::error!(%error, channel = parts.channel, "dispatcher starts over"),
            Err(_) => tracing::error!(channel = parts.channel, "dispatcher had a fault and starts over"),
        }
        tokio::select! {
            () = tokio::time::sleep(RESTART) => {}
            () = stop.cancelled() => return,
        }
        begun = *parts.tail.head().borrow();
    }
}
