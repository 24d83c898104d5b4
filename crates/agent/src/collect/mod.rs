//! What is read from the machine. One file a thing that is read.

mod disks;
mod gpu;
mod io;
mod network;
mod people;
mod power;
mod pressure;
mod system;
mod temperature;

use crate::frames::Sink;
use std::borrow::Cow;
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::time::Instant;
use thiserror::Error;

/// Where the system shows itself; another folder in tests.
#[derive(Clone, Debug)]
pub(crate) struct Roots {
    /// `/proc`
    pub(crate) proc: PathBuf,
    /// `/sys`
    pub(crate) sys: PathBuf,
    /// `/run`
    pub(crate) run: PathBuf,
}

impl Default for Roots {
    fn default() -> Self {
        Self { proc: "/proc".into(), sys: "/sys".into(), run: "/run".into() }
    }
}

/// Something could not be read.
#[derive(Debug, Error)]
#[error("{what}: {why}")]
pub(crate) struct CollectError {
    what: String,
    why: String,
}

/// One kind of thing that is read.
trait Collector: Send {
    /// Its name in the agent's own log, and the label of `collector_failed`.
    fn name(&self) -> &'static str;

    /// Reads the thing and gives what it found to `sink`. Rates are since the reading before.
    fn collect(&mut self, now: Instant, sink: &mut Checked<'_>) -> Result<(), CollectError>;
}

/// Reads everything.
pub(crate) struct Collectors {
    all: Vec<(Box<dyn Collector>, bool)>,
    /// How many values were left out because they cannot be true.
    implausible: u64,
}

impl Collectors {
    pub(crate) fn new(roots: &Roots) -> Self {
        let all: Vec<Box<dyn Collector>> = vec![
            Box::new(system::SystemCollector::new()),
            Box::new(disks::DiskCollector::new(roots)),
            Box::new(io::IoCollector::new(roots)),
            Box::new(network::NetworkCollector::new(roots)),
            Box::new(temperature::SensorCollector::new(roots)),
            Box::new(gpu::GpuCollector::new()),
            Box::new(people::UserCollector::new(roots)),
            Box::new(power::PowerCollector::new(roots)),
            Box::new(pressure::PressureCollector::new(roots)),
        ];
        Self::of(all)
    }

    fn of(all: Vec<Box<dyn Collector>>) -> Self {
        Self { all: all.into_iter().map(|c| (c, false)).collect(), implausible: 0 }
    }

    /// One reading of everything. A collector that fails does not keep the others from their work, and is
    /// reported when it begins to fail and when it is well again, not every time.
    pub(crate) fn collect(&mut self, now: Instant, sink: &mut dyn Sink) {
        let mut checked = Checked { sink, implausible: 0 };
        for (collector, failing) in &mut self.all {
            let result = collector.collect(now, &mut checked);
            let name = collector.name();
            match &result {
                Err(error) if !*failing => tracing::warn!(collector = name, %error, "cannot be read"),
                Ok(()) if *failing => tracing::info!(collector = name, "can be read again"),
                _ => {}
            }
            *failing = result.is_err();
            let failed = if *failing { 1.0 } else { 0.0 };
            checked.whole("collector_failed", &[("collector", name)], failed);
        }
        let implausible = checked.implausible;
        if self.implausible == 0 && implausible > 0 {
            tracing::warn!("implausible values are left out");
        }
        self.implausible += implausible;
    }
}

/// Lets through what can be true, rounded to what is worth sending.
struct Checked<'a> {
    sink: &'a mut dyn Sink,
    implausible: u64,
}

