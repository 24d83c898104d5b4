//! A command with who asks for it.

use crate::command::Command;
use crate::ids::{ApiTokenId, MachineId, SessionId, SubjectId};
use crate::recorded::Position;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum By {
    /// The hub itself.
    Hub,
    /// Somebody who has not shown who it is.
    Stranger,
    /// A machine's agent, by its key.
    Agent(MachineId),
    /// A person, by a session.
    Person(SubjectId),
}

/// By what a person asks. Once that has ended, so has the right.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Via {
    /// A signed-in browser.
    Session(SessionId),
    /// An API token.
    Token(ApiTokenId),
}

/// Who asks, by what and from where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asker {
    /// Who.
    pub by: By,
    /// By which session or token.
    pub via: Option<Via>,
    /// From which network address, where it is known.
    pub address: Option<String>,
}

impl From<By> for Asker {
    fn from(by: By) -> Self {
        Self { by, via: None, address: None }
    }
}

/// A command with who asks and what it follows from.
#[derive(Clone, Debug, PartialEq)]
pub struct Envelope {
    /// Who asks.
    pub by: By,
    /// By which session or token a person asks; none for who asks by a linked chat, and for all others.
    pub via: Option<Via>,
    /// The network address that a person or a stranger asks from, where it is known: it is recorded under the key
    /// of whom it is about.
    pub address: Option<String>,
    /// The key that an agent showed (SHA-256 of the public key, hex). Without one that the machine still
    /// accepts when the command is decided, an agent may do nothing.
    pub key_sha256: Option<Arc<str>>,
    /// The event that made the asker ask.
    pub causation: Option<Position>,
    /// What is asked for.
    pub command: Command,
}

impl Envelope {
    /// A command that follows from nothing recorded.
    pub fn new(by: By, command: Command) -> Self {
        Self { by, via: None, address: None, key_sha256: None, causation: None, command }
    }

    /// A command of whoever this is.
    pub fn of(asker: Asker, command: Command) -> Self {
        let Asker { by, via, address } = asker;
        Self { via, address, ..Self::new(by, command) }
    }

    /// A command of a machine's agent, which showed this key.
    pub fn of_agent(machine: MachineId, key_sha256: Arc<str>, command: Command) -> Self {
        Self { key_sha256: Some(key_sha256), ..Self::new(By::Agent(machine), command) }
    }
}
