//! Who is who: certificates, revocation, and nobody in the name of somebody else.

use super::client::{Agent, Line, code, hear, hello, request, say, stranger};
use crate::harness::wait::{PATIENCE, until};
use crate::hub::TestHub;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use rustls::version::{TLS12, TLS13};
use serde_json::json;
use std::process::Command;

/// What becomes of a hello with the same certificate, and whether TLS was resumed.
async fn hello_again(agent: &Agent, hub: &TestHub) -> (String, bool) {
    let mut socket = agent.connect(hub.socket).await.unwrap();
    say(&mut socket, hello(1)).await;
    let answer = hear(&mut socket).await;
    (answer["error"]["code"].as_str().unwrap_or("welcome").to_owned(), socket.resumed())
}

#[tokio::test]
async fn a_revoked_key_ends_at_once_and_comes_back_neither_whole_nor_resumed() {
    let mut hub = TestHub::owned().await;
    let agent = Agent::join(&mut hub, "node-01").await;
    let other = Agent::join(&mut hub, "node-02").await;
    let mut healthy = other.open(&hub, 1).await;
    let mut line = agent.open(&hub, 1).await;
    line.record(1, "cpu_percent", 1.0).await;
    drop(line);
    assert_eq!(hello_again(&agent, &hub).await, ("welcome".to_owned(), true), "TLS does resume");
    let mut line = agent.open(&hub, 1).await;
    hub.revoke(&agent.machine).await;
    line.ends_with("revoked").await;
    assert_eq!(hello_again(&agent, &hub).await.0, "revoked");
    let mut whole = agent.connect_by(hub.socket, &[&TLS13]).await.unwrap();
    say(&mut whole, hello(1)).await;
    assert_eq!(code(&hear(&mut whole).await), "revoked");
    healthy.record(1, "cpu_percent", 1.0).await;
    hub.kill();
    hub.restart().await;
    assert_eq!(hello_again(&agent, &hub).await.0, "revoked", "nor after a restart");

    let token = hub.token(&agent.machine).await;
    let anew = Agent::join_with(&hub, &token).await;
    let line = anew.open(&hub, 1).await;
    assert_eq!(line.last_seq(), 1, "the machine's frames are still known");
    assert_eq!(hello_again(&agent, &hub).await.0, "revoked", "a new key does not bring the old one back");
}

#[tokio::test]
async fn an_agent_that_joins_anew_replaces_the_one_before() {
    let mut hub = TestHub::owned().await;
    let before = Agent::join(&mut hub, "node-01").await;
    let mut line = before.open(&hub, 1).await;
    let token = hub.token(&before.machine).await;
    let after = Agent::join_with(&hub, &token).await;
    line.ends_with("revoked").await;
    assert_eq!(hello_again(&before, &hub).await.0, "revoked");
    after.open(&hub, 1).await.record(1, "cpu_percent", 1.0).await;
}

#[tokio::test]
async fn a_removed_machine_ends_too() {
    let mut hub = TestHub::owned().await;
    let agent = Agent::join(&mut hub, "node-01").await;
    let mut line = agent.open(&hub, 1).await;
    line.record(1, "cpu_percent", 1.0).await;
    let answer = hub.web.post(&format!("/machines/{}/remove", agent.machine), &[]).await;
    assert_eq!(answer.status, 303);
    line.ends_with("revoked").await;
    assert_eq!(hello_again(&agent, &hub).await.0, "revoked");
}

#[tokio::test]
async fn a_certificate_is_renewed_and_the_old_one_ends_when_the_new_one_is_used() {
    let mut hub = TestHub::owned().await;
    let agent = Agent::join(&mut hub, "node-01").await;
    let mut line = agent.open(&hub, 1).await;
    let (csr, key) = request();
    let renewed = line.ask(json!({"type": "renew", "csr": csr})).await;
    assert_eq!(renewed["type"], "renewed", "{renewed}");
    drop(line);
    assert_eq!(hello_again(&agent, &hub).await.0, "welcome", "the answer may have been lost");
    let text = |name: &str| renewed[name].as_str().unwrap().to_owned();
    let fresh = Agent::new(agent.machine.clone(), text("certificate"), key.serialize_pem(), text("ca"));
    fresh.open(&hub, 1).await.record(1, "cpu_percent", 1.0).await;
    assert_eq!(hello_again(&agent, &hub).await.0, "revoked");
}

#[tokio::test]
async fn older_tls_is_refused() {
    let mut hub = TestHub::owned().await;
    let agent = Agent::join(&mut hub, "node-01").await;
    let refused = agent.connect_by(hub.socket, &[&TLS12]).await;
    assert!(refused.err().unwrap().to_string().contains("ProtocolVersion"));
    assert!(agent.connect_by(hub.socket, &[&TLS13]).await.is_ok());
}

/// A certificate for this machine by an authority that calls itself as the hub's does.
fn forged(machine: &str, ca_pem: &str) -> Agent {
    let mut authority = CertificateParams::new(Vec::new()).unwrap();
    authority.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    authority.distinguished_name = rcgen::DistinguishedName::new();
    authority.distinguished_name.push(DnType::CommonName, "Watchroom hub authority");
    let ca = CertifiedIssuer::self_signed(authority, KeyPair::generate().unwrap()).unwrap();
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, machine);
    let key = KeyPair::generate().unwrap();
    let cert = params.signed_by(&key, &ca).unwrap();
    Agent::new(machine.to_owned(), cert.pem(), key.serialize_pem(), ca_pem.to_owned())
}

