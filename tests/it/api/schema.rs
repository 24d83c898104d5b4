//! The document and the hub, tried by a program that knows nothing but the document: schemathesis sends what
//! the document allows, and what it forbids, and looks at every answer.

use super::client::{JSON, of_json};
use crate::harness::child::Child;
use crate::harness::smtp::python;
use crate::hub::{More, TestHub};
use serde_json::{Value, json};
use std::process::Command;
use std::time::Duration;

/// Cases of each operation, besides the examples and the edges that are tried always.
const CASES: &str = "8";
/// The same cases each time.
const SEED: &str = "20260504";
/// How long it may take on a machine that does much else.
const BOUND: Duration = Duration::from_secs(240);

/// What is right beside what the program takes for right: a schema cannot say everything (422, see `SAID`), a tag that
/// somebody made up is of no state (412), and whoever guesses at passwords waits (429).
const SETTINGS: &str = "
[checks]
positive_data_acceptance.expected-statuses = [200, 201, 202, 204, 401, 403, 404, 409, 412, 422, 429]
negative_data_rejection.expected-statuses = [400, 401, 403, 404, 405, 409, 412, 415, 422, 429]
";

/// Why nothing is refused that the schema allows: how long, how many, how much and which words a schema can say.
/// That something lies ahead, is there, fits to another value or is an address it cannot.
const SAID: [&str; 10] = [
    "bad_days",
    "bad_interval",
    "bad_metric",
    "bad_status",
    "bad_uses",
    "no_days",
    "password_short",
    "required",
    "too_long",
    "too_many_tags",
];

/// A check of our own beside those of the program.
fn own_check() -> String {
    format!(
        r#"
import schemathesis

SAID = {SAID:?}


@schemathesis.check
def refused_for_what_a_schema_can_say(ctx, response, case):
    if response.status_code == 422 and case.meta and case.meta.generation.mode.is_positive:
        code = response.json()["code"]
        assert code not in SAID, f"the document allows what is refused with {{code}}"
"#
    )
}

/// Makes a thing as the console's own pages would.
async fn make(hub: &mut TestHub, path: &str, body: Value) -> Value {
    let own = hub.web.origin();
    let answer = hub.web.send("POST", path, &[("Origin", &own), JSON], &body.to_string()).await;
    assert_eq!(answer.status, 201, "{path}: {}", answer.body);
    of_json(&answer)
}

/// A hub with something of everything, and a token that may everything.
async fn filled() -> (TestHub, String) {
    // Thousands of requests are sent, and none is to be put off.
    let console = "requests_per_account = 10000\nrequests_per_address = 10000".to_owned();
    let mut hub = TestHub::start_with(&More { console, ..More::default() }).await;
    hub.set_up().await;
    // What is sent is wrong in every way, down to its heads.
    hub.expect("request parse error");
    let expires = jiff::Timestamp::from_second(now_s() + 86_400).unwrap().to_string();
    let scopes = json!(["read", "act", "manage", "administer"]);
    let token = json!({"name": "tests", "scopes": scopes, "expires_at": expires});
    let token = make(&mut hub, "/api/v1/tokens", token).await["secret"].as_str().unwrap().to_owned();
    let machine = make(&mut hub, "/api/v1/machines", json!({"name": "node-01", "tags": ["gpu"]})).await;
    let scope = json!({"of": "machine", "machine": machine["id"]});
    let check = json!({"machine": machine["id"], "name": "port", "run_by": {"by": "hub"}, "enabled": false,
        "target": {"kind": "tcp", "address": "192.0.2.1:1"}});
    make(&mut hub, "/api/v1/checks", check).await;
    let rule = json!({"name": "Hot", "scope": scope, "severity": "critical", "condition":
        {"when": "threshold", "metric": "temperature_c", "compare": "above", "fire": 90, "clear": 85, "for_s": 5}});
    make(&mut hub, "/api/v1/rules", rule).await;
    let silence = json!({"scope": scope, "until": expires, "reason": "moving"});
    make(&mut hub, "/api/v1/silences", silence).await;
    make(&mut hub, "/api/v1/groups", json!({"name": "Lab"})).await;
    make(&mut hub, "/api/v1/walls", json!({"name": "Room 204"})).await;
    let access = json!({"registration": "invitation", "role": "member"}).to_string();
    let (own, length) = (hub.web.origin(), access.len().to_string());
    let headers = [("Origin", own.as_str()), JSON, ("Content-Length", length.as_str())];
    assert_eq!(hub.web.send("PUT", "/api/v1/settings/access", &headers, &access).await.status, 200);
    make(&mut hub, "/api/v1/invitations", json!({"role": "viewer"})).await;
    (hub, token)
}

/// The time, for an end that lies ahead of it.
fn now_s() -> i64 {
    use watchroom::clock::Clock as _;
    watchroom::clock::SystemClock.now_us() / 1_000_000
}

/// What a program that knows nothing but the document finds, asking with these headers.
async fn tried(hub: &TestHub, headers: &[String], more: &[&str]) {
    let settings = hub.beside("schemathesis.toml");
    std::fs::write(&settings, SETTINGS).unwrap();
    let own = settings.with_file_name("own_check.py");
    std::fs::write(&own, own_check()).unwrap();
    let mut command = Command::new(python().with_file_name("schemathesis"));
    command.arg("--config-file").arg(&settings).current_dir(settings.parent().unwrap());
    command.env("SCHEMATHESIS_HOOKS", &own);
    command.arg("run").arg(format!("{}/api/v1/openapi.json", hub.web.origin()));
    command.args(["--url", &hub.web.origin(), "--tls-verify"]).arg(hub.data_dir().join("ca.pem"));
    command.args(headers.iter().flat_map(|header| ["--header", header]));
    command.args(["--checks", "all", "--phases", "examples,coverage,fuzzing"]);
    command.args(["--max-examples", CASES, "--seed", SEED, "--no-color", "--continue-on-failure"]);
    command.args(more);
    let mut child = Child::spawn("schemathesis", &mut command);
    let mut said = Vec::new();
    child
        .line("how it ended", BOUND, |line| {
            said.push(line.to_owned());
            (line.starts_with("===") && line.contains(" in ")).then_some(())
        })
        .await;
    let ended = child.exit(BOUND).await;
    assert!(ended.success(), "{}", said.join("\n"));
    assert!(said.iter().any(|line| line.contains("generated")), "{}", said.join("\n"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_is_sent_is_answered_as_the_document_says() {
    let (mut hub, token) = filled().await;
    tried(&hub, &[format!("Authorization: Bearer {token}")], &[]).await;
    hub.stop().await;
}

/// The same for what no token may do.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_is_sent_by_a_session_is_answered_as_the_document_says() {
    let (mut hub, _) = filled().await;
    let headers = [format!("Cookie: {}", hub.web.cookie_line()), format!("Origin: {}", hub.web.origin())];
    let own = "^/api/v1/(account|two-step|sessions|tokens|chats|people/[^/]*(/two-step)?$)";
    // The session that is asked with stays, and its cookie is sent though a case leaves it out.
    let mut more = vec!["--include-path-regex", own, "--exclude-operation-id", "close_session"];
    more.extend(["--exclude-checks", "negative_data_rejection"]);
    tried(&hub, &headers, &more).await;
    hub.stop().await;
}
