//! What is asked of the log itself: the course of a metric over any span, the life of an incident.

use crate::event_log::{EventLog, Found, LogError, Sought, Storage};
use std::collections::BTreeMap;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;
use thiserror::Error;
use tokio::runtime::Handle;
use tokio::sync::Semaphore;
use tokio::time::timeout;
use watchroom_analysis::{Bucket, downsample};
use watchroom_domain::{
    DeliveryId, Event, HOUR_US, IncidentId, MachineId, Micros, Position, RecordedEvent, SeriesId,
};

/// Frames read at a time.
const PAGE: usize = 2_000;
/// Samples may be recorded this much later than they were observed and still be found.
const BACKFILL_US: Micros = 6 * HOUR_US;
/// Most frames looked at for one answer: a day of frames every second.
const MAX_FRAMES: usize = 200_000;

/// Answers that are worked on at a time: each may look at many frames, and recording needs the processor too.
const AT_ONCE: usize = 2;
/// Answers that may wait for their turn, and for how long; a page of curves asks for a dozen.
const WAITING: usize = 64;
const PATIENCE: Duration = Duration::from_secs(15);

/// Events of one incident's life that are read.
const LIFE: usize = 500;
/// Events of a channel that are looked through for one incident.
const TOLD: usize = 5_000;

/// Events, oldest first.
pub type Events = Vec<Arc<RecordedEvent>>;

/// Each series' course, and whether anything was left out.
#[derive(Clone, Debug, Default)]
pub struct SeriesAnswer {
    /// Buckets by series.
    pub series: BTreeMap<SeriesId, Vec<Bucket>>,
    /// Whether the span had more frames than are looked at.
    pub truncated: bool,
}

/// How the log is.
#[derive(Clone, Debug)]
pub struct Vitals {
    /// What it holds on disk.
    pub storage: Storage,
    /// Where each reader stands.
    pub readers: Vec<(String, Position)>,
    /// How much each reader could not do yet.
    pub parked: BTreeMap<String, usize>,
}

/// Reads the log for the console, on the runtime that the log works on.
#[derive(Clone)]
pub struct Archive {
    log: EventLog,
    runtime: Handle,
    /// Places of answers under way, and of those that wait besides.
    working: Arc<Semaphore>,
    asking: Arc<Semaphore>,
}

/// The log could not be read.
#[derive(Debug, Error)]
pub enum ArchiveError {
    /// The log says why.
    #[error(transparent)]
    Log(#[from] LogError),
    /// The hub is stopping.
    #[error("the hub is stopping")]
    Stopping,
    /// Too many ask at once.
    #[error("too many curves are asked for at once; ask again in a few seconds")]
    Busy,
}

impl Archive {
    /// Reads this log.
    pub fn new(log: EventLog, runtime: Handle) -> Self {
        let (working, asking) = (Semaphore::new(AT_ONCE), Semaphore::new(AT_ONCE + WAITING));
        Self { log, runtime, working: Arc::new(working), asking: Arc::new(asking) }
    }

    /// Whether the log can be read.
    pub async fn readable(&self) -> bool {
        let log = self.log.clone();
        self.on_runtime(async move { log.head().await }).await.is_ok()
    }

    /// How the log is.
    ///
    /// # Errors
    /// [`ArchiveError`] when the log cannot be read.
    pub async fn vitals(&self) -> Result<Vitals, ArchiveError> {
        let log = self.log.clone();
        self.on_runtime(async move {
            let (readers, parked) = log.readers().await?;
            Ok(Vitals { storage: log.storage().await?, readers, parked })
        })
        .await
    }

    /// Events of an incident, oldest first: what became of it, and what was told through a channel.
    ///
    /// # Errors
    /// [`ArchiveError`] when the log cannot be read.
    pub async fn incident(
        &self,
        incident: IncidentId,
        fired: Position,
        channel: &str,
    ) -> Result<(Events, Events), ArchiveError> {
        let (log, told_in) = (self.log.clone(), format!("channel/{channel}"));
        self.on_runtime(async move {
            let life = log.read_stream(&format!("incident/{incident}"), 0, LIFE).await?;
            let mut told = log.read_stream(&told_in, fired, TOLD).await?;
            told.retain(|e| matches!(&e.event, Event::DeliveryAttempted(d) if d.incident == Some(incident)));
            Ok((life, told))
        })
        .await
    }

