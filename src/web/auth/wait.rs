//! What is said to whoever has to wait.

use actix_web::HttpResponse;
use actix_web::http::header::{HeaderValue, RETRY_AFTER};
use watchroom_domain::Refusal;

/// Why nothing was done.
pub fn too_many() -> Refusal {
    Refusal::new("too_many_tries", "Too many tries. Wait a while, then try again.")
}

/// An answer that says how long to wait, in seconds.
pub fn after(mut response: HttpResponse, wait_s: i64) -> HttpResponse {
    response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(wait_s));
    response
}
