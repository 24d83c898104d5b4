//! NVIDIA's graphics processors, through the driver's own library. It is loaded when it is there; a machine
//! without it has no such processor, which is no failure.

use super::{Checked, CollectError, Collector, label};
use nvml_wrapper::Nvml;
use nvml_wrapper::enum_wrappers::device::TemperatureSensor;
use nvml_wrapper::error::NvmlError;
use std::time::{Duration, Instant};

/// Most processors that are read.
const MOST: u32 = 16;
/// How often a library that was not there, or that could not begin, is looked for again: a driver may be
/// installed while the agent runs.
const LOOK_EVERY: Duration = Duration::from_secs(600);

/// What one processor says. What it does not know is missing.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Reading {
    /// The driver's number of it, which stays its own when another one is lost.
    pub(super) index: u32,
    pub(super) name: String,
    pub(super) used_percent: Option<f64>,
    /// Used and total, bytes.
    pub(super) memory: Option<(f64, f64)>,
    pub(super) temperature_c: Option<f64>,
    pub(super) power_w: Option<f64>,
    pub(super) fan_percent: Option<f64>,
}

/// Where readings come from.
pub(super) trait Processors: Send {
    /// One reading of every processor, in the driver's order; none when the machine has no driver. One that
    /// cannot be read takes none from the others.
    fn read(&mut self, now: Instant) -> (Vec<Reading>, Result<(), CollectError>);
}

pub(super) struct GpuCollector {
    processors: Box<dyn Processors>,
}

impl GpuCollector {
    pub(super) fn new() -> Self {
        Self::with(Box::new(Driver { nvml: None, looked: None, failed: None }))
    }

    pub(super) fn with(processors: Box<dyn Processors>) -> Self {
        Self { processors }
    }
}

impl Collector for GpuCollector {
    fn name(&self) -> &'static str {
        "gpu"
    }

    fn collect(&mut self, now: Instant, sink: &mut Checked<'_>) -> Result<(), CollectError> {
        let (readings, read) = self.processors.read(now);
        for reading in &readings {
            let index = reading.index.to_string();
            let name = label(&reading.name).unwrap_or_else(|| "?".into());
            report(reading, &[("gpu", &index), ("name", &name)], sink);
        }
        read
    }
}

fn report(reading: &Reading, labels: &[(&str, &str)], sink: &mut Checked<'_>) {
    if let Some(value) = reading.used_percent {
        sink.percent("gpu_percent", labels, value);
    }
    if let Some((used, total)) = reading.memory {
        sink.whole("gpu_memory_total_bytes", labels, total);
        sink.whole("gpu_memory_used_bytes", labels, used);
        sink.percent("gpu_memory_used_percent", labels, super::percent(used, total));
    }
    if let Some(value) = reading.temperature_c {
        sink.celsius("gpu_temperature_c", labels, value);
    }
    if let Some(value) = reading.power_w {
        sink.tenths("gpu_power_w", labels, value);
    }
    if let Some(value) = reading.fan_percent {
        // A fan may turn a little faster than its maker promised.
        sink.percent("gpu_fan_percent", labels, value.min(100.0));
    }
}

/// The driver's library.
struct Driver {
    nvml: Option<Nvml>,
    looked: Option<Instant>,
    /// Why a library that is there did not begin.
    failed: Option<String>,
}

impl Driver {
    /// Looks for the library, now and then.
    fn load(&mut self, now: Instant) {
        if self.nvml.is_some() || self.looked.is_some_and(|t| now.saturating_duration_since(t) < LOOK_EVERY) {
            return;
        }
        self.looked = Some(now);
        self.failed = None;
        match Nvml::init() {
            Ok(nvml) => self.nvml = Some(nvml),
            // No library, or one without a driver under it: there is nothing to read.
            Err(NvmlError::LibloadingError(_) | NvmlError::DriverNotLoaded | NvmlError::LibraryNotFound) => {}
            Err(error) => self.failed = Some(error.to_string()),
        }
    }
}

impl Processors for Driver {
    fn read(&mut self, now: Instant) -> (Vec<Reading>, Result<(), CollectError>) {
        self.load(now);
        if let Some(why) = &self.failed {
            return (Vec::new(), Err(failed("driver", why)));
        }
        let Some(nvml) = &self.nvml else { return (Vec::new(), Ok(())) };
        let count = match nvml.device_count() {
            Ok(count) => count,
            Err(error) => {
                // A driver that was exchanged while the agent runs is begun with anew.
                (self.nvml, self.looked) = (None, None);
                return (Vec::new(), Err(failed("driver", &error.to_string())));
            }
        };
        let (mut readings, mut read) = (Vec::new(), Ok(()));
        for index in 0..count.min(MOST) {
            match one(nvml, index) {
                Ok(reading) => readings.push(reading),
                Err(error) => {
                    let lost = failed(&format!("processor {index}"), &error.to_string());
                    read = read.and(Err(lost));
                }
            }
        }
        (readings, read)
    }
}

fn failed(what: &str, why: &str) -> CollectError {
    CollectError { what: what.to_owned(), why: why.to_owned() }
}

fn one(nvml: &Nvml, index: u32) -> Result<Reading, NvmlError> {
    let device = nvml.device_by_index(index)?;
    let memory = known(device.memory_info())?;
    Ok(Reading {
        index,
        name: known(device.name())?.unwrap_or_default(),
        used_percent: known(device.utilization_rates())?.map(|u| f64::from(u.gpu)),
        memory: memory.map(|m| (m.used as f64, m.total as f64)),
        temperature_c: known(device.temperature(TemperatureSensor::Gpu))?.map(f64::from),
        power_w: known(device.power_usage())?.map(|mw| f64::from(mw) / 1000.0),
        fan_percent: known(device.fan_speed(0))?.map(f64::from),
    })
}

/// What a processor does not have (a fan, a sensor), or an older driver does not tell, is missing; anything
/// else that goes wrong (a processor that fell off the bus) is a failure.
fn known<T>(answer: Result<T, NvmlError>) -> Result<Option<T>, NvmlError> {
    match answer {
        Ok(value) => Ok(Some(value)),
        Err(
            NvmlError::NotSupported
            | NvmlError::FailedToLoadSymbol(_)
            | NvmlError::NoPermission
            | NvmlError::InvalidArg
            | NvmlError::Utf8Error(_),
        ) => Ok(None),
        Err(error) => Err(error),
    }
}
