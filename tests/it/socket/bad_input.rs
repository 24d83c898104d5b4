//! Whatever a peer sends, it is told what is wrong, counted, and harms nobody else.

use super::client::{Agent, Line, MINUTE_US, code, frame, hear, hello, now_us, say};
use crate::harness::wait::{PATIENCE, until};
use crate::hub::TestHub;
use serde_json::{Value, json};

const LONGEST: usize = 65_536;

/// A frame with other samples.
fn with_samples(samples: Value) -> Value {
    let mut frame = frame(1, "cpu_percent", 1.0);
    frame["samples"] = samples;
    frame
}

fn with(member: &str, value: Value) -> Value {
    let mut frame = frame(1, "cpu_percent", 1.0);
    frame[member] = value;
    frame
}

fn sample(metric: &str, labels: Value) -> Value {
    with_samples(json!([{"metric": metric, "labels": labels, "value": 1.0}]))
}

/// A frame as text, with something in the place of the value.
fn raw_value(value: &str) -> String {
    let now = now_us();
    format!(
        r#"{{"type":"samples","seq":1,"sent_us":{now},"samples":[{{"metric":"cpu_percent","value":{value}}}]}}"#
    )
}

/// Lines that are no frames, and the code of the answer. The connection lives on after each.
fn wrong_texts() -> Vec<(Vec<u8>, &'static str)> {
    let texts = [
        ("hello".to_owned(), "bad_json"),
        ("{\"type\":\"ping\"".to_owned(), "bad_json"),
        ("{\"type\":\"ping\"}{\"type\":\"ping\"}".to_owned(), "bad_json"),
        ("[1,2]".to_owned(), "bad_json"),
        ("[\"ping\",null]".to_owned(), "bad_json"),
        ("\"ping\"".to_owned(), "bad_json"),
        ("null".to_owned(), "bad_json"),
        ("7".to_owned(), "bad_json"),
        (raw_value("NaN"), "bad_json"),
        (raw_value("Infinity"), "bad_json"),
        (raw_value("1e999"), "bad_field"),
        (raw_value("-1e999"), "bad_field"),
        (raw_value("null"), "bad_field"),
        (raw_value("\"1\""), "bad_field"),
        (raw_value("true"), "bad_field"),
        ("[".repeat(30_000), "bad_json"),
    ];
    let mut lines: Vec<(Vec<u8>, &str)> = vec![(b"\xff\xfe{\"type\":\"ping\"}".to_vec(), "bad_json")];
    lines.push((b"{\"type\":\"\xc3\x28\"}".to_vec(), "bad_json"));
    lines.push((vec![0; 100], "bad_json"));
    lines.extend(texts.into_iter().map(|(text, code)| (text.into_bytes(), code)));
    lines
}

