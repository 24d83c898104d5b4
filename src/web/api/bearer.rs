//! Tokens: `Authorization: Bearer wrt_…` opens the API, and nothing else.

use crate::web::auth::token_hash;
use crate::web::context::Signed;
use actix_web::HttpRequest;
use actix_web::http::header::AUTHORIZATION;
use watchroom_domain::{Micros, State, Via};

/// What every token begins with, so that one that leaks is known for what it is.
pub const PREFIX: &str = "wrt_";
/// Paths that tokens open begin with this.
const OPENED: &str = "/api/v1/";

/// The token that a request shows: none where it shows nothing or asks for anything but the API, and an empty
/// one where it shows something else. Whoever shows a token is not looked at for a cookie.
pub fn shown(request: &HttpRequest) -> Option<&str> {
    if !request.path().starts_with(OPENED) {
        return None;
    }
    let header = request.headers().get(AUTHORIZATION)?.to_str().unwrap_or_default();
    let (scheme, token) = header.split_once(' ').unwrap_or_default();
    let fits = scheme.eq_ignore_ascii_case("bearer") && token.trim().starts_with(PREFIX);
    Some(if fits { token.trim() } else { "" })
}

/// The person in whose name a token acts, if the token and the account are open.
pub fn signed(state: &State, token: &str, now_us: Micros) -> Option<Signed> {
    let token = state.api_token_by_secret(&token_hash(token)).filter(|token| token.expires_us > now_us)?;
    let person = state.people.get(&token.person).filter(|person| !person.suspended)?;
    Some(Signed {
        person: person.person,
        via: Via::Token(token.token),
        scopes: Some(token.scopes.iter().copied().collect()),
        name: person.display_name.clone(),
        role: person.role,
        waits: person.profile.waits,
        language: person.profile.language.clone(),
    })
}
