//! Numbers, spans and moments as they stand in a notice.

use crate::texts::Lang;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use watchroom_domain::{HOUR_US, MINUTE_US, Micros, SECOND_US, metric_unit};

const DAY_US: Micros = 24 * HOUR_US;
const BYTES: &[&str] = &["B", "KiB", "MiB", "GiB", "TiB", "PiB"];
const RATES: &[&str] = &["B/s", "kB/s", "MB/s", "GB/s", "TB/s"];

/// A value of a metric with its unit: `91.5 °C`, `93.4%`, `71.2 GiB`, `2 h 5 min`.
pub fn value(words: Lang, metric: &str, value: f64) -> String {
    match metric_unit(metric) {
        "%" => format!("{}%", trimmed(value, 1)),
        "B" => scaled(value, 1024.0, BYTES),
        "B/s" => scaled(value, 1000.0, RATES),
        "s" => span(words, micros(value)),
        "" => trimmed(value, 2),
        unit => format!("{} {unit}", trimmed(value, 1)),
    }
}

/// Seconds as microseconds, as far as they fit.
pub fn micros(seconds: f64) -> Micros {
    (seconds * SECOND_US as f64) as Micros
}

/// A span of time in its two largest units: `45 s`, `2 h 5 min`, `3 d`.
pub fn span(words: Lang, span_us: Micros) -> String {
    let span_us = span_us.max(0);
    let units = [
        ("notice-unit-d", DAY_US),
        ("notice-unit-h", HOUR_US),
        ("notice-unit-min", MINUTE_US),
        ("notice-unit-s", SECOND_US),
    ];
    let at = units.iter().position(|(_, us)| span_us >= *us).unwrap_or(units.len() - 1);
    let text = |key: &str, n: Micros| words.say(key, &[("n", &n.to_string())]);
    let (key, us) = units[at];
    let first = text(key, span_us / us);
    match units.get(at + 1) {
        Some((key, us_below)) if span_us % us / us_below > 0 => {
            let second = text(key, span_us % us / us_below);
            words.say("notice-unit-both", &[("first", &first), ("second", &second)])
        }
        _ => first,
    }
}

/// A moment in the hub's time zone: `2026-03-04 12:03:11 (Europe/Zurich)`.
pub fn moment(zone: &TimeZone, at_us: Micros) -> String {
    let Ok(timestamp) = Timestamp::from_microsecond(at_us) else { return String::from("–") };
    let local = timestamp.to_zoned(zone.clone());
    let name = zone.iana_name().map_or_else(|| local.offset().to_string(), ToOwned::to_owned);
    format!("{} ({name})", local.strftime("%Y-%m-%d %H:%M:%S"))
}

/// A number with at most so many decimals, without zeros that say nothing.
fn trimmed(value: f64, decimals: usize) -> String {
    if !value.is_finite() {
        return String::from("–");
    }
    let text = format!("{value:.decimals$}");
    let text = match text.split_once('.') {
        Some(_) => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        None => text,
    };
    if text == "-0" { String::from("0") } else { text }
}

fn scaled(value: f64, step: f64, units: &[&str]) -> String {
    let (mut value, mut unit) = (value, 0);
    // 1023.96 would be printed as 1024 of the smaller unit.
    while value.abs() >= step - 0.05 && unit + 1 < units.len() {
        value /= step;
        unit += 1;
    }
    format!("{} {}", trimmed(value, usize::from(unit > 0)), units[unit])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_has_the_unit_of_its_metric() {
        let words = Lang::En;
        let table = [
            ("temperature_c", 91.5, "91.5 °C"),
            ("temperature_c", 88.0, "88 °C"),
            ("disk_used_percent", 93.44, "93.4%"),
            ("memory_used_bytes", 71.2 * 1024.0 * 1024.0 * 1024.0, "71.2 GiB"),
            ("memory_used_bytes", 512.0, "512 B"),
            ("net_sent_bytes_per_s", 51_400_000.0, "51.4 MB/s"),
            ("uptime_s", 7_500.0, "2 h 5 min"),
            ("load_per_core", 2.128, "2.13"),
            ("fan_rpm", 1_200.0, "1200 rpm"),
            ("temperature_c", -0.01, "0 °C"),
            ("temperature_c", f64::NAN, "– °C"),
        ];
        for (metric, number, text) in table {
            assert_eq!(value(words, metric, number), text);
        }
    }

    #[test]
    fn a_span_is_told_in_its_two_largest_units() {
        let table = [
            (0, "0 s"),
            (45 * SECOND_US, "45 s"),
            (MINUTE_US, "1 min"),
            (HOUR_US + 59 * SECOND_US, "1 h"),
            (26 * HOUR_US, "1 d 2 h"),
            (-5, "0 s"),
        ];
        for (us, text) in table {
            assert_eq!(span(Lang::En, us), text);
        }
        assert_eq!(span(Lang::ZhCn, 125 * MINUTE_US), "2 小时 5 分钟");
    }

    #[test]
    fn a_moment_names_its_time_zone() {
        let at = 1_772_622_191 * SECOND_US;
        assert_eq!(moment(&TimeZone::UTC, at), "2026-03-04 11:03:11 (UTC)");
        let fixed = TimeZone::fixed(jiff::tz::Offset::from_hours(8).unwrap());
        assert_eq!(moment(&fixed, at), "2026-03-04 19:03:11 (+08)");
    }
}
