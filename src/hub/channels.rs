//! Puts the dispatchers together: one a channel.

use super::Core;
use super::console::zone;
use super::pictures::Painter;
use crate::actors::dispatcher::{Dispatcher, Limits, LogBookmarks, Parts, Pictures, Writer};
use crate::actors::telegram::{self, Listener, LogPlaces};
use crate::channels::secret::Secrets;
use crate::channels::telegram::{TelegramSettings, converse};
use crate::channels::{Place, descriptors, open};
use crate::settings::Settings;
use crate::texts::Lang;
use std::sync::Arc;
use watchroom_domain::{Backoff, ChannelDescriptor};

/// What lies in the data folder and must never be sent anywhere as a password.
const OWN: [&str; 5] = ["master.key", "ca-key.pem", "watchroom.db", "watchroom.db-wal", "agent"];

/// Where passwords of channels may be.
pub(super) fn secrets(settings: &Settings) -> Secrets {
    let data_dir = settings.data_dir();
    let own = [&settings.log.master_key, &settings.database.password, &settings.metrics.token];
    let mut private: Vec<_> = OWN.iter().map(|name| data_dir.join(name)).collect();
    private.extend(own.iter().filter_map(|secret| secret.path()));
    private.extend(Some(settings.console.private_key.clone()).filter(|p| !p.as_os_str().is_empty()));
    Secrets::within(settings.secret_folders(), settings.secrets.variables.clone())
        .without(private, own.iter().filter_map(|secret| secret.variable()).collect())
}

/// The ear of the Telegram channel.
pub(super) fn listen(settings: &Settings, core: &Core, public_url: &str, secrets: Secrets) -> Listener {
    let place = Place { clock: core.clock.clone(), secrets };
    let parts = telegram::Parts {
        registry: core.shared_registry(),
        views: core.views.clone(),
        archive: core.archive.clone(),
        tail: core.tail.clone(),
        places: Arc::new(LogPlaces::new(core.log.clone())),
        clock: core.clock.clone(),
        health: core.health.clone(),
        open: Arc::new(move |settings| converse(TelegramSettings::from_map(settings)?, &place)),
        language: Lang::from_tag(&settings.hub.language).unwrap_or_default(),
        zone: zone(settings),
        public_url: public_url.to_owned(),
    };
    Listener::start(parts, &core.runtime)
}

pub(super) fn start(settings: &Settings, core: &Core, public_url: &str, secrets: Secrets) -> Vec<Dispatcher> {
    let language = Lang::from_tag(&settings.hub.language).unwrap_or_default();
    let words = Arc::new(Writer::new(language, zone(settings), public_url, core.links.clone()));
    let place = Place { clock: core.clock.clone(), secrets };
    let pictures: Arc<dyn Pictures> =
        Arc::new(Painter { archive: core.archive.clone(), views: core.views.clone(), zone: zone(settings) });
    let start = |descriptor: &'static ChannelDescriptor| {
        let name = descriptor.name;
        let place = place.clone();
        let parts = Parts {
            channel: name,
            descriptor,
            registry: core.shared_registry(),
            views: core.views.clone(),
            tail: core.tail.clone(),
            bookmarks: Arc::new(LogBookmarks::new(core.log.clone())),
            clock: core.clock.clone(),
            open: Arc::new(move |settings| open(name, settings, &place)),
            words: words.clone(),
            pictures: Some(pictures.clone()),
            backoff: Backoff::default(),
            limits: Limits::default(),
        };
        Dispatcher::start(parts, &core.runtime)
    };
    descriptors().into_iter().map(start).collect()
}
