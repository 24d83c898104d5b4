//! The drawing itself.

use crate::axis::{Scale, times, values};
use crate::text::{Align, Pen};
use crate::{Chart, Curve, MAX_CURVES, MAX_POINTS, SIDES, Theme};
use tiny_skia::{
    Color, FillRule, LineCap, LineJoin, Paint, Path, PathBuilder, Pixmap, Rect, Stroke, StrokeDash, Transform,
};
use watchroom_domain::Micros;

/// Height of the letters, pixels.
const LETTERS: f32 = 15.0;
/// Room between things, pixels.
const SPACE: f32 = 10.0;

/// Colours as the console has them.
struct Palette {
    ground: Color,
    grid: Color,
    ink: Color,
    trouble: Color,
    threshold: Color,
    curves: [Color; MAX_CURVES],
}

impl Palette {
    fn of(theme: Theme) -> Self {
        let c = |hex: u32| Color::from_rgba8((hex >> 16) as u8, (hex >> 8) as u8, hex as u8, 255);
        match theme {
            Theme::Light => Self {
                ground: c(0xffffff),
                grid: c(0xe3e6ea),
                ink: c(0x535d6b),
                trouble: c(0xfde8e9),
                threshold: c(0xd9363e),
                curves: [0x2a66e0, 0x8a4fd3, 0x0f8b9d, 0xb8508f, 0x6b7a1e, 0x6d7887].map(c),
            },
            Theme::Dark => Self {
                ground: c(0x151a21),
                grid: c(0x262e3a),
                ink: c(0xa8b2c0),
                trouble: c(0x331619),
                threshold: c(0xff5d63),
                curves: [0x6d9cff, 0xb78bff, 0x45c4d6, 0xf08ac6, 0xc2cf5e, 0x97a3b3].map(c),
            },
        }
    }
}

/// The field that the curves lie in, and what its edges mean.
struct Field {
    left: f32,
    top: f32,
    right: f32,
    bottom: f32,
    from_us: Micros,
    to_us: Micros,
    scale: Scale,
}

impl Field {
    fn x(&self, at_us: Micros) -> f32 {
        let share = (at_us - self.from_us) as f64 / (self.to_us - self.from_us).max(1) as f64;
        self.left + (share as f32) * (self.right - self.left)
    }

    fn y(&self, value: f64) -> f32 {
        let share = (value - self.scale.low) / (self.scale.high - self.scale.low);
        self.bottom - (share as f32) * (self.bottom - self.top)
    }
}

pub fn chart(chart: &Chart, span: (Micros, Micros)) -> Option<Vec<u8>> {
    let (width, height) =
        (chart.width.clamp(SIDES.0, SIDES.1) as f32, chart.height.clamp(SIDES.0, SIDES.1) as f32);
    let mut canvas = Pixmap::new(width as u32, height as u32)?;
    let palette = Palette::of(chart.theme);
    let pen = Pen::new(LETTERS)?;
    canvas.fill(palette.ground);
    let curves: Vec<Vec<(Micros, f64)>> =
        chart.curves.iter().take(MAX_CURVES).map(|c| seen(span, c)).collect();
    let scale = scale(chart, &curves, height);
    let labels = scale.marks.iter().map(|m| pen.width(&m.1)).fold(0.0, f32::max);
    let legend = if chart.curves.len() > 1 { LETTERS + SPACE } else { 0.0 };
    let field = Field {
        left: labels + 2.0 * SPACE,
        top: SPACE + legend + LETTERS / 2.0,
        right: width - 2.0 * SPACE,
        bottom: height - SPACE - LETTERS - 4.0,
        from_us: span.0,
        to_us: span.1,
        scale,
    };
    shade(&mut canvas, &field, &palette, chart.trouble);
    grid(&mut canvas, &field, &palette, &pen, chart.utc_offset_us);
    for (points, color) in curves.iter().zip(palette.curves) {
        let alone = curves.len() == 1;
        curve(&mut canvas, &field, points, color, chart.gap_us, alone);
    }
    if let Some(threshold) = chart.threshold.filter(|t| t.is_finite()) {
        let y = field.y(threshold);
        let dash = StrokeDash::new(vec![6.0, 4.0], 0.0);
        line(&mut canvas, (field.left, y), (field.right, y), palette.threshold, 1.5, dash);
    }
    if legend > 0.0 {
        names(&mut canvas, &field, &palette, &pen, &chart.curves);
    }
    canvas.encode_png().ok()
}

/// The points of a curve within the span, by time, few enough to be drawn.
fn seen((from_us, to_us): (Micros, Micros), curve: &Curve) -> Vec<(Micros, f64)> {
    let within = |p: &&(Micros, f64)| (from_us..=to_us).contains(&p.0) && p.1.is_finite();
    let mut points: Vec<_> = curve.points.iter().filter(within).copied().collect();
    points.sort_by_key(|p| p.0);
    if points.len() <= MAX_POINTS {
        return points;
    }
    // Every group keeps its extremes, in their order, so that no peak is lost.
    let group = points.len().div_ceil(MAX_POINTS / 2);
    let extremes = points.chunks(group).flat_map(|some| {
        let low = some.iter().copied().min_by(|a, b| a.1.total_cmp(&b.1));
        let high = some.iter().copied().max_by(|a, b| a.1.total_cmp(&b.1));
        let mut both: Vec<_> = low.into_iter().chain(high).collect();
        both.sort_by_key(|p| p.0);
        both
    });
    extremes.collect()
}

