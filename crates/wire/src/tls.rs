//! Who is who: the hub by its certificate authority, an agent by its key.

use ring::digest;
use rustls::RootCertStore;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, DigitallySignedStruct, SignatureScheme};
use std::sync::Arc;
use thiserror::Error;
use x509_parser::prelude::{FromDer as _, X509Certificate};

/// The name by which every agent asks for the hub, whatever address it dials. The hub's certificate
/// for the socket carries it, so that a moved hub is still the same hub.
pub const HUB_NAME: &str = "hub.watchroom.internal";

/// A certificate that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("certificate cannot be read: {0}")]
pub struct CertificateUnreadable(String);

/// SHA-256 (FIPS 180-4).
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut out = [0; 32];
    out.copy_from_slice(digest::digest(&digest::SHA256, bytes).as_ref());
    out
}

/// Lower-case hex.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

/// The bytes of hex; `None` when it is none.
pub fn from_hex(text: &str) -> Option<Vec<u8>> {
    let pairs = text.as_bytes().chunks(2);
    let whole = text.len().is_multiple_of(2) && text.bytes().all(|b| b.is_ascii_hexdigit());
    whole.then(|| {
        pairs.filter_map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()).collect()
    })
}

/// What is needed of an agent's certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateFacts {
    /// SHA-256 of the public key (SubjectPublicKeyInfo, DER), hex.
    pub key_sha256: String,
    /// Serial number, lower-case hex.
    pub serial: String,
    /// Common name of the subject; an agent's is its machine's identifier.
    pub common_name: String,
    /// First second of validity, microseconds UTC.
    pub not_before_us: i64,
    /// Last second of validity, microseconds UTC.
    pub not_after_us: i64,
}

/// Reads a certificate (DER).
///
/// # Errors
/// [`CertificateUnreadable`] when it is none.
pub fn certificate_facts(der: &[u8]) -> Result<CertificateFacts, CertificateUnreadable> {
    let (_, certificate) =
        X509Certificate::from_der(der).map_err(|e| CertificateUnreadable(e.to_string()))?;
    Ok(CertificateFacts {
        key_sha256: hex(&sha256(certificate.public_key().raw)),
        serial: hex(certificate.raw_serial()),
        common_name: certificate
            .subject()
            .iter_common_name()
            .find_map(|name| name.as_str().ok())
            .unwrap_or_default()
            .to_owned(),
        not_before_us: certificate.validity().not_before.timestamp().saturating_mul(1_000_000),
        not_after_us: certificate.validity().not_after.timestamp().saturating_mul(1_000_000),
    })
}

/// Accepts a hub whose chain holds the certificate authority with a known fingerprint, and only then
/// verifies that chain as usual against it. For the first connection of an agent that has a join token.
#[derive(Debug)]
pub struct PinnedAuthority {
    ca_sha256: [u8; 32],
    provider: Arc<CryptoProvider>,
}

impl PinnedAuthority {
    /// Pins the authority with this fingerprint (SHA-256 of the certificate, DER).
    pub fn new(ca_sha256: [u8; 32], provider: Arc<CryptoProvider>) -> Arc<Self> {
        Arc::new(Self { ca_sha256, provider })
    }
}

impl ServerCertVerifier for PinnedAuthority {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let pinned = intermediates.iter().find(|c| sha256(c) == self.ca_sha256);
        let pinned = pinned.ok_or(CertificateError::UnknownIssuer)?;
        let mut roots = RootCertStore::empty();
        roots.add(pinned.clone().into_owned())?;
        WebPkiServerVerifier::builder_with_provider(Arc::new(roots), self.provider.clone())
            .build()
            .map_err(|e| rustls::Error::General(e.to_string()))?
            .verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, cert, dss, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, cert, dss, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
