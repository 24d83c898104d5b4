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
use watchroom_domain::body::DeliveryAttempted;
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
/// Events of a channel that are read at a time, and how often for one answer.
const TOLD: usize = 5_000;
const TOLD_PAGES: usize = 20;

/// Events, oldest first.
pub type Events = Vec<Arc<RecordedEvent>>;

/// Deliveries that are looked for, and how many attempts each had.
pub type Wanted = BTreeMap<DeliveryId, u32>;

/// What was told, and whether there is more than is looked through.
#[derive(Clone, Debug, Default)]
pub struct Told {
    /// Attempts, oldest first within a channel.
    pub attempts: Events,
    /// Whether some were not found among the events that are looked through.
    pub cut: bool,
}

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

    /// Events of an incident, oldest first: what became of it, and what was told through channels, each with the
    /// deliveries that are known of it.
    ///
    /// # Errors
    /// [`ArchiveError`] when the log cannot be read.
    pub async fn incident(
        &self,
        incident: IncidentId,
        fired: Position,
        channels: Vec<(&'static str, Wanted)>,
    ) -> Result<(Events, Told), ArchiveError> {
        let log = self.log.clone();
        self.on_runtime(async move {
            let life = log.read_stream(&format!("incident/{incident}"), 0, LIFE).await?;
            let mut told = Told::default();
            for (channel, wanted) in channels {
                let of_it = |d: &DeliveryAttempted| d.incident == Some(incident);
                let found = look_through(&log, channel, fired, &wanted, of_it).await?;
                told.attempts.extend(found.attempts);
                told.cut |= found.cut;
            }
            Ok((life, told))
        })
        .await
    }

    /// Attempts at one delivery that had so many, oldest first.
    ///
    /// # Errors
    /// [`ArchiveError`] when the log cannot be read.
    pub async fn attempts(
        &self,
        channel: &str,
        cause: Position,
        (delivery, attempts): (DeliveryId, u32),
    ) -> Result<Told, ArchiveError> {
        let (log, channel) = (self.log.clone(), channel.to_owned());
        self.on_runtime(async move {
            let wanted = BTreeMap::from([(delivery, attempts)]);
            look_through(&log, &channel, cause, &wanted, |d| d.delivery == delivery).await
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

/// Reads on in a channel's events until the last attempt at everything that is wanted was found. Where nothing is
/// known to be there, a first look is enough.
async fn look_through(
    log: &EventLog,
    channel: &str,
    mut after: Position,
    wanted: &Wanted,
    of_it: impl Fn(&DeliveryAttempted) -> bool,
) -> Result<Told, LogError> {
    let (stream, mut attempts, mut open) = (format!("channel/{channel}"), Vec::new(), wanted.clone());
    for _ in 0..TOLD_PAGES {
        let page = log.read_stream(&stream, after, TOLD).await?;
        let more = page.last().filter(|_| page.len() == TOLD).map(|event| event.pos);
        for event in page {
            let Event::DeliveryAttempted(d) = &event.event else { continue };
            if of_it(d) {
                open.retain(|delivery, last| *delivery != d.delivery || d.attempt < *last);
                attempts.push(event);
            }
        }
        match more.filter(|_| !open.is_empty()) {
            Some(pos) => after = pos,
            None => return Ok(Told { attempts, cut: false }),
        }
    }
    Ok(Told { attempts, cut: true })
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
