//! Puts the dispatchers together: one a channel.

use super::Core;
use super::console::zone;
use crate::actors::dispatcher::{Dispatcher, Language, Limits, LogBookmarks, Parts, Writer};
use crate::channels::secret::Secrets;
use crate::channels::{Place, descriptors, open};
use crate::settings::Settings;
use std::sync::Arc;
use watchroom_domain::Backoff;

/// What lies in the data folder and must never be sent anywhere as a password.
const OWN: [&str; 5] = ["master.key", "ca-key.pem", "watchroom.db", "watchroom.db-wal", "agent"];

/// Where passwords of channels may be.
pub(super) fn secrets(settings: &Settings) -> Secrets {
    let data_dir = settings.data_dir();
    let own = [&settings.log.master_key, &settings.metrics.token];
    let mut private: Vec<_> = OWN.iter().map(|name| data_dir.join(name)).collect();
    private.extend(own.iter().filter_map(|secret| secret.path()));
    private.extend(Some(settings.console.private_key.clone()).filter(|p| !p.as_os_str().is_empty()));
    Secrets::within(settings.secret_folders(), settings.secrets.variables.clone())
        .without(private, own.iter().filter_map(|secret| secret.variable()).collect())
}

pub(super) fn start(settings: &Settings, core: &Core, public_url: &str, secrets: Secrets) -> Vec<Dispatcher> {
    let language = Language::from_tag(&settings.hub.language).unwrap_or_default();
    let words = Arc::new(Writer::new(language, zone(settings), public_url));
    let place = Place { clock: core.clock.clone(), secrets };
    let start = |name: &'static str| {
        let place = place.clone();
        let parts = Parts {
            channel: name,
            registry: core.shared_registry(),
            views: core.views.clone(),
            tail: core.tail.clone(),
            bookmarks: Arc::new(LogBookmarks::new(core.log.clone())),
            clock: core.clock.clone(),
            open: Arc::new(move |settings| open(name, settings, &place)),
            words: words.clone(),
            backoff: Backoff::default(),
            limits: Limits::default(),
        };
        Dispatcher::start(parts, &core.runtime)
    };
    descriptors().into_iter().map(|descriptor| start(descriptor.name)).collect()
}
