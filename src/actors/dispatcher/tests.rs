//! Planning, order, and what a restart at any point leaves undone.

mod changes;
mod crash;
mod ends;
mod flow;
mod held;
mod named;
mod order;
mod planning;
mod reports;
mod silent;
mod told;
mod wording;
mod world;
