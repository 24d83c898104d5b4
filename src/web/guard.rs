//! What every request passes before any handler runs: who is asking, whether the request comes from our
//! own pages, and whether the door may be opened. Nothing is routed that has no door.

use super::answer::{LANGUAGE_COOKIE, LATER_COOKIE, SAID_COOKIE, THEME_COOKIE, error_page, forget_said};
use super::api;
use super::assets;
use super::auth::{self, SESSION_COOKIE, network, token_hash};
use super::context::{Shared, Visitor, signed};
use super::crowd::{TooMany, too_many_connections};
use super::door::{Standing, id_in};
use super::limits::{LOOKS, RECORDS};
use super::metrics::may_read;
use super::origin::{Ours, address};
use super::routes::{Door, allowed, door};
use super::view::Theme;
use crate::texts::Lang;
use actix_web::body::{BodySize, BoxBody, MessageBody as _};
use actix_web::dev::{ResponseHead, ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::{HttpMessage as _, HttpRequest, HttpResponse};
use watchroom_domain::{By, Command, Envelope, Micros, SessionId, Via};

/// The guard.
///
/// # Errors
/// None of its own: what is refused gets an answer.
pub async fn guard(
    mut request: ServiceRequest,
    next: Next<impl actix_web::body::MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let Some(web) = request.app_data::<Shared>().cloned() else {
        return Ok(request.into_response(HttpResponse::InternalServerError().finish()).map_into_boxed_body());
    };
    let head = only_the_head(&mut request);
    let visitor = visitor(&web, request.request());
    let crowded = request.request().conn_data::<TooMany>().map(|_| too_many_connections());
    let refused =
        crowded.or_else(|| too_much(&web, &request, &visitor)).or_else(|| refusal(&web, &request, &visitor));
    request.extensions_mut().insert(visitor.clone());
    let mut response = match refused {
        Some(answer) => request.into_response(answer),
        None => next.call(request).await?.map_into_boxed_body(),
    };
    if visitor.said.is_some() && is_page(&response) {
        // A cookie that cannot be taken away is shown once more; no reason to fail.
        let _ = response.response_mut().add_cookie(&forget_said());
    }
    let mut response = with_error_page(response, &visitor);
    secure(response.headers_mut());
    Ok(if head { response.map_body(without_a_stream) } else { response })
}

/// Whoever asks for the head of something is answered as if it were asked for whole: the server leaves out the
/// body. Nobody needs a route of their own for that, and none can be forgotten.
fn only_the_head(request: &mut ServiceRequest) -> bool {
    let head = *request.method() == Method::HEAD;
    if head {
        request.head_mut().method = Method::GET;
        // A line that goes on is no answer that has a head only.
        request.headers_mut().remove(header::UPGRADE);
    }
    head
}

/// What is written while it is sent would be written for nobody.
fn without_a_stream(_: &mut ResponseHead, body: BoxBody) -> BoxBody {
    match body.size() {
        BodySize::Stream => BoxBody::new(actix_web::body::None::new()),
        BodySize::None | BodySize::Sized(_) => body,
    }
}

fn visitor(web: &Shared, request: &HttpRequest) -> Visitor {
    let cookie = |name: &str| request.cookie(name).map(|c| c.value().to_owned());
    let accepted = request.headers().get(header::ACCEPT_LANGUAGE).and_then(|v| v.to_str().ok());
    let now_us = web.clock.now_us();
    let signed = match api::bearer::shown(request) {
        Some(token) => web.views.with(|state| api::bearer::signed(state, token, now_us)),
        None => {
            let token = cookie(SESSION_COOKIE).map(|secret| token_hash(&secret));
            token.and_then(|t| web.views.with(|state| signed(state, &t, now_us)))
        }
    };
    // What the account says stands above what this browser chose.
    let own = signed.as_ref().map(|s| s.language.clone()).filter(|language| !language.is_empty());
    let chosen = own.or_else(|| cookie(LANGUAGE_COOKIE));
    let lang = match (&chosen, accepted) {
        (None, None) => web.language,
        _ => Lang::negotiate(chosen.as_deref(), accepted),
    };
    let l = web.locale(lang);
    let address = address(request, &web.tuning.now().trusted_proxies);
    match signed.as_ref().map(|signed| signed.via) {
        Some(Via::Session(session)) => {
            web.sessions_used.note(session, now_us);
            note_move(web, session, &address, now_us);
        }
        Some(Via::Token(token)) => web.tokens_used.note(token, now_us),
        None => {}
    }
    let browser = request.headers().get(header::USER_AGENT).and_then(|v| v.to_str().ok());
    let here = request.uri().path_and_query().map_or("/", |p| p.as_str()).chars().take(2_000).collect();
    Visitor {
        signed,
        l,
        theme: Theme::from_word(cookie(THEME_COOKIE).as_deref().unwrap_or_default()),
        here,
        address,
        browser: browser.map(auth::browser).unwrap_or_default(),
        device: cookie(auth::DEVICE_COOKIE).unwrap_or_default(),
        put_aside: cookie(LATER_COOKIE).unwrap_or_default(),
        looks: request.method().is_safe(),
        said: cookie(SAID_COOKIE).filter(|key| key.starts_with("notice-") && lang.has(key)),
    }
}

/// Has it noted that a session is used from another address than before; the request does not wait for that.
fn note_move(web: &Shared, session: SessionId, address: &str, now_us: Micros) {
    if web.views.with(|state| state.has_moved(session, address, now_us)) {
        let (registry, address) = (web.registry.clone(), address.to_owned());
        let command = Command::NoteSessionMoved { session, address };
        // Whatever comes of it, the next request notes it too.
        web.runtime.spawn(async move { registry.submit(Envelope::new(By::Hub, command)).await.is_ok() });
    }
}

/// The answer to who asks for too much: by the address, and by the account, or the screen on the wall.
fn too_much(web: &Shared, request: &ServiceRequest, visitor: &Visitor) -> Option<HttpResponse> {
    let path = request.path();
    if path.starts_with("/assets/") {
        return None;
    }
    let tuned = web.tuning.now();
    let cost = if request.method().is_safe() { LOOKS } else { RECORDS };
    let take = |whose: (&str, &str), per_s| web.limits.take(whose, per_s, cost, visitor.l.now_us);
    let address = network(&visitor.address);
    let taken = take(("address", &address), tuned.requests_per_address).and_then(|()| {
        let per_s = tuned.requests_per_account;
        match (&visitor.signed, path.strip_prefix("/wall/").and_then(|rest| rest.split('/').next())) {
            (Some(signed), _) => take(("account", &signed.person.to_string()), per_s),
            (None, Some(secret)) if is_wall(web, secret) => take(("wall", secret), per_s),
            (None, _) => take(("stranger", &address), per_s),
        }
    });
    let seconds = taken.err()?;
    Some(HttpResponse::TooManyRequests().insert_header((header::RETRY_AFTER, seconds)).finish())
}

fn is_wall(web: &Shared, secret: &str) -> bool {
    let secret_sha256 = token_hash(secret);
    web.views.with(|state| state.wall_by_secret(&secret_sha256).is_some())
}

/// The answer instead of the handler's, if the request may not reach it.
fn refusal(web: &Shared, request: &ServiceRequest, visitor: &Visitor) -> Option<HttpResponse> {
    let pattern = request.match_pattern()?;
    let safe = *request.method() == Method::GET;
    let live = pattern.ends_with("/live");
    // Nobody else's page can make a browser send a token.
    let token = api::bearer::shown(request.request()).is_some();
    let ours = Ours { tls: request.app_config().secure(), public_url: &web.public_url };
    if (!safe || live) && !token && !ours.sent(request.headers(), live) {
        return Some(HttpResponse::Forbidden().finish());
    }
    match door(request.method(), &pattern) {
        None => {
            let allow = (header::ALLOW, allowed(&pattern));
            Some(HttpResponse::MethodNotAllowed().insert_header(allow).finish())
        }
        Some(Door::Open) => None,
        Some(Door::Scraper) => match &web.tuning.now().metrics_token {
            None => Some(HttpResponse::NotFound().finish()),
            Some(token) if may_read(request.headers(), token) => None,
            Some(_) => Some(HttpResponse::Unauthorized().finish()),
        },
        Some(Door::May(_) | Door::On(..)) if visitor.signed.is_none() => {
            Some(sign_in_first(request, &pattern, visitor))
        }
        Some(Door::May(action)) if visitor.may(action) => None,
        Some(Door::May(_) | Door::On(..)) if visitor.signed.as_ref().is_some_and(|s| s.waits) => {
            Some(confirm_first(request, &pattern))
        }
        Some(Door::May(_)) => Some(HttpResponse::Forbidden().finish()),
        Some(Door::On(action, right, what)) => {
            let id = id_in(&pattern, request.path()).unwrap_or_default();
            let who = visitor.principal();
            match web.views.ask(|models| what.standing(models, who, right, id)) {
                Standing::Absent => Some(HttpResponse::NotFound().finish()),
                Standing::Enough if visitor.may(action) => None,
                Standing::Seen | Standing::Enough => Some(HttpResponse::Forbidden().finish()),
            }
        }
    }
}

fn is_for_a_page(request: &ServiceRequest, pattern: &str) -> bool {
    request.method() == Method::GET
        && (pattern == "/api/docs" || !["/regions", "/api"].iter().any(|prefix| pattern.starts_with(prefix)))
        && !["/live", "/board"].iter().any(|end| pattern.ends_with(end))
}

/// Whoever has registered and not confirmed the mail address may do nothing but that.
fn confirm_first(request: &ServiceRequest, pattern: &str) -> HttpResponse {
    if !is_for_a_page(request, pattern) {
        return HttpResponse::Forbidden().finish();
    }
    HttpResponse::SeeOther().insert_header((header::LOCATION, "/account/confirm")).finish()
}

/// A page leads to the form to sign in and back; everything else is told so by its status.
fn sign_in_first(request: &ServiceRequest, pattern: &str, visitor: &Visitor) -> HttpResponse {
    if !is_for_a_page(request, pattern) {
        return HttpResponse::Unauthorized().finish();
    }
    let next: String = visitor.here.bytes().map(escape).collect();
    let location = if visitor.here == "/" { "/login".to_owned() } else { format!("/login?next={next}") };
    HttpResponse::SeeOther().insert_header((header::LOCATION, location)).finish()
}

fn escape(byte: u8) -> String {
    match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
            char::from(byte).to_string()
        }
        _ => format!("%{byte:02X}"),
    }
}

