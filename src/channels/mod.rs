//! Notification channels: one file and one config struct each.
//!
//! Retry, limits, redaction and receipts live once, in the dispatcher. Channels never see the
//! database; what they are to tell is given to them whole, as a [`Notice`].

pub mod email;
pub mod memory;
pub mod secret;
pub mod telegram;
pub mod webhook;

use crate::clock::Clock;
use async_trait::async_trait;
use secret::Secrets;
use serde_json::{Map, Value};
use std::sync::Arc;
use std::time::Duration;
use thiserror::Error;
use watchroom_domain::{
    ChannelDescriptor, DeliveryId, IncidentId, MachineId, Micros, Pace, Refusal, Severity,
};

pub use watchroom_domain::NoticeKind;

/// One thing to be told to one recipient, in words that are ready to be shown. Parts of it come from
/// agents and are hostile text: every channel escapes them in its own way.
#[derive(Clone, Debug)]
pub struct Notice {
    /// The delivery; the same at every attempt.
    pub delivery: DeliveryId,
    /// What it is about.
    pub kind: NoticeKind,
    /// The incident, by which a thread is kept together.
    pub incident: Option<IncidentId>,
    /// How bad it is.
    pub severity: Severity,
    /// How it stands.
    pub stage: Stage,
    /// Whether an earlier attempt may have arrived already.
    pub again: bool,
    /// BCP 47 tag of the language that the words are in.
    pub language: &'static str,
    /// Address within the channel.
    pub address: String,
    /// The recipient's name; may be empty.
    pub name: String,
    /// One line, the same for every notice of an incident.
    pub subject: String,
    /// The state in one word: "Firing", "Resolved", "Test".
    pub state: String,
    /// What is so, in one sentence.
    pub headline: String,
    /// More sentences.
    pub sentences: Vec<String>,
    /// Label and value.
    pub facts: Vec<(String, String)>,
    /// Address of the page about it, and the words of the link.
    pub link: Option<(String, String)>,
    /// Why the recipient gets this.
    pub footer: String,
    /// When it happened, by the hub's clock.
    pub at_us: Micros,
    /// Whether it comes so late that it says so.
    pub late: bool,
    /// [`Receipt::reference`] of the first notice of this incident that was accepted for this recipient.
    pub thread: Option<String>,
    /// What the recipient may do about it, for channels that can show buttons.
    pub actions: Vec<NoticeAction>,
    /// A picture (PNG) of the course of what it is about.
    pub picture: Option<Arc<[u8]>>,
    /// What it is about in figures, for programs; none when it is not about one incident.
    pub about: Option<Arc<About>>,
}

/// How what a notice is about stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// It is so, and nobody has taken care of it.
    Open,
    /// Somebody takes care of it, or has put it off.
    Attended,
    /// It is over.
    Over,
}

/// Something that a recipient may do about an incident.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoticeAction {
    /// What it does.
    pub act: Act,
    /// The words of its button.
    pub words: String,
}

/// What can be done about an incident from a notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Take care of it.
    Acknowledge,
    /// Put it off for so long, in microseconds.
    Snooze {
        /// For how long.
        for_us: Micros,
    },
}

/// An incident in figures. Names are hostile text.
#[derive(Clone, Debug, PartialEq)]
pub struct About {
    /// The machine.
    pub machine: MachineId,
    /// Its name; may be empty when it was removed.
    pub machine_name: String,
    /// The rule's name; may be empty when it was removed.
    pub rule_name: String,
    /// The metric; none for silence.
    pub metric: Option<String>,
    /// Labels of the series.
    pub labels: Vec<(String, String)>,
    /// The value that fired (seconds, for silence).
    pub value: f64,
    /// Since when it is so.
    pub since_us: Micros,
    /// When it fired.
    pub fired_us: Micros,
    /// When it was over, if it is.
    pub resolved_us: Option<Micros>,
}

