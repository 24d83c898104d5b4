//! One attempt: put into words, sent, judged, recorded.

use super::item::{Item, Told};
use super::picture::Pictures;
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
    Backoff, By, Command, DeliveryOutcome, Envelope, HOUR_US, MINUTE_US, Micros, Severity, SubjectId, body,
};

/// A channel that has not answered by then never will, whatever it promises.
const LONGEST_ATTEMPT: Duration = Duration::from_secs(180);
/// How long a test may be tried: nobody waits longer for one.
const TEST_EXPIRY_US: Micros = 10 * MINUTE_US;
/// How long a warning may be tried: who reads of it days later has no use for it.
const MILD_EXPIRY_US: Micros = 6 * HOUR_US;
/// How long that something is well again, or that an address is gone, may be tried to be told. That something is not
/// well is told as long as it is so.
const NEWS_EXPIRY_US: Micros = HOUR_US;
/// Longest wait that a far side may ask for.
const LONGEST_WAIT_US: Micros = HOUR_US;
/// Longest identifier of the far side's that is kept, in bytes.
const LONGEST_REFERENCE: usize = 200;
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
    /// Draws, if anybody does.
    pub pictures: Option<Arc<dyn Pictures>>,
    /// When a failed delivery is tried again, and when it is given up.
    pub backoff: Backoff,
}

/// What an attempt has come to.
struct Verdict {
    outcome: DeliveryOutcome,
    answer: String,
    settled: Settled,
    reference: Option<String>,
    /// What else follows from the far side's answer.
    follows: Option<Command>,
}