impl Checked<'_> {
    fn percent(&mut self, metric: &str, labels: &[(&str, &str)], value: f64) {
        self.value(metric, labels, round(value, 10.0), 0.0..=100.0);
    }

    /// Bytes, bytes per second, seconds: nobody asks for less than one.
    fn whole(&mut self, metric: &str, labels: &[(&str, &str)], value: f64) {
        self.value(metric, labels, value.round(), 0.0..=1e18);
    }

    /// Watts.
    fn tenths(&mut self, metric: &str, labels: &[(&str, &str)], value: f64) {
        self.value(metric, labels, round(value, 10.0), 0.0..=1e6);
    }

    fn ratio(&mut self, metric: &str, labels: &[(&str, &str)], value: f64) {
        self.value(metric, labels, round(value, 100.0), 0.0..=1e6);
    }

    fn celsius(&mut self, metric: &str, labels: &[(&str, &str)], value: f64) {
        self.value(metric, labels, round(value, 10.0), -50.0..=150.0);
    }

    fn value(&mut self, metric: &str, labels: &[(&str, &str)], value: f64, true_in: Range) {
        // NaN is in no range.
        if true_in.contains(&value) {
            self.sink.sample(metric, labels, value);
        } else {
            self.implausible += 1;
        }
    }
}

type Range = std::ops::RangeInclusive<f64>;

fn round(value: f64, parts: f64) -> f64 {
    (value * parts).round() / parts
}

/// `part` of `whole` in percent; nothing of nothing is 0.
fn percent(part: f64, whole: f64) -> f64 {
    if whole > 0.0 { part / whole * 100.0 } else { 0.0 }
}

/// A text of the system's as a label: without control characters, at most 128 bytes; `None` when nothing
/// is left of it.
pub(crate) fn label(text: &str) -> Option<Cow<'_, str>> {
    const MOST: usize = 128;
    let text = text.trim();
    let clean = text.len() <= MOST && !text.chars().any(char::is_control);
    let text = if clean {
        Cow::Borrowed(text)
    } else {
        let mut kept: String = text.chars().filter(|c| !c.is_control()).collect();
        kept.truncate(kept.floor_char_boundary(MOST));
        Cow::Owned(kept)
    };
    (!text.is_empty()).then_some(text)
}

/// Reads a text file of the system into a buffer that is used again and again.
fn read_into(path: &Path, buffer: &mut String) -> Result<(), CollectError> {
    const MOST: u64 = 1024 * 1024;
    let mut bytes = std::mem::take(buffer).into_bytes();
    bytes.clear();
    let read = File::open(path).and_then(|f| f.take(MOST).read_to_end(&mut bytes));
    // A mount point may have any bytes in its name.
    *buffer = String::from_utf8(bytes).unwrap_or_else(|e| String::from_utf8_lossy(e.as_bytes()).into_owned());
    read.map(|_| ()).map_err(|e| CollectError { what: path.display().to_string(), why: e.to_string() })
}

/// Counters that only grow, and what they grew by per second.
#[derive(Default)]
struct Rates {
    before: Vec<Counter>,
    seen: Option<Instant>,
    round: u64,
}

struct Counter {
    name: String,
    values: [u64; 2],
    round: u64,
}

impl Rates {
    /// Begins a reading; gives the seconds since the one before, if there was one.
    fn begin(&mut self, now: Instant) -> Option<f64> {
        self.round += 1;
        let round = self.round;
        self.before.retain(|c| c.round + 1 >= round);
        let before = self.seen.replace(now)?;
        let seconds = now.saturating_duration_since(before).as_secs_f64();
        (seconds > 0.0).then_some(seconds)
    }

    /// Takes the counters of one thing; gives their growth, unless the thing is new or was reset.
    fn growth(&mut self, name: &str, values: [u64; 2]) -> Option<[u64; 2]> {
        let round = self.round;
        let Some(counter) = self.before.iter_mut().find(|c| c.name == name) else {
            self.before.push(Counter { name: name.to_owned(), values, round });
            return None;
        };
        let before = std::mem::replace(&mut counter.values, values);
        counter.round = round;
        Some([values[0].checked_sub(before[0])?, values[1].checked_sub(before[1])?])
    }
}

#[cfg(test)]
mod gpu_tests;
#[cfg(test)]
mod tests;
