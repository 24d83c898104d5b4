//! Webhooks: a signed request to one of several named targets, for programs and for chat services.

mod reach;
mod settings;
mod sign;
mod templates;

pub use settings::{DESCRIPTOR, WebhookSettings};
pub use templates::Template;

use super::secret::{SecretRef, Secrets};
use super::{Channel, Notice, Place, Receipt, SendError};
use crate::clock::Clock;
use async_trait::async_trait;
use reach::{Private, Reach};
use reqwest::header::{CONTENT_TYPE, HeaderMap, RETRY_AFTER};
use reqwest::redirect::Policy;
use reqwest::{Certificate, Client, Response, StatusCode, Url};
use settings::Target;
use std::error::Error as _;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};
use templates::At;
use tokio::sync::OnceCell;
use watchroom_domain::{ChannelDescriptor, Micros, Pace, SECOND_US};

/// How long a target may take.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// For a connection.
    pub connect: Duration,
    /// For the request and its whole answer.
    pub answer: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { connect: Duration::from_secs(10), answer: Duration::from_secs(20) }
    }
}

/// As much of an answer is read, in bytes.
const ANSWER: usize = 64 * 1024;
/// How long a target is left alone that says "too many" and not for how long.
const PAUSE: Duration = Duration::from_secs(60);

/// Sends to the targets of its settings.
pub struct WebhookChannel {
    settings: WebhookSettings,
    secrets: Secrets,
    clock: Arc<dyn Clock>,
    limits: Limits,
    /// One for what has TLS, one for what has not.
    clients: [OnceCell<Client>; 2],
}

impl WebhookChannel {
    /// The channel of these settings.
    pub fn open(settings: WebhookSettings, place: &Place) -> Self {
        Self::open_with(settings, place, Limits::default())
    }

    /// The same with other limits.
    pub fn open_with(settings: WebhookSettings, place: &Place, limits: Limits) -> Self {
        let (secrets, clock) = (place.secrets.clone(), place.clock.clone());
        Self { settings, secrets, clock, limits, clients: Default::default() }
    }

    /// What may be reached by an address of this scheme: without TLS only where an administrator knows the way.
    fn reach(&self, tls: bool) -> Reach {
        if tls { self.settings.reach.clone() } else { self.settings.reach.only_listed() }
    }

    async fn client(&self, tls: bool) -> Result<Client, SendError> {
        let make = || async {
            let (settings, reach, limits) = (self.settings.clone(), self.reach(tls), self.limits);
            let made = tokio::task::spawn_blocking(move || build(&settings, reach, limits)).await;
            made.unwrap_or(Err("TLS could not be set up")).map_err(|words| SendError::Later(words.to_owned()))
        };
        self.clients[usize::from(tls)].get_or_try_init(make).await.cloned()
    }

    async fn secret(&self, reference: &SecretRef) -> Result<String, SendError> {
        let (secrets, reference) = (self.secrets.clone(), reference.clone());
        match tokio::task::spawn_blocking(move || secrets.read(&reference)).await {
            Ok(Ok(secret)) => Ok(secret),
            Ok(Err(error)) => Err(SendError::Later(error.to_string())),
            Err(_) => Err(SendError::Later("the secret cannot be read".to_owned())),
        }
    }

    async fn url(&self, target: &Target) -> Result<Url, SendError> {
        let url = match &target.url {
            settings::Place::Known(url) => url.clone(),
            settings::Place::Secret(reference) => settings::address(&self.secret(reference).await?)
                .ok_or_else(|| SendError::Later("what is kept as the address is none".to_owned()))?,
        };
        // An address in figures is connected to without anybody being asked what it leads to.
        let host = url.host_str().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
        let figures: Option<IpAddr> = host.parse().ok();
        let tls = has_tls(&url);
        if figures.is_some_and(|address| !self.reach(tls).allows(address)) {
            return Err(out_of_reach(tls));
        }
        Ok(url)
    }
}

fn has_tls(url: &Url) -> bool {
    url.scheme() == "https"
}

fn out_of_reach(tls: bool) -> SendError {
    let plain = "without TLS only to an address that is listed";
    SendError::Later(if tls { Private.to_string() } else { plain.to_owned() })
}

fn build(settings: &WebhookSettings, reach: Reach, limits: Limits) -> Result<Client, &'static str> {
    let mut builder = Client::builder()
        .no_proxy()
        .redirect(Policy::none())
        .dns_resolver(Arc::new(reach))
        .connect_timeout(limits.connect)
        .timeout(limits.answer)
        .tcp_nodelay(true)
        .user_agent(concat!("Watchroom/", env!("CARGO_PKG_VERSION")));
    if let Some(path) = &settings.ca_file {
        let pem = std::fs::read(path).map_err(|_| "the CA file cannot be read")?;
        let certificates = Certificate::from_pem_bundle(&pem).map_err(|_| "the CA file is no PEM file")?;
        for certificate in certificates {
            builder = builder.add_root_certificate(certificate);
        }
    }
    builder.build().map_err(|_| "TLS could not be set up")
}

