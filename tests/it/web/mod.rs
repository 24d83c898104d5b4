//! The console as strangers, forgers and its owner find it, through every door.

mod doors;
mod edge;
mod feed;
mod hostile;
pub mod inside;
mod journal;
mod limits;
mod lists;
mod people;
mod roles;
mod secrets;
mod sight;
mod signing_in;
mod silences;
pub mod things;
mod told;
mod wall;
