//! Decisions, told as stories: given what happened, when somebody asks, then this is recorded or refused.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a panic is how a test says no")]

mod access;
mod accounts;
mod anything;
mod checks;
mod claims;
mod evidence;
mod frames;
mod hub;
mod leaving;
mod links;
mod machines;
mod mail;
mod origins;
mod people;
mod reach;
mod scopes;
mod second_factor;
mod silences;
mod story;
