//! Who is to be told, and what became of telling them.

use crate::error::Refusal;
use crate::ids::{DeliveryId, IncidentId, SubjectId, SubscriptionId};
use crate::machine::clean;
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
    /// When what comes is held back, to be told all in one at the end.
    pub quiet: Option<QuietHours>,
    /// Why nothing goes there any more, when the far side says that the address is gone.
    pub disabled: Option<String>,
}

/// Hours in which what comes is held back. What was held is told at their end, never dropped.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuietHours {
    /// Begin, in minutes after midnight on the clocks of the time zone.
    pub from: u16,
    /// End, in minutes after midnight: on the next day when it is not after the begin.
    pub to: u16,
    /// Days on which they begin: bit 0 is Monday, bit 6 Sunday.
    pub days: u8,
    /// IANA name of the time zone.
    pub time_zone: String,
    /// Whether what is critical is told all the same.
    pub critical_breaks_through: bool,
}

/// Minutes of a day.
const DAY_MIN: u16 = 24 * 60;
/// Every day of the week.
const EVERY_DAY: u8 = 0b111_1111;

impl QuietHours {
    /// The hours, if they can work. Whether the time zone is known, only a program with a list of them can
    /// say.
    ///
    /// # Errors
    /// A [`Refusal`] that names the field that is wrong.
    pub fn checked(mut self) -> Result<Self, Refusal> {
        self.time_zone = clean("time_zone", &self.time_zone, 64)?;
        if self.from >= DAY_MIN || self.to >= DAY_MIN {
            return Err(Refusal::field("bad_time", "quiet", "Times are from 00:00 to 23:59."));
        }
        self.days &= EVERY_DAY;
        if self.days == 0 {
            return Err(Refusal::field(
                "no_days",
                "quiet",
                "Choose the days on which the quiet hours begin.",
            ));
        }
        if self.time_zone.is_empty() {
            return Err(Refusal::field("bad_zone", "quiet", "Name the time zone, such as Europe/Zurich."));
        }
        if self.days == EVERY_DAY && self.from == self.to {
            let message = "Quiet hours must end some time: choose another end, or fewer days.";
            return Err(Refusal::field("always_quiet", "quiet", message));
        }
        Ok(self)
    }
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
    /// The hub itself has trouble.
    HubTroubled,
    /// The hub is well again.
    HubRecovered,
    /// A letter with a link that works once.
    Letter,
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
    /// Quiet hours held it back, and it is told in the digest at their end.
    Digested,
    /// It was not told before it was over; what is told of its end says so.
    Superseded,
}

impl DeliveryOutcome {
    /// Where it leaves its delivery.
    pub fn status(&self) -> DeliveryStatus {
        match self {
            Self::Accepted => DeliveryStatus::Accepted,
            Self::Retry { .. } => DeliveryStatus::Waiting,
            Self::Dead => DeliveryStatus::Dead,
            Self::Digested => DeliveryStatus::Digested,
            Self::Superseded => DeliveryStatus::Superseded,
        }
    }
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
    /// Told in a digest.
    Digested,
    /// Told by what came later.
    Superseded,
}

/// Why a channel is reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChannelTrouble {
    /// Its far side does not answer.
    Away,
    /// Its settings do not work.
    Faulty,
    /// Some of its targets do not answer; others do.
    Partly,
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
    /// When somebody had it sent again after it was given up.
    pub revived_us: Option<Micros>,
}

impl DeliveryId {
    /// The delivery of one event to one recipient through one channel: always the same.
    pub fn of(cause: Position, channel: &str, recipient: SubjectId) -> Self {
        Self::derived(&[&cause.to_string(), channel, &recipient.to_string()])
    }
}
