//! The secret of the link that makes the first account: known to this process only.

use crate::fresh;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use std::fmt;
use std::sync::Arc;
use subtle::ConstantTimeEq as _;

/// The secret. It opens nothing once there is an owner.
#[derive(Clone)]
pub struct SetupSecret(Arc<str>);

impl SetupSecret {
    /// A new secret.
    pub fn new() -> Self {
        Self(URL_SAFE_NO_PAD.encode(fresh::secret::<24>()).into())
    }

    /// Whether this is it; takes the same time whatever is given.
    pub fn is(&self, given: &str) -> bool {
        self.0.as_bytes().ct_eq(given.as_bytes()).into()
    }

    /// The path of the link.
    pub fn path(&self) -> String {
        format!("/setup/{}", self.0)
    }
}

impl Default for SetupSecret {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for SetupSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SetupSecret")
    }
}
