//! The eye on the disk that the log lies on: it speaks up before the disk is full.

use super::Core;
use super::supervise::supervise;
use crate::actors::handle::{Registry, SubmitError};
use crate::actors::health::{Health, words};
use crate::event_log::{EventLog, Storage};
use std::convert::Infallible;
use std::time::Duration;
use tokio::time::timeout;
use watchroom_domain::{By, Command, Envelope, HubPart, HubTrouble};

/// How often it is looked.
const EVERY: Duration = Duration::from_secs(30);
/// Less room than this is told.
const LITTLE_BYTES: u64 = 512 << 20;
/// It is taken back only above this, so that nobody is told of every file that comes and goes.
const ENOUGH_BYTES: u64 = 640 << 20;
/// A write-ahead log beyond this is told: somebody reads for so long that it cannot be taken over.
const LARGE_WAL_BYTES: u64 = 512 << 20;
/// A database that does not answer must not keep the eye from looking again.
const PATIENCE: Duration = Duration::from_secs(10);

pub(super) fn watch(core: &Core) {
    let (log, health, registry) = (core.log.clone(), core.health.clone(), core.shared_registry());
    supervise(&core.runtime, core.health.clone(), core.stopping.clone(), "eye on the disk", move || {
        Eye::new(log.clone(), health.clone(), registry.clone()).run()
    });
}

struct Eye {
    log: EventLog,
    health: Health,
    registry: Registry,
    /// What was seen last, so that a line is written only when something changes.
    seen: Option<HubTrouble>,
    /// What was handed in last: after a start nobody knows what the log holds.
    reported: Option<Option<HubTrouble>>,
}

impl Eye {
    fn new(log: EventLog, health: Health, registry: Registry) -> Self {
        Self { log, health, registry, seen: None, reported: None }
    }

    async fn run(mut self) -> Result<(), Infallible> {
        loop {
            self.look().await;
            tokio::time::sleep(EVERY).await;
        }
    }

    async fn look(&mut self) {
        // Where nothing comes in, no batch would show that recording works again.
        if self.health.faults().iter().any(|(part, _)| *part == words::RECORDING)
            && self.log.probe().await.is_ok()
        {
            self.health.well(words::RECORDING);
        }
        // That a server is away is told where something is to be recorded.
        if let Err(error) = self.log.ping().await {
            tracing::debug!(%error, "the database does not answer");
        }
        let storage = self.log.storage().await;
        if let Err(error) = &storage {
            tracing::error!(%error, "it cannot be told how much room the log has");
        }
        let kept = self.log.keep_reserve().await;
        let concern = concern(&storage.unwrap_or_default(), self.seen);
        let now = if kept.is_err() { Some(HubTrouble::Full) } else { concern };
        match now {
            Some(HubTrouble::Full) => self.health.fault(words::DISK, words::FULL),
            Some(trouble) => self.health.concern(words::DISK, said(trouble)),
            None => self.health.well(words::DISK),
        }
        if now != self.seen {
            match (now.map(said), kept) {
                (Some(why), Err(error)) => tracing::error!(%error, "disk of the event log: {why}"),
                (Some(why), Ok(())) => tracing::warn!("disk of the event log: {why}"),
                (None, _) => tracing::info!("the disk of the event log has room again"),
            }
            self.seen = now;
        }
        self.report().await;
    }

    /// Has people told, while that can still be recorded.
    async fn report(&mut self) {
        if self.reported == Some(self.seen) {
            return;
        }
        let command = Command::ReportHub { part: HubPart::Disk, trouble: self.seen };
        let handed_in = self.registry.submit(Envelope::new(By::Hub, command));
        match timeout(PATIENCE, handed_in).await {
            Ok(Ok(_)) => self.reported = Some(self.seen),
            // It is handed in again at the next look.
            Err(_) | Ok(Err(SubmitError::Busy | SubmitError::Unavailable)) => {}
            Ok(Err(error)) => tracing::error!(%error, "nobody is told of the disk of the event log"),
        }
    }
}

