//! Frames of samples: each once, in order, within bounds.

use crate::story::*;
use watchroom_domain::*;

fn agent() -> By {
    By::Agent(machine(0))
}

/// A frame with these samples.
fn with(seq: u64, samples: Vec<(SeriesKey, Micros, f64)>) -> Command {
    Command::RecordSamples { machine: machine(0), frame: frame(0, 1, seq), samples }
}

fn one(key: SeriesKey, at_us: Micros, value: f64) -> Command {
    with(1, vec![(key, at_us, value)])
}

#[test]
fn a_frame_is_recorded_once_and_in_order() {
    let story = Story::settled();
    assert_eq!(story.then(agent(), samples(0, 1, 1, 1.0)), ["SeriesDefined", "Telemetry"]);
    assert_eq!(story.then(agent(), samples(0, 1, 2, 1.0)), ["sequence_gap"]);
    assert_eq!(story.then(agent(), samples(0, 1, 0, 1.0)), ["bad_field"]);
    let story = story.given(agent(), samples(0, 1, 1, 1.0));
    assert_eq!(story.then(agent(), samples(0, 1, 1, 9.0)), [""; 0], "it is there");
    assert_eq!(story.then(agent(), samples(0, 1, 2, 1.0)), ["Telemetry"]);
}

#[test]
fn what_was_given_up_is_declared_exactly() {
    let declared = |seq, dropped| {
        let frame = Frame { dropped, ..frame(0, 1, seq) };
        Command::RecordSamples { machine: machine(0), frame, samples: vec![(series("a"), NOW_US, 1.0)] }
    };
    let story = Story::settled().given(agent(), samples(0, 1, 1, 1.0));
    assert_eq!(story.then(agent(), declared(5, 2)), ["sequence_gap"]);
    assert_eq!(story.then(agent(), declared(5, 4)), ["sequence_gap"]);
    assert_eq!(story.then(agent(), declared(5, 3)), ["SeriesDefined", "Telemetry"]);
    assert_eq!(story.then(agent(), declared(u64::MAX, u64::MAX)), ["bad_field"]);
    assert_eq!(story.then(agent(), declared(3, u64::MAX)), ["bad_field"]);
    assert_eq!(story.then(agent(), declared(3, i64::MAX as u64)), ["sequence_gap"]);
}

#[test]
fn a_later_epoch_begins_again_and_ends_the_one_before() {
    let story = Story::settled().given(agent(), samples(0, 5, 1, 1.0));
    assert_eq!(story.then(agent(), samples(0, 4, 2, 1.0)), ["stale_epoch"]);
    let story = story.given(agent(), samples(0, 6, 1, 1.0));
    assert_eq!(story.then(agent(), samples(0, 5, 2, 1.0)), ["stale_epoch"]);
    assert_eq!(story.then(agent(), samples(0, u64::MAX, 1, 1.0)), ["bad_field"]);
}

#[test]
fn what_is_out_of_bounds_is_refused_for_what_it_is() {
    let story = Story::settled();
    let labels = |n: usize, key: &str, value: &str| SeriesKey {
        metric: "a".to_owned(),
        labels: (0..n).map(|i| (format!("{key}{i}"), value.to_owned())).collect(),
    };
    let day = 24 * HOUR_US;
    for (command, code) in [
        (with(1, Vec::new()), "bad_count"),
        (with(1, vec![(series("a"), NOW_US, 1.0); MAX_SAMPLES + 1]), "bad_count"),
        (one(series(""), NOW_US, 1.0), "bad_metric"),
        (one(series("1a"), NOW_US, 1.0), "bad_metric"),
        (one(series("ä"), NOW_US, 1.0), "bad_metric"),
        (one(labels(MAX_LABELS + 1, "k", "v"), NOW_US, 1.0), "bad_labels"),
        (one(labels(1, "K", "v"), NOW_US, 1.0), "bad_labels"),
        (one(labels(1, "k", ""), NOW_US, 1.0), "bad_labels"),
        (one(labels(1, "k", "a\u{85}b"), NOW_US, 1.0), "bad_labels"),
        (one(series("a"), NOW_US, f64::NAN), "bad_value"),
        (one(series("a"), NOW_US, f64::NEG_INFINITY), "bad_value"),
        (one(series("a"), NOW_US + 5 * MINUTE_US + 1, 1.0), "time_out_of_bounds"),
        (one(series("a"), NOW_US - 14 * day - 1, 1.0), "time_out_of_bounds"),
        (one(series("a"), Micros::MAX, 1.0), "time_out_of_bounds"),
        (one(series("a"), Micros::MIN, 1.0), "time_out_of_bounds"),
    ] {
        assert_eq!(story.then(agent(), command), [code]);
    }
    for fits in [NOW_US + 5 * MINUTE_US, NOW_US - 14 * day] {
        assert_eq!(story.then(agent(), one(series("a"), fits, 1.0)).last(), Some(&"Telemetry"));
    }
}

#[test]
fn a_clock_that_is_wrong_is_corrected_before_it_is_judged() {
    let ahead = Frame { offset_us: -HOUR_US, ..frame(0, 1, 1) };
    let at = |at_us| Command::RecordSamples {
        machine: machine(0),
        frame: ahead,
        samples: vec![(series("a"), at_us, 1.0)],
    };
    let story = Story::settled();
    assert_eq!(story.then(agent(), at(NOW_US + HOUR_US)).last(), Some(&"Telemetry"));
    assert_eq!(story.then(agent(), at(NOW_US + HOUR_US + 6 * MINUTE_US)), ["time_out_of_bounds"]);
}

#[test]
fn of_two_values_of_one_series_at_one_time_the_last_counts() {
    let twice = vec![(series("a"), NOW_US, 1.0), (series("b"), NOW_US, 7.0), (series("a"), NOW_US, 2.0)];
    let events = Story::settled().when(agent(), with(1, twice)).unwrap();
    let Some(Event::Telemetry(telemetry)) = events.last() else { panic!("{events:?}") };
    let values: Vec<f64> = telemetry.samples.iter().map(|sample| sample.value).collect();
    assert_eq!(values, [2.0, 7.0]);
}

#[test]
fn a_machine_has_so_many_series_and_no_more() {
    let mut story = Story::settled();
    let many = |from: usize, n: usize| (from..from + n).map(|i| (series(&format!("m{i}")), NOW_US, 1.0));
    for page in 0..4 {
        story = story.given(agent(), with(page + 1, many(page as usize * 500, 500).collect()));
    }
    assert_eq!(story.state.series.len(), MAX_SERIES_PER_MACHINE);
    assert_eq!(story.then(agent(), with(5, many(2_000, 1).collect())), ["too_many_series"]);
    assert_eq!(story.then(agent(), with(5, many(0, 10).collect())), ["Telemetry"]);
}
