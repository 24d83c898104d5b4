//! Time as the log holds it.

/// Integer microseconds since 1970-01-01T00:00:00Z.
pub type Micros = i64;

/// One second in microseconds.
pub const SECOND_US: Micros = 1_000_000;
/// One minute in microseconds.
pub const MINUTE_US: Micros = 60 * SECOND_US;
/// One hour in microseconds.
pub const HOUR_US: Micros = 60 * MINUTE_US;
