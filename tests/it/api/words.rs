//! What stands in the words about the API works: its examples are run as they stand, by a shell.

use super::client::{JSON, of_json};
use crate::hub::TestHub;
use serde_json::json;
use std::process::Command;
use watchroom::clock::{Clock as _, SystemClock};

/// The commands of all examples, one after another; without what they answer.
fn commands(text: &str) -> String {
    let mut commands = String::new();
    let (mut inside, mut goes_on) = (false, false);
    for line in text.lines() {
        match line {
            "```console" => inside = true,
            "```" => inside = false,
            line if inside && (goes_on || line.starts_with("$ ")) => {
                commands += line.trim_start_matches("$ ");
                commands.push('\n');
                goes_on = line.ends_with('\\');
            }
            _ => {}
        }
    }
    commands
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_examples_of_the_words_about_the_api_work() {
    let mut hub = TestHub::owned().await;
    let origin = hub.web.origin();
    let expires = jiff::Timestamp::from_microsecond(SystemClock.now_us() + 3_600_000_000).unwrap();
    let scopes = ["read", "act", "manage", "administer"];
    let token = json!({"name": "examples", "scopes": scopes, "expires_at": expires.to_string()});
    let made = hub.web.send("POST", "/api/v1/tokens", &[("Origin", &origin), JSON], &token.to_string()).await;
    let token = of_json(&made)["secret"].as_str().unwrap().to_owned();
    let examples = commands(include_str!("../../../docs/api.md"));
    let (first, rest) = examples.split_once('\n').unwrap();
    assert!(first.starts_with("export HUB="), "{first}");
    // Whoever owns the hub of the test is called otherwise.
    let rest = rest.replace("\"ada\"", "\"owner\"");
    let mut shell = Command::new("bash");
    shell.args(["-euo", "pipefail", "-c", &rest]).current_dir(hub.data_dir());
    shell.env("HUB", &origin).env("TOKEN", token);
    let done = tokio::task::spawn_blocking(move || shell.output().unwrap()).await.unwrap();
    let said = [done.stdout, done.stderr].map(|said| String::from_utf8_lossy(&said).into_owned());
    assert!(done.status.success(), "{rest}\n{}\n{}", said[0], said[1]);
    assert!(said[0].contains("\"Room 205\""), "{}", said[0]);
    hub.stop().await;
}
