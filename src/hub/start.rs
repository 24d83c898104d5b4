//! Starts and stops the hub.

use super::certificate::Certificate;
use super::core::Locks;
use super::names::{certificate_names, public_url, socket_addresses};
use super::socket::Socket;
use super::supervise::supervise;
use super::{Core, HubError, channels, checks, console, disk};
use crate::actors::alerter::Alerter;
use crate::actors::dispatcher::Dispatcher;
use crate::actors::socket::SocketTls;
use crate::authority::Authority;
use crate::clock::Clock;
use crate::enrol::Enrolment;
use crate::event_log::LogError;
use crate::settings::Settings;
use crate::web::{Console, SetupSecret};
use std::convert::Infallible;
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Runtime;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use watchroom_wire::tls::hex;

/// Between two renewals.
const DAY: Duration = Duration::from_secs(24 * 3_600);
/// Time for what was handed in to be recorded when the hub stops.
const LAST_BATCHES: Duration = Duration::from_secs(10);

/// Bound listeners.
pub struct Listeners {
    /// For the console.
    pub console: TcpListener,
    /// For the socket.
    pub socket: TcpListener,
    /// For the console without TLS, on loopback.
    pub plain: Option<TcpListener>,
}

/// Binds what the settings name.
///
/// # Errors
/// [`HubError::Bind`].
pub fn bind(settings: &Settings) -> Result<Listeners, HubError> {
    let bind = |setting, address: SocketAddr| {
        TcpListener::bind(address).map_err(|cause| HubError::Bind { setting, address, cause })
    };
    let plain = settings.console.plain_http.parse().ok();
    Ok(Listeners {
        console: bind("console.listen", settings.console.listen)?,
        socket: bind("socket.listen", settings.socket.listen)?,
        plain: plain.map(|a| bind("console.plain_http", a)).transpose()?,
    })
}

/// A running hub. Must be started and stopped inside an actix system.
pub struct Hub {
    /// What every part of the hub works with.
    pub core: Core,
    /// Makes join tokens.
    pub enrolment: Enrolment,
    /// Where the console listens.
    pub console: SocketAddr,
    /// Where the socket listens.
    pub socket: SocketAddr,
    /// The console's address in mails and links.
    pub public_url: String,
    /// Whether the console's certificate is of the hub's own authority.
    pub own_certificate: bool,
    setup: SetupSecret,
    server: Console,
    alerter: JoinHandle<()>,
    dispatchers: Vec<Dispatcher>,
    connections: Socket,
    runtime: Runtime,
    _locks: Locks,
}

