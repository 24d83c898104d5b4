//! How the agent knows the hub, and the hub the agent.

use crate::error::AgentError;
use crate::identity::Identity;
use rcgen::{CertificateParams, KeyPair};
use rustls::client::Resumption;
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::version::TLS13;
use rustls::{ClientConfig, RootCertStore};
use std::sync::Arc;
use watchroom_domain::Micros;
use watchroom_wire::tls::{HUB_NAME, PinnedAuthority, certificate_facts};

/// Knows the hub by the fingerprint of its authority and shows no certificate: for joining.
pub(crate) fn for_joining(ca_sha256: [u8; 32]) -> Result<Arc<ClientConfig>, AgentError> {
    let provider = Arc::new(ring::default_provider());
    let verifier = PinnedAuthority::new(ca_sha256, provider.clone());
    let config = builder(provider)?.dangerous().with_custom_certificate_verifier(verifier);
    Ok(finished(config.with_no_client_auth()))
}

/// Knows the hub by its authority and shows the agent's certificate.
pub(crate) fn for_identity(identity: &Identity) -> Result<Arc<ClientConfig>, AgentError> {
    let mut roots = RootCertStore::empty();
    for ca in certificates(&identity.ca)? {
        roots.add(ca).map_err(AgentError::crypto)?;
    }
    let key = PrivateKeyDer::from_pem_slice(identity.key.as_bytes()).map_err(AgentError::crypto)?;
    let config = builder(Arc::new(ring::default_provider()))?
        .with_root_certificates(roots)
        .with_client_auth_cert(certificates(&identity.certificate)?, key)
        .map_err(AgentError::crypto)?;
    Ok(finished(config))
}

fn builder(
    provider: Arc<CryptoProvider>,
) -> Result<rustls::ConfigBuilder<ClientConfig, rustls::WantsVerifier>, AgentError> {
    ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&TLS13])
        .map_err(AgentError::crypto)
}

/// Connections last long: remembering sessions would cost memory and gain nothing.
fn finished(mut config: ClientConfig) -> Arc<ClientConfig> {
    config.resumption = Resumption::disabled();
    Arc::new(config)
}

/// The name that the hub's certificate must carry, whatever address was dialled.
pub(crate) fn hub_name() -> Result<ServerName<'static>, AgentError> {
    ServerName::try_from(HUB_NAME).map_err(AgentError::crypto)
}

fn certificates(pem: &str) -> Result<Vec<CertificateDer<'static>>, AgentError> {
    let all: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem.as_bytes()).collect();
    match all.map_err(AgentError::crypto)? {
        none if none.is_empty() => Err(AgentError::Crypto("no certificate in the PEM text".into())),
        some => Ok(some),
    }
}

/// When the certificate is to be renewed: at two thirds of its life, microseconds UTC, hub's clock.
pub(crate) fn renew_at_us(identity: &Identity) -> Result<Micros, AgentError> {
    let chain = certificates(&identity.certificate)?;
    let facts = certificate_facts(&chain[0]).map_err(AgentError::crypto)?;
    let life = facts.not_after_us.saturating_sub(facts.not_before_us);
    Ok(facts.not_before_us.saturating_add(life / 3 * 2))
}

/// A new key, and the request for a certificate for it.
pub(crate) struct NewKey {
    /// PKCS #8, PEM.
    pub(crate) key: String,
    /// Certificate signing request, PEM.
    pub(crate) csr: String,
}

impl NewKey {
    /// Makes a key (ECDSA P-256) here; only its public half is in the request.
    pub(crate) fn generate() -> Result<Self, AgentError> {
        let key = KeyPair::generate().map_err(AgentError::crypto)?;
        let params = CertificateParams::new(Vec::new()).map_err(AgentError::crypto)?;
        let csr = params.serialize_request(&key).and_then(|csr| csr.pem()).map_err(AgentError::crypto)?;
        Ok(Self { key: key.serialize_pem(), csr })
    }
}
