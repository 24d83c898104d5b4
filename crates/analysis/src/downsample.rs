//! Many points become few, and no peak is lost.

use watchroom_domain::Micros;

/// What stands for the points of one span of time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bucket {
    /// Begin of the span.
    pub from_us: Micros,
    /// Number of points, at least one.
    pub n: u32,
    /// Smallest value.
    pub min: f64,
    /// Arithmetic mean.
    pub mean: f64,
    /// Largest value.
    pub max: f64,
}

impl Bucket {
    /// The points by which a curve shows it: the mean, and from there to both extremes and back, so that a peak
    /// shorter than the span is seen.
    pub fn points(&self) -> [(Micros, f64); 4] {
        [self.mean, self.min, self.max, self.mean].map(|value| (self.from_us, value))
    }
}

/// Divides `from_us..to_us` into at most `buckets` equal spans and sums up the points of each.
/// Spans without points are left out, so that a gap stays a gap. Points may come in any order;
/// those outside are passed over.
pub fn downsample(
    points: impl IntoIterator<Item = (Micros, f64)>,
    from_us: Micros,
    to_us: Micros,
    buckets: usize,
) -> Vec<Bucket> {
    if to_us <= from_us || buckets == 0 {
        return Vec::new();
    }
    let width = (to_us - from_us + buckets as Micros - 1) / buckets as Micros;
    let mut out: Vec<Option<Bucket>> = vec![None; buckets];
    for (at_us, value) in points {
        if at_us < from_us || at_us >= to_us || !value.is_finite() {
            continue;
        }
        let index = ((at_us - from_us) / width) as usize;
        let Some(slot) = out.get_mut(index) else { continue };
        let bucket = slot.get_or_insert(Bucket {
            from_us: from_us + index as Micros * width,
            n: 0,
            min: value,
            mean: 0.0,
            max: value,
        });
        bucket.n += 1;
        bucket.min = bucket.min.min(value);
        bucket.max = bucket.max.max(value);
        // Welford's update (Knuth, TAOCP vol. 2, 4.2.2): no sum that could overflow.
        bucket.mean += (value - bucket.mean) / f64::from(bucket.n);
    }
    out.into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn no_point_and_no_peak_is_lost(
            points in prop::collection::vec((0i64..1000, -1e6f64..1e6), 1..200), buckets in 1usize..50
        ) {
            let out = downsample(points.iter().copied(), 0, 1000, buckets);
            prop_assert_eq!(out.iter().map(|b| b.n as usize).sum::<usize>(), points.len());
            let highest = points.iter().map(|p| p.1).fold(f64::MIN, f64::max);
            prop_assert_eq!(out.iter().map(|b| b.max).fold(f64::MIN, f64::max), highest);
            prop_assert!(out.iter().all(|b| b.min <= b.mean + 1e-6 && b.mean <= b.max + 1e-6));
            prop_assert!(out.len() <= buckets);
        }
    }

    #[test]
    fn a_gap_stays_a_gap() {
        let out = downsample([(0, 1.0), (99, 3.0)], 0, 100, 10);
        assert_eq!(out.iter().map(|b| b.from_us).collect::<Vec<_>>(), [0, 90]);
    }

    #[test]
    fn a_peak_of_one_point_is_among_those_that_are_drawn() {
        let points = (0..1_000).map(|n| (n, if n == 500 { 99.0 } else { 1.0 }));
        let drawn: Vec<_> = downsample(points, 0, 1_000, 10).iter().flat_map(Bucket::points).collect();
        assert!(drawn.iter().any(|p| p.1 == 99.0), "{drawn:?}");
        assert!(drawn.is_sorted_by_key(|p| p.0) && drawn.last().is_some_and(|p| p.1 == 1.0));
    }
}