/// Frames with something wrong in them.
fn wrong_values() -> Vec<(Value, &'static str)> {
    let nine: Value =
        (0..9).map(|n| (format!("key_{n}"), json!("x"))).collect::<serde_json::Map<_, _>>().into();
    let many: Vec<Value> = (0..513).map(|_| json!({"metric": "cpu_percent", "value": 1})).collect();
    let no_seq = json!({"type": "samples", "sent_us": 1, "samples": [{"metric": "a", "value": 1}]});
    let ahead = json!(now_us() + 6 * MINUTE_US);
    let back = json!(now_us() - 15 * 24 * 60 * MINUTE_US);
    vec![
        (json!({}), "missing_type"),
        (json!({"seq": 1}), "missing_type"),
        (json!({"type": 7}), "bad_field"),
        (json!({"type": null}), "missing_type"),
        (json!({"type": "reboot"}), "unknown_type"),
        (json!({"type": ""}), "unknown_type"),
        (no_seq, "bad_field"),
        (with("seq", json!("1")), "bad_field"),
        (with("seq", json!(-1)), "bad_field"),
        (with("seq", json!(1.5)), "bad_field"),
        (with("sent_us", json!("now")), "bad_field"),
        (with("sent_us", json!(1e300)), "bad_field"),
        (with("dropped", json!(-3)), "bad_field"),
        (with("samples", json!({})), "bad_field"),
        (with("observed_us", ahead.clone()), "time_out_of_bounds"),
        (with("observed_us", back.clone()), "time_out_of_bounds"),
        (with("observed_us", json!(i64::MAX)), "time_out_of_bounds"),
        (with("observed_us", json!(i64::MIN)), "time_out_of_bounds"),
        (with_samples(json!([{"metric": "a", "value": 1, "observed_us": ahead}])), "time_out_of_bounds"),
        (with_samples(json!([{"metric": "a", "value": 1, "observed_us": back}])), "time_out_of_bounds"),
        (with_samples(json!([])), "bad_count"),
        (with_samples(json!(many)), "bad_count"),
        (with_samples(json!([{"metric": "a"}])), "bad_field"),
        (with_samples(json!([{"value": 1}])), "bad_field"),
        (with_samples(json!([7])), "bad_field"),
        (sample("", json!({})), "bad_metric"),
        (sample("CPU", json!({})), "bad_metric"),
        (sample("7up", json!({})), "bad_metric"),
        (sample("cpu percent", json!({})), "bad_metric"),
        (sample(&"a".repeat(65), json!({})), "bad_metric"),
        (sample("a", nine), "bad_labels"),
        (sample("a", json!({"Key": "x"})), "bad_labels"),
        (sample("a", json!({"key": ""})), "bad_labels"),
        (sample("a", json!({"key": "a\nb"})), "bad_labels"),
        (sample("a", json!({"key": "x".repeat(129)})), "bad_labels"),
        (sample("a", json!({"key": 7})), "bad_field"),
        (sample("a", json!([])), "bad_field"),
        (with("seq", json!(0)), "bad_field"),
        (with("seq", json!(u64::MAX)), "bad_field"),
        (with("seq", json!(i64::MAX)), "sequence_gap"),
        (hello(1), "not_now"),
        (json!({"type": "join", "token": "wr1-", "csr": ""}), "not_now"),
        (json!({"type": "renew", "csr": "no request"}), "bad_field"),
        (json!({"type": "renew"}), "bad_field"),
    ]
}

#[tokio::test]
async fn every_wrong_line_is_answered_counted_and_harms_nobody() {
    let mut hub = TestHub::owned().await;
    let agent = Agent::join(&mut hub, "node-01").await;
    let neighbour = Agent::join(&mut hub, "node-02").await;
    let mut healthy = neighbour.open(&hub, 1).await;
    let mut line = agent.open(&hub, 1).await;
    let frames = wrong_values().into_iter().map(|(value, code)| (value.to_string().into_bytes(), code));
    let wrong: Vec<_> = wrong_texts().into_iter().chain(frames).collect();
    for (at, (bytes, expected)) in wrong.iter().enumerate() {
        let shown = String::from_utf8_lossy(&bytes[..bytes.len().min(200)]).into_owned();
        let mut sent = bytes.clone();
        sent.push(b'\n');
        assert_eq!(line.ask_raw(&sent).await, *expected, "{shown}");
        healthy.record(at as u64 + 1, "cpu_percent", 1.0).await;
    }
    line.socket.send_raw(b"\n\r\n   \n").await.unwrap();
    line.ping().await;
    line.record(1, "cpu_percent", 1.0).await;
    drop(line);
    let ended = until("the end of the connection", PATIENCE, async || {
        let ended = hub.events("AgentDisconnected");
        ended.into_iter().find(|body| body["machine"] == agent.machine)
    })
    .await;
    assert_eq!((&ended["refused"], &ended["frames"]), (&json!(wrong.len()), &json!(1)), "{ended}");
    assert_eq!(ended["reason"], "closed");
    let heard = hub.events("Telemetry").len();
    assert_eq!(heard, wrong.len() + 1, "nothing that was refused is in the log");
}

