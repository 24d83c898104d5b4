//! Actors: the registry (the sole appender), sessions, the alerter, the dispatchers.

pub mod handle;
