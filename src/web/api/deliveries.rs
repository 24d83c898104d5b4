//! Deliveries: what was told to whom, with every attempt; dead letters sent again.

use super::asked::{begun, one, submit};
use super::error::{ApiError, Reply};
use super::paging::Listing;
use super::table::{CHANNELS, Gives, Operation, get, post, query, shape};
use super::types::{Time, seconds};
use crate::web::Shared;
use crate::web::context::Visitor;
use actix_web::web;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use watchroom_domain as domain;
use watchroom_domain::{Command, DeliveryId, DeliveryOutcome, DeliveryStatus, Event, NoticeKind, Position};

/// The operations.
pub const OPERATIONS: &[Operation] = &[
    get(
        ("/api/v1/deliveries", CHANNELS),
        ("list_deliveries", "List deliveries"),
        Gives::List(shape::<Delivery>),
        || web::to(list),
    )
    .filters(query::<DeliveryFilter>)
    .says("The newest first, as far as they are at hand; older ones are in the log."),
    get(
        ("/api/v1/deliveries/{cause}/{delivery}", CHANNELS),
        ("get_delivery", "Read a delivery with its attempts"),
        Gives::One(shape::<DeliveryWithAttempts>),
        || web::to(show),
    ),
    post(
        ("/api/v1/deliveries/{cause}/{delivery}/send-again", CHANNELS),
        ("send_again", "Send a dead letter again"),
        Gives::Begun(shape::<Delivery>),
        || web::to(again),
    )
    .says("Only what was given up can be sent again."),
];

/// Where a delivery stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum DeliveryState {
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

impl From<DeliveryStatus> for DeliveryState {
    fn from(status: DeliveryStatus) -> Self {
        match status {
            DeliveryStatus::Waiting => Self::Waiting,
            DeliveryStatus::Accepted => Self::Accepted,
            DeliveryStatus::Dead => Self::Dead,
            DeliveryStatus::Digested => Self::Digested,
            DeliveryStatus::Superseded => Self::Superseded,
        }
    }
}

/// What was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Notice {
    /// An alert fired.
    Fired,
    /// An alert that was held still fires.
    Released,
    /// Nobody took care of it in time.
    Escalated,
    /// It comes and goes.
    Flapping,
    /// It is over.
    Resolved,
    /// What was shown is changed.
    Changed,
    /// What quiet hours held back.
    Digest,
    /// Another channel does not work.
    ChannelDown,
    /// Another channel works again.
    ChannelBack,
    /// A part of the hub does not work.
    HubTroubled,
    /// It works again.
    HubRecovered,
    /// A letter with a link that works once.
    Letter,
    /// Somebody tries the channel out.
    Test,
}

impl From<NoticeKind> for Notice {
    fn from(kind: NoticeKind) -> Self {
        match kind {
            NoticeKind::Fired => Self::Fired,
            NoticeKind::Released => Self::Released,
            NoticeKind::Escalated => Self::Escalated,
            NoticeKind::Flapping => Self::Flapping,
            NoticeKind::Resolved => Self::Resolved,
            NoticeKind::Changed => Self::Changed,
            NoticeKind::Digest => Self::Digest,
            NoticeKind::ChannelDown => Self::ChannelDown,
            NoticeKind::ChannelBack => Self::ChannelBack,
            NoticeKind::HubTroubled => Self::HubTroubled,
            NoticeKind::HubRecovered => Self::HubRecovered,
            NoticeKind::Letter => Self::Letter,
            NoticeKind::Test => Self::Test,
        }
    }
}

/// One thing told to one recipient.
#[derive(Debug, Serialize, ToSchema)]
struct Delivery {
    /// Its identifier.
    id: Uuid,
    /// Position of the event that is told.
    #[schema(value_type = u64)]
    cause: Position,
    /// The channel's name.
    channel: String,
    /// What was told; null in logs from before this was recorded.
    notice: Option<Notice>,
    /// The alert, unless it is a test.
    alert: Option<Uuid>,
    /// Whom it goes to: a person's identifier, or one of somebody without an account.
    recipient: Uuid,
    /// The subscription that it goes to; null for a keeper and for a test.
    subscription: Option<Uuid>,
    /// Where it stands.
    status: DeliveryState,
    /// Attempts so far.
    attempts: u32,
    /// The far side's last answer, in the hub's words.
    answer: String,
    /// When the last attempt ended.
    tried_at: Time,
    /// From the cause's record to the end of the last attempt.
    took_s: f64,
    /// When somebody had it sent again.
    revived_at: Option<Time>,
}

