//! What notices say, word by word.

use super::world::{incident, machine, rule, subject};
use crate::actors::dispatcher::item::{Item, Recipient, Source, Told};
use crate::actors::dispatcher::{Telling, Words, Writer};
use crate::letters::LinkSecrets;
use crate::texts::Lang;
use crate::views::IncidentRecord;
use jiff::tz::TimeZone;
use watchroom_domain::alert::ResolveReason;
use watchroom_domain::*;

/// 2026-03-04 11:03:11 UTC.
const AT: Micros = 1_772_622_191 * SECOND_US;

fn hot() -> Telling {
    let key = SeriesKey {
        metric: "temperature_c".to_owned(),
        labels: Labels::from([
            ("chip".to_owned(), "coretemp".to_owned()),
            ("sensor".to_owned(), "Core 0".to_owned()),
        ]),
    };
    let hot = default_rules().into_iter().find(|rule| rule.name == "Temperature high").unwrap();
    let record = IncidentRecord {
        incident: incident("hot"),
        fired_pos: 7,
        rule: hot.rule,
        rule_then: Some(hot),
        machine: machine("node-07"),
        machine_name: "node-07".to_owned(),
        series: Some(key),
        severity: Severity::Critical,
        status: IncidentStatus::Firing,
        since_us: AT - MINUTE_US,
        fired_us: AT,
        value: 91.5,
        acknowledged: None,
        resolved: None,
        last: None,
    };
    let item = Item {
        delivery: DeliveryId::of(7, "email", subject("ada")),
        cause: 7,
        asked: 7,
        cause_us: AT,
        begun_us: AT,
        incident: Some(record.incident),
        told: Told::Fired,
        severity: Severity::Critical,
        recipient: Recipient { subject: subject("ada"), source: Source::Keeper },
        attempts: 0,
        again: false,
        destination: std::sync::Arc::from("ada"),
        next_us: AT,
        quiet_until_us: None,
        quiet_of: None,
        waits: String::new(),
        record: None,
    };
    let details = MachineDetails {
        name: "node-07".to_owned(),
        number: "INV-0042".to_owned(),
        place: "Room 2".to_owned(),
        model: "DGX".to_owned(),
        ..MachineDetails::default()
    };
    Telling {
        item,
        address: "ada@example.org".to_owned(),
        name: "Ada".to_owned(),
        record: Some(record),
        machine: Some(details),
        acknowledged_by: None,
        snoozed_until_us: None,
        thread: None,
        digest: Vec::new(),
        whose: String::new(),
        why: String::new(),
        evidence: Vec::new(),
        now_us: AT,
    }
}

fn english() -> Writer {
    let zone = TimeZone::fixed(jiff::tz::Offset::from_hours(1).unwrap());
    Writer::new(Lang::En, zone, "https://watch.example.org/", LinkSecrets::new([7; 32]))
}

#[test]
fn a_firing_says_which_machine_what_value_what_limit_and_for_how_long() {
    let notice = english().notice(&hot());
    assert_eq!(notice.subject, "[Watchroom] node-07: Temperature high");
    assert_eq!(notice.state, "Firing");
    assert_eq!(notice.headline, "node-07: temperature (coretemp, Core 0) at 91.5 °C, over 88 °C for 1 min");
    assert_eq!(notice.sentences, ["Somebody must look now."]);
    let facts: Vec<_> = notice.facts.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
    assert_eq!(
        facts,
        [
            ("Machine", "node-07"),
            ("Severity", "Critical"),
            ("Number", "INV-0042"),
            ("Place", "Room 2"),
            ("Model", "DGX"),
            ("Since", "2026-03-04 12:02:11 (+01)"),
            ("Fired", "2026-03-04 12:03:11 (+01)"),
            ("Rule", "Temperature high (over 88 °C for 1 min, clears under 83 °C)"),
        ]
    );
    let address = format!("https://watch.example.org/alerts/{}", incident("hot"));
    assert_eq!(notice.link, Some((address, "Open and acknowledge".to_owned())));
    assert_eq!(notice.footer, "You get this because you are the keeper of node-07.");
}

