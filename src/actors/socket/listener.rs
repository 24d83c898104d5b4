//! Accepts connections, makes the handshake, and gives each connection its actor.

use super::directory::Directory;
use super::session::{Session, SessionParts};
use super::tls::SocketTls;
use crate::actors::registry::RegistryHandle;
use crate::authority::Authority;
use crate::clock::Clock;
use crate::views::Views;
use actix::{Actor as _, Arbiter, ArbiterHandle};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;

/// Time for the TLS handshake.
const HANDSHAKE: Duration = Duration::from_secs(10);
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
    /// Most connections at a time.
    pub max_connections: usize,
    /// Input that was refused since the start.
    pub refused: AtomicU64,
    /// Handshakes that failed since the start.
    pub failed_handshakes: AtomicU64,
    /// Told when the hub is stopping.
    pub stopping: CancellationToken,
}

/// A listening socket; dropping it ends the listening.
pub struct Listening {
    parts: Arc<SocketParts>,
    places: Arc<Semaphore>,
    arbiters: Vec<Arbiter>,
}

impl Listening {
    /// Accepts nobody any more, tells everybody why, and waits a little until all have gone.
    pub async fn stop(self) {
        self.parts.stopping.cancel();
        let all = u32::try_from(self.parts.max_connections).unwrap_or(u32::MAX);
        if timeout(FAREWELL, self.places.acquire_many(all)).await.is_err() {
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
    let places = Arc::new(Semaphore::new(parts.max_connections));
    if let Some(first) = arbiters.first() {
        first.spawn(accept(listener, parts.clone(), handles, places.clone()));
    }
    Ok(Listening { parts, places, arbiters })
}

async fn accept(
    listener: std::net::TcpListener,
    parts: Arc<SocketParts>,
    arbiters: Vec<ArbiterHandle>,
    places: Arc<Semaphore>,
) {
    let listener = match TcpListener::from_std(listener) {
        Ok(listener) => listener,
        Err(error) => return tracing::error!(%error, "the socket cannot be listened on"),
    };
    let mut turn = 0usize;
    loop {
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
        let Ok(place) = places.clone().try_acquire_owned() else {
            tracing::warn!(
                limit = parts.max_connections,
                "connection refused: socket.max_connections is reached"
            );
            continue;
        };
        let Ok(stream) = stream.into_std() else { continue };
        turn = turn.wrapping_add(1);
        let parts = parts.clone();
        arbiters[turn % arbiters.len()].spawn(async move {
            if let Err(error) = open(stream, peer, parts.clone(), place).await {
                parts.failed_handshakes.fetch_add(1, Ordering::Relaxed);
                tracing::debug!(%error, "TLS handshake failed");
            }
        });
    }
}

async fn open(
    stream: std::net::TcpStream,
    peer: SocketAddr,
    parts: Arc<SocketParts>,
    place: OwnedSemaphorePermit,
) -> std::io::Result<()> {
    let stream = TcpStream::from_std(stream)?;
    stream.set_nodelay(true)?;
    let acceptor = TlsAcceptor::from(parts.tls.config());
    let stream = tokio::select! {
        accepted = timeout(HANDSHAKE, acceptor.accept(stream)) => accepted??,
        () = parts.stopping.cancelled() => return Ok(()),
    };
    let certificate = stream.get_ref().1.peer_certificates().and_then(|chain| chain.first());
    let certificate = certificate.map(|c| c.to_vec());
    Session::new(SessionParts { shared: parts, certificate, peer, place }, stream).start();
    Ok(())
}
