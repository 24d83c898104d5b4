//! The loop: ask, deal with what is heard, write down how far it came, ask again.

use super::hear::Ear;
use super::speech::Speech;
use super::{CHANNEL, Condition, Parts, Status};
use crate::actors::health::words;
use crate::channels::telegram::{Me, Talk, Trouble};
use crate::fresh::jitter;
use crate::texts::Lang;
use serde_json::{Map, Value};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// Shortest and longest pause after the far side could not be asked.
const PAUSES: (Duration, Duration) = (Duration::from_millis(500), Duration::from_secs(60));
/// Pause while another program uses the token: asking would only take its updates away.
const RIVAL: Duration = Duration::from_secs(30);
/// Pause while the token is not accepted; it may be another one then.
const TOKEN: Duration = Duration::from_secs(30);
/// Longest time that one update may take.
const LONGEST: Duration = Duration::from_secs(60);
/// Name under which it is said that something is wrong.
const PART: &str = words::TELEGRAM;

type Settings = Option<Map<String, Value>>;

/// Listens until it is told to stop.
pub(super) async fn run(
    parts: Parts,
    speech: Arc<Speech>,
    status: watch::Sender<Status>,
    stop: CancellationToken,
) {
    loop {
        let settings: Settings = parts.views.with(|s| s.channels.get(CHANNEL).cloned());
        let session = Session { parts: &parts, speech: &speech, status: &status };
        tokio::select! {
            () = stop.cancelled() => return,
            () = session.run(&settings) => {}
            () = changed(&parts, &settings) => {}
        }
    }
}

/// Waits until the channel's settings are others.
async fn changed(parts: &Parts, settings: &Settings) {
    let mut head = parts.tail.head();
    while parts.views.with(|s| s.channels.get(CHANNEL) == settings.as_ref()) {
        if head.changed().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

/// The channel under one set of settings.
struct Session<'a> {
    parts: &'a Parts,
    speech: &'a Arc<Speech>,
    status: &'a watch::Sender<Status>,
}

impl Session<'_> {
    async fn run(&self, settings: &Settings) {
        let Some(settings) = settings else { return self.rest(Condition::NotSetUp).await };
        let Ok(talk) = (self.parts.open)(settings) else { return self.rest(Condition::Faulty).await };
        self.report(Condition::Starting, None);
        let language = settings.get("language").and_then(Value::as_str).and_then(Lang::from_tag);
        let language = language.unwrap_or(self.parts.language);
        let me = self.begin(talk.as_ref(), language).await;
        let ear = Ear::new(self.parts.clone(), self.speech.clone(), talk.clone(), language, &me.username);
        self.listen(talk.as_ref(), &ear, &me).await;
    }

    /// Nothing can be done until the settings change.
    async fn rest(&self, condition: Condition) {
        self.report(condition, None);
        std::future::pending().await
    }

    async fn begin(&self, talk: &dyn Talk, language: Lang) -> Me {
        let commands = self.speech.commands(language);
        let mut pause = Pause::default();
        loop {
            match talk.begin(&commands).await {
                Ok(me) => return me,
                Err(trouble) => self.wait(&trouble, &mut pause, None).await,
            }
        }
    }

    async fn listen(&self, talk: &dyn Talk, ear: &Ear, me: &Me) {
        let now = || self.parts.clock.now_us();
        let mut done = self.parts.places.read(me.id, now()).await;
        // What was dealt with is confirmed by asking for what comes after it, once. Then it is left open
        // from where on, since the far side may count anew after a week.
        let mut confirm = done;
        let mut pause = Pause::default();
        loop {
            let heard = match talk.listen(confirm.map(|update| update + 1)).await {
                Ok(heard) => heard,
                Err(trouble) => {
                    self.wait(&trouble, &mut pause, Some(me)).await;
                    continue;
                }
            };
            pause = Pause::default();
            self.report(Condition::Listening, Some(me));
            confirm = None;
            for one in heard {
                let update = one.update;
                // A number far below is a new count, and nothing that was heard already.
                if done.is_some_and(|done| update <= done && done - update < 10_000) {
                    confirm = done;
                    continue;
                }
                if tokio::time::timeout(LONGEST, ear.hear(one.what)).await.is_err() {
                    tracing::warn!("a Telegram update took too long and is let go of");
                }
                self.parts.places.write(me.id, update, now()).await;
                (done, confirm) = (Some(update), Some(update));
            }
        }
    }

    async fn wait(&self, trouble: &Trouble, pause: &mut Pause, me: Option<&Me>) {
        let (condition, wait) = match trouble {
            Trouble::Rival => (Condition::Rival, RIVAL),
            Trouble::Token | Trouble::Secret(_) => (Condition::Token, TOKEN),
            Trouble::Wait(wait) => (Condition::Away, *wait),
            _ => (Condition::Away, pause.next()),
        };
        let before = self.status.borrow().condition;
        self.report(condition, me);
        if before != condition {
            tracing::warn!(%trouble, "what is written to the Telegram bot is not heard at the moment");
        }
        tokio::time::sleep(wait).await;
    }

    fn report(&self, condition: Condition, me: Option<&Me>) {
        match condition {
            Condition::Rival => self.parts.health.concern(PART, words::RIVAL),
            Condition::Token => self.parts.health.concern(PART, words::TOKEN),
            _ => self.parts.health.well(PART),
        }
        let now = Status { condition, bot: me.map(|me| me.username.clone()) };
        self.status.send_if_modified(|status| {
            let changed = *status != now;
            *status = now;
            changed
        });
    }
}

/// Pauses that grow, with some chance in them.
#[derive(Default)]
struct Pause(u32);

impl Pause {
    fn next(&mut self) -> Duration {
        let pause = PAUSES.0 * 2_u32.pow(self.0.min(10));
        self.0 += 1;
        pause.min(PAUSES.1).mul_f64(0.75 + jitter() / 2.0)
    }
}
