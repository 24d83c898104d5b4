use super::*;
use crate::channels::{Notice, NoticeKind, Stage};
use watchroom_domain::{DeliveryId, IncidentId, Severity};

const HOSTILE: &str =
    "<!channel> @everyone [x](http://e.vil) `*_~| <at user_id=\"all\"></at>\r\n\u{202e}# big";

fn notice(text: &str) -> Notice {
    Notice {
        delivery: DeliveryId::derived(&["1"]),
        kind: NoticeKind::Fired,
        incident: Some(IncidentId::derived(&["1"])),
        severity: Severity::Critical,
        stage: Stage::Open,
        again: false,
        language: "en",
        address: "ops".to_owned(),
        name: String::new(),
        subject: text.to_owned(),
        state: "Firing".to_owned(),
        headline: text.to_owned(),
        sentences: vec![text.to_owned()],
        facts: vec![("Machine".to_owned(), text.to_owned())],
        link: Some(("https://watch.example.org/alerts/1".to_owned(), "Look at it".to_owned())),
        footer: text.to_owned(),
        at_us: 0,
        late: false,
        thread: None,
        actions: Vec::new(),
        picture: None,
        about: None,
    }
}

fn written(template: &str, text: &str, secret: Option<&str>) -> Written {
    let template = Template::parse(template).unwrap();
    let url = Url::parse("https://hooks.example.org/a/b?access_token=t").unwrap();
    let place = crate::channels::webhook::settings::Place::Known(url.clone());
    let target = Target { name: "ops".to_owned(), template, url: place, secret: None };
    let at = At { target: &target, url, secret, now_us: 1_772_622_191_123_456 };
    template.write(&notice(text), at).unwrap()
}

#[test]
fn nothing_that_a_machine_says_is_longer_than_a_service_takes() {
    let long = "温".repeat(50_000);
    for name in Template::NAMES {
        let body = written(name, &long, None).body.to_string();
        assert!(body.len() < 64_000, "{name}: {} bytes", body.len());
    }
    let size = |template: &str, pointer: &str| {
        let body = written(template, &long, None).body;
        body.pointer(pointer).unwrap().as_str().unwrap().to_owned()
    };
    assert!(size("wecom", "/text/content").len() <= 2_048);
    assert!(size("dingtalk", "/text/content").len() <= 20_000);
    assert!(size("ntfy", "/message").len() <= 4_096);
    assert!(size("slack", "/blocks/0/text/text").chars().count() <= 150);
    assert!(size("slack", "/blocks/1/text/text").chars().count() <= 3_000);
    let discord: usize = ["title", "description", "footer/text"]
        .iter()
        .map(|part| size("discord", &format!("/embeds/0/{part}")).chars().count())
        .sum();
    assert!(discord <= 6_000, "{discord}");
}

#[test]
fn hostile_text_calls_nobody_and_is_no_markup() {
    let slack = written("slack", HOSTILE, None).body;
    assert!(slack["text"].as_str().unwrap().contains("&lt;!channel&gt;"), "{slack}");
    assert_eq!(slack["blocks"][1]["text"]["type"], "plain_text");
    let discord = written("discord", HOSTILE, None).body;
    assert_eq!(discord["allowed_mentions"]["parse"], serde_json::json!([]));
    let said = discord["embeds"][0]["description"].as_str().unwrap();
    assert!(said.contains("\\[x\\]\\(http\\://e.vil\\)") && said.contains("\\@everyone"), "{said}");
    let feishu = written("feishu", HOSTILE, None).body;
    assert_eq!(feishu["content"]["post"]["en_us"]["content"][0][0]["tag"], "text");
    for name in Template::NAMES {
        let body = written(name, HOSTILE, None).body.to_string();
        assert!(!body.contains('\u{202e}') && !body.contains("\\r"), "{name}: {body}");
    }
}

#[test]
fn robots_are_signed_in_their_own_ways() {
    // Computed with Python's hmac, from each service's own documentation.
    let ding = written("dingtalk", "x", Some("SECexample"));
    let pairs: Vec<_> = ding.url.query_pairs().map(|(k, v)| (k.into_owned(), v.into_owned())).collect();
    assert_eq!(pairs[1], ("timestamp".to_owned(), "1772622191123".to_owned()));
    assert_eq!(pairs[2], ("sign".to_owned(), "Kfvkc43RiJd8kRvjgJSuSaPuSH3ZPA9Qq83TmgOu9Cc=".to_owned()));
    let feishu = written("feishu", "x", Some("feishu-example")).body;
    assert_eq!(
        (feishu["timestamp"].as_str(), feishu["sign"].as_str()),
        (Some("1772622191"), Some("gJ/ktDdoS7gi2VLZD57HPAPp/SyoNrxsymYyq43GYv4="))
    );
    assert_eq!(written("ntfy", "x", Some("tk")).bearer.as_deref(), Some("tk"));
    let ntfy = written("ntfy", "x", None);
    assert_eq!((ntfy.url.path(), ntfy.body["topic"].as_str()), ("/a", Some("b")));
}

#[test]
fn an_error_that_comes_with_a_status_of_200_is_no_success() {
    let read = |name: &str, body: &str| Template::parse(name).unwrap().read(body.as_bytes());
    for name in ["dingtalk", "wecom"] {
        assert_eq!(read(name, "{\"errcode\":0,\"errmsg\":\"ok\"}"), Ok(None));
        assert_eq!(
            read(name, "{\"errcode\":310000,\"errmsg\":\"sign not match\"}"),
            Err(SendError::Later("200 with error 310000".to_owned()))
        );
        assert!(matches!(read(name, "{\"errcode\":45009}"), Err(SendError::Wait { .. })), "{name}");
        assert!(read(name, "<html>").is_err(), "{name}");
    }
    assert_eq!(read("feishu", "{\"code\":0,\"msg\":\"success\"}"), Ok(None));
    assert_eq!(read("feishu", "{\"StatusCode\":0,\"StatusMessage\":\"success\"}"), Ok(None));
    assert!(read("feishu", "{\"code\":19021,\"msg\":\"sign match fail\"}").is_err());
    let many = read("feishu", "{\"code\":9499,\"msg\":\"too many request\"}");
    assert!(matches!(many, Err(SendError::Wait { .. })), "{many:?}");
    let bad = read("feishu", "{\"code\":9499,\"msg\":\"Bad Request\",\"data\":{}}");
    assert_eq!(bad, Err(SendError::Refused("error 9499: bad request".to_owned())));
    assert_eq!(read("discord", "{\"id\":\"42\"}"), Ok(Some("42".to_owned())));
}
