//! Secrets of channels: settings hold references, the secret itself is read just before it is used.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use thiserror::Error;
use watchroom_domain::TYPED_SECRET;

/// Longest secret, in bytes; what is longer is no password.
const LONGEST: u64 = 4_096;
/// Variables with such names are there to be read.
const OURS: &str = "WATCHROOM_SECRET_";

/// Where a secret stands: `file:/path`, `file:secrets/NAME` or `env:NAME`.
#[derive(Clone, PartialEq, Eq)]
pub enum SecretRef {
    /// In a file of this name in the hub's own folder for secrets.
    Own(String),
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
    /// The file lies where none may be read.
    #[error(
        "the file of the password lies in no folder for secrets; move it into the folder \"secrets\" of the \
         data folder, or list its folder in the hub's settings under secrets.folders"
    )]
    Elsewhere,
    /// The file cannot be read.
    #[error("the file of the password cannot be read")]
    File,
    /// The variable is not set, or is one of the hub's own settings.
    #[error("the environment variable of the password is not set")]
    Variable,
    /// The variable is none that may be read.
    #[error(
        "the environment variable of the password may not be read; let its name begin with \
         WATCHROOM_SECRET_, or list it in the hub's settings under secrets.variables"
    )]
    OtherVariable,
}

/// Reads secrets, from a few places only. An administrator of the console names the reference and the server
/// that gets the secret, so whatever else the hub's user may read must not be readable this way.
#[derive(Clone, Debug, Default)]
pub struct Secrets(Arc<RwLock<Arc<Places>>>);

/// Where secrets may be.
#[derive(Clone, Debug, Default)]
struct Places {
    own: PathBuf,
    folders: Vec<PathBuf>,
    variables: Vec<String>,
    private: Vec<PathBuf>,
    private_variables: Vec<String>,
}

impl SecretRef {
    /// The reference, if it is one.
    pub fn parse(text: &str) -> Option<Self> {
        if let Some(name) = text.strip_prefix(TYPED_SECRET) {
            let plain = !name.is_empty() && !name.starts_with('.') && !name.contains(['/', '\0']);
            return plain.then(|| Self::Own(name.to_owned()));
        }
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
            Self::Own(_) => "SecretRef(own file)",
            Self::File(_) => "SecretRef(file)",
            Self::Env(_) => "SecretRef(env)",
        })
    }
}

impl Secrets {
    /// Secrets below these folders, and in these variables or those named for it. What was typed into forms of
    /// the hub stands in the first of the folders.
    pub fn within(folders: Vec<PathBuf>, variables: Vec<String>) -> Self {
        let own = folders.first().cloned().unwrap_or_default();
        Self::at(Places { own, folders, variables, ..Places::default() })
    }

    /// The same without what lies here, though it lie in a folder for secrets.
    #[must_use]
    pub fn without(self, private: Vec<PathBuf>, private_variables: Vec<String>) -> Self {
        Self::at(Places { private, private_variables, ..self.now().as_ref().clone() })
    }

    fn at(places: Places) -> Self {
        Self(Arc::new(RwLock::new(Arc::new(places))))
    }

    fn now(&self) -> Arc<Places> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// From now on these, and all clones of these, are found where the others are.
    pub fn change_to(&self, other: &Self) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = other.now();
    }

    /// Reads a secret. Blocks on the file system.
    ///
    /// # Errors
    /// [`SecretError`], which never shows the secret.
    pub fn read(&self, reference: &SecretRef) -> Result<String, SecretError> {
        let text = match reference {
            SecretRef::Env(name) => self.now().read_variable(name)?,
            SecretRef::Own(name) => self.now().read_own(name)?,
            SecretRef::File(path) => self.now().read_moved(path)?,
        };
        Ok(text.trim_end_matches(['\r', '\n']).to_owned())
    }
}

impl Places {
    fn read_variable(&self, name: &String) -> Result<String, SecretError> {
        if name.starts_with("WATCHROOM__") || self.private_variables.contains(name) {
            return Err(SecretError::Variable);
        }
        if !name.starts_with(OURS) && !self.variables.contains(name) {
            return Err(SecretError::OtherVariable);
        }
        std::env::var(name).map_err(|_| SecretError::Variable)
    }

    fn read_own(&self, name: &str) -> Result<String, SecretError> {
        self.read_file(&self.own.join(name))
    }

    /// A hub that was restored elsewhere has its own secrets in another folder than the one that was recorded
    /// with its whole path, as was done once.
    fn read_moved(&self, path: &Path) -> Result<String, SecretError> {
        let read = self.read_file(path);
        let in_secrets = path.parent().and_then(Path::file_name).is_some_and(|folder| folder == "secrets");
        match path.file_name().and_then(|name| name.to_str()).filter(|_| in_secrets && !path.exists()) {
            Some(name) if self.own.join(name).exists() => self.read_own(name),
            _ => read,
        }
    }

