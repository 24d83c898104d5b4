//! What was measured: as a table for people, as JSON for programs.

use serde_json::{Value, json};
use std::fmt::Write as _;

/// One figure, beside what it is measured against.
#[derive(Clone, Debug)]
pub struct Figure {
    /// What was measured, in words.
    pub name: String,
    /// The median of the runs.
    pub value: f64,
    /// Its unit.
    pub unit: &'static str,
    /// All runs.
    pub runs: Vec<f64>,
    /// What it should be; at least or at most.
    pub aim: Option<Aim>,
    /// What it is measured against, and that limit's value in the same unit, from the same run.
    pub raw: Option<(String, f64)>,
    /// What else is worth saying.
    pub note: String,
}

/// What a figure should reach.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Aim {
    /// Larger is better.
    AtLeast(f64),
    /// Smaller is better.
    AtMost(f64),
}

impl Aim {
    fn met(self, value: f64) -> bool {
        match self {
            Aim::AtLeast(limit) => value >= limit,
            Aim::AtMost(limit) => value <= limit,
        }
    }
}

impl Figure {
    /// A figure that is the median of these runs.
    pub fn of_runs(name: impl Into<String>, unit: &'static str, runs: Vec<f64>) -> Self {
        let value = median(&runs);
        Self { name: name.into(), value, unit, runs, aim: None, raw: None, note: String::new() }
    }

    /// A figure that was measured once.
    pub fn once(name: impl Into<String>, unit: &'static str, value: f64) -> Self {
        Self::of_runs(name, unit, vec![value])
    }

    /// The aim of the figure.
    pub fn aim(self, aim: Aim) -> Self {
        Self { aim: Some(aim), ..self }
    }

    /// What it is measured against.
    pub fn beside(self, name: impl Into<String>, value: f64) -> Self {
        Self { raw: Some((name.into(), value)), ..self }
    }

    /// What else is to be said.
    pub fn note(self, note: impl Into<String>) -> Self {
        Self { note: note.into(), ..self }
    }

    fn json(&self) -> Value {
        let aim = self.aim.map(|aim| match aim {
            Aim::AtLeast(limit) => json!({"at_least": limit, "met": aim.met(self.value)}),
            Aim::AtMost(limit) => json!({"at_most": limit, "met": aim.met(self.value)}),
        });
        let raw = self.raw.as_ref().map(|(name, value)| json!({"name": name, "value": value}));
        json!({"name": self.name, "value": self.value, "unit": self.unit, "runs": self.runs,
            "aim": aim, "raw": raw, "note": self.note})
    }
}

/// The middle of these, 0 without any.
pub fn median(values: &[f64]) -> f64 {
    quantile(values, 0.5)
}

/// The value below which this part of them lies, 0 without any.
pub fn quantile(values: &[f64], part: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let at = ((sorted.len() as f64 - 1.0) * part).round().max(0.0) as usize;
    sorted.get(at).copied().unwrap_or(0.0)
}

/// All figures as one JSON object.
pub fn as_json(figures: &[Figure], load: f64) -> Value {
    let figures: Vec<_> = figures.iter().map(Figure::json).collect();
    json!({"program": concat!("watchroom/", env!("CARGO_PKG_VERSION")), "load_average": load, "figures": figures})
}

/// All figures as a table.
pub fn as_table(figures: &[Figure]) -> String {
    let mut out =
        String::from("| figure | measured | aim | raw limit in the same run | |\n|---|---|---|---|---|\n");
    for figure in figures {
        let aim = match figure.aim {
            None => String::new(),
            Some(aim @ Aim::AtLeast(limit)) => format!("≥ {} {}", short(limit), met(aim, figure.value)),
            Some(aim @ Aim::AtMost(limit)) => format!("≤ {} {}", short(limit), met(aim, figure.value)),
        };
        let raw = figure.raw.as_ref().map(|(name, value)| format!("{} ({name})", short(*value)));
        // Writing into a string cannot fail.
        let _ = writeln!(
            out,
            "| {} | {} {} | {aim} | {} | {} |",
            figure.name,
            short(figure.value),
            figure.unit,
            raw.unwrap_or_default(),
            figure.note
        );
    }
    out
}

fn met(aim: Aim, value: f64) -> &'static str {
    if aim.met(value) { "✓" } else { "✗" }
}

/// A number with as many digits as can be trusted.
fn short(value: f64) -> String {
    match value.abs() {
        v if v >= 1_000.0 => {
            let digits = format!("{value:.0}");
            let (sign, digits) = digits.split_at(usize::from(value < 0.0));
            let groups: Vec<&str> =
                digits.as_bytes().rchunks(3).rev().filter_map(|g| std::str::from_utf8(g).ok()).collect();
            format!("{sign}{}", groups.join(","))
        }
        v if v >= 100.0 => format!("{value:.0}"),
        v if v >= 10.0 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_told_with_the_digits_that_matter() {
        assert_eq!(
            [0.046, 9.99, 43.21, 432.1, 1_234_567.8].map(short),
            ["0.05", "9.99", "43.2", "432", "1,234,568"]
        );
    }

    #[test]
    fn the_middle_of_nothing_is_nothing() {
        assert_eq!(
            (median(&[]), median(&[3.0, 1.0, 2.0]), quantile(&[1.0, 2.0, 3.0], 0.99)),
            (0.0, 2.0, 3.0)
        );
    }

    #[test]
    fn a_figure_stands_beside_its_aim_and_its_limit() {
        let figure =
            Figure::of_runs("frames", "1/s", vec![2.0, 1.0, 3.0]).aim(Aim::AtLeast(2.0)).beside("raw", 4.0);
        assert!(
            as_table(std::slice::from_ref(&figure)).contains("| frames | 2.00 1/s | ≥ 2.00 ✓ | 4.00 (raw) |")
        );
        assert_eq!(as_json(&[figure], 1.0)["figures"][0]["aim"]["met"], true);
    }
}
