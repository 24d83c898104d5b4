//! Keys: every subject has its own, wrapped by a master key that lies outside the database. Whose key
//! is destroyed is forgotten, though the chain over the encrypted bytes still holds.

use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::hmac;
use ring::rand::{SecureRandom, SystemRandom};
use std::fmt;
use thiserror::Error;
use uuid::Uuid;

/// Bytes of a master key and of a subject's key.
pub const KEY_LEN: usize = 32;

/// The bytes are not what this key sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the bytes are not what this key sealed")]
pub(super) struct NotSealedByThis;

/// The key that wraps all others. Comes from a file or the environment, never from the database.
#[derive(Clone)]
pub struct MasterKey {
    id: String,
    key: Key,
}

impl MasterKey {
    /// A master key and the identifier by which it is known beside what it wraps. The identifier is
    /// stored in plain and tells nothing of the key.
    pub fn new(id: impl Into<String>, bytes: [u8; KEY_LEN]) -> Self {
        Self { id: id.into(), key: Key(bytes) }
    }

    /// The key's identifier.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Another secret that only whoever has this key can compute, for one purpose.
    pub fn derived(&self, purpose: &[u8]) -> [u8; KEY_LEN] {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &self.key.0);
        let tag = hmac::sign(&key, purpose);
        let mut bytes = [0; KEY_LEN];
        bytes.copy_from_slice(tag.as_ref());
        bytes
    }

    pub(super) fn wrap(&self, subject: Uuid, key: &Key) -> Vec<u8> {
        self.key.seal(&self.context(subject), &key.0)
    }

    pub(super) fn unwrap(&self, subject: Uuid, wrapped: &[u8]) -> Result<Key, NotSealedByThis> {
        let bytes = self.key.open(&self.context(subject), wrapped)?;
        bytes.try_into().map(Key).map_err(|_| NotSealedByThis)
    }

    /// A keyed hash of these parts for a purpose; whoever lacks the master key cannot make it.
    pub(super) fn keyed_hash(&self, purpose: &str, parts: &[&[u8]]) -> [u8; KEY_LEN] {
        let mut hash = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, &self.key.0));
        for part in std::iter::once(&purpose.as_bytes()).chain(parts) {
            // With lengths, so that no two lists of parts read the same.
            hash.update(&(part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        let mut out = [0; KEY_LEN];
        out.copy_from_slice(hash.sign().as_ref());
        out
    }

    /// Bound to the subject, so that one subject's key cannot be put in another's place.
    fn context(&self, subject: Uuid) -> Vec<u8> {
        [b"watchroom subject key".as_slice(), subject.as_bytes(), self.id.as_bytes()].concat()
    }
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MasterKey").field("id", &self.id).finish_non_exhaustive()
    }
}

/// A key for AES-256-GCM. A random nonce stands in front of what it seals.
#[derive(Clone)]
pub(super) struct Key([u8; KEY_LEN]);

impl Key {
    pub(super) fn random() -> Self {
        Self(random())
    }

    pub(super) fn of(bytes: [u8; KEY_LEN]) -> Self {
        Self(bytes)
    }

    pub(super) fn seal(&self, context: &[u8], plain: &[u8]) -> Vec<u8> {
        let nonce: [u8; NONCE_LEN] = random();
        let mut out = Vec::with_capacity(NONCE_LEN + plain.len() + AES_256_GCM.tag_len());
        out.extend_from_slice(&nonce);
        out.extend_from_slice(plain);
        let sealed = self.cipher().seal_in_place_separate_tag(
            Nonce::assume_unique_for_key(nonce),
            Aad::from(context),
            &mut out[NONCE_LEN..],
        );
        // Fails only beyond 64 GiB, and a body ends far below.
        let tag = sealed.unwrap_or_else(|_| unreachable!("a body of more than 64 GiB"));
        out.extend_from_slice(tag.as_ref());
        out
    }

    pub(super) fn open(&self, context: &[u8], sealed: &[u8]) -> Result<Vec<u8>, NotSealedByThis> {
        let (nonce, rest) = sealed.split_first_chunk::<NONCE_LEN>().ok_or(NotSealedByThis)?;
        let mut rest = rest.to_vec();
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let plain = self.cipher().open_in_place(nonce, Aad::from(context), &mut rest);
        let length = plain.map_err(|_| NotSealedByThis)?.len();
        rest.truncate(length);
        Ok(rest)
    }

    fn cipher(&self) -> LessSafeKey {
        let key = UnboundKey::new(&AES_256_GCM, &self.0);
        LessSafeKey::new(key.unwrap_or_else(|_| unreachable!("the key has the cipher's length")))
    }
}

/// Random bytes of the operating system.
pub(super) fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    let filled = SystemRandom::new().fill(&mut bytes);
    filled.unwrap_or_else(|_| panic!("the operating system gives no random bytes"));
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_opens_with_the_same_key_and_context_only() {
        let key = Key::random();
        let sealed = key.seal(b"here", b"Ada");
        assert_eq!(key.open(b"here", &sealed).unwrap(), b"Ada");
        assert_eq!(key.open(b"there", &sealed), Err(NotSealedByThis));
        assert_eq!(Key::random().open(b"here", &sealed), Err(NotSealedByThis));
        assert_eq!(key.open(b"here", &sealed[..10]), Err(NotSealedByThis));
        assert_ne!(key.seal(b"here", b"Ada"), sealed);
    }

    #[test]
    fn a_wrapped_key_belongs_to_its_subject_and_its_master() {
        let master = MasterKey::new("2026", [7; KEY_LEN]);
        let (ada, bob) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let wrapped = master.wrap(ada, &Key([9; KEY_LEN]));
        assert_eq!(master.unwrap(ada, &wrapped).unwrap().0, [9; KEY_LEN]);
        assert!(master.unwrap(bob, &wrapped).is_err());
        assert!(MasterKey::new("2026", [8; KEY_LEN]).unwrap(ada, &wrapped).is_err());
        assert!(!format!("{master:?}").contains('7'));
    }
}