/// What somebody should look after; `before` is what was seen at the last look.
fn concern(storage: &Storage, before: Option<HubTrouble>) -> Option<HubTrouble> {
    let little = matches!(before, Some(HubTrouble::LittleRoom | HubTrouble::Full));
    let least = if little { ENOUGH_BYTES } else { LITTLE_BYTES };
    if storage.free_bytes.is_some_and(|free| free < least) {
        return Some(HubTrouble::LittleRoom);
    }
    (storage.wal_bytes > LARGE_WAL_BYTES).then_some(HubTrouble::LargeWal)
}

fn said(trouble: HubTrouble) -> &'static str {
    match trouble {
        HubTrouble::LittleRoom => words::LITTLE_ROOM,
        HubTrouble::Full => words::FULL,
        HubTrouble::LargeWal => words::LARGE_WAL,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::actors::handle::Submit;
    use crate::clock::SystemClock;
    use crate::event_log::{LogOptions, MasterKey};
    use async_trait::async_trait;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::sync::{Arc, Mutex};
    use watchroom_domain::RecordedEvent;

    /// Takes commands, once it can.
    #[derive(Default)]
    struct Desk {
        open: AtomicBool,
        taken: Mutex<Vec<Command>>,
    }

    #[async_trait]
    impl Submit for Desk {
        async fn submit(&self, envelope: Envelope) -> Result<Vec<Arc<RecordedEvent>>, SubmitError> {
            if !self.open.load(Ordering::SeqCst) {
                return Err(SubmitError::Unavailable);
            }
            self.taken.lock().unwrap().push(envelope.command);
            Ok(Vec::new())
        }
    }

    impl Desk {
        fn troubles(&self) -> Vec<Option<HubTrouble>> {
            let taken = std::mem::take(&mut *self.taken.lock().unwrap());
            let trouble = |command: Command| match command {
                Command::ReportHub { part: HubPart::Disk, trouble } => trouble,
                other => panic!("{other:?}"),
            };
            taken.into_iter().map(trouble).collect()
        }
    }

    #[test]
    fn little_room_and_a_large_write_ahead_log_are_told() {
        let storage = |free, wal_bytes| Storage { database_bytes: 1, wal_bytes, free_bytes: Some(free) };
        let little = Some(HubTrouble::LittleRoom);
        assert_eq!(concern(&storage(1 << 40, 0), None), None);
        assert_eq!(concern(&storage(511 << 20, 0), None), little);
        assert_eq!(concern(&storage(600 << 20, 0), None), None);
        assert_eq!(concern(&storage(600 << 20, 0), little), little, "not at every file that goes");
        assert_eq!(concern(&storage(1 << 40, 1 << 30), None), Some(HubTrouble::LargeWal));
        assert_eq!(concern(&Storage::default(), None), None, "what cannot be told is no concern");
    }

    #[tokio::test]
    async fn space_that_cannot_be_kept_back_is_a_fault_until_it_can() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", folder.path().join("log.db").display());
        let master_key = MasterKey::new("test", [7; 32]);
        let options = LogOptions { node: "one".into(), master_key, clock: Arc::new(SystemClock) };
        let log = EventLog::open(&url, options).await.unwrap();
        let (health, reserve) = (Health::default(), folder.path().join("log.db.reserve"));
        let desk = Arc::new(Desk::default());
        let mut eye = Eye::new(log, health.clone(), desk.clone());
        std::fs::create_dir(&reserve).unwrap();
        health.fault(words::RECORDING, "test");
        eye.look().await;
        assert_eq!(health.faults().iter().map(|(part, _)| *part).collect::<Vec<_>>(), ["disk"]);
        assert!(desk.troubles().is_empty());
        desk.open.store(true, Ordering::SeqCst);
        eye.look().await;
        eye.look().await;
        assert_eq!(desk.troubles(), [Some(HubTrouble::Full)], "once, as soon as it can be");
        std::fs::remove_dir(&reserve).unwrap();
        eye.look().await;
        assert!(health.faults().is_empty());
        assert_eq!(desk.troubles(), [None]);
        assert_eq!(reserve.metadata().unwrap().len(), 16 << 20);
    }
}
