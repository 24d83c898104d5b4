//! The middle of the hub: the log, what is so by it, and the registry.

use super::HubError;
use super::keys::{database, master_key};
use super::names::machine_name;
use crate::actors::alerter::Alerter;
use crate::actors::handle::{Registry, Submit as _};
use crate::actors::health::Health;
use crate::actors::registry::{RegistryActor, RegistryHandle, RegistryParts};
use crate::clock::Clock;
use crate::event_log::{Address, EventLog, LogError, LogOptions};
use crate::letters::LinkSecrets;
use crate::meters::Meters;
use crate::settings::Settings;
use crate::views::{Archive, Tail, Views};
use actix::Actor as _;
use std::fs::{File, TryLockError};
use std::path::Path;
use std::sync::Arc;
use tokio::runtime::Handle;
use tokio::sync::Mutex;
use tokio_util::sync::CancellationToken;
use watchroom_domain::{By, Command, Envelope, Event, HOUR_US, Position, State};

/// Events read at a time.
const PAGE: usize = 2_000;

/// What every part of the hub works with.
#[derive(Clone)]
pub struct Core {
    /// Where the log's work and everything that waits for the network runs.
    pub runtime: Handle,
    /// The event log.
    pub log: EventLog,
    /// What is so.
    pub views: Views,
    /// The newest events.
    pub tail: Tail,
    /// The hub's clock.
    pub clock: Arc<dyn Clock>,
    /// Reads the log for all who ask for curves: they share its limits.
    pub archive: Archive,
    /// Takes commands.
    pub registry: RegistryHandle,
    /// What does not work at the moment.
    pub health: Health,
    /// What the hub counts of itself.
    pub meters: Meters,
    /// Computes the secrets of letters' links.
    pub links: LinkSecrets,
    /// Held by the API while a change is compared with what is there and recorded.
    pub changes: Arc<Mutex<()>>,
    /// Told when the parts that read the log are to end.
    pub stopping: CancellationToken,
}

impl Core {
    /// Opens the log, folds what is so, and records that the hub starts. Gives what was found before that.
    pub(super) async fn open(
        settings: &Settings,
        runtime: Handle,
        clock: Arc<dyn Clock>,
        mut folded: Folded,
    ) -> Result<(Self, Opened), HubError> {
        let key = master_key(&settings.log.master_key, &settings.data_dir())?;
        let links = LinkSecrets::new(key.derived(b"watchroom letter links"));
        let options = LogOptions { node: machine_name(), master_key: key, clock: clock.clone() };
        let address = database(settings)?;
        let opened = runtime.spawn(async move {
            let log = EventLog::open(address, options).await?;
            let views = Views::default();
            let opened = fold(&log, &views, &mut folded).await?;
            Ok::<_, LogError>((log, views, opened))
        });
        let (log, views, opened) = opened.await.map_err(|_| HubError::Ended)??;
        let tail = Tail::new(Arc::new(log.clone()), opened.head);
        let (health, meters) = (Health::default(), Meters::default());
        let parts = RegistryParts {
            log: log.clone(),
            runtime: runtime.clone(),
            clock: clock.clone(),
            views: views.clone(),
            tail: tail.clone(),
            health: health.clone(),
            meters: meters.clone(),
        };
        let registry = RegistryHandle::new(RegistryActor::new(parts, views.with(Clone::clone)).start());
        let program = concat!("watchroom/", env!("CARGO_PKG_VERSION")).to_owned();
        let start = Command::StartHub { node: machine_name(), program };
        registry.submit(Envelope::new(By::Hub, start)).await?;
        let archive = Archive::new(log.clone(), runtime.clone());
        let warming = warm(log.clone(), views.clone(), clock.now_us(), opened.head);
        let stopping = CancellationToken::new();
        let stopped = stopping.clone();
        runtime.spawn(async move { stopped.run_until_cancelled(warming).await });
        Ok((
            Self {
                runtime,
                log,
                views,
                tail,
                clock,
                archive,
                registry,
                health,
                meters,
                links,
                changes: Arc::default(),
                stopping,
            },
            opened,
        ))
    }

