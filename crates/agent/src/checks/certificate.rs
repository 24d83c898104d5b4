//! The last day of the certificate that a TLS port shows. Whoever signed it, and whether it is over, is not
//! asked: that is what the check is for.

use super::{CheckError, Seen};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{WebPkiSupportedAlgorithms, ring};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, SignatureScheme};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use watchroom_wire::tls::certificate_facts;

/// Shakes hands and notes when the certificate ends. Nothing is sent behind the handshake.
pub(super) async fn look(address: &str, server_name: &str, seen: &mut Seen) -> Result<(), CheckError> {
    let host = address.rsplit_once(':').map_or(address, |(host, _)| host);
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let name = if server_name.is_empty() { host } else { server_name };
    let name = ServerName::try_from(name.to_owned()).map_err(|e| CheckError::Tls(e.to_string()))?;
    let shown = Arc::new(Shown::default());
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|e| CheckError::Tls(e.to_string()))?
        .dangerous()
        .with_custom_certificate_verifier(shown.clone())
        .with_no_client_auth();
    let tcp = TcpStream::connect(address).await.map_err(CheckError::Connect)?;
    let shaken = TlsConnector::from(Arc::new(config)).connect(name, tcp).await;
    // A server may show its certificate and then refuse, for it wants one of ours.
    let certificate = shown.certificate.lock().unwrap_or_else(PoisonError::into_inner).take();
    match (certificate, shaken) {
        (Some(certificate), _) => {
            let facts = certificate_facts(&certificate).map_err(|e| CheckError::Tls(e.to_string()))?;
            seen.not_after_us = Some(facts.not_after_us);
            Ok(())
        }
        (None, Err(error)) => Err(CheckError::Tls(error.to_string())),
        (None, Ok(_)) => Err(CheckError::Tls("no certificate was shown".to_owned())),
    }
}

/// Takes any certificate and keeps it for a look.
#[derive(Debug, Default)]
struct Shown {
    certificate: Mutex<Option<CertificateDer<'static>>>,
}

fn algorithms() -> WebPkiSupportedAlgorithms {
    ring::default_provider().signature_verification_algorithms
}

impl ServerCertVerifier for Shown {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let mut kept = self.certificate.lock().unwrap_or_else(PoisonError::into_inner);
        *kept = Some(end_entity.clone().into_owned());
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        algorithms().supported_schemes()
    }
}
