//! Puts the socket together: TLS, connections, and the eye on revoked keys.

use super::supervise::supervise;
use super::{Core, HubError};
use crate::actors::socket::{Directory, Errands, Listening, Revoker, SocketParts, SocketTls, listen};
use crate::authority::{Authority, Served};
use crate::settings::Settings;
use std::convert::Infallible;
use std::net::TcpListener;
use std::sync::Arc;
use watchroom_domain::Position;

/// The socket at work.
pub(super) struct Socket {
    pub tls: Arc<SocketTls>,
    listening: Listening,
}

impl Socket {
    pub fn start(
        settings: &Settings,
        core: &Core,
        authority: &Arc<Authority>,
        served: &Served,
        listener: TcpListener,
        head: Position,
    ) -> Result<Self, HubError> {
        let tls = Arc::new(SocketTls::new(authority.clone(), served.clone(), core.clock.clone())?);
        let directory = Directory::default();
        let parts = SocketParts {
            tls: tls.clone(),
            authority: authority.clone(),
            registry: core.registry.clone(),
            views: core.views.clone(),
            clock: core.clock.clone(),
            directory: directory.clone(),
            max_connections: settings.socket.max_connections,
            meters: core.meters.clone(),
            refused: Default::default(),
            failed_handshakes: Default::default(),
            stopping: Default::default(),
            open: Default::default(),
        };
        let (tail, open, renewed) = (core.tail.clone(), directory.clone(), tls.clone());
        // Begun again, it looks at everything again: an end too many is better than one that is missed.
        supervise(&core.runtime, core.health.clone(), core.stopping.clone(), "revoker", move || {
            let revoker = Revoker { tail: tail.clone(), directory: open.clone(), tls: renewed.clone() };
            async move {
                revoker.run(head).await;
                Ok::<_, Infallible>(())
            }
        });
        let (tail, open, views) = (core.tail.clone(), directory.clone(), core.views.clone());
        let clock = core.clock.clone();
        supervise(&core.runtime, core.health.clone(), core.stopping.clone(), "errands", move || {
            let (tail, directory, views) = (tail.clone(), open.clone(), views.clone());
            let errands = Errands { tail, directory, views, clock: clock.clone() };
            async move {
                errands.run().await;
                Ok::<_, Infallible>(())
            }
        });
        Ok(Self { tls, listening: listen(listener, Arc::new(parts))? })
    }

    /// Accepts no more and ends all connections.
    pub async fn stop(self) {
        self.listening.stop().await;
    }
}
