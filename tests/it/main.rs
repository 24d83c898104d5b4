//! The one test binary of the workspace: everything that needs more than one room.
//!
//! `tidy` holds the source tree to its own rules, `harness` is what end-to-end tests are built from.

mod harness;
mod tidy;
