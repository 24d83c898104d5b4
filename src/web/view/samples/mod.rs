//! Rich, hostile and empty contents for every page, for tests and for looking at.

mod machines;
mod others;

use super::*;
use crate::web::format::Locale;

pub use machines::*;
pub use others::*;

pub const NOW_US: i64 = 1_763_645_000_000_000;
pub const MIN: i64 = 60_000_000;
pub const HOSTILE: &str = "<script>alert(1)</script>\"'&";

/// A curve that wanders, the same at every run.
fn wander(seed: u32, n: usize, from: f64, to: f64, end: Option<f64>) -> Vec<Option<f64>> {
    let mut x = seed.wrapping_mul(2_654_435_761) | 1;
    let mut v = 0.4;
    (0..n)
        .map(|i| {
            x ^= x << 13;
            x ^= x >> 17;
            x ^= x << 5;
            v += (f64::from(x) / f64::from(u32::MAX) - 0.5) * 0.16 + (0.45 - v) * 0.05;
            if let Some(end) = end.filter(|_| i * 5 > n * 4) {
                v += (end - v) * 0.2;
            }
            v = v.clamp(0.02, 0.98);
            (i % 61 != 37).then_some(from + v * (to - from))
        })
        .collect()
}

pub(super) fn spark(seed: u32, end: Option<f64>) -> Spark {
    Spark::between(&wander(seed, 48, 0.0, 1.0, end), 0.0, 1.0)
}

pub fn cause() -> Cause {
    Cause::Threshold {
        metric: "temperature_c".to_owned(),
        label: "Core 0".to_owned(),
        above: true,
        fire: 88.0,
        clear: 83.0,
        for_us: MIN,
    }
}

pub(super) fn id(n: usize) -> String {
    format!("0199a6f2-8c11-7b3a-9d2e-{n:012}")
}

pub fn card(n: usize, status: AlertStatus) -> AlertCard {
    let disk = Cause::Threshold {
        metric: "disk_used_percent".to_owned(),
        label: "/data".to_owned(),
        above: true,
        fire: 90.0,
        clear: 88.0,
        for_us: 5 * MIN,
    };
    let (machine, cause, value, severity) = match n % 3 {
        0 => ("node-07", cause(), Some(91.5), Severity::Critical),
        1 => ("fileserver", disk, Some(92.4), Severity::Warning),
        _ => ("workshop-pi", Cause::Silent { for_us: 2 * MIN }, None, Severity::Critical),
    };
    AlertCard {
        id: id(900 + n),
        machine_id: id(n),
        machine: machine.to_owned(),
        cause,
        value,
        severity,
        status,
        opened_us: NOW_US - 14 * MIN,
        spark: value.map(|_| spark(77 + n as u32, Some(0.95))),
        mailed_us: Some(NOW_US - 14 * MIN + 8_000),
        held: None,
        flapping: n == 1,
        snooze: SnoozeForm::default(),
        may_acknowledge: true,
        back: "/machines".to_owned(),
    }
}

/// A switch is down, so nobody is told of what hangs on it.
pub fn held() -> Held {
    Held::Parent("switch-2".to_owned(), id(907))
}

pub fn cards() -> (Vec<AlertCard>, Vec<AlertCard>) {
    let acknowledged = AlertStatus::Acknowledged { by: "Ada".to_owned(), at_us: NOW_US - 9 * MIN };
    let over = |by: Option<&str>| AlertStatus::Resolved {
        at_us: NOW_US - 2 * MIN,
        acknowledged_by: by.map(str::to_owned),
    };
    (
        vec![
            card(0, AlertStatus::Firing),
            card(1, acknowledged),
            AlertCard { held: Some(held()), ..card(2, AlertStatus::Firing) },
        ],
        vec![card(3, over(Some("Ada"))), card(4, over(None)), card(5, over(None)), card(6, over(None))],
    )
}

pub fn activity(l: Locale) -> Activity {
    let moment = |who: &str, machine: bool, ago: i64, what: Happened| {
        let at_us = NOW_US - ago * MIN;
        ActivityItem::Moment(Moment { who: who.to_owned(), machine, at_us, what })
    };
    let (mut open, history) = cards();
    let resolved = history.into_iter().nth(1).unwrap();
    Activity {
        l,
        open_alerts: 3,
        machines: 34,
        items: vec![
            ActivityItem::Day(NOW_US - 1_440 * MIN),
            moment("Grace Hopper", false, 1_500, Happened::RuleChanged("Disk filling".to_owned())),
            ActivityItem::Day(NOW_US),
            moment("Ada Lovelace", false, 61, Happened::Registered("node-12".to_owned())),
            moment("node-12", true, 58, Happened::Joined),
            ActivityItem::Alert(resolved),
            moment("teach-01", true, 31, Happened::Backfilled(318)),
            ActivityItem::Alert(open.remove(0)),
            moment("Watchroom", true, 14, Happened::MailAccepted("Ada".to_owned(), 8.0)),
            ActivityItem::Alert(open.remove(0)),
            moment("Ada Lovelace", false, 9, Happened::Acknowledged("fileserver".to_owned())),
            moment("workshop-pi", true, 9, Happened::Disconnected),
        ],
    }
}

pub fn frame(l: Locale) -> Frame {
    Frame {
        l,
        theme: Theme::System,
        pos: 184_220,
        me: Me { name: "Ada Lovelace".to_owned(), role: l.t("role-owner"), picture: None },
        sections: Section::ALL.to_vec(),
        here: "/machines".to_owned(),
        alarm: None,
        remind: Some(Reminder { key: "remind-mail-unconfirmed", can_wait: true }),
        troubles: vec![Notice { state: State::Warn, text: l.t("health-disk-little-room") }],
        notice: None,
        activity: activity(l),
    }
}