fn scale(chart: &Chart, curves: &[Vec<(Micros, f64)>], height: f32) -> Scale {
    let all = curves.iter().flatten().map(|p| p.1).chain(chart.threshold.filter(|t| t.is_finite()));
    // Wide enough for every number, and far from where differences overflow.
    let all = all.map(|v| v.clamp(-1e300, 1e300));
    let (low, high) = all.fold((f64::MAX, f64::MIN), |(low, high), v| (low.min(v), high.max(v)));
    values(low, high, &chart.unit, ((height / 48.0) as usize).clamp(2, 8))
}

fn shade(canvas: &mut Pixmap, field: &Field, palette: &Palette, trouble: Option<(Micros, Micros)>) {
    let Some((from, to)) = trouble else { return };
    let (from, to) = (from.clamp(field.from_us, field.to_us), to.clamp(field.from_us, field.to_us));
    let rect = Rect::from_ltrb(field.x(from), field.top, field.x(to), field.bottom);
    if let Some(rect) = rect {
        canvas.fill_rect(rect, &paint(palette.trouble), Transform::identity(), None);
    }
}

fn grid(canvas: &mut Pixmap, field: &Field, palette: &Palette, pen: &Pen, offset_us: Micros) {
    for (value, label) in &field.scale.marks {
        let y = field.y(*value).round() + 0.5;
        line(canvas, (field.left, y), (field.right, y), palette.grid, 1.0, None);
        pen.write(canvas, label, (field.left - SPACE, y + LETTERS / 3.0), Align::Right, palette.ink);
    }
    let most = ((field.right - field.left) / 90.0).max(2.0) as usize;
    for (at_us, label) in times(field.from_us, field.to_us, offset_us, most) {
        let x = field.x(at_us).round() + 0.5;
        line(canvas, (x, field.bottom), (x, field.bottom + 4.0), palette.grid, 1.0, None);
        let half = pen.width(&label) / 2.0;
        let x = x.clamp(half, canvas.width() as f32 - half);
        pen.write(canvas, &label, (x, field.bottom + LETTERS + 4.0), Align::Middle, palette.ink);
    }
}

fn curve(
    canvas: &mut Pixmap,
    field: &Field,
    points: &[(Micros, f64)],
    color: Color,
    gap_us: Micros,
    alone: bool,
) {
    for run in points.chunk_by(|a, b| b.0 - a.0 <= gap_us) {
        let Some((first, last)) = run.first().zip(run.last()) else { continue };
        if run.len() == 1 {
            let dot = PathBuilder::from_circle(field.x(first.0), field.y(first.1), 2.0);
            fill(canvas, dot, color);
            continue;
        }
        let mut way = PathBuilder::new();
        for (index, (at_us, value)) in run.iter().enumerate() {
            let (x, y) = (field.x(*at_us), field.y(*value));
            if index == 0 { way.move_to(x, y) } else { way.line_to(x, y) }
        }
        if alone {
            let mut area = way.clone();
            area.line_to(field.x(last.0), field.bottom);
            area.line_to(field.x(first.0), field.bottom);
            area.close();
            let mut pale = color;
            pale.set_alpha(0.12);
            fill(canvas, area.finish(), pale);
        }
        let stroke =
            Stroke { width: 2.0, line_cap: LineCap::Round, line_join: LineJoin::Round, ..Stroke::default() };
        if let Some(path) = way.finish() {
            canvas.stroke_path(&path, &paint(color), &stroke, Transform::identity(), None);
        }
    }
}

fn names(canvas: &mut Pixmap, field: &Field, palette: &Palette, pen: &Pen, curves: &[Curve]) {
    let shown = curves.len().min(MAX_CURVES);
    let room = (field.right - field.left) / shown as f32;
    let mut x = field.left;
    for (curve, color) in curves.iter().zip(palette.curves) {
        let name = pen.fit(&curve.name, room - 3.0 * SPACE);
        let y = SPACE + LETTERS * 0.75;
        line(canvas, (x, y - 5.0), (x + 14.0, y - 5.0), color, 3.0, None);
        pen.write(canvas, &name, (x + 20.0, y), Align::Left, palette.ink);
        x += 20.0 + pen.width(&name) + SPACE;
    }
}

fn fill(canvas: &mut Pixmap, path: Option<Path>, color: Color) {
    if let Some(path) = path {
        canvas.fill_path(&path, &paint(color), FillRule::Winding, Transform::identity(), None);
    }
}

fn line(
    canvas: &mut Pixmap,
    from: (f32, f32),
    to: (f32, f32),
    color: Color,
    width: f32,
    dash: Option<StrokeDash>,
) {
    let mut way = PathBuilder::new();
    way.move_to(from.0, from.1);
    way.line_to(to.0, to.1);
    if let Some(path) = way.finish() {
        let stroke = Stroke { width, dash, ..Stroke::default() };
        canvas.stroke_path(&path, &paint(color), &stroke, Transform::identity(), None);
    }
}

fn paint(color: Color) -> Paint<'static> {
    let mut paint = Paint::default();
    paint.set_color(color);
    paint.anti_alias = true;
    paint
}
