use super::*;

const EN: Locale = Locale { lang: Lang::En, offset_s: 3_600, now_us: 1_763_650_800_000_000 };
const ZH: Locale = Locale { lang: Lang::ZhCn, ..EN };

#[test]
fn numbers_are_grouped_and_end_where_they_say_nothing_more() {
    assert_eq!(plain(184_220.0), "184,220");
    assert_eq!(plain(2.50), "2.5");
    assert_eq!(plain(-3.0), "−3");
    assert_eq!(fixed(-0.001, 1), "0.0");
    assert_eq!(plain(f64::NAN), "–");
}

#[test]
fn values_find_their_unit() {
    assert_eq!(EN.value(Format::Bytes, 76_450_000_000.0), "71.2\u{a0}GiB");
    assert_eq!(EN.value(Format::Rate, 51_400_000.0), "51.4\u{a0}MB/s");
    assert_eq!(EN.value(Format::Rate, 999_960.0), "1.0\u{a0}MB/s");
    assert_eq!(EN.value(Format::Bytes, 12.0), "12\u{a0}B");
    assert_eq!(EN.value(Format::Celsius, 91.54), "91.5\u{a0}°C");
    assert_eq!(EN.metric_value("temperature_c", 88.0), "88\u{a0}°C");
    assert_eq!(EN.metric_value("load_per_core", 2.0), "2");
    assert_eq!(EN.metric_value("disk_used_percent", 97.5), "97.5%");
}

#[test]
fn durations_are_told_in_each_language() {
    let cases = [
        (340_000, "340 ms", "340 毫秒"),
        (45_000_000, "45 s", "45 秒"),
        (120_000_000, "2 min", "2 分钟"),
        (150_000_000, "2 min 30 s", "2 分钟 30 秒"),
        (41 * 60_000_000, "41 min", "41 分钟"),
        (90 * 60_000_000, "1 h 30 min", "1 小时 30 分钟"),
        (26 * 3_600_000_000, "1 d 2 h", "1 天 2 小时"),
    ];
    for (us, en, zh) in cases {
        assert_eq!(EN.duration(us).replace('\u{a0}', " "), en);
        assert_eq!(ZH.duration(us).replace('\u{a0}', " "), zh);
    }
}

#[test]
fn times_follow_the_offset_and_the_language() {
    let noon = EN.now_us - 60_000_000;
    assert_eq!(EN.clock_s(noon), "15:59:00");
    assert_eq!(EN.day(noon), "Today");
    assert_eq!(EN.day(noon - 86_400_000_000), "Yesterday");
    assert_eq!(EN.date(noon), "20 November 2025");
    assert_eq!(ZH.date(noon), "2025年11月20日");
    assert_eq!(ZH.ago(noon - 480_000_000), "9 分钟前");
    assert_eq!(EN.ago(EN.now_us), "now");
    assert_eq!(EN.iso(noon), "2025-11-20T14:59:00Z");
}

#[test]
fn a_refusal_without_translation_keeps_its_words() {
    assert_eq!(ZH.refusal("no_such_code", "Plain words."), "Plain words.");
    assert_ne!(ZH.refusal("bad_mail", "Plain words."), "Plain words.");
}