fn is_page(response: &ServiceResponse<BoxBody>) -> bool {
    response.status() == StatusCode::OK
        && response
            .headers()
            .get(header::CONTENT_TYPE)
            .and_then(|v| v.to_str().ok())
            .is_some_and(|t| t.starts_with("text/html"))
        && !response.request().path().starts_with("/regions")
}

/// An error without a body gets a page that says what to do.
fn with_error_page(response: ServiceResponse<BoxBody>, visitor: &Visitor) -> ServiceResponse<BoxBody> {
    let status = response.status();
    let empty = matches!(response.response().body().size(), BodySize::Sized(0));
    let failed = status.is_client_error() || status.is_server_error();
    if response.request().path().starts_with("/api/") {
        return api::in_words(response);
    }
    if !failed || !empty {
        return response;
    }
    let kept = [header::RETRY_AFTER, header::ALLOW];
    let kept = kept.map(|name| response.headers().get(&name).cloned().map(|value| (name, value)));
    match error_page(visitor.l, visitor.theme, &visitor.here, status) {
        Ok(mut page) => {
            for (name, value) in kept.into_iter().flatten() {
                page.headers_mut().insert(name, value);
            }
            response.into_response(page)
        }
        Err(_) => response,
    }
}

fn secure(headers: &mut HeaderMap) {
    for (name, value) in [
        ("content-security-policy", assets::CONTENT_SECURITY_POLICY),
        ("strict-transport-security", "max-age=31536000"),
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "same-origin"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
        ("permissions-policy", "camera=(), microphone=(), geolocation=(), payment=()"),
    ] {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
}
