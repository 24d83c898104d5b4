//! Letters.

use ab_glyph::{Font as _, FontRef, GlyphId, PxScale, ScaleFont as _, point};
use tiny_skia::{Color, Pixmap, PremultipliedColorU8};

/// Inter Medium, cut down to ASCII and a few signs; its licence lies beside it.
const FONT: &[u8] = include_bytes!("../font/Inter-Medium-ascii.ttf");
/// Most characters of one text that are drawn.
const LONGEST: usize = 80;

/// Draws text in one size.
pub struct Pen {
    font: FontRef<'static>,
    scale: PxScale,
}

/// Where a text stands beside its point.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Align {
    Left,
    Middle,
    Right,
}

impl Pen {
    /// A pen for letters of this height in pixels.
    pub fn new(height: f32) -> Option<Self> {
        Some(Self { font: FontRef::try_from_slice(FONT).ok()?, scale: PxScale::from(height) })
    }

    /// Width of a text in pixels.
    pub fn width(&self, text: &str) -> f32 {
        let scaled = self.font.as_scaled(self.scale);
        self.glyphs(text).map(|id| scaled.h_advance(id)).sum()
    }

    /// The text, cut to a width in pixels.
    pub fn fit(&self, text: &str, width: f32) -> String {
        if self.width(text) <= width {
            return text.chars().take(LONGEST).collect();
        }
        let mut kept: String = text.chars().take(LONGEST).collect();
        while !kept.is_empty() && self.width(&kept) + self.width("…") > width {
            kept.pop();
        }
        kept + "…"
    }

    /// Draws a text with its base line at `y`.
    pub fn write(&self, to: &mut Pixmap, text: &str, (x, y): (f32, f32), align: Align, color: Color) {
        let scaled = self.font.as_scaled(self.scale);
        let mut left = match align {
            Align::Left => x,
            Align::Middle => x - self.width(text) / 2.0,
            Align::Right => x - self.width(text),
        };
        for id in self.glyphs(text) {
            let glyph = id.with_scale_and_position(self.scale, point(left, y));
            left += scaled.h_advance(id);
            let Some(outline) = self.font.outline_glyph(glyph) else { continue };
            let bounds = outline.px_bounds();
            outline.draw(|dx, dy, cover| {
                blend(to, (bounds.min.x + dx as f32, bounds.min.y + dy as f32), color, cover);
            });
        }
    }

    fn glyphs(&self, text: &str) -> impl Iterator<Item = GlyphId> {
        let known = |c: char| {
            let id = self.font.glyph_id(c);
            if id.0 == 0 { self.font.glyph_id('?') } else { id }
        };
        text.chars().take(LONGEST).map(known)
    }
}

fn blend(to: &mut Pixmap, (x, y): (f32, f32), color: Color, cover: f32) {
    if x < 0.0 || y < 0.0 || x >= to.width() as f32 || y >= to.height() as f32 {
        return;
    }
    let index = y as usize * to.width() as usize + x as usize;
    let Some(pixel) = to.pixels_mut().get_mut(index) else { return };
    let cover = cover.clamp(0.0, 1.0) * color.alpha();
    let mix = |below: u8, above: f32| {
        (f32::from(below) * (1.0 - cover) + above * 255.0 * cover).round().clamp(0.0, 255.0) as u8
    };
    let (r, g, b) =
        (mix(pixel.red(), color.red()), mix(pixel.green(), color.green()), mix(pixel.blue(), color.blue()));
    // The ground is opaque, so that alpha stays full.
    if let Some(mixed) = PremultipliedColorU8::from_rgba(r, g, b, 255) {
        *pixel = mixed;
    }
}
