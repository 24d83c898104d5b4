//! Who the agent is: kept in one file, so that a new identity is there whole or not at all.

use crate::atomic;
use crate::error::AgentError;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use watchroom_domain::Micros;

const FILE: &str = "identity.json";

/// A machine's identity at a hub.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// The machine, as the hub names it.
    pub machine: String,
    /// Where the hub listens, `host:port`, best first.
    pub addresses: Vec<String>,
    /// The hub's certificate authority, PEM.
    pub ca: String,
    /// The agent's certificate, PEM.
    pub certificate: String,
    /// The agent's private key, PKCS #8, PEM. Never leaves the machine.
    pub key: String,
    /// When the certificate ends, microseconds UTC.
    pub not_after_us: Micros,
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity")
            .field("machine", &self.machine)
            .field("addresses", &self.addresses)
            .finish_non_exhaustive()
    }
}

impl Identity {
    /// Where the identity lies in a state folder.
    pub fn path(state_dir: &Path) -> PathBuf {
        state_dir.join(FILE)
    }

    /// Whether there is one in this state folder.
    pub fn exists(state_dir: &Path) -> bool {
        Self::path(state_dir).exists()
    }

    /// Reads the identity of a state folder.
    ///
    /// # Errors
    /// [`AgentError::NotJoined`] where there is none, [`AgentError::Damaged`] where it cannot be
    /// understood, [`AgentError::State`] where it cannot be read.
    pub fn load(state_dir: &Path) -> Result<Self, AgentError> {
        let path = Self::path(state_dir);
        let bytes = match std::fs::read(&path) {
            Ok(bytes) => bytes,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Err(AgentError::NotJoined(path)),
            Err(source) => return Err(AgentError::State { path, source }),
        };
        serde_json::from_slice(&bytes).map_err(|e| AgentError::Damaged { path, why: e.to_string() })
    }

    /// Puts the identity in the place of whatever was there; the file may be read by its owner only.
    ///
    /// # Errors
    /// [`AgentError::State`] when it could not be made durable; then the one before still stands.
    pub fn store(&self, state_dir: &Path) -> Result<(), AgentError> {
        let path = Self::path(state_dir);
        let bytes = serde_json::to_vec_pretty(self).map_err(AgentError::crypto)?;
        atomic::write(&path, &bytes).map_err(AgentError::state(&path))
    }
}

/// Makes the state folder where it is missing; only its owner may look into it.
pub(crate) fn make_state_dir(state_dir: &Path) -> Result<(), AgentError> {
    let made = DirBuilder::new().recursive(true).mode(0o700).create(state_dir);
    made.map_err(AgentError::state(state_dir))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    fn identity() -> Identity {
        Identity {
            machine: "m".into(),
            addresses: vec!["hub:7443".into()],
            ca: "ca".into(),
            certificate: "certificate".into(),
            key: "secret key".into(),
            not_after_us: 7,
        }
    }

    #[test]
    fn it_is_read_back_and_nobody_else_may_read_it() {
        let dir = tempfile::tempdir().unwrap();
        identity().store(dir.path()).unwrap();
        assert_eq!(Identity::load(dir.path()).unwrap(), identity());
        let mode = std::fs::metadata(Identity::path(dir.path())).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn missing_and_damaged_are_told_apart() {
        let dir = tempfile::tempdir().unwrap();
        assert!(matches!(Identity::load(dir.path()), Err(AgentError::NotJoined(_))));
        std::fs::write(Identity::path(dir.path()), b"{").unwrap();
        assert!(matches!(Identity::load(dir.path()), Err(AgentError::Damaged { .. })));
    }

    #[test]
    fn the_key_is_not_shown() {
        assert!(!format!("{:?}", identity()).contains("secret"));
    }
}
