//! The socket's TLS: 1.3, client certificates of the hub's authority or none. What a certificate may
//! do is asked in the state after every handshake, for resumption does not verify the chain again.

use crate::authority::{Authority, AuthorityError, Served};
use crate::clock::Clock;
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use std::sync::{Arc, PoisonError, RwLock};
use thiserror::Error;

/// The socket's TLS cannot be set up.
#[derive(Debug, Error)]
pub enum TlsError {
    /// The hub's certificate cannot be made.
    #[error(transparent)]
    Authority(#[from] AuthorityError),
    /// rustls refuses the parts.
    #[error("TLS: {0}")]
    Rustls(#[from] rustls::Error),
    /// The authority cannot verify clients.
    #[error("TLS: {0}")]
    Verifier(#[from] rustls::server::VerifierBuilderError),
}

/// The present configuration; a new one forgets every session that could be resumed.
pub struct SocketTls {
    authority: Arc<Authority>,
    served: Served,
    clock: Arc<dyn Clock>,
    current: RwLock<Arc<ServerConfig>>,
}

impl SocketTls {
    /// Sets up TLS for a socket whose certificate says this.
    ///
    /// # Errors
    /// [`TlsError`] when the certificate cannot be made.
    pub fn new(authority: Arc<Authority>, served: Served, clock: Arc<dyn Clock>) -> Result<Self, TlsError> {
        let current = RwLock::new(build(&authority, &served, clock.as_ref())?);
        Ok(Self { authority, served, clock, current })
    }

    /// The configuration for the next handshake.
    pub fn config(&self) -> Arc<ServerConfig> {
        self.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Makes a new certificate and forgets all sessions.
    ///
    /// # Errors
    /// [`TlsError`]; the old configuration stays then.
    pub fn renew(&self) -> Result<(), TlsError> {
        let fresh = build(&self.authority, &self.served, self.clock.as_ref())?;
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = fresh;
        Ok(())
    }
}

fn build(authority: &Authority, served: &Served, clock: &dyn Clock) -> Result<Arc<ServerConfig>, TlsError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut roots = RootCertStore::empty();
    roots.add(authority.certificate().clone())?;
    let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider.clone())
        .allow_unauthenticated()
        .build()?;
    let (chain, key) = authority.server(served, clock.now_us())?;
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])?
        .with_client_cert_verifier(verifier)
        .with_single_cert(chain, key)?;
    config.send_tls13_tickets = 1;
    config.ignore_client_order = true;
    Ok(Arc::new(config))
}
