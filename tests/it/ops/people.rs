//! The way back from a forgotten password, and requests that take for ever.

use crate::harness::wait::{PATIENCE, within};
use crate::hub::TestHub;
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

const NEW: &str = "quite another passphrase";

#[tokio::test]
async fn whoever_is_on_the_hubs_machine_gives_a_way_back_from_a_forgotten_password() {
    let mut hub = TestHub::owned().await;
    let unknown = hub.run(&["person", "reset-link", "nobody"]);
    let words = String::from_utf8_lossy(&unknown.stderr).into_owned();
    assert!(unknown.status.code() == Some(1) && words.contains("owner"), "{words}");
    let made = hub.run(&["person", "reset-link", "Owner", "--json"]);
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let link: Value = serde_json::from_slice(&made.stdout).unwrap();
    let link = link["link"].as_str().unwrap();
    let path = link.strip_prefix(&format!("https://{}", hub.console)).unwrap().to_owned();
    assert!(!hub.log().iter().any(|e| e.to_string().contains(path.trim_start_matches("/reset/"))));
    assert_eq!(hub.events("PasswordResetIssued").len(), 1);

    let mut stranger = hub.web.stranger();
    assert_eq!(stranger.get("/reset/another-secret").await.status, 404);
    assert_eq!(
        stranger.post("/reset/another-secret", &[("password", NEW), ("again", NEW)]).await.status,
        404
    );
    let form = stranger.get(&path).await;
    assert!(form.status == 200 && form.body.contains("owner"), "{}", form.body);
    assert_eq!(stranger.post(&path, &[("password", "short"), ("again", "short")]).await.status, 422);
    assert_eq!(hub.web.get("/machines").await.status, 200, "nothing has changed so far");
    let set = stranger.post(&path, &[("password", NEW), ("again", NEW)]).await;
    assert_eq!((set.status, set.location()), (303, "/login"), "{}", set.body);
    assert_eq!(hub.web.get("/machines").await.status, 303, "every session has ended");
    assert_eq!(stranger.get(&path).await.status, 404, "it works once");
    assert_eq!(stranger.post(&path, &[("password", NEW), ("again", NEW)]).await.status, 404);
    let signed = stranger.post("/login", &[("login", "owner"), ("password", NEW)]).await;
    assert_eq!(signed.status, 303, "{}", signed.body);
    assert_eq!(stranger.get("/machines").await.status, 200);
    hub.kill();
    let gone = hub.run(&["person", "reset-link", "owner"]);
    assert_eq!(gone.status.code(), Some(3), "{}", String::from_utf8_lossy(&gone.stderr));
    hub.restart().await;
}

#[tokio::test]
async fn a_body_that_does_not_come_is_not_waited_for() {
    let hub = TestHub::owned().await;
    for path in ["/login", "/logout"] {
        let mut line = hub.web.connect().await;
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: {0}\r\nOrigin: https://{0}\r\nContent-Length: 100\r\n\
             Content-Type: application/x-www-form-urlencoded\r\n\r\nlogin=",
            hub.console
        );
        line.write_all(head.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        // The line ends by itself; a farewell of TLS may lack.
        let _ = within("the end of the line", PATIENCE, line.read_to_end(&mut answer)).await;
        let answer = String::from_utf8_lossy(&answer);
        let expected = if path == "/login" { "HTTP/1.1 408" } else { "HTTP/1.1 303" };
        assert!(answer.starts_with(expected), "{path}: {answer}");
    }
}
