//! Starts and stops the hub.

use super::certificate::Certificate;
use super::core::{Folded, Locks, Opened, UNFINISHED};
use super::keys::database;
use super::names::{public_url, served, socket_addresses};
use super::reload::{self, Reloader, tuned};
use super::socket::Socket;
use super::supervise::supervise;
use super::{Core, HubError, channels, checks, console, control, disk, forgetting, renewal};
use crate::actors::alerter::Alerter;
use crate::actors::dispatcher::Dispatcher;
use crate::actors::telegram::{self, Listener};
use crate::authority::Authority;
use crate::clock::Clock;
use crate::enrol::Enrolment;
use crate::event_log::LogError;
use crate::settings::Settings;
use crate::web::{Console, Revocations, SetupSecret, Tuning};
use futures_util::future::join_all;
use std::io::ErrorKind;
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::{Handle, Runtime};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use watchroom_domain::State;
use watchroom_wire::tls::hex;

/// Time for the readers of the log to end when the hub stops, for all of them together. All waits of a stop
/// make less than the service manager allows (`TimeoutStopSec`), also where the database is away.
const LAST_READERS: Duration = Duration::from_secs(10);
/// Time for what was handed in to be recorded then, and the log to be closed.
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
    telegram: Listener,
    connections: Socket,
    /// Reads settings and certificates anew.
    pub reloader: Reloader,
    _threads: Threads,
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
        Self::start_telling(settings, listeners, clock, Box::new(|_, _| ())).await
    }

    /// The same, and tells how many events of all have been read so far: a long log takes a while.
    ///
    /// # Errors
    /// As [`Hub::start`].
    pub async fn start_telling(
        settings: &Settings,
        listeners: Listeners,
        clock: Arc<dyn Clock>,
        folded: Folded,
    ) -> Result<Self, HubError> {
        let data_dir = settings.data_dir();
        make_private_folder(&data_dir)?;
        let locks = Locks::take(&data_dir, &database(settings)?)?;
        if data_dir.join(UNFINISHED).exists() {
            return Err(HubError::HalfRestored(data_dir));
        }
        let (console, socket) = (listeners.console.local_addr()?, listeners.socket.local_addr()?);
        let authority = Arc::new(Authority::open(&data_dir, clock.now_us())?);
        let public_url = public_url(settings, console);
        let served = served(settings, &public_url);
        let certificate = Certificate::load(settings, &authority, &served, clock.now_us())?;
        let (secrets, tuning) = (channels::secrets(settings), Tuning::default());
        tuning.change(tuned(settings)?);
        let (threads, handle) = Threads::start()?;
        let (core, Opened { head, judged }) = Core::open(settings, handle, clock.clone(), folded).await?;
        let alerter = start_alerter(&core, judged).await?;
        disk::watch(&core);
        checks::start(&core);
        let connections = Socket::start(settings, &core, &authority, &served, listeners.socket, head)?;
        let enrolment = Enrolment {
            registry: core.shared_registry(),
            clock: clock.clone(),
            ca_sha256: authority.sha256(),
            addresses: socket_addresses(settings, socket),
        };
        let setup = SetupSecret::new();
        let dispatchers = channels::start(settings, &core, &public_url, secrets.clone());
        let telegram = channels::listen(settings, &core, &public_url, secrets.clone());
        let own_certificate = settings.console.certificate.as_os_str().is_empty();
        let given = console::Given {
            enrolment: enrolment.clone(),
            setup: setup.clone(),
            revocations: Revocations::new(authority.clone()),
            tuning: tuning.clone(),
        };
        let web = console::web(settings, &core, given, &public_url, &telegram)?;
        let server = console::start(web, listeners.console, listeners.plain, certificate.clone())?;
        let (registry, settings) = (core.shared_registry(), settings.clone());
        let clock = clock.clone();
        let parts =
            reload::Parts { settings, certificate, authority, served, clock, registry, tuning, secrets };
        let reloader = Reloader::new(parts);
        renewal::start(&core, &reloader, &connections.tls);
        forgetting::start(&core);
        start_control(&core, &reloader, &public_url, &data_dir)?;
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
            telegram,
            connections,
            reloader,
            _threads: threads,
            _locks: locks,
        })
    }

    /// The link that makes the first account, while there is none.
    pub fn setup_link(&self) -> Option<String> {
        let owned = self.core.views.with(|state| state.has_owner());
        (!owned).then(|| format!("{}{}", self.public_url, self.setup.path()))
    }

    /// How the conversation with Telegram does, now and from now on.
    pub fn telegram(&self) -> watch::Receiver<telegram::Status> {
        self.telegram.status()
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
        stop_readers(self.alerter, self.telegram, self.dispatchers).await;
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
    }
}

