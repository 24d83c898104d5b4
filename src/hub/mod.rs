//! The composition root: the only place that knows everyone. It takes bound listeners, so that tests
//! and `main` start the very same thing.

mod certificate;
mod channels;
mod console;
mod keys;
mod names;
mod start;

pub use keys::KeyError;
pub use names::{local_address, machine_name};
pub use start::{Hub, HubError, Listeners, bind};
