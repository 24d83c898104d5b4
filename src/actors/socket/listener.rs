//! Accepts connections, makes the handshake, and gives each connection its actor.

use super::admission::{Admission, Place};
use super::directory::Directory;
use super::session::{Session, SessionParts};
use super::tls::SocketTls;
use crate::actors::registry::RegistryHandle;
use crate::authority::Authority;
use crate::clock::Clock;
use crate::meters::Meters;
use crate::views::Views;
use actix::{Actor as _, Arbiter, ArbiterHandle};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use watchroom_domain::{MINUTE_US, MachineId, Micros};
use watchroom_wire::tls::certificate_facts;

/// Time for the TLS handshake.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// Bytes of lines that may wait to be recorded; as commands they take some times as many.
const INPUT: usize = 32 * 1024 * 1024;
/// Time for connections to end when the hub stops.
const FAREWELL: Duration = Duration::from_secs(5);
/// Pause after the system could not give out a connection (open files used up).
const AFTER_FAILURE: Duration = Duration::from_millis(200);

/// What every connection works with.
pub struct SocketParts {
    /// TLS as it is now.
    pub tls: Arc<SocketTls>,
    /// Signs agents' certificates.
    pub authority: Arc<Authority>,
    /// Takes commands.
    pub registry: RegistryHandle,
    /// What is so.
    pub views: Views,
    /// The hub's clock.
    pub clock: Arc<dyn Clock>,
    /// Open sessions.
    pub directory: Directory,
    /// Most connections of agents at a time.
    pub max_connections: usize,
    /// Where it is counted what is refused.
    pub meters: Meters,
    /// Input that was refused since the start.
    pub refused: AtomicU64,
    /// Handshakes that failed since the start.
    pub failed_handshakes: AtomicU64,
    /// Told when the hub is stopping.
    pub stopping: CancellationToken,
    /// Connections that are open.
    pub open: TaskTracker,
}

/// A listening socket; dropping it ends the listening.
pub struct Listening {
    parts: Arc<SocketParts>,
    arbiters: Vec<Arbiter>,
}

impl Listening {
    /// Accepts nobody any more, tells everybody why, and waits a little until all have gone.
    pub async fn stop(self) {
        self.parts.stopping.cancel();
        self.parts.open.close();
        if timeout(FAREWELL, self.parts.open.wait()).await.is_err() {
            tracing::info!("stopping, though some connections do not end");
        }
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        for arbiter in &self.arbiters {
            arbiter.stop();
        }
    }
}

/// Begins to accept connections.
///
/// # Errors
/// When the listener cannot be used without blocking.
pub fn listen(listener: std::net::TcpListener, parts: Arc<SocketParts>) -> std::io::Result<Listening> {
    listener.set_nonblocking(true)?;
    let arbiters: Vec<_> = (0..2).map(|_| Arbiter::new()).collect();
    let handles: Vec<_> = arbiters.iter().map(Arbiter::handle).collect();
    if let Some(first) = arbiters.first() {
        first.spawn(accept(listener, parts.clone(), handles));
    }
    Ok(Listening { parts, arbiters })
}

async fn accept(listener: std::net::TcpListener, parts: Arc<SocketParts>, arbiters: Vec<ArbiterHandle>) {
    let listener = match TcpListener::from_std(listener) {
        Ok(listener) => listener,
        Err(error) => return tracing::error!(%error, "the socket cannot be listened on"),
    };
    let door = Arc::new(Door {
        admission: Admission::new(parts.max_connections),
        input: Arc::new(Semaphore::new(INPUT)),
        told_us: AtomicI64::new(0),
    });
    let mut turn = 0usize;
    loop {
        let arrival = tokio::select! {
            arrival = door.admission.arrivals.wait() => arrival,
            () = parts.stopping.cancelled() => return,
        };
        let Some(arrival) = arrival else { return };
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = parts.stopping.cancelled() => return,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(%error, "a connection cannot be accepted");
                tokio::time::sleep(AFTER_FAILURE).await;
                continue;
            }
        };
        let Some(place) = door.admission.arrivals.seat(arrival, peer.ip()) else {
            door.refused(peer, "handshakes of its address", &parts);
            continue;
        };
        let Ok(stream) = stream.into_std() else { continue };
        turn = turn.wrapping_add(1);
        let (parts, door) = (parts.clone(), door.clone());
        arbiters[turn % arbiters.len()].spawn(async move {
            if let Err(error) = open(stream, peer, parts.clone(), &door, place).await {
                parts.failed_handshakes.fetch_add(1, Ordering::Relaxed);
                tracing::debug!(%error, "TLS handshake failed");
            }
        });
    }
}

/// Where connections are let in or not.
struct Door {
    admission: Admission,
    /// Bytes of input that all connections together may have under way.
    input: Arc<Semaphore>,
    /// When it was last said that somebody was not let in.
    told_us: AtomicI64,
}

impl Door {
    /// Says that there was no place, but not for everybody in a crowd.
    fn refused(&self, peer: SocketAddr, places: &str, parts: &SocketParts) {
        let (now_us, told_us) = (parts.clock.now_us(), self.told_us.load(Ordering::Relaxed));
        if is_time_to_tell(told_us, now_us) {
            self.told_us.store(now_us, Ordering::Relaxed);
            tracing::warn!(%peer, limit = parts.max_connections, "no place for a connection among the {places}");
        }
    }
}

/// Whether a minute has passed, or the clock was set.
fn is_time_to_tell(told_us: Micros, now_us: Micros) -> bool {
    !(told_us..told_us.saturating_add(MINUTE_US)).contains(&now_us)
}

async fn open(
    stream: std::net::TcpStream,
    peer: SocketAddr,
    parts: Arc<SocketParts>,
    door: &Door,
    arrival: Place,
) -> std::io::Result<()> {
    let stream = TcpStream::from_std(stream)?;
    stream.set_nodelay(true)?;
    let acceptor = TlsAcceptor::from(parts.tls.config());
    let stream = timeout(HANDSHAKE, acceptor.accept(stream)).await??;
    let shown = shown(&stream);
    // Whether the key is accepted is asked again at `hello`; here it is about places only.
    let known = shown.as_ref().is_some_and(|(machine, key)| {
        parts.views.with(|s| s.machines.get(machine).is_some_and(|m| m.accepts_key(key)))
    });
    let (pool, name) = match known {
        true => (&door.admission.agents, "agents (socket.max_connections)"),
        false => (&door.admission.strangers, "strangers"),
    };
    match pool.enter(peer.ip()) {
        Some(place) => {
            let input = door.input.clone();
            Session::new(SessionParts { shared: parts, shown, peer, place, input }, stream).start();
        }
        None => door.refused(peer, name, &parts),
    }
    drop(arrival);
    Ok(())
}

/// The machine and the key (SHA-256, hex) that the peer's certificate names.
fn shown(stream: &TlsStream<TcpStream>) -> Option<(MachineId, Arc<str>)> {
    let certificate = stream.get_ref().1.peer_certificates().and_then(|chain| chain.first())?;
    let facts = certificate_facts(certificate).ok()?;
    Some((facts.common_name.parse().ok()?, facts.key_sha256.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crowd_is_spoken_of_once_a_minute() {
        let told = 5 * MINUTE_US;
        assert!(is_time_to_tell(0, told));
        assert!(!is_time_to_tell(told, told));
        assert!(!is_time_to_tell(told, told + MINUTE_US - 1));
        assert!(is_time_to_tell(told, told + MINUTE_US));
        assert!(is_time_to_tell(told, told - 1), "a clock that was set back does not silence it");
    }
}
