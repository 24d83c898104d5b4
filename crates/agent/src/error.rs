//! What can go wrong for good.

use std::io;
use std::path::{Path, PathBuf};
use thiserror::Error;
use watchroom_wire::TokenError;

/// Why the agent could not join or cannot run.
#[derive(Debug, Error)]
pub enum AgentError {
    /// The text given is no join token.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// There is no identity in the state folder.
    #[error("this machine has not joined a hub yet: {} is not there", .0.display())]
    NotJoined(PathBuf),
    /// What lies in the state folder is no identity.
    #[error("{} is damaged ({why}); join again with a new token", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// A file or folder cannot be used.
    #[error("{}: {source}", path.display())]
    State {
        /// The file or folder.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// Another agent runs on the state folder.
    #[error("another agent is running on {}; stop it first, or name another folder", .0.display())]
    InUse(PathBuf),
    /// No address of the hub led to it.
    #[error("the hub could not be reached: {0}")]
    Unreachable(String),
    /// The hub said no.
    #[error("the hub refused: {message} ({code})")]
    Refused {
        /// Stable name of the reason.
        code: String,
        /// The hub's words.
        message: String,
    },
    /// The hub answered something that was not to be expected there.
    #[error("the hub answered out of turn: {0}")]
    Protocol(String),
    /// A key or certificate could not be made or used.
    #[error("key or certificate: {0}")]
    Crypto(String),
}

impl AgentError {
    pub(crate) fn state(path: &Path) -> impl FnOnce(io::Error) -> AgentError + '_ {
        move |source| AgentError::State { path: path.to_owned(), source }
    }

    pub(crate) fn crypto(error: impl std::fmt::Display) -> AgentError {
        AgentError::Crypto(error.to_string())
    }
}
