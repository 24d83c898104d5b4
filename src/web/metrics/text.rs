//! The text that Prometheus reads (exposition format 0.0.4). Labels are hostile text: whatever stands in them,
//! a line stays one line, and a name a name.

use crate::meters::Histogram;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

/// Labels: name and value.
pub type Labels<'a> = &'a [(&'a str, &'a str)];

/// The text, family by family.
#[derive(Default)]
pub struct Text(String);

impl Text {
    /// Begins a family; its lines follow.
    pub fn family(&mut self, name: &str, kind: &str, help: &str) {
        let help = help.replace('\\', "\\\\").replace('\n', "\\n");
        // Writing into a string never fails.
        let _ = writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}");
    }

    /// One line of the present family.
    pub fn line(&mut self, name: &str, labels: Labels<'_>, value: f64) {
        let _ = writeln!(self.0, "{name}{} {value}", braces(labels));
    }

    /// A family of one line without labels.
    pub fn single(&mut self, name: &str, kind: &str, help: &str, value: f64) {
        self.family(name, kind, help);
        self.line(name, &[], value);
    }

    /// The lines of a histogram; every value of it is `scale` times what was counted.
    pub fn histogram(&mut self, name: &str, labels: Labels<'_>, histogram: &Histogram, scale: f64) {
        let (mut sum, bucket) = (0, format!("{name}_bucket"));
        for (at, count) in histogram.counts.iter().enumerate() {
            sum += count;
            let bound =
                histogram.bounds.get(at).map_or("+Inf".to_owned(), |b| (*b as f64 * scale).to_string());
            self.line(&bucket, &[labels, &[("le", &bound)]].concat(), sum as f64);
        }
        self.line(&format!("{name}_sum"), labels, histogram.sum as f64 * scale);
        self.line(&format!("{name}_count"), labels, sum as f64);
    }

    /// The whole text.
    pub fn finish(self) -> String {
        self.0
    }
}

fn braces(labels: Labels<'_>) -> String {
    if labels.is_empty() {
        return String::new();
    }
    let all: Vec<_> = labels.iter().map(|(name, value)| format!("{name}=\"{}\"", escaped(value))).collect();
    format!("{{{}}}", all.join(","))
}

fn escaped(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

/// A name that may stand in the text: letters, digits and underscores, not beginning with a digit.
pub fn name(text: &str) -> String {
    let name: String = text.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    match name.starts_with(|c: char| c.is_ascii_digit()) || name.is_empty() {
        true => format!("_{name}"),
        false => name,
    }
}

/// Lines of families that are not known beforehand: put in in any order, each set of labels once.
#[derive(Default)]
pub struct Gauges(BTreeMap<String, (String, BTreeSet<String>, String)>);

impl Gauges {
    /// A value; a second one of the same name with the same labels is left out, which tells `false`.
    pub fn put(&mut self, name: &str, help: &str, labels: Labels<'_>, value: f64) -> bool {
        let (_, known, lines) = self
            .0
            .entry(name.to_owned())
            .or_insert_with(|| (help.to_owned(), BTreeSet::new(), String::new()));
        let labels = braces(labels);
        if known.contains(&labels) {
            return false;
        }
        let _ = writeln!(lines, "{name}{labels} {value}");
        known.insert(labels)
    }

    /// Adds all families to a text.
    pub fn add_to(self, text: &mut Text) {
        for (name, (help, _, lines)) in self.0 {
            text.family(&name, "gauge", &help);
            text.0.push_str(&lines);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_text_stays_in_its_label() {
        let mut text = Text::default();
        text.family("a", "gauge", "one\ntwo \\");
        text.line("a", &[("l", "x\"} 1\nup 0\\")], 2.5);
        assert_eq!(
            text.finish(),
            "# HELP a one\\ntwo \\\\\n# TYPE a gauge\na{l=\"x\\\"} 1\\nup 0\\\\\"} 2.5\n"
        );
    }

    #[test]
    fn a_histogram_counts_up() {
        let mut text = Text::default();
        let histogram = Histogram { bounds: &[1_000, 2_000], counts: vec![2, 1, 3], sum: 9_000 };
        text.histogram("t", &[("c", "m")], &histogram, 1e-6);
        let expected = "t_bucket{c=\"m\",le=\"0.001\"} 2\nt_bucket{c=\"m\",le=\"0.002\"} 3\n\
                        t_bucket{c=\"m\",le=\"+Inf\"} 6\nt_sum{c=\"m\"} 0.009\nt_count{c=\"m\"} 6\n";
        assert_eq!(text.finish().replace("0.009000000000000001", "0.009"), expected);
    }

    #[test]
    fn whatever_a_name_is_made_of_it_becomes_one_and_no_line_comes_twice() {
        for (given, expected) in
            [("cpu_percent", "cpu_percent"), ("9lives", "_9lives"), ("a{}\n\u{fc}", "a____"), ("", "_")]
        {
            assert_eq!(name(given), expected);
        }
        let mut gauges = Gauges::default();
        assert!(gauges.put("b", "help", &[("l", "1")], 1.0));
        assert!(!gauges.put("b", "help", &[("l", "1")], 2.0));
        assert!(gauges.put("b", "help", &[("l", "2")], 3.0));
        let mut text = Text::default();
        gauges.add_to(&mut text);
        assert_eq!(text.finish(), "# HELP b help\n# TYPE b gauge\nb{l=\"1\"} 1\nb{l=\"2\"} 3\n");
    }
}
