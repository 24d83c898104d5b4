//! Series as charts and the live feed name and carry them.

use watchroom_analysis::Bucket;
use watchroom_domain::{Micros, SECOND_US, SeriesKey};

/// The series' name in the live feed: `temperature_c{chip=coretemp,sensor=Core 0}`.
pub fn feed_key(key: &SeriesKey) -> String {
    if key.labels.is_empty() {
        return key.metric.clone();
    }
    let labels: Vec<_> = key.labels.iter().map(|(k, v)| format!("{k}={v}")).collect();
    format!("{}{{{}}}", key.metric, labels.join(","))
}

/// The series' name for people: the values of its labels; empty where there is only one series.
pub fn label(key: &SeriesKey) -> String {
    key.labels.values().map(String::as_str).collect::<Vec<_>>().join(" ")
}

/// Times and means, with a gap wherever nothing was heard for much longer than usual.
pub fn with_gaps(buckets: &[Bucket], width_us: Micros) -> (Vec<Micros>, Vec<Option<f64>>) {
    let mut steps: Vec<_> = buckets.windows(2).map(|w| w[1].from_us - w[0].from_us).collect();
    steps.sort_unstable();
    let usual = steps.get(steps.len() / 2).copied().unwrap_or(width_us);
    let gap = (5 * usual).max(20 * SECOND_US);
    let (mut times, mut values) = (Vec::with_capacity(buckets.len()), Vec::with_capacity(buckets.len()));
    for bucket in buckets {
        if let Some(last) = times.last().copied().filter(|last| bucket.from_us - last > gap) {
            times.push(last + usual.max(1));
            values.push(None);
        }
        times.push(bucket.from_us);
        values.push(Some((bucket.mean * 1e4).round() / 1e4));
    }
    (times, values)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_silence_is_a_gap_and_a_missing_point_is_not() {
        let bucket = |s: i64| Bucket { from_us: s * SECOND_US, n: 1, min: 1.0, mean: 1.0, max: 1.0 };
        let buckets: Vec<_> = [0, 5, 10, 20, 25, 125, 130].map(bucket).into();
        let (times, values) = with_gaps(&buckets, SECOND_US);
        assert_eq!(values.iter().filter(|v| v.is_none()).count(), 1);
        assert_eq!(times.len(), buckets.len() + 1);
        assert_eq!(values[5], None);
    }
}
