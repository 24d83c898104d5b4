//! Starts and stops the hub.

use super::certificate::Certificate;
use super::channels::{self, ChannelParts};
use super::console::{self, ConsoleParts};
use super::keys::{KeyError, master_key};
use super::names::{certificate_names, machine_name, public_url, socket_addresses};
use crate::actors::alerter::Alerter;
use crate::actors::dispatcher::Dispatcher;
use crate::actors::handle::{Submit as _, SubmitError};
use crate::actors::registry::{RegistryActor, RegistryHandle, RegistryParts};
use crate::actors::socket::{Directory, Listening, Revoker, SocketParts, SocketTls, TlsError, listen};
use crate::authority::{Authority, AuthorityError};
use crate::clock::Clock;
use crate::enrol::Enrolment;
use crate::event_log::{EventLog, LogError, LogOptions};
use crate::settings::Settings;
use crate::views::{Tail, Views};
use crate::web::{Console, SetupSecret};
use actix::Actor as _;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use thiserror::Error;
use tokio::runtime::Runtime;
use watchroom_domain::{By, Command, Envelope, Event, HOUR_US, Position};
use watchroom_wire::tls::hex;

/// Between two renewals.
const DAY: Duration = Duration::from_secs(24 * 3_600);
/// Time for what was handed in to be recorded when the hub stops.
const LAST_BATCHES: Duration = Duration::from_secs(10);

