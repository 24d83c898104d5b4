//! Certificates and settings that are taken over while the hub runs. What is wrong with the new ones keeps the
//! old ones in use; no connection ends.

use super::HubError;
use super::certificate::Certificate;
use super::channels::secrets;
use super::console::shown;
use crate::actors::handle::Registry;
use crate::authority::{Authority, Served};
use crate::channels::secret::Secrets;
use crate::clock::Clock;
use crate::settings::Settings;
use crate::web::{Tuned, Tuning};
use std::fs;
use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::SystemTime;
use tokio::sync::Mutex;
use watchroom_domain::{By, Command, Envelope, HOUR_US};

/// Reads the settings anew; the error says what is wrong with them.
pub type Load = dyn Fn() -> Result<Settings, String> + Send + Sync;

/// A shorter token could be guessed.
const SHORTEST_TOKEN: usize = 16;

/// What a reload came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reloaded {
    /// Settings that changed and are used from now on.
    pub applied: Vec<String>,
    /// Settings that changed and are used after the next start.
    pub waiting: Vec<String>,
}

/// What a reload works with.
pub(super) struct Parts {
    pub settings: Settings,
    pub certificate: Arc<Certificate>,
    pub authority: Arc<Authority>,
    pub served: Served,
    pub clock: Arc<dyn Clock>,
    pub registry: Registry,
    pub tuning: Tuning,
    pub secrets: Secrets,
}

/// Reloads. Clones are the same.
#[derive(Clone)]
pub struct Reloader {
    parts: Arc<Parts>,
    current: Arc<Mutex<Settings>>,
    load: Arc<RwLock<Option<Arc<Load>>>>,
}

impl Reloader {
    pub(super) fn new(parts: Parts) -> Self {
        let current = Arc::new(Mutex::new(parts.settings.clone()));
        Self { parts: Arc::new(parts), current, load: Arc::default() }
    }

    /// From now on settings are read anew in this way.
    pub fn reads_by(&self, load: Arc<Load>) {
        *self.load.write().unwrap_or_else(PoisonError::into_inner) = Some(load);
    }

    /// Reads settings and certificates anew and uses what can be used at once.
    ///
    /// # Errors
    /// What is wrong, in words; everything stays as it was then.
    pub async fn reload(&self) -> Result<Reloaded, String> {
        let mut current = self.current.lock().await;
        let load = self.load.read().unwrap_or_else(PoisonError::into_inner).clone();
        let newer = match load {
            Some(load) => load()?,
            None => current.clone(),
        };
        let changes = current.changes(&newer);
        // What waits for a start stays as it is: a later reload must name it again.
        let mut used = current.clone();
        used.console.certificate = newer.console.certificate;
        used.console.private_key = newer.console.private_key;
        used.console.trusted_proxies = newer.console.trusted_proxies;
        used.console.session_hours = newer.console.session_hours;
        used.console.requests_per_account = newer.console.requests_per_account;
        used.console.requests_per_address = newer.console.requests_per_address;
        used.secrets = newer.secrets;
        used.metrics = newer.metrics;
        // Whatever can fail comes before anything is changed.
        let tuned = tuned(&used).map_err(|e| e.to_string())?;
        self.renew(&used).map_err(|e| e.to_string())?;
        self.parts.tuning.change(tuned);
        self.parts.secrets.change_to(&secrets(&used));
        *current = used;
        let names = |at_once: bool| {
            changes.iter().filter(|c| c.at_once == at_once).map(|c| c.key.to_owned()).collect::<Vec<_>>()
        };
        let (applied, waiting) = (names(true), names(false));
        let note = Command::NoteReload { applied: applied.clone(), waiting: waiting.clone() };
        if let Err(error) = self.parts.registry.submit(Envelope::new(By::Hub, note)).await {
            tracing::error!(%error, "that settings were read again is not recorded");
        }
        tracing::info!(?applied, ?waiting, "settings and certificates were read again");
        Ok(Reloaded { applied, waiting })
    }

    /// Makes or reads the console's certificate anew.
    pub(super) async fn renew_certificate(&self) -> Result<(), HubError> {
        let current = self.current.lock().await;
        self.renew(&current)
    }

    fn renew(&self, settings: &Settings) -> Result<(), HubError> {
        let Parts { certificate, authority, served, clock, .. } = &*self.parts;
        certificate.renew(settings, authority, served, clock.now_us())
    }

    /// How the files of the user's own certificate are now; `None` without any.
    pub(super) async fn certificate_files(&self) -> Option<[Option<FileState>; 2]> {
        let current = self.current.lock().await;
        let console = &current.console;
        let own = !console.certificate.as_os_str().is_empty();
        own.then(|| [&console.certificate, &console.private_key].map(|path| FileState::of(path)))
    }
}

/// By what it is seen that a file is another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct FileState {
    modified: SystemTime,
    length: u64,
    number: u64,
}

impl FileState {
    fn of(path: &Path) -> Option<Self> {
        use std::os::unix::fs::MetadataExt as _;
        let meta = fs::metadata(path).ok()?;
        Some(Self { modified: meta.modified().ok()?, length: meta.len(), number: meta.ino() })
    }
}

/// What the console takes over at once.
pub(super) fn tuned(settings: &Settings) -> Result<Tuned, HubError> {
    let token = &settings.metrics.token;
    let token = if token.is_unset() { None } else { Some(token.read().map_err(HubError::MetricsToken)?) };
    if token.as_ref().is_some_and(|token| token.len() < SHORTEST_TOKEN) {
        return Err(HubError::ShortToken);
    }
    Ok(Tuned {
        session_us: i64::from(settings.console.session_hours) * HOUR_US,
        trusted_proxies: settings.console.trusted_proxies.clone(),
        requests_per_account: settings.console.requests_per_account,
        requests_per_address: settings.console.requests_per_address,
        metrics_token: token.map(Into::into),
        shown: shown(settings),
    })
}
