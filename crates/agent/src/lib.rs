//! The agent that watches one machine.
//!
//! The modules in the order in which a reading flows through them: `collect` reads the machine,
//! `frames` writes what was read as the body of a frame, `spool` keeps every frame on disk until the
//! hub has it, `uplink` brings the frames to the hub in order. `identity` is who the agent is and
//! `join` how it became that. `docs/protocol.md` describes what goes over the socket.
//!
//! `checks` asks services of this and other machines whether they work, and `processes` finds out which
//! processes use most; both only when the hub asks and the agent's own settings allow it.
//!
//! What is absent: the agent opens no port, needs no root, and runs nothing. Beyond the two questions above
//! it does nothing that the hub says but to count acknowledgements, keep a renewed certificate and wait.

mod atomic;
mod body;
pub mod checks;
mod clock;
mod collect;
mod connection;
mod error;
mod frames;
mod identity;
mod join;
mod log;
mod processes;
mod run;
mod spool;
mod state_dir;
mod tls;
mod uplink;

#[cfg(test)]
#[path = "../tests/hub/mod.rs"]
mod hub;

pub use error::AgentError;
pub use identity::Identity;
pub use join::join;
pub use log::log_to_stderr;
pub use run::{AgentOptions, run};
pub use state_dir::default_state_dir;

/// What the agent calls itself in `hello`.
pub const PROGRAM: &str = concat!("watchroom-agent/", env!("CARGO_PKG_VERSION"));
