//! The only place where the agent reads the time of day.

use std::time::{SystemTime, UNIX_EPOCH};
use watchroom_domain::Micros;

/// Microseconds since 1970-01-01T00:00:00Z, by the machine's clock.
#[allow(clippy::disallowed_methods, reason = "this is the one place")]
pub(crate) fn now_us() -> Micros {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_micros() as Micros)
}
