//! The composition root: the only place that knows everyone. It takes bound listeners, so that tests
//! and `main` start the very same thing.

mod certificate;
mod channels;
mod checks;
mod console;
mod core;
mod disk;
mod error;
mod keys;
mod names;
mod socket;
mod start;
mod supervise;

pub use core::Core;
pub use error::HubError;
pub use keys::{KeyError, present_master_key};
pub use names::{local_address, machine_name};
pub use start::{Hub, Listeners, bind};
