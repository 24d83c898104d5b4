//! GPUs: the mapping by readings of the test's making, and the way through the real loader by a library that
//! the test compiles, for few machines that run tests have such a processor.

use super::gpu::{GpuCollector, Processors, Reading};
use super::*;
use crate::collect::tests::Seen;
use std::process::Command;

struct Fixed(Vec<Result<Vec<Reading>, &'static str>>);

impl Processors for Fixed {
    fn read(&mut self, _: Instant) -> (Vec<Reading>, Result<(), CollectError>) {
        match self.0.remove(0) {
            Ok(readings) => (readings, Ok(())),
            Err(why) => (Vec::new(), Err(CollectError { what: "processor".to_owned(), why: why.to_owned() })),
        }
    }
}

fn collectors(readings: Vec<Result<Vec<Reading>, &'static str>>) -> Collectors {
    Collectors::of(vec![Box::new(GpuCollector::with(Box::new(Fixed(readings))))])
}

#[test]
fn every_reading_is_named_by_its_processor() {
    let full = Reading {
        index: 0,
        name: "NVIDIA H100".to_owned(),
        used_percent: Some(97.0),
        memory: Some((60e9, 80e9)),
        temperature_c: Some(71.0),
        power_w: Some(512.34),
        fan_percent: Some(104.0),
    };
    let bare = Reading { index: 1, name: "\u{7}".to_owned(), ..Reading::default() };
    let mut seen = Seen::default();
    collectors(vec![Ok(vec![full, bare])]).collect(Instant::now(), &mut seen);
    for (metric, value) in [
        ("gpu_percent", 97.0),
        ("gpu_memory_total_bytes", 80e9),
        ("gpu_memory_used_bytes", 60e9),
        ("gpu_memory_used_percent", 75.0),
        ("gpu_temperature_c", 71.0),
        ("gpu_power_w", 512.3),
        ("gpu_fan_percent", 100.0),
    ] {
        assert_eq!(seen.value(metric, "NVIDIA H100"), Some(value), "{metric}");
        assert_eq!(seen.value(metric, "0"), Some(value), "{metric}");
        assert_eq!(seen.value(metric, "1"), None, "{metric}");
    }
    assert_eq!(seen.value("collector_failed", "gpu"), Some(0.0));
}

#[test]
fn one_that_falls_off_the_bus_is_a_failing_collector_until_it_is_back() {
    let mut collectors = collectors(vec![Ok(Vec::new()), Err("GPU is lost"), Ok(Vec::new())]);
    for expected in [0.0, 1.0, 0.0] {
        let mut seen = Seen::default();
        collectors.collect(Instant::now(), &mut seen);
        assert_eq!(seen.value("collector_failed", "gpu"), Some(expected));
    }
}

/// A library as the driver brings it: two processors, the second without fan and power; it can be made to fail,
/// and so can the first processor, and counting them the first time.
const LIBRARY: &str = r#"
#include <stdlib.h>
#include <string.h>
typedef struct { unsigned gpu, memory; } util;
typedef struct { unsigned version; unsigned long long total, reserved, free, used; } mem;
static int devices[2];
static long at(void *d) { return (int *)d - devices; }
int nvmlInit_v2(void) { return getenv("FAKE_NVML_FAILS") ? 999 : 0; }
int nvmlShutdown(void) { return 0; }
const char *nvmlErrorString(int e) { return "error"; }
int nvmlDeviceGetCount_v2(unsigned *n) {
    *n = 2;
    if (!getenv("FAKE_COUNT_FAILS")) return 0;
    unsetenv("FAKE_COUNT_FAILS");
    return 999;
}
int nvmlDeviceGetHandleByIndex_v2(unsigned i, void **d) {
    *d = &devices[i]; return getenv("FAKE_FIRST_LOST") && i == 0 ? 15 : 0;
}
int nvmlDeviceGetName(void *d, char *name, unsigned n) { strncpy(name, at(d) ? "Fake B" : "Fake A", n); return 0; }
int nvmlDeviceGetUtilizationRates(void *d, util *u) { u->gpu = 40 + at(d); u->memory = 1; return 0; }
int nvmlDeviceGetMemoryInfo_v2(void *d, mem *m) { m->total = 1000; m->used = 250; m->free = 750; return 0; }
int nvmlDeviceGetTemperature(void *d, int s, unsigned *t) { *t = 66; return 0; }
int nvmlDeviceGetPowerUsage(void *d, unsigned *p) { if (at(d)) return 3; *p = 123400; return 0; }
int nvmlDeviceGetFanSpeed_v2(void *d, unsigned f, unsigned *s) { if (at(d)) return 3; *s = 55; return 0; }
"#;

/// Compiles the library where the loader finds it, and runs the program's own test below with it.
fn with_library(fault: Option<&str>) -> String {
    let folder = tempfile::tempdir().unwrap();
    let source = folder.path().join("nvml.c");
    std::fs::write(&source, LIBRARY).unwrap();
    let built = Command::new("cc")
        .args(["-shared", "-fPIC", "-o"])
        .arg(folder.path().join("libnvidia-ml.so.1"))
        .arg(&source)
        .status()
        .unwrap();
    assert!(built.success());
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.args(["--exact", "collect::gpu_tests::said_by_the_driver", "--ignored", "--nocapture"]);
    child.env("LD_LIBRARY_PATH", folder.path());
    child.envs(fault.map(|fault| (fault, "1")));
    let output = child.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
#[ignore = "run by the tests below, with a library of theirs"]
#[allow(clippy::print_stdout, reason = "whoever runs it reads it there")]
fn said_by_the_driver() {
    let (mut collectors, mut seen) = (Collectors::of(vec![Box::new(GpuCollector::new())]), Seen::default());
    if std::env::var_os("FAKE_COUNT_FAILS").is_some() {
        collectors.collect(Instant::now(), &mut seen);
        assert_eq!(seen.value("collector_failed", "gpu"), Some(1.0));
        seen = Seen::default();
    }
    collectors.collect(Instant::now(), &mut seen);
    for (metric, labels, value) in &seen.0 {
        let labels: Vec<_> = labels.values().map(String::as_str).collect();
        println!("SEEN {metric} {} {value}", labels.join(" "));
    }
}

#[test]
fn the_drivers_library_is_loaded_where_it_is_and_read() {
    let said = with_library(None);
    for line in [
        "gpu_percent 0 Fake A 40",
        "gpu_percent 1 Fake B 41",
        "gpu_memory_used_percent 0 Fake A 25",
        "gpu_temperature_c 1 Fake B 66",
        "gpu_power_w 0 Fake A 123.4",
        "gpu_fan_percent 0 Fake A 55",
        "collector_failed gpu 0",
    ] {
        assert!(said.contains(&format!("SEEN {line}\n")), "{line} in {said}");
    }
    assert!(!said.contains("gpu_power_w 1") && !said.contains("gpu_fan_percent 1"), "{said}");
}

#[test]
fn a_library_that_is_there_and_fails_is_a_failing_collector() {
    let said = with_library(Some("FAKE_NVML_FAILS"));
    assert!(said.contains("SEEN collector_failed gpu 1\n") && !said.contains("gpu_percent"), "{said}");
}

#[test]
fn one_lost_processor_does_not_silence_the_other_nor_take_its_number() {
    let said = with_library(Some("FAKE_FIRST_LOST"));
    for line in ["gpu_percent 1 Fake B 41", "collector_failed gpu 1"] {
        assert!(said.contains(&format!("SEEN {line}\n")), "{line} in {said}");
    }
    assert!(!said.contains("gpu_percent 0"), "{said}");
}

#[test]
fn a_driver_that_went_is_begun_with_anew() {
    let said = with_library(Some("FAKE_COUNT_FAILS"));
    for line in ["gpu_percent 0 Fake A 40", "collector_failed gpu 0"] {
        assert!(said.contains(&format!("SEEN {line}\n")), "{line} in {said}");
    }
}
