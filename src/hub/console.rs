//! Puts the console together.

use super::certificate::Certificate;
use super::start::HubError;
use crate::actors::handle::Registry;
use crate::channels::check;
use crate::clock::Clock;
use crate::enrol::Enrolment;
use crate::event_log::EventLog;
use crate::settings::Settings;
use crate::views::{Archive, Tail, Views};
use crate::web::i18n::Lang;
use crate::web::{Console, ConsoleTls, Passwords, SetupSecret, Throttle, Web, serve};
use jiff::tz::TimeZone;
use std::net::TcpListener;
use std::sync::Arc;
use tokio::runtime::Handle;
use watchroom_domain::HOUR_US;

/// What the console is given.
pub(super) struct ConsoleParts<'a> {
    pub settings: &'a Settings,
    pub runtime: Handle,
    pub registry: Registry,
    pub views: Views,
    pub log: EventLog,
    pub tail: Tail,
    pub clock: Arc<dyn Clock>,
    pub enrolment: Enrolment,
    pub setup: SetupSecret,
    pub certificate: Arc<Certificate>,
}

pub(super) fn start(
    parts: ConsoleParts<'_>,
    console: TcpListener,
    plain: Option<TcpListener>,
) -> Result<Console, HubError> {
    let settings = parts.settings;
    let web = Web {
        views: parts.views,
        registry: parts.registry,
        archive: Archive::new(parts.log, parts.runtime.clone()),
        tail: parts.tail,
        clock: parts.clock,
        passwords: Passwords::new(parts.runtime.clone()).map_err(|_| HubError::Passwords)?,
        runtime: parts.runtime,
        enrolment: parts.enrolment,
        setup: parts.setup,
        throttle: Arc::new(Throttle::default()),
        zone: zone(settings),
        language: Lang::from_tag(&settings.hub.language).unwrap_or_default(),
        session_us: i64::from(settings.console.session_hours) * HOUR_US,
        secrets: settings.data_dir().join("secrets"),
        check_channel: check,
        trusted_proxies: settings.console.trusted_proxies.clone(),
    };
    Ok(serve(web, console, plain, &ConsoleTls { certificates: parts.certificate })?)
}

/// The time zone of the settings, or else this machine's.
pub(super) fn zone(settings: &Settings) -> TimeZone {
    let named = TimeZone::get(&settings.hub.time_zone).ok().filter(|_| !settings.hub.time_zone.is_empty());
    named.unwrap_or_else(TimeZone::system)
}
