//! Certificates and settings that change while the hub runs: no connection ends.

use crate::harness::certs::Certs;
use crate::harness::http::Http;
use crate::harness::wait::{PATIENCE, until, within};
use crate::hub::{More, TestHub};
use serde_json::{Value, json};
use std::path::Path;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;

/// A hub whose console has a certificate of its user's.
struct Room {
    hub: TestHub,
    own: TempDir,
    more: More,
}

/// Puts the certificate of this authority where the hub's settings say.
fn put(certs: &Certs, folder: &Path) {
    for name in ["cert.pem", "key.pem"] {
        std::fs::copy(certs.ca_file().with_file_name(name), folder.join(name)).unwrap();
    }
}

impl Room {
    async fn new(certs: &Certs) -> Self {
        let own = tempfile::tempdir().unwrap();
        put(certs, own.path());
        let path = |name: &str| own.path().join(name);
        let console = format!("certificate = {:?}\nprivate_key = {:?}", path("cert.pem"), path("key.pem"));
        let more = More { console, ..More::default() };
        Self { hub: TestHub::start_with(&more).await, own, more }
    }

    fn reload(&self) -> (Option<i32>, Value, String) {
        let output = self.hub.run(&["reload", "--json"]);
        let said = serde_json::from_slice(&output.stdout).unwrap_or_default();
        (output.status.code(), said, String::from_utf8_lossy(&output.stderr).into_owned())
    }

    /// A visitor who trusts this authority only.
    fn visitor(&self, certs: &Certs) -> Http {
        Http::new(self.hub.console, &certs.ca_pem)
    }

    /// Waits until the hub shows a certificate of this authority; the old line is in use all the time.
    async fn wait_for(&self, certs: &Certs, line: &mut TlsStream<TcpStream>) {
        let host = self.hub.console.to_string();
        until("another certificate", PATIENCE, async || {
            ask(line, &host).await;
            self.shows(certs).await.then_some(())
        })
        .await;
        ask(line, &host).await;
    }

    /// Whether the hub shows a certificate of this authority now.
    async fn shows(&self, certs: &Certs) -> bool {
        self.visitor(certs).try_connect().await.is_ok()
    }
}

/// Asks on a line that is open, and keeps it open.
async fn ask(line: &mut TlsStream<TcpStream>, host: &str) {
    line.write_all(format!("GET /healthz HTTP/1.1\r\nHost: {host}\r\n\r\n").as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    let reading = async {
        while !answer.ends_with(b"ok\n") {
            answer.push(line.read_u8().await.unwrap());
        }
    };
    within("an answer on the old line", PATIENCE, reading).await;
    assert!(answer.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&answer));
}

#[tokio::test]
async fn a_changed_certificate_is_shown_at_once_and_no_connection_ends() {
    let [first, second, third] = [Certs::new(), Certs::new(), Certs::new()];
    let room = Room::new(&first).await;
    let host = room.hub.console.to_string();
    let mut line = room.visitor(&first).connect().await;
    ask(&mut line, &host).await;
    put(&second, room.own.path());
    let (code, said, error) = room.reload();
    assert_eq!((code, said), (Some(0), json!({"applied": [], "waiting": []})), "{error}");
    assert!(room.shows(&second).await && !room.shows(&first).await);
    ask(&mut line, &host).await;
    put(&third, room.own.path());
    room.hub.signal("HUP");
    room.wait_for(&third, &mut line).await;
    // As certbot and the like do it: nobody says anything.
    put(&first, room.own.path());
    room.wait_for(&first, &mut line).await;
}

#[tokio::test]
async fn what_is_wrong_keeps_the_old_in_use_and_what_has_to_wait_is_named() {
    let [first, second] = [Certs::new(), Certs::new()];
    let mut room = Room::new(&first).await;
    room.hub.expect("is not renewed");
    put(&second, room.own.path());
    std::fs::write(room.own.path().join("key.pem"), "no key at all").unwrap();
    let (code, _, error) = room.reload();
    assert!(code == Some(1) && error.contains("key.pem"), "{error}");
    assert!(room.shows(&first).await, "the old one stays in use");
    put(&first, room.own.path());

    room.more.console += "\nsession_hours = 5";
    room.more.hub = "currency = \"CHF\"".to_owned();
    room.hub.move_to(room.hub.data_dir(), &room.more);
    let (code, said, error) = room.reload();
    let expected = json!({"applied": ["console.session_hours"], "waiting": ["hub.currency"]});
    assert_eq!((code, &said), (Some(0), &expected), "{error}");
    assert_eq!(room.reload().1, json!({"applied": [], "waiting": ["hub.currency"]}), "it still waits");
    let notes = room.hub.events("SettingsReloaded");
    assert_eq!((notes.len(), &notes[0]), (2, &expected));

    room.more.hub = "currency = \"francs\"".to_owned();
    room.hub.move_to(room.hub.data_dir(), &room.more);
    let output = room.hub.run(&["reload", "--data", room.hub.data_dir().to_str().unwrap()]);
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.code() == Some(1) && error.contains("hub.currency"), "{error}");
}

/// Since when the owner is signed in, as the account's page says.
async fn since(hub: &mut TestHub) -> String {
    let page = hub.web.get("/account").await.body;
    let said = page.split("Signed in since</dt><dd>").nth(1).and_then(|rest| rest.split('<').next());
    said.unwrap_or_else(|| panic!("{page}")).to_owned()
}

#[tokio::test]
async fn settings_are_shown_as_they_are_in_use() {
    let mut hub = TestHub::owned().await;
    let before = since(&mut hub).await;
    let console = "session_hours = 5\nrequests_per_account = 77\nrequests_per_address = 177".to_owned();
    hub.move_to(hub.data_dir(), &More { console, hub: "currency = \"CHF\"".to_owned(), ..More::default() });
    let output = hub.run(&["reload", "--json"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let shown: Value = serde_json::from_str(&hub.web.get("/api/v1/settings").await.body).unwrap();
    let page = hub.web.get("/settings").await.body;
    for (key, value) in [
        ("console.session_hours", "5"),
        ("console.requests_per_account", "77"),
        ("console.requests_per_address", "177"),
    ] {
        assert_eq!(shown["settings"][key], value, "{shown}");
        assert!(page.contains(key), "{key}: {page}");
    }
    assert_ne!(shown["settings"]["hub.currency"], "CHF", "what waits for the next start is not in use");
    assert_eq!(since(&mut hub).await, before, "nobody has signed in at another time since");
}
