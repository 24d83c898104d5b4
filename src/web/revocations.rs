//! The list of revoked certificates, which every certificate of the hub's own authority names.

use super::Shared;
use super::answer::{Answer, WebError};
use crate::authority::Authority;
use actix_web::HttpResponse;
use actix_web::web::Bytes;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use watchroom_domain::{GivenUp, HOUR_US, Micros};

/// Where the list lies.
pub const REVOCATIONS: &str = "/ca.crl";
/// How long a list is handed out that was signed once, while nothing else is revoked.
const KEPT_US: Micros = HOUR_US;

struct Signed {
    at_us: Micros,
    of: BTreeMap<String, GivenUp>,
    list: Bytes,
}

/// Signs the list, and no oftener than is needed: everybody may ask for it.
pub struct Revocations {
    authority: Arc<Authority>,
    signed: Mutex<Option<Signed>>,
}

impl Revocations {
    /// Of this authority.
    pub fn new(authority: Arc<Authority>) -> Self {
        Self { authority, signed: Mutex::default() }
    }

    fn list(&self, given_up: &BTreeMap<String, GivenUp>, now_us: Micros) -> Result<Bytes, WebError> {
        let mut signed = self.signed.lock().unwrap_or_else(PoisonError::into_inner);
        let good = |kept: &&Signed| (0..KEPT_US).contains(&(now_us - kept.at_us)) && kept.of == *given_up;
        if let Some(kept) = signed.as_ref().filter(good) {
            return Ok(kept.list.clone());
        }
        let list = Bytes::from(self.authority.revocations(given_up, now_us)?);
        *signed = Some(Signed { at_us: now_us, of: given_up.clone(), list: list.clone() });
        Ok(list)
    }
}

/// The list (RFC 5280, DER).
///
/// # Errors
/// When it cannot be signed.
pub async fn list(web: Shared) -> Answer {
    let list = web.views.with(|state| web.revocations.list(&state.given_up, web.clock.now_us()))?;
    Ok(HttpResponse::Ok().content_type("application/pkix-crl").body(list))
}
