//! A page by HTTP or HTTPS: its status, and a text in the beginning of its body.

use super::{CheckError, Seen};
use reqwest::redirect::Policy;
use reqwest::tls::TlsInfo;
use reqwest::{Client, Response, Url};
use std::error::Error as _;
use std::sync::{Mutex, PoisonError};
use watchroom_domain::CheckTarget;
use watchroom_wire::tls::certificate_facts;

/// Bytes of a body that are looked through.
pub(super) const MAX_BODY: usize = 256 * 1024;
/// Redirects that are followed, where they are.
const MAX_REDIRECTS: usize = 5;

/// One client for each way of asking, made when it is first needed: the system's list of authorities, which
/// every one holds, is not small.
#[derive(Default)]
pub(super) struct Clients(Mutex<[Option<Client>; 4]>);

impl Clients {
    fn get(&self, follow: bool, any_certificate: bool) -> Result<Client, CheckError> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let place = &mut all[usize::from(follow) * 2 + usize::from(any_certificate)];
        if let Some(client) = place {
            return Ok(client.clone());
        }
        let client = Client::builder()
            .user_agent(concat!("watchroom-check/", env!("CARGO_PKG_VERSION")))
            // What the environment says is for people who browse.
            .no_proxy()
            .referer(false)
            .redirect(if follow { Policy::limited(MAX_REDIRECTS) } else { Policy::none() })
            .danger_accept_invalid_certs(any_certificate)
            .tls_info(true)
            // Every run is to show that a connection can be made.
            .pool_max_idle_per_host(0)
            .http1_only()
            .build()
            .map_err(|e| CheckError::Http(e.to_string()))?;
        Ok(place.insert(client).clone())
    }
}

pub(super) async fn look(clients: &Clients, target: &CheckTarget, seen: &mut Seen) -> Result<(), CheckError> {
    let CheckTarget::Http { url, status, contains, follow_redirects, any_certificate } = target else {
        return Ok(());
    };
    let client = clients.get(*follow_redirects, *any_certificate)?;
    let response = client.get(url.as_str()).send().await.map_err(wrong)?;
    let code = response.status().as_u16();
    seen.status_code = Some(code);
    let certificate = response.extensions().get::<TlsInfo>().and_then(TlsInfo::peer_certificate);
    let facts = certificate.and_then(|der| certificate_facts(der).ok());
    seen.not_after_us = facts.map(|facts| facts.not_after_us);
    let as_expected = match status {
        Some(expected) => code == *expected,
        None => response.status().is_success(),
    };
    if !as_expected {
        return Err(CheckError::Status(code));
    }
    if contains.is_empty() { Ok(()) } else { find(response, contains.as_bytes()).await }
}

/// Reads the body no further than the text, nor than the limit, whatever length it says it has.
async fn find(mut response: Response, text: &[u8]) -> Result<(), CheckError> {
    let mut tail: Vec<u8> = Vec::new();
    let mut read = 0;
    while let Some(chunk) = response.chunk().await.map_err(wrong)? {
        let chunk = &chunk[..chunk.len().min(MAX_BODY - read)];
        read += chunk.len();
        tail.extend_from_slice(chunk);
        if tail.windows(text.len()).any(|window| window == text) {
            return Ok(());
        }
        // It may begin in this piece and end in the next.
        let passed = tail.len().saturating_sub(text.len() - 1);
        tail.drain(..passed);
        if read >= MAX_BODY {
            break;
        }
    }
    Err(CheckError::NoText)
}

/// The error with what is behind it, but without the address, which is known.
fn wrong(error: reqwest::Error) -> CheckError {
    let error = error.without_url();
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    CheckError::Http(text)
}

/// `host:port` of an address by HTTPS.
pub(super) fn tls_address(url: &str) -> Option<String> {
    let url = Url::parse(url).ok().filter(|url| url.scheme() == "https")?;
    Some(format!("{}:{}", url.host_str()?, url.port_or_known_default()?))
}
