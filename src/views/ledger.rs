//! Events of the log itself, narrowed, for whoever may read it.

use super::archive::{Archive, ArchiveError, PATIENCE};
use crate::event_log::{EventLog, LogError};
use std::sync::Arc;
use tokio::time::timeout;
use watchroom_domain::{By, Micros, Position, RecordedEvent, SubjectId};

/// Events read at a time.
const PAGE: usize = 1_000;
/// Most events looked at for one answer; the next one goes on there.
const MOST: usize = 20_000;
/// How far the hub's clock may have been set back without an event being missed.
const CLOCK_SLACK_US: Micros = 60 * watchroom_domain::SECOND_US;

/// Which events are wanted.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// Only events of this stream.
    pub stream: Option<String>,
    /// Only events of a kind of this name.
    pub kind: Option<String>,
    /// Only what this person made happen.
    pub person: Option<SubjectId>,
    /// Only events from this time on.
    pub from_us: Option<Micros>,
    /// Only events before this time.
    pub to_us: Option<Micros>,
}

impl Wanted {
    fn fits(&self, event: &RecordedEvent) -> bool {
        self.kind.as_ref().is_none_or(|kind| event.event.name() == kind)
            && self.person.is_none_or(|person| event.meta.by == By::Person(person))
            && self.from_us.is_none_or(|from| event.ts_us >= from)
            && self.to_us.is_none_or(|to| event.ts_us < to)
    }
}

/// Some events, and where to go on.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// The events, oldest first.
    pub events: Vec<Arc<RecordedEvent>>,
    /// Behind which position more may follow; none when that was all.
    pub more_behind: Option<Position>,
}

impl Archive {
    /// Events after a position, oldest first, at most `limit`. Telemetry is not among them: it is no event of
    /// anybody's, and [`Archive::series`] tells it.
    ///
    /// # Errors
    /// [`ArchiveError`] when the log cannot be read, or too many ask at once.
    pub async fn events(&self, wanted: Wanted, after: Position, limit: usize) -> Result<Found, ArchiveError> {
        let _asking = self.asking.try_acquire().map_err(|_| ArchiveError::Busy)?;
        let turn = timeout(PATIENCE, self.working.clone().acquire_owned()).await;
        let turn = turn.map_err(|_| ArchiveError::Busy)?.map_err(|_| ArchiveError::Stopping)?;
        let log = self.log.clone();
        self.on_runtime(async move {
            let _turn = turn;
            events(&log, &wanted, after, limit).await
        })
        .await
    }

    /// The event at a position, if it is there.
    ///
    /// # Errors
    /// [`ArchiveError`] when the log cannot be read.
    pub async fn event(&self, position: Position) -> Result<Option<Arc<RecordedEvent>>, ArchiveError> {
        let Some(before) = position.checked_sub(1) else { return Ok(None) };
        let log = self.log.clone();
        let found = self.on_runtime(async move { log.read(before, 1).await }).await?;
        Ok(found.into_iter().next().filter(|event| event.pos == position))
    }
}

async fn events(log: &EventLog, wanted: &Wanted, after: Position, limit: usize) -> Result<Found, LogError> {
    let mut after = match wanted.from_us {
        Some(from_us) => after.max(log.position_at(from_us.saturating_sub(CLOCK_SLACK_US)).await?),
        None => after,
    };
    let last = match wanted.to_us {
        Some(to_us) => log.position_at(to_us.saturating_add(CLOCK_SLACK_US)).await?,
        None => Position::MAX,
    };
    let (mut found, mut looked_at) = (Found::default(), 0);
    loop {
        let page = match &wanted.stream {
            Some(stream) => log.read_stream(stream, after, PAGE).await?,
            None => log.read_control(after, PAGE).await?,
        };
        let whole = page.len() == PAGE;
        for event in page {
            if event.pos > last {
                return Ok(found);
            }
            if wanted.fits(&event) {
                if found.events.len() == limit {
                    found.more_behind = Some(after);
                    return Ok(found);
                }
                found.events.push(event.clone());
            }
            after = event.pos;
            looked_at += 1;
        }
        if !whole {
            return Ok(found);
        }
        if looked_at >= MOST {
            found.more_behind = Some(after);
            return Ok(found);
        }
    }
}
