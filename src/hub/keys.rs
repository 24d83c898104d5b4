//! The master key: read from where the settings say, or made at the first start. And the address of the log
//! with the password that opens its database.

use crate::authority::{AuthorityError, write_private};
use crate::event_log::{Address, KEY_LEN, LogError, MasterKey};
use crate::fresh;
use crate::settings::{Secret, SecretError, Settings};
use std::path::Path;
use thiserror::Error;
use watchroom_wire::tls::{from_hex, hex, sha256};

/// The master key cannot be had, or what opens the database cannot.
#[derive(Debug, Error)]
pub enum KeyError {
    /// It cannot be read.
    #[error("log.master_key: {0}")]
    Secret(#[from] SecretError),
    /// The password of the database cannot be read.
    #[error("database.password: {0}")]
    Password(SecretError),
    /// There is no such address of a log.
    #[error(transparent)]
    Address(#[from] LogError),
    /// It cannot be written.
    #[error(transparent)]
    File(#[from] AuthorityError),
    /// It is no key.
    #[error("log.master_key: a master key is 64 hexadecimal digits")]
    NoKey,
    /// There is a log but not the key that it was written with.
    #[error(
        "{0} is missing, but there is a log that was written with it. Put the key back from your backup; \
         without it the names and addresses in the log cannot be read"
    )]
    Missing(String),
}

/// Where the event log lies, and what opens its database.
///
/// # Errors
/// [`KeyError`] when the address is none, or the password cannot be read.
pub fn database(settings: &Settings) -> Result<Address, KeyError> {
    let password = &settings.database.password;
    let password =
        if password.is_unset() { None } else { Some(password.read().map_err(KeyError::Password)?) };
    Ok(Address::parse(&settings.log_url(), password.as_deref())?)
}

/// Reads the master key where there is one; makes none.
///
/// # Errors
/// [`KeyError`] when the settings name one that cannot be read.
pub fn present_master_key(settings: &Settings) -> Result<Option<MasterKey>, KeyError> {
    let data_dir = settings.data_dir();
    if settings.log.master_key.is_unset() && !data_dir.join("master.key").exists() {
        return Ok(None);
    }
    master_key(&settings.log.master_key, &data_dir).map(Some)
}

/// The master key as it stands where the settings say; `None` where there is none yet.
///
/// # Errors
/// [`KeyError`] when it cannot be read.
pub fn master_key_text(settings: &Settings) -> Result<Option<String>, KeyError> {
    let (reference, path) = (&settings.log.master_key, settings.data_dir().join("master.key"));
    Ok(match reference.is_unset() {
        false => Some(reference.read()?),
        true if path.exists() => Some(Secret::file(&path).read()?),
        true => None,
    })
}

/// Reads the master key, or makes it in the data folder when nothing was written with one yet.
///
/// # Errors
/// [`KeyError`] that says what to do.
pub fn master_key(reference: &Secret, data_dir: &Path) -> Result<MasterKey, KeyError> {
    let text = if reference.is_unset() {
        let path = data_dir.join("master.key");
        if !path.exists() {
            if data_dir.join("watchroom.db").exists() {
                return Err(KeyError::Missing(path.display().to_string()));
            }
            write_private(&path, hex(&fresh::secret::<KEY_LEN>()).as_bytes())?;
        }
        Secret::file(&path).read()?
    } else {
        reference.read()?
    };
    let bytes = from_hex(text.trim()).and_then(|bytes| <[u8; KEY_LEN]>::try_from(bytes).ok());
    let bytes = bytes.ok_or(KeyError::NoKey)?;
    // The name is told by the key itself, so that a rotated key has another name.
    let name = hex(&sha256(&[b"watchroom master key name".as_slice(), &bytes].concat())[..4]);
    Ok(MasterKey::new(name, bytes))
}
