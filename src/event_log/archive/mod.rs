//! The portable form of a log: one file from which any database that can hold a log is filled again.
//!
//! A magic line, then blocks. Each block has a kind, its length, a checksum over its place, kind and bytes,
//! and bytes compressed by zstd. The last one names how many there were and a checksum over all of theirs,
//! so that a file that was cut short, or lacks a block in its middle, is noticed.

mod blocks;
mod bytes;
pub(super) mod rows;

pub(super) use blocks::BLOCK_BYTES;
pub use blocks::{ArchiveReader, ArchiveWriter, Block, BlockKind};

use super::error::LogError;
use super::store::Hash;
use serde::{Deserialize, Serialize};
use std::io;
use thiserror::Error;
use uuid::Uuid;
use watchroom_domain::{Micros, Position};

/// The version of the format that is written.
pub const FORMAT: u16 = 1;

/// What is wrong with an archive, or with the log that it is made of or brought into.
#[derive(Debug, Error)]
pub enum ArchiveError {
    /// The file cannot be read or written.
    #[error("the backup cannot be read or written: {0}")]
    File(#[from] io::Error),
    /// It is something else.
    #[error("this is no backup of Watchroom")]
    NotOne,
    /// A later version of the program wrote it.
    #[error("the backup is of format {0}, which this version does not know; update Watchroom first")]
    Later(u16),
    /// It ends before its end.
    #[error("the backup was cut short after {0} blocks; it is not whole, and nothing should be made of it")]
    Cut(u64),
    /// A block is not what was written.
    #[error("block {0} of the backup is not what was written; the file was damaged or changed")]
    Damaged(u64),
    /// The blocks are whole, but make no log.
    #[error("the backup holds no sound log: {0}")]
    Unsound(String),
    /// Events were removed from the log.
    #[error("events were removed from this log (up to position {0}), which a backup cannot show yet")]
    Purged(Position),
    /// There is nothing in the log.
    #[error("the log is empty: start the hub once before there is something to keep")]
    Nothing,
    /// There is something in the log that is to be filled.
    #[error(
        "the target is not empty: its event log holds {0} events already. Restore into a new data folder \
         (--data) and an empty database"
    )]
    Occupied(Position),
    /// The log that is to be filled cannot be opened: nothing was written.
    #[error(transparent)]
    Unopened(LogError),
    /// The log says why.
    #[error(transparent)]
    Log(#[from] LogError),
}

/// What stands at the head of an archive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// Version of the format.
    pub format: u16,
    /// The program that wrote it.
    pub program: String,
    /// When it was begun, by the machine's clock.
    pub made_us: Micros,
    /// The log's identifier.
    pub log_id: Uuid,
    /// How often it had been restored.
    pub epoch: u64,
    /// Position of the last event that is in it.
    pub head: Position,
    /// Number of the last batch that is in it.
    pub batches: u64,
    /// Chain value of that batch.
    #[serde(with = "hex_hash")]
    pub chain: Hash,
    /// Identifiers of the master keys that wrap its subject keys.
    pub master_keys: Vec<String>,
}

mod hex_hash {
    use super::Hash;
    use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};
    use watchroom_wire::tls::hex;

    pub(super) fn serialize<S: Serializer>(hash: &Hash, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&hex(hash))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Hash, D::Error> {
        let text = String::deserialize(deserializer)?;
        let byte =
            |at: usize| text.get(2 * at..2 * at + 2).and_then(|pair| u8::from_str_radix(pair, 16).ok());
        let bytes: Option<Vec<u8>> = (0..32).map(byte).collect();
        let bytes = bytes.filter(|_| text.len() == 64).ok_or_else(|| D::Error::custom("no hash"))?;
        bytes.try_into().map_err(|_| D::Error::custom("no hash"))
    }
}
