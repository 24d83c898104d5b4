//! What can go wrong with the log.

use thiserror::Error;
use uuid::Uuid;
use watchroom_domain::{Position, SubjectId};

/// The log could not do what was asked.
#[derive(Clone, Debug, Error)]
pub enum LogError {
    /// The address of the log is none that is understood.
    #[error(
        "database.url is no address of an event log: {0}. One looks like \
         sqlite:///var/lib/watchroom/watchroom.db or postgres://watchroom@db.example.org/watchroom"
    )]
    Address(String),
    /// The database answered with an error, or did not answer.
    #[error("the event log's database failed: {0}")]
    Database(String),
    /// The database is not set up in the way that what is acknowledged needs.
    #[error("the event log's database is not fit to be used: {0}")]
    Unfit(String),
    /// Another hub records in this log, or the one before has not ended yet.
    #[error(
        "the event log ({0}) is in use by another hub; stop that one first, or name another in database.url"
    )]
    InUse(String),
    /// The log was opened for reading only.
    #[error("the event log is open for reading only")]
    ReadOnly,
    /// Whether a batch was recorded cannot be found out; before more is decided, the log is to be read.
    #[error("it is not known whether batch {node_seq} of node {node} was recorded: {cause}")]
    Ambiguous {
        /// The node that recorded.
        node: String,
        /// The node's number of the batch.
        node_seq: u64,
        /// Why it is not known.
        cause: String,
    },
    /// The event cannot be written: it was only ever read.
    #[error("an event of kind {0} is only read, never recorded")]
    NotRecordable(u16),
    /// A recorded event cannot be read.
    #[error("the event at position {pos} cannot be read: {cause}")]
    Unreadable {
        /// Its position.
        pos: Position,
        /// Why.
        cause: String,
    },
    /// The master key is not the one under which this log's keys are wrapped.
    #[error(
        "the log's keys are wrapped by master key {needed:?}; {given:?} does not open them. Put the key of this \
         log where log.master_key looks for it"
    )]
    MasterKey {
        /// Identifier of the key that is needed.
        needed: String,
        /// Identifier of the key that was given.
        given: String,
    },
    /// Another reader took the cursor over.
    #[error("cursor {0:?} belongs to another reader now")]
    CursorLost(String),
    /// A cursor was to be moved to where it cannot stand.
    #[error("cursor {name:?} cannot go to position {pos}")]
    CursorOutOfBounds {
        /// The cursor.
        name: String,
        /// Where it was to go.
        pos: Position,
    },
    /// The log is not the one that the cursor was read from: another history stands at its position.
    #[error("cursor {name:?} stands at position {pos} of another history; the log was restored or forked")]
    Forked {
        /// The cursor.
        name: String,
        /// Where it stands.
        pos: Position,
    },
}

impl LogError {
    /// Whether the database had no room. Drivers say so only in words.
    pub(super) fn is_full(&self) -> bool {
        let words = [
            "database or disk is full",
            "No space left on device",
            "Disk quota exceeded",
            // MariaDB: a table that cannot grow, and a disk that is waited for.
            "is full",
            "Disk full",
        ];
        matches!(self, Self::Database(cause) if words.iter().any(|full| cause.contains(full)))
    }
}

/// Why one group was not recorded.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Conflict {
    /// The stream has another version than the one that was decided upon.
    #[error("stream {stream:?} has version {found}, not {expected}")]
    Version {
        /// The stream.
        stream: String,
        /// The version that was decided upon.
        expected: u64,
        /// The version that it has.
        found: u64,
    },
    /// The frame was recorded already, or belongs to an epoch that is over.
    #[error("producer {producer} is past frame {seq} of epoch {epoch}")]
    Repeated {
        /// The producer.
        producer: Uuid,
        /// The frame's epoch.
        epoch: u64,
        /// The frame's number.
        seq: u64,
    },
    /// Frames before this one are missing; were it recorded, they would never be sent again.
    #[error("producer {producer} is to go on with frame {expected} of epoch {epoch}, not {found}")]
    Gap {
        /// The producer.
        producer: Uuid,
        /// The frame's epoch.
        epoch: u64,
        /// The number that comes next, given what the frame says was given up.
        expected: u64,
        /// The frame's number.
        found: u64,
    },
    /// A group before it was not recorded, and it was decided upon that one.
    #[error("a group before it, which it was decided upon, was not recorded")]
    Behind,
    /// Nothing personal is recorded any more of whom was forgotten.
    #[error("subject {0} was forgotten")]
    Forgotten(SubjectId),
}
