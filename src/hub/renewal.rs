//! Certificates are made anew every day, long before they end; the user's own are read again as soon as
//! another one lies there.

use super::Core;
use super::reload::Reloader;
use super::supervise::supervise;
use crate::actors::socket::SocketTls;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, MissedTickBehavior, interval};

/// Between two renewals of the hub's own certificates.
const DAY: Duration = Duration::from_secs(24 * 3_600);
/// Between two looks at the user's own.
const LOOK: Duration = Duration::from_secs(5);

/// Renews for as long as the hub runs.
pub(super) fn start(core: &Core, reloader: &Reloader, tls: &Arc<SocketTls>) {
    let (reloader, tls) = (reloader.clone(), tls.clone());
    let (health, stop) = (core.health.clone(), core.stopping.clone());
    supervise(&core.runtime, health, stop, "renewal of certificates", move || {
        let running = run(reloader.clone(), tls.clone());
        async move {
            running.await;
            Ok::<_, Infallible>(())
        }
    });
}

async fn run(reloader: Reloader, tls: Arc<SocketTls>) {
    let mut looks = interval(LOOK);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let (mut renewed, mut used) = (Instant::now(), reloader.certificate_files().await);
    let mut seen = used.clone();
    loop {
        looks.tick().await;
        let found = reloader.certificate_files().await;
        // Certificate and key are written one after the other: both must have come to rest.
        let rests = found == seen;
        seen = found.clone();
        let day = renewed.elapsed() >= DAY;
        if found != used && rests || day {
            used = found;
            match reloader.renew_certificate().await {
                Ok(()) => tracing::info!("the console's certificate was renewed"),
                Err(error) => {
                    tracing::error!(%error, "the console's certificate is not renewed; the old one stays")
                }
            }
        }
        if day {
            renewed = Instant::now();
            if let Err(error) = tls.renew() {
                tracing::error!(%error, "the socket's certificate is not renewed");
            }
        }
    }
}