#[tokio::test]
async fn a_certificate_of_another_authority_is_no_certificate() {
    let mut hub = TestHub::owned().await;
    let agent = Agent::join(&mut hub, "node-01").await;
    let forged = forged(&agent.machine, &agent.ca_pem);
    // TLS 1.3 tells the client with the first read, unless the write has failed before.
    let refused = match forged.connect(hub.socket).await {
        Err(_) => true,
        Ok(mut socket) => {
            let said = socket.send(&hello(1)).await;
            said.is_err() || socket.read().await.is_err()
        }
    };
    assert!(refused);
    assert_eq!(hub.events("AgentConnected").len(), 0);
}

#[tokio::test]
async fn one_machine_cannot_speak_for_another() {
    let mut hub = TestHub::owned().await;
    let one = Agent::join(&mut hub, "node-01").await;
    let two = Agent::join(&mut hub, "node-02").await;
    let mut line: Line = one.open(&hub, 1).await;
    let mut frame = super::client::frame(1, "cpu_percent", 1.0);
    frame["machine"] = json!(two.machine);
    frame["producer"] = json!(two.machine);
    assert_eq!(line.ask(frame).await["seq"], 1);
    let mut greeting = hello(1);
    greeting["machine"] = json!(two.machine);
    let mut socket = one.connect(hub.socket).await.unwrap();
    say(&mut socket, greeting).await;
    assert_eq!(hear(&mut socket).await["machine"], one.machine);
    let heard: Vec<_> = hub.events("Telemetry").into_iter().map(|body| body["machine"].clone()).collect();
    assert_eq!(heard, [json!(one.machine)]);
    assert_eq!(two.open(&hub, 1).await.last_seq(), 0);
}

#[tokio::test]
async fn a_stranger_may_join_and_ping_and_no_more() {
    let hub = TestHub::owned().await;
    let mut socket = stranger(hub.socket, &hub.ca_pem()).await;
    say(&mut socket, json!({"type": "ping"})).await;
    assert_eq!(hear(&mut socket).await["type"], "pong");
    say(&mut socket, super::client::frame(1, "cpu_percent", 1.0)).await;
    let refused = hear(&mut socket).await;
    assert_eq!((code(&refused).as_str(), &refused["error"]["seq"]), ("not_enrolled", &json!(1)));
    say(&mut socket, json!({"type": "renew", "csr": request().0})).await;
    assert_eq!(code(&hear(&mut socket).await), "not_now");
}

#[tokio::test]
async fn a_connection_that_is_lost_while_it_is_welcomed_is_not_held_to_be_there() {
    let mut hub = TestHub::owned().await;
    let agent = Agent::join(&mut hub, "node-01").await;
    for _ in 0..10 {
        let mut socket = agent.connect(hub.socket).await.unwrap();
        say(&mut socket, hello(1)).await;
        drop(socket);
    }
    until("the last word to be a goodbye", PATIENCE, async || {
        let mut words =
            hub.log().into_iter().filter(|event| event["stream"] == format!("machine/{}", agent.machine));
        words.next_back().filter(|event| event["event"] == "AgentDisconnected")
    })
    .await;
    assert!(!hub.events("AgentConnected").is_empty());
}

#[tokio::test]
async fn an_agent_that_connects_as_soon_as_it_has_joined_stays() {
    let mut hub = TestHub::owned().await;
    let machine = hub.machine("node-01").await;
    for round in 1..=10 {
        let token = hub.token(&machine).await;
        let agent = Agent::join_with(&hub, &token).await;
        let mut line = agent.open(&hub, round).await;
        line.record(1, "cpu_percent", 1.0).await;
        line.record(2, "cpu_percent", 1.0).await;
    }
}

/// What `openssl` says of a certificate when it asks the list that the hub's own names.
async fn judged_by_the_list(hub: &TestHub, certificate: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let list = hub.web.stranger().get("/ca.crl").await;
    assert_eq!((list.status, list.header("Content-Type")), (200, Some("application/pkix-crl")));
    std::fs::write(at("list.der"), &list.bytes).unwrap();
    std::fs::write(at("agent.pem"), certificate).unwrap();
    std::fs::write(at("ca.pem"), hub.ca_pem()).unwrap();
    let openssl = |arguments: &[&str]| {
        let made = Command::new("openssl").args(arguments).current_dir(&folder).output().unwrap();
        String::from_utf8_lossy(&[made.stdout, made.stderr].concat()).into_owned()
    };
    let signed =
        openssl(&["crl", "-inform", "DER", "-in", "list.der", "-CAfile", "ca.pem", "-out", "list.pem"]);
    assert!(signed.contains("verify OK"), "{signed}");
    openssl(&["verify", "-CAfile", "ca.pem", "-crl_check", "-CRLfile", "list.pem", "agent.pem"])
}

#[tokio::test]
async fn a_revoked_certificate_stands_on_the_list_that_the_hub_signs() {
    let mut hub = TestHub::owned().await;
    let agent = Agent::join(&mut hub, "node-01").await;
    let other = Agent::join(&mut hub, "node-02").await;
    let before = judged_by_the_list(&hub, &agent.cert_pem).await;
    assert!(before.contains("agent.pem: OK"), "{before}");
    hub.revoke(&agent.machine).await;
    for restarted in [false, true] {
        let after = judged_by_the_list(&hub, &agent.cert_pem).await;
        assert!(after.contains("certificate revoked"), "restarted: {restarted}: {after}");
        let other = judged_by_the_list(&hub, &other.cert_pem).await;
        assert!(other.contains("agent.pem: OK"), "restarted: {restarted}: {other}");
        hub.kill();
        hub.restart().await;
    }
}
