//! The eye on the disk that the log lies on: it speaks up before the disk is full.

use super::Core;
use super::supervise::supervise;
use crate::actors::health::Health;
use crate::event_log::{EventLog, Storage};
use std::convert::Infallible;
use std::time::Duration;

/// How often it is looked.
const EVERY: Duration = Duration::from_secs(30);
/// Less room than this is told.
const LITTLE_BYTES: u64 = 512 << 20;
/// A write-ahead log beyond this is told: somebody reads for so long that it cannot be taken over.
const LARGE_WAL_BYTES: u64 = 512 << 20;
/// Name of the part, as it is shown.
const PART: &str = "disk";

pub(super) fn watch(core: &Core) {
    let (log, health) = (core.log.clone(), core.health.clone());
    supervise(&core.runtime, core.health.clone(), core.stopping.clone(), "eye on the disk", move || {
        Eye { log: log.clone(), health: health.clone(), said: None }.run()
    });
}

struct Eye {
    log: EventLog,
    health: Health,
    /// What was said last, so that a line is written only when something changes.
    said: Option<&'static str>,
}

impl Eye {
    async fn run(mut self) -> Result<(), Infallible> {
        loop {
            self.look().await;
            tokio::time::sleep(EVERY).await;
        }
    }

    async fn look(&mut self) {
        // Where nothing comes in, no batch would show that recording works again.
        if self.health.faults().iter().any(|(part, _)| *part == "recording") && self.log.probe().await.is_ok()
        {
            self.health.well("recording");
        }
        let storage = self.log.storage().await;
        if let Err(error) = &storage {
            tracing::error!(%error, "it cannot be told how much room the log has");
        }
        let concern = concern(&storage.unwrap_or_default());
        let kept = self.log.keep_reserve().await;
        let full = kept.is_err();
        let now = if full { Some("full; the space that is kept back is missing") } else { concern };
        match (now, full) {
            (Some(why), true) => self.health.fault(PART, why),
            (Some(why), false) => self.health.concern(PART, why),
            (None, _) => self.health.well(PART),
        }
        if now != self.said {
            match (now, kept) {
                (Some(why), Err(error)) => tracing::error!(%error, "disk of the event log: {why}"),
                (Some(why), Ok(())) => tracing::warn!("disk of the event log: {why}"),
                (None, _) => tracing::info!("the disk of the event log has room again"),
            }
            self.said = now;
        }
    }
}

/// What somebody should look after.
fn concern(storage: &Storage) -> Option<&'static str> {
    if storage.free_bytes.is_some_and(|free| free < LITTLE_BYTES) {
        return Some("little room is left");
    }
    (storage.wal_bytes > LARGE_WAL_BYTES).then_some("the write-ahead log grows and is not taken over")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SystemClock;
    use crate::event_log::{LogOptions, MasterKey};
    use std::sync::Arc;

    #[test]
    fn little_room_and_a_large_write_ahead_log_are_told() {
        let storage = |free, wal_bytes| Storage { database_bytes: 1, wal_bytes, free_bytes: Some(free) };
        assert_eq!(concern(&storage(1 << 40, 0)), None);
        assert_eq!(concern(&storage(1 << 20, 0)), Some("little room is left"));
        assert!(concern(&storage(1 << 40, 1 << 30)).is_some_and(|why| why.contains("write-ahead")));
        assert_eq!(concern(&Storage::default()), None, "what cannot be told is no concern");
    }

    #[tokio::test]
    async fn space_that_cannot_be_kept_back_is_a_fault_until_it_can() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", folder.path().join("log.db").display());
        let master_key = MasterKey::new("test", [7; 32]);
        let options = LogOptions { node: "one".into(), master_key, clock: Arc::new(SystemClock) };
        let log = EventLog::open(&url, options).await.unwrap();
        let (health, reserve) = (Health::default(), folder.path().join("log.db.reserve"));
        let mut eye = Eye { log, health: health.clone(), said: None };
        std::fs::create_dir(&reserve).unwrap();
        health.fault("recording", "test");
        eye.look().await;
        assert_eq!(health.faults().iter().map(|(part, _)| *part).collect::<Vec<_>>(), ["disk"]);
        std::fs::remove_dir(&reserve).unwrap();
        eye.look().await;
        assert!(health.faults().is_empty());
        assert_eq!(reserve.metadata().unwrap().len(), 16 << 20);
    }
}