    /// Attempts at one delivery, oldest first, as far as they are among the channel's events that are looked
    /// through.
    ///
    /// # Errors
    /// [`ArchiveError`] when the log cannot be read.
    pub async fn attempts(
        &self,
        channel: &str,
        cause: Position,
        delivery: DeliveryId,
    ) -> Result<Events, ArchiveError> {
        let (log, stream) = (self.log.clone(), format!("channel/{channel}"));
        self.on_runtime(async move {
            let mut found = log.read_stream(&stream, cause, TOLD).await?;
            found.retain(|e| matches!(&e.event, Event::DeliveryAttempted(d) if d.delivery == delivery));
            Ok(found)
        })
        .await
    }

    /// Events before a position, newest first; see [`EventLog::browse`].
    ///
    /// # Errors
    /// [`ArchiveError`] when the log cannot be read, or too many ask at once.
    pub async fn browse(
        &self,
        sought: Sought,
        before: Position,
        limit: usize,
    ) -> Result<Found, ArchiveError> {
        let _asking = self.asking.try_acquire().map_err(|_| ArchiveError::Busy)?;
        let turn = timeout(PATIENCE, self.working.clone().acquire_owned()).await;
        let turn = turn.map_err(|_| ArchiveError::Busy)?.map_err(|_| ArchiveError::Stopping)?;
        let log = self.log.clone();
        self.on_runtime(async move {
            let _turn = turn;
            log.browse(&sought, before, limit).await
        })
        .await
    }

    /// The event at a position.
    ///
    /// # Errors
    /// [`ArchiveError`] when the log cannot be read.
    pub async fn event(&self, pos: Position) -> Result<Option<Arc<RecordedEvent>>, ArchiveError> {
        let log = self.log.clone();
        let read = self.on_runtime(async move { log.read(pos.saturating_sub(1), 1).await }).await?;
        Ok(read.into_iter().next().filter(|event| event.pos == pos))
    }

    /// The course of the given series of a machine between two times of the hub's clock, in at most
    /// `buckets` equal spans each.
    ///
    /// # Errors
    /// [`ArchiveError`] when the log cannot be read, or too many ask at once.
    pub async fn series(
        &self,
        machine: MachineId,
        wanted: Vec<SeriesId>,
        span: (Micros, Micros),
        buckets: usize,
    ) -> Result<SeriesAnswer, ArchiveError> {
        let _asking = self.asking.try_acquire().map_err(|_| ArchiveError::Busy)?;
        let turn = timeout(PATIENCE, self.working.clone().acquire_owned()).await;
        let turn = turn.map_err(|_| ArchiveError::Busy)?.map_err(|_| ArchiveError::Stopping)?;
        let log = self.log.clone();
        self.on_runtime(async move {
            // The work goes on when whoever asked is gone, and so does its turn.
            let _turn = turn;
            series(&log, machine, &wanted, span, buckets).await
        })
        .await
    }

    async fn on_runtime<T: Send + 'static>(
        &self,
        work: impl Future<Output = Result<T, LogError>> + Send + 'static,
    ) -> Result<T, ArchiveError> {
        Ok(self.runtime.spawn(work).await.map_err(|_| ArchiveError::Stopping)??)
    }
}

async fn series(
    log: &EventLog,
    machine: MachineId,
    wanted: &[SeriesId],
    (from_us, to_us): (Micros, Micros),
    buckets: usize,
) -> Result<SeriesAnswer, LogError> {
    let mut points: BTreeMap<SeriesId, Vec<(Micros, f64)>> =
        wanted.iter().map(|s| (*s, Vec::new())).collect();
    let (mut after, mut frames) = (0, 0);
    let truncated = loop {
        let page =
            log.read_telemetry(machine, from_us, to_us.saturating_add(BACKFILL_US), after, PAGE).await?;
        let Some(last) = page.last() else { break false };
        after = last.pos;
        for event in &page {
            let Event::Telemetry(telemetry) = &event.event else { continue };
            let offset = event.meta.frame.map_or(0, |f| f.offset_us);
            for sample in &telemetry.samples {
                if let Some(found) = points.get_mut(&sample.series) {
                    found.push((sample.observed_us.saturating_add(offset), sample.value));
                }
            }
        }
        frames += page.len();
        if page.len() < PAGE {
            break false;
        }
        if frames >= MAX_FRAMES {
            break true;
        }
    };
    let series = points.into_iter().map(|(s, p)| (s, downsample(p, from_us, to_us, buckets))).collect();
    Ok(SeriesAnswer { series, truncated })
}
