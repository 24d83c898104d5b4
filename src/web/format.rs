//! Numbers, units, times and durations as a reader of each language expects them.

use crate::texts::{Arg, Lang};
pub use crate::texts::{fixed, plain};
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::Offset;

/// Whose eyes a page is for: language, offset of the time zone, and the moment it is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Locale {
    /// The language.
    pub lang: Lang,
    /// The time zone's offset from UTC at `now_us`, in seconds, east positive.
    pub offset_s: i32,
    /// The moment the page is written, in microseconds UTC.
    pub now_us: i64,
}

/// How a number is shown; the console's script knows the same names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// `97%`.
    Percent,
    /// `66.0 °C`.
    Celsius,
    /// `2.41`.
    Plain,
    /// `71.2 GiB`.
    Bytes,
    /// `51.4 MB/s`.
    Rate,
    /// `8 ms`.
    Millis,
    /// `3 d 4 h`.
    Seconds,
}

impl Format {
    /// Its name in the page.
    pub fn word(self) -> &'static str {
        match self {
            Format::Percent => "percent",
            Format::Celsius => "celsius",
            Format::Plain => "plain",
            Format::Bytes => "bytes",
            Format::Rate => "rate",
            Format::Millis => "millis",
            Format::Seconds => "seconds",
        }
    }

    /// The format of a metric, by the unit that its name ends with.
    pub fn of_metric(metric: &str) -> Format {
        const ENDINGS: &[(&str, Format)] = &[
            ("_percent", Format::Percent),
            ("_bytes_per_s", Format::Rate),
            ("_bytes", Format::Bytes),
            ("_ms", Format::Millis),
            ("_s", Format::Seconds),
            ("_c", Format::Celsius),
        ];
        ENDINGS.iter().find(|(end, _)| metric.ends_with(end)).map_or(Format::Plain, |(_, format)| *format)
    }
}

/// A value, or a reference to one: templates hand over either.
pub trait Held<T> {
    /// The value.
    fn held(&self) -> T;
}

macro_rules! held {
    ($($t:ty)*) => {$(
        impl Held<$t> for $t {
            fn held(&self) -> $t {
                *self
            }
        }
    )*};
}
held!(i64 f64 Format);

impl<T, H: Held<T> + ?Sized> Held<T> for &H {
    fn held(&self) -> T {
        (**self).held()
    }
}

/// A number and its unit, apart, so that the unit can be set small.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quantity {
    /// The number.
    pub number: String,
    /// The unit; empty where there is none.
    pub unit: &'static str,
}

impl Quantity {
    /// The value in this format; bytes and rates find their own prefix.
    pub fn of(format: Format, value: f64) -> Quantity {
        let (number, unit) = match format {
            Format::Percent => (fixed(value, 0), "%"),
            Format::Celsius => (fixed(value, 1), "°C"),
            Format::Plain => (fixed(value, if value.abs() < 100.0 { 2 } else { 0 }), ""),
            Format::Bytes => prefixed(value, 1024.0, &["B", "KiB", "MiB", "GiB", "TiB", "PiB"]),
            Format::Rate => prefixed(value, 1000.0, &["B/s", "kB/s", "MB/s", "GB/s", "TB/s"]),
            Format::Millis if value.abs() >= 10_000.0 => (fixed(value / 1000.0, 1), "s"),
            Format::Millis => (fixed(value, 0), "ms"),
            Format::Seconds => (fixed(value, 0), "s"),
        };
        Quantity { number, unit }
    }

    /// The unit with the space that English and Chinese print put before it, save before `%`.
    pub fn spaced_unit(&self) -> String {
        match self.unit {
            "" | "%" => self.unit.to_owned(),
            unit => format!("\u{a0}{unit}"),
        }
    }
}

