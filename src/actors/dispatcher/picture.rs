//! The picture of a notice, when it is made in time.
//!
//! The first notice of something critical never waits for one: from a reading to its mail it shall take
//! milliseconds, and reading an hour of a series and drawing it takes longer than the whole rest. Everything
//! else may wait a little; `docs/decisions` says why.

use super::item::Told;
use super::words::Telling;
use crate::views::IncidentRecord;
use async_trait::async_trait;
use std::sync::Arc;
use std::time::Duration;
use watchroom_domain::{Micros, Severity};

/// Longest wait for a picture.
const LONGEST: Duration = Duration::from_secs(3);
/// Largest picture, in bytes, so that a mail stays small.
const LARGEST: usize = 200 * 1024;

/// Draws the course of what an incident is about.
#[async_trait]
pub trait Pictures: Send + Sync + 'static {
    /// A picture (PNG) of the hours around an incident; `None` when there is nothing to be seen.
    async fn of(&self, record: &IncidentRecord, now_us: Micros) -> Option<Vec<u8>>;
}

/// The picture for this telling, if one is wanted and it is made in time.
pub async fn in_time(pictures: &dyn Pictures, telling: &Telling) -> Option<Arc<[u8]>> {
    let item = &telling.item;
    let record = telling.record.as_ref().filter(|record| record.series.is_some())?;
    let urgent = item.told == Told::Fired && item.severity == Severity::Critical && item.attempts == 0;
    let shown = item.told.alarms() || matches!(item.told, Told::Resolved { .. });
    if urgent || !shown {
        return None;
    }
    let drawn = tokio::time::timeout(LONGEST, pictures.of(record, telling.now_us)).await.ok()??;
    (drawn.len() <= LARGEST).then(|| Arc::from(drawn))
}
