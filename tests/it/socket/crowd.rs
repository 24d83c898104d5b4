//! Strangers, however many, do not keep the agents out.

use super::client::{Agent, stranger};
use crate::harness::socket::Socket;
use crate::hub::TestHub;

/// Strangers that one address may have.
const OF_ONE: usize = 32;

#[tokio::test]
async fn strangers_get_few_places_and_agents_find_theirs() {
    let mut hub = TestHub::owned().await;
    hub.expect("no place for a connection");
    let agent = Agent::join(&mut hub, "node-01").await;
    let (address, ca_pem) = (hub.socket, hub.ca_pem());
    let mut crowd = Vec::new();
    for _ in 0..OF_ONE {
        crowd.push(stranger(hub.socket, &hub.ca_pem()).await);
    }
    let one_more = Socket::connect(address, "hub.watchroom.internal", &ca_pem, None).await;
    let refused = match one_more {
        Err(_) => true,
        Ok(mut socket) => !matches!(socket.read().await, Ok(Some(_))),
    };
    assert!(refused, "one address has no more places");
    agent.open(&hub, 1).await.record(1, "cpu_percent", 1.0).await;
    drop(crowd);
    Agent::join(&mut hub, "node-02").await;
}
