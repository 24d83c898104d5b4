//! Strangers, however many, do not keep the agents out.

use super::client::{Agent, code, hear, say, stranger};
use crate::harness::socket::Socket;
use crate::harness::wait::until;
use crate::hub::TestHub;
use serde_json::json;
use std::time::{Duration, Instant};

/// Strangers that one address may have.
const OF_ONE: usize = 32;

#[tokio::test]
async fn strangers_get_few_places_and_little_time_and_agents_find_theirs() {
    let mut hub = TestHub::owned().await;
    hub.expect("no place for a connection");
    let agent = Agent::join(&mut hub, "node-01").await;
    let began = Instant::now();
    let mut patient = stranger(&hub).await;
    let mut crowd = Vec::new();
    for _ in 1..OF_ONE {
        crowd.push(stranger(&hub).await);
    }
    let one_more = Socket::connect(hub.socket, "hub.watchroom.internal", &hub.ca_pem(), None).await;
    let refused = match one_more {
        Err(_) => true,
        Ok(mut socket) => !matches!(socket.read().await, Ok(Some(_))),
    };
    assert!(refused, "one address has no more places");
    agent.open(&hub, 1).await.record(1, "cpu_percent", 1.0).await;
    let last = until("the end of its time", Duration::from_secs(45), async || {
        say(&mut patient, json!({"type": "ping"})).await;
        let answer = hear(&mut patient).await;
        (answer["type"] != "pong").then_some(answer)
    })
    .await;
    assert_eq!((code(&last).as_str(), &last["error"]["fatal"]), ("too_slow", &json!(true)));
    assert!(began.elapsed() > Duration::from_secs(25), "there is time to join by hand");
    drop(crowd);
    Agent::join(&mut hub, "node-02").await;
}
