//! What every request of the API passes behind its door: no query where none is understood, and requests that
//! carry an `Idempotency-Key` are carried out once, however often they come.

use super::error::{ApiError, said, translated};
use super::operation_of;
use super::table::{Gives, Operation};
use crate::views::{Asked, CommandAsker, UnderWay};
use crate::web::Shared;
use crate::web::auth::network;
use crate::web::context::Visitor;
use actix_web::body::{BoxBody, MessageBody, to_bytes};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_LANGUAGE, CONTENT_TYPE, ETAG, HeaderName, HeaderValue, LOCATION, SET_COOKIE,
};
use actix_web::middleware::Next;
use actix_web::web::Bytes;
use actix_web::{HttpMessage as _, HttpResponse, ResponseError as _};
use futures_util::stream;
use serde::{Deserialize, Serialize};
use std::future::ready;

/// The header with the sender's key.
const KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// Says that an answer was given before.
const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");
/// When to ask again where no more keys are kept, in seconds: they go as they have come, over a day.
const KEYS_WAIT_S: u32 = 600;
/// Longest key, in bytes.
const LONGEST_KEY: usize = 255;

/// The headers that are kept of an answer, each as often as it comes.
const KEPT: [HeaderName; 5] = [CONTENT_TYPE, CONTENT_LANGUAGE, LOCATION, ETAG, SET_COOKIE];

/// An answer as it is kept.
#[derive(Deserialize, Serialize)]
struct Kept {
    status: u16,
    headers: Vec<(String, String)>,
    body: String,
}

/// The way in.
///
/// # Errors
/// None of its own: what is refused gets an answer.
pub async fn enter(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let pattern = request.match_pattern().unwrap_or_default();
    let operation = operation_of(request.method(), &pattern);
    if let Some(error) = operation.and_then(|operation| unasked_query(operation, request.query_string())) {
        return Ok(request.into_response(error.error_response()));
    }
    if request.method() != "POST" || !request.headers().contains_key(KEY) {
        return Ok(next.call(request).await?.map_into_boxed_body());
    }
    // On its own: what was begun is ended and kept, whether or not its sender still listens.
    let running = actix_rt::spawn(keyed(request, next));
    running.await.map_err(|_| ApiError::unavailable("The hub is stopping."))?
}

fn unasked_query(operation: &Operation, query: &str) -> Option<ApiError> {
    let understood = operation.query.is_some() || matches!(operation.gives, Gives::List(_));
    if understood || query.is_empty() {
        return None;
    }
    let detail = "This operation has no query parameters.";
    Some(ApiError::new(StatusCode::BAD_REQUEST, "bad_query", detail))
}

async fn keyed(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let body: Bytes = match request.extract::<Bytes>().await {
        Ok(body) => body,
        // The guard puts it into words, as it does for what comes without a key.
        Err(error) => return Ok(request.error_response(error)),
    };
    match claim(&request, &body).await {
        Err(error) => Ok(request.into_response(error.error_response())),
        Ok(Claimed::Before(answer)) => Ok(request.into_response(answer)),
        Ok(Claimed::Ours(under_way)) => {
            let whole = stream::once(ready(Ok(body)));
            request.set_payload(Payload::Stream { payload: Box::pin(whole) });
            match next.call(request).await {
                Ok(response) => keep(under_way, translated(response.map_into_boxed_body())).await,
                Err(error) => {
                    let refused = error.error_response();
                    settle(under_way, refused.status(), None).await;
                    Err(error)
                }
            }
        }
    }
}

enum Claimed {
    Ours(UnderWay),
    Before(HttpResponse),
}

