//! tests

mod log;