/// What cannot be seen and could turn round what stands beside it: control characters but the line feed, and
/// marks of the direction of writing. No channel passes them on.
fn unseen(c: char) -> bool {
    (c.is_control() && c != '\n')
        || matches!(c, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// The far side took responsibility.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// Its answer as a code and our own words; no free text from outside.
    pub answer: String,
    /// Its identifier of what was sent, if it gives one; at most 200 bytes. Later notices of the incident
    /// get the first one as [`Notice::thread`].
    pub reference: Option<String>,
}

impl Receipt {
    /// A receipt without an identifier.
    pub fn new(answer: impl Into<String>) -> Self {
        Self { answer: answer.into(), reference: None }
    }
}

/// An attempt that was not accepted. The texts are codes and our own words; no free text from outside.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SendError {
    /// It will never be accepted like this.
    #[error("refused: {0}")]
    Refused(String),
    /// It may be accepted later.
    #[error("failed for now: {0}")]
    Later(String),
    /// Not to this address for now. Says nothing against the channel.
    #[error("put off: {answer}")]
    PutOff {
        /// A code and our own words.
        answer: String,
        /// Whether the far side itself said so, and so is there.
        reached: bool,
    },
    /// Nobody knows whether it was accepted.
    #[error("no answer: {0}")]
    Ambiguous(String),
    /// It was not taken because too much came: wait at least so long. Says nothing against the far side.
    #[error("to wait: {answer}")]
    Wait {
        /// A code and our own words.
        answer: String,
        /// For how long.
        wait: Duration,
        /// Whether the whole channel is meant, not only this address.
        whole: bool,
    },
    /// The address is gone for good (a bot that was blocked): its subscription ends, and its owner and the
    /// administrators are told through another channel.
    #[error("gone: {0}")]
    Gone(String),
    /// The address is another one now: it is recorded, and the notice is sent there at once.
    #[error("moved: {answer}")]
    Moved {
        /// A code and our own words, without the address.
        answer: String,
        /// The new address.
        to: String,
    },
}

/// A way to tell somebody.
#[async_trait]
pub trait Channel: Send + Sync + 'static {
    /// What the channel says of itself.
    fn descriptor(&self) -> &'static ChannelDescriptor;

    /// How much may be sent, as its settings have it.
    fn pace(&self) -> Pace {
        self.descriptor().pace
    }

    /// Tells one notice. Always answers within the channel's own time limit.
    ///
    /// # Errors
    /// [`SendError`] when it was not accepted.
    async fn send(&self, notice: &Notice) -> Result<Receipt, SendError>;
}

/// What channels find around them.
#[derive(Clone)]
pub struct Place {
    /// Where the time comes from.
    pub clock: Arc<dyn Clock>,
    /// How secrets are read.
    pub secrets: Secrets,
}

/// Every channel that this program has.
pub fn descriptors() -> [&'static ChannelDescriptor; 3] {
    [&email::DESCRIPTOR, &telegram::DESCRIPTOR, &webhook::DESCRIPTOR]
}

/// Whether a channel of this name can work with these settings, and with these secrets that are kept nowhere yet,
/// each with the reference to it.
///
/// # Errors
/// A [`Refusal`] for every field that is wrong.
pub fn check(
    name: &str,
    settings: &Map<String, Value>,
    typed: &[(String, String)],
) -> Result<(), Vec<Refusal>> {
    match name {
        "email" => email::EmailSettings::from_map(settings).map(|_| ()),
        "telegram" => telegram::TelegramSettings::from_map(settings)?.check(typed),
        "webhook" => webhook::WebhookSettings::from_map(settings)?.check(typed),
        _ => Err(vec![Refusal::not_found("channel")]),
    }
}

/// The channel of this name with these settings. To be called on the runtime on which it is to work.
///
/// # Errors
/// A [`Refusal`] for every field that is wrong.
pub fn open(
    name: &str,
    settings: &Map<String, Value>,
    place: &Place,
) -> Result<Arc<dyn Channel>, Vec<Refusal>> {
    match name {
        "email" => {
            let settings = email::EmailSettings::from_map(settings)?;
            Ok(Arc::new(email::EmailChannel::open(settings, place)))
        }
        "telegram" => {
            let settings = telegram::TelegramSettings::from_map(settings)?;
            Ok(Arc::new(telegram::TelegramChannel::open(settings, place)?))
        }
        "webhook" => {
            let settings = webhook::WebhookSettings::from_map(settings)?;
            Ok(Arc::new(webhook::WebhookChannel::open(settings, place)))
        }
        _ => Err(vec![Refusal::not_found("channel")]),
    }
}
