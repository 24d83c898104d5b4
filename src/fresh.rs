//! New identifiers and secrets, and how a secret is known.

use ring::rand::{SecureRandom as _, SystemRandom};
use uuid::{NoContext, Timestamp, Uuid};
use watchroom_domain::{Micros, SECOND_US};
use watchroom_wire::tls::{hex, sha256};

/// A new identifier (UUIDv7, RFC 9562) of this time.
pub fn id(now_us: Micros) -> Uuid {
    let seconds = now_us.div_euclid(SECOND_US).max(0) as u64;
    let nanos = (now_us.rem_euclid(SECOND_US) * 1_000) as u32;
    Uuid::new_v7(Timestamp::from_unix(NoContext, seconds, nanos))
}

/// Random bytes from the operating system.
///
/// # Panics
/// When the operating system has none: nothing secret can be made then.
pub fn secret<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    #[allow(clippy::expect_used, reason = "without randomness there is nothing safe to go on with")]
    SystemRandom::new().fill(&mut bytes).expect("the operating system gives random bytes");
    bytes
}

/// A random number from 0 to below 1, for jitter.
pub fn jitter() -> f64 {
    f64::from(u32::from_be_bytes(secret())) / (f64::from(u32::MAX) + 1.0)
}

/// SHA-256 in lower-case hex, by which a secret is known without being kept.
pub fn fingerprint(secret: &[u8]) -> String {
    hex(&sha256(secret))
}
