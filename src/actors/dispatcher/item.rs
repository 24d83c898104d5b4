//! What a dispatcher works on: one thing to be told to one recipient.

use crate::views::IncidentRecord;
use std::sync::Arc;
use watchroom_domain::alert::ResolveReason;
use watchroom_domain::{
    ChannelTrouble, Delivery, DeliveryId, HubPart, HubTrouble, IncidentId, Micros, NoticeKind, Position,
    RecordedEvent, Severity, SubjectId, SubscriptionId, body,
};

/// What is told.
#[derive(Clone, Debug, PartialEq)]
pub enum Told {
    /// An incident fired.
    Fired,
    /// It fired while something held it back, and still does.
    Released,
    /// Nobody took care of it in time.
    Escalated,
    /// It comes and goes.
    Flapping {
        /// How often it fired.
        times: u32,
        /// Within this time.
        within_us: Micros,
    },
    /// Something about it changed: what was shown is to show how it stands now.
    Changed,
    /// An incident is over.
    Resolved {
        /// Since when.
        at_us: Micros,
        /// The value that ended it.
        value: Option<f64>,
        /// Why.
        reason: ResolveReason,
        /// Whether its beginning could not be told before.
        untold: bool,
    },
    /// What quiet hours held back.
    Digest {
        /// The incidents that were held.
        incidents: Vec<IncidentId>,
        /// How many notices that were.
        held: usize,
        /// When the quiet hours ended.
        until_us: Micros,
    },
    /// A channel does not work, or not to all of its targets.
    ChannelDown {
        /// Which.
        channel: String,
        /// Why.
        trouble: ChannelTrouble,
        /// Since when.
        since_us: Micros,
        /// The targets that do not answer, where every target is a far side of its own.
        targets: Vec<String>,
    },
    /// Another channel works again.
    ChannelBack {
        /// Which.
        channel: String,
        /// For how long it did not.
        down_us: Micros,
    },
    /// An address in another channel is gone for good.
    AddressGone {
        /// Which channel.
        channel: String,
        /// Whose address.
        whose: SubjectId,
        /// The far side's answer in our own words.
        reason: String,
    },
    /// The hub itself has trouble.
    HubTroubled {
        /// Which part.
        part: HubPart,
        /// What.
        trouble: HubTrouble,
    },
    /// The hub is well again.
    HubRecovered {
        /// Which part.
        part: HubPart,
        /// For how long it was not.
        lasted_us: Micros,
    },
    /// A letter with a link that works once.
    Letter(body::LetterRequested),
    /// Somebody tries the channel out.
    Test {
        /// To where.
        address: String,
    },
    /// Something of this kind, which nobody can be told any more.
    Stranded(NoticeKind),
}

impl Told {
    /// What a notice that tells this is about.
    pub fn kind(&self) -> NoticeKind {
        match self {
            Self::Fired => NoticeKind::Fired,
            Self::Released => NoticeKind::Released,
            Self::Escalated => NoticeKind::Escalated,
            Self::Flapping { .. } => NoticeKind::Flapping,
            Self::Changed => NoticeKind::Changed,
            Self::Resolved { .. } => NoticeKind::Resolved,
            Self::Digest { .. } => NoticeKind::Digest,
            Self::ChannelDown { .. } | Self::AddressGone { .. } => NoticeKind::ChannelDown,
            Self::ChannelBack { .. } => NoticeKind::ChannelBack,
            Self::HubTroubled { .. } => NoticeKind::HubTroubled,
            Self::HubRecovered { .. } => NoticeKind::HubRecovered,
            Self::Letter(_) => NoticeKind::Letter,
            Self::Test { .. } => NoticeKind::Test,
            Self::Stranded(kind) => *kind,
        }
    }

    /// Whether it says that somebody is needed now.
    pub fn alarms(&self) -> bool {
        matches!(self, Self::Fired | Self::Released | Self::Escalated | Self::Flapping { .. })
    }

    /// Whether quiet hours may hold it back.
    pub fn can_wait(&self) -> bool {
        self.alarms() || matches!(self, Self::Resolved { .. })
    }
}

/// How somebody came to be a recipient.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Source {
    /// Keeps the machine.
    Keeper,
    /// Subscribed.
    Subscription(SubscriptionId),
    /// Is told by the mail address of the account.
    Person(SubjectId),
    /// A test was asked for.
    Asked,
}

impl Source {
    /// The subscription, if it is one.
    pub fn subscription(self) -> Option<SubscriptionId> {
        match self {
            Self::Subscription(id) => Some(id),
            Self::Keeper | Self::Person(_) | Self::Asked => None,
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
    /// Position of the event that asks for it: the cause, or that somebody wants it sent again.
    pub asked: Position,
    /// When the cause was recorded.
    pub cause_us: Micros,
    /// When the time until its expiry began.
    pub begun_us: Micros,
    /// The incident, unless it is about none.
    pub incident: Option<IncidentId>,
    /// What is told.
    pub told: Told,
    /// How bad it is.
    pub severity: Severity,
    /// To whom.
    pub recipient: Recipient,
    /// Where it went when it was planned, by which what goes to one place is counted together.
    pub destination: Arc<str>,
    /// Attempts so far.
    pub attempts: u32,
    /// Whether an earlier attempt may have arrived.
    pub again: bool,
    /// When it may be tried, at the earliest.
    pub next_us: Micros,
    /// Until when quiet hours hold it, to be told in a digest then.
    pub quiet_until_us: Option<Micros>,
    /// The subscription whose quiet hours those are.
    pub quiet_of: Option<SubscriptionId>,
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
            cause: delivery.cause,
            asked: event.pos,
            cause_us: event.ts_us,
            begun_us: event.ts_us,
            incident: delivery.incident,
            told: Told::Stranded(delivery.kind.unwrap_or(NoticeKind::Fired)),
            severity: Severity::Warning,
            recipient: Recipient {
                subject: delivery.recipient,
                source: delivery.subscription.map_or(Source::Asked, Source::Subscription),
            },
            destination: Arc::from(""),
            attempts: delivery.attempts,
            again: false,
            next_us: event.ts_us,
            quiet_until_us: None,
            quiet_of: None,
            waits: delivery.answer.clone(),
            record: None,
        }
    }

    /// What it must keep its turn in: its incident towards this recipient, for a digest all of them.
    pub fn lanes(&self) -> Vec<(IncidentId, Source)> {
        let source = self.recipient.source;
        match &self.told {
            Told::Digest { incidents, .. } => incidents.iter().map(|i| (*i, source)).collect(),
            _ => self.incident.into_iter().map(|i| (i, source)).collect(),
        }
    }
}
