//! Charts as PNG, for mail and chat, where no script runs. Pure: the same chart gives the same bytes.
//!
//! The font that is built in has the printable characters of ASCII and a few signs more; what it lacks is
//! drawn as a question mark, so names in other scripts belong in the words beside the picture.

mod axis;
mod paint;
mod text;

use watchroom_domain::Micros;

/// Smallest and largest side of a picture, in pixels.
pub const SIDES: (u32, u32) = (160, 2_000);
/// Most curves in one chart; further ones are left out.
pub const MAX_CURVES: usize = 6;
/// Most points of a curve that are drawn; of more, every pixel column keeps its extremes.
pub const MAX_POINTS: usize = 20_000;

/// Colours of the picture.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    /// Dark on white: for mail.
    #[default]
    Light,
    /// Light on dark.
    Dark,
}

/// One curve.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Curve {
    /// Its name in the legend; hostile text is fine, it is only drawn.
    pub name: String,
    /// Time in microseconds UTC and value in the chart's unit, in any order. What is not finite is left out.
    pub points: Vec<(Micros, f64)>,
}

/// What is to be drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct Chart {
    /// Width in pixels, brought between the limits of [`SIDES`].
    pub width: u32,
    /// Height in pixels, brought between the limits of [`SIDES`].
    pub height: u32,
    /// Colours.
    pub theme: Theme,
    /// Begin of the span, microseconds UTC.
    pub from_us: Micros,
    /// End of the span, microseconds UTC.
    pub to_us: Micros,
    /// What the readers' clocks show beyond UTC, in microseconds.
    pub utc_offset_us: Micros,
    /// Unit of the values, as shown: `%`, `°C`, `B`, `B/s`, `s` or nothing.
    pub unit: String,
    /// The curves.
    pub curves: Vec<Curve>,
    /// Points further apart than this are not joined, so that a gap stays a gap.
    pub gap_us: Micros,
    /// The threshold in question, drawn as a dashed line.
    pub threshold: Option<f64>,
    /// Since when until when something was wrong, drawn as a shade.
    pub trouble: Option<(Micros, Micros)>,
}

impl Default for Chart {
    fn default() -> Self {
        Self {
            width: 640,
            height: 240,
            theme: Theme::Light,
            from_us: 0,
            to_us: 0,
            utc_offset_us: 0,
            unit: String::new(),
            curves: Vec::new(),
            gap_us: Micros::MAX,
            threshold: None,
            trouble: None,
        }
    }
}

/// Draws a chart as a PNG file; empty bytes when the picture cannot be made, which no size within the limits
/// causes.
pub fn chart(chart: &Chart) -> Vec<u8> {
    // Far from where differences of times overflow.
    let within = |at: Micros| at.clamp(-(1 << 60), 1 << 60);
    let (from_us, to_us) = (within(chart.from_us), within(chart.to_us));
    paint::chart(chart, (from_us, to_us.max(from_us + 1))).unwrap_or_default()
}
