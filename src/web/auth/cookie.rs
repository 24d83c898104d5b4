//! The session's cookie: 32 random bytes, of which the log knows a hash only.

use crate::fresh;
use actix_web::cookie::time::Duration;
use actix_web::cookie::{Cookie, SameSite};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use watchroom_domain::{Micros, SECOND_US};

/// Name of the cookie. The prefix makes browsers hold it to this very host, over TLS only.
pub const SESSION_COOKIE: &str = "__Host-watchroom";

/// A new session's cookie and the hash of its secret.
pub fn session_cookie(life_us: Micros) -> (Cookie<'static>, String) {
    let secret = URL_SAFE_NO_PAD.encode(fresh::secret::<32>());
    let hash = token_hash(&secret);
    (cookie(secret, Duration::seconds(life_us / SECOND_US)), hash)
}

/// Takes the cookie away.
pub fn clear_cookie() -> Cookie<'static> {
    cookie(String::new(), Duration::ZERO)
}

/// SHA-256 of a cookie's secret, hex.
pub fn token_hash(secret: &str) -> String {
    fresh::fingerprint(secret.as_bytes())
}

fn cookie(value: String, life: Duration) -> Cookie<'static> {
    Cookie::build(SESSION_COOKIE, value)
        .path("/")
        .secure(true)
        .http_only(true)
        .same_site(SameSite::Lax)
        .max_age(life)
        .finish()
}
