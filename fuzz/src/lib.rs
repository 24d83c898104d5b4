//! What is fuzzed. The targets are plain functions, so that the tests of the main build run every seed
//! through them and they cannot rot.

#[allow(dead_code, missing_docs, reason = "the hub's own module, of which one function is called here")]
#[path = "../../src/settings/mod.rs"]
pub mod settings;
pub mod targets;