fn prefixed(value: f64, step: f64, units: &[&'static str]) -> (String, &'static str) {
    let mut value = value;
    let mut unit = 0;
    // 999.95 would be printed as 1000.0 of the smaller unit.
    while value.abs() >= step - 0.05 && unit + 1 < units.len() {
        value /= step;
        unit += 1;
    }
    let decimals = usize::from(unit > 0 && value.abs() < 100.0);
    (fixed(value, decimals), units.get(unit).copied().unwrap_or_default())
}

impl Locale {
    /// The text of this key.
    pub fn t(&self, key: &str) -> String {
        self.lang.t(key)
    }

    /// The text of this key with one variable.
    pub fn t1(&self, key: &str, name: &str, value: impl Arg) -> String {
        self.t_args(key, &[(name, &value)])
    }

    /// The text of this key with two variables.
    pub fn t2(&self, key: &str, a: &str, a_value: impl Arg, b: &str, b_value: impl Arg) -> String {
        self.t_args(key, &[(a, &a_value), (b, &b_value)])
    }

    /// The text of this key with three variables.
    #[expect(clippy::too_many_arguments, reason = "templates have no way to write a slice of trait objects")]
    pub fn t3(
        &self,
        key: &str,
        a: &str,
        a_value: impl Arg,
        b: &str,
        b_value: impl Arg,
        c: &str,
        c_value: impl Arg,
    ) -> String {
        self.t_args(key, &[(a, &a_value), (b, &b_value), (c, &c_value)])
    }

    /// The text of this key with any variables.
    pub fn t_args(&self, key: &str, args: &[(&str, &dyn Arg)]) -> String {
        self.lang.t_with(key, args)
    }

    /// What a refusal says: translated by its code, or else its own English words.
    pub fn refusal(&self, code: &str, message: &str) -> String {
        let key = format!("refusal-{code}");
        if self.lang != Lang::En && self.lang.has(&key) { self.t(&key) } else { message.to_owned() }
    }

    /// A number with its unit.
    pub fn value(&self, format: impl Held<Format>, value: impl Held<f64>) -> String {
        let (format, value) = (format.held(), value.held());
        if format == Format::Seconds {
            return self.duration(seconds_us(value));
        }
        let quantity = Quantity::of(format, value);
        let unit = quantity.spaced_unit();
        quantity.number + &unit
    }

    /// A metric's value with its unit.
    pub fn metric_value(&self, metric: &str, value: f64) -> String {
        let format = Format::of_metric(metric);
        match format {
            // A threshold of 88 is written as 88, a reading of 88.4 as 88.4.
            Format::Celsius | Format::Percent if value.fract() == 0.0 => {
                let quantity = Quantity { number: fixed(value, 0), ..Quantity::of(format, value) };
                let unit = quantity.spaced_unit();
                quantity.number + &unit
            }
            Format::Plain => plain(value),
            Format::Percent => fixed(value, 1) + "%",
            _ => self.value(format, value),
        }
    }

    /// A metric's name for people; one that the catalogue does not know stays as it is.
    pub fn metric(&self, metric: &str) -> String {
        let key = format!("metric-{metric}");
        if self.lang.has(&key) { self.t(&key) } else { metric.to_owned() }
    }

    /// How long something takes or took: two units at most, the smaller only where it matters.
    pub fn duration(&self, us: impl Held<i64>) -> String {
        let us = us.held();
        let s = us.max(0) / 1_000_000;
        let (big, big_n, small, small_n) = match s {
            0 if us > 0 && us < 1_000_000 => return self.t1("unit-ms", "n", us / 1_000),
            0..60 => return self.t1("unit-s", "n", s),
            60..3_600 => ("unit-min", s / 60, "unit-s", s % 60),
            3_600..86_400 => ("unit-h", s / 3_600, "unit-min", s % 3_600 / 60),
            _ => ("unit-d", s / 86_400, "unit-h", s % 86_400 / 3_600),
        };
        let first = self.t1(big, "n", big_n);
        // 41 min is said as that, but 2 min 30 s in full: a rule's length is typed and must read back.
        if small_n == 0 || (small == "unit-s" && big_n >= 10) {
            return first;
        }
        let second = self.t1(small, "n", small_n);
        self.t2("unit-both", "first", first, "second", second)
    }

    /// How long something took, in milliseconds: "8 ms".
    pub fn millis(&self, ms: impl Held<f64>) -> String {
        let ms = ms.held();
        if ms < 1_000.0 { self.t1("unit-ms", "n", ms.round()) } else { self.duration(seconds_us(ms / 1e3)) }
    }

    /// A number and its unit, apart.
    pub fn quantity(&self, format: impl Held<Format>, value: impl Held<f64>) -> Quantity {
        Quantity::of(format.held(), value.held())
    }

    /// The text, or a dash where nothing is said.
    pub fn or_dash(&self, text: &str) -> String {
        if text.is_empty() { "–".to_owned() } else { text.to_owned() }
    }

    /// How long ago that was: "now", "2 min".
    pub fn ago(&self, then_us: impl Held<i64>) -> String {
        let then_us = then_us.held();
        let s = (self.now_us - then_us) / 1_000_000;
        match s {
            ..5 => self.t("ago-now"),
            5..60 => self.t1("ago-s", "n", s),
            60..3_600 => self.t1("ago-min", "n", s / 60),
            3_600..172_800 => self.t1("ago-h", "n", s / 3_600),
            _ => self.t1("ago-d", "n", s / 86_400),
        }
    }

    /// Hours and minutes.
    pub fn clock(&self, us: impl Held<i64>) -> String {
        let us = us.held();
        self.civil(us).map_or_else(String::new, |at| format!("{:02}:{:02}", at.hour(), at.minute()))
    }

    /// Hours, minutes and seconds.
    pub fn clock_s(&self, us: impl Held<i64>) -> String {
        let us = us.held();
        self.civil(us)
            .map_or_else(String::new, |at| format!("{:02}:{:02}:{:02}", at.hour(), at.minute(), at.second()))
    }

    /// Day, month and year.
    pub fn date(&self, us: impl Held<i64>) -> String {
        let us = us.held();
        self.civil(us).map_or_else(String::new, |at| self.day_of("date-full", at))
    }

    /// The day as a list's heading: "Today", "Yesterday", or day and month, with the year if another.
    pub fn day(&self, us: impl Held<i64>) -> String {
        let us = us.held();
        let (Some(at), Some(now)) = (self.civil(us), self.civil(self.now_us)) else {
            return String::new();
        };
        if at.date() == now.date() {
            return self.t("date-today");
        }
        if now.date().yesterday().is_ok_and(|yesterday| at.date() == yesterday) {
            return self.t("date-yesterday");
        }
        let key = if at.year() == now.year() { "date-short" } else { "date-full" };
        self.day_of(key, at)
    }

    /// When, as short as it can be told: the time today, or else the day and the time.
    pub fn moment(&self, us: impl Held<i64>) -> String {
        let us = us.held();
        let (Some(at), Some(now)) = (self.civil(us), self.civil(self.now_us)) else {
            return String::new();
        };
        if at.date() == now.date() {
            return self.clock_s(us);
        }
        let key = if at.year() == now.year() { "date-short" } else { "date-full" };
        self.t2("date-and-time", "date", self.day_of(key, at), "time", self.clock(us))
    }

    /// Day and time in full, for a tooltip.
    pub fn full(&self, us: impl Held<i64>) -> String {
        let us = us.held();
        self.t2("date-and-time", "date", self.date(us), "time", self.clock_s(us))
    }

    /// The moment for machines: RFC 3339 in UTC.
    pub fn iso(&self, us: impl Held<i64>) -> String {
        let us = us.held();
        Timestamp::from_microsecond(us).map_or_else(|_| String::new(), |at| format!("{at:.0}"))
    }

    fn day_of(&self, key: &str, at: DateTime) -> String {
        let month = self.t(&format!("month-{}", at.month()));
        // As texts: a year is not grouped.
        let (year, day) = (at.year().to_string(), at.day().to_string());
        self.t_args(key, &[("year", &year), ("month", &month), ("day", &day)])
    }

    fn civil(&self, us: i64) -> Option<DateTime> {
        let offset = Offset::from_seconds(self.offset_s).ok()?;
        Some(offset.to_datetime(Timestamp::from_microsecond(us).ok()?))
    }
}

fn seconds_us(seconds: f64) -> i64 {
    (seconds * 1e6) as i64
}

#[cfg(test)]
#[path = "format_tests.rs"]
mod tests;
