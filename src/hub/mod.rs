//! The composition root: the only place that knows everyone. It takes bound listeners, so that tests
//! and `main` start the very same thing.

mod certificate;
mod channels;
mod checks;
mod console;
mod control;
mod core;
mod disk;
mod error;
mod forgetting;
mod keys;
mod names;
mod pictures;
mod reload;
mod renewal;
mod socket;
mod start;
mod supervise;

pub use certificate::own_certificate;
pub use control::{Question, Reply, ask};
pub use core::{Core, Folded, Locks, UNFINISHED};
pub use error::HubError;
pub use keys::{KeyError, database, master_key_text, present_master_key};
pub use names::{local_address, machine_name};
pub use reload::{Load, Reloaded, Reloader};
pub use start::{Hub, Listeners, bind, make_private_folder};
