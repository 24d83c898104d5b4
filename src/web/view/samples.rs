//! Rich, hostile and empty contents for every page, for tests and for looking at.

use super::*;
use crate::web::format::Locale;

pub const NOW_US: i64 = 1_763_645_000_000_000;
const MIN: i64 = 60_000_000;
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

fn spark(seed: u32, end: Option<f64>) -> Spark {
    Spark::between(&wander(seed, 48, 0.0, 1.0, end), 0.0, 1.0)
}

fn reading(value: f64, warn: f64, crit: f64) -> Option<Reading> {
    let state = if value > crit {
        State::Crit
    } else if value > warn {
        State::Warn
    } else {
        State::Ok
    };
    Some(Reading { value, state })
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

fn id(n: usize) -> String {
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
        may_acknowledge: true,
        back: "/machines".to_owned(),
    }
}

pub fn cards() -> (Vec<AlertCard>, Vec<AlertCard>) {
    let acknowledged = AlertStatus::Acknowledged { by: "Ada".to_owned(), at_us: NOW_US - 9 * MIN };
    let over = |by: Option<&str>| AlertStatus::Resolved {
        at_us: NOW_US - 2 * MIN,
        acknowledged_by: by.map(str::to_owned),
    };
    (
        vec![card(0, AlertStatus::Firing), card(1, acknowledged), card(2, AlertStatus::Firing)],
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
            moment("Watchroom", true, 14, Happened::MailAccepted(8.0)),
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
        me: Me { name: "Ada Lovelace".to_owned(), role: l.t("role-owner") },
        here: "/machines".to_owned(),
        notice: None,
        activity: activity(l),
    }
}

const ROWS: &[(&str, &str, State, [f64; 5], &str, i64)] = &[
    ("node-07", "GPU room, rack A", State::Crit, [97.0, 71.0, 64.0, 91.5, 6.2], "Ada", 0),
    ("node-12", "GPU room, rack B", State::Warn, [64.0, 93.0, 58.0, 84.0, 3.9], "Grace", 0),
    ("fileserver", "Server closet", State::Warn, [12.0, 37.0, 92.4, 48.5, 0.6], "Ada", 0),
    ("workshop-pi", "Workshop", State::Unknown, [f64::NAN; 5], "Mary", 9 * MIN),
    ("node-03", "GPU room, rack A", State::Ok, [41.0, 58.0, 61.0, 66.0, 2.4], "Grace", 1_000_000),
    ("mail", "Server closet", State::Ok, [3.0, 22.0, 35.0, 41.0, 0.1], "Ada", 12_000_000),
    ("teach-01", "Room 214", State::Ok, [22.0, 44.0, 48.0, 55.5, 0.9], "Mary", 0),
    ("teach-02", "Room 214", State::Ok, [18.0, 41.0, 47.0, 53.0, 0.7], "Mary", 0),
];

pub fn row(n: usize) -> MachineRow {
    let (name, place, state, v, keeper, ago) = ROWS[n % ROWS.len()];
    let known = v[0].is_finite();
    let name = if n < ROWS.len() { name.to_owned() } else { format!("node-{n:02}") };
    let end = matches!(state, State::Crit).then_some(0.95);
    MachineRow {
        id: id(n),
        name,
        place: place.to_owned(),
        state,
        cpu: reading(v[0], 85.0, 95.0).filter(|_| known),
        memory: reading(v[1], 88.0, 95.0).filter(|_| known),
        disk: reading(v[2], 90.0, 97.0).filter(|_| known),
        temperature: reading(v[3], 78.0, 88.0).filter(|_| known),
        load: reading(v[4], 8.0, 16.0).filter(|_| known),
        spark: known.then(|| spark(n as u32 * 31 + 7, end)),
        keeper: keeper.to_owned(),
        seen_us: Some(NOW_US - ago),
    }
}

pub fn figures(l: Locale) -> Figures {
    Figures {
        l,
        machines: 34,
        open: 3,
        acknowledged: 1,
        hottest: Some(Hottest {
            machine_id: id(0),
            machine: "node-07".to_owned(),
            sensor: "Core 0".to_owned(),
            celsius: 91.5,
            state: State::Crit,
            spark: spark(77, Some(0.95)),
        }),
        silent: 1,
        longest_silent: Some(Silent {
            machine_id: id(3),
            machine: "workshop-pi".to_owned(),
            seen_us: Some(NOW_US - 9 * MIN),
        }),
        mail_ms: Some(8.0),
        mails: 12,
    }
}

pub fn machines(l: Locale) -> Machines {
    let mut rows: Vec<_> = (0..8).map(row).collect();
    let never =
        MachineRow { id: id(8), name: "gate".to_owned(), seen_us: None, state: State::Unknown, ..row(8) };
    rows.push(never);
    rows.extend((16..41).filter(|n| ROWS[n % 8].2 == State::Ok).map(row));
    let list = MachineList {
        l,
        filter: String::new(),
        total: rows.len() as u64,
        need: 3,
        silent: 1,
        rows,
        next: None,
        may_add: true,
    };
    Machines { l, figures: figures(l), list, may_add: true }
}

