//! The course of a metric over any span, straight from the log.

use crate::event_log::{EventLog, LogError};
use std::collections::BTreeMap;
use watchroom_analysis::{Bucket, downsample};
use watchroom_domain::{Event, HOUR_US, MachineId, Micros, SeriesId};

/// Frames read at a time.
const PAGE: usize = 2_000;
/// Samples may be recorded this much later than they were observed and still be found.
const BACKFILL_US: Micros = 6 * HOUR_US;
/// Most frames looked at for one answer: a day of frames every second.
const MAX_FRAMES: usize = 200_000;

/// Each series' course, and whether anything was left out.
#[derive(Clone, Debug, Default)]
pub struct SeriesAnswer {
    /// Buckets by series.
    pub series: BTreeMap<SeriesId, Vec<Bucket>>,
    /// Whether the span had more frames than are looked at.
    pub truncated: bool,
}

/// The course of the given series of a machine between two times of the hub's clock, in at most
/// `buckets` equal spans each.
///
/// # Errors
/// [`LogError`] when the log cannot be read.
pub async fn series(
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