async fn claim(request: &ServiceRequest, body: &[u8]) -> Result<Claimed, ApiError> {
    let key = key(request)?;
    let known = request.extensions().get::<Visitor>().cloned();
    let visitor = known.ok_or_else(ApiError::forbidden)?;
    let web = request.app_data::<Shared>().ok_or_else(|| ApiError::unavailable("The hub is starting."))?;
    let address = network(&visitor.address);
    // A stranger's key is that of the address.
    let asker = match &visitor.signed {
        Some(signed) => CommandAsker::Person(signed.person),
        None => CommandAsker::Stranger(&address),
    };
    let head = format!("{}\n{}\n", request.method(), visitor.here);
    let asked = [head.as_bytes(), body].concat();
    let problem = |status, code| ApiError::new(status, code, said(code));
    match web.answers.ask(asker, key, asked, visitor.l.now_us).await? {
        Asked::First(under_way) => Ok(Claimed::Ours(under_way)),
        Asked::Before(kept) => replay(&kept).map(Claimed::Before),
        Asked::Another => Err(ApiError::field(
            StatusCode::UNPROCESSABLE_ENTITY,
            "key_reused",
            "Idempotency-Key",
            said("key_reused"),
        )),
        Asked::UnderWay => Err(problem(StatusCode::CONFLICT, "under_way").again_in(1)),
        Asked::TooMany => Err(problem(StatusCode::TOO_MANY_REQUESTS, "too_many_keys").again_in(KEYS_WAIT_S)),
        Asked::Full => {
            let detail =
                "The hub keeps as many Idempotency-Keys as it can at the moment, so nothing was done.";
            Err(ApiError::unavailable(detail).again_in(KEYS_WAIT_S))
        }
        Asked::Lost => Err(problem(StatusCode::CONFLICT, "outcome_unknown")),
    }
}

fn key(request: &ServiceRequest) -> Result<&str, ApiError> {
    let mut given = request.headers().get_all(KEY);
    let key = given.next().and_then(|value| value.to_str().ok());
    let fits = |key: &&str| {
        (1..=LONGEST_KEY).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic())
    };
    match (key.filter(fits), given.next()) {
        (Some(key), None) => Ok(key),
        _ => Err(ApiError::field(
            StatusCode::BAD_REQUEST,
            "bad_header",
            "Idempotency-Key",
            "One header with 1 to 255 visible ASCII characters, without spaces.",
        )),
    }
}

fn replay(kept: &[u8]) -> Result<HttpResponse, ApiError> {
    let kept: Option<Kept> = serde_json::from_slice(kept).ok();
    let status = kept.as_ref().and_then(|kept| StatusCode::from_u16(kept.status).ok());
    let (Some(kept), Some(status)) = (kept, status) else {
        return Err(ApiError::unavailable("The answer that was kept cannot be read."));
    };
    let mut response = HttpResponse::build(status);
    response.insert_header((REPLAYED, "true")).insert_header((CACHE_CONTROL, "no-store"));
    for header in kept.headers {
        response.append_header(header);
    }
    Ok(if kept.body.is_empty() { response.finish() } else { response.body(kept.body) })
}

/// Keeps an answer that stands; what the hub could not do at the moment may be asked again.
async fn keep(
    under_way: UnderWay,
    response: ServiceResponse<BoxBody>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let (request, response) = response.into_parts();
    let (response, body) = response.into_parts();
    let bytes = to_bytes(body).await.map_err(|_| ApiError::unavailable("The answer broke off."))?;
    let told = KEPT.iter().flat_map(|name| response.headers().get_all(name).map(move |value| (name, value)));
    let text = |(name, value): (&HeaderName, &HeaderValue)| {
        Some((name.to_string(), value.to_str().ok()?.to_owned()))
    };
    let kept = Kept {
        status: response.status().as_u16(),
        headers: told.filter_map(text).collect(),
        body: String::from_utf8_lossy(&bytes).into_owned(),
    };
    settle(under_way, response.status(), serde_json::to_vec(&kept).ok()).await;
    Ok(ServiceResponse::new(request, response.set_body(BoxBody::new(bytes))))
}

async fn settle(under_way: UnderWay, status: StatusCode, kept: Option<Vec<u8>>) {
    let passing = status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS;
    let settled = match kept.filter(|_| !passing) {
        Some(kept) => under_way.answered(kept).await,
        None => under_way.came_to_nothing().await,
    };
    if let Err(error) = settled {
        tracing::error!(%error, "an answer could not be kept; its key is told that the outcome is unknown");
    }
}
