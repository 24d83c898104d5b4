//! Why a hub cannot start.

use super::keys::KeyError;
use crate::actors::handle::SubmitError;
use crate::actors::socket::TlsError;
use crate::authority::AuthorityError;
use crate::event_log::LogError;
use crate::settings::SecretError;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use thiserror::Error;

/// The hub cannot start.
#[derive(Debug, Error)]
pub enum HubError {
    /// An address cannot be listened on.
    #[error("{setting} = \"{address}\" cannot be listened on: {cause}. Is another program using it?")]
    Bind {
        /// The setting.
        setting: &'static str,
        /// Its value.
        address: SocketAddr,
        /// Why.
        cause: io::Error,
    },
    /// A folder or file cannot be used.
    #[error("{}: {cause}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        cause: io::Error,
    },
    /// Another hub works on the same folder.
    #[error("{} is in use by another hub; stop that one first, or name another folder with --data", .0.display())]
    InUse(PathBuf),
    /// Another hub records in the same log.
    #[error("the event log {} is in use by another hub; stop that one first, or name another in database.url", .0.display())]
    LogInUse(PathBuf),
    /// A restore did not end.
    #[error(
        "a restore into {} has begun and not ended, so that the log there is not whole; remove the folder (and \
         empty the database, where database.url names one), and restore again", .0.display()
    )]
    HalfRestored(PathBuf),
    /// The master key cannot be had.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The log cannot be used.
    #[error("event log: {0}")]
    Log(#[from] LogError),
    /// Certificates cannot be used.
    #[error(transparent)]
    Authority(#[from] AuthorityError),
    /// TLS cannot be set up.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The console's certificate and key cannot be used.
    #[error("console.certificate: {0}")]
    Certificate(rustls::Error),
    /// The token for Prometheus cannot be read.
    #[error("metrics.token: {0}")]
    MetricsToken(SecretError),
    /// It could be guessed.
    #[error("metrics.token: at least 16 characters; `openssl rand -hex 32` makes a good one")]
    ShortToken,
    /// The socket in the data folder cannot be listened on.
    #[error("the socket in the data folder cannot be made: {0}")]
    Control(io::Error),
    /// Passwords cannot be hashed.
    #[error("passwords cannot be hashed: is there memory enough?")]
    Passwords,
    /// The first event cannot be recorded.
    #[error("the start cannot be recorded: {0}")]
    Submit(#[from] SubmitError),
    /// A system resource is missing.
    #[error("{0}")]
    System(#[from] io::Error),
    /// A task ended that must not.
    #[error("a part of the hub ended while it was starting")]
    Ended,
}
