//! The small program of the agent.
fn main() {}
