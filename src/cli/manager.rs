//! What a service manager is told (sd_notify): that the hub is ready, that it lives, that it stops.

use crate::actors::handle::Registry;
use std::env;
use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::time::Duration;

/// The service manager, where one asked to be told.
#[derive(Clone)]
pub(super) struct Manager(Option<SocketAddr>);

impl Manager {
    /// As the environment says.
    pub fn from_environment() -> Self {
        let name = env::var("NOTIFY_SOCKET").ok();
        let address = name.and_then(|name| match name.strip_prefix('@') {
            Some(hidden) => SocketAddr::from_abstract_name(hidden).ok(),
            None => SocketAddr::from_pathname(name).ok(),
        });
        Self(address)
    }

    /// Tells it; that it does not listen is no reason to stop.
    pub fn tell(&self, state: &str) {
        let Some(address) = &self.0 else { return };
        let sent = UnixDatagram::unbound().and_then(|socket| socket.send_to_addr(state.as_bytes(), address));
        if let Err(error) = sent {
            tracing::warn!(%error, state, "the service manager cannot be told");
        }
    }

    /// Tells it for ever that the hub lives, twice as often as it wants to hear it, and only while commands
    /// are being worked on.
    pub async fn keep_alive(&self, registry: Registry) {
        let wanted = env::var("WATCHDOG_USEC").ok().and_then(|text| text.parse().ok());
        let every = match (wanted, &self.0) {
            (Some(wanted), Some(_)) => Duration::from_micros(wanted) / 2,
            _ => return std::future::pending().await,
        };
        let mut ticks = tokio::time::interval(every.max(Duration::from_millis(100)));
        loop {
            ticks.tick().await;
            if registry.responds().await {
                self.tell("WATCHDOG=1");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_listens_is_told_and_who_does_not_harms_nobody() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notify");
        let listening = UnixDatagram::bind(&path).unwrap();
        let manager = Manager(Some(SocketAddr::from_pathname(&path).unwrap()));
        manager.tell("READY=1");
        let mut bytes = [0; 64];
        let length = listening.recv(&mut bytes).unwrap();
        assert_eq!(&bytes[..length], b"READY=1");
        drop(listening);
        manager.tell("WATCHDOG=1");
        Manager(None).tell("STOPPING=1");
    }
}
