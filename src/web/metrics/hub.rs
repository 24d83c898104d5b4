//! The hub's own health.

use super::text::Text;
use crate::meters::{Counted, Meters};
use crate::views::{Models, Vitals};
use std::collections::BTreeMap;
use watchroom_domain::{DeliveryStatus, IncidentStatus, Micros};

/// What the read models say, taken while recording waits.
pub struct Standing {
    machines: usize,
    connected: usize,
    position: u64,
    /// By state and severity.
    alerts: BTreeMap<(&'static str, String), usize>,
    /// By channel.
    waiting: BTreeMap<String, usize>,
}

/// Asks the read models.
pub fn standing(models: &Models) -> Standing {
    let state = &models.state;
    let mut alerts = BTreeMap::new();
    for incident in state.incidents.values() {
        let status = match incident.status {
            IncidentStatus::Pending => "pending",
            IncidentStatus::Firing => "firing",
            IncidentStatus::Acknowledged => "acknowledged",
            IncidentStatus::Resolved => "resolved",
        };
        *alerts.entry((status, format!("{:?}", incident.severity).to_lowercase())).or_default() += 1;
    }
    let mut waiting = BTreeMap::new();
    for delivery in state.deliveries.values().filter(|d| d.status == DeliveryStatus::Waiting) {
        *waiting.entry(delivery.channel.clone()).or_default() += 1;
    }
    Standing {
        machines: state.machines.len(),
        connected: state.machines.values().filter(|m| m.connected_since_us.is_some()).count(),
        position: state.position,
        alerts,
        waiting,
    }
}

/// Writes everything about the hub itself.
pub fn write(text: &mut Text, meters: &Meters, standing: &Standing, vitals: Option<&Vitals>, up_us: Micros) {
    let version = env!("CARGO_PKG_VERSION");
    text.family("watchroom_build_info", "gauge", "The program; always 1.");
    text.line("watchroom_build_info", &[("version", version)], 1.0);
    text.single("watchroom_uptime_seconds", "gauge", "Since the hub was started.", up_us as f64 / 1e6);
    let (counted, waiting) = meters.read();
    recording(text, &counted, waiting, standing);
    if let Some(vitals) = vitals {
        log(text, vitals, standing.position);
    }
    telling(text, &counted, standing);
    text.single("watchroom_machines", "gauge", "Machines that are watched.", standing.machines as f64);
    let help = "Agents that are connected.";
    text.single("watchroom_agents_connected", "gauge", help, standing.connected as f64);
    text.family("watchroom_socket_refused_total", "counter", "What was refused on the socket, by its code.");
    for (code, times) in &counted.refused {
        text.line("watchroom_socket_refused_total", &[("code", code)], *times as f64);
    }
    text.family("watchroom_alerts", "gauge", "Open alerts by state and severity.");
    for ((state, severity), count) in &standing.alerts {
        text.line("watchroom_alerts", &[("state", state), ("severity", severity)], *count as f64);
    }
}

fn recording(text: &mut Text, counted: &Counted, waiting: u64, standing: &Standing) {
    text.family("watchroom_events_total", "counter", "Events recorded since the start, by kind.");
    for (name, times) in &counted.events {
        text.line("watchroom_events_total", &[("kind", name)], *times as f64);
    }
    let name = "watchroom_batch_events";
    text.family(name, "histogram", "Events that were recorded in one transaction.");
    text.histogram(name, &[], &counted.batch_events, 1.0);
    let name = "watchroom_batch_duration_seconds";
    text.family(name, "histogram", "Time that one transaction took.");
    text.histogram(name, &[], &counted.batch_us, 1e-6);
    let failed = counted.batches_failed as f64;
    text.single("watchroom_batches_failed_total", "counter", "Batches that could not be recorded.", failed);
    text.single(
        "watchroom_commands_waiting",
        "gauge",
        "Commands that wait for a transaction.",
        waiting as f64,
    );
    text.single("watchroom_log_position", "gauge", "Position of the last event.", standing.position as f64);
}

fn log(text: &mut Text, vitals: &Vitals, position: u64) {
    let storage = &vitals.storage;
    let bytes = storage.database_bytes as f64;
    text.single("watchroom_log_size_bytes", "gauge", "Size of the event log's database.", bytes);
    let bytes = storage.wal_bytes as f64;
    text.single("watchroom_log_wal_size_bytes", "gauge", "Size of its write-ahead log.", bytes);
    if let Some(free) = storage.free_bytes {
        text.single("watchroom_log_free_bytes", "gauge", "Room on the disk that it lies on.", free as f64);
    }
    text.family(
        "watchroom_reader_lag_events",
        "gauge",
        "Events that a reader of the log has not dealt with.",
    );
    for (reader, pos) in &vitals.readers {
        text.line("watchroom_reader_lag_events", &[("reader", reader)], position.saturating_sub(*pos) as f64);
    }
    text.family("watchroom_reader_parked", "gauge", "What a reader could not do yet and tries again.");
    for (reader, count) in &vitals.parked {
        text.line("watchroom_reader_parked", &[("reader", reader)], *count as f64);
    }
}

fn telling(text: &mut Text, counted: &Counted, standing: &Standing) {
    text.family(
        "watchroom_deliveries_total",
        "counter",
        "Attempts to tell somebody, by channel and outcome.",
    );
    for ((channel, outcome), times) in &counted.deliveries {
        let labels = [("channel", channel.as_str()), ("outcome", outcome)];
        text.line("watchroom_deliveries_total", &labels, *times as f64);
    }
    let name = "watchroom_delivery_duration_seconds";
    text.family(name, "histogram", "Time that an attempt took, by channel.");
    for (channel, times) in &counted.delivery_us {
        text.histogram(name, &[("channel", channel)], times, 1e-6);
    }
    text.family(
        "watchroom_deliveries_waiting",
        "gauge",
        "Deliveries that are still to be tried, by channel.",
    );
    for (channel, count) in &standing.waiting {
        text.line("watchroom_deliveries_waiting", &[("channel", channel)], *count as f64);
    }
}
