//! The console's certificate: the user's own, or one of the hub's authority. Can be exchanged while serving.

use super::HubError;
use crate::authority::{Authority, Chain, Served, read_chain};
use crate::settings::Settings;
use rustls::crypto::ring::sign::any_supported_type;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock};
use watchroom_domain::Micros;

/// The certificate that the next handshake gets.
#[derive(Debug)]
pub(super) struct Certificate(RwLock<Arc<CertifiedKey>>);

impl Certificate {
    /// The certificate that the settings name, or else one of the hub's authority.
    pub fn load(
        settings: &Settings,
        authority: &Authority,
        served: &Served,
        now_us: Micros,
    ) -> Result<Arc<Self>, HubError> {
        Ok(Arc::new(Self(RwLock::new(certified(chain(settings, authority, served, now_us)?)?))))
    }

    /// Loads or makes it anew.
    pub fn renew(
        &self,
        settings: &Settings,
        authority: &Authority,
        served: &Served,
        now_us: Micros,
    ) -> Result<(), HubError> {
        let fresh = certified(chain(settings, authority, served, now_us)?)?;
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = fresh;
        Ok(())
    }
}

fn chain(
    settings: &Settings,
    authority: &Authority,
    served: &Served,
    now_us: Micros,
) -> Result<Chain, HubError> {
    if settings.console.certificate.as_os_str().is_empty() {
        Ok(authority.server(served, now_us)?)
    } else {
        Ok(read_chain(&settings.console.certificate, &settings.console.private_key)?)
    }
}

/// Whether the certificate and key that the settings name can be used.
///
/// # Errors
/// [`HubError`] that says what is wrong with them.
pub fn own_certificate(certificate: &Path, private_key: &Path) -> Result<(), HubError> {
    certified(read_chain(certificate, private_key)?).map(|_| ())
}

fn certified((chain, key): Chain) -> Result<Arc<CertifiedKey>, HubError> {
    let certified = CertifiedKey::new(chain, any_supported_type(&key).map_err(HubError::Certificate)?);
    certified.keys_match().map_err(HubError::Certificate)?;
    Ok(Arc::new(certified))
}

impl ResolvesServerCert for Certificate {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.0.read().unwrap_or_else(PoisonError::into_inner).clone())
    }
}
