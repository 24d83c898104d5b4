//! Settings of the console that may change while it serves.

use std::net::IpAddr;
use std::sync::{Arc, PoisonError, RwLock};
use watchroom_domain::Micros;

/// The settings as they are now.
#[derive(Clone, Default)]
pub struct Tuned {
    /// How long somebody stays signed in.
    pub session_us: Micros,
    /// Proxies whose X-Forwarded-For is believed.
    pub trusted_proxies: Vec<IpAddr>,
    /// Requests of one account that are answered in a second, in the long run.
    pub requests_per_account: u32,
    /// Requests from one address that are answered in a second, in the long run.
    pub requests_per_address: u32,
    /// What Prometheus shows; without it there is nothing for Prometheus.
    pub metrics_token: Option<Arc<str>>,
    /// Keys of the settings file with their values as they are in use, none of them secret.
    pub shown: Vec<(&'static str, String)>,
}

/// Where they stand. Clones are the same.
#[derive(Clone, Default)]
pub struct Tuning(Arc<RwLock<Arc<Tuned>>>);

impl Tuning {
    /// The settings as they are now.
    pub fn now(&self) -> Arc<Tuned> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// From now on these.
    pub fn change(&self, tuned: Tuned) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(tuned);
    }
}
