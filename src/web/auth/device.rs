//! Browsers in which a person has signed in before: known by a cookie that nobody else can make. It opens nothing;
//! such a browser is only not kept waiting for what others fail.

use crate::fresh;
use crate::letters::LinkSecrets;
use actix_web::cookie::time::Duration;
use actix_web::cookie::{Cookie, SameSite};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use subtle::ConstantTimeEq as _;
use watchroom_domain::SubjectId;

/// Name of the cookie.
pub const DEVICE_COOKIE: &str = "__Host-known";
/// Random bytes, so that two browsers of one person are told apart.
const NONCE_BYTES: usize = 16;
/// Bytes of the proof behind them.
const PROOF_BYTES: usize = 32;
/// How long a browser is known.
const KNOWN: Duration = Duration::days(400);

/// The cookie of a browser in which this person has just signed in.
pub fn device_cookie(secrets: &LinkSecrets, person: SubjectId) -> Cookie<'static> {
    let nonce = fresh::secret::<NONCE_BYTES>();
    let mut value = nonce.to_vec();
    value.extend_from_slice(&secrets.device(person, &nonce));
    Cookie::build(DEVICE_COOKIE, URL_SAFE_NO_PAD.encode(value))
        .path("/")
        .secure(true)
        .http_only(true)
        .same_site(SameSite::Strict)
        .max_age(KNOWN)
        .finish()
}

/// Whether the person has signed in before from the browser that shows this. The same work is done for nobody.
pub fn is_known(secrets: &LinkSecrets, value: &str, person: Option<SubjectId>) -> bool {
    let Ok(bytes) = URL_SAFE_NO_PAD.decode(value) else { return false };
    if bytes.len() != NONCE_BYTES + PROOF_BYTES {
        return false;
    }
    let (nonce, proof) = bytes.split_at(NONCE_BYTES);
    let of = person.unwrap_or_else(|| SubjectId::derived(&["nobody"]));
    let right = bool::from(secrets.device(of, nonce).ct_eq(proof));
    right && person.is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_is_known_for_its_person_only_and_nobody_makes_such_a_cookie() {
        let (own, other) = (LinkSecrets::new([1; 32]), LinkSecrets::new([2; 32]));
        let (ada, bob) = (SubjectId::derived(&["ada"]), SubjectId::derived(&["bob"]));
        let cookie = device_cookie(&own, ada);
        let value = cookie.value();
        assert!(is_known(&own, value, Some(ada)));
        assert!(!is_known(&own, value, Some(bob)) && !is_known(&own, value, None));
        assert!(!is_known(&other, value, Some(ada)));
        assert!(!is_known(&own, &value[1..], Some(ada)) && !is_known(&own, "", Some(ada)));
        assert_ne!(device_cookie(&own, ada).value(), value, "each browser is one of its own");
    }
}
