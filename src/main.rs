//! Watchroom.
fn main() {}
