use super::*;
use std::collections::BTreeMap;
use std::time::Duration;
use watchroom_domain::{Metric, valid_labels, valid_metric};

#[derive(Default)]
struct Seen(Vec<(String, BTreeMap<String, String>, f64)>);

impl Sink for Seen {
    fn sample(&mut self, metric: &str, labels: &[(&str, &str)], value: f64) {
        let labels = labels.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        self.0.push((metric.to_owned(), labels, value));
    }
}

impl Seen {
    fn value(&self, metric: &str, label: &str) -> Option<f64> {
        self.0.iter().find(|(m, l, _)| m == metric && l.values().any(|v| v == label)).map(|(_, _, v)| *v)
    }
}

fn write(root: &Path, path: &str, text: &str) {
    let path = root.join(path);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

/// A machine that looks like this test wants.
fn machine() -> (tempfile::TempDir, Roots) {
    let dir = tempfile::tempdir().unwrap();
    let roots = Roots { proc: dir.path().join("proc"), sys: dir.path().join("sys") };
    write(dir.path(), "proc/self/mounts", "/dev/sda1 / ext4 rw 0 0\n");
    write(dir.path(), "proc/diskstats", "8 0 sda 1 1 100 1 1 1 200 1\n8 1 sda1 1 1 100 1 1 1 200 1\n");
    std::fs::create_dir_all(dir.path().join("sys/block/sda")).unwrap();
    write(dir.path(), "proc/net/dev", "Inter-|\n eth0: 1000 1 0 0 0 0 0 0 500 1 0 0 0 0 0 0\n");
    write(dir.path(), "sys/class/hwmon/hwmon0/name", "coretemp\n");
    write(dir.path(), "sys/class/hwmon/hwmon0/temp1_input", "47850\n");
    write(dir.path(), "sys/class/hwmon/hwmon0/temp1_label", "Package id 0\n");
    write(dir.path(), "sys/class/hwmon/hwmon0/temp2_input", "255000\n");
    (dir, roots)
}

#[test]
fn on_this_machine_everything_sent_is_known_and_valid() {
    let mut collectors = Collectors::new(&Roots::default());
    let (start, mut seen) = (Instant::now(), Seen::default());
    collectors.collect(start, &mut Seen::default());
    collectors.collect(start + Duration::from_secs(1), &mut seen);
    for (metric, labels, value) in &seen.0 {
        assert!(Metric::known().iter().any(|m| m.name == metric), "{metric}");
        assert!(valid_metric(metric) && valid_labels(labels) && value.is_finite(), "{metric} {labels:?}");
    }
    for metric in ["cpu_percent", "load_per_core", "memory_used_percent", "swap_used_percent", "uptime_s"] {
        assert!(seen.0.iter().any(|(m, ..)| m == metric), "{metric}");
    }
    assert!(seen.value("cpu_core_percent", "0").is_some());
    assert!(seen.value("disk_used_percent", "/").is_some_and(|v| v > 0.0));
}

#[test]
fn rates_are_per_second_and_whole_disks_only() {
    let (dir, roots) = machine();
    let mut collectors = Collectors::new(&roots);
    let (start, mut first, mut second) = (Instant::now(), Seen::default(), Seen::default());
    collectors.collect(start, &mut first);
    assert_eq!(first.value("net_received_bytes_per_s", "eth0"), None, "one reading is no rate");
    write(dir.path(), "proc/diskstats", "8 0 sda 1 1 110 1 1 1 200 1\n8 1 sda1 1 1 110 1 1 1 200 1\n");
    write(dir.path(), "proc/net/dev", " eth0: 3000 1 0 0 0 0 0 0 501 1 0 0 0 0 0 0\n");
    collectors.collect(start + Duration::from_secs(10), &mut second);
    assert_eq!(second.value("net_received_bytes_per_s", "eth0"), Some(200.0));
    assert_eq!(second.value("net_sent_bytes_per_s", "eth0"), Some(0.0));
    assert_eq!(second.value("disk_read_bytes_per_s", "sda"), Some(512.0));
    assert_eq!(second.value("disk_written_bytes_per_s", "sda"), Some(0.0));
    assert_eq!(second.value("disk_read_bytes_per_s", "sda1"), None);
}

#[test]
fn a_counter_that_went_back_or_was_away_gives_no_rate() {
    let mut rates = Rates::default();
    let start = Instant::now();
    let at = |s| start + Duration::from_secs(s);
    assert_eq!(rates.begin(at(0)), None);
    assert_eq!(rates.growth("a", [10, 10]), None);
    assert_eq!(rates.begin(at(2)), Some(2.0));
    assert_eq!(rates.growth("a", [5, 20]), None, "reset");
    rates.begin(at(3));
    assert_eq!(rates.growth("a", [6, 20]), Some([1, 0]));
    rates.begin(at(4));
    rates.begin(at(5));
    assert_eq!(rates.growth("a", [60, 20]), None, "not seen at 4 s, so not since when");
}

#[test]
fn a_temperature_that_cannot_be_true_is_left_out_and_counted() {
    let (dir, roots) = machine();
    write(dir.path(), "sys/class/hwmon/hwmon1/name", "coretemp\n");
    write(dir.path(), "sys/class/hwmon/hwmon1/temp1_input", "-1500\n");
    write(dir.path(), "sys/class/hwmon/hwmon1/temp1_label", "Package id 0\n");
    let (mut collectors, mut seen) = (Collectors::new(&roots), Seen::default());
    collectors.collect(Instant::now(), &mut seen);
    assert_eq!(seen.value("temperature_c", "Package id 0"), Some(47.9));
    assert_eq!(seen.value("temperature_c", "Package id 0 hwmon1 temp1"), Some(-1.5));
    assert_eq!(seen.value("temperature_c", "temp2"), None);
    assert_eq!(collectors.implausible, 1);
}

#[test]
fn one_that_cannot_be_read_does_not_keep_the_others_from_it() {
    let (dir, roots) = machine();
    std::fs::remove_file(dir.path().join("proc/self/mounts")).unwrap();
    let (mut collectors, mut seen) = (Collectors::new(&roots), Seen::default());
    collectors.collect(Instant::now(), &mut seen);
    let failing: Vec<_> = collectors.all.iter().filter(|(_, f)| *f).map(|(c, _)| c.name()).collect();
    assert_eq!(failing, ["disks"]);
    assert!(seen.value("temperature_c", "Package id 0").is_some());
}

#[test]
fn labels_are_cleaned_and_cut_between_characters() {
    assert_eq!(label(" sda \n").as_deref(), Some("sda"));
    assert_eq!(label("a\u{7}b\u{9b}c").as_deref(), Some("abc"));
    assert_eq!(label("\n"), None);
    assert_eq!(label(&"ü".repeat(100)).map(|l| l.len()), Some(128));
    let odd = format!("x{}", "ü".repeat(100));
    assert_eq!(label(&odd).map(|l| l.len()), Some(127));
}