impl From<&domain::Delivery> for Delivery {
    fn from(delivery: &domain::Delivery) -> Self {
        Self {
            id: delivery.delivery.0,
            cause: delivery.cause,
            channel: delivery.channel.clone(),
            notice: delivery.kind.map(Notice::from),
            alert: delivery.incident.map(|incident| incident.0),
            recipient: delivery.recipient.0,
            subscription: delivery.subscription.map(|subscription| subscription.0),
            status: delivery.status.into(),
            attempts: delivery.attempts,
            answer: delivery.answer.clone(),
            tried_at: Time(delivery.at_us),
            took_s: seconds(delivery.took_us),
            revived_at: delivery.revived_us.map(Time),
        }
    }
}

/// One attempt.
#[derive(Debug, Serialize, ToSchema)]
struct Attempt {
    /// Which, from 1.
    number: u32,
    /// Where it left the delivery.
    status: DeliveryState,
    /// When it is tried again, if it is.
    next_at: Option<Time>,
    /// The far side's answer, in the hub's words.
    answer: String,
    /// When it ended.
    ended_at: Time,
}

/// A delivery with every attempt that is found.
#[derive(Debug, Serialize, ToSchema)]
struct DeliveryWithAttempts {
    /// The delivery.
    delivery: Delivery,
    /// Its attempts, oldest first.
    attempts: Vec<Attempt>,
}

/// Where in the list a delivery stands.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Key(Position, DeliveryId);

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.0, self.1)
    }
}

impl FromStr for Key {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (cause, delivery) = text.split_once('/').ok_or(())?;
        Ok(Self(cause.parse().map_err(drop)?, delivery.parse().map_err(drop)?))
    }
}

/// What the list is narrowed to.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct DeliveryFilter {
    /// Only deliveries through this channel.
    channel: Option<String>,
    /// Only deliveries that stand so.
    status: Option<DeliveryState>,
    /// Only deliveries about this alert.
    alert: Option<Uuid>,
    /// Only deliveries to this recipient.
    recipient: Option<Uuid>,
}

impl DeliveryFilter {
    fn fits(&self, delivery: &domain::Delivery) -> bool {
        self.channel.as_ref().is_none_or(|channel| delivery.channel == *channel)
            && self.status.is_none_or(|status| DeliveryState::from(delivery.status) == status)
            && self.alert.is_none_or(|alert| delivery.incident.is_some_and(|incident| incident.0 == alert))
            && self.recipient.is_none_or(|recipient| delivery.recipient.0 == recipient)
    }
}

async fn list(web: Shared, ask: Listing<DeliveryFilter>) -> Reply {
    let behind = ask.paging.behind::<Key>()?;
    let page = web.views.with(|state| {
        let newest =
            state.deliveries.iter().rev().map(|((cause, id), delivery)| (Key(*cause, *id), delivery));
        let rest =
            newest.filter(|(key, delivery)| behind.is_none_or(|b| *key < b) && ask.filter.fits(delivery));
        ask.paging.page(rest.map(|(key, delivery)| (key, Delivery::from(delivery))))
    });
    ask.paging.answer(&page)
}

fn found(web: &Shared, which: (Position, DeliveryId)) -> Result<domain::Delivery, ApiError> {
    let delivery = web.views.with(|state| state.deliveries.get(&which).cloned());
    delivery.ok_or_else(|| ApiError::not_found("delivery"))
}

async fn show(web: Shared, which: web::Path<(Position, DeliveryId)>) -> Reply {
    let delivery = found(&web, *which)?;
    let wanted = (delivery.delivery, delivery.attempts);
    let told = web.archive.attempts(&delivery.channel, delivery.cause, wanted).await?;
    let attempts = told.attempts.iter().filter_map(|event| {
        let Event::DeliveryAttempted(attempt) = &event.event else { return None };
        Some(Attempt {
            number: attempt.attempt,
            status: attempt.outcome.status().into(),
            next_at: match attempt.outcome {
                DeliveryOutcome::Retry { next_us } => Some(Time(next_us)),
                _ => None,
            },
            answer: attempt.answer.clone(),
            ended_at: Time(event.ts_us),
        })
    });
    one(&DeliveryWithAttempts { attempts: attempts.collect(), delivery: (&delivery).into() })
}

async fn again(web: Shared, visitor: Visitor, which: web::Path<(Position, DeliveryId)>) -> Reply {
    let (cause, delivery) = *which;
    found(&web, *which)?;
    submit(&web, &visitor, Command::ReviveDelivery { delivery, cause }, &[]).await?;
    let revived = found(&web, *which)?;
    begun(&format!("/api/v1/deliveries/{cause}/{delivery}"), &Delivery::from(&revived))
}