#[tokio::test]
async fn a_refused_frame_is_named_in_its_answer() {
    let mut hub = TestHub::owned().await;
    let agent = Agent::join(&mut hub, "node-01").await;
    let mut line = agent.open(&hub, 1).await;
    for (value, expected) in
        [(sample("A", json!({})), "bad_metric"), (with("sent_us", json!("")), "bad_field")]
    {
        let answer = line.ask(value).await;
        assert_eq!((code(&answer).as_str(), &answer["error"]["seq"]), (expected, &json!(1)));
        assert_eq!(answer["type"], "error");
        assert!(answer["error"]["message"].as_str().is_some_and(|text| text.len() > 10), "{answer}");
        assert_eq!(answer["error"]["fatal"], Value::Null);
    }
}

/// A frame that is this long, by members that nobody knows.
fn padded(length: usize) -> String {
    let bare = json!({"type": "ping", "padding": ""}).to_string();
    json!({"type": "ping", "padding": "x".repeat(length - bare.len())}).to_string()
}

#[tokio::test]
async fn the_longest_line_passes_and_one_byte_more_ends_the_connection() {
    let mut hub = TestHub::owned().await;
    let agent = Agent::join(&mut hub, "node-01").await;
    let mut line = agent.open(&hub, 1).await;
    let longest = padded(LONGEST);
    assert_eq!(longest.len(), LONGEST);
    line.socket.send_raw(format!("{longest}\n").as_bytes()).await.unwrap();
    assert_eq!(hear(&mut line.socket).await["type"], "pong");
    line.socket.send_raw(format!("{}\n", padded(LONGEST + 1)).as_bytes()).await.unwrap();
    line.ends_with("line_too_long").await;
    let ended = until("the end", PATIENCE, async || hub.events("AgentDisconnected").first().cloned()).await;
    assert_eq!((&ended["reason"], &ended["refused"]), (&json!("line_too_long"), &json!(1)));
}

#[tokio::test]
async fn a_line_without_end_is_answered_before_it_ends() {
    let mut hub = TestHub::owned().await;
    let agent = Agent::join(&mut hub, "node-01").await;
    let neighbour = Agent::join(&mut hub, "node-02").await;
    let mut healthy = neighbour.open(&hub, 1).await;
    let mut line: Line = agent.open(&hub, 1).await;
    let piece = vec![b'x'; 16 * 1024];
    for _ in 0..16 {
        // Once the hub has closed, there may be nobody to write to.
        if line.socket.send_raw(&piece).await.is_err() {
            break;
        }
    }
    line.ends_with("line_too_long").await;
    healthy.record(1, "cpu_percent", 1.0).await;
}

#[tokio::test]
async fn the_first_line_is_a_hello_that_the_hub_can_speak() {
    let mut hub = TestHub::owned().await;
    let agent = Agent::join(&mut hub, "node-01").await;
    let mut socket = agent.connect(hub.socket).await.unwrap();
    say(&mut socket, frame(1, "cpu_percent", 1.0)).await;
    assert_eq!(code(&hear(&mut socket).await), "hello_expected");
    say(&mut socket, json!({"type": "hello", "min": 1})).await;
    assert_eq!(code(&hear(&mut socket).await), "bad_field");
    let mut future = hello(1);
    (future["min"], future["max"]) = (json!(2), json!(9));
    say(&mut socket, future).await;
    let answer = hear(&mut socket).await;
    assert_eq!((code(&answer).as_str(), &answer["error"]["fatal"]), ("unsupported_version", &json!(true)));
    assert_eq!(socket.read().await.unwrap(), None);

    let mut socket = agent.connect(hub.socket).await.unwrap();
    let mut newer = hello(1);
    newer["max"] = json!(9);
    newer["something"] = json!({"from": "the future"});
    say(&mut socket, newer).await;
    let welcome = hear(&mut socket).await;
    assert_eq!((&welcome["type"], &welcome["version"]), (&json!("welcome"), &json!(1)));
}

#[tokio::test]
async fn a_thousand_wrong_lines_are_enough() {
    let mut hub = TestHub::owned().await;
    let agent = Agent::join(&mut hub, "node-01").await;
    let mut line = agent.open(&hub, 1).await;
    for n in 1..=1_000 {
        assert_eq!(line.ask_raw(b"nonsense\n").await, "bad_json", "{n}");
    }
    line.ends_with("too_many_errors").await;
    agent.open(&hub, 1).await.record(1, "cpu_percent", 1.0).await;
}
