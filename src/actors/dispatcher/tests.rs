//! Planning, order, and what a restart at any point leaves undone.

mod crash;
mod flow;
mod order;
mod planning;
mod wording;
mod world;
