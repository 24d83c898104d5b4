//! Becoming a machine of a hub.

#[cfg(test)]
mod tests;

use crate::PROGRAM;
use crate::clock::now_us;
use crate::connection::{Connection, ConnectionError};
use crate::error::AgentError;
use crate::identity::{Identity, make_state_dir};
use crate::tls::{self, NewKey};
use std::path::Path;
use std::time::Duration;
use watchroom_wire::{ClientFrame, HubFrame, Join, JoinTokenText, Joined};

const PATIENCE: Duration = Duration::from_secs(15);

/// Joins the hub that the token names and keeps the identity in `state_dir`. The addresses are tried in
/// order; the hub is known by the fingerprint in the token. Where there is an identity already, it is
/// replaced once the new one is there.
///
/// # Errors
/// [`AgentError::Token`] for a text that is no token, [`AgentError::Unreachable`] when no address leads
/// to the hub, [`AgentError::Refused`] when the hub does not take the token, [`AgentError::State`] when
/// the identity cannot be kept.
pub async fn join(token_text: &str, state_dir: &Path) -> Result<Identity, AgentError> {
    let token: JoinTokenText = token_text.parse()?;
    make_state_dir(state_dir)?;
    let config = tls::for_joining(token.ca_sha256)?;
    let new = NewKey::generate()?;
    let mut tried = Vec::new();
    for address in &token.addresses {
        let asked = async {
            let mut connection = Connection::dial(address, config.clone(), PATIENCE).await?;
            ask(&mut connection, token_text.trim(), &new).await
        };
        match asked.await {
            Ok(joined) => return keep(joined, new, token.addresses, state_dir),
            Err(ConnectionError::Refused { code, message }) => {
                return Err(AgentError::Refused { code, message });
            }
            Err(error) => {
                tracing::info!(%address, %error, "no way to the hub here");
                tried.push(format!("{address}: {error}"));
            }
        }
    }
    Err(AgentError::Unreachable(tried.join("; ")))
}

async fn ask(connection: &mut Connection, token: &str, new: &NewKey) -> Result<Joined, ConnectionError> {
    connection.greet(PROGRAM, 0, now_us(), &[]).await?;
    let join = Join { token: token.to_owned(), csr: new.csr.clone() };
    connection.send(&ClientFrame::Join(join)).await?;
    match connection.answer().await? {
        HubFrame::Joined(joined) => Ok(joined),
        other => Err(ConnectionError::Protocol(format!("{other:?} for joined"))),
    }
}

fn keep(
    joined: Joined,
    new: NewKey,
    addresses: Vec<String>,
    state_dir: &Path,
) -> Result<Identity, AgentError> {
    let Joined { machine, certificate, ca, not_after_us } = joined;
    let identity = Identity { machine, addresses, ca, certificate, key: new.key, not_after_us };
    // An identity that cannot be used must not take the place of one that can.
    tls::for_identity(&identity)?;
    identity.store(state_dir)?;
    Ok(identity)
}
