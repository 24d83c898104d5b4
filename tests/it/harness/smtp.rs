//! A real SMTP server, in a process of its own, that keeps every mail it has accepted.
//!
//! It outlives the hub, so it is also the ledger outside it when a test kills the hub.

use super::certs::Certs;
use super::child::Child;
use super::wait::PATIENCE;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::{Value, json};
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

pub const USER: &str = "watchroom";
pub const PASSWORD: &str = "a password of the tests";

/// How the server takes TLS.
#[derive(Clone, Copy, PartialEq)]
pub enum Security {
    StartTls,
    Implicit,
}

/// One mail that the server has taken.
#[derive(Debug, Clone, Deserialize)]
pub struct Mail {
    /// When its DATA was accepted, microseconds UTC.
    pub time_us: i64,
    pub from: String,
    pub to: Vec<String>,
    /// False when the server broke the line instead of saying so.
    pub answered: bool,
    headers: Vec<(String, String)>,
    pub text: Option<String>,
    pub html: Option<String>,
    raw: String,
}

impl Mail {
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    pub fn subject(&self) -> &str {
        self.header("Subject").unwrap_or_default()
    }

    /// The message as it came over the wire.
    pub fn raw(&self) -> Vec<u8> {
        STANDARD.decode(&self.raw).unwrap()
    }
}

pub struct SmtpServer {
    child: Child,
    mails: Vec<Mail>,
    pub certs: Certs,
    pub port: u16,
}

impl SmtpServer {
    pub async fn start() -> Self {
        Self::start_with(Security::StartTls).await
    }

    pub async fn start_with(security: Security) -> Self {
        let certs = Certs::new();
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/harness/smtp_server.py");
        let mut command = Command::new(python());
        command.arg(script).args(["--user", USER, "--password", PASSWORD]);
        command.arg("--cert").arg(certs.cert_file()).arg("--key").arg(certs.key_file());
        if security == Security::Implicit {
            command.arg("--implicit-tls");
        }
        let mut child = Child::spawn("smtp", &mut command);
        let port = child.line("the port", PATIENCE, |line| field(line, "port")?.as_u64()).await;
        Self { child, mails: Vec::new(), certs, port: u16::try_from(port).unwrap() }
    }

    /// Every mail taken up to now, in order. The server says what it takes before it answers the sender, so
    /// whatever the sender knows to be taken is among them.
    pub async fn mails(&mut self) -> &[Mail] {
        self.tell(json!({"do": "nothing"})).await;
        &self.mails
    }

    /// The first mail that matches, among those taken already and those that come within `bound`.
    pub async fn mail(&mut self, what: &str, bound: Duration, matches: impl Fn(&Mail) -> bool) -> Mail {
        if let Some(found) = self.mails().await.iter().find(|mail| matches(mail)) {
            return found.clone();
        }
        let mails = &mut self.mails;
        let pick = |line: &str| {
            let mail = mail(line)?;
            mails.push(mail.clone());
            matches(&mail).then_some(mail)
        };
        self.child.line(what, bound, pick).await
    }

    /// From here on it takes everything.
    pub async fn accept(&mut self) {
        self.tell(json!({"do": "accept"})).await;
    }

    /// From here on it answers every message with `code`.
    pub async fn refuse(&mut self, code: u16) {
        self.tell(json!({"do": "refuse", "code": code, "stage": "data"})).await;
    }

    /// From here on it answers every recipient with `code`.
    pub async fn refuse_recipients(&mut self, code: u16) {
        self.tell(json!({"do": "refuse", "code": code, "stage": "rcpt"})).await;
    }

    /// From here on it takes every mail and breaks the line without saying so.
    pub async fn drop_after_data(&mut self) {
        self.tell(json!({"do": "drop"})).await;
    }

    /// Nobody can connect any more, and open connections are broken.
    pub async fn down(&mut self) {
        self.tell(json!({"do": "down"})).await;
    }

    /// Listens again at the same port.
    pub async fn up(&mut self) {
        self.tell(json!({"do": "up"})).await;
    }

    async fn tell(&mut self, command: Value) {
        self.child.say(&command.to_string());
        let mails = &mut self.mails;
        let pick = |line: &str| {
            mails.extend(mail(line));
            field(line, "ack")
        };
        let ack = self.child.line("an answer to a command", PATIENCE, pick).await;
        assert_eq!(ack, command["do"]);
    }
}

fn field(line: &str, name: &str) -> Option<Value> {
    serde_json::from_str::<Value>(line).ok()?.get(name).cloned()
}

fn mail(line: &str) -> Option<Mail> {
    field(line, "mail").map(|mail| serde_json::from_value(mail).unwrap())
}

/// The interpreter that `./test` has put the SMTP server's library beside.
pub fn python() -> PathBuf {
    if let Some(path) = std::env::var_os("WATCHROOM_TEST_PYTHON") {
        return path.into();
    }
    let cache = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let cache = cache.or_else(|| Some(std::env::home_dir()?.join(".cache"))).expect("a home folder");
    let path = cache.join("watchroom/venv/bin/python");
    assert!(path.exists(), "{} is missing: run ./test once, it brings what the tests need", path.display());
    path
}
