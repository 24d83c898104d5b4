use super::*;

fn code(line: &str) -> &'static str {
    ClientFrame::parse(line.as_bytes()).unwrap_err().code
}

#[test]
fn each_kind_of_wrong_line_has_its_code() {
    assert_eq!(code("hello"), "bad_json");
    assert_eq!(code("[1]"), "bad_json");
    assert_eq!(code(" [\"ping\",null]"), "bad_json");
    assert_eq!(code("{}"), "missing_type");
    assert_eq!(code(r#"{"type":7}"#), "bad_field");
    assert_eq!(code(r#"{"type":"reboot"}"#), "unknown_type");
    assert_eq!(code(r#"{"type":"samples","seq":"x","sent_us":1,"samples":[]}"#), "bad_field");
    let nan = r#"{"type":"samples","seq":1,"sent_us":1,"samples":[{"metric":"a","value":NaN}]}"#;
    assert_eq!(code(nan), "bad_json");
    let huge = nan.replace("NaN", "1e999");
    assert_eq!(code(&huge), "bad_field");
}

#[test]
fn what_is_wrong_is_said_in_few_words_however_long_the_line_was() {
    let long = "\u{10348}".repeat(16_000);
    for line in [
        format!(r#"{{"type":"samples","seq":4,"sent_us":"{long}","samples":[]}}"#),
        format!(r#"{{"type":"{long}"}}"#),
        format!(r#"{{"type":"{}"}}"#, "\u{7f}".repeat(99)),
        format!(r#"{{"type":"hello","min":"{long}"}}"#),
        format!(r#""{long}""#),
    ] {
        let error = ClientFrame::parse(line.as_bytes()).unwrap_err();
        assert!(error.message.chars().count() <= MAX_MESSAGE, "{}", error.message.len());
    }
    let short = ClientFrame::parse(br#"{"type":"hello","min":"x","max":1}"#).unwrap_err().message;
    assert!(short.contains("invalid type: string \"x\"") && short.ends_with("column 25"), "{short}");
}

#[test]
fn unknown_members_are_ignored_and_the_number_of_a_bad_frame_is_named() {
    let line = r#"{"type":"samples","seq":4,"sent_us":1,"later":true,"samples":[{"metric":"a","value":1}]}"#;
    assert!(ClientFrame::parse(line.as_bytes()).is_ok());
    let bad = line.replace(":1}", ":\"1\"}");
    assert_eq!(ClientFrame::parse(bad.as_bytes()).unwrap_err().seq, Some(4));
}

#[test]
fn the_newest_common_version_is_chosen_or_none() {
    assert_eq!(negotiate(1, 9), Some(MAX_VERSION));
    assert_eq!(negotiate(MAX_VERSION + 1, 9), None);
    assert_eq!(negotiate(0, 0), None);
    assert_eq!(negotiate(5, 1), None);
}