#[test]
fn an_end_says_how_long_it_lasted_and_who_took_care() {
    let mut telling = hot();
    let at_us = AT + 12 * MINUTE_US;
    telling.item.told =
        Told::Resolved { at_us, value: Some(82.0), untold: false, reason: ResolveReason::Cleared };
    let notice = english().notice(&telling);
    assert_eq!(notice.subject, "[Watchroom] node-07: Temperature high");
    assert_eq!(notice.state, "Resolved");
    assert_eq!(
        notice.headline,
        "node-07: temperature (coretemp, Core 0) back at 82 °C, not over 88 °C any more"
    );
    assert_eq!(notice.sentences, ["It lasted 13 min; nobody had acknowledged it."]);
    assert_eq!(notice.link.unwrap().1, "Open the alert");

    telling.acknowledged_by = Some("Grace Hopper".to_owned());
    telling.record.as_mut().unwrap().acknowledged = Some((subject("grace"), AT));
    let notice = english().notice(&telling);
    assert_eq!(notice.sentences, ["It lasted 13 min and was acknowledged by Grace Hopper."]);
}

#[test]
fn silence_is_unknown_and_not_down() {
    let mut telling = hot();
    let record = telling.record.as_mut().unwrap();
    (record.series, record.value, record.rule_then) = (None, 120.0, Some(rule()));
    let notice = english().notice(&telling);
    assert_eq!(notice.headline, "node-07: nothing heard for 2 min");
    assert_eq!(notice.sentences[0], "Its state is unknown, which is not the same as down.");
}

#[test]
fn a_notice_that_comes_late_or_again_says_so_first() {
    let mut telling = hot();
    telling.item.again = true;
    telling.now_us = AT + HOUR_US;
    let notice = english().notice(&telling);
    assert!(notice.sentences[0].starts_with("You may have this already"));
    assert!(notice.sentences[1].starts_with("This comes late"));
}

#[test]
fn every_way_of_ending_has_its_words_in_both_languages() {
    use ResolveReason::*;
    for language in [Lang::En, Lang::ZhCn] {
        let writer = Writer::new(language, TimeZone::UTC, "", LinkSecrets::new([7; 32]));
        let by_rule = [Cleared, HeardAgain, Calm, RuleChanged, RuleRemoved];
        let by_place = [MachineRemoved, AgentRevoked, NotCovered, SeriesGone];
        for reason in by_rule.into_iter().chain(by_place) {
            let mut telling = hot();
            telling.item.told = Told::Resolved { at_us: AT, value: None, reason, untold: false };
            let notice = writer.notice(&telling);
            for text in [&notice.state, &notice.headline, &notice.footer] {
                assert!(!text.contains("notice-") && !text.contains('⟨') && !text.is_empty(), "{text}");
            }
            assert_eq!(notice.link, None);
        }
    }
}

#[test]
fn chinese_reads_as_chinese() {
    let notice =
        Writer::new(Lang::ZhCn, TimeZone::UTC, "https://w.example", LinkSecrets::new([7; 32])).notice(&hot());
    assert_eq!(notice.language, "zh-CN");
    assert_eq!(notice.headline, "node-07：温度（coretemp，Core 0） 91.5 °C，高于 88 °C 已持续 1 分钟");
    assert_eq!(notice.state, "告警");
}

#[test]
fn what_is_gone_leaves_a_notice_that_still_reads() {
    let mut telling = hot();
    telling.machine = None;
    let record = telling.record.as_mut().unwrap();
    record.machine_name.clear();
    record.rule_then = None;
    let notice = english().notice(&telling);
    assert_eq!(notice.subject, "[Watchroom] a machine that was removed: a rule that was removed");
    assert_eq!(notice.headline, "a machine that was removed: temperature (coretemp, Core 0) at 91.5 °C");
}

#[test]
fn a_test_says_that_it_is_one() {
    let mut telling = hot();
    telling.record = None;
    telling.item.incident = None;
    telling.item.told = Told::Test { address: "me@example.org".to_owned() };
    telling.item.recipient.source = Source::Asked;
    let notice = english().notice(&telling);
    assert_eq!(notice.subject, "[Watchroom] Test");
    assert_eq!(notice.state, "Test");
    assert_eq!(notice.link.unwrap().0, "https://watch.example.org");
}
