//! Checks: asking a service from outside whether it works. Used by agents and by the hub itself.
//!
//! What a check may do is all there is here: one request for a page, one connection, one TLS handshake.
//! Nothing of what is read is kept or sent on but whether it was as expected.

mod certificate;
mod http;
mod schedule;

pub use schedule::{Report, run_checks};

use crate::clock::now_us;
use std::time::Duration;
use thiserror::Error;
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout};
use watchroom_domain::{CheckTarget, MAX_TIMEOUT_US, Micros, SECOND_US};

/// A day, microseconds.
const DAY_US: f64 = 86_400.0 * SECOND_US as f64;

/// What a run found.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// Whether all was as expected.
    pub up: bool,
    /// How long it took, milliseconds.
    pub duration_ms: f64,
    /// The status of an HTTP answer.
    pub status_code: Option<u16>,
    /// Days until the certificate ends; negative after its end.
    pub certificate_days: Option<f64>,
    /// What was wrong; may quote the other side.
    pub why: Option<String>,
}

/// What was wrong.
#[derive(Debug, Error)]
enum CheckError {
    #[error("it took too long")]
    TooLong,
    #[error("no connection: {0}")]
    Connect(std::io::Error),
    #[error("TLS: {0}")]
    Tls(String),
    #[error("{0}")]
    Http(String),
    #[error("the status is {0}")]
    Status(u16),
    #[error("the text is not in the first {} KiB of the body", http::MAX_BODY / 1024)]
    NoText,
    #[error("the certificate is over")]
    Over,
}

/// What was seen on the way, whether or not it came to its end.
#[derive(Default)]
struct Seen {
    status_code: Option<u16>,
    not_after_us: Option<Micros>,
}

impl Finding {
    /// The samples that say it: metric and value.
    pub fn samples(&self) -> Vec<(&'static str, f64)> {
        let mut samples = vec![("check_up", if self.up { 1.0 } else { 0.0 })];
        samples.push(("check_duration_ms", (self.duration_ms * 10.0).round() / 10.0));
        samples.extend(self.status_code.map(|code| ("check_status_code", f64::from(code))));
        samples
            .extend(self.certificate_days.map(|days| ("certificate_days", (days * 100.0).round() / 100.0)));
        samples
    }
}

/// Runs checks, so many at once.
pub struct CheckRunner {
    clients: http::Clients,
    places: Semaphore,
}

impl CheckRunner {
    /// A runner with this many places.
    pub fn new(at_once: usize) -> Self {
        Self { clients: http::Clients::default(), places: Semaphore::new(at_once.max(1)) }
    }

    /// Runs a check once. `limit` is kept within what any check may take.
    pub async fn run(&self, target: &CheckTarget, limit: Duration) -> Finding {
        // The semaphore is never closed.
        let _place = self.places.acquire().await;
        let limit = limit.min(Duration::from_micros(MAX_TIMEOUT_US as u64));
        let (mut seen, start) = (Seen::default(), Instant::now());
        let outcome = match timeout(limit, self.look(target, &mut seen)).await {
            Ok(outcome) => outcome,
            Err(_) => Err(CheckError::TooLong),
        };
        let duration_ms = start.elapsed().as_secs_f64() * 1e3;
        // Of a page whose certificate was not good enough, the certificate's last day is told all the same.
        if let CheckTarget::Http { url, .. } = target
            && seen.not_after_us.is_none()
            && let Some(address) = http::tls_address(url)
        {
            let left = limit.saturating_sub(start.elapsed());
            let _ = timeout(left, certificate::look(&address, "", &mut seen)).await;
        }
        let certificate_days = seen.not_after_us.map(|end| end.saturating_sub(now_us()) as f64 / DAY_US);
        let why = outcome.err().map(|error| error.to_string());
        Finding { up: why.is_none(), duration_ms, status_code: seen.status_code, certificate_days, why }
    }

    async fn look(&self, target: &CheckTarget, seen: &mut Seen) -> Result<(), CheckError> {
        match target {
            CheckTarget::Http { .. } => http::look(&self.clients, target, seen).await,
            CheckTarget::Tcp { address } => {
                TcpStream::connect(address.as_str()).await.map(drop).map_err(CheckError::Connect)
            }
            CheckTarget::Certificate { address, server_name } => {
                certificate::look(address, server_name, seen).await?;
                let end = seen.not_after_us.unwrap_or_default();
                if end > now_us() { Ok(()) } else { Err(CheckError::Over) }
            }
        }
    }
}

#[cfg(test)]
mod tests;
