//! Pure functions over series: aggregates and the rule evaluator.

mod downsample;
mod evaluator;

pub use downsample::{Bucket, downsample};
pub use evaluator::Evaluator;
