//! How much time work waited for processor, memory or disks: the kernel's pressure stall information.

use super::{Checked, CollectError, Collector, Roots};
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::time::Instant;

const WHAT: [(&str, &str); 3] =
    [("cpu", "pressure_cpu_percent"), ("memory", "pressure_memory_percent"), ("io", "pressure_io_percent")];

pub(super) struct PressureCollector {
    files: [(PathBuf, &'static str); 3],
}

impl PressureCollector {
    pub(super) fn new(roots: &Roots) -> Self {
        Self { files: WHAT.map(|(file, metric)| (roots.proc.join("pressure").join(file), metric)) }
    }
}

impl Collector for PressureCollector {
    fn name(&self) -> &'static str {
        "pressure"
    }

    fn collect(&mut self, _: Instant, sink: &mut Checked<'_>) -> Result<(), CollectError> {
        for (file, metric) in &self.files {
            // Kernels without it, or with it switched off, say nothing; that is no failure.
            if let Some(percent) = some_avg10(file) {
                sink.percent(metric, &[], percent);
            }
        }
        Ok(())
    }
}

/// Share of the last ten seconds in which some task waited, in percent.
fn some_avg10(file: &Path) -> Option<f64> {
    let mut bytes = [0; 256];
    let length = File::open(file).ok()?.read(&mut bytes).ok()?;
    let text = std::str::from_utf8(&bytes[..length]).ok()?;
    let line = text.lines().find(|line| line.starts_with("some "))?;
    line.split(' ').find_map(|field| field.strip_prefix("avg10="))?.parse().ok()
}
