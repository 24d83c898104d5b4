//! Checks that agents run: about other machines, and no others than those that are assigned to them.

use super::{Form, agent, until_page_says};
use crate::hub::TestHub;
use crate::socket::client::{Agent, Line, hear, now_us, say};
use serde_json::{Value, json};
use tokio::net::TcpListener;

fn hello(features: &[&str]) -> Value {
    json!({"type": "hello", "min": 1, "max": 1, "epoch": 1, "sent_us": now_us(), "features": features})
}

/// A connection that offers these features.
async fn open(hub: &TestHub, agent: &Agent, features: &[&str]) -> Line {
    let mut socket = agent.connect(hub.socket).await.unwrap();
    say(&mut socket, hello(features)).await;
    let welcome = hear(&mut socket).await;
    assert_eq!(welcome["type"], "welcome", "{welcome}");
    Line { socket, welcome }
}

fn result(seq: u64, check: &str, up: f64) -> Value {
    let now = now_us();
    json!({"type": "samples", "seq": seq, "sent_us": now, "check": check,
        "samples": [{"metric": "check_up", "value": up}, {"metric": "check_duration_ms", "value": 1.5}]})
}

fn code(answer: &Value) -> &str {
    answer["error"]["code"].as_str().unwrap_or_default()
}

#[tokio::test]
async fn an_agent_reports_what_was_assigned_to_it_and_nothing_else() {
    let mut hub = TestHub::owned().await;
    let printer = hub.machine("printer").await;
    let (inside, other) = (Agent::join(&mut hub, "inside").await, Agent::join(&mut hub, "other").await);
    let mut line = open(&hub, &inside, &["checks", "later"]).await;
    assert_eq!(line.welcome["features"], json!(["evidence", "checks"]));
    assert_eq!(hear(&mut line.socket).await, json!({"type": "checks", "checks": []}));
    let mut old = other.open(&hub, 1).await;
    let by = inside.machine.clone();
    let form = Form { machine: &printer, name: "Queue", kind: "tcp", address: "printer:631", run_by: &by };
    let id = form.add(&mut hub).await;
    let assigned = hear(&mut line.socket).await;
    let target = json!({"kind": "tcp", "address": "printer:631"});
    let expected = json!({"id": id, "target": target, "interval_us": 10_000_000, "timeout_us": 5_000_000});
    assert_eq!(assigned, json!({"type": "checks", "checks": [expected]}));
    assert_eq!(line.ask(result(1, &id, 0.0)).await, json!({"type": "ack", "seq": 1}));
    let page = until_page_says(&mut hub, "/checks", "agent of inside").await;
    assert!(page.contains("fails"), "{page}");
    // The other agent never offered to run any, and may not say what this one finds.
    assert_eq!(code(&old.ask(result(1, &id, 1.0)).await), "not_assigned");
    assert_eq!(code(&line.ask(result(2, &printer, 1.0)).await), "not_assigned");
    assert_eq!(code(&line.ask(result(2, "no identifier", 1.0)).await), "bad_field");
    old.ping().await;
    // Its own samples are taken as ever, with the number that was left.
    line.record(2, "cpu_percent", 5.0).await;
    let removed = hub.web.post(&format!("/checks/{id}/remove"), &[]).await;
    assert_eq!(removed.status, 303);
    assert_eq!(hear(&mut line.socket).await, json!({"type": "checks", "checks": []}));
    assert_eq!(code(&line.ask(result(3, &id, 1.0)).await), "not_assigned");
}

#[tokio::test]
async fn one_agent_looks_at_another_machine_and_one_may_refuse() {
    let mut hub = TestHub::owned().await;
    let server = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = server.local_addr().unwrap().to_string();
    let (target, willing, unwilling) =
        (hub.machine("target").await, hub.machine("willing").await, hub.machine("unwilling").await);
    let _willing = agent(&mut hub, &willing, &[]).await;
    let _unwilling = agent(&mut hub, &unwilling, &["--checks", "off", "--no-processes"]).await;
    for (name, run_by) in [("Seen by one", &willing), ("Seen by nobody", &unwilling)] {
        Form { machine: &target, name, kind: "tcp", address: &address, run_by }.add(&mut hub).await;
    }
    until_page_says(&mut hub, "/checks", "as expected").await;
    until_page_says(&mut hub, "/checks", "the agent of unwilling runs no checks").await;
    drop(server);
    until_page_says(&mut hub, "/alerts", "target").await;
    let fired = hub.events("AlertFired");
    assert!(fired.iter().all(|e| e["machine"] == target.as_str()), "{fired:?}");
    let connected = hub.events("AgentConnected");
    let of = |machine: &str| connected.iter().find(|e| e["machine"] == machine).unwrap()["features"].clone();
    assert_eq!((of(&willing), of(&unwilling)), (json!(["evidence", "checks"]), Value::Null));
}
