//! Frames are stored once, in order, and acknowledged when they are durable.

use super::client::{Agent, MINUTE_US, SECOND_US, code, frame, hello, now_us};
use crate::harness::wait::{PATIENCE, until};
use crate::hub::TestHub;
use serde_json::{Value, json};

/// Epoch and number of every frame in the log, in the order of the log.
fn recorded(hub: &TestHub) -> Vec<(u64, u64)> {
    let frames = hub.log().into_iter().filter(|event| event["event"] == "Telemetry");
    frames
        .map(|event| {
            let frame = &event["meta"]["frame"];
            (frame["epoch"].as_u64().unwrap(), frame["seq"].as_u64().unwrap())
        })
        .collect()
}

#[tokio::test]
async fn an_acknowledged_frame_is_in_the_log_and_the_hub_knows_it_after_a_new_connection() {
    let mut hub = TestHub::owned().await;
    let agent = Agent::join(&mut hub, "node-01").await;
    let mut line = agent.open(&hub, 7).await;
    assert_eq!(line.last_seq(), 0);
    assert_eq!(line.welcome["max_line"], 65_536);
    for seq in 1..=3 {
        line.record(seq, "cpu_percent", seq as f64).await;
    }
    drop(line);
    let mut line = agent.open(&hub, 7).await;
    assert_eq!(line.last_seq(), 3);
    line.record(4, "cpu_percent", 4.0).await;
    let values: Vec<Value> =
        hub.events("Telemetry").into_iter().map(|body| body["samples"][0]["value"].clone()).collect();
    assert_eq!(values, [1.0, 2.0, 3.0, 4.0].map(|value| json!(value)));
}

#[tokio::test]
async fn a_frame_that_comes_again_is_acknowledged_again_and_stored_once() {
    let mut hub = TestHub::owned().await;
    let agent = Agent::join(&mut hub, "node-01").await;
    let mut line = agent.open(&hub, 1).await;
    line.record(1, "cpu_percent", 1.0).await;
    line.record(2, "cpu_percent", 2.0).await;
    for again in [1, 2, 1] {
        assert_eq!(line.ask(frame(again, "cpu_percent", 9.0)).await["seq"], 2, "again {again}");
    }
    let mut other = agent.open(&hub, 1).await;
    assert_eq!(other.ask(frame(2, "cpu_percent", 9.0)).await["seq"], 2);
    assert_eq!(recorded(&hub), [(1, 1), (1, 2)]);
}

#[tokio::test]
async fn a_gap_is_refused_unless_it_is_declared_and_what_was_behind_it_can_follow() {
    let mut hub = TestHub::owned().await;
    let agent = Agent::join(&mut hub, "node-01").await;
    let mut line = agent.open(&hub, 1).await;
    let refused = line.ask(frame(2, "cpu_percent", 1.0)).await;
    assert_eq!((code(&refused).as_str(), &refused["error"]["seq"]), ("sequence_gap", &json!(2)));
    line.record(1, "cpu_percent", 1.0).await;
    let mut declared = frame(5, "cpu_percent", 1.0);
    declared["dropped"] = json!(2);
    assert_eq!(code(&line.ask(declared.clone()).await), "sequence_gap", "three are missing");
    declared["dropped"] = json!(3);
    assert_eq!(line.ask(declared).await["seq"], 5);
    line.record(6, "cpu_percent", 1.0).await;
    assert_eq!(recorded(&hub), [(1, 1), (1, 5), (1, 6)]);
}

#[tokio::test]
async fn a_later_epoch_begins_again_and_ends_the_one_before() {
    let mut hub = TestHub::owned().await;
    let agent = Agent::join(&mut hub, "node-01").await;
    let mut line = agent.open(&hub, 5).await;
    line.record(1, "cpu_percent", 1.0).await;
    let mut line = agent.open(&hub, 6).await;
    assert_eq!(line.last_seq(), 0);
    line.record(1, "cpu_percent", 2.0).await;
    let mut socket = agent.connect(hub.socket).await.unwrap();
    super::client::say(&mut socket, hello(5)).await;
    let answer = super::client::hear(&mut socket).await;
    assert_eq!((code(&answer).as_str(), &answer["error"]["fatal"]), ("stale_epoch", &json!(true)));
    assert_eq!(recorded(&hub), [(5, 1), (6, 1)]);
}

