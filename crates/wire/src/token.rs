//! The text of a join token: where the hub is, how to know it, and the secret.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use std::fmt;
use std::str::FromStr;
use thiserror::Error;
use uuid::Uuid;
use watchroom_domain::{Micros, TokenId};

const PREFIX: &str = "wr1-";
const MAX_ADDRESSES: usize = 8;

/// What a join token says.
#[derive(Clone, PartialEq, Eq)]
pub struct JoinTokenText {
    /// Name of the token at the hub.
    pub token: TokenId,
    /// The secret, 16 random bytes.
    pub secret: [u8; 16],
    /// SHA-256 of the hub's certificate authority, DER.
    pub ca_sha256: [u8; 32],
    /// When it ends, microseconds UTC.
    pub expires_us: Micros,
    /// Where the hub listens, `host:port`, best first.
    pub addresses: Vec<String>,
}

impl fmt::Debug for JoinTokenText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JoinTokenText").field("token", &self.token).finish_non_exhaustive()
    }
}

/// A text that is no join token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum TokenError {
    /// It does not begin like one.
    #[error("this is no join token; one begins with wr1-")]
    NoToken,
    /// Something is missing or was mistyped.
    #[error("this join token is damaged; copy it once more, whole")]
    Damaged,
}

impl fmt::Display for JoinTokenText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut bytes = Vec::with_capacity(128);
        bytes.extend_from_slice(self.token.as_bytes());
        bytes.extend_from_slice(&self.secret);
        bytes.extend_from_slice(&self.ca_sha256);
        bytes.extend_from_slice(&self.expires_us.to_be_bytes());
        for address in &self.addresses {
            let address = &address.as_bytes()[..address.len().min(255)];
            bytes.push(address.len() as u8);
            bytes.extend_from_slice(address);
        }
        bytes.extend_from_slice(&check(&bytes));
        write!(f, "{PREFIX}{}", URL_SAFE_NO_PAD.encode(bytes))
    }
}

impl FromStr for JoinTokenText {
    type Err = TokenError;

    fn from_str(text: &str) -> Result<Self, TokenError> {
        let encoded = text.trim().strip_prefix(PREFIX).ok_or(TokenError::NoToken)?;
        if encoded.len() > 4096 {
            return Err(TokenError::Damaged);
        }
        let bytes = URL_SAFE_NO_PAD.decode(encoded).map_err(|_| TokenError::Damaged)?;
        let (bytes, sum) = bytes.split_last_chunk::<4>().ok_or(TokenError::Damaged)?;
        if check(bytes) != *sum {
            return Err(TokenError::Damaged);
        }
        parse(bytes).ok_or(TokenError::Damaged)
    }
}

fn parse(bytes: &[u8]) -> Option<JoinTokenText> {
    let (token, rest) = bytes.split_first_chunk::<16>()?;
    let (secret, rest) = rest.split_first_chunk::<16>()?;
    let (ca_sha256, rest) = rest.split_first_chunk::<32>()?;
    let (expires, mut rest) = rest.split_first_chunk::<8>()?;
    let mut addresses = Vec::new();
    while let Some((length, tail)) = rest.split_first() {
        let (address, tail) = tail.split_at_checked(usize::from(*length))?;
        addresses.push(String::from_utf8(address.to_vec()).ok()?);
        rest = tail;
    }
    ((1..=MAX_ADDRESSES).contains(&addresses.len())).then_some(JoinTokenText {
        token: TokenId(Uuid::from_bytes(*token)),
        secret: *secret,
        ca_sha256: *ca_sha256,
        expires_us: Micros::from_be_bytes(*expires),
        addresses,
    })
}

/// The first four bytes of the SHA-256: enough to notice a slip of the hand.
fn check(bytes: &[u8]) -> [u8; 4] {
    let digest = crate::tls::sha256(bytes);
    [digest[0], digest[1], digest[2], digest[3]]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sample() -> JoinTokenText {
        JoinTokenText {
            token: TokenId::derived(&["t"]),
            secret: [7; 16],
            ca_sha256: [9; 32],
            expires_us: 1_790_000_000_000_000,
            addresses: vec!["hub.example:7443".into(), "192.0.2.7:7443".into()],
        }
    }

    #[test]
    fn it_survives_being_written_and_read() {
        assert_eq!(sample().to_string().parse(), Ok(sample()));
    }

    #[test]
    fn a_mistyped_letter_is_noticed() {
        let text = sample().to_string();
        for at in PREFIX.len()..text.len() {
            let mut wrong = text.clone().into_bytes();
            wrong[at] = if wrong[at] == b'A' { b'B' } else { b'A' };
            let wrong = String::from_utf8(wrong).unwrap();
            assert!(wrong == text || wrong.parse::<JoinTokenText>().is_err(), "at {at}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in ".{0,300}") {
            let _ = text.parse::<JoinTokenText>();
            let _ = format!("wr1-{text}").parse::<JoinTokenText>();
        }
    }
}
