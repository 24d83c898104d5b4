//! Whether the hub lives and can record, for service managers.

use super::Shared;
use actix_web::HttpResponse;
use actix_web::http::header::CACHE_CONTROL;

/// Lives.
pub async fn alive() -> HttpResponse {
    HttpResponse::Ok().insert_header((CACHE_CONTROL, "no-store")).body("ok\n")
}

/// Can be used: the log can be read.
pub async fn ready(web: Shared) -> HttpResponse {
    if web.archive.readable().await {
        HttpResponse::Ok().insert_header((CACHE_CONTROL, "no-store")).body("ready\n")
    } else {
        HttpResponse::ServiceUnavailable().body("the event log cannot be read\n")
    }
}
