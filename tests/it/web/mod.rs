//! The console as strangers, forgers and its owner find it, through every door.

mod doors;
mod feed;
mod hostile;
pub mod inside;
mod limits;
mod roles;
mod secrets;
mod sight;
mod signing_in;
mod silences;
mod told;
mod wall;
