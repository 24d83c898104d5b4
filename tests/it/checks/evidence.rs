//! Evidence: asked for when an alert is new, taken once, shown escaped; and collectors that fail.

use super::{agent, until_page_says};
use crate::harness::wait::{PATIENCE, until};
use crate::hub::TestHub;
use crate::socket::client::{Agent, Line, code, frame, hear, hello, now_us, say};
use serde_json::{Value, json};

async fn open(hub: &TestHub, agent: &Agent) -> Line {
    let mut socket = agent.connect(hub.socket).await.unwrap();
    let mut hello = hello(1);
    hello["features"] = json!(["evidence"]);
    say(&mut socket, hello).await;
    let welcome = hear(&mut socket).await;
    Line { socket, welcome }
}

fn evidence(id: &Value, name: &str) -> Value {
    let process =
        json!({"pid": 4711, "name": name, "user": "ada", "cpu_percent": 398.25, "memory_bytes": 21});
    json!({"type": "evidence", "id": id, "processes": [process]})
}

#[tokio::test]
async fn an_agent_is_asked_when_an_alert_is_new_and_its_answer_is_shown_with_it() {
    let mut hub = TestHub::owned().await;
    hub.rule("Hot", "heat", "50").await;
    let (busy, other) = (Agent::join(&mut hub, "busy").await, Agent::join(&mut hub, "other").await);
    let (mut line, mut stranger) = (open(&hub, &busy).await, open(&hub, &other).await);
    line.record(1, "heat", 10.0).await;
    say(&mut line.socket, frame(2, "heat", 90.0)).await;
    // Whoever asks follows the log by itself, so that either may come first.
    let mut both = [hear(&mut line.socket).await, hear(&mut line.socket).await];
    both.sort_by_key(|frame| frame["type"].to_string());
    let [ack, asked] = both;
    assert_eq!((&ack["type"], &asked["type"]), (&json!("ack"), &json!("evidence")), "{ack} {asked}");
    // It is the business of this machine alone, and answered once.
    assert_eq!(code(&stranger.ask(evidence(&asked["id"], "lie")).await), "not_asked");
    say(&mut line.socket, evidence(&asked["id"], "<b>train</b>\u{1b}[2J")).await;
    until("the evidence in the log", PATIENCE, async || {
        (!hub.events("EvidenceRecorded").is_empty()).then_some(())
    })
    .await;
    let incident = asked["id"].as_str().unwrap();
    for path in [format!("/alerts/{incident}"), format!("/machines/{}", busy.machine)] {
        let page = until_page_says(&mut hub, &path, "What ran on it").await;
        assert!(page.contains("&#60;b&#62;train&#60;/b&#62;[2J") && page.contains("398"), "{page}");
        assert!(!page.contains("<b>train"), "escaped");
    }
    // Firing follows upon pending at once, and is no new question.
    line.ping().await;
    assert_eq!(code(&line.ask(evidence(&asked["id"], "again")).await), "not_asked");
    assert_eq!(hub.events("EvidenceRecorded").len(), 1);
    hub.assert_sound();
}

#[tokio::test]
async fn a_real_agent_says_what_uses_most() {
    let mut hub = TestHub::owned().await;
    hub.rule("Up", "uptime_s", "0").await;
    let machine = hub.machine("real").await;
    let _agent = agent(&mut hub, &machine, &[]).await;
    let page = until_page_says(&mut hub, &format!("/machines/{machine}"), "What ran on it").await;
    assert!(page.contains("By memory"), "{page}");
}

#[tokio::test]
async fn a_collector_that_fails_is_told_on_the_machines_page() {
    let mut hub = TestHub::owned().await;
    let agent = Agent::join(&mut hub, "node").await;
    let mut line = agent.open(&hub, 1).await;
    for (seq, failed) in [(1, 0.0), (2, 1.0), (3, 1.0), (4, 0.0)] {
        let now = now_us();
        let sample = json!({"metric": "collector_failed", "labels": {"collector": "gpu"}, "value": failed});
        let frame = json!({"type": "samples", "seq": seq, "sent_us": now, "samples": [sample]});
        assert_eq!(line.ask(frame).await["type"], "ack");
    }
    let path = format!("/machines/{}", agent.machine);
    until_page_says(&mut hub, &path, "its agent cannot read: gpu").await;
    until_page_says(&mut hub, &path, "its agent can read again: gpu").await;
    assert_eq!((hub.events("CollectorFailed").len(), hub.events("CollectorRecovered").len()), (1, 1));
}
