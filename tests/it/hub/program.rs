//! What the program promises to whoever starts and stops it.

use super::{TestHub, program};
use crate::socket::client::{Agent, code, frame, hear, stranger};
use serde_json::{Value, json};
use std::path::Path;

#[tokio::test]
async fn a_second_hub_on_the_same_folder_is_refused_and_says_why() {
    let hub = TestHub::start().await;
    let second = program(&["serve", "--json", "--data"])
        .arg(hub.data_dir())
        .env("WATCHROOM__CONSOLE__LISTEN", "127.0.0.1:0")
        .env("WATCHROOM__SOCKET__LISTEN", "127.0.0.1:0")
        .output()
        .unwrap();
    let said = String::from_utf8(second.stderr).unwrap();
    assert_eq!(second.status.code(), Some(3), "{said}");
    assert!(said.contains("in use by another hub"), "{said}");
}

#[tokio::test]
async fn asked_to_end_under_load_it_says_goodbye_to_everybody_and_loses_nothing() {
    let mut hub = TestHub::owned().await;
    let agent = Agent::join(&mut hub, "node-01").await;
    let mut visitor = stranger(hub.socket, &hub.ca_pem()).await;
    let mut line = agent.open(&hub, 1).await;
    let burst: String = (1..=64).map(|seq| format!("{}\n", frame(seq, "cpu_percent", seq as f64))).collect();
    line.socket.send_raw(burst.as_bytes()).await.unwrap();
    assert_eq!(hear(&mut line.socket).await["type"], "ack", "it is under way");
    let (code_of_exit, acknowledged) = tokio::join!(hub.stop(), async {
        let mut acknowledged = 0;
        loop {
            let answer = hear(&mut line.socket).await;
            match answer["seq"].as_u64() {
                Some(seq) => acknowledged = seq,
                None => break assert_eq!(code(&answer), "hub_stopping"),
            }
        }
        assert_eq!(line.socket.read().await.unwrap(), None);
        assert_eq!(code(&hear(&mut visitor).await), "hub_stopping");
        drop((line, visitor));
        acknowledged
    });
    assert_eq!(code_of_exit.code(), Some(0));
    hub.assert_sound();
    let recorded = hub.events("Telemetry").len() as u64;
    assert!((acknowledged..=64).contains(&recorded), "{recorded} recorded, {acknowledged} promised");
    let goodbye = hub.events("AgentDisconnected");
    assert_eq!((goodbye.len(), &goodbye[0]["reason"]), (1, &json!("hub_stopping")));
    assert_eq!(goodbye[0]["refused"], 0);
}

/// `config check` on a file with this text: the exit code, and what it says as JSON.
fn check(folder: &Path, text: &str) -> (Option<i32>, Value) {
    let file = folder.join("watchroom.toml");
    std::fs::write(&file, text).unwrap();
    let output = program(&["config", "check", "--json", "--config"]).arg(&file).output().unwrap();
    (output.status.code(), serde_json::from_slice(&output.stdout).unwrap_or_default())
}

#[test]
fn settings_are_checked_before_anything_is_started() {
    let folder = tempfile::tempdir().unwrap();
    let (code, said) = check(folder.path(), "[console]\nlisten = \"127.0.0.1:9443\"\n");
    assert_eq!((code, &said["ok"], &said["console"]), (Some(0), &json!(true), &json!("127.0.0.1:9443")));
    let (code, said) = check(folder.path(), "[console]\n\nlissten = \"127.0.0.1:9443\"\n");
    let problem = said["problems"][0].as_str().unwrap();
    assert_eq!((code, &said["ok"]), (Some(1), &json!(false)));
    assert!(problem.contains("watchroom.toml:3") && problem.contains("console.listen"), "{problem}");
    assert_eq!(check(folder.path(), "[log]\nmaster_key = \"hunter2\"\n").0, Some(1));
    assert_eq!(check(folder.path(), "no settings at all").0, Some(1));
    let started = program(&["serve", "--config"]).arg(folder.path().join("watchroom.toml")).output().unwrap();
    assert_eq!(started.status.code(), Some(2), "wrong settings start nothing");
    let missing = program(&["config", "check", "--config"]).arg(folder.path().join("none")).output().unwrap();
    assert_eq!(missing.status.code(), Some(1));
    assert_eq!(program(&["config", "chekc"]).output().unwrap().status.code(), Some(2));
}

#[test]
fn settings_that_name_a_database_server_that_is_away_say_so() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("watchroom.toml");
    // A port that was free a moment ago: nobody listens there.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    for scheme in ["postgres", "mysql"] {
        let (code, said) = check(
            folder.path(),
            &format!("[database]\nurl = \"{scheme}://watchroom@127.0.0.1:{port}/watchroom\"\n"),
        );
        let problem = said["problems"][0].as_str().unwrap_or_default();
        assert_eq!((code, &said["ok"]), (Some(1), &json!(false)), "{scheme}: {said}");
        assert!(
            problem.contains("database.url") && problem.contains(&port.to_string()),
            "{scheme}: {problem}"
        );
        let offline = program(&["config", "check", "--offline", "--config"]).arg(&file).output().unwrap();
        assert_eq!(offline.status.code(), Some(0), "{scheme}: {offline:?}");
    }
}

/// Python changes the file behind the hub's back, past every trigger, as somebody with a reason would.
const TAMPER: &str = r#"
import sqlite3, sys
log = sqlite3.connect(sys.argv[1])
for (name,) in log.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
    log.execute(f"DROP TRIGGER {name}")
changed = log.execute(sys.argv[2]).rowcount
log.commit()
sys.exit(0 if changed == 1 else 9)
"#;

#[tokio::test]
async fn a_log_that_was_tampered_with_is_found_out_at_the_first_wrong_position() {
    let mut hub = TestHub::owned().await;
    let agent = Agent::join(&mut hub, "node-01").await;
    let mut line = agent.open(&hub, 1).await;
    for seq in 1..=3 {
        line.record(seq, "cpu_percent", seq as f64).await;
    }
    drop(line);
    assert_eq!(hub.stop().await.code(), Some(0));
    let head = hub.assert_sound();
    let second = hub.log().into_iter().filter(|event| event["event"] == "Telemetry").nth(1).unwrap();
    let pos = second["pos"].as_u64().unwrap();
    let statement =
        format!("UPDATE events SET body = substr(body, 1, length(body) - 1) || x'00' WHERE pos = {pos}");
    let python = std::process::Command::new("python3")
        .args(["-c", TAMPER])
        .args([hub.data_dir().join("watchroom.db").to_str().unwrap(), &statement])
        .output()
        .unwrap();
    assert!(python.status.success(), "{}", String::from_utf8_lossy(&python.stderr));
    let (code, verdict) = hub.verify();
    assert_eq!(
        (code, &verdict["sound"], &verdict["position"]),
        (Some(1), &json!(false), &json!(pos)),
        "{verdict}"
    );
    assert!(pos < head);
    let said = String::from_utf8(hub.run(&["log", "verify"]).stderr).unwrap();
    assert!(said.contains(&format!("position {pos}")), "{said}");
}
