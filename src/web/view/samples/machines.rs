//! Machines, their figures and curves.

use super::super::*;
use super::{MIN, NOW_US, card, cause, id, spark};
use crate::web::format::Locale;

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

/// Name, place, state, CPU, memory, disk, temperature and load, keeper, and how long ago it was heard.
type Row = (&'static str, &'static str, State, [f64; 5], &'static str, i64);

const ROWS: &[Row] = &[
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
        owner: "Ada Lovelace".to_owned(),
        state,
        cpu: reading(v[0], 85.0, 95.0).filter(|_| known),
        memory: reading(v[1], 88.0, 95.0).filter(|_| known),
        disk: reading(v[2], 90.0, 97.0).filter(|_| known),
        temperature: reading(v[3], 78.0, 88.0).filter(|_| known),
        load: reading(v[4], 8.0, 16.0).filter(|_| known),
        spark: known.then(|| spark(n as u32 * 31 + 7, end)),
        keeper: keeper.to_owned(),
        seen_us: Some(NOW_US - ago),
        checks: String::new(),
        no_agent: false,
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
        may_deliver: true,
    }
}

pub fn machines(l: Locale) -> Machines {
    let mut rows: Vec<_> = (0..8).map(row).collect();
    let never =
        MachineRow { id: id(8), name: "gate".to_owned(), seen_us: None, state: State::Unknown, ..row(8) };
    rows.push(never);
    let (checks, name) = (l.t2("checks-down", "down", 1, "n", 2), "switch-a".to_owned());
    rows.push(MachineRow { id: id(9), name, checks, no_agent: true, state: State::Crit, ..row(0) });
    rows.extend((16..41).filter(|n| ROWS[n % 8].2 == State::Ok).map(row));
    let list = MachineList {
        l,
        total: rows.len() as u64,
        need: 3,
        silent: 1,
        rows,
        may_add: true,
        runs_hub: true,
        ..MachineList::default()
    };
    Machines { l, figures: figures(l), list, may_add: true }
}

fn chart(l: Locale, key: &str, metrics: &[&'static str], value: f64, seed: u32) -> Chart {
    Chart {
        machine: id(0),
        title: l.t(key),
        note: String::new(),
        metrics: metrics.to_vec(),
        known: true,
        value: Some(value),
        state: State::Ok,
        threshold: None,
        from_us: NOW_US - 60 * MIN,
        to_us: NOW_US,
        span_us: 60 * MIN,
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
        sharing: sharing(l),
        l,
        checks: super::check_list(l, Some(id(1))),
        evidence: Some(super::evidence(l)),
        id: id(0),
        name: "node-07".to_owned(),
        tags: vec!["gpu".to_owned(), "training".to_owned()],
        state: State::Crit,
        seen_us: Some(NOW_US),
        alerts: MachineAlerts { l, machine: id(0), cards: vec![card(0, AlertStatus::Firing)] },
        range: Range::Hour,
        charts,
        facts: facts(),
        events: MachineEvents {
            l,
            machine: id(0),
            moments: vec![
                moment("Ada Lovelace", false, 9, Happened::Acknowledged("CPU".to_owned())),
                moment("Watchroom", true, 14, Happened::MailAccepted("Ada".to_owned(), 8.0)),
                moment("node-07", true, 14, Happened::Opened(cause().headline(&l, Some(91.5)), State::Crit)),
                moment("node-07", true, 190, Happened::Backfilled(318)),
                moment("node-07", true, 190, Happened::Connected),
                moment("node-07", true, 4_000, Happened::Renewed),
            ],
        },
        may_edit: true,
        may_silence: true,
    }
}

fn facts() -> Facts {
    Facts {
        number: "LAB-0147".to_owned(),
        address: "10.20.4.17".to_owned(),
        place: "GPU room, rack A".to_owned(),
        model: "4 × RTX A6000, EPYC 7543".to_owned(),
        note: "Fans were renewed in spring.\nThe door filter wants cleaning every month.".to_owned(),
        parent: Some((id(50), "switch-2".to_owned())),
        keeper: "Ada Lovelace".to_owned(),
        phone: "+49 30 1234567".to_owned(),
        mail: "ada@example.org".to_owned(),
        agent_version: "0.1.0".to_owned(),
        connected_since_us: Some(NOW_US - 3 * 1_440 * MIN),
        certificate_until_us: Some(NOW_US + 60 * 1_440 * MIN),
        registered_us: NOW_US - 90 * 1_440 * MIN,
    }
}

pub fn sharing(l: Locale) -> Sharing {
    let row = |value: &str, name: &str, group, right| ShareRow {
        value: value.to_owned(),
        name: name.to_owned(),
        group,
        right: l.t(right),
    };
    Sharing {
        l,
        base: "/machines/node-07".to_owned(),
        name: "node-07".to_owned(),
        owner: Some("Ada Lovelace".to_owned()),
        mine: true,
        shares: vec![
            row("group:1", "Robotics lab", true, "right-operate"),
            row("person:1", "Grace Hopper", false, "right-see"),
        ],
        may_share: true,
        groups: vec![Choice { value: "1".to_owned(), text: "Robotics lab".to_owned() }],
        ..Sharing::default()
    }
}
