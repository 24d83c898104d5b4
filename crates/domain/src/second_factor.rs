//! What a person is asked for beside the password: a code that changes (RFC 6238), or one of those for the day
//! when the device is lost.

use crate::error::Refusal;
use crate::time::{Micros, SECOND_US};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fmt;

/// How long a code is shown, in microseconds.
pub const SECOND_FACTOR_STEP_US: Micros = 30 * SECOND_US;
/// Codes for the day when the device is lost.
pub const RECOVERY_CODES: usize = 10;
/// Steps that a device's clock may be early or late by.
const DRIFT: u64 = 1;
/// Characters of a secret: 160 bits in base32, as RFC 4226 recommends.
const SECRET_CHARS: usize = 32;

/// The number of the code that is shown at this time.
pub fn second_factor_step(at_us: Micros) -> u64 {
    u64::try_from(at_us.div_euclid(SECOND_FACTOR_STEP_US)).unwrap_or(0)
}

/// What was shown beside the password. Whoever hands it in has seen that the code is right; whether it may still
/// be used is decided here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ShownFactor {
    /// The code of this step.
    Step(u64),
    /// A code for the day when the device is lost, as SHA-256, hex.
    Recovery(String),
}

/// A person's second factor. Personal text.
#[derive(Clone, PartialEq, Eq)]
pub struct SecondFactor {
    /// The shared secret, base32.
    pub secret: String,
    /// SHA-256 of the codes for the day when the device is lost that are left, hex.
    pub recovery_sha256: BTreeSet<String>,
    /// The last step whose code was used: neither it nor an earlier one works again.
    pub last_step: u64,
    /// Since when it is asked for.
    pub since_us: Micros,
}

impl fmt::Debug for SecondFactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SecondFactor")
            .field("recovery_left", &self.recovery_sha256.len())
            .finish_non_exhaustive()
    }
}

impl SecondFactor {
    /// # Errors
    /// A [`Refusal`] when it was used before or is of another time.
    pub(crate) fn accept(&self, shown: Option<&ShownFactor>, now: Micros) -> Result<(), Refusal> {
        let good = match shown {
            None => {
                let message = "Show the code of your second step too.";
                return Err(Refusal::field("code_missing", "code", message));
            }
            Some(ShownFactor::Step(step)) => *step > self.last_step && is_of(*step, now),
            Some(ShownFactor::Recovery(hash)) => self.recovery_sha256.contains(hash),
        };
        if good { Ok(()) } else { Err(wrong_code()) }
    }

    /// It was used.
    pub(crate) fn used(&mut self, shown: &ShownFactor) {
        match shown {
            ShownFactor::Step(step) => self.last_step = self.last_step.max(*step),
            ShownFactor::Recovery(hash) => {
                self.recovery_sha256.remove(hash);
            }
        }
    }
}

/// # Errors
/// A [`Refusal`] when this cannot be asked for.
pub(crate) fn checked_second_factor(
    secret: &str,
    recovery_sha256: &BTreeSet<String>,
    step: u64,
    now: Micros,
) -> Result<(), Refusal> {
    let base32 = |c: char| matches!(c, 'A'..='Z' | '2'..='7');
    if secret.len() != SECRET_CHARS || !secret.chars().all(base32) || recovery_sha256.len() != RECOVERY_CODES
    {
        return Err(Refusal::new("bad_secret", "Begin again: this secret is not one of this hub's."));
    }
    if is_of(step, now) { Ok(()) } else { Err(wrong_code()) }
}

fn is_of(step: u64, now: Micros) -> bool {
    step.abs_diff(second_factor_step(now)) <= DRIFT
}

fn wrong_code() -> Refusal {
    Refusal::field("code_wrong", "code", "This code is wrong or was used already. Wait for the next one.")
}
