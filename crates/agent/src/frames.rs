//! Writing what was read as bodies of frames, straight into buffers that are used again and again.

use std::io::Write as _;
use watchroom_domain::MAX_SAMPLES;

/// Longest array of samples, bytes: leaves room for the frame's other members in a line of 64 KiB.
const MAX_BODY: usize = 60_000;

/// Takes samples. A metric is one of [`watchroom_domain::Metric::known`].
pub(crate) trait Sink {
    /// One value now. Label values must have passed [`crate::collect::label`].
    fn sample(&mut self, metric: &str, labels: &[(&str, &str)], value: f64);
}

/// The samples of one moment, as one or, where they are too many, several JSON arrays.
#[derive(Default)]
pub(crate) struct Frames {
    bodies: Vec<Vec<u8>>,
    used: usize,
    count: usize,
    one: Vec<u8>,
}

impl Frames {
    /// Forgets the samples but keeps the buffers.
    pub(crate) fn clear(&mut self) {
        self.used = 0;
        self.count = 0;
    }

    /// Closes the arrays and gives them out. Call [`Frames::clear`] before the next sample.
    pub(crate) fn finish(&mut self) -> impl Iterator<Item = &[u8]> {
        if self.count > 0 {
            self.bodies[self.used - 1].push(b']');
            self.count = 0;
        }
        self.bodies[..self.used].iter().map(Vec::as_slice)
    }

    fn begin(&mut self) {
        if self.used == self.bodies.len() {
            self.bodies.push(Vec::with_capacity(4096));
        }
        self.bodies[self.used].clear();
        self.used += 1;
        self.count = 0;
    }
}

impl Sink for Frames {
    fn sample(&mut self, metric: &str, labels: &[(&str, &str)], value: f64) {
        self.one.clear();
        write_sample(&mut self.one, metric, labels, value);
        let full = |frames: &Frames| {
            let body = &frames.bodies[frames.used - 1];
            frames.count == MAX_SAMPLES || body.len() + frames.one.len() + 2 > MAX_BODY
        };
        if self.count == 0 {
            self.begin();
        } else if full(self) {
            self.bodies[self.used - 1].push(b']');
            self.begin();
        }
        let body = &mut self.bodies[self.used - 1];
        body.push(if self.count == 0 { b'[' } else { b',' });
        body.extend_from_slice(&self.one);
        self.count += 1;
    }
}

fn write_sample(out: &mut Vec<u8>, metric: &str, labels: &[(&str, &str)], value: f64) {
    out.extend_from_slice(b"{\"metric\":");
    write_text(out, metric);
    for (i, (key, text)) in labels.iter().enumerate() {
        out.extend_from_slice(if i == 0 { b",\"labels\":{" } else { b"," });
        write_text(out, key);
        out.push(b':');
        write_text(out, text);
    }
    out.extend_from_slice(if labels.is_empty() { b",\"value\":" } else { b"},\"value\":" });
    // Display of a double is the shortest text from which the same double comes back (no exponent).
    let _ = write!(out, "{value}");
    out.push(b'}');
}

fn write_text(out: &mut Vec<u8>, text: &str) {
    // Writing into memory cannot fail.
    let _ = serde_json::to_writer(out, text);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use watchroom_wire::{ClientFrame, SampleItem, Samples};

    fn parsed(body: &[u8]) -> Samples {
        let mut line = br#"{"type":"samples","seq":1,"sent_us":1,"samples":"#.to_vec();
        line.extend_from_slice(body);
        line.push(b'}');
        assert!(line.len() <= watchroom_wire::MAX_LINE);
        match ClientFrame::parse(&line).unwrap() {
            ClientFrame::Samples(samples) => samples,
            other => panic!("{other:?}"),
        }
    }

    proptest! {
        #[test]
        fn the_hub_reads_what_was_written(
            samples in prop::collection::vec(("[a-z]{1,9}", ".{1,30}", -10_000_000_000i64..10_000_000_000), 1..40),
        ) {
            let mut frames = Frames::default();
            for _ in 0..2 {
                frames.clear();
                for (metric, text, value) in &samples {
                    frames.sample(metric, &[("mount", text), ("z", "1")], *value as f64 / 10.0);
                }
                let bodies: Vec<_> = frames.finish().map(parsed).collect();
                prop_assert_eq!(bodies.len(), 1);
                let written: Vec<_> = samples.iter()
                    .map(|(m, t, v)| SampleItem::new(m, &[("mount", t), ("z", "1")], *v as f64 / 10.0)).collect();
                prop_assert_eq!(&bodies[0].samples, &written);
            }
        }
    }

    #[test]
    fn too_many_samples_become_several_frames_within_bounds() {
        let mut frames = Frames::default();
        let long = "x".repeat(128);
        for i in 0..1500 {
            let label = if i < 900 { "x" } else { &long };
            frames.sample("disk_used_percent", &[("mount", label)], f64::from(i));
        }
        let bodies: Vec<_> = frames.finish().map(parsed).collect();
        assert!(bodies.iter().all(|b| (1..=MAX_SAMPLES).contains(&b.samples.len())));
        let values: Vec<_> = bodies.iter().flat_map(|b| &b.samples).map(|s| s.value).collect();
        assert_eq!(values, (0..1500).map(f64::from).collect::<Vec<_>>());
    }

    #[test]
    fn nothing_read_is_no_frame() {
        let mut frames = Frames::default();
        assert_eq!(frames.finish().count(), 0);
        frames.sample("uptime_s", &[], 1.0);
        assert_eq!(frames.finish().collect::<Vec<_>>(), [br#"[{"metric":"uptime_s","value":1}]"#]);
        frames.clear();
        assert_eq!(frames.finish().count(), 0);
    }
}
