//! The course of what an incident is about, for notices that can show a picture.

use crate::actors::dispatcher::Pictures;
use crate::views::{Archive, IncidentRecord, Views};
use async_trait::async_trait;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use watchroom_domain::{Condition, HOUR_US, MINUTE_US, Micros, metric_unit};
use watchroom_picture::{Chart, Curve, chart};

/// What is shown from before it began.
const BEFORE_US: Micros = HOUR_US;
/// Longest span.
const LONGEST_US: Micros = 24 * HOUR_US;
/// Points of the curve.
const POINTS: usize = 320;

/// Reads the log and draws.
pub(super) struct Painter {
    pub archive: Archive,
    pub views: Views,
    pub zone: TimeZone,
}

#[async_trait]
impl Pictures for Painter {
    async fn of(&self, record: &IncidentRecord, now_us: Micros) -> Option<Vec<u8>> {
        let key = record.series.as_ref()?;
        let series = self.views.with(|state| state.series_of.get(&record.machine)?.get(key).copied())?;
        let to_us = record.resolved.map_or(now_us, |(at_us, _)| now_us.min(at_us + 10 * MINUTE_US));
        let from_us = (record.since_us - BEFORE_US).max(to_us - LONGEST_US);
        let found = self.archive.series(record.machine, vec![series], (from_us, to_us), POINTS).await.ok()?;
        let buckets = found.series.get(&series).filter(|buckets| buckets.len() > 1)?;
        let points = buckets.iter().flat_map(|bucket| bucket.points()).collect();
        let threshold = match record.rule_then.as_ref().map(|rule| &rule.condition) {
            Some(Condition::Threshold { fire, .. }) => Some(*fire),
            _ => None,
        };
        let offset_s = Timestamp::from_microsecond(to_us).ok().map(|at| self.zone.to_offset(at).seconds());
        let picture = Chart {
            width: 1_040,
            height: 360,
            from_us,
            to_us,
            utc_offset_us: Micros::from(offset_s.unwrap_or(0)) * 1_000_000,
            unit: metric_unit(&key.metric).to_owned(),
            curves: vec![Curve { name: key.labels.values().cloned().collect::<Vec<_>>().join(" "), points }],
            gap_us: ((to_us - from_us) / POINTS as Micros * 4).max(5 * MINUTE_US),
            threshold,
            trouble: Some((record.since_us, record.resolved.map_or(to_us, |(at_us, _)| at_us))),
            ..Chart::default()
        };
        tokio::task::spawn_blocking(move || chart(&picture)).await.ok().filter(|png| !png.is_empty())
    }
}
