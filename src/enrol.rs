//! Join tokens: made here, shown once, known to the log by a hash only.

use crate::actors::handle::{Registry, SubmitError};
use crate::clock::Clock;
use crate::fresh;
use std::sync::Arc;
use watchroom_domain::{Asker, Command, Envelope, HOUR_US, MachineId, Micros, TokenId};
use watchroom_wire::JoinTokenText;

/// How long a join token is valid.
pub const TOKEN_LIFE_US: Micros = 24 * HOUR_US;

/// What is needed to make join tokens.
#[derive(Clone)]
pub struct Enrolment {
    /// Takes commands.
    pub registry: Registry,
    /// The hub's clock.
    pub clock: Arc<dyn Clock>,
    /// SHA-256 of the hub's authority.
    pub ca_sha256: [u8; 32],
    /// Where agents reach the socket.
    pub addresses: Vec<String>,
}

/// A token that was just made.
pub struct FreshToken {
    /// What the agent is started with.
    pub text: String,
    /// When it ends, microseconds UTC.
    pub expires_us: Micros,
}

/// Makes a join token for a machine; earlier ones of that machine end. `addresses` stand in it instead
/// of the hub's usual ones, where given.
///
/// # Errors
/// [`SubmitError`] when the asker may not, or nothing can be recorded.
pub async fn issue_token(
    enrolment: &Enrolment,
    asker: impl Into<Asker>,
    machine: MachineId,
    uses: u32,
    addresses: Option<Vec<String>>,
) -> Result<FreshToken, SubmitError> {
    let now = enrolment.clock.now_us();
    let (token, secret) = (TokenId(fresh::id(now)), fresh::secret::<16>());
    let expires_us = now + TOKEN_LIFE_US;
    let command = Command::IssueJoinToken {
        token,
        machine,
        secret_sha256: fresh::fingerprint(&secret),
        expires_us,
        uses,
    };
    enrolment.registry.submit(Envelope::of(asker.into(), command)).await?;
    let addresses = addresses.unwrap_or_else(|| enrolment.addresses.clone());
    let text = JoinTokenText { token, secret, ca_sha256: enrolment.ca_sha256, expires_us, addresses };
    Ok(FreshToken { text: text.to_string(), expires_us })
}