impl Means {
    /// How long after its cause an item is given up, in microseconds.
    pub fn expiry_us(&self, item: &Item) -> Micros {
        let most = self.backoff.expiry_us;
        match item.told {
            Told::Test { .. } => most.min(TEST_EXPIRY_US),
            Told::ChannelBack { .. } | Told::HubRecovered { .. } | Told::AddressGone { .. } => {
                most.min(NEWS_EXPIRY_US)
            }
            // What was held once is not given up as fast as what is young.
            Told::Digest { .. } => most,
            _ if item.severity == Severity::Critical => most,
            _ => most.min(MILD_EXPIRY_US),
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
        let sending = AssertUnwindSafe(async {
            let mut notice = self.words.notice(&telling);
            if let Some(pictures) = self.pictures.as_ref().filter(|_| channel.descriptor().pictures) {
                notice.picture = super::picture::in_time(pictures.as_ref(), &telling).await;
            }
            channel.send(&notice).await
        });
        let result = match tokio::time::timeout(LONGEST_ATTEMPT, sending.catch_unwind()).await {
            Ok(Ok(result)) => result,
            Ok(Err(_)) => Err(SendError::Ambiguous("internal fault".to_owned())),
            Err(_) => Err(SendError::Ambiguous("none in time".to_owned())),
        };
        let now = self.clock.now_us();
        let verdict = self.judge(item, result, now, random);
        self.record(item, recipient, &verdict, now - item.cause_us).await;
        if let Some(command) = verdict.follows {
            self.hand_in(Envelope { causation: Some(item.cause), ..Envelope::new(By::Hub, command) }).await;
        }
        verdict.settled
    }

    /// Records that an item is done with without another attempt: given up, or told by what comes later.
    pub async fn let_go(
        &self,
        item: &Item,
        recipient: SubjectId,
        outcome: DeliveryOutcome,
        why: &str,
    ) -> Settled {
        let verdict = Verdict { outcome, ..dead(why.to_owned(), false) };
        self.record(item, recipient, &verdict, self.clock.now_us() - item.cause_us).await;
        verdict.settled
    }

    fn judge(&self, item: &Item, result: Result<Receipt, SendError>, now_us: Micros, random: f64) -> Verdict {
        let subscription = item.recipient.source.subscription();
        let mut wait = self.backoff.wait_us(item.attempts + 1, random);
        let (mut works, mut follows, mut asked_to_wait) = (Some(false), None, None);
        let (answer, unsure) = match result {
            Ok(Receipt { answer, reference }) => {
                let reference = reference.filter(|r| r.len() <= LONGEST_REFERENCE);
                let settled = Settled::Done { reached: true };
                let outcome = DeliveryOutcome::Accepted;
                return Verdict { outcome, answer, settled, reference, follows: None };
            }
            Err(SendError::Refused(answer)) => return dead(answer, true),
            Err(SendError::Gone(reason)) => {
                let disable =
                    |subscription| Command::DisableSubscription { subscription, reason: reason.clone() };
                return Verdict { follows: subscription.map(disable), ..dead(reason.clone(), true) };
            }
            Err(SendError::Moved { answer, to }) => {
                follows = subscription.map(|subscription| Command::MoveAddress { subscription, address: to });
                // The new address is tried at once, unless the far side goes on sending elsewhere.
                wait = if item.attempts == 0 { 0 } else { wait };
                works = None;
                (answer, false)
            }
            Err(SendError::Wait { answer, wait: asked, whole }) => {
                let asked_us = Micros::try_from(asked.as_micros()).unwrap_or(Micros::MAX);
                wait = asked_us.clamp(0, LONGEST_WAIT_US);
                asked_to_wait = Some(whole);
                (answer, false)
            }
            Err(SendError::PutOff { answer, reached }) => {
                works = reached.then_some(true);
                (answer, false)
            }
            Err(SendError::Later(answer)) => (answer, false),
            Err(SendError::Ambiguous(answer)) => (format!("{UNSURE}: {answer}"), true),
        };
        // What is critical is rather told twice than never; for the rest a second one is put aside for a while.
        if unsure && !(item.told.alarms() && item.severity == Severity::Critical) {
            wait = self.backoff.cap_us;
        }
        let next_us = now_us + wait;
        if next_us > item.begun_us + self.expiry_us(item) {
            return dead(format!("given up: {answer}"), false);
        }
        let waits = answer.clone();
        let settled = match asked_to_wait {
            Some(whole) => Settled::Wait { next_us, waits, whole },
            None => Settled::Again { next_us, again: unsure, waits, works },
        };
        Verdict { outcome: DeliveryOutcome::Retry { next_us }, answer, settled, reference: None, follows }
    }

    /// What is recorded of an attempt.
    pub fn attempt(
        &self,
        item: &Item,
        recipient: SubjectId,
        outcome: DeliveryOutcome,
        answer: &str,
        took_us: Micros,
    ) -> body::DeliveryAttempted {
        body::DeliveryAttempted {
            delivery: item.delivery,
            channel: self.name.to_owned(),
            incident: item.incident,
            cause: item.cause,
            recipient,
            attempt: item.attempts + 1,
            outcome,
            answer: answer.to_owned(),
            took_us,
            kind: Some(item.told.kind()),
            subscription: item.recipient.source.subscription(),
            reference: None,
        }
    }

    async fn record(&self, item: &Item, recipient: SubjectId, verdict: &Verdict, took_us: Micros) {
        let attempt = self.attempt(item, recipient, verdict.outcome.clone(), &verdict.answer, took_us);
        let attempt = body::DeliveryAttempted { reference: verdict.reference.clone(), ..attempt };
        match &verdict.outcome {
            DeliveryOutcome::Dead => {
                tracing::warn!(delivery = %item.delivery, cause = item.cause, answer = verdict.answer, "delivery given up");
            }
            _ => {
                tracing::debug!(delivery = %item.delivery, took_us, answer = verdict.answer, "delivery attempted")
            }
        }
        let command = Command::RecordAttempt(attempt);
        self.hand_in(Envelope { causation: Some(item.cause), ..Envelope::new(By::Hub, command) }).await;
    }

    /// Hands in until it is recorded, for only what is recorded is known after a restart; how many events
    /// it became.
    pub async fn hand_in(&self, envelope: Envelope) -> usize {
        let mut pauses = RECORD_AGAIN.iter();
        loop {
            match self.registry.submit(envelope.clone()).await {
                Ok(events) => return events.len(),
                Err(SubmitError::Refused(refusal)) => {
                    tracing::error!(%refusal, channel = self.name, "a dispatcher's command was refused by the registry");
                    return 0;
                }
                Err(SubmitError::Busy | SubmitError::Unavailable) => {
                    tokio::time::sleep(*pauses.next().unwrap_or(&RECORD_AGAIN[3])).await;
                }
            }
        }
    }
}

fn dead(answer: String, reached: bool) -> Verdict {
    Verdict {
        outcome: DeliveryOutcome::Dead,
        answer,
        settled: Settled::Done { reached },
        reference: None,
        follows: None,
    }
}