#[async_trait]
impl Channel for WebhookChannel {
    fn descriptor(&self) -> &'static ChannelDescriptor {
        &DESCRIPTOR
    }

    fn pace(&self) -> Pace {
        self.settings.pace
    }

    async fn send(&self, notice: &Notice) -> Result<Receipt, SendError> {
        let name = notice.address.trim().to_lowercase();
        let target = self.settings.targets.iter().find(|t| t.name.to_lowercase() == name);
        let target = target.ok_or_else(|| {
            // It was taken out of the settings, and may come back.
            SendError::PutOff { answer: "no target of this name".to_owned(), reached: false }
        })?;
        let url = self.url(target).await?;
        let secret = match &target.secret {
            Some(reference) => Some(self.secret(reference).await?),
            None => None,
        };
        let now_us = self.clock.now_us();
        let at = At { target, url, secret: secret.as_deref(), now_us };
        let written = target.template.write(notice, at);
        let written = written.ok_or_else(|| SendError::Later("no address of this service".to_owned()))?;
        // Whoever puts the body into a page by mistake puts no tag there; in JSON these stand in texts only.
        let body = written.body.to_string().replace('<', "\\u003c").replace('>', "\\u003e").into_bytes();
        let tls = has_tls(&written.url);
        let mut request = self.client(tls).await?.post(written.url).header(CONTENT_TYPE, "application/json");
        let time_s = now_us / SECOND_US;
        request = request
            .header("Idempotency-Key", notice.delivery.to_string())
            .header("Watchroom-Timestamp", time_s.to_string());
        if let Some(bearer) = &written.bearer {
            request = request.bearer_auth(bearer);
        } else if let Some(secret) = &secret {
            request = request.header("Watchroom-Signature", sign::header(secret, time_s, &body));
        }
        let answer = request.body(body).send().await.map_err(|error| trouble(&error, tls))?;
        judge(target.template, answer, now_us).await
    }
}

async fn judge(template: Template, answer: Response, now_us: Micros) -> Result<Receipt, SendError> {
    let status = answer.status();
    let code = status.as_u16();
    if status.is_success() {
        let body = read(answer).await;
        // Who says in the body what came of it has not said it when the line is lost; the others have.
        let body = match (template, body) {
            (_, Some(body)) => body,
            (Template::DingTalk | Template::WeCom | Template::Feishu, None) => {
                return Err(SendError::Ambiguous("line lost in the answer".to_owned()));
            }
            (_, None) => Vec::new(),
        };
        let reference = template.read(&body)?;
        return Ok(Receipt { answer: format!("{code} accepted"), reference });
    }
    let wait = retry_after(answer.headers(), now_us);
    match status {
        StatusCode::TOO_MANY_REQUESTS => {
            let wait = wait.unwrap_or(PAUSE);
            Err(SendError::Wait { answer: format!("{code} too many"), wait, whole: false })
        }
        StatusCode::SERVICE_UNAVAILABLE if wait.is_some() => {
            let wait = wait.unwrap_or(PAUSE);
            Err(SendError::Wait { answer: format!("{code} put off"), wait, whole: false })
        }
        _ if status.is_redirection() => Err(SendError::Later(format!("{code} redirect, not followed"))),
        // This very text will never be taken. Everything else the settings or the service can mend.
        StatusCode::BAD_REQUEST | StatusCode::PAYLOAD_TOO_LARGE | StatusCode::UNPROCESSABLE_ENTITY => {
            Err(SendError::Refused(format!("{code} refused")))
        }
        _ => Err(SendError::Later(format!("{code} not accepted"))),
    }
}

/// The answer up to a limit; `None` when the line was lost.
async fn read(mut answer: Response) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    while body.len() < ANSWER {
        match answer.chunk().await.ok()? {
            Some(chunk) => body.extend_from_slice(&chunk[..chunk.len().min(ANSWER - body.len())]),
            None => break,
        }
    }
    Some(body)
}

/// Seconds, as all of these services send them, or a date (RFC 9110, section 10.2.3).
fn retry_after(headers: &HeaderMap, now_us: Micros) -> Option<Duration> {
    let said = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = said.parse() {
        return Duration::try_from_secs_f64(seconds).ok();
    }
    let until = httpdate::parse_http_date(said).ok()?.duration_since(UNIX_EPOCH).ok()?;
    Some(until.saturating_sub(Duration::from_micros(now_us.unsigned_abs())))
}

fn trouble(error: &reqwest::Error, tls: bool) -> SendError {
    if beneath(error, |cause| cause.is::<Private>()) {
        return out_of_reach(tls);
    }
    if error.is_connect() {
        let tls = beneath(error, |cause| cause.is::<rustls::Error>());
        let words = if tls { "the target's certificate is not trusted" } else { "no connection" };
        return SendError::Later(words.to_owned());
    }
    if error.is_builder() {
        return SendError::Later("the request cannot be made".to_owned());
    }
    let words = if error.is_timeout() { "no answer in time" } else { "line lost" };
    SendError::Ambiguous(words.to_owned())
}

fn beneath(error: &reqwest::Error, is: impl Fn(&(dyn std::error::Error + 'static)) -> bool) -> bool {
    let mut next = error.source();
    while let Some(cause) = next {
        if is(cause) {
            return true;
        }
        let inner = cause.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        if inner.is_some_and(|inner| is(inner)) {
            return true;
        }
        next = cause.source();
    }
    false
}
