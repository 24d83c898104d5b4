//! What `testssl.sh` says of both listeners, with the hub's own authority given to it.

use crate::web::inside::{Inside, in_system};
use serde_json::Value;
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, Stdio};

/// Severities that are findings.
const FINDINGS: [&str; 4] = ["MEDIUM", "HIGH", "CRITICAL", "FATAL"];

/// Every finding of medium or higher, and how much was looked at.
fn examine(address: SocketAddr, ca: &Path, folder: &Path) -> (Vec<String>, usize) {
    let said = folder.join(format!("{}.json", address.port()));
    let output = Command::new("testssl")
        .args(["--quiet", "--color", "0", "--warnings", "off", "--ip", "127.0.0.1", "--nodns", "none"])
        .args(["--openssl-timeout", "20", "--connect-timeout", "20"])
        .arg("--add-ca")
        .arg(ca)
        .arg("--jsonfile")
        .arg(&said)
        .arg(format!("localhost:{}", address.port()))
        .stdin(Stdio::null())
        .output()
        .expect("testssl, of the Debian package testssl.sh");
    let text = std::fs::read_to_string(&said)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stdout)));
    let all: Vec<Value> = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
    let text = |one: &Value, name: &str| one[name].as_str().unwrap_or_default().to_owned();
    let found = all.iter().filter(|one| FINDINGS.contains(&&*text(one, "severity")));
    let found =
        found.map(|one| format!("{} {}: {}", text(one, "severity"), text(one, "id"), text(one, "finding")));
    (found.collect(), all.len())
}

#[test]
fn testssl_finds_nothing_on_either_listener() {
    in_system(async {
        let inside = Inside::start().await;
        let folder = tempfile::tempdir().unwrap();
        let ca = inside.ca_file();
        for address in [inside.hub.console, inside.hub.socket] {
            let (ca, folder) = (ca.clone(), folder.path().to_owned());
            let examined = tokio::task::spawn_blocking(move || examine(address, &ca, &folder)).await;
            let (found, looked) = examined.unwrap();
            assert!(found.is_empty(), "{address}: {found:#?}");
            assert!(looked > 50, "{address}: it looked at {looked} things only");
        }
        inside.hub.stop().await;
    });
}
