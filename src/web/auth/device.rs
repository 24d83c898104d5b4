//! Browsers in which a person has signed in before: known by a cookie that nobody else can make. It opens nothing;
//! such a browser is only not kept waiting for what others fail. With another password or another second step all
//! are unknown again: whoever has got hold of the old ones keeps no advantage.

use crate::fresh;
use crate::letters::LinkSecrets;
use actix_web::HttpResponse;
use actix_web::cookie::time::Duration;
use actix_web::cookie::{Cookie, SameSite};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::digest;
use subtle::ConstantTimeEq as _;
use watchroom_domain::{State, SubjectId};

/// Name of the cookie.
pub const DEVICE_COOKIE: &str = "__Host-known";
/// Random bytes, so that two browsers of one person are told apart.
const NONCE_BYTES: usize = 16;
/// Bytes of the proof behind them.
const PROOF_BYTES: usize = 32;
/// How long a browser is known.
const KNOWN: Duration = Duration::days(400);

/// Somebody, and what opens their account at this moment.
#[derive(Clone, Copy)]
pub struct Owner {
    person: SubjectId,
    /// SHA-256 of the password's hash and of when the second step was turned on.
    by: [u8; 32],
}

impl Owner {
    /// Who has shown the password of this hash.
    pub fn by_password(state: &State, person: SubjectId, password_phc: &str) -> Self {
        let since_us = state.second_factors.get(&person).map(|factor| factor.since_us);
        let mut both = digest::Context::new(&digest::SHA256);
        both.update(&since_us.unwrap_or_default().to_be_bytes());
        both.update(password_phc.as_bytes());
        let mut by = [0; 32];
        by.copy_from_slice(both.finish().as_ref());
        Self { person, by }
    }

    /// Whose account this is.
    pub fn of(state: &State, person: SubjectId) -> Option<Self> {
        state.people.get(&person).map(|known| Self::by_password(state, person, &known.password_phc))
    }
}

/// The cookie of a browser in which this person has just shown what opens the account.
pub fn device_cookie(secrets: &LinkSecrets, owner: Owner) -> Cookie<'static> {
    let nonce = fresh::secret::<NONCE_BYTES>();
    let mut value = nonce.to_vec();
    value.extend_from_slice(&secrets.device(owner.person, &owner.by, &nonce));
    Cookie::build(DEVICE_COOKIE, URL_SAFE_NO_PAD.encode(value))
        .path("/")
        .secure(true)
        .http_only(true)
        .same_site(SameSite::Strict)
        .max_age(KNOWN)
        .finish()
}

/// An answer by which the browser stays known, unless the answer sees to that already.
pub fn stays_known(mut response: HttpResponse, device: Option<&Cookie<'static>>) -> HttpResponse {
    let said = response.cookies().any(|cookie| cookie.name() == DEVICE_COOKIE);
    if let Some(device) = device.filter(|_| !said) {
        // The value is our own base64, which fits into a cookie.
        let _ = response.add_cookie(device);
    }
    response
}

/// Whether the person has signed in before from the browser that shows this, by what opens the account now. The same
/// work is done for nobody.
pub fn is_known(secrets: &LinkSecrets, value: &str, owner: Option<Owner>) -> bool {
    let Ok(bytes) = URL_SAFE_NO_PAD.decode(value) else { return false };
    if bytes.len() != NONCE_BYTES + PROOF_BYTES {
        return false;
    }
    let (nonce, proof) = bytes.split_at(NONCE_BYTES);
    let of = owner.unwrap_or_else(|| Owner { person: SubjectId::derived(&["nobody"]), by: [0; 32] });
    let right = bool::from(secrets.device(of.person, &of.by, nonce).ct_eq(proof));
    right && owner.is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_is_known_for_its_person_only_and_nobody_makes_such_a_cookie() {
        let (own, other) = (LinkSecrets::new([1; 32]), LinkSecrets::new([2; 32]));
        let state = State::default();
        let by = |name, phc| Owner::by_password(&state, SubjectId::derived(&[name]), phc);
        let (ada, bob) = (by("ada", "$1"), by("bob", "$1"));
        let cookie = device_cookie(&own, ada);
        let value = cookie.value();
        assert!(is_known(&own, value, Some(ada)));
        assert!(!is_known(&own, value, Some(bob)) && !is_known(&own, value, None));
        assert!(!is_known(&own, value, Some(by("ada", "$2"))), "the password is another one");
        assert!(!is_known(&other, value, Some(ada)));
        assert!(!is_known(&own, &value[1..], Some(ada)) && !is_known(&own, "", Some(ada)));
        assert_ne!(device_cookie(&own, ada).value(), value, "each browser is one of its own");
    }
}
