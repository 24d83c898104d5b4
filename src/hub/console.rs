//! Puts the console together.

use super::certificate::Certificate;
use super::{Core, HubError};
use crate::actors::telegram::Listener;
use crate::channels::{check, descriptors};
use crate::enrol::Enrolment;
use crate::settings::Settings;
use crate::texts::Lang;
use crate::views::Answers;
use crate::web::{
    Console, ConsoleTls, Passwords, Places, Revocations, SetupSecret, Throttle, Tuning, Web, serve,
};
use jiff::tz::TimeZone;
use std::net::TcpListener;
use std::sync::Arc;
use tokio::sync::Semaphore;

/// Pictures of people that are made small at a time: each takes a core and a lot of memory for a moment.
const PORTRAITS: usize = 2;
/// Questions for another password that are looked at at a time; what comes beyond that asks again.
const FORGOTTEN: usize = 64;

/// What the console shares with other parts of the hub.
pub(super) struct Given {
    pub enrolment: Enrolment,
    pub setup: SetupSecret,
    pub revocations: Revocations,
    pub tuning: Tuning,
}

/// What the handlers work with.
pub(super) fn web(
    settings: &Settings,
    core: &Core,
    Given { enrolment, setup, revocations, tuning }: Given,
    public_url: &str,
    telegram: &Listener,
) -> Result<Web, HubError> {
    Ok(Web {
        views: core.views.clone(),
        registry: core.shared_registry(),
        health: core.health.clone(),
        archive: core.archive.clone(),
        answers: Answers::new(core.log.clone(), core.runtime.clone()),
        changes: core.changes.clone(),
        tail: core.tail.clone(),
        telegram: telegram.status(),
        clock: core.clock.clone(),
        runtime: core.runtime.clone(),
        enrolment,
        setup,
        revocations: Arc::new(revocations),
        passwords: Passwords::new(core.runtime.clone()).map_err(|_| HubError::Passwords)?,
        limits: Arc::default(),
        feeds: Places::default(),
        throttle: Arc::new(Throttle::default()),
        halfway: Arc::default(),
        tokens_used: Arc::default(),
        sessions_used: Arc::default(),
        forgotten: Arc::new(Semaphore::new(FORGOTTEN)),
        portraits: Arc::new(Semaphore::new(PORTRAITS)),
        zone: zone(settings),
        language: Lang::from_tag(&settings.hub.language).unwrap_or_default(),
        tuning,
        meters: core.meters.clone(),
        started_us: core.clock.now_us(),
        scrapes: Arc::new(Semaphore::new(1)),
        links: core.links.clone(),
        public_url: public_url.to_owned(),
        secrets: settings.data_dir().join("secrets"),
        channels: descriptors().to_vec(),
        check_channel: check,
    })
}

/// What of the settings file the console shows, without anything that is secret.
pub(super) fn shown(settings: &Settings) -> Vec<(&'static str, String)> {
    let Settings { hub, console, socket, .. } = settings;
    let list = |words: Vec<String>| words.join(", ");
    vec![
        ("hub.data_dir", settings.data_dir().display().to_string()),
        ("hub.public_url", hub.public_url.clone()),
        ("hub.language", hub.language.clone()),
        ("hub.time_zone", hub.time_zone.clone()),
        ("hub.currency", hub.currency.clone()),
        ("console.listen", console.listen.to_string()),
        ("console.certificate", console.certificate.display().to_string()),
        ("console.plain_http", console.plain_http.clone()),
        ("console.trusted_proxies", list(console.trusted_proxies.iter().map(ToString::to_string).collect())),
        ("console.session_hours", console.session_hours.to_string()),
        ("console.requests_per_account", console.requests_per_account.to_string()),
        ("console.requests_per_address", console.requests_per_address.to_string()),
        ("socket.listen", socket.listen.to_string()),
        ("socket.addresses", list(socket.addresses.clone())),
        ("socket.max_connections", socket.max_connections.to_string()),
    ]
}

pub(super) fn start(
    web: Web,
    console: TcpListener,
    plain: Option<TcpListener>,
    certificate: Arc<Certificate>,
) -> Result<Console, HubError> {
    Ok(serve(web, console, plain, &ConsoleTls { certificates: certificate })?)
}

/// The time zone of the settings, or else this machine's.
pub(super) fn zone(settings: &Settings) -> TimeZone {
    let named = TimeZone::get(&settings.hub.time_zone).ok().filter(|_| !settings.hub.time_zone.is_empty());
    named.unwrap_or_else(TimeZone::system)
}
