//! Puts the console together.

use super::certificate::Certificate;
use super::{Core, HubError};
use crate::actors::telegram::Listener;
use crate::channels::{check, descriptors};
use crate::enrol::Enrolment;
use crate::settings::Settings;
use crate::texts::Lang;
use crate::views::Answers;
use crate::web::{Console, ConsoleTls, Passwords, SetupSecret, Throttle, Tuning, Web, serve};
use jiff::tz::TimeZone;
use std::net::TcpListener;
use std::sync::Arc;
use tokio::sync::{Mutex, Semaphore};

/// What the handlers work with.
pub(super) fn web(
    settings: &Settings,
    core: &Core,
    enrolment: Enrolment,
    setup: SetupSecret,
    tuning: Tuning,
    telegram: &Listener,
    public_url: &str,
) -> Result<Web, HubError> {
    Ok(Web {
        views: core.views.clone(),
        registry: core.shared_registry(),
        health: core.health.clone(),
        archive: core.archive.clone(),
        answers: Answers::new(core.log.clone(), core.runtime.clone()),
        changes: Arc::new(Mutex::new(())),
        tail: core.tail.clone(),
        telegram: telegram.status(),
        clock: core.clock.clone(),
        runtime: core.runtime.clone(),
        enrolment,
        setup,
        passwords: Passwords::new(core.runtime.clone()).map_err(|_| HubError::Passwords)?,
        limits: Arc::default(),
        throttle: Arc::new(Throttle::default()),
        public_url: public_url.to_owned(),
        zone: zone(settings),
        language: Lang::from_tag(&settings.hub.language).unwrap_or_default(),
        tuning,
        meters: core.meters.clone(),
        started_us: core.clock.now_us(),
        scrapes: Arc::new(Semaphore::new(1)),
        secrets: settings.data_dir().join("secrets"),
        channels: descriptors().to_vec(),
        check_channel: check,
    })
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
