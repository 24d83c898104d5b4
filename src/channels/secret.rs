//! Secrets of channels: settings hold references, the secret itself is read just before it is used.

use std::fmt;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// Longest secret, in bytes; what is longer is no password.
const LONGEST: u64 = 4_096;

/// Where a secret stands: `file:/path` or `env:NAME`.
#[derive(Clone, PartialEq, Eq)]
pub enum SecretRef {
    /// In a file; a line feed at its end does not belong to it.
    File(PathBuf),
    /// In an environment variable.
    Env(String),
}

/// A secret that cannot be read. Never shows the secret nor where it was looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum SecretError {
    /// The file is in a folder that holds the hub's own secrets.
    #[error("the file of the password lies among the hub's own secrets")]
    Private,
    /// The file cannot be read.
    #[error("the file of the password cannot be read")]
    File,
    /// The variable is not set, or is one of the hub's own settings.
    #[error("the environment variable of the password is not set")]
    Variable,
}

/// Reads secrets. An administrator of the console names the reference and the server that gets the
/// secret, so the hub's own keys must not be readable this way.
#[derive(Clone, Debug, Default)]
pub struct Secrets {
    private: Vec<PathBuf>,
    variables: Vec<String>,
}

impl SecretRef {
    /// The reference, if it is one.
    pub fn parse(text: &str) -> Option<Self> {
        if let Some(path) = text.strip_prefix("file:") {
            return Path::new(path).is_absolute().then(|| Self::File(PathBuf::from(path)));
        }
        let name = text.strip_prefix("env:")?;
        let fits = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        fits.then(|| Self::Env(name.to_owned()))
    }
}

impl fmt::Debug for SecretRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::File(_) => "SecretRef(file)",
            Self::Env(_) => "SecretRef(env)",
        })
    }
}

impl Secrets {
    /// Secrets anywhere but below these folders and in these variables.
    pub fn outside(private: Vec<PathBuf>, variables: Vec<String>) -> Self {
        Self { private, variables }
    }

    /// Reads a secret. Blocks on the file system.
    ///
    /// # Errors
    /// [`SecretError`], which never shows the secret.
    pub fn read(&self, reference: &SecretRef) -> Result<String, SecretError> {
        let text = match reference {
            SecretRef::Env(name) if name.starts_with("WATCHROOM__") || self.variables.contains(name) => {
                return Err(SecretError::Variable);
            }
            SecretRef::Env(name) => std::env::var(name).map_err(|_| SecretError::Variable)?,
            SecretRef::File(path) => self.read_file(path)?,
        };
        Ok(text.trim_end_matches(['\r', '\n']).to_owned())
    }

    fn read_file(&self, path: &Path) -> Result<String, SecretError> {
        // Links are followed first, so that none leads into a private folder.
        let path = path.canonicalize().map_err(|_| SecretError::File)?;
        let private = |folder: &PathBuf| folder.canonicalize().is_ok_and(|folder| path.starts_with(folder));
        if self.private.iter().any(private) {
            return Err(SecretError::Private);
        }
        let meta = std::fs::metadata(&path).map_err(|_| SecretError::File)?;
        if !meta.is_file() || meta.len() > LONGEST {
            return Err(SecretError::File);
        }
        std::fs::read_to_string(&path).map_err(|_| SecretError::File)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_is_a_file_or_a_variable_and_never_the_secret_itself() {
        assert_eq!(SecretRef::parse("file:/run/pw"), Some(SecretRef::File("/run/pw".into())));
        assert_eq!(SecretRef::parse("env:MAIL_PW"), Some(SecretRef::Env("MAIL_PW".into())));
        for wrong in ["hunter2", "file:", "file:relative", "env:", "env:A B", ""] {
            assert_eq!(SecretRef::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_file_is_read_without_its_last_line_feed_and_never_from_a_private_folder() {
        let folder = tempfile::tempdir().unwrap();
        let private = folder.path().join("private");
        std::fs::create_dir(&private).unwrap();
        std::fs::write(folder.path().join("pw"), "geheim\n").unwrap();
        std::fs::write(private.join("master.key"), "0123").unwrap();
        std::os::unix::fs::symlink(private.join("master.key"), folder.path().join("link")).unwrap();
        let secrets = Secrets::outside(vec![private.clone()], Vec::new());
        let read = |path: PathBuf| secrets.read(&SecretRef::File(path));
        assert_eq!(read(folder.path().join("pw")), Ok("geheim".to_owned()));
        assert_eq!(read(private.join("master.key")), Err(SecretError::Private));
        assert_eq!(read(folder.path().join("link")), Err(SecretError::Private));
        assert_eq!(read(folder.path().join("none")), Err(SecretError::File));
    }

    #[test]
    fn the_hubs_own_variables_are_no_passwords() {
        let own = SecretRef::Env("WATCHROOM__LOG__MASTER_KEY".into());
        assert_eq!(Secrets::default().read(&own), Err(SecretError::Variable));
    }

    #[test]
    fn a_variable_that_holds_a_key_of_the_hub_is_never_read() {
        // Every process has this one, so that only the refusal can be why it is not read.
        let path = SecretRef::Env("PATH".to_owned());
        assert!(Secrets::default().read(&path).is_ok());
        let secrets = Secrets::outside(Vec::new(), vec!["PATH".to_owned()]);
        assert_eq!(secrets.read(&path), Err(SecretError::Variable));
    }
}
