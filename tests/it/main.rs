//! The one test binary of the workspace: everything that needs more than one room.
//!
//! `tidy` holds the source tree to its own rules, `harness` is what end-to-end tests are built from.

// Futures of whole scenes are deeper than the compiler expects.
#![recursion_limit = "256"]
#![allow(clippy::unwrap_used, reason = "a panic is how a test, and what helps it, says no")]

mod api;
mod browser;
mod channels;
mod checks;
mod crash;
mod fuzz;
mod harness;
mod hub;
mod log;
mod ops;
mod people;
mod socket;
mod telegram;
mod tidy;
mod web;