/// The hub cannot start.
#[derive(Debug, Error)]
pub enum HubError {
    /// An address cannot be listened on.
    #[error("{setting} = \"{address}\" cannot be listened on: {cause}. Is another program using it?")]
    Bind {
        /// The setting.
        setting: &'static str,
        /// Its value.
        address: SocketAddr,
        /// Why.
        cause: io::Error,
    },
    /// A folder or file cannot be used.
    #[error("{}: {cause}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        cause: io::Error,
    },
    /// The master key cannot be had.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The log cannot be used.
    #[error("event log: {0}")]
    Log(#[from] LogError),
    /// Certificates cannot be used.
    #[error(transparent)]
    Authority(#[from] AuthorityError),
    /// TLS cannot be set up.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The console's certificate and key cannot be used.
    #[error("console.certificate: {0}")]
    Certificate(rustls::Error),
    /// Passwords cannot be hashed.
    #[error("passwords cannot be hashed: is there memory enough?")]
    Passwords,
    /// The first event cannot be recorded.
    #[error("the start cannot be recorded: {0}")]
    Submit(#[from] SubmitError),
    /// A system resource is missing.
    #[error("{0}")]
    System(#[from] io::Error),
    /// A task ended that must not.
    #[error("a part of the hub ended while it was starting")]
    Ended,
}

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
    runtime: Option<Runtime>,
    listening: Option<Listening>,
    directory: Directory,
    server: Console,
    dispatchers: Vec<Dispatcher>,
    setup: SetupSecret,
    /// Whether the console's certificate is of the hub's own authority.
    pub own_certificate: bool,
    /// The event log.
    pub log: EventLog,
    /// Takes commands.
    pub registry: RegistryHandle,
    /// What is so.
    pub views: Views,
    /// The newest events.
    pub tail: Tail,
    /// The certificate authority.
    pub authority: Arc<Authority>,
    /// The hub's clock.
    pub clock: Arc<dyn Clock>,
    /// Where the console listens.
    pub console: SocketAddr,
    /// Where the socket listens.
    pub socket: SocketAddr,
    /// Makes join tokens.
    pub enrolment: Enrolment,
    /// The console's address in mails and links.
    pub public_url: String,
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
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name("watchroom-io")
            .enable_all()
            .build()?;
        let (log, views, head) = open_log(settings, &data_dir, &runtime, clock.clone()).await?;
        let tail = Tail::new(Arc::new(log.clone()), head);
        let parts = RegistryParts {
            log: log.clone(),
            runtime: runtime.handle().clone(),
            clock: clock.clone(),
            views: views.clone(),
            tail: tail.clone(),
        };
        let registry = RegistryHandle::new(RegistryActor::new(parts, views.with(Clone::clone)).start());
        let program = concat!("watchroom/", env!("CARGO_PKG_VERSION")).to_owned();
        let start = Command::StartHub { node: machine_name(), program };
        registry.submit(Envelope::new(By::Hub, start)).await?;

        let (console, socket) = (listeners.console.local_addr()?, listeners.socket.local_addr()?);
        let authority = Arc::new(Authority::open(&data_dir, clock.now_us())?);
        let names = certificate_names(settings);
        let certificate = Certificate::load(settings, &authority, &names, clock.now_us())?;
        let tls = Arc::new(SocketTls::new(authority.clone(), names.clone(), clock.clone())?);
        let directory = Directory::default();
        let listening = listen(
            listeners.socket,
            Arc::new(SocketParts {
                tls: tls.clone(),
                authority: authority.clone(),
                registry: registry.clone(),
                views: views.clone(),
                clock: clock.clone(),
                directory: directory.clone(),
                max_connections: settings.socket.max_connections,
                refused: Default::default(),
                failed_handshakes: Default::default(),
            }),
        )?;
        let alerter = Alerter::new(log.clone(), tail.clone(), registry.clone(), clock.clone());
        let alerter = runtime.spawn(alerter).await.map_err(|_| HubError::Ended)??;
        runtime.spawn(alerter.run());
        runtime
            .spawn(Revoker { tail: tail.clone(), directory: directory.clone(), tls: tls.clone() }.run(head));
        runtime.spawn(warm(log.clone(), views.clone(), clock.now_us(), head));
        let enrolment = Enrolment {
            registry: Arc::new(registry.clone()),
            clock: clock.clone(),
            ca_sha256: authority.sha256(),
            addresses: socket_addresses(settings, socket),
        };
        let setup = SetupSecret::new();
        let parts = ConsoleParts {
            settings,
            runtime: runtime.handle().clone(),
            registry: enrolment.registry.clone(),
            views: views.clone(),
            log: log.clone(),
            tail: tail.clone(),
            clock: clock.clone(),
            enrolment: enrolment.clone(),
            setup: setup.clone(),
            certificate: certificate.clone(),
        };
        let public_url = public_url(settings, console);
        let told = ChannelParts {
            settings,
            data_dir: &data_dir,
            public_url: &public_url,
            registry: enrolment.registry.clone(),
            views: views.clone(),
            log: log.clone(),
            tail: tail.clone(),
            clock: clock.clone(),
        };
        let dispatchers = channels::start(&told, runtime.handle());
        let server = console::start(parts, listeners.console, listeners.plain)?;
        runtime.spawn(renew_daily(
            settings.clone(),
            authority.clone(),
            names,
            certificate,
            tls,
            clock.clone(),
        ));
        Ok(Self {
            runtime: Some(runtime),
            listening: Some(listening),
            directory,
            server,
            dispatchers,
            setup,
            enrolment,
            own_certificate: settings.console.certificate.as_os_str().is_empty(),
            log,
            registry,
            views,
            tail,
            authority,
            clock,
            console,
            socket,
            public_url,
        })
    }

    /// Where the log's work and everything that waits for the network runs.
    pub fn runtime(&self) -> Option<&tokio::runtime::Handle> {
        self.runtime.as_ref().map(Runtime::handle)
    }

    /// The link that makes the first account, while there is none.
    pub fn setup_link(&self) -> Option<String> {
        let owned = self.views.with(|state| state.has_owner());
        (!owned).then(|| format!("{}{}", self.public_url, self.setup.path()))
    }

    /// Fingerprint (SHA-256, hex) of the hub's authority.
    pub fn authority_sha256(&self) -> String {
        hex(&self.authority.sha256())
    }

    /// Ends connections, lets what was handed in be recorded, and stops.
    pub async fn stop(mut self) {
        self.server.stop().await;
        self.directory.end_all();
        for dispatcher in self.dispatchers.drain(..) {
            if tokio::time::timeout(LAST_BATCHES, dispatcher.stop()).await.is_err() {
                tracing::warn!("stopping, though a delivery is still under way; it is tried again later");
            }
        }
        drop(self.listening.take());
        if tokio::time::timeout(LAST_BATCHES, self.registry.drain()).await.is_err() {
            tracing::warn!("stopping, though not everything could be recorded in time");
        }
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// Makes the hub's own certificates anew every day, long before they end, and reads the user's again.
async fn renew_daily(
    settings: Settings,
    authority: Arc<Authority>,
    names: Vec<String>,
    certificate: Arc<Certificate>,
    tls: Arc<SocketTls>,
    clock: Arc<dyn Clock>,
) {
    loop {
        tokio::time::sleep(DAY).await;
        if let Err(error) = certificate.renew(&settings, &authority, &names, clock.now_us()) {
            tracing::error!(%error, "the console's certificate is not renewed");
        }
        if let Err(error) = tls.renew() {
            tracing::error!(%error, "the socket's certificate is not renewed");
        }
    }
}

async fn open_log(
    settings: &Settings,
    data_dir: &Path,
    runtime: &Runtime,
    clock: Arc<dyn Clock>,
) -> Result<(EventLog, Views, Position), HubError> {
    let master_key = master_key(&settings.log.master_key, data_dir)?;
    let (url, node) = (settings.log_url(), machine_name());
    let opened = runtime.spawn(async move {
        let log = EventLog::open(&url, LogOptions { node, master_key, clock }).await?;
        let views = Views::default();
        let head = fold(&log, &views).await?;
        Ok::<_, LogError>((log, views, head))
    });
    Ok(opened.await.map_err(|_| HubError::Ended)??)
}

/// Folds everything but telemetry into the read models; gives the head's position.
async fn fold(log: &EventLog, views: &Views) -> Result<Position, LogError> {
    const PAGE: usize = 2_000;
    let mut after = 0;
    loop {
        let page = log.read_control(after, PAGE).await?;
        for event in &page {
            views.apply(event);
            after = event.pos;
        }
        if page.len() < PAGE {
            break;
        }
    }
    let head = log.head().await?;
    views.complete(head, log.producers().await?);
    Ok(head)
}

/// Brings back the last hour's course of every machine, in the background.
async fn warm(log: EventLog, views: Views, now_us: i64, head: Position) {
    const PAGE: usize = 2_000;
    for machine in views.with(|s| s.machines.keys().copied().collect::<Vec<_>>()) {
        let mut after = 0;
        loop {
            let page = match log.read_telemetry(machine, now_us - HOUR_US, now_us, after, PAGE).await {
                Ok(page) => page,
                Err(error) => return tracing::warn!(%error, "the last hour's course is not brought back"),
            };
            for event in page.iter().filter(|e| e.pos <= head && matches!(e.event, Event::Telemetry(_))) {
                views.warm(event);
                after = event.pos;
            }
            if page.len() < PAGE || page.last().is_none_or(|e| e.pos > head) {
                break;
            }
        }
    }
}

fn make_private_folder(path: &Path) -> Result<(), HubError> {
    use std::os::unix::fs::DirBuilderExt as _;
    let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(path);
    made.map_err(|cause| HubError::File { path: path.to_owned(), cause })
}
