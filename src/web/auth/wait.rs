//! What is said to whoever has to wait.

use actix_web::HttpResponse;
use actix_web::http::header::{HeaderValue, RETRY_AFTER};
use watchroom_domain::{Micros, Refusal, SECOND_US};

/// Why nothing was done.
pub fn too_many() -> Refusal {
    Refusal::new("too_many_tries", "Too many tries. Wait a while, then try again.")
}

/// An answer that says how long to wait, in microseconds.
pub fn after(mut response: HttpResponse, wait_us: Micros) -> HttpResponse {
    let seconds = HeaderValue::from((wait_us + SECOND_US - 1) / SECOND_US);
    response.headers_mut().insert(RETRY_AFTER, seconds);
    response
}
