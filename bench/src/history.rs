//! Events of a hub that has run for long: what the log holds, made without waiting for it to happen.

use crate::fleet::{fresh_id, new_event, record};
use crate::samples::series;
use anyhow::Result;
use serde_json::json;
use std::collections::BTreeMap;
use uuid::Uuid;
use watchroom::event_log::EventLog;
use watchroom_domain::{
    By, Event, EventId, Frame, MachineId, Meta, Micros, NewEvent, Sample, SeriesDef, SeriesId, SeriesKey,
    Telemetry, body, telemetry_stream,
};

/// Series of each machine.
const SERIES: usize = 40;
/// The rule of all incidents.
const RULE: u128 = 0xbe_0000;

/// Writes the history of some machines.
pub struct Historian<'a> {
    log: &'a EventLog,
    machines: Vec<MachineId>,
    seq: Vec<u64>,
    incidents: u128,
}

impl<'a> Historian<'a> {
    /// Begins with the series of all machines.
    pub async fn begin(log: &'a EventLog, machines: &[MachineId], now_us: Micros) -> Result<Self> {
        for (n, machine) in machines.iter().enumerate() {
            let defined = (0..SERIES).map(|s| {
                let (metric, label) = series(s);
                let labels = label.into_iter().map(|(k, v)| (k.to_owned(), v)).collect::<BTreeMap<_, _>>();
                let key = SeriesKey { metric: metric.to_owned(), labels };
                let def = SeriesDef { series: number(n, s), machine: *machine, key };
                new_event(body::SeriesDefined { def }.into(), Some(s as u64), now_us)
            });
            record(log, vec![defined.collect()]).await?;
        }
        let rule = json!({"rule": {"rule": Uuid::from_u128(RULE), "name": "Bench", "scope": {"of": "everywhere"},
            "condition": {"when": "threshold", "metric": "cpu_percent", "compare": "above", "fire": 95.0,
                "clear": 90.0, "for_us": 60_000_000}, "severity": "warning", "enabled": true}});
        let added = Event::from_json(40, 1, rule.to_string().as_bytes())?;
        record(log, vec![vec![new_event(added, Some(0), now_us)]]).await?;
        Ok(Self { log, machines: machines.to_vec(), seq: vec![0; machines.len()], incidents: 0 })
    }

    /// The next frame of a machine.
    pub fn frame(&mut self, machine: usize, samples: usize, at_us: Micros) -> NewEvent {
        let id = self.machines[machine];
        self.seq[machine] += 1;
        let seq = self.seq[machine];
        let values = (0..samples).map(|s| Sample {
            series: number(machine, s),
            observed_us: at_us - 900,
            value: (20 + (seq as usize * 7 + s * 13) % 60) as f64 + (seq % 10) as f64 / 10.0,
        });
        let frame = Frame {
            producer: id.0,
            epoch: 1,
            seq,
            sent_us: at_us - 800,
            offset_us: 0,
            late: false,
            dropped: 0,
        };
        let meta = Meta { frame: Some(frame), ..Meta::by(By::Agent(id)) };
        NewEvent {
            id: EventId(fresh_id(at_us)),
            stream: telemetry_stream(id),
            expected: None,
            ts_us: at_us,
            meta,
            event: Event::Telemetry(Telemetry { machine: id, samples: values.collect() }),
        }
    }

    /// An incident from its beginning to its end.
    pub fn incident(&mut self, machine: usize, at_us: Micros) -> Result<Vec<NewEvent>> {
        self.incidents += 1;
        let (incident, rule) = (Uuid::from_u128(self.incidents), Uuid::from_u128(RULE));
        let (machine, series) = (self.machines[machine], number(machine, 0));
        let opened = json!({"incident": incident, "rule": rule, "machine": machine, "series": series,
            "since_us": at_us, "value": 97.5, "cause": 1});
        let fired = json!({"incident": incident, "rule": rule, "machine": machine, "series": series,
            "since_us": at_us, "at_us": at_us + 60_000_000, "value": 97.5, "cause": 1, "severity": "warning"});
        let resolved = json!({"incident": incident, "at_us": at_us + 90_000_000, "value": 80.0, "cause": 1,
            "reason": "cleared"});
        let events = [(50, opened), (52, fired), (54, resolved)].into_iter().enumerate();
        events
            .map(|(version, (kind, body))| {
                let event = Event::from_json(kind, 1, body.to_string().as_bytes())?;
                Ok(new_event(event, Some(version as u64), at_us))
            })
            .collect()
    }

    /// Records groups.
    pub async fn record(&self, groups: Vec<Vec<NewEvent>>) -> Result<()> {
        record(self.log, groups).await
    }
}

fn number(machine: usize, series: usize) -> SeriesId {
    (machine * SERIES + series + 1) as SeriesId
}
