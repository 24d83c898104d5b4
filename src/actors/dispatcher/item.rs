//! What a dispatcher works on: one thing to be told to one recipient.

use crate::views::IncidentRecord;
use std::sync::Arc;
use watchroom_domain::alert::ResolveReason;
use watchroom_domain::{
    Delivery, DeliveryId, IncidentId, Micros, NoticeKind, Position, RecordedEvent, Severity, SubjectId,
    SubscriptionId,
};

/// What is told.
#[derive(Clone, Debug, PartialEq)]
pub enum Told {
    /// An incident fired.
    Fired,
    /// An incident is over.
    Resolved {
        /// Since when.
        at_us: Micros,
        /// The value that ended it.
        value: Option<f64>,
        /// Why.
        reason: ResolveReason,
    },
    /// Somebody tries the channel out.
    Test {
        /// To where.
        address: String,
    },
}

impl Told {
    /// What a notice that tells this is about.
    pub fn kind(&self) -> NoticeKind {
        match self {
            Self::Fired => NoticeKind::Fired,
            Self::Resolved { .. } => NoticeKind::Resolved,
            Self::Test { .. } => NoticeKind::Test,
        }
    }
}

/// How somebody came to be a recipient.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Source {
    /// Keeps the machine.
    Keeper,
    /// Subscribed.
    Subscription(SubscriptionId),
    /// A test was asked for.
    Asked,
}

impl Source {
    /// The subscription, if it is one.
    pub fn subscription(self) -> Option<SubscriptionId> {
        match self {
            Self::Subscription(id) => Some(id),
            Self::Keeper | Self::Asked => None,
        }
    }
}

/// Who is told. The address is looked up when it is used, so that it is never out of date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recipient {
    /// Whose address it is.
    pub subject: SubjectId,
    /// Where the address stands.
    pub source: Source,
}

/// One thing to be told to one recipient.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    /// Its identifier.
    pub delivery: DeliveryId,
    /// Position of the event that is told.
    pub cause: Position,
    /// When that was recorded.
    pub cause_us: Micros,
    /// The incident, unless it is a test.
    pub incident: Option<IncidentId>,
    /// What is told.
    pub told: Told,
    /// How bad it is.
    pub severity: Severity,
    /// To whom.
    pub recipient: Recipient,
    /// Attempts so far.
    pub attempts: u32,
    /// Whether an earlier attempt may have arrived.
    pub again: bool,
    /// When it may be tried, at the earliest.
    pub next_us: Micros,
    /// Why it waits, in our own words.
    pub waits: String,
    /// What the read model had of the incident when this was planned, should it let go of it.
    pub record: Option<Arc<Record>>,
}

/// What the read model knows of an incident. Equal when it is of the same incident.
#[derive(Clone, Debug)]
pub struct Record(pub IncidentRecord);

impl PartialEq for Record {
    fn eq(&self, other: &Self) -> bool {
        self.0.incident == other.0.incident
    }
}

impl Item {
    /// As much of an item as is needed to record that it is given up.
    pub fn begun(event: &RecordedEvent, delivery: &Delivery) -> Self {
        Self {
            delivery: delivery.delivery,
            cause: event.pos,
            cause_us: event.ts_us,
            incident: delivery.incident,
            told: Told::Fired,
            severity: Severity::Warning,
            recipient: Recipient { subject: delivery.recipient, source: Source::Asked },
            attempts: delivery.attempts,
            again: false,
            next_us: event.ts_us,
            waits: delivery.answer.clone(),
            record: None,
        }
    }
}
