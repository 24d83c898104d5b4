//! Frames of Watchroom's socket protocol, telemetry bodies, TLS identity and join tokens.
//!
//! `docs/protocol.md` describes the protocol in words. Nothing here does I/O or reads a clock.

mod fast;
mod frame;
mod line;
pub mod telemetry;
pub mod tls;
mod token;

pub use frame::{
    AckFrame, AssignedCheck, ClientFrame, ErrorBody, Evidence, FrameError, Hello, HubFrame, Join, Joined,
    MAX_VERSION, MIN_VERSION, Renew, SampleItem, Samples, Welcome, feature, negotiate,
};
pub use line::{LineTooLong, MAX_LINE, next_line};
pub use token::{JoinTokenText, TokenError};
