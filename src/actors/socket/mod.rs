//! The TLS socket: every connection is one actor.

mod admission;
mod directory;
mod errands;
mod listener;
mod session;
mod tls;

pub use directory::{Directory, Revoker};
pub use errands::Errands;
pub use listener::{Listening, SocketParts, listen};
pub use tls::{SocketTls, TlsError};
