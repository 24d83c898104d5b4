//! An alert's life, rules, mail.

use super::super::*;
use super::{MIN, NOW_US, card, hot_chart, id};
use crate::web::format::Locale;
use crate::web::list::Listed;

pub fn alert_page(l: Locale) -> AlertPage {
    let at = |s: i64, step| TimelineEntry { at_us: NOW_US - 14 * MIN + s * 1_000, step };
    let mail = |to: &str, answer, said: &str, took_ms, attempt| Step::Told {
        channel: l.t("channel-email"),
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
        silence: "/silences".to_owned(),
        cut: false,
        timeline: vec![
            at(-60_000, Step::Pending(Some(88.5))),
            at(0, Step::Opened),
            at(8, mail("ada@example.org", Answer::Accepted, "250 2.0.0 Ok: queued as 4Zb1", 8.0, 1)),
            at(12, mail("night@example.org", Answer::Deferred, "451 4.7.1 Greylisted, try again", 12.0, 1)),
            at(2_400, mail("night@example.org", Answer::Accepted, "250 2.0.0 Ok: queued as 4Zb9", 31.0, 2)),
            at(200_000, Step::Snoozed("Ada Lovelace".to_owned(), NOW_US - 9 * MIN)),
            at(300_000, Step::Released),
            at(360_000, Step::Escalated(1, "Grace Hopper".to_owned())),
            at(370_000, Step::Held(Held::Silence(Some(("fan swap".to_owned(), NOW_US + 40 * MIN))))),
            at(390_000, Step::Flapping(3, 30 * MIN)),
            at(400_000, Step::Acknowledged("Ada Lovelace".to_owned())),
        ],
        chart: Some(hot_chart(l)),
        why: "no connection: connection refused".to_owned(),
        evidence: Some(evidence(l)),
    }
}

pub fn silences(l: Locale) -> Silences {
    let row = |n: usize, scope, rule: Option<&str>, reason: &str, minutes: i64, held| SilenceRow {
        id: id(n),
        scope,
        rule: rule.map(str::to_owned),
        reason: reason.to_owned(),
        by: "Ada Lovelace".to_owned(),
        begun_us: NOW_US - 20 * MIN,
        until_us: NOW_US + minutes * MIN,
        held,
        may_end: true,
    };
    let rows = vec![
        row(41, ScopeText::Machine(id(1), "node-07".to_owned()), Some("Temperature high"), "fan swap", 40, 1),
        row(42, ScopeText::Tag("teaching".to_owned()), None, "Room 214 is rewired, back on Monday", 3_000, 0),
    ];
    let form = SilenceForm {
        scope: "machine".to_owned(),
        span: "until".to_owned(),
        until: "2025-11-20T09:00".to_owned(),
        errors: Errors(vec![("until".to_owned(), l.t("refusal-bad_until"))]),
        ..SilenceForm::default()
    };
    Silences {
        l,
        list: SilenceList { l, rows, may_act: true, ..SilenceList::default() },
        form,
        machines: choices(&["node-07", "node-12"]),
        wide: true,
        rules: choices(&["Temperature high", "Load high"]),
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
        may_edit: true,
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
    Rules { l, rows, listed: Listed { total: 3, ..Listed::default() }, may_add: true }
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
        people: choices(&["Ada Lovelace", "Grace Hopper"]),
        steps: vec![
            StepRow { after: "15".to_owned(), unit: "min".to_owned(), to: vec!["Grace Hopper".to_owned()] },
            StepRow::blank(),
        ],
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
            ca_file: String::new(),
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
                quiet: Quiet::default(),
                quiet_text: "Quiet from 22:00 to 07:00".to_owned(),
                disabled: None,
            },
            Subscription {
                id: id(2),
                mail: "gpu-lab@example.org".to_owned(),
                severity: Severity::Warning,
                scope: ScopeText::Tag("gpu".to_owned()),
                quiet: Quiet::default(),
                quiet_text: String::new(),
                disabled: Some("550".to_owned()),
            },
        ],
        listed: crate::web::list::Listed::default(),
        add: SubscriptionForm { scope: "everywhere".to_owned(), ..SubscriptionForm::default() },
        machines: choices(&["node-07", "node-12"]),
        deliveries: vec![
            delivery(14, "ada@example.org", Answer::Accepted, "250 2.0.0 Ok: queued as 4Zb1", 8.0, 1),
            delivery(14, "night@example.org", Answer::Accepted, "250 2.0.0 Ok: queued as 4Zb9", 31.0, 2),
            delivery(55, "old@example.org", Answer::GivenUp, "550 5.1.1 No such user", 9.0, 1),
        ],
        may_edit: true,
        may_set: true,
    }
}

pub fn evidence(l: Locale) -> EvidenceTable {
    let row = |name: &str, pid, cpu_percent, memory_bytes| EvidenceRow {
        name: name.to_owned(),
        pid,
        user: "ada".to_owned(),
        cpu_percent,
        memory_bytes,
    };
    let by_cpu = vec![row("train.py", 4_711, 398.2, 2.1e10), row("sshd", 812, 0.4, 6e6)];
    EvidenceTable { l, at_us: NOW_US - 13 * MIN, by_memory: by_cpu.clone(), by_cpu }
}

pub fn check_list(l: Locale, machine: Option<String>) -> CheckList {
    let check = |n: usize, name: &str, result, days| CheckRow {
        id: id(800 + n),
        name: name.to_owned(),
        machine_id: id(1),
        machine: "node-01".to_owned(),
        kind: "tcp".to_owned(),
        address: "db.example.org:5432".to_owned(),
        runner: (n > 0).then(|| "node-02".to_owned()),
        interval_us: MIN,
        why: if result == CheckResult::Down { "connection refused".to_owned() } else { String::new() },
        result,
        duration_ms: Some(12.3),
        status: Some(503.0),
        days,
        at_us: Some(NOW_US - MIN / 2),
        may_edit: true,
    };
    let rows = vec![
        check(0, "Database", CheckResult::Down, None),
        check(1, "Web site", CheckResult::Up, Some(63.4)),
        check(2, "Old site", CheckResult::Unwilling("node-02".to_owned()), Some(-3.0)),
        CheckRow { status: None, duration_ms: None, at_us: None, ..check(3, "New", CheckResult::None, None) },
    ];
    CheckList { l, machine, listed: Listed { total: rows.len(), ..Listed::default() }, rows, may_edit: true }
}

pub fn checks(l: Locale) -> Checks {
    Checks { l, list: check_list(l, None), may_register: true }
}

pub fn check_form(l: Locale) -> CheckForm {
    let machine = Choice { value: id(1), text: "node-01".to_owned() };
    let errors = Errors(vec![("address".to_owned(), l.t("refusal-bad_address"))]);
    CheckForm { machines: vec![machine], errors, ..CheckForm::blank(l) }
}
