//! Samples, and what the numbers that name their series mean.

use crate::ids::MachineId;
use crate::time::Micros;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Number of one series, given out by the hub and never reused.
pub type SeriesId = u32;

/// Labels of a series, sorted by key. Agent-supplied text: hostile wherever it is shown.
pub type Labels = BTreeMap<String, String>;

/// Most samples in one frame.
pub const MAX_SAMPLES: usize = 512;
/// Most labels of one series.
pub const MAX_LABELS: usize = 8;
/// Most series of one machine; samples of further ones are refused.
pub const MAX_SERIES_PER_MACHINE: usize = 2_000;

/// A metric and its labels: what a series of one machine is known by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SeriesKey {
    /// Name of the metric; its unit stands last.
    pub metric: String,
    /// Labels, possibly none.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: Labels,
}

/// What a series number means.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeriesDef {
    /// The number.
    pub series: SeriesId,
    /// Whose series it is.
    pub machine: MachineId,
    /// Metric and labels.
    #[serde(flatten)]
    pub key: SeriesKey,
}

/// One value of one series at one time.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sample {
    /// Which series.
    pub series: SeriesId,
    /// When the sender observed it, by the sender's clock, in microseconds UTC.
    pub observed_us: Micros,
    /// The value, finite, in the metric's unit.
    pub value: f64,
}

/// One frame of samples from one machine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Telemetry {
    /// Whose samples these are.
    pub machine: MachineId,
    /// The samples, sorted by series, then by time.
    pub samples: Vec<Sample>,
}

/// A metric that Watchroom knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Metric {
    /// Its name.
    pub name: &'static str,
    /// Its unit, as shown: `%`, `°C`, `B`, `B/s`, `s`, `ms`, `d` (days), `W`, `rpm` or nothing.
    pub unit: &'static str,
}

const METRICS: &[Metric] = &[
    Metric { name: "cpu_percent", unit: "%" },
    Metric { name: "cpu_core_percent", unit: "%" },
    Metric { name: "load_1m", unit: "" },
    Metric { name: "load_5m", unit: "" },
    Metric { name: "load_15m", unit: "" },
    Metric { name: "load_per_core", unit: "" },
    Metric { name: "memory_total_bytes", unit: "B" },
    Metric { name: "memory_used_bytes", unit: "B" },
    Metric { name: "memory_used_percent", unit: "%" },
    Metric { name: "swap_total_bytes", unit: "B" },
    Metric { name: "swap_used_bytes", unit: "B" },
    Metric { name: "swap_used_percent", unit: "%" },
    Metric { name: "disk_total_bytes", unit: "B" },
    Metric { name: "disk_used_bytes", unit: "B" },
    Metric { name: "disk_used_percent", unit: "%" },
    Metric { name: "disk_read_bytes_per_s", unit: "B/s" },
    Metric { name: "disk_written_bytes_per_s", unit: "B/s" },
    Metric { name: "net_received_bytes_per_s", unit: "B/s" },
    Metric { name: "net_sent_bytes_per_s", unit: "B/s" },
    Metric { name: "temperature_c", unit: "°C" },
    Metric { name: "uptime_s", unit: "s" },
    Metric { name: "users_logged_in", unit: "" },
    Metric { name: "fan_rpm", unit: "rpm" },
    Metric { name: "battery_percent", unit: "%" },
    Metric { name: "battery_power_w", unit: "W" },
    Metric { name: "mains_online", unit: "" },
    Metric { name: "pressure_cpu_percent", unit: "%" },
    Metric { name: "pressure_memory_percent", unit: "%" },
    Metric { name: "pressure_io_percent", unit: "%" },
    Metric { name: "gpu_percent", unit: "%" },
    Metric { name: "gpu_memory_total_bytes", unit: "B" },
    Metric { name: "gpu_memory_used_bytes", unit: "B" },
    Metric { name: "gpu_memory_used_percent", unit: "%" },
    Metric { name: "gpu_temperature_c", unit: "°C" },
    Metric { name: "gpu_power_w", unit: "W" },
    Metric { name: "gpu_fan_percent", unit: "%" },
    Metric { name: "collector_failed", unit: "" },
    Metric { name: "check_up", unit: "" },
    Metric { name: "check_duration_ms", unit: "ms" },
    Metric { name: "check_status_code", unit: "" },
    Metric { name: "certificate_days", unit: "d" },
];

impl Metric {
    /// Every metric that an agent of this version sends.
    pub fn known() -> &'static [Metric] {
        METRICS
    }
}

/// The unit of a metric, by the catalogue or else by its name's ending.
pub fn metric_unit(name: &str) -> &'static str {
    if let Some(metric) = METRICS.iter().find(|m| m.name == name) {
        return metric.unit;
    }
    const ENDINGS: &[(&str, &str)] = &[
        ("_percent", "%"),
        ("_bytes_per_s", "B/s"),
        ("_bytes", "B"),
        ("_ms", "ms"),
        ("_days", "d"),
        ("_s", "s"),
        ("_c", "°C"),
        ("_w", "W"),
        ("_v", "V"),
        ("_hz", "Hz"),
        ("_rpm", "rpm"),
    ];
    ENDINGS.iter().find(|(end, _)| name.ends_with(end)).map_or("", |(_, unit)| unit)
}

/// Whether this can name a metric: 1 to 64 of `a-z`, `0-9` and `_`, a letter first.
pub fn valid_metric(name: &str) -> bool {
    (1..=64).contains(&name.len())
        && name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

/// Whether these can be labels: at most 8, keys like metrics, values of 1 to 128 bytes without
/// control characters.
pub fn valid_labels(labels: &Labels) -> bool {
    labels.len() <= MAX_LABELS
        && labels.iter().all(|(key, value)| {
            valid_metric(key) && (1..=128).contains(&value.len()) && !value.chars().any(char::is_control)
        })
}
