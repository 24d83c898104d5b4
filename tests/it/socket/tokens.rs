//! Join tokens: once, in time, and only whole.

use super::client::{Agent, code, stranger, try_to_join};
use crate::hub::TestHub;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;
use watchroom_wire::tls::sha256;

#[tokio::test]
async fn a_token_serves_once() {
    let mut hub = TestHub::owned().await;
    let machine = hub.machine("node-01").await;
    let token = hub.token(&machine).await;
    let agent = Agent::join_with(&hub, &token).await;
    assert_eq!(code(&try_to_join(&hub, &token).await.0), "token_unknown");
    let mut line = agent.open(&hub, 1).await;
    line.record(1, "cpu_percent", 1.0).await;
}

#[tokio::test]
async fn a_newer_token_and_a_revocation_end_a_token_and_a_restart_does_not() {
    let mut hub = TestHub::owned().await;
    let machine = hub.machine("node-01").await;
    let first = hub.token(&machine).await;
    let second = hub.token(&machine).await;
    assert_eq!(code(&try_to_join(&hub, &first).await.0), "token_unknown");
    hub.revoke(&machine).await;
    assert_eq!(code(&try_to_join(&hub, &second).await.0), "token_unknown");
    let third = hub.token(&machine).await;
    hub.kill();
    hub.restart().await;
    Agent::join_with(&hub, &third).await;
}

/// The same token with other bytes at some place, and a sum that is right.
fn with(token: &str, at: usize, change: impl Fn(u8) -> u8) -> String {
    let mut bytes = URL_SAFE_NO_PAD.decode(token.strip_prefix("wr1-").unwrap()).unwrap();
    bytes[at] = change(bytes[at]);
    let end = bytes.len() - 4;
    let sum = sha256(&bytes[..end]);
    bytes[end..].copy_from_slice(&sum[..4]);
    format!("wr1-{}", URL_SAFE_NO_PAD.encode(bytes))
}

#[tokio::test]
async fn what_is_no_token_or_another_secret_is_refused_and_the_line_lives_on() {
    let mut hub = TestHub::owned().await;
    let machine = hub.machine("node-01").await;
    let token = hub.token(&machine).await;
    let mut socket = stranger(&hub).await;
    let (csr, _) = super::client::request();
    let cut = &token[..token.len() - 3];
    let (name, secret) = (with(&token, 3, |byte| byte ^ 1), with(&token, 20, |byte| byte ^ 1));
    for wrong in ["", "wr1-", "wr1-AAAA", "hunter2", cut, &name, &secret] {
        super::client::say(&mut socket, json!({"type": "join", "token": wrong, "csr": csr})).await;
        assert_eq!(code(&super::client::hear(&mut socket).await), "token_unknown", "{wrong}");
    }
    for wrong in ["", "-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n"] {
        super::client::say(&mut socket, json!({"type": "join", "token": token, "csr": wrong})).await;
        assert_eq!(code(&super::client::hear(&mut socket).await), "bad_field", "{wrong}");
    }
    super::client::say(&mut socket, json!({"type": "join", "token": token, "csr": csr})).await;
    assert_eq!(super::client::hear(&mut socket).await["type"], "joined", "the token itself still serves");
}