#[tokio::test]
async fn a_newer_connection_of_the_machine_ends_the_older() {
    let mut hub = TestHub::owned().await;
    let agent = Agent::join(&mut hub, "node-01").await;
    let mut older = agent.open(&hub, 1).await;
    older.record(1, "cpu_percent", 1.0).await;
    let mut newer = agent.open(&hub, 1).await;
    older.ends_with("superseded").await;
    newer.record(2, "cpu_percent", 2.0).await;
    let connected = hub.events("AgentConnected").len();
    assert_eq!((connected, hub.events("AgentDisconnected").len()), (2, 0), "it is connected all the time");
}

#[tokio::test]
async fn many_frames_under_way_are_all_acknowledged_in_order() {
    let mut hub = TestHub::owned().await;
    let agent = Agent::join(&mut hub, "node-01").await;
    let mut line = agent.open(&hub, 1).await;
    let sent: String = (1..=64).map(|seq| format!("{}\n", frame(seq, "cpu_percent", 1.0))).collect();
    line.socket.send_raw(sent.as_bytes()).await.unwrap();
    let mut last = 0;
    while last < 64 {
        let answer = super::client::hear(&mut line.socket).await;
        assert_eq!(answer["type"], "ack", "{answer}");
        assert!(answer["seq"].as_u64() >= Some(last));
        last = answer["seq"].as_u64().unwrap();
    }
    assert_eq!(recorded(&hub), (1..=64).map(|seq| (1, seq)).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_clock_that_is_an_hour_ahead_is_seen_through() {
    let mut hub = TestHub::owned().await;
    let agent = Agent::join(&mut hub, "node-01").await;
    hub.rule("Hot", "temperature_c", "90").await;
    let hour = 60 * MINUTE_US;
    let mut socket = agent.connect(hub.socket).await.unwrap();
    let mut greeting = hello(1);
    greeting["sent_us"] = json!(now_us() + hour);
    super::client::say(&mut socket, greeting).await;
    let welcome = super::client::hear(&mut socket).await;
    assert!((welcome["now_us"].as_i64().unwrap() - now_us()).abs() < MINUTE_US, "the hub's own clock");
    let ahead = now_us() + hour;
    let sample = json!({"type": "samples", "seq": 1, "sent_us": ahead, "observed_us": ahead,
        "samples": [{"metric": "temperature_c", "value": 95.0}]});
    super::client::say(&mut socket, sample).await;
    assert_eq!(super::client::hear(&mut socket).await["seq"], 1);
    let event = hub.log().into_iter().find(|event| event["event"] == "Telemetry").unwrap();
    let offset = event["meta"]["frame"]["offset_us"].as_i64().unwrap();
    assert!((offset + hour).abs() < MINUTE_US, "{offset}");
    until("the alert", PATIENCE, async || hub.events("AlertFired").first().cloned()).await;
}

#[tokio::test]
async fn what_comes_late_wakes_nobody_and_what_is_live_does() {
    let mut hub = TestHub::owned().await;
    let agent = Agent::join(&mut hub, "node-01").await;
    hub.rule("Hot", "oven_c", "90").await;
    let mut line = agent.open(&hub, 1).await;
    for seq in 1..=3 {
        let mut late = frame(seq, "oven_c", 99.0);
        late["observed_us"] = json!(now_us() - 10 * MINUTE_US + seq as i64 * SECOND_US);
        assert_eq!(line.ask(late).await["seq"], seq);
    }
    line.record(4, "oven_c", 95.5).await;
    let fired = until("the alert", PATIENCE, async || hub.events("AlertFired").first().cloned()).await;
    assert_eq!(fired["value"], 95.5, "the live value, not one of the late ones");
    assert_eq!(hub.events("AlertPending").len(), 1);
    line.record(5, "oven_c", 50.0).await;
    until("the end of it", PATIENCE, async || hub.events("AlertResolved").first().cloned()).await;
}
