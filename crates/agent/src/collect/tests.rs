use super::*;
use std::collections::BTreeMap;
use std::time::Duration;
use watchroom_domain::{Metric, valid_labels, valid_metric};

#[derive(Default)]
pub(super) struct Seen(pub(super) Vec<(String, BTreeMap<String, String>, f64)>);

impl Sink for Seen {
    fn sample(&mut self, metric: &str, labels: &[(&str, &str)], value: f64) {
        let labels = labels.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        self.0.push((metric.to_owned(), labels, value));
    }
}

impl Seen {
    pub(super) fn value(&self, metric: &str, label: &str) -> Option<f64> {
        self.0.iter().find(|(m, l, _)| m == metric && l.values().any(|v| v == label)).map(|(_, _, v)| *v)
    }

    /// The value of a metric without labels.
    fn only(&self, metric: &str) -> Option<f64> {
        self.0.iter().find(|(m, l, _)| m == metric && l.is_empty()).map(|(_, _, v)| *v)
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
    let roots =
        Roots { proc: dir.path().join("proc"), sys: dir.path().join("sys"), run: dir.path().join("run") };
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
    assert_eq!(seen.value("collector_failed", "disks"), Some(1.0));
    assert_eq!(seen.value("collector_failed", "sensors"), Some(0.0));
    assert!(seen.value("temperature_c", "Package id 0").is_some());
}

#[test]
fn fans_batteries_users_and_pressure_are_read_where_they_are() {
    let (dir, roots) = machine();
    let put = |path: &str, text: &str| write(dir.path(), path, text);
    put("sys/class/hwmon/hwmon0/fan1_input", "1250\n");
    put("sys/class/hwmon/hwmon0/fan1_label", "Processor\n");
    put("sys/class/power_supply/BAT0/type", "Battery\n");
    put("sys/class/power_supply/BAT0/capacity", "87\n");
    put("sys/class/power_supply/BAT0/power_now", "-12340000\n");
    put("sys/class/power_supply/AC/type", "Mains\n");
    put("sys/class/power_supply/AC/online", "1\n");
    put("sys/class/power_supply/mouse/type", "Battery\n");
    put("sys/class/power_supply/mouse/scope", "Device\n");
    put("sys/class/power_supply/mouse/capacity", "3\n");
    let pressure =
        "some avg10=2.34 avg60=0.00 avg300=0.00 total=1\nfull avg10=9.00 avg60=0.00 avg300=0.00 total=1\n";
    put("proc/pressure/io", pressure);
    put("run/systemd/sessions/1", "UID=1000\nSTATE=active\nCLASS=user\n");
    put("run/systemd/sessions/2", "UID=1000\nSTATE=closing\nCLASS=user\n");
    put("run/systemd/sessions/3", "UID=0\nSTATE=active\nCLASS=manager\n");
    put("run/systemd/sessions/1.ref", "\0\0");
    let (mut collectors, mut seen) = (Collectors::new(&roots), Seen::default());
    collectors.collect(Instant::now(), &mut seen);
    assert_eq!(seen.value("fan_rpm", "Processor"), Some(1250.0));
    assert_eq!(seen.value("battery_percent", "BAT0"), Some(87.0));
    assert_eq!(seen.value("battery_power_w", "BAT0"), Some(12.3));
    assert_eq!(seen.value("battery_percent", "mouse"), None);
    assert_eq!(seen.value("mains_online", "AC"), Some(1.0));
    assert_eq!(seen.only("pressure_io_percent"), Some(2.3));
    assert_eq!(seen.only("pressure_cpu_percent"), None);
    assert_eq!(seen.only("users_logged_in"), Some(1.0));
}

#[test]
fn without_systemd_users_are_counted_by_their_records_and_processes() {
    let (dir, roots) = machine();
    let (mut collectors, mut none) = (Collectors::new(&roots), Seen::default());
    collectors.collect(Instant::now(), &mut none);
    assert_eq!(none.only("users_logged_in"), None, "nobody keeps books here");
    std::fs::create_dir_all(dir.path().join("proc/42")).unwrap();
    std::fs::create_dir_all(dir.path().join("run")).unwrap();
    // One who is there, one whose process is gone, a boot, and a record that was cut off.
    let mut utmp =
        [(7, 42), (7, 43), (2, 42), (7, -1)].map(|(kind, pid)| people::tests::record(kind, pid)).concat();
    utmp.extend_from_slice(&[7; 100]);
    std::fs::write(dir.path().join("run/utmp"), utmp).unwrap();
    let mut seen = Seen::default();
    collectors.collect(Instant::now(), &mut seen);
    assert_eq!(seen.only("users_logged_in"), Some(1.0));
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
