//! Who is to be told, and what became of telling them.

use crate::ids::{DeliveryId, IncidentId, SubjectId, SubscriptionId};
use crate::recorded::Position;
use crate::rule::{Scope, Severity};
use crate::time::Micros;
use serde::{Deserialize, Serialize};

/// A wish to be told of incidents through a channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subscription {
    /// Its identifier.
    pub subscription: SubscriptionId,
    /// Whom the address belongs to.
    pub subject: SubjectId,
    /// The channel's stable name.
    pub channel: String,
    /// Address within the channel (a mail address for `email`). Personal text.
    pub address: String,
    /// The mildest severity that is wanted.
    pub at_least: Severity,
    /// For which machines.
    pub scope: Scope,
}

/// What a notice is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoticeKind {
    /// An incident fired.
    Fired,
    /// An incident fired while something held it back, and still fires now that nothing does.
    Released,
    /// Nobody took care of it in time: these people are told now.
    Escalated,
    /// It fires and ends again and again.
    Flapping,
    /// An incident is over.
    Resolved,
    /// Somebody acknowledged or snoozed it, or more is known. Silent: what was shown is changed, nobody
    /// is notified. Only for channels whose descriptor says `updates`.
    Changed,
    /// What quiet hours held back, all in one.
    Digest,
    /// Another channel does not work.
    ChannelDown,
    /// Another channel works again.
    ChannelBack,
    /// Somebody tries the channel out.
    Test,
}

/// How one attempt ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "as")]
pub enum DeliveryOutcome {
    /// The far side took responsibility.
    Accepted,
    /// It failed and will be tried again.
    Retry {
        /// When, at the earliest.
        next_us: Micros,
    },
    /// It was given up; a dead letter.
    Dead,
}

/// Where a delivery stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryStatus {
    /// Still to be tried.
    Waiting,
    /// Accepted by the far side.
    Accepted,
    /// Given up.
    Dead,
}

/// One thing to be told to one recipient, as its attempts left it. Holds no personal text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// Its identifier, derived from cause, channel and recipient.
    pub delivery: DeliveryId,
    /// The channel's stable name.
    pub channel: String,
    /// The incident, unless it is a test.
    pub incident: Option<IncidentId>,
    /// Position of the event that is told.
    pub cause: Position,
    /// Whom it goes to.
    pub recipient: SubjectId,
    /// Attempts so far.
    pub attempts: u32,
    /// Where it stands.
    pub status: DeliveryStatus,
    /// The far side's last answer: a code and our own words, never free text from outside.
    pub answer: String,
    /// When the last attempt ended.
    pub at_us: Micros,
    /// From the cause's record to the end of the last attempt, in microseconds.
    pub took_us: Micros,
    /// What was told; none in logs from before this was recorded.
    pub kind: Option<NoticeKind>,
    /// The subscription that it goes to; none for a keeper and for a test.
    pub subscription: Option<SubscriptionId>,
    /// The far side's identifier of what was sent, if it gives one.
    pub reference: Option<String>,
}

impl DeliveryId {
    /// The delivery of one event to one recipient through one channel: always the same.
    pub fn of(cause: Position, channel: &str, recipient: SubjectId) -> Self {
        Self::derived(&[&cause.to_string(), channel, &recipient.to_string()])
    }
}
