//! The quick way for the frames that nearly all lines are: a frame of samples, read in one pass, its samples
//! without the detour that serde takes for flattened members. What it does not take goes the usual way,
//! which says what is wrong.

use crate::frame::{SampleItem, Samples};
use serde::de::{Error, IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use std::fmt;
use watchroom_domain::{Labels, Micros, SeriesKey};

/// How the frames of most agents begin.
const BEGINNING: &[u8] = b"{\"type\":\"samples\",";

/// A frame of samples, if the line is one and in order.
pub(super) fn samples(line: &[u8]) -> Option<Samples> {
    if !line.starts_with(BEGINNING) {
        return None;
    }
    let frame: Frame<'_> = serde_json::from_slice(line).ok()?;
    let Frame { kind, seq, sent_us, observed_us, dropped, check, why, samples } = frame;
    (kind == "samples").then_some(Samples { seq, sent_us, observed_us, dropped, check, why, samples })
}

/// The members of a frame of samples. `type` is among them, so that a second one is noticed.
#[derive(Deserialize)]
struct Frame<'a> {
    #[serde(rename = "type")]
    kind: &'a str,
    seq: u64,
    sent_us: Micros,
    #[serde(default)]
    observed_us: Option<Micros>,
    #[serde(default)]
    dropped: u64,
    #[serde(default)]
    check: Option<String>,
    #[serde(default)]
    why: Option<String>,
    samples: Vec<SampleItem>,
}

/// Members of a sample.
#[derive(Deserialize)]
#[serde(field_identifier, rename_all = "snake_case")]
enum Member {
    Metric,
    Labels,
    Value,
    ObservedUs,
    #[serde(other)]
    Unknown,
}

impl<'de> Deserialize<'de> for SampleItem {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Sample)
    }
}

struct Sample;

impl<'de> Visitor<'de> for Sample {
    type Value = SampleItem;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a sample")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<SampleItem, A::Error> {
        let (mut metric, mut labels) = (None::<String>, None::<Labels>);
        let (mut value, mut observed_us) = (None::<f64>, None::<Option<Micros>>);
        while let Some(member) = map.next_key()? {
            let twice = match member {
                Member::Metric => metric.replace(map.next_value()?).map(|_| "metric"),
                Member::Labels => labels.replace(map.next_value()?).map(|_| "labels"),
                Member::Value => value.replace(map.next_value()?).map(|_| "value"),
                Member::ObservedUs => observed_us.replace(map.next_value()?).map(|_| "observed_us"),
                Member::Unknown => map.next_value::<IgnoredAny>().map(|_| None)?,
            };
            if let Some(member) = twice {
                return Err(A::Error::duplicate_field(member));
            }
        }
        Ok(SampleItem {
            key: SeriesKey {
                metric: metric.ok_or_else(|| A::Error::missing_field("metric"))?,
                labels: labels.unwrap_or_default(),
            },
            value: value.ok_or_else(|| A::Error::missing_field("value"))?,
            observed_us: observed_us.flatten(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::ClientFrame;

    fn parse(line: &str) -> Result<ClientFrame, (&'static str, String)> {
        ClientFrame::parse(line.as_bytes()).map_err(|e| (e.code, e.message))
    }

    /// The same frame with its type last goes the other way.
    fn both(members: &str) -> [Result<ClientFrame, (&'static str, String)>; 2] {
        [format!("{{\"type\":\"samples\",{members}}}"), format!("{{{members},\"type\":\"samples\"}}")]
            .map(|line| parse(&line))
    }

    #[test]
    fn the_quick_way_and_the_usual_one_read_the_same() {
        let whole = r#""seq":7,"sent_us":1790000000000000,"observed_us":1,"dropped":2,"check":"c1","why":"refused","more":[{}],"samples":[
            {"metric":"a","value":1.5e-3,"labels":{"b":"\u00e9\"","a":"c"},"observed_us":3,"new":{"x":[1]}},
            {"value":-0.0,"metric":"b","observed_us":null},{"metric":"c","value":12345678901234567890}]"#;
        let [quick, usual] = both(whole);
        assert!(
            matches!(&quick, Ok(ClientFrame::Samples(s)) if s.samples.len() == 3 && s.dropped == 2 && s.check.is_some() && s.why.is_some())
        );
        assert_eq!(quick, usual);
    }

    #[test]
    fn what_is_wrong_is_wrong_on_both() {
        for wrong in [
            r#""seq":1,"sent_us":1,"samples":[{"metric":"a","metric":"b","value":1}]"#,
            r#""seq":1,"sent_us":1,"samples":[{"metric":"a","value":1,"value":2}]"#,
            r#""seq":1,"sent_us":1,"samples":[{"metric":"a"}]"#,
            r#""seq":1,"sent_us":1,"samples":[{"value":1}]"#,
            r#""seq":1,"sent_us":1,"samples":[["a",1]]"#,
            r#""seq":1,"sent_us":1,"samples":[{"metric":"a","value":"1"}]"#,
            r#""seq":1,"sent_us":1,"samples":[{"metric":"a","value":1,"labels":null}]"#,
            r#""seq":-1,"sent_us":1,"samples":[]"#,
            r#""seq":1,"samples":[]"#,
        ] {
            let [quick, usual] = both(wrong).map(|r| r.map_err(|(code, _)| code));
            assert_eq!((&quick, &usual), (&Err("bad_field"), &Err("bad_field")), "{wrong}");
        }
        for twice in [
            r#"{"type":"samples","seq":1,"sent_us":1,"samples":[],"type":"ping"}"#,
            r#"{"type":"samples","seq":1,"seq":2,"sent_us":1,"samples":[]}"#,
        ] {
            assert_eq!(parse(twice).map_err(|(code, _)| code), Err("bad_json"));
        }
    }
}
