//! Watchroom: machines and people keep watch together.
//!
//! The modules in the order in which an event flows through them; `ARCHITECTURE.md` is the map.

pub mod actors;
pub mod authority;
pub mod channels;
pub mod cli;
pub mod clock;
pub mod enrol;
pub mod event_log;
mod fresh;
pub mod hub;
pub mod letters;
pub mod meters;
pub mod settings;
pub mod texts;
pub mod views;
pub mod web;
