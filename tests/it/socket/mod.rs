//! The socket as a stranger to this project would speak it, from `docs/protocol.md`.

mod bad_input;
pub mod client;
mod crowd;
mod identity;
mod numbers;
mod order;
mod tokens;