/// Ends whoever reads the log, all at once: what one of them waits for, the others wait for too.
async fn stop_readers(alerter: JoinHandle<()>, telegram: Listener, dispatchers: Vec<Dispatcher>) {
    let alerter = async {
        if timeout(LAST_READERS, alerter).await.is_err() {
            tracing::warn!("stopping, though not everything was judged; the next start goes on there");
        }
    };
    let telegram = async {
        if timeout(LAST_READERS, telegram.stop()).await.is_err() {
            tracing::warn!(
                "stopping, though Telegram is still being listened to; what was written comes again"
            );
        }
    };
    let dispatchers = join_all(dispatchers.into_iter().map(|dispatcher| async {
        if timeout(LAST_READERS, dispatcher.stop()).await.is_err() {
            tracing::warn!("stopping, though a delivery is still under way; it is tried again later");
        }
    }));
    tokio::join!(alerter, telegram, dispatchers);
}

fn start_control(
    core: &Core,
    reloader: &Reloader,
    public_url: &str,
    data_dir: &Path,
) -> Result<(), HubError> {
    let parts = control::Parts {
        views: core.views.clone(),
        registry: core.shared_registry(),
        clock: core.clock.clone(),
        reloader: reloader.clone(),
        public_url: public_url.to_owned(),
        stopping: core.stopping.clone(),
    };
    // Listening needs the runtime on which it is answered.
    let _on = core.runtime.enter();
    match control::listen(data_dir) {
        Ok(listener) => {
            core.runtime.spawn(control::serve(listener, parts));
            Ok(())
        }
        // The system's limit on the path of a socket is about a hundred bytes.
        Err(error) if error.kind() == ErrorKind::InvalidInput => {
            tracing::error!(
                "the path of the data folder is too long for a socket in it: `watchroom reload` and `watchroom \
                 person reset-link` do not reach this hub; SIGHUP has it read its settings again"
            );
            Ok(())
        }
        Err(error) => Err(HubError::Control(error)),
    }
}

async fn start_alerter(core: &Core, judged: State) -> Result<JoinHandle<()>, HubError> {
    let parts = (core.log.clone(), core.tail.clone(), core.registry.clone(), core.clock.clone());
    let begin = move |known| {
        let (log, tail, registry, clock) = parts.clone();
        Alerter::new(log, tail, registry, clock, known)
    };
    // What keeps the first one from beginning is told to whoever starts the hub.
    let mut first = Some(core.runtime.spawn(begin(Some(judged))).await.map_err(|_| HubError::Ended)??);
    let stopping = core.stopping.clone();
    let running = supervise(&core.runtime, core.health.clone(), stopping.clone(), "alerter", move || {
        let (first, begun, stop) = (first.take(), begin(None), stopping.clone());
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

/// The runtime of everything that waits. Dropped, it waits for nobody, so that it can be dropped anywhere.
struct Threads(Option<Runtime>);

impl Threads {
    fn start() -> Result<(Self, Handle), HubError> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name("watchroom-io")
            .enable_all()
            .build()?;
        let handle = runtime.handle().clone();
        Ok((Self(Some(runtime)), handle))
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

/// Makes a folder, where there is none, that only its owner may look into.
///
/// # Errors
/// [`HubError::File`].
pub fn make_private_folder(path: &Path) -> Result<(), HubError> {
    use std::os::unix::fs::DirBuilderExt as _;
    let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(path);
    made.map_err(|cause| HubError::File { path: path.to_owned(), cause })
}
