//! Secrets of the links in letters: computed from the letter's identifier whenever they are needed, so that
//! they are kept nowhere. Whoever has the log but not the master key can compute none.

use crate::fresh;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::hmac;
use std::fmt;
use watchroom_domain::{LetterId, LetterKind, LetterLink, Micros, SubjectId};

/// Computes secrets.
#[derive(Clone)]
pub struct LinkSecrets(hmac::Key);

impl LinkSecrets {
    /// With a key that comes from the master key.
    pub fn new(key: [u8; 32]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, &key))
    }

    /// The secret of a letter's link.
    pub fn secret(&self, letter: LetterId) -> String {
        URL_SAFE_NO_PAD.encode(hmac::sign(&self.0, letter.as_bytes()))
    }

    /// The proof that a person has signed in by what this stands for, from a browser that has these random bytes.
    /// What goes in is longer than a letter's identifier, so that neither is ever the other.
    pub fn device(&self, person: SubjectId, by: &[u8; 32], nonce: &[u8]) -> [u8; 32] {
        let tag = hmac::sign(&self.0, &[b"device", person.as_bytes().as_slice(), by, nonce].concat());
        let mut proof = [0; 32];
        proof.copy_from_slice(tag.as_ref());
        proof
    }

    /// A new link that ends after so many microseconds.
    pub fn link(&self, now_us: Micros, life_us: Micros) -> LetterLink {
        let letter = LetterId(fresh::id(now_us));
        let secret_sha256 = fresh::fingerprint(self.secret(letter).as_bytes());
        LetterLink { letter, secret_sha256, expires_us: now_us + life_us }
    }
}

/// The local path of a letter's link.
pub fn path(kind: LetterKind, secret: &str) -> String {
    let place = match kind {
        // Whoever did not ask for another address sets another password.
        LetterKind::Moving => return "/forgot".to_owned(),
        LetterKind::Confirm => "confirm",
        LetterKind::Reset => "reset",
        LetterKind::Invitation => "invitation",
    };
    format!("/{place}/{secret}")
}

impl fmt::Debug for LinkSecrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LinkSecrets")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_comes_of_the_letter_and_the_key_and_of_nothing_else() {
        let (own, other) = (LinkSecrets::new([1; 32]), LinkSecrets::new([2; 32]));
        let (a, b) = (own.link(1, 10), own.link(1, 10));
        assert_ne!(a.letter, b.letter);
        let secret = own.secret(a.letter);
        assert_eq!((secret.len(), &secret), (43, &own.secret(a.letter)));
        assert!(secret != own.secret(b.letter) && secret != other.secret(a.letter));
        assert_eq!(a.secret_sha256, fresh::fingerprint(secret.as_bytes()));
        assert_eq!(a.expires_us, 11);
    }
}
