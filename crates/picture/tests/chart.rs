//! Pictures as whoever opens them sees them: decoded again, and looked at by colour.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use proptest::prelude::*;
use tiny_skia::Pixmap;
use watchroom_domain::{HOUR_US, MINUTE_US, Micros};
use watchroom_picture::{Chart, Curve, Theme, chart};

const NOON: Micros = 1_792_584_000_000_000;

fn hot() -> Chart {
    let points = (0..360).map(|m| (NOON + m * MINUTE_US, 60.0 + 20.0 * (m as f64 / 40.0).sin()));
    Chart {
        from_us: NOON,
        to_us: NOON + 6 * HOUR_US,
        unit: "°C".to_owned(),
        curves: vec![Curve { name: "Package id 0".to_owned(), points: points.collect() }],
        gap_us: 5 * MINUTE_US,
        threshold: Some(78.0),
        trouble: Some((NOON + 40 * MINUTE_US, NOON + 80 * MINUTE_US)),
        ..Chart::default()
    }
}

fn opened(picture: &Chart) -> Pixmap {
    let bytes = chart(picture);
    if let Ok(folder) = std::env::var("WATCHROOM_PICTURES") {
        let name = format!("{folder}/{}-{:?}-{}.png", picture.curves.len(), picture.theme, picture.width);
        std::fs::write(name, &bytes).unwrap();
    }
    Pixmap::decode_png(&bytes).unwrap()
}

/// How many pixels have exactly this colour.
fn count(picture: &Pixmap, rgb: u32) -> usize {
    let is = |p: &&tiny_skia::PremultipliedColorU8| {
        u32::from(p.red()) << 16 | u32::from(p.green()) << 8 | u32::from(p.blue()) == rgb
    };
    picture.pixels().iter().filter(is).count()
}

#[test]
fn curve_threshold_and_trouble_are_seen_in_both_themes() {
    for (theme, curve, threshold, trouble) in
        [(Theme::Light, 0x2a66e0, 0xd9363e, 0xfde8e9), (Theme::Dark, 0x6d9cff, 0xff5d63, 0x331619)]
    {
        let mut wanted = Chart { theme, ..hot() };
        // Below a curve that is alone lies its own shade, and mixes with that of the trouble.
        wanted.curves.push(Curve::default());
        let picture = opened(&wanted);
        assert_eq!((picture.width(), picture.height()), (640, 240));
        assert!(count(&picture, curve) > 300, "the curve");
        assert!(count(&picture, threshold) > 100, "the threshold");
        assert!(count(&picture, trouble) > 1_000, "the time of trouble");
    }
}

#[test]
fn a_gap_stays_a_gap() {
    let blue_in_the_middle = |chart: &Chart| {
        let picture = opened(chart);
        let (width, pixels) = (picture.width() as usize, picture.pixels());
        let middle = pixels.iter().enumerate().filter(|(i, _)| (250..450).contains(&(i % width)));
        middle.filter(|(_, p)| p.blue() > p.red() && p.blue() > p.green().saturating_add(20)).count()
    };
    let mut broken = hot();
    broken.curves[0].points.retain(|(at, _)| !(NOON + HOUR_US..NOON + 5 * HOUR_US).contains(at));
    assert!(blue_in_the_middle(&hot()) > 200);
    assert_eq!(blue_in_the_middle(&broken), 0);
    broken.gap_us = Micros::MAX;
    assert!(blue_in_the_middle(&broken) > 200, "joined, where gaps are to be joined");
}

#[test]
fn several_curves_have_a_legend_and_colours_of_their_own() {
    let mut several = hot();
    let other = several.curves[0].points.iter().map(|(at, v)| (*at, v - 15.0)).collect();
    several.curves.push(Curve { name: "温度 <b>&\u{202e}".repeat(40), points: other });
    several.width = 900;
    let picture = opened(&several);
    assert!(count(&picture, 0x2a66e0) > 300 && count(&picture, 0x8a4fd3) > 300);
}

#[test]
fn nothing_to_show_is_still_a_picture() {
    let empty = opened(&Chart::default());
    assert!(count(&empty, 0xffffff) > 100_000);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20))]
    #[test]
    fn no_chart_is_without_picture(
        width in 0..5_000u32,
        height in 0..400u32,
        (from_us, to_us) in (any::<i64>(), any::<i64>()),
        points in proptest::collection::vec((any::<i64>(), any::<f64>()), 0..50),
        threshold in proptest::option::of(any::<f64>()),
        gap_us in any::<i64>(),
        name in ".{0,300}",
        unit in "[B%]?",
    ) {
        let curves = vec![Curve { name, points: points.clone() }; 8];
        let trouble = Some((to_us, from_us));
        let made = chart(&Chart { width, height, from_us, to_us, curves, threshold, gap_us, unit, trouble, ..Chart::default() });
        prop_assert!(Pixmap::decode_png(&made).is_ok());
    }
}