fn chart(l: Locale, key: &str, metrics: &[&'static str], value: f64, seed: u32) -> Chart {
    Chart {
        machine: id(0),
        title: l.t(key),
        note: String::new(),
        metrics: metrics.to_vec(),
        value: Some(value),
        state: State::Ok,
        threshold: None,
        from_us: NOW_US - 60 * MIN,
        to_us: NOW_US,
        spark: Some(spark(seed, None)),
    }
}

pub fn hot_chart(l: Locale) -> Chart {
    Chart {
        note: l.t1("chart-note-limit", "limit", l.metric_value("temperature_c", 88.0)),
        state: State::Crit,
        threshold: Some(88.0),
        spark: Some(spark(77, Some(0.95))),
        ..chart(l, "chart-temperature", &["temperature_c"], 91.5, 77)
    }
}

pub fn machine(l: Locale) -> MachinePage {
    let disk = Chart {
        state: State::Warn,
        threshold: Some(90.0),
        ..chart(l, "chart-disk-space", &["disk_used_percent"], 82.0, 8)
    };
    let charts = vec![
        hot_chart(l),
        Chart {
            note: l.t1("chart-note-cores", "n", 16_u64),
            ..chart(l, "chart-cpu", &["cpu_percent"], 97.0, 5)
        },
        Chart {
            note: l.t1("chart-note-of", "total", "256 GiB"),
            ..chart(l, "chart-memory", &["memory_used_percent"], 71.0, 21)
        },
        chart(l, "chart-load", &["load_1m", "load_5m", "load_15m"], 6.21, 33),
        disk,
        Chart {
            note: l.t("chart-note-read-write"),
            ..chart(l, "chart-disk", &["disk_read_bytes_per_s", "disk_written_bytes_per_s"], 48_200_000.0, 12)
        },
        Chart {
            note: l.t("chart-note-in-out"),
            ..chart(
                l,
                "chart-network",
                &["net_received_bytes_per_s", "net_sent_bytes_per_s"],
                51_400_000.0,
                30,
            )
        },
    ];
    let moment = |who: &str, machine, ago: i64, what| Moment {
        who: who.to_owned(),
        machine,
        at_us: NOW_US - ago * MIN,
        what,
    };
    MachinePage {
        l,
        id: id(0),
        name: "node-07".to_owned(),
        tags: vec!["gpu".to_owned(), "training".to_owned()],
        state: State::Crit,
        seen_us: Some(NOW_US),
        alerts: MachineAlerts { l, machine: id(0), cards: vec![card(0, AlertStatus::Firing)] },
        range: Range::Hour,
        charts,
        facts: Facts {
            number: "LAB-0147".to_owned(),
            address: "10.20.4.17".to_owned(),
            place: "GPU room, rack A".to_owned(),
            model: "4 × RTX A6000, EPYC 7543".to_owned(),
            note: "Fans were renewed in spring.\nThe door filter wants cleaning every month.".to_owned(),
            keeper: "Ada Lovelace".to_owned(),
            phone: "+49 30 1234567".to_owned(),
            mail: "ada@example.org".to_owned(),
            agent_version: "0.1.0".to_owned(),
            connected_since_us: Some(NOW_US - 3 * 1_440 * MIN),
            certificate_until_us: Some(NOW_US + 60 * 1_440 * MIN),
            registered_us: NOW_US - 90 * 1_440 * MIN,
        },
        events: MachineEvents {
            l,
            machine: id(0),
            moments: vec![
                moment("Ada Lovelace", false, 9, Happened::Acknowledged("CPU".to_owned())),
                moment("Watchroom", true, 14, Happened::MailAccepted(8.0)),
                moment("node-07", true, 14, Happened::Opened(cause().headline(&l, Some(91.5)))),
                moment("node-07", true, 190, Happened::Backfilled(318)),
                moment("node-07", true, 190, Happened::Connected),
                moment("node-07", true, 4_000, Happened::Renewed),
            ],
        },
        may_edit: true,
    }
}

pub fn alert_page(l: Locale) -> AlertPage {
    let at = |s: i64, step| TimelineEntry { at_us: NOW_US - 14 * MIN + s * 1_000, step };
    let mail = |to: &str, answer, said: &str, took_ms, attempt| Step::Mail {
        to: to.to_owned(),
        answer,
        said: said.to_owned(),
        took_ms,
        attempt,
    };
    AlertPage {
        l,
        card: card(0, AlertStatus::Firing),
        rule: "Temperature high".to_owned(),
        rule_id: Some(id(700)),
        timeline: vec![
            at(-60_000, Step::Pending(Some(88.5))),
            at(0, Step::Opened),
            at(8, mail("ada@example.org", Answer::Accepted, "250 2.0.0 Ok: queued as 4Zb1", 8.0, 1)),
            at(12, mail("night@example.org", Answer::Deferred, "451 4.7.1 Greylisted, try again", 12.0, 1)),
            at(2_400, mail("night@example.org", Answer::Accepted, "250 2.0.0 Ok: queued as 4Zb9", 31.0, 2)),
            at(300_000, Step::Acknowledged("Ada Lovelace".to_owned())),
        ],
        chart: Some(hot_chart(l)),
    }
}

pub fn rules(l: Locale) -> Rules {
    let t = |metric: &str, fire, clear, minutes: i64| Cause::Threshold {
        metric: metric.to_owned(),
        label: String::new(),
        above: true,
        fire,
        clear,
        for_us: minutes * MIN,
    };
    let r = |n: usize, name: &str, cause, severity, enabled, open| RuleRow {
        id: id(700 + n),
        name: name.to_owned(),
        cause,
        scope: ScopeText::Everywhere,
        severity,
        enabled,
        open,
    };
    let mut rows = vec![
        r(0, "Temperature high", t("temperature_c", 88.0, 83.0, 1), Severity::Critical, true, 1),
        r(1, "Load high", t("load_per_core", 2.0, 1.5, 10), Severity::Warning, true, 0),
        r(2, "Memory nearly full", t("memory_used_percent", 92.0, 88.0, 5), Severity::Warning, true, 0),
        r(3, "Disk filling", t("disk_used_percent", 90.0, 88.0, 5), Severity::Warning, true, 1),
        r(4, "Disk nearly full", t("disk_used_percent", 97.0, 95.0, 1), Severity::Critical, false, 0),
        r(5, "Agent silent", Cause::Silent { for_us: 2 * MIN }, Severity::Critical, true, 1),
    ];
    rows[2].scope = ScopeText::Tag("gpu".to_owned());
    Rules { l, rows, may_edit: true }
}

fn choices(of: &[&str]) -> Vec<Choice> {
    of.iter().map(|text| Choice { value: (*text).to_owned(), text: (*text).to_owned() }).collect()
}

pub fn rule_form(l: Locale) -> RuleForm {
    let metrics = ["temperature_c", "cpu_percent", "load_per_core"];
    let metrics = metrics.iter().map(|m| Choice { value: (*m).to_owned(), text: l.metric(m) }).collect();
    RuleForm {
        name: "Temperature high".to_owned(),
        fire: "88".to_owned(),
        clear: "93".to_owned(),
        scope: "tag".to_owned(),
        tag: "gpu".to_owned(),
        metrics,
        machines: choices(&["node-07", "node-12"]),
        errors: Errors(vec![("clear".to_owned(), l.t("refusal-clear_past_fire"))]),
        ..RuleForm::blank(l)
    }
}

pub fn mail(l: Locale) -> Mail {
    let delivery = |n: i64, to: &str, answer, said: &str, took_ms, attempts| DeliveryRow {
        at_us: NOW_US - n * MIN,
        to: to.to_owned(),
        subject: "[Watchroom] node-07: Temperature high".to_owned(),
        incident: Some(id(900)),
        answer,
        said: said.to_owned(),
        took_ms,
        attempts,
    };
    Mail {
        l,
        ready: true,
        form: MailForm {
            host: "smtp.example.org".to_owned(),
            port: "587".to_owned(),
            security: "starttls".to_owned(),
            user: "watchroom".to_owned(),
            password_kind: "typed".to_owned(),
            password_kept: true,
            password_ref: String::new(),
            from: "watchroom@example.org".to_owned(),
            errors: Errors::default(),
        },
        test_to: "ada@example.org".to_owned(),
        test: Some(TestResult {
            to: "ada@example.org".to_owned(),
            answer: Answer::Accepted,
            said: "250 2.0.0 Ok: queued as 4Zb1xK0".to_owned(),
            took_ms: 212.0,
        }),
        subscriptions: vec![
            Subscription {
                id: id(1),
                mail: "night@example.org".to_owned(),
                severity: Severity::Critical,
                scope: ScopeText::Everywhere,
            },
            Subscription {
                id: id(2),
                mail: "gpu-lab@example.org".to_owned(),
                severity: Severity::Warning,
                scope: ScopeText::Tag("gpu".to_owned()),
            },
        ],
        add: SubscriptionForm { scope: "everywhere".to_owned(), ..SubscriptionForm::default() },
        machines: choices(&["node-07", "node-12"]),
        deliveries: vec![
            delivery(14, "ada@example.org", Answer::Accepted, "250 2.0.0 Ok: queued as 4Zb1", 8.0, 1),
            delivery(14, "night@example.org", Answer::Accepted, "250 2.0.0 Ok: queued as 4Zb9", 31.0, 2),
            delivery(55, "old@example.org", Answer::GivenUp, "550 5.1.1 No such user", 9.0, 1),
        ],
        may_edit: true,
    }
}
