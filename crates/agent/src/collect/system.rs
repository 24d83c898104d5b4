//! Processor, load, memory, swap and uptime.

use super::{Checked, CollectError, Collector, percent};
use std::time::Instant;
use sysinfo::{MemoryRefreshKind, System};

const MOST_CORES: usize = 256;

pub(super) struct SystemCollector {
    system: Option<System>,
    cores: Vec<String>,
}

impl SystemCollector {
    pub(super) fn new() -> Self {
        Self { system: None, cores: Vec::new() }
    }

    fn processor(&mut self, sink: &mut Checked<'_>) {
        let Some(system) = &mut self.system else { return };
        system.refresh_cpu_usage();
        sink.percent("cpu_percent", &[], f64::from(system.global_cpu_usage()));
        for (i, core) in system.cpus().iter().take(MOST_CORES).enumerate() {
            if i == self.cores.len() {
                self.cores.push(i.to_string());
            }
            sink.percent("cpu_core_percent", &[("core", &self.cores[i])], f64::from(core.usage()));
        }
    }

    fn memory(&mut self, sink: &mut Checked<'_>) {
        let Some(system) = &mut self.system else { return };
        system.refresh_memory_specifics(MemoryRefreshKind::everything());
        let (total, used) = (system.total_memory() as f64, system.used_memory() as f64);
        sink.whole("memory_total_bytes", &[], total);
        sink.whole("memory_used_bytes", &[], used);
        sink.percent("memory_used_percent", &[], percent(used, total));
        let (total, used) = (system.total_swap() as f64, system.used_swap() as f64);
        sink.whole("swap_total_bytes", &[], total);
        sink.whole("swap_used_bytes", &[], used);
        sink.percent("swap_used_percent", &[], percent(used, total));
    }

    fn load(&self, sink: &mut Checked<'_>) -> Result<(), CollectError> {
        let load = System::load_average().map_err(|e| failed("load average", e))?;
        sink.ratio("load_1m", &[], load.one);
        sink.ratio("load_5m", &[], load.five);
        sink.ratio("load_15m", &[], load.fifteen);
        let cores = self.system.as_ref().map_or(0, |s| s.cpus().len()).max(1);
        sink.ratio("load_per_core", &[], load.one / cores as f64);
        Ok(())
    }
}

impl Collector for SystemCollector {
    fn name(&self) -> &'static str {
        "system"
    }

    fn collect(&mut self, _: Instant, sink: &mut Checked<'_>) -> Result<(), CollectError> {
        if self.system.is_none() {
            self.system = Some(System::new().map_err(|e| failed("system", e))?);
        }
        self.processor(sink);
        self.memory(sink);
        self.load(sink)?;
        let uptime = System::uptime().map_err(|e| failed("uptime", e))?;
        sink.whole("uptime_s", &[], uptime as f64);
        Ok(())
    }
}

fn failed(what: &str, error: sysinfo::Error) -> CollectError {
    CollectError { what: what.to_owned(), why: error.to_string() }
}
