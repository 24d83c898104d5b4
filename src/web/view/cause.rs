//! What a rule looks for, in the words of the reader.

use crate::web::format::Locale;
use watchroom_domain::CHECK_UP;

/// Metric of whether one of an agent's collectors fails: 1 or 0.
const COLLECTOR_FAILED: &str = "collector_failed";

/// What a rule looks for, or what an alert found.
#[derive(Clone, Debug, PartialEq)]
pub enum Cause {
    /// A value past its threshold.
    Threshold {
        /// The metric.
        metric: String,
        /// Which series of it: a sensor's or a disk's name, empty where there is only one.
        label: String,
        /// Whether trouble is above the threshold rather than below.
        above: bool,
        /// Firing threshold, in the metric's unit.
        fire: f64,
        /// Clearing threshold, in the metric's unit.
        clear: f64,
        /// How long it has to last, in microseconds.
        for_us: i64,
    },
    /// Nothing heard for so long, in microseconds.
    Silent {
        /// How long.
        for_us: i64,
    },
    /// Many machines gone at once.
    Vanished {
        /// At least so many.
        least: u32,
        /// And at least this share of them, in percent.
        percent: u8,
        /// Within so long, in microseconds.
        within_us: i64,
    },
}

impl Cause {
    /// As a rule's sentence: "temperature over 88 °C for 1 min, clears under 83 °C".
    pub fn rule(&self, l: &Locale) -> String {
        match self {
            Cause::Threshold { metric, above: false, fire, .. } if metric == CHECK_UP && *fire <= 1.0 => {
                l.t("cause-check")
            }
            Cause::Threshold { metric, above: true, fire, for_us, .. }
                if metric == COLLECTOR_FAILED && *fire < 1.0 && *for_us > 0 =>
            {
                l.t1("cause-collector", "duration", l.duration(*for_us))
            }
            Cause::Threshold { metric, above, fire, clear, for_us, .. } => {
                let key = match (above, *for_us > 0) {
                    (true, true) => "cause-above-for",
                    (true, false) => "cause-above",
                    (false, true) => "cause-below-for",
                    (false, false) => "cause-below",
                };
                l.t_args(
                    key,
                    &[
                        ("metric", &l.metric(metric)),
                        ("fire", &l.metric_value(metric, *fire)),
                        ("clear", &l.metric_value(metric, *clear)),
                        ("duration", &l.duration(*for_us)),
                    ],
                )
            }
            Cause::Silent { for_us } => l.t1("cause-silent", "duration", l.duration(*for_us)),
            Cause::Vanished { least, percent, within_us } => l.t_args(
                "cause-vanished",
                &[("least", least), ("percent", &u32::from(*percent)), ("duration", &l.duration(*within_us))],
            ),
        }
    }

    /// What an alert is about, with the value that it last saw: "Temperature of Core 0 at 91.5 °C".
    pub fn headline(&self, l: &Locale, value: Option<f64>) -> String {
        let (metric, label) = match self {
            Cause::Threshold { metric, label, .. } => (metric, label),
            Cause::Silent { .. } => return l.t("headline-silent"),
            Cause::Vanished { .. } => return l.t("headline-vanished"),
        };
        let name = l.metric(metric);
        let subject = match label.as_str() {
            "" => name,
            label => l.t2("headline-series", "metric", name, "label", label),
        };
        match value {
            Some(v) if metric == CHECK_UP && v < 1.0 => l.t1("headline-check", "subject", subject),
            Some(_) if metric == CHECK_UP => subject,
            Some(v) => l.t2("headline-value", "subject", subject, "value", l.metric_value(metric, v)),
            None => subject,
        }
    }

    /// Why an alert was opened: "over 88 °C for 1 min".
    pub fn reason(&self, l: &Locale) -> String {
        match self {
            Cause::Threshold { metric, above: false, fire, .. } if metric == CHECK_UP && *fire <= 1.0 => {
                l.t("reason-check")
            }
            Cause::Threshold { metric, above, fire, for_us, .. } => {
                let key = match (above, *for_us > 0) {
                    (true, true) => "reason-above",
                    (true, false) => "reason-above-now",
                    (false, true) => "reason-below",
                    (false, false) => "reason-below-now",
                };
                let fire = l.metric_value(metric, *fire);
                l.t2(key, "fire", fire, "duration", l.duration(*for_us))
            }
            Cause::Silent { for_us } => l.t1("reason-silent", "duration", l.duration(*for_us)),
            Cause::Vanished { .. } => l.t("reason-vanished"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_check_is_said_to_fail_and_not_to_be_at_nought() {
        let cause = Cause::Threshold {
            metric: CHECK_UP.to_owned(),
            label: "Sign-in".to_owned(),
            above: false,
            fire: 1.0,
            clear: 1.0,
            for_us: 0,
        };
        let l = Locale::default();
        assert_eq!(cause.headline(&l, Some(0.0)), "Check of Sign-in fails");
        assert_eq!(cause.headline(&l, Some(1.0)), "Check of Sign-in");
        assert_eq!(cause.rule(&l), "A check fails");
        assert_eq!(cause.reason(&l), "not the answer that was asked for");
    }

    #[test]
    fn a_rule_about_collectors_says_that_one_fails() {
        let cause = Cause::Threshold {
            metric: COLLECTOR_FAILED.to_owned(),
            label: String::new(),
            above: true,
            fire: 0.0,
            clear: 0.0,
            for_us: 5 * watchroom_domain::MINUTE_US,
        };
        assert_eq!(cause.rule(&Locale::default()), "A collector of the agent fails for 5\u{a0}min");
    }
}