    /// The registry, as everybody else sees it.
    pub fn shared_registry(&self) -> Registry {
        Arc::new(self.registry.clone())
    }
}

/// A file in the data folder that says that a restore has begun and not ended.
pub const UNFINISHED: &str = "restore-unfinished";

/// What was found when the log was read.
pub(super) struct Opened {
    /// Position of the last event.
    pub head: Position,
    /// What was so where the alerter goes on. It needs the same events, and reading them takes most of a start.
    pub judged: State,
}

/// Told how far reading the log has come: position, and the last one.
pub type Folded = Box<dyn FnMut(Position, Position) + Send>;

/// What a hub has to itself, until it is dropped.
pub struct Locks {
    _folder: File,
    _log: Option<File>,
}

impl Locks {
    /// Takes the data folder and the log for this process, for two hubs on one log would each believe to
    /// be the only one. The log may lie elsewhere, so that it has a lock of its own beside its file; on a
    /// server, whoever opens it for recording holds a lock there.
    ///
    /// # Errors
    /// [`HubError::InUse`], [`HubError::LogInUse`], [`HubError::File`].
    pub fn take(data_dir: &Path, log: &Address) -> Result<Self, HubError> {
        let in_use = || HubError::InUse(data_dir.to_owned());
        let folder = lock(&data_dir.join("hub.lock"), in_use)?;
        let Some(log) = log.file() else { return Ok(Self { _folder: folder, _log: None }) };
        // Links to one file are one log. Where there is none yet, there is no link to it either.
        let log = log.canonicalize().unwrap_or_else(|_| log.into());
        let mut beside = log.clone().into_os_string();
        beside.push(".lock");
        let log = lock(Path::new(&beside), || HubError::LogInUse(log))?;
        Ok(Self { _folder: folder, _log: Some(log) })
    }
}

fn lock(path: &Path, in_use: impl FnOnce() -> HubError) -> Result<File, HubError> {
    let file = |cause| HubError::File { path: path.to_owned(), cause };
    let lock = File::options().write(true).create(true).truncate(false).open(path).map_err(file)?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => Err(in_use()),
        Err(TryLockError::Error(cause)) => Err(file(cause)),
    }
}

/// Folds everything but telemetry into the read models; gives the head's position.
async fn fold(log: &EventLog, views: &Views, folded: &mut Folded) -> Result<Opened, LogError> {
    let (mut after, all) = (0, log.head().await?);
    let (place, mut judged) = (Alerter::place(log).await?, None);
    loop {
        let page = log.read_control(after, PAGE).await?;
        for event in &page {
            if event.pos > place {
                judged.get_or_insert_with(|| views.with(Clone::clone));
            }
            views.apply(event);
            after = event.pos;
        }
        folded(after, all);
        if page.len() < PAGE {
            break;
        }
    }
    let head = log.head().await?;
    let mut judged = judged.unwrap_or_else(|| views.with(Clone::clone));
    judged.position = place;
    views.complete(head, log.producers().await?);
    Ok(Opened { head, judged })
}

/// Brings back the last hour's course of every machine, in the background.
async fn warm(log: EventLog, views: Views, now_us: i64, head: Position) {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_hubs_with_folders_of_their_own_cannot_share_a_log() {
        let folder = tempfile::tempdir().unwrap();
        let [one, two] = ["one", "two"].map(|name| folder.path().join(name));
        for path in [&one, &two] {
            std::fs::create_dir(path).unwrap();
        }
        let file = folder.path().join("log.db");
        std::fs::write(&file, []).unwrap();
        let link = folder.path().join("link.db");
        std::os::unix::fs::symlink(&file, &link).unwrap();
        let address = |path: &Path| Address::parse(&format!("sqlite://{}", path.display()), None).unwrap();
        let (log, linked) = (address(&file), address(&link));
        let locks = Locks::take(&one, &log).unwrap();
        assert!(matches!(Locks::take(&one, &log), Err(HubError::InUse(_))));
        assert!(matches!(Locks::take(&two, &linked), Err(HubError::LogInUse(_))));
        drop(locks);
        Locks::take(&two, &linked).unwrap();
    }
}
