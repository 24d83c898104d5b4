//! The alert machine: evaluator and registry together, in order, behind, killed, and replayed.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a panic is how a test says no")]

mod alerts;
mod crowds;
mod gone;
mod holds;
mod lives;
mod long;
mod stories;
mod world;
