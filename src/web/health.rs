//! Whether the hub lives and can record, for service managers.

use super::Shared;
use actix_web::HttpResponse;
use actix_web::http::header::CACHE_CONTROL;

/// Lives.
pub async fn alive() -> HttpResponse {
    HttpResponse::Ok().insert_header((CACHE_CONTROL, "no-store")).body("ok\n")
}

/// Can be used: the log can be read, the registry works, and no part of the hub is at fault.
pub async fn ready(web: Shared) -> HttpResponse {
    let (readable, records) = tokio::join!(web.archive.readable(), web.registry.responds());
    let mut said = String::new();
    if !readable {
        said.push_str("the event log cannot be read\n");
    }
    if !records {
        said.push_str("nothing is recorded\n");
    }
    for (part, why) in web.health.faults() {
        said.push_str(&format!("{part}: {why}\n"));
    }
    let mut answer = if said.is_empty() { HttpResponse::Ok() } else { HttpResponse::ServiceUnavailable() };
    if said.is_empty() {
        said.push_str("ready\n");
    }
    for (part, why) in web.health.concerns() {
        said.push_str(&format!("{part}: {why}\n"));
    }
    answer.insert_header((CACHE_CONTROL, "no-store")).body(said)
}
