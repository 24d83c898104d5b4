//! Temperatures and fans of `/sys/class/hwmon`.

use super::{Checked, CollectError, Collector, Roots, label};
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

const MOST_SENSORS: usize = 64;
/// How long the list of sensors is good for: drivers come and go seldom.
const LIST_EVERY: Duration = Duration::from_secs(60);

pub(super) struct SensorCollector {
    class: PathBuf,
    sensors: Vec<Sensor>,
    listed: Option<Instant>,
}

struct Sensor {
    input: PathBuf,
    chip: String,
    sensor: String,
    fan: bool,
}

impl SensorCollector {
    pub(super) fn new(roots: &Roots) -> Self {
        Self { class: roots.sys.join("class/hwmon"), sensors: Vec::new(), listed: None }
    }

    fn list(&mut self) {
        self.sensors.clear();
        // A machine without sensors (most virtual ones) has no such folder; that is no failure.
        for chip in entries(&self.class) {
            let chip_name = text(&chip.join("name")).unwrap_or_else(|| file_name(&chip));
            for input in entries(&chip) {
                let name = file_name(&input);
                let Some(stem) = name.strip_suffix("_input") else { continue };
                let fan = stem.starts_with("fan");
                if !fan && !stem.starts_with("temp") {
                    continue;
                }
                let sensor = text(&chip.join(format!("{stem}_label"))).unwrap_or_else(|| stem.to_owned());
                self.sensors.push(Sensor { input, chip: chip_name.clone(), sensor, fan });
            }
        }
        self.sensors.truncate(MOST_SENSORS);
        self.tell_apart();
    }

    /// Two chips of one kind, or two sensors of one name, are two series.
    fn tell_apart(&mut self) {
        for i in 1..self.sensors.len() {
            let same = |s: &Sensor| s.chip == self.sensors[i].chip && s.sensor == self.sensors[i].sensor;
            if self.sensors[..i].iter().any(same) {
                let place = self.sensors[i].input.parent().map(file_name).unwrap_or_default();
                let input = file_name(&self.sensors[i].input);
                let input = input.trim_end_matches("_input");
                let name = &mut self.sensors[i].sensor;
                name.truncate(name.floor_char_boundary(80));
                name.push_str(&format!(" {place} {input}"));
                name.truncate(name.floor_char_boundary(128));
            }
        }
    }
}

impl Collector for SensorCollector {
    fn name(&self) -> &'static str {
        "sensors"
    }

    fn collect(&mut self, now: Instant, sink: &mut Checked<'_>) -> Result<(), CollectError> {
        if self.listed.is_none_or(|t| now.saturating_duration_since(t) >= LIST_EVERY) {
            self.list();
            self.listed = Some(now);
        }
        for sensor in &self.sensors {
            // A sensor of a sleeping or missing part answers with an error; it is just not there.
            let Some(value) = number(&sensor.input) else { continue };
            let labels = [("chip", &*sensor.chip), ("sensor", &*sensor.sensor)];
            if sensor.fan {
                sink.whole("fan_rpm", &labels, value);
            } else {
                sink.celsius("temperature_c", &labels, value / 1000.0);
            }
        }
        Ok(())
    }
}

pub(super) fn entries(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut all: Vec<_> = entries.filter_map(|e| Some(e.ok()?.path())).collect();
    all.sort();
    all
}

pub(super) fn file_name(path: &Path) -> String {
    let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    label(&name).map(|l| l.into_owned()).unwrap_or_default()
}

pub(super) fn text(path: &Path) -> Option<String> {
    let mut text = String::new();
    File::open(path).ok()?.take(4096).read_to_string(&mut text).ok()?;
    label(&text).map(|l| l.into_owned())
}

pub(super) fn number(path: &Path) -> Option<f64> {
    let mut bytes = [0; 32];
    let length = File::open(path).ok()?.read(&mut bytes).ok()?;
    std::str::from_utf8(&bytes[..length]).ok()?.trim().parse().ok()
}
