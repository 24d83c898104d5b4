//! What the hub says of itself.

use serde::{Deserialize, Serialize};

/// A part of the hub whose trouble is told to whoever is responsible.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HubPart {
    /// The disk that the event log lies on.
    Disk,
}

/// What is wrong with a part of the hub.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HubTrouble {
    /// Little room is left: soon nothing can be recorded.
    LittleRoom,
    /// No room is left.
    Full,
    /// The write-ahead log grows and is not taken over.
    LargeWal,
}

impl HubTrouble {
    /// Its name in keys of texts.
    pub fn word(self) -> &'static str {
        match self {
            Self::LittleRoom => "little-room",
            Self::Full => "full",
            Self::LargeWal => "large-wal",
        }
    }
}
