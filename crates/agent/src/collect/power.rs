//! Batteries and mains, from `/sys/class/power_supply`.

use super::temperature::{entries, file_name, number, text};
use super::{Checked, CollectError, Collector, Roots};
use std::path::PathBuf;
use std::time::Instant;

const MOST: usize = 16;

pub(super) struct PowerCollector {
    class: PathBuf,
}

impl PowerCollector {
    pub(super) fn new(roots: &Roots) -> Self {
        Self { class: roots.sys.join("class/power_supply") }
    }
}

impl Collector for PowerCollector {
    fn name(&self) -> &'static str {
        "power"
    }

    fn collect(&mut self, _: Instant, sink: &mut Checked<'_>) -> Result<(), CollectError> {
        // A machine without a battery has no such folder, or an empty one; that is no failure.
        for supply in entries(&self.class).into_iter().take(MOST) {
            // The battery of a mouse says nothing about the machine.
            if text(&supply.join("scope")).as_deref() == Some("Device") {
                continue;
            }
            let name = file_name(&supply);
            match text(&supply.join("type")).as_deref() {
                Some("Battery") => {
                    if let Some(percent) = number(&supply.join("capacity")) {
                        sink.percent("battery_percent", &[("battery", &name)], percent);
                    }
                    if let Some(microwatts) = number(&supply.join("power_now")) {
                        sink.tenths("battery_power_w", &[("battery", &name)], microwatts.abs() / 1e6);
                    }
                }
                Some("Mains") => {
                    if let Some(online) = number(&supply.join("online")) {
                        sink.whole("mains_online", &[("supply", &name)], online.min(1.0));
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }
}
