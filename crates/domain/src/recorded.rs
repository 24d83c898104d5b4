//! Events before and after the log. Only [`RecordedEvent`] is ever published.

use crate::command::{By, Via};
use crate::event::Event;
use crate::ids::EventId;
use crate::time::Micros;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Position in the log, from 1, without gaps. 0 is before the first event.
pub type Position = u64;

/// What is said about an event besides its body. Holds identifiers only, no personal text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Meta {
    /// Who made it happen.
    pub by: By,
    /// By which session or token a person did it; none in logs from before this was recorded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub via: Option<Via>,
    /// The event that started the chain of which this is part.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub correlation: Option<EventId>,
    /// Position of the event that this one follows from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub causation: Option<Position>,
    /// The numbered frame that brought it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub frame: Option<Frame>,
}

impl Meta {
    /// Meta of something that nothing recorded has caused.
    pub fn by(by: By) -> Self {
        Self { by, via: None, correlation: None, causation: None, frame: None }
    }
}

/// A numbered frame of a producer, by which a repeated one is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Frame {
    /// The producer: a machine's identifier.
    pub producer: Uuid,
    /// Grows when the producer starts counting anew.
    pub epoch: u64,
    /// Number within the epoch, from 1, without gaps.
    pub seq: u64,
    /// When it was sent, by the sender's clock.
    pub sent_us: Micros,
    /// The hub's clock less the sender's, as estimated on this connection.
    pub offset_us: Micros,
    /// Whether its samples came too late to wake anybody.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub late: bool,
    /// Frames that the producer had to give up just before this one.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub dropped: u64,
}

fn is_zero(n: &u64) -> bool {
    *n == 0
}

/// An event that is to be appended.
#[derive(Clone, Debug, PartialEq)]
pub struct NewEvent {
    /// Its identifier, UUIDv7.
    pub id: EventId,
    /// Name of its stream.
    pub stream: String,
    /// The stream's version that was decided upon: the event becomes this plus one. `None` for
    /// events whose order within the stream nobody asks for (telemetry).
    pub expected: Option<u64>,
    /// The hub's time.
    pub ts_us: Micros,
    /// About it.
    pub meta: Meta,
    /// What happened.
    pub event: Event,
}

/// An event as the log holds it.
#[derive(Clone, Debug, PartialEq)]
pub struct RecordedEvent {
    /// Where in the log.
    pub pos: Position,
    /// Its identifier.
    pub id: EventId,
    /// Name of its stream.
    pub stream: String,
    /// Version within the stream, from 1; `None` for telemetry.
    pub version: Option<u64>,
    /// The hub's time; orders nothing.
    pub ts_us: Micros,
    /// About it.
    pub meta: Meta,
    /// What happened.
    pub event: Event,
}