    fn read_file(&self, path: &Path) -> Result<String, SecretError> {
        let below = |folders: &[PathBuf], path: &Path| {
            folders.iter().any(|folder| folder.canonicalize().is_ok_and(|folder| path.starts_with(folder)))
        };
        // Links are followed first, so that none leads out of the folders, nor into a private one. Whether
        // there is a file elsewhere is not told.
        let path =
            path.canonicalize().map_err(|_| match self.folders.iter().any(|f| path.starts_with(f)) {
                true => SecretError::File,
                false => SecretError::Elsewhere,
            })?;
        if below(&self.private, &path) {
            return Err(SecretError::Private);
        }
        if !below(&self.folders, &path) {
            return Err(SecretError::Elsewhere);
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
        assert_eq!(SecretRef::parse("file:secrets/pw"), Some(SecretRef::Own("pw".into())));
        for wrong in ["file:secrets/", "file:secrets/../master.key", "file:secrets/a/b", "file:secrets/.."] {
            assert_eq!(SecretRef::parse(wrong), None, "{wrong}");
        }
        for wrong in ["hunter2", "file:", "file:relative", "env:", "env:A B", ""] {
            assert_eq!(SecretRef::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_file_is_read_from_a_folder_for_secrets_only_and_never_from_a_private_one() {
        let folder = tempfile::tempdir().unwrap();
        let [allowed, elsewhere] = ["allowed", "elsewhere"].map(|name| folder.path().join(name));
        let private = allowed.join("private");
        for made in [&allowed, &elsewhere, &private] {
            std::fs::create_dir(made).unwrap();
        }
        std::fs::write(allowed.join("pw"), "geheim\n").unwrap();
        std::fs::write(elsewhere.join("pw"), "other\n").unwrap();
        std::fs::write(private.join("master.key"), "0123").unwrap();
        std::os::unix::fs::symlink(private.join("master.key"), allowed.join("link")).unwrap();
        std::os::unix::fs::symlink(elsewhere.join("pw"), allowed.join("out")).unwrap();
        std::os::unix::fs::symlink(&allowed, folder.path().join("way")).unwrap();
        let secrets =
            Secrets::within(vec![folder.path().join("way"), folder.path().join("none")], Vec::new())
                .without(vec![private.clone()], Vec::new());
        let read = |path: PathBuf| secrets.read(&SecretRef::File(path));
        assert_eq!(read(allowed.join("pw")), Ok("geheim".to_owned()));
        assert_eq!(read(private.join("master.key")), Err(SecretError::Private));
        assert_eq!(read(allowed.join("link")), Err(SecretError::Private));
        assert_eq!(read(elsewhere.join("pw")), Err(SecretError::Elsewhere));
        assert_eq!(read(allowed.join("out")), Err(SecretError::Elsewhere));
        assert_eq!(read(allowed.join("../elsewhere/pw")), Err(SecretError::Elsewhere));
        assert_eq!(
            read(elsewhere.join("none")),
            Err(SecretError::Elsewhere),
            "that there is none is not told"
        );
        assert_eq!(read(folder.path().join("way/none")), Err(SecretError::File));
    }

    #[test]
    fn only_variables_that_are_for_it_are_read() {
        // Every process has this one, so that only the refusal can be why it is not read.
        let path = SecretRef::Env("PATH".to_owned());
        assert_eq!(Secrets::default().read(&path), Err(SecretError::OtherVariable));
        let secrets = Secrets::within(Vec::new(), vec!["PATH".to_owned()]);
        assert!(secrets.read(&path).is_ok());
        let secrets = secrets.without(Vec::new(), vec!["PATH".to_owned()]);
        assert_eq!(secrets.read(&path), Err(SecretError::Variable), "it holds a key of the hub");
        let ours = SecretRef::Env("WATCHROOM_SECRET_NOBODY_SET".into());
        assert_eq!(secrets.read(&ours), Err(SecretError::Variable), "it may be read, and is not set");
        let own = SecretRef::Env("WATCHROOM__LOG__MASTER_KEY".into());
        assert_eq!(Secrets::default().read(&own), Err(SecretError::Variable));
    }

    #[test]
    fn what_was_typed_is_found_where_the_hub_was_restored() {
        let (old, new) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let folder = new.path().join("secrets");
        std::fs::create_dir(&folder).unwrap();
        std::fs::write(folder.join("pw"), "typed\n").unwrap();
        std::fs::write(new.path().join("master.key"), "k").unwrap();
        let secrets = Secrets::within(vec![folder.clone()], Vec::new());
        assert_eq!(secrets.read(&SecretRef::Own("pw".into())), Ok("typed".to_owned()));
        assert_eq!(secrets.read(&SecretRef::Own("other".into())), Err(SecretError::File));
        let recorded = |name: &str| SecretRef::File(old.path().join("secrets").join(name));
        assert_eq!(secrets.read(&recorded("pw")), Ok("typed".to_owned()));
        assert_eq!(secrets.read(&recorded("other")), Err(SecretError::Elsewhere));
        let elsewhere = SecretRef::File(old.path().join("others").join("pw"));
        assert_eq!(secrets.read(&elsewhere), Err(SecretError::Elsewhere), "of that folder only");
        std::os::unix::fs::symlink(new.path().join("master.key"), folder.join("link")).unwrap();
        assert_eq!(secrets.read(&SecretRef::Own("link".into())), Err(SecretError::Elsewhere));
    }
}
