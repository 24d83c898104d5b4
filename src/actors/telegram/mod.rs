//! The ear of the Telegram channel: one task that asks for what people write and press, by long polling, so
//! that nothing has to listen for it, and hands in what they ask for as commands of theirs.
//!
//! It is begun anew when the channel's settings change. One program may ask for a bot's updates; when
//! another one does, it is said, and tried again at times. Where it stands is written down after every
//! answer, and commands know a press that they have seen, so that none has an effect twice.

mod alerts;
mod graph;
mod hear;
mod limits;
mod links;
mod machines;
mod place;
mod poll;
mod press;
mod speech;

pub use place::{LogPlaces, Places};

use super::handle::Registry;
use super::health::Health;
use crate::channels::telegram::Talk;
use crate::clock::Clock;
use crate::texts::Lang;
use crate::views::{Archive, Tail, Views};
use serde_json::{Map, Value};
use speech::Speech;
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use watchroom_domain::Refusal;

/// Name of the channel.
pub const CHANNEL: &str = "telegram";
/// Pause before a listener that had a fault starts over.
const RESTART: Duration = Duration::from_secs(2);

/// Makes the conversation from the channel's settings, on the runtime on which it is to work.
pub type Opener = Arc<dyn Fn(&Map<String, Value>) -> Result<Arc<dyn Talk>, Vec<Refusal>> + Send + Sync>;

/// What the listener works with.
#[derive(Clone)]
pub struct Parts {
    /// Takes commands.
    pub registry: Registry,
    /// What is so.
    pub views: Views,
    /// Reads courses.
    pub archive: Archive,
    /// Says that there is something new.
    pub tail: Tail,
    /// Where the listener's place is written down.
    pub places: Arc<dyn Places>,
    /// The hub's clock.
    pub clock: Arc<dyn Clock>,
    /// Where it is said that another program uses the token.
    pub health: Health,
    /// Makes the conversation.
    pub open: Opener,
    /// The hub's language.
    pub language: Lang,
    /// The hub's time zone.
    pub zone: jiff::tz::TimeZone,
    /// Address of the console, without a slash at its end.
    pub public_url: String,
}

/// How the conversation does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Condition {
    /// The channel was never set up.
    #[default]
    NotSetUp,
    /// Its settings do not work.
    Faulty,
    /// The far side was not reached yet.
    Starting,
    /// What people write is heard.
    Listening,
    /// The far side does not answer at the moment.
    Away,
    /// The token is not accepted, or cannot be read.
    Token,
    /// Another program uses this token.
    Rival,
}

/// How the listener does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Status {
    /// How the conversation does.
    pub condition: Condition,
    /// The bot's name without the `@`, once it is known.
    pub bot: Option<String>,
}

/// A running listener.
pub struct Listener {
    status: watch::Receiver<Status>,
    stop: CancellationToken,
    task: JoinHandle<()>,
}

impl Listener {
    /// Starts the listener on the runtime on which channels and log work.
    pub fn start(parts: Parts, runtime: &Handle) -> Self {
        let stop = CancellationToken::new();
        let (sender, status) = watch::channel(Status::default());
        let task = runtime.spawn(supervise(parts, sender, stop.clone()));
        Self { status, stop, task }
    }

    /// How it does, now and from now on.
    pub fn status(&self) -> watch::Receiver<Status> {
        self.status.clone()
    }

    /// Ends it; what is under way is let go of and comes again at the next start.
    pub async fn stop(self) {
        self.stop.cancel();
        // It fails only when the runtime is gone, and the task with it.
        let _ = self.task.await;
    }
}

async fn supervise(parts: Parts, status: watch::Sender<Status>, stop: CancellationToken) {
    let speech = Arc::new(Speech::new(parts.zone.clone(), &parts.public_url));
    while !stop.is_cancelled() {
        let running = tokio::spawn(poll::run(parts.clone(), speech.clone(), status.clone(), stop.clone()));
        if running.await.is_err() {
            tracing::error!("the Telegram listener had a fault and starts over");
            tokio::select! {
                () = tokio::time::sleep(RESTART) => {}
                () = stop.cancelled() => return,
            }
        }
    }
}
