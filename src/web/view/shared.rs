//! Small things that many pages show.

use crate::web::format::Locale;
use std::fmt::Write;

/// How a machine or a value is. Shown as a shape and a word, never by colour alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum State {
    /// Nothing to do.
    #[default]
    Ok,
    /// Somebody should look in time.
    Warn,
    /// Somebody must look now.
    Crit,
    /// Nothing is known: silent, or never heard of. Not "down".
    Unknown,
}

impl State {
    /// Its name in the page and in the live feed.
    pub fn word(self) -> &'static str {
        match self {
            State::Ok => "ok",
            State::Warn => "warn",
            State::Crit => "crit",
            State::Unknown => "unknown",
        }
    }

    /// Its name for people.
    pub fn name(self, l: &Locale) -> String {
        l.t(&format!("state-{}", self.word()))
    }
}

/// How bad an alert is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Severity {
    /// Somebody should look in time.
    #[default]
    Warning,
    /// Somebody must look now.
    Critical,
}

impl Severity {
    /// Its value in forms.
    pub fn word(self) -> &'static str {
        match self {
            Severity::Warning => "warning",
            Severity::Critical => "critical",
        }
    }

    /// Its name for people.
    pub fn name(self, l: &Locale) -> String {
        l.t(&format!("severity-{}", self.word()))
    }

    /// The state of a machine that has an alert as bad as this.
    pub fn state(self) -> State {
        match self {
            Severity::Warning => State::Warn,
            Severity::Critical => State::Crit,
        }
    }
}

/// What is wrong with a form, field by field.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Errors(
    /// Field name and message, in the reader's language. An empty field name stands for the whole form.
    pub Vec<(String, String)>,
);

impl Errors {
    /// The message for this field.
    pub fn of(&self, field: &str) -> Option<&str> {
        self.0.iter().find(|(name, _)| name == field).map(|(_, message)| message.as_str())
    }

    /// Whether anything is wrong.
    pub fn any(&self) -> bool {
        !self.0.is_empty()
    }
}

/// What has just been done, said above the page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// Whether it went well.
    pub state: State,
    /// A sentence in the reader's language.
    pub text: String,
}

/// One choice of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// What is sent.
    pub value: String,
    /// What is shown.
    pub text: String,
}

/// A small curve, 120 by 40, as SVG paths; a gap in the data is a gap in the line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Spark {
    /// Path of the line.
    pub line: String,
    /// Path of the area below it.
    pub area: String,
}

impl Spark {
    /// The curve between these bounds; values beyond them are held at the edge.
    pub fn between(values: &[Option<f64>], low: f64, high: f64) -> Spark {
        let mut spark = Spark::default();
        let step = 120.0 / values.len().saturating_sub(1).max(1) as f64;
        let span = if high > low { high - low } else { 1.0 };
        let mut run: Vec<(f64, f64)> = Vec::new();
        for (i, value) in values.iter().enumerate() {
            match value.filter(|v| v.is_finite()) {
                Some(v) => {
                    let up = ((v - low) / span).clamp(0.0, 1.0);
                    run.push((i as f64 * step, 38.5 - up * 36.0));
                }
                None => spark.draw(&mut run),
            }
        }
        spark.draw(&mut run);
        spark
    }

    /// The curve between its own least and greatest value, a quiet one not blown up: the bounds are at
    /// least `span` apart.
    pub fn fitted(values: &[Option<f64>], span: f64) -> Spark {
        let known = || values.iter().flatten().copied().filter(|v| v.is_finite());
        let low = known().fold(f64::INFINITY, f64::min);
        let high = known().fold(f64::NEG_INFINITY, f64::max);
        let spare = ((span - (high - low)) / 2.0).max(0.0);
        Spark::between(values, low - spare, high + spare)
    }

    fn draw(&mut self, run: &mut Vec<(f64, f64)>) {
        let (Some(first), Some(last)) = (run.first().copied(), run.last().copied()) else { return };
        for (i, (x, y)) in run.iter().enumerate() {
            // Writing to a String cannot fail.
            let _ = write!(self.line, "{}{x:.1} {y:.1}", if i == 0 { 'M' } else { 'L' });
            let _ = write!(self.area, "{}{x:.1} {y:.1}", if i == 0 { 'M' } else { 'L' });
        }
        let _ = write!(self.area, "L{:.1} 40L{:.1} 40Z", last.0, first.0);
        run.clear();
    }
}

/// Whether two texts are the same, however a template holds them.
pub(super) fn same(a: impl AsRef<str>, b: impl AsRef<str>) -> bool {
    a.as_ref() == b.as_ref()
}

/// A text as it stands at the beginning, with a capital letter where its script has any.
pub(super) fn capital(text: impl AsRef<str>) -> String {
    let mut letters = text.as_ref().chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
