//! Watchroom.