impl Hub {
    /// Starts everything. When this returns, commands are taken and connections are accepted.
    ///
    /// # Errors
    /// [`HubError`] that says what to do; nothing is left running then.
    pub async fn start(
        settings: &Settings,
        listeners: Listeners,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, HubError> {
        let data_dir = settings.data_dir();
        make_private_folder(&data_dir)?;
        let locks = Locks::take(&data_dir, &settings.log_url())?;
        let (console, socket) = (listeners.console.local_addr()?, listeners.socket.local_addr()?);
        let authority = Arc::new(Authority::open(&data_dir, clock.now_us())?);
        let names = certificate_names(settings);
        let certificate = Certificate::load(settings, &authority, &names, clock.now_us())?;
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name("watchroom-io")
            .enable_all()
            .build()?;
        let (core, head) = Core::open(settings, runtime.handle().clone(), clock.clone()).await?;
        let alerter = start_alerter(&core).await?;
        disk::watch(&core);
        checks::start(&core);
        let connections = Socket::start(settings, &core, &authority, &names, listeners.socket, head)?;
        let enrolment = Enrolment {
            registry: core.shared_registry(),
            clock: clock.clone(),
            ca_sha256: authority.sha256(),
            addresses: socket_addresses(settings, socket),
        };
        let (setup, public_url) = (SetupSecret::new(), public_url(settings, console));
        let dispatchers = channels::start(settings, &core, &public_url);
        let own_certificate = settings.console.certificate.as_os_str().is_empty();
        let web = console::web(settings, &core, enrolment.clone(), setup.clone())?;
        let server = console::start(web, listeners.console, listeners.plain, certificate.clone())?;
        let renewal = Renewal { settings: settings.clone(), authority, names, certificate };
        renewal.supervise(&core, connections.tls.clone());
        Ok(Self {
            core,
            enrolment,
            console,
            socket,
            public_url,
            own_certificate,
            setup,
            server,
            alerter,
            dispatchers,
            connections,
            runtime,
            _locks: locks,
        })
    }

    /// The link that makes the first account, while there is none.
    pub fn setup_link(&self) -> Option<String> {
        let owned = self.core.views.with(|state| state.has_owner());
        (!owned).then(|| format!("{}{}", self.public_url, self.setup.path()))
    }

    /// Fingerprint (SHA-256, hex) of the hub's authority.
    pub fn authority_sha256(&self) -> String {
        hex(&self.enrolment.ca_sha256)
    }

    /// Ends connections, lets what was handed in be recorded, and stops.
    pub async fn stop(self) {
        self.server.stop().await;
        self.connections.stop().await;
        self.core.stopping.cancel();
        if timeout(LAST_BATCHES, self.alerter).await.is_err() {
            tracing::warn!("stopping, though not everything was judged; the next start goes on there");
        }
        for dispatcher in self.dispatchers {
            if timeout(LAST_BATCHES, dispatcher.stop()).await.is_err() {
                tracing::warn!("stopping, though a delivery is still under way; it is tried again later");
            }
        }
        if timeout(LAST_BATCHES, self.core.registry.drain()).await.is_err() {
            tracing::warn!("stopping, though not everything could be recorded in time");
        }
        // Into one file, without which a copy of the database could lack its newest part.
        let log = self.core.log.clone();
        if let Ok(Ok(Err(error))) =
            timeout(LAST_BATCHES, self.core.runtime.spawn(async move { log.close().await })).await
        {
            tracing::warn!(%error, "the log is not closed; nothing is lost, and it is opened again all the same");
        }
        self.runtime.shutdown_background();
    }
}

async fn start_alerter(core: &Core) -> Result<JoinHandle<()>, HubError> {
    let parts = (core.log.clone(), core.tail.clone(), core.registry.clone(), core.clock.clone());
    let begin = move || {
        let (log, tail, registry, clock) = parts.clone();
        Alerter::new(log, tail, registry, clock)
    };
    // What keeps the first one from beginning is told to whoever starts the hub.
    let mut first = Some(core.runtime.spawn(begin()).await.map_err(|_| HubError::Ended)??);
    let stopping = core.stopping.clone();
    let running = supervise(&core.runtime, core.health.clone(), stopping.clone(), "alerter", move || {
        let (first, begun, stop) = (first.take(), begin(), stopping.clone());
        async move {
            let alerter = match first {
                Some(alerter) => alerter,
                None => begun.await?,
            };
            alerter.run(stop).await;
            Ok::<_, LogError>(())
        }
    });
    Ok(running)
}

/// Makes the hub's own certificates anew every day, long before they end, and reads the user's again.
#[derive(Clone)]
struct Renewal {
    settings: Settings,
    authority: Arc<Authority>,
    names: Vec<String>,
    certificate: Arc<Certificate>,
}

impl Renewal {
    fn supervise(self, core: &Core, tls: Arc<SocketTls>) {
        let clock = core.clock.clone();
        supervise(
            &core.runtime,
            core.health.clone(),
            core.stopping.clone(),
            "renewal of certificates",
            move || {
                let running = self.clone().run(tls.clone(), clock.clone());
                async move {
                    running.await;
                    Ok::<_, Infallible>(())
                }
            },
        );
    }

    async fn run(self, tls: Arc<SocketTls>, clock: Arc<dyn Clock>) {
        loop {
            tokio::time::sleep(DAY).await;
            let now_us = clock.now_us();
            if let Err(error) = self.certificate.renew(&self.settings, &self.authority, &self.names, now_us) {
                tracing::error!(%error, "the console's certificate is not renewed");
            }
            if let Err(error) = tls.renew() {
                tracing::error!(%error, "the socket's certificate is not renewed");
            }
        }
    }
}

fn make_private_folder(path: &Path) -> Result<(), HubError> {
    use std::os::unix::fs::DirBuilderExt as _;
    let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(path);
    made.map_err(|cause| HubError::File { path: path.to_owned(), cause })
}
