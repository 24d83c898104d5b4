//! Pure functions over series: aggregates and the rule evaluator.

mod ahead;
mod crowd;
mod downsample;
mod evaluator;
mod judge;
mod timers;

pub use downsample::{Bucket, downsample};
pub use evaluator::Evaluator;
