//! Where the lines of the grid lie and what stands beside them.

use watchroom_domain::{HOUR_US, MINUTE_US, Micros, SECOND_US};

const DAY_US: Micros = 24 * HOUR_US;

/// Steps between two times on the axis, in microseconds.
const STEPS: [Micros; 18] = [
    SECOND_US,
    5 * SECOND_US,
    15 * SECOND_US,
    30 * SECOND_US,
    MINUTE_US,
    2 * MINUTE_US,
    5 * MINUTE_US,
    10 * MINUTE_US,
    15 * MINUTE_US,
    30 * MINUTE_US,
    HOUR_US,
    2 * HOUR_US,
    4 * HOUR_US,
    6 * HOUR_US,
    12 * HOUR_US,
    DAY_US,
    2 * DAY_US,
    7 * DAY_US,
];

/// Times of the axis with their labels, at most `most` steps apart, at even moments of the reader's clock.
pub fn times(from_us: Micros, to_us: Micros, offset_us: Micros, most: usize) -> Vec<(Micros, String)> {
    let span = to_us.saturating_sub(from_us);
    if span <= 0 || most == 0 {
        return Vec::new();
    }
    let fits = |step: &&Micros| span / **step <= most as Micros;
    let step = STEPS.iter().find(fits).copied().unwrap_or_else(|| {
        let days = span / DAY_US / most as Micros + 1;
        days.saturating_mul(DAY_US)
    });
    let local = from_us.saturating_add(offset_us);
    let first = local.div_euclid(step) + Micros::from(local.rem_euclid(step) != 0);
    (0..=most as Micros)
        .map_while(|n| {
            let at = (first + n).checked_mul(step)?;
            let at_us = at.checked_sub(offset_us)?;
            (at_us <= to_us).then(|| (at_us, label(at, step)))
        })
        .collect()
}

fn label(local_us: Micros, step: Micros) -> String {
    let second = local_us.rem_euclid(DAY_US) / SECOND_US;
    let (h, m, s) = (second / 3_600, second / 60 % 60, second % 60);
    if step >= DAY_US || (second == 0 && step >= HOUR_US) {
        let (_, month, day) = civil(local_us.div_euclid(DAY_US));
        return format!("{month:02}-{day:02}");
    }
    if step < MINUTE_US { format!("{h:02}:{m:02}:{s:02}") } else { format!("{h:02}:{m:02}") }
}

