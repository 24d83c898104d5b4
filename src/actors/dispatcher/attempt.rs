//! One attempt: put into words, sent, judged, recorded.

use super::item::{Item, Told};
use super::plan::UNSURE;
use super::queue::Settled;
use super::words::{Telling, Words};
use crate::actors::handle::{Registry, SubmitError};
use crate::channels::{Channel, Receipt, SendError};
use crate::clock::Clock;
use futures_util::FutureExt as _;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;
use watchroom_domain::{
    Backoff, By, Command, DeliveryOutcome, Envelope, MINUTE_US, Micros, Severity, SubjectId, body,
};

/// A channel that has not answered by then never will, whatever it promises.
const LONGEST_ATTEMPT: Duration = Duration::from_secs(180);
/// How long a test may be tried: nobody waits longer for one.
const TEST_EXPIRY_US: Micros = 10 * MINUTE_US;
/// Pauses before an attempt that could not be recorded is handed in again.
const RECORD_AGAIN: [Duration; 4] = [
    Duration::from_millis(50),
    Duration::from_millis(200),
    Duration::from_millis(1_000),
    Duration::from_millis(5_000),
];

/// What attempts are made with.
#[derive(Clone)]
pub struct Means {
    /// The channel's stable name.
    pub name: &'static str,
    /// Records attempts.
    pub registry: Registry,
    /// The hub's clock.
    pub clock: Arc<dyn Clock>,
    /// Puts into words.
    pub words: Arc<dyn Words>,
    /// When a failed delivery is tried again, and when it is given up.
    pub backoff: Backoff,
}

/// What an attempt has come to.
struct Verdict {
    outcome: DeliveryOutcome,
    answer: String,
    settled: Settled,
    reference: Option<String>,
}

impl Means {
    /// How long after its cause an item is given up, in microseconds.
    pub fn expiry_us(&self, item: &Item) -> Micros {
        match item.told {
            Told::Test { .. } => self.backoff.expiry_us.min(TEST_EXPIRY_US),
            _ => self.backoff.expiry_us,
        }
    }

    /// Tells, and records how it went. When this returns, the attempt is recorded.
    pub async fn tell(
        &self,
        channel: &dyn Channel,
        telling: Telling,
        recipient: SubjectId,
        random: f64,
    ) -> Settled {
        let item = &telling.item;
        let sending = AssertUnwindSafe(async { channel.send(&self.words.notice(&telling)).await });
        let result = match tokio::time::timeout(LONGEST_ATTEMPT, sending.catch_unwind()).await {
            Ok(Ok(result)) => result,
            Ok(Err(_)) => Err(SendError::Ambiguous("internal fault".to_owned())),
            Err(_) => Err(SendError::Ambiguous("none in time".to_owned())),
        };
        let now = self.clock.now_us();
        let verdict = self.judge(item, result, now, random);
        self.record(item, recipient, &verdict, now - item.cause_us).await;
        verdict.settled
    }

    /// Records that an item is given up without another attempt.
    pub async fn give_up(&self, item: &Item, recipient: SubjectId, why: &str) -> Settled {
        let verdict = dead(why.to_owned(), false);
        self.record(item, recipient, &verdict, self.clock.now_us() - item.cause_us).await;
        verdict.settled
    }

    fn judge(&self, item: &Item, result: Result<Receipt, SendError>, now_us: Micros, random: f64) -> Verdict {
        let (answer, unsure) = match result {
            Ok(Receipt { answer, reference }) => {
                let settled = Settled::Done { reached: true };
                return Verdict { outcome: DeliveryOutcome::Accepted, answer, settled, reference };
            }
            Err(SendError::Refused(answer) | SendError::Gone(answer)) => return dead(answer, true),
            Err(SendError::Later(answer) | SendError::Moved { answer, .. }) => (answer, false),
            Err(SendError::Wait { answer, .. }) => (answer, false),
            Err(SendError::Ambiguous(answer)) => (format!("{UNSURE}: {answer}"), true),
        };
        let mut wait = self.backoff.wait_us(item.attempts + 1, random);
        // What is critical is rather told twice than never; for the rest a second mail can wait.
        if unsure && !(item.told == Told::Fired && item.severity == Severity::Critical) {
            wait = self.backoff.cap_us;
        }
        let next_us = now_us + wait;
        if next_us > item.cause_us + self.expiry_us(item) {
            return dead(format!("given up: {answer}"), false);
        }
        let settled = Settled::Again { next_us, again: unsure, waits: answer.clone() };
        Verdict { outcome: DeliveryOutcome::Retry { next_us }, answer, settled, reference: None }
    }

    /// Hands in until it is recorded: only what is recorded is known after a restart.
    async fn record(&self, item: &Item, recipient: SubjectId, verdict: &Verdict, took_us: Micros) {
        let attempt = body::DeliveryAttempted {
            delivery: item.delivery,
            channel: self.name.to_owned(),
            incident: item.incident,
            cause: item.cause,
            recipient,
            attempt: item.attempts + 1,
            outcome: verdict.outcome.clone(),
            answer: verdict.answer.clone(),
            took_us,
            kind: Some(item.told.kind()),
            subscription: item.recipient.source.subscription(),
            reference: verdict.reference.clone(),
        };
        match &verdict.outcome {
            DeliveryOutcome::Dead => {
                tracing::warn!(delivery = %item.delivery, cause = item.cause, answer = verdict.answer, "delivery given up");
            }
            _ => {
                tracing::debug!(delivery = %item.delivery, took_us, answer = verdict.answer, "delivery attempted")
            }
        }
        let mut pauses = RECORD_AGAIN.iter();
        loop {
            let command = Command::RecordAttempt(attempt.clone());
            let envelope = Envelope { causation: Some(item.cause), ..Envelope::new(By::Hub, command) };
            match self.registry.submit(envelope).await {
                Ok(_) => return,
                Err(SubmitError::Refused(refusal)) => {
                    tracing::error!(%refusal, delivery = %item.delivery, "the attempt was refused by the registry");
                    return;
                }
                Err(SubmitError::Busy | SubmitError::Unavailable) => {
                    tokio::time::sleep(*pauses.next().unwrap_or(&RECORD_AGAIN[3])).await;
                }
            }
        }
    }
}

fn dead(answer: String, reached: bool) -> Verdict {
    Verdict { outcome: DeliveryOutcome::Dead, answer, settled: Settled::Done { reached }, reference: None }
}
