//! Join tokens: once, in time, and only whole.

use super::client::{Agent, code, stranger, try_to_join};
use crate::hub::TestHub;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use watchroom::actors::handle::Submit as _;
use watchroom::clock::{Clock, SystemClock};
use watchroom::enrol::issue_token;
use watchroom::hub::{Hub, bind};
use watchroom::settings::load;
use watchroom_domain::*;
use watchroom_wire::tls::sha256;

/// Why a token does not serve.
async fn refusal(hub: &TestHub, token: &str) -> String {
    code(&try_to_join(hub.socket, &hub.ca_pem(), token).await.0)
}

#[tokio::test]
async fn a_token_serves_once() {
    let mut hub = TestHub::owned().await;
    let machine = hub.machine("node-01").await;
    let token = hub.token(&machine).await;
    let agent = Agent::join_with(&hub, &token).await;
    assert_eq!(refusal(&hub, &token).await, "token_unknown");
    let mut line = agent.open(&hub, 1).await;
    line.record(1, "cpu_percent", 1.0).await;
}

#[tokio::test]
async fn a_newer_token_and_a_revocation_end_a_token_and_a_restart_does_not() {
    let mut hub = TestHub::owned().await;
    let machine = hub.machine("node-01").await;
    let first = hub.token(&machine).await;
    let second = hub.token(&machine).await;
    assert_eq!(refusal(&hub, &first).await, "token_unknown");
    hub.revoke(&machine).await;
    assert_eq!(refusal(&hub, &second).await, "token_unknown");
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
    let mut socket = stranger(hub.socket, &hub.ca_pem()).await;
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

/// A clock that a test can move on.
#[derive(Default)]
struct MovedClock(AtomicI64);

impl Clock for MovedClock {
    fn now_us(&self) -> Micros {
        SystemClock.now_us() + self.0.load(Ordering::Relaxed)
    }
}

/// Inside this process, for the clock of another cannot be moved.
#[test]
fn a_token_that_is_too_old_says_so() {
    actix_rt::System::new().block_on(async {
        let folder = tempfile::tempdir().unwrap();
        let variable = |key: &str, value: &str| (format!("WATCHROOM__{key}"), value.to_owned());
        let variables = [
            variable("HUB__DATA_DIR", folder.path().to_str().unwrap()),
            variable("CONSOLE__LISTEN", "127.0.0.1:0"),
            variable("SOCKET__LISTEN", "127.0.0.1:0"),
        ];
        let settings = load(None, &variables).unwrap();
        let clock = Arc::new(MovedClock::default());
        let hub = Hub::start(&settings, bind(&settings).unwrap(), clock.clone()).await.unwrap();
        let machine = MachineId::derived(&["node-01"]);
        let details = MachineDetails { name: "node-01".to_owned(), ..MachineDetails::default() };
        let (name, phone, mail) = Default::default();
        let keeper = Keeper { subject: SubjectId::derived(&["nobody"]), name, phone, mail };
        let register = Command::RegisterMachine { machine, details, keeper };
        hub.core.registry.submit(Envelope::new(By::Hub, register)).await.unwrap();
        let token = issue_token(&hub.enrolment, By::Hub, machine, 1, None).await.unwrap().text;
        let ca_pem = std::fs::read_to_string(folder.path().join("ca.pem")).unwrap();
        clock.0.store(25 * HOUR_US, Ordering::Relaxed);
        assert_eq!(code(&try_to_join(hub.socket, &ca_pem, &token).await.0), "token_expired");
        clock.0.store(23 * HOUR_US, Ordering::Relaxed);
        assert_eq!(try_to_join(hub.socket, &ca_pem, &token).await.0["type"], "joined");
        hub.stop().await;
    });
}
