//! Brings the spool's frames to the hub, over one connection after another.

mod flight;
mod session;
mod witness;

#[cfg(test)]
mod tests;

use crate::clock::now_us;
use crate::connection::{Connection, ConnectionError};
use crate::identity::Identity;
use crate::spool::Spool;
use crate::tls;
use session::{End, Session};
use std::convert::Infallible;
use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{Notify, watch};
use tokio::time::Instant;
use watchroom_domain::{Backoff, Micros, SECOND_US};
use watchroom_wire::{AssignedCheck, feature};

/// How long the uplink waits for what.
#[derive(Clone, Debug)]
pub(crate) struct Timings {
    /// For each step of connecting, and for an answer.
    pub(crate) answer: Duration,
    /// With nothing to send, until a sign of life is asked for.
    pub(crate) ping_after: Duration,
    /// Bounds of the wait after a failure, full jitter.
    pub(crate) retry: Backoff,
    /// About as long, when the hub does not accept the agent: only a person can change that.
    pub(crate) refused: Duration,
    /// At most, when the hub is busy.
    pub(crate) busy: Duration,
    /// After the hub gave no new certificate.
    pub(crate) renew_again: Duration,
}

impl Default for Timings {
    fn default() -> Self {
        Self {
            answer: Duration::from_secs(30),
            ping_after: Duration::from_secs(75),
            retry: Backoff { base_us: SECOND_US / 2, cap_us: 30 * SECOND_US, expiry_us: Micros::MAX },
            refused: Duration::from_secs(180),
            busy: Duration::from_secs(2),
            renew_again: Duration::from_secs(3600),
        }
    }
}

/// What the collecting side and the uplink have in common.
pub(crate) struct Shared {
    spool: Mutex<Spool>,
    /// There is one more frame in the spool.
    pub(crate) more: Notify,
    online: AtomicBool,
    offer: Offer,
}

/// What this agent does for the hub beside collecting. What it does not offer is not asked of it, and not
/// done either when it is.
pub(crate) struct Offer {
    /// Where the kernel shows processes, if it may be said which use most.
    pub(crate) processes: Option<PathBuf>,
    /// Where the hub's checks go, if any are run.
    pub(crate) checks: Option<watch::Sender<Vec<AssignedCheck>>>,
}

impl Offer {
    fn features(&self) -> Vec<&'static str> {
        let evidence = self.processes.as_ref().map(|_| feature::EVIDENCE);
        evidence.into_iter().chain(self.checks.as_ref().map(|_| feature::CHECKS)).collect()
    }
}

impl Shared {
    pub(crate) fn new(spool: Spool, offer: Offer) -> Self {
        Self { spool: Mutex::new(spool), more: Notify::new(), online: AtomicBool::new(false), offer }
    }

    pub(crate) fn spool(&self) -> MutexGuard<'_, Spool> {
        self.spool.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether frames go to the hub as they come.
    pub(crate) fn is_online(&self) -> bool {
        self.online.load(Ordering::Relaxed)
    }
}

/// What a person has to do about a refusal; `None` for what passes by itself.
fn advice(code: &str) -> Option<&'static str> {
    match code {
        "revoked" | "certificate_expired" | "not_enrolled" | "not_found" => {
            Some("ask an administrator for a new join token and run: watchroom-agent --join TOKEN")
        }
        // Taking turns with another agent would fill the hub's log with comings and goings.
        "superseded" => Some("another agent uses this identity; give one of them a token of its own"),
        "unsupported_version" => Some("install the version of the agent that comes with the hub"),
        _ => None,
    }
}

/// Connects and brings frames until it is dropped.
pub(crate) async fn run(state_dir: &Path, program: &str, shared: &Shared, timings: &Timings) -> Infallible {
    let mut failures = 0;
    loop {
        let end = match connect(state_dir, program, shared, timings).await {
            Ok((mut connection, welcome, identity)) => {
                let session =
                    Session::new(&mut connection, &welcome, shared, timings, (state_dir, &identity));
                let (end, useful) = match session {
                    Ok(session) => {
                        shared.online.store(true, Ordering::Relaxed);
                        session.run().await
                    }
                    Err(error) => (End::State(error), false),
                };
                shared.online.store(false, Ordering::Relaxed);
                shared.spool().sync();
                connection.close().await;
                // A hub that welcomes and then takes nothing is not to be asked twice a second.
                failures = if useful { 0 } else { failures };
                end
            }
            Err(end) => end,
        };
        failures += 1;
        let wait = match end {
            End::Renewed => {
                tracing::info!("the certificate is renewed; connecting with it");
                failures = 0;
                Duration::ZERO
            }
            End::Lost(error) => after(&error, failures, timings),
            End::State(error) => {
                tracing::error!(%error, "no connection with this state; collecting into the spool");
                jitter(timings.refused)
            }
        };
        pause(state_dir, wait).await;
    }
}

