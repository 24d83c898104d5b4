//! What every request passes before any handler runs: who is asking, whether the request comes from our
//! own pages, and whether the door may be opened. Nothing is routed that has no door.

use super::answer::{LATER_COOKIE, SAID_COOKIE, error_page, forget_said};
use super::api;
use super::assets;
use super::auth::{self, SESSION_COOKIE, network, token_hash};
use super::context::{Shared, Visitor, signed};
use super::door::{Standing, id_in};
use super::limits::{LOOKS, RECORDS};
use super::metrics::may_read;
use super::routes::{Door, allowed, door};
use super::view::Theme;
use crate::texts::Lang;
use actix_web::body::{BoxBody, MessageBody as _};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::{HttpMessage as _, HttpRequest, HttpResponse};
use std::net::IpAddr;
use watchroom_domain::{By, Command, Envelope, Micros, SessionId, Via};

/// The guard.
///
/// # Errors
/// None of its own: what is refused gets an answer.
pub async fn guard(
    request: ServiceRequest,
    next: Next<impl actix_web::body::MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let Some(web) = request.app_data::<Shared>().cloned() else {
        return Ok(request.into_response(HttpResponse::InternalServerError().finish()).map_into_boxed_body());
    };
    let visitor = visitor(&web, request.request());
    let refused = too_much(&web, &request, &visitor).or_else(|| refusal(&web, &request, &visitor));
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
    Ok(response)
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
    let chosen = own.or_else(|| cookie("lang"));
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
        theme: Theme::from_word(cookie("theme").as_deref().unwrap_or_default()),
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

/// The address that a request came from; what a proxy says is believed from trusted ones only.
fn address(request: &HttpRequest, trusted: &[IpAddr]) -> String {
    let Some(peer) = request.peer_addr().map(|a| a.ip()) else { return String::new() };
    // A dual-stack listener shows addresses of IPv4 in the clothes of IPv6.
    let peer = peer.to_canonical();
    // Some proxies add a line of their own behind what the client sent: only the very last word is theirs.
    let forwarded = request.headers().get_all("X-Forwarded-For").last().and_then(|v| v.to_str().ok());
    match forwarded
        .and_then(|list| list.rsplit(',').next())
        .and_then(|last| last.trim().parse::<IpAddr>().ok())
    {
        Some(client) if trusted.contains(&peer) => client.to_canonical().to_string(),
        _ => peer.to_string(),
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
    let safe = matches!(*request.method(), Method::GET | Method::HEAD);
    let live = pattern.ends_with("/live");
    // Nobody else's page can make a browser send a token.
    let token = api::bearer::shown(request.request()).is_some();
    let tls = request.app_config().secure();
    if (!safe || live) && !token && !own_page(request.headers(), live, tls) {
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

/// Whether one of our own pages sends this. A browser names the origin with every POST and every
/// WebSocket, and nobody but a browser carries somebody else's cookies. What comes over TLS comes from no page that
/// came without: anybody on the way may have made that one.
fn own_page(headers: &HeaderMap, live: bool, tls: bool) -> bool {
    let text = |name: HeaderName| headers.get(name).and_then(|v| v.to_str().ok());
    let host = text(header::HOST);
    match text(header::ORIGIN) {
        Some(origin) => {
            let plain = || origin.strip_prefix("http://").filter(|_| !tls);
            let named = origin.strip_prefix("https://").or_else(plain);
            named.is_some() && named == host
        }
        // Without an origin only what says that it is no cross-site request, or is no browser at all.
        None => {
            !live && text(HeaderName::from_static("sec-fetch-site")).is_some_and(|site| site == "same-origin")
        }
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
    let empty = matches!(response.response().body().size(), actix_web::body::BodySize::Sized(0));
    let failed = status.is_client_error() || status.is_server_error();
    if response.request().path().starts_with("/api/") {
        return api::in_words(response);
    }
    if !failed || !empty {
        return response;
    }
    let kept = response.headers().get(header::RETRY_AFTER).cloned();
    match error_page(visitor.l, visitor.theme, &visitor.here, status) {
        Ok(mut page) => {
            if let Some(value) = kept {
                page.headers_mut().insert(header::RETRY_AFTER, value);
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

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    fn from(headers: &[(&'static str, &'static str)], live: bool) -> bool {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        own_page(&map, live, true)
    }

    #[test]
    fn only_our_own_pages_change_anything() {
        let host = ("host", "hub.example:8443");
        assert!(from(&[host, ("origin", "https://hub.example:8443")], false));
        assert!(!from(&[host, ("origin", "https://evil.example")], false));
        assert!(!from(&[host, ("origin", "https://hub.example:8443.evil.example")], false));
        assert!(
            !from(&[host, ("origin", "http://hub.example:8443")], false),
            "anybody could have made that page"
        );
        assert!(!from(&[host, ("origin", "null")], false));
        assert!(!from(&[host], false), "nothing said is not ours");
        assert!(from(&[host, ("sec-fetch-site", "same-origin")], false));
        assert!(!from(&[host, ("sec-fetch-site", "cross-site")], false));
        assert!(!from(&[host, ("sec-fetch-site", "same-origin")], true), "a WebSocket names its origin");
    }

    #[test]
    fn a_proxy_is_believed_its_own_word_and_nothing_that_it_passes_on() {
        let trusted = ["192.0.2.1".parse().unwrap()];
        let from = |peer: &str, said: &[&str]| {
            let peer = format!("{peer}:9").parse().unwrap();
            let request = TestRequest::default().peer_addr(peer);
            let request = said.iter().fold(request, |r, word| r.append_header(("X-Forwarded-For", *word)));
            address(&request.to_http_request(), &trusted)
        };
        assert_eq!(from("192.0.2.1", &["203.0.113.7, 198.51.100.2"]), "198.51.100.2");
        assert_eq!(from("192.0.2.1", &["203.0.113.7", "198.51.100.2"]), "198.51.100.2");
        assert_eq!(from("[::ffff:192.0.2.1]", &["198.51.100.2"]), "198.51.100.2");
        assert_eq!(from("192.0.2.1", &["somebody"]), "192.0.2.1");
        assert_eq!(from("192.0.2.9", &["198.51.100.2"]), "192.0.2.9", "anybody else may say anything");
    }
}
