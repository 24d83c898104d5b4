//! The newest value of every machine's series, under names and in units as users of Prometheus expect them.

use super::text::{Gauges, name};
use crate::views::{LiveMachine, Models};
use watchroom_domain::{MINUTE_US, MachineId, Micros, SeriesKey};

/// What was not heard of for this long is left out, so that no value is drawn on for ever.
const STALE_US: Micros = 5 * MINUTE_US;
/// Most lines of samples in one answer.
pub const MOST: usize = 200_000;
/// Prefix of every metric of a machine.
const PREFIX: &str = "watchroom_machine_";

/// Endings of our names, what they become, and what the values are multiplied by: base units only.
const UNITS: [(&str, &str, f64); 16] = [
    ("_percent", "_ratio", 0.01),
    ("_bytes_per_s", "_bytes_per_second", 1.0),
    ("_per_s", "_per_second", 1.0),
    ("_ms", "_seconds", 1e-3),
    ("_us", "_seconds", 1e-6),
    ("_s", "_seconds", 1.0),
    ("_days", "_seconds", 86_400.0),
    ("_c", "_celsius", 1.0),
    ("_w", "_watts", 1.0),
    ("_mw", "_watts", 1e-3),
    ("_mwh", "_joules", 3.6),
    ("_wh", "_joules", 3_600.0),
    ("_kib", "_bytes", 1_024.0),
    ("_mib", "_bytes", 1_048_576.0),
    ("_mhz", "_hertz", 1e6),
    ("_v", "_volts", 1.0),
];

/// Name and factor of one of our metrics.
pub fn renamed(metric: &str) -> (String, f64) {
    let found = UNITS.iter().find_map(|(ours, theirs, factor)| {
        let rest = metric.strip_suffix(ours).filter(|rest| !rest.is_empty())?;
        Some((format!("{rest}{theirs}"), *factor))
    });
    let (text, factor) = found.unwrap_or_else(|| (metric.to_owned(), 1.0));
    (format!("{PREFIX}{}", name(&text)), factor)
}

/// What is said of one machine, taken while recording waits.
pub struct OfMachine {
    id: MachineId,
    name: String,
    connected: bool,
    seen_us: Micros,
    values: Vec<(SeriesKey, f64)>,
}

/// What there is to say of a machine, if it is still there.
pub fn take(models: &Models, id: MachineId, now_us: Micros) -> Option<OfMachine> {
    let machine = models.state.machines.get(&id)?;
    let live = models.live.machine(id);
    let fresh = |at_us: &Micros| now_us.saturating_sub(*at_us) < STALE_US;
    let values = live.into_iter().flat_map(|live| &live.values).filter(|(_, (at_us, _))| fresh(at_us));
    let values = values.filter_map(|(series, (_, value))| {
        models.state.series.get(series).map(|def| (def.key.clone(), *value))
    });
    Some(OfMachine {
        id,
        name: machine.details.name.clone(),
        connected: machine.connected_since_us.is_some(),
        seen_us: live.and_then(LiveMachine::seen_us).unwrap_or(0),
        values: values.collect(),
    })
}

impl OfMachine {
    /// Adds its lines; gives how many values there was no room or no name for.
    pub fn add_to(&self, gauges: &mut Gauges, lines: &mut usize) -> usize {
        let id = self.id.to_string();
        let own = [("machine", self.name.as_str()), ("machine_id", id.as_str())];
        let connected = f64::from(u8::from(self.connected));
        gauges.put("watchroom_agent_connected", "Whether the machine's agent is connected.", &own, connected);
        if self.seen_us > 0 {
            let help = "When the machine was last heard of, by the hub's clock.";
            gauges.put("watchroom_agent_last_seen_timestamp_seconds", help, &own, self.seen_us as f64 / 1e6);
        }
        let mut left_out = 0;
        for (key, value) in &self.values {
            let (named, factor) = renamed(&key.metric);
            let others: Vec<_> = key.labels.iter().map(|(label, value)| (label_name(label), value)).collect();
            let mut labels = own.to_vec();
            labels.extend(others.iter().map(|(name, value)| (name.as_str(), value.as_str())));
            let twice =
                labels.iter().enumerate().any(|(at, (name, _))| labels[..at].iter().any(|l| l.0 == *name));
            let help = format!("Newest {} of a machine.", key.metric);
            *lines += 1;
            if *lines > MOST || twice || !gauges.put(&named, &help, &labels, value * factor) {
                left_out += 1;
            }
        }
        left_out
    }
}

/// A label's name that is neither one of ours nor one of Prometheus' own.
fn label_name(label: &str) -> String {
    let name = name(label);
    let taken =
        name.starts_with("__") || ["machine", "machine_id", "le", "job", "instance"].contains(&&*name);
    if taken { format!("label_{}", name.trim_start_matches('_')) } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_end_in_base_units() {
        for (ours, theirs, factor) in [
            ("cpu_percent", "cpu_ratio", 0.01),
            ("temperature_c", "temperature_celsius", 1.0),
            ("net_received_bytes_per_s", "net_received_bytes_per_second", 1.0),
            ("check_duration_ms", "check_duration_seconds", 1e-3),
            ("memory_used_bytes", "memory_used_bytes", 1.0),
            ("certificate_days", "certificate_seconds", 86_400.0),
            ("_c", "_c", 1.0),
        ] {
            assert_eq!(renamed(ours), (format!("{PREFIX}{theirs}"), factor), "{ours}");
        }
    }

    #[test]
    fn labels_of_agents_never_stand_for_ours() {
        for (given, expected) in
            [("machine", "label_machine"), ("__name__", "label_name__"), ("core", "core")]
        {
            assert_eq!(label_name(given), expected);
        }
    }
}