/// Says what happened, once for a row of failures, and how long to wait.
fn after(error: &ConnectionError, failures: u32, timings: &Timings) -> Duration {
    let stop = match error {
        ConnectionError::Refused { code, .. } => advice(code),
        ConnectionError::Io(error) if is_rejection(error) => advice("not_enrolled"),
        _ => None,
    };
    match stop {
        Some(advice) => {
            tracing::error!(%error, "the hub does not want this connection: {advice}. Collecting goes on");
            timings.refused / 2 + jitter(timings.refused)
        }
        None => {
            if failures == 1 {
                tracing::warn!(%error, "no connection to the hub; collecting into the spool");
            } else {
                tracing::debug!(%error, failures, "still no connection to the hub");
            }
            let wait_us = timings.retry.wait_us(failures, random());
            Duration::from_micros(wait_us.max(0) as u64)
        }
    }
}

/// Whether the hub's TLS said that it does not want this certificate.
fn is_rejection(error: &std::io::Error) -> bool {
    use rustls::AlertDescription as Alert;
    let tls = error.get_ref().and_then(|e| e.downcast_ref::<rustls::Error>());
    matches!(
        tls,
        Some(rustls::Error::AlertReceived(
            Alert::CertificateExpired
                | Alert::CertificateRevoked
                | Alert::CertificateUnknown
                | Alert::BadCertificate
                | Alert::UnknownCA
                | Alert::AccessDenied
                | Alert::CertificateRequired
        ))
    )
}

/// Tries the addresses in order.
async fn connect(
    state_dir: &Path,
    program: &str,
    shared: &Shared,
    timings: &Timings,
) -> Result<(Connection, watchroom_wire::Welcome, Identity), End> {
    // Read anew each time: another token may have been used meanwhile.
    let identity = Identity::load(state_dir)?;
    let config = tls::for_identity(&identity)?;
    shared.spool().own(&identity.machine, now_us())?;
    let mut last = ConnectionError::Protocol("there is no address to connect to".into());
    for address in &identity.addresses {
        let epoch = shared.spool().epoch();
        let greeted = async {
            let mut connection = Connection::dial(address, config.clone(), timings.answer).await?;
            let welcome = connection.greet(program, epoch, now_us(), &shared.offer.features()).await?;
            Ok::<_, ConnectionError>((connection, welcome))
        };
        match greeted.await {
            Ok((connection, welcome)) => {
                let given_up = shared.spool().lost();
                tracing::info!(%address, last_seq = welcome.last_seq, given_up, "connected to the hub");
                return Ok((connection, welcome, identity));
            }
            Err(error) => {
                tracing::debug!(%address, %error, "no way to the hub here");
                if let ConnectionError::Refused { code, .. } = &error {
                    if code == "stale_epoch" {
                        shared.spool().begin_epoch(now_us())?;
                    }
                    // The hub has spoken; another address would lead to the same one.
                    return Err(error.into());
                }
                last = error;
            }
        }
    }
    if identity.not_after_us <= now_us() && matches!(last, ConnectionError::Io(_) | ConnectionError::Closed) {
        let (code, message) = ("not_enrolled".to_owned(), "the agent's certificate has ended".to_owned());
        last = ConnectionError::Refused { code, message };
    }
    Err(last.into())
}

/// Waits, but not when another identity is there meanwhile: then somebody has joined again.
async fn pause(state_dir: &Path, wait: Duration) {
    const LOOK: Duration = Duration::from_secs(2);
    let written = || std::fs::metadata(Identity::path(state_dir)).and_then(|m| m.modified()).ok();
    let (before, until) = (written(), Instant::now() + wait);
    while Instant::now() < until && written() == before {
        tokio::time::sleep_until(until.min(Instant::now() + LOOK)).await;
    }
}

/// A random time up to `most`: many agents that lost the hub at once do not come back at once.
fn jitter(most: Duration) -> Duration {
    most.mul_f64(random())
}

/// A random number in `0.0..1.0`.
pub(crate) fn random() -> f64 {
    // The standard library keys its hash tables at random; more is not needed here.
    (RandomState::new().build_hasher().finish() >> 11) as f64 / (1u64 << 53) as f64
}