/// Year, month and day of a day since 1970-01-01 (Howard Hinnant, "chrono-compatible low-level date
/// algorithms", `civil_from_days`).
fn civil(days: i64) -> (i64, i64, i64) {
    let z = days + 719_468;
    let era = z.div_euclid(146_097);
    let doe = z.rem_euclid(146_097);
    let yoe = (doe - doe / 1_460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let month = if mp < 10 { mp + 3 } else { mp - 9 };
    (yoe + era * 400 + i64::from(month <= 2), month, doy - (153 * mp + 2) / 5 + 1)
}

/// The scale of the values.
#[derive(Clone, Debug, PartialEq)]
pub struct Scale {
    /// Value at the lower edge.
    pub low: f64,
    /// Value at the upper edge.
    pub high: f64,
    /// Values of the grid with their labels, lowest first.
    pub marks: Vec<(f64, String)>,
}

/// A scale of round steps that has all values in it, in at most `most` steps.
pub fn values(low: f64, high: f64, unit: &str, most: usize) -> Scale {
    let (mut low, mut high) = if low <= high { (low, high) } else { (0.0, 1.0) };
    // What never falls far is shown from zero, and shares of a whole not beyond the whole.
    if low >= 0.0 && low < 0.6 * high {
        low = 0.0;
    }
    if high - low <= f64::EPSILON * high.abs().max(1.0) {
        (low, high) = (low - 0.5 * low.abs().max(1.0), high + 0.5 * high.abs().max(1.0));
    }
    let step = round_step((high - low) / most.max(1) as f64, unit);
    let first = (low / step).floor();
    let last = (high / step).ceil();
    let count = (last - first).clamp(1.0, 64.0) as usize;
    let digits = (-step.log10().floor()).clamp(0.0, 6.0) as usize;
    let marks = (0..=count).map(|n| (first + n as f64) * step).map(|v| (v, number(v, step, unit, digits)));
    Scale { low: first * step, high: (first + count as f64) * step, marks: marks.collect() }
}

/// The next of 1, 2 and 5 times a power of ten; of two for bytes.
fn round_step(raw: f64, unit: &str) -> f64 {
    let raw = if raw.is_finite() && raw > 0.0 { raw } else { 1.0 };
    if unit.starts_with('B') && raw >= 1.0 {
        return raw.log2().ceil().exp2();
    }
    let power = 10_f64.powf(raw.log10().floor());
    let factor = [1.0, 2.0, 5.0, 10.0].into_iter().find(|f| f * power >= raw * (1.0 - 1e-9));
    factor.unwrap_or(10.0) * power
}

fn number(value: f64, step: f64, unit: &str, digits: usize) -> String {
    if unit.starts_with('B') {
        const NAMES: [&str; 6] = ["", "Ki", "Mi", "Gi", "Ti", "Pi"];
        let big = value.abs().max(step);
        let power = ((big.log2() / 10.0).floor().clamp(0.0, 5.0)) as usize;
        let scaled = value / 1_024_f64.powi(power as i32);
        let digits = usize::from(scaled.fract().abs() > 1e-9);
        return format!("{scaled:.digits$} {}{unit}", NAMES.get(power).copied().unwrap_or_default());
    }
    let (value, suffix, digits) = match value.abs().max(step) {
        big if big >= 1e9 => (value / 1e9, "G", 1),
        big if big >= 1e6 => (value / 1e6, "M", 1),
        big if big >= 1e4 => (value / 1e3, "k", 1),
        _ => (value, "", digits),
    };
    let space = if unit.is_empty() || unit == "%" { "" } else { " " };
    format!("{value:.digits$}{suffix}{space}{unit}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NOON: Micros = 1_792_584_000_000_000;

    #[test]
    fn six_hours_are_marked_every_hour_of_the_readers_clock() {
        let labels = |offset| -> Vec<String> {
            times(NOON + 1, NOON + 6 * HOUR_US, offset, 7).into_iter().map(|t| t.1).collect()
        };
        assert_eq!(labels(0), ["13:00", "14:00", "15:00", "16:00", "17:00", "18:00"]);
        assert_eq!(labels(8 * HOUR_US), ["21:00", "22:00", "23:00", "10-22", "01:00", "02:00"]);
        assert_eq!(labels(HOUR_US / 2)[0], "13:00", "India's half hour: 12:30 UTC");
    }

    #[test]
    fn days_are_named_by_month_and_day() {
        assert_eq!(civil(0), (1970, 1, 1));
        assert_eq!(civil(20_747), (2026, 10, 21));
        assert_eq!(civil(11_016), (2000, 2, 29));
        assert_eq!(times(0, 30 * DAY_US, 0, 6)[0].1, "01-01");
    }

    #[test]
    fn scales_have_round_steps_and_units() {
        let labels = |low, high, unit| -> Vec<String> {
            values(low, high, unit, 4).marks.into_iter().map(|m| m.1).collect()
        };
        assert_eq!(labels(3.0, 97.0, "%"), ["0%", "50%", "100%"]);
        assert_eq!(labels(61.0, 66.0, "°C"), ["60 °C", "62 °C", "64 °C", "66 °C"]);
        assert_eq!(labels(0.0, 1.5, ""), ["0.0", "0.5", "1.0", "1.5"]);
        assert_eq!(labels(0.0, 3.0e9, "B"), ["0 GiB", "1 GiB", "2 GiB", "3 GiB"]);
        assert_eq!(values(f64::MAX, f64::MIN, "", 4).low, 0.0, "no values at all");
    }

    proptest! {
        #[test]
        fn a_scale_holds_its_values_with_few_marks(a in -1e12..1e12f64, b in -1e12..1e12f64, bytes: bool) {
            let (low, high) = (a.min(b), a.max(b));
            let scale = values(low, high, if bytes { "B" } else { "" }, 5);
            prop_assert!(scale.low <= low && high <= scale.high, "{scale:?}");
            prop_assert!((2..=8).contains(&scale.marks.len()), "{scale:?}");
        }

        #[test]
        fn times_lie_within_the_span(from in any::<i64>(), to in any::<i64>(), offset in -50_400_000_000..50_400_000_000i64) {
            let found = times(from, to, offset, 8);
            prop_assert!(found.len() <= 9);
            prop_assert!(found.iter().all(|(at, _)| (from..=to).contains(at)));
        }
    }
}
