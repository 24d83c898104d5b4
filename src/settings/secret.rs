//! References to secrets. The secret itself is read when it is needed and never kept in settings.

use serde::Deserialize;
use std::fmt;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// `file:/path`, `env:NAME`, or nothing.
#[derive(Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

/// A secret that cannot be read.
#[derive(Debug, Error)]
pub enum SecretError {
    /// The reference is neither `file:` nor `env:`.
    #[error("a secret is given as file:/path or env:NAME, never as itself")]
    NoReference,
    /// The file cannot be read.
    #[error("the file of a secret cannot be read: {0}")]
    File(#[from] std::io::Error),
    /// The variable is not set.
    #[error("the environment variable of a secret is not set")]
    Variable,
}

impl Secret {
    /// A reference to a file.
    pub fn file(path: &Path) -> Self {
        Self(format!("file:{}", path.display()))
    }

    /// Whether none is named.
    pub fn is_unset(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether this is a reference at all, or nothing.
    pub fn is_reference(&self) -> bool {
        self.0.is_empty() || self.0.starts_with("file:") || self.0.starts_with("env:")
    }

    /// The file, if it stands in one.
    pub fn path(&self) -> Option<PathBuf> {
        self.0.strip_prefix("file:").map(PathBuf::from)
    }

    /// The variable, if it stands in one.
    pub fn variable(&self) -> Option<String> {
        self.0.strip_prefix("env:").map(str::to_owned)
    }

    /// Reads the secret; a line feed at its end does not belong to it.
    ///
    /// # Errors
    /// [`SecretError`], which never shows the secret.
    pub fn read(&self) -> Result<String, SecretError> {
        let text = if let Some(path) = self.0.strip_prefix("file:") {
            std::fs::read_to_string(path)?
        } else if let Some(name) = self.0.strip_prefix("env:") {
            std::env::var(name).map_err(|_| SecretError::Variable)?
        } else {
            return Err(SecretError::NoReference);
        };
        Ok(text.trim_end_matches(['\r', '\n']).to_owned())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_unset() { "Secret(unset)" } else { "Secret(set)" })
    }
}
