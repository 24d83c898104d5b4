//! Puts the dispatchers together: one a channel.

use super::console::zone;
use crate::actors::dispatcher::{Dispatcher, Language, Limits, LogBookmarks, Parts, Writer};
use crate::actors::handle::Registry;
use crate::channels::secret::Secrets;
use crate::channels::{Place, descriptors, open};
use crate::clock::Clock;
use crate::event_log::EventLog;
use crate::settings::Settings;
use crate::views::{Tail, Views};
use std::path::Path;
use std::sync::Arc;
use tokio::runtime::Handle;
use watchroom_domain::Backoff;

/// What the dispatchers are given.
pub(super) struct ChannelParts<'a> {
    pub settings: &'a Settings,
    pub data_dir: &'a Path,
    pub public_url: &'a str,
    pub registry: Registry,
    pub views: Views,
    pub log: EventLog,
    pub tail: Tail,
    pub clock: Arc<dyn Clock>,
}

pub(super) fn start(parts: &ChannelParts<'_>, runtime: &Handle) -> Vec<Dispatcher> {
    let language = Language::from_tag(&parts.settings.hub.language).unwrap_or_default();
    let words = Arc::new(Writer::new(language, zone(parts.settings), parts.public_url));
    let own = ["master.key", "ca-key.pem", "watchroom.db", "watchroom.db-wal", "agent"];
    let secrets = Secrets::outside(own.iter().map(|name| parts.data_dir.join(name)).collect());
    let place = Place { clock: parts.clock.clone(), secrets };
    let start = |name: &'static str| {
        let place = place.clone();
        let parts = Parts {
            channel: name,
            registry: parts.registry.clone(),
            views: parts.views.clone(),
            tail: parts.tail.clone(),
            bookmarks: Arc::new(LogBookmarks::new(parts.log.clone())),
            clock: parts.clock.clone(),
            open: Arc::new(move |settings| open(name, settings, &place)),
            words: words.clone(),
            backoff: Backoff::default(),
            limits: Limits::default(),
        };
        Dispatcher::start(parts, runtime)
    };
    descriptors().into_iter().map(|descriptor| start(descriptor.name)).collect()
}
