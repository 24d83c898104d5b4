//! Looking back: the newest events first, page by page. However much the log holds, one look reads a bounded
//! number of rows, each by an index; where few of them are sought, it says how far it came.

use super::error::LogError;
use super::store::{EventRow, Which};
use super::{CLOCK_SLACK_US, EventLog};
use std::sync::Arc;
use watchroom_domain::{By, Meta, Micros, Position, RecordedEvent, SubjectId};

/// Rows read at a time.
const READ_AT_ONCE: usize = 1_000;
/// Most rows that one look reads.
const MOST_ROWS: usize = 10_000;

/// Who made happen what is sought.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Who {
    /// Whoever or whatever it was.
    #[default]
    Anybody,
    /// People, signed in or not yet.
    People,
    /// This person.
    Person(SubjectId),
}

impl Who {
    pub(super) fn fits(self, meta: &[u8]) -> bool {
        if self == Who::Anybody {
            return true;
        }
        let by = serde_json::from_slice::<Meta>(meta).map(|meta| meta.by);
        match (self, by) {
            (Who::People, Ok(by)) => matches!(by, By::Person(_) | By::Stranger),
            (Who::Person(person), Ok(by)) => by == By::Person(person),
            _ => false,
        }
    }
}

/// What is sought.
#[derive(Clone, Debug, Default)]
pub struct Sought {
    /// The only stream; all without one.
    pub stream: Option<String>,
    /// Whether telemetry is meant too where all streams are.
    pub telemetry: bool,
    /// The only kinds; all when there are none.
    pub kinds: Vec<u16>,
    /// Who made it happen.
    pub who: Who,
    /// Recorded at this time or later, microseconds UTC.
    pub from_us: Option<Micros>,
    /// Recorded before this time, microseconds UTC.
    pub to_us: Option<Micros>,
}

impl Sought {
    fn fits(&self, row: &EventRow) -> bool {
        (self.kinds.is_empty() || self.kinds.contains(&row.kind))
            && self.from_us.is_none_or(|from| row.ts_us >= from)
            && self.to_us.is_none_or(|to| row.ts_us < to)
            && self.who.fits(&row.meta)
    }
}

/// What one look found.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// The events, newest first.
    pub events: Vec<Arc<RecordedEvent>>,
    /// Before which position to look on; none when there is nothing further back.
    pub next: Option<Position>,
    /// When the oldest row that was looked at was recorded, in microseconds UTC.
    pub reached_us: Option<Micros>,
}

impl EventLog {
    /// Events before a position, newest first, at most `limit`; fewer where few of the rows that one look
    /// reads are sought. 0 looks from the head.
    ///
    /// # Errors
    /// As [`EventLog::read`].
    pub async fn browse(&self, sought: &Sought, before: Position, limit: usize) -> Result<Found, LogError> {
        let mut before = match before {
            0 => self.inner.head().await?.saturating_add(1),
            before => before,
        };
        if let Some(to_us) = sought.to_us {
            let last = self.position_at(to_us.saturating_add(CLOCK_SLACK_US)).await?;
            before = before.min(last.saturating_add(1));
        }
        let first = match sought.from_us {
            Some(from_us) => self.position_at(from_us.saturating_sub(CLOCK_SLACK_US)).await?,
            None => 0,
        };
        let which = match &sought.stream {
            Some(stream) => Which::Stream(stream.clone()),
            None if sought.who != Who::Anybody => Which::People,
            None if sought.telemetry => Which::All,
            None => Which::Control,
        };
        let mut found = Found::default();
        let mut rows = Vec::new();
        let mut looked_at = 0;
        loop {
            // Where everything fits, no more is read than is shown.
            let page = (limit + 1 - rows.len()).clamp(1, READ_AT_ONCE);
            let page = if looked_at == 0 { page } else { READ_AT_ONCE };
            let read = self.inner.store.events_before(&which, before, page).await?;
            let (count, ended) = (read.len(), read.len() < page);
            looked_at += count;
            for row in read {
                if row.pos <= first {
                    return self.found(rows, Found { next: None, ..found }).await;
                }
                if rows.len() == limit {
                    return self.found(rows, Found { next: Some(before), ..found }).await;
                }
                before = row.pos;
                found.reached_us = Some(row.ts_us);
                if sought.fits(&row) {
                    rows.push(row);
                }
            }
            if ended || looked_at >= MOST_ROWS {
                let next = (!ended).then_some(before);
                return self.found(rows, Found { next, ..found }).await;
            }
        }
    }

    async fn found(&self, rows: Vec<EventRow>, found: Found) -> Result<Found, LogError> {
        let events = self.inner.keys.decode(self.inner.store.as_ref(), rows).await?;
        Ok(Found { events: events.into_iter().map(Arc::new).collect(), ..found })
    }
}
