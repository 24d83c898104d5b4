//! Passwords: argon2id, off the threads that answer, and a wrong name costs the same time as a wrong password.

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use std::sync::Arc;
use std::time::Duration;
use thiserror::Error;
use tokio::runtime::Handle;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::timeout;

/// Fewest characters of a password.
const LEAST: usize = 12;
/// Most bytes of a password; more would only cost time.
const MOST: usize = 1_024;
/// Hashes made at a time for strangers, and as many for those who are known: each takes 19 MiB and a core.
const AT_A_TIME: usize = 2;

/// How long a place is waited for.
const WAIT: Duration = Duration::from_secs(10);

/// A password cannot be hashed.
#[derive(Debug, Error)]
#[error("the password cannot be hashed at the moment")]
pub struct PasswordError;

/// Hashes and checks passwords.
#[derive(Clone)]
pub struct Passwords {
    runtime: Handle,
    places: Arc<Semaphore>,
    of_known: Arc<Semaphore>,
    nobody: Arc<str>,
}

/// Whether this may become a password: the key of what is wrong with it in the catalogue, if anything.
pub fn checked_password(password: &str, again: &str) -> Result<(), (&'static str, &'static str)> {
    if password.chars().count() < LEAST {
        Err(("password", "password_short"))
    } else if password.len() > MOST {
        Err(("password", "password_long"))
    } else if password != again {
        Err(("again", "password_again"))
    } else {
        Ok(())
    }
}

impl Passwords {
    /// Hashes on this runtime's blocking threads.
    ///
    /// # Errors
    /// [`PasswordError`] when not even one hash can be made.
    pub fn new(runtime: Handle) -> Result<Self, PasswordError> {
        let nobody = hash("nobody has this password").ok_or(PasswordError)?.into();
        let places = || Arc::new(Semaphore::new(AT_A_TIME));
        Ok(Self { runtime, places: places(), of_known: places(), nobody })
    }

    /// The same, for somebody who has signed in, or who does so from a browser that is known: strangers who have many
    /// passwords checked, from wherever they come, take no place from these.
    pub fn of_known(&self) -> Self {
        Self { places: self.of_known.clone(), ..self.clone() }
    }

    /// A place among those that hash, waited for as long as somebody would wait for a page.
    async fn place(&self) -> Result<SemaphorePermit<'_>, PasswordError> {
        let place = timeout(WAIT, self.places.acquire()).await;
        place.ok().and_then(Result::ok).ok_or(PasswordError)
    }

    /// The hash of a new password, in PHC string form.
    ///
    /// # Errors
    /// [`PasswordError`] when the hub is stopping or has no memory for it.
    pub async fn hash(&self, password: String) -> Result<String, PasswordError> {
        let _place = self.place().await?;
        let hashed = self.runtime.spawn_blocking(move || hash(&password)).await;
        hashed.ok().flatten().ok_or(PasswordError)
    }

    /// Whether the password belongs to the hash; without a hash the same work is done for nothing.
    ///
    /// # Errors
    /// [`PasswordError`] when too many others are waiting for the same.
    pub async fn verify(&self, password: String, phc: Option<String>) -> Result<bool, PasswordError> {
        let _place = self.place().await?;
        let known = phc.is_some();
        let phc = phc.unwrap_or_else(|| self.nobody.to_string());
        let right = self.runtime.spawn_blocking(move || matches(&password, &phc)).await.unwrap_or(false);
        Ok(known && right)
    }
}

fn hash(password: &str) -> Option<String> {
    // Argon2id with the crate's parameters: 19 MiB, 2 passes, 1 lane (OWASP's first recommendation).
    Argon2::default().hash_password(password.as_bytes()).ok().map(|hash: PasswordHash| hash.to_string())
}

fn matches(password: &str, phc: &str) -> bool {
    password.len() <= MOST
        && PasswordHash::new(phc)
            .is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_right_password_matches() {
        let phc = hash("correct horse battery").unwrap();
        assert!(phc.starts_with("$argon2id$"));
        assert!(matches("correct horse battery", &phc));
        assert!(!matches("correct horse batterz", &phc));
    }

    #[tokio::test(start_paused = true)]
    async fn strangers_keep_nobody_waiting_who_is_known() {
        let passwords = Passwords::new(Handle::current()).unwrap();
        let phc = Some(hash("correct horse battery").unwrap());
        let _strangers = passwords.places.acquire_many(AT_A_TIME as u32).await.unwrap();
        let typed = || "correct horse battery".to_owned();
        assert!(passwords.of_known().verify(typed(), phc.clone()).await.unwrap());
        assert!(passwords.verify(typed(), phc).await.is_err());
    }

    #[test]
    fn a_password_is_long_enough_and_typed_twice() {
        assert_eq!(checked_password("short", "short"), Err(("password", "password_short")));
        assert_eq!(checked_password("long enough now", "different"), Err(("again", "password_again")));
        assert_eq!(checked_password("long enough now", "long enough now"), Ok(()));
    }
}
