//! Frames as agents send them: the same metrics and labels, values that differ.

use std::fmt::Write as _;

/// A frame without its number and time; many are made before anything is measured.
pub struct Templates {
    tails: Vec<Vec<u8>>,
}

/// How many different frames there are.
const VARIANTS: usize = 64;

impl Templates {
    /// Frames of so many samples.
    pub fn new(samples: usize) -> Self {
        Self { tails: (0..VARIANTS).map(|n| tail(samples, n)).collect() }
    }

    /// Puts a frame behind what is there.
    pub fn put(&self, out: &mut Vec<u8>, seq: u64, now_us: i64) {
        use std::io::Write as _;
        // Writing into memory cannot fail.
        let _ = write!(out, "{{\"type\":\"samples\",\"seq\":{seq},\"sent_us\":{now_us}");
        out.extend_from_slice(&self.tails[seq as usize % VARIANTS]);
    }

    /// Bytes of a frame, about.
    pub fn bytes(&self) -> usize {
        let mut out = Vec::new();
        self.put(&mut out, 1_000, 1_790_000_000_000_000);
        out.len()
    }
}

fn tail(samples: usize, variant: usize) -> Vec<u8> {
    let mut out = String::from(",\"samples\":[");
    for n in 0..samples {
        let (metric, labels) = series(n);
        let labels =
            labels.map(|(key, value)| format!(",\"labels\":{{\"{key}\":\"{value}\"}}")).unwrap_or_default();
        let comma = if n == 0 { "" } else { "," };
        // Writing into a string cannot fail.
        let _ =
            write!(out, "{comma}{{\"metric\":\"{metric}\"{labels},\"value\":{}}}", value(metric, n, variant));
    }
    out.push_str("]}\n");
    out.into_bytes()
}

/// Below every threshold of the rules that a hub begins with.
fn value(metric: &str, n: usize, variant: usize) -> String {
    let wave = (variant * 7 + n * 13) % 100;
    match metric {
        m if m.ends_with("_bytes") => format!("{}", 8_589_934_592_u64 + wave as u64 * 4_096),
        m if m.ends_with("_per_s") => format!("{}.5", 10_000 + wave * 321),
        _ => format!("{}.{}", 20 + wave % 30, wave % 10),
    }
}

/// The series of a machine with eight cores, by number.
pub fn series(n: usize) -> (&'static str, Option<(&'static str, String)>) {
    const PLAIN: [&str; 12] = [
        "cpu_percent",
        "memory_used_percent",
        "load_1m",
        "load_5m",
        "load_15m",
        "load_per_core",
        "memory_total_bytes",
        "memory_used_bytes",
        "swap_total_bytes",
        "swap_used_bytes",
        "swap_used_percent",
        "uptime_s",
    ];
    match n {
        0..12 => (PLAIN[n], None),
        12..20 => ("cpu_core_percent", Some(("core", (n - 12).to_string()))),
        20..26 => ("temperature_c", Some(("sensor", format!("Core {}", n - 20)))),
        26..30 => (
            ["disk_total_bytes", "disk_used_bytes", "disk_used_percent", "disk_free_bytes"][n - 26],
            Some(("mount", "/data".into())),
        ),
        30..34 => ("disk_read_bytes_per_s", Some(("device", format!("nvme{}n1", n - 30)))),
        34..37 => ("net_received_bytes_per_s", Some(("interface", format!("eth{}", n - 34)))),
        37..40 => ("net_sent_bytes_per_s", Some(("interface", format!("eth{}", n - 37)))),
        _ => ("temperature_c", Some(("sensor", format!("Sensor {n}")))),
    }
}
