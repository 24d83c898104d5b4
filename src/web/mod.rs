//! The console: pages, their texts in every language, and the files that a browser loads.
//!
//! A request passes [`guard`], reaches a handler of [`pages`], is answered from the read models
//! ([`fill`] puts them into the plain structs of [`view`], which askama renders) or hands in a command.
//! Web never appends: whatever changes goes through the registry, which checks the right once more.
//! Every word comes from the catalogue of [`crate::texts`], every number and time through [`mod@format`].

mod answer;
mod api;
pub mod assets;
mod auth;
mod body;
mod context;
mod crowd;
mod deeds;
mod door;
mod feed;
mod fill;
pub mod format;
mod guard;
mod health;
mod hidden;
mod limits;
pub mod list;
mod metrics;
mod origin;
mod pages;
mod portrait;
mod revocations;
mod routes;
mod server;
mod sight;
mod tuning;
pub mod view;

pub use auth::{Halfway, PasswordError, Passwords, SessionsUsed, SetupSecret, Throttle, TokensUsed};
pub use context::{ChannelCheck, Shared, Web};
pub use crowd::{Places, Whose};
pub use door::What;
pub use limits::Limits;
pub use revocations::{REVOCATIONS, Revocations};
pub use routes::{Door, ROUTES, Route};
pub use server::{Console, ConsoleTls, serve};
pub use tuning::{Tuned, Tuning};
