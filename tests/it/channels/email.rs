//! Email against a real SMTP server.

use super::contract::FarSide;
use super::{notice, place};
use crate::harness::smtp::{Mail, PASSWORD, Security, SmtpServer, USER};
use crate::harness::wait::PATIENCE;
use serde_json::{Map, Value, json};
use std::cell::Cell;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tokio::net::TcpListener;
use watchroom::channels::email::{EmailChannel, EmailSettings, Limits};
use watchroom::channels::{Channel, NoticeKind, SendError};

pub struct EmailFarSide {
    pub server: SmtpServer,
    channel: Arc<EmailChannel>,
    _secrets: TempDir,
}

/// Short enough for a test, long enough for a busy machine.
const SHORT: Limits = Limits {
    connect: Duration::from_millis(300),
    step: Duration::from_secs(20),
    message: Duration::from_secs(20),
};

fn settings(server: &SmtpServer, security: Security, password_file: &std::path::Path) -> Map<String, Value> {
    let settings = json!({
        "host": "localhost",
        "port": server.port,
        "security": if security == Security::StartTls { "starttls" } else { "implicit" },
        "user": USER,
        "password": format!("file:{}", password_file.display()),
        "from": "watch@example.org",
        "from_name": "Watchroom 值班",
        "hello": "watch.example.org",
        "ca_file": server.certs.ca_file(),
    });
    let Value::Object(settings) = settings else { unreachable!() };
    settings
}

fn open(settings: &Map<String, Value>) -> EmailChannel {
    EmailChannel::open(EmailSettings::from_map(settings).unwrap(), &place())
}

impl EmailFarSide {
    pub async fn start(security: Security) -> Self {
        let server = SmtpServer::start_with(security).await;
        let secrets = tempfile::tempdir().unwrap();
        let file = secrets.path().join("password");
        std::fs::write(&file, format!("{PASSWORD}\n")).unwrap();
        let channel = Arc::new(open(&settings(&server, security, &file)));
        Self { server, channel, _secrets: secrets }
    }

    /// The mail at this place among all that it has taken.
    async fn mail(&mut self, index: usize) -> Mail {
        let seen = Cell::new(0);
        let is_it = |_: &Mail| seen.replace(seen.get() + 1) == index;
        self.server.mail("a mail", PATIENCE, is_it).await
    }
}

impl FarSide for EmailFarSide {
    fn channel(&self) -> Arc<dyn Channel> {
        self.channel.clone()
    }

    async fn accept(&mut self) {
        self.server.accept().await;
    }

    async fn refuse(&mut self) {
        self.server.refuse_recipients(550).await;
    }

    async fn put_off(&mut self) {
        self.server.refuse(451).await;
    }

    async fn lose_answers(&mut self) {
        self.server.drop_after_data().await;
    }

    async fn silent(&self) -> (Arc<dyn Channel>, Duration) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let mut settings = settings(&self.server, Security::StartTls, self._secrets.path());
        settings.insert("port".to_owned(), json!(port));
        settings.remove("user");
        settings.remove("password");
        tokio::spawn(async move {
            let mut open = Vec::new();
            while let Ok((stream, _)) = listener.accept().await {
                open.push(stream);
            }
        });
        let channel = EmailChannel::open_with(EmailSettings::from_map(&settings).unwrap(), &place(), SHORT);
        (Arc::new(channel), Duration::from_secs(10))
    }

    async fn shown(&mut self, count: usize) -> Vec<String> {
        self.mail(count - 1).await;
        self.server.mails().await.iter().map(|mail| mail.html.clone().unwrap()).collect()
    }
}

#[tokio::test]
async fn a_mail_has_the_headers_that_keep_it_in_its_thread_and_machines_from_answering() {
    let mut far = EmailFarSide::start(Security::StartTls).await;
    let fired = notice(1);
    far.channel.send(&fired).await.unwrap();
    let mut resolved = notice(2);
    resolved.kind = NoticeKind::Resolved;
    far.channel.send(&resolved).await.unwrap();
    let (first, second) = (far.mail(0).await, far.mail(1).await);
    assert_eq!(first.to, ["ada@example.org"]);
    assert_eq!(first.header("To"), Some("Ada Lovelace <ada@example.org>"));
    assert_eq!(first.header("From"), Some("Watchroom 值班 <watch@example.org>"));
    assert_eq!(first.header("Message-ID"), Some(format!("<{}@example.org>", fired.delivery).as_str()));
    assert_eq!(first.header("Auto-Submitted"), Some("auto-generated"));
    assert_eq!(first.header("X-Auto-Response-Suppress"), Some("All"));
    assert_eq!(first.header("Content-Language"), Some("en"));
    let thread = format!("<incident-{}@example.org>", fired.incident.unwrap());
    for mail in [&first, &second] {
        assert_eq!(mail.header("In-Reply-To"), Some(thread.as_str()));
        assert_eq!(mail.header("References"), Some(thread.as_str()));
        assert_eq!(mail.subject(), "[Watchroom] node-07: Temperature high");
        assert!(mail.header("Date").is_some() && mail.header("Precedence").is_none());
    }
    let (text, html) = (first.text.unwrap(), first.html.unwrap());
    for part in [&text, &html] {
        // In HTML a number and its unit stay on one line.
        let part = part.replace('\u{a0}', " ");
        assert!(part.contains("at 91.5 °C, over 88 °C for 1 min"), "{part}");
        assert!(part.contains("https://watch.example.org/alerts/1"), "{part}");
        assert!(part.contains("You get this because you keep node-07."), "{part}");
    }
}

#[tokio::test]
async fn hostile_text_opens_no_header_and_adds_no_recipient() {
    let mut far = EmailFarSide::start(Security::StartTls).await;
    let mut hostile = notice(1);
    hostile.subject = "a\r\nBcc: eve@example.org\r\n\r\nbody".to_owned();
    hostile.name = "x\" <eve@example.org>,\r\n\"y".to_owned();
    far.channel.send(&hostile).await.unwrap();
    let mail = far.mail(0).await;
    assert_eq!(mail.to, ["ada@example.org"]);
    assert_eq!(mail.subject(), "a Bcc: eve@example.org body");
    assert!(mail.header("Bcc").is_none());
    assert!(mail.header("To").unwrap().ends_with("<ada@example.org>"));
    let raw = String::from_utf8(mail.raw()).unwrap();
    assert!(raw.is_ascii());
    assert!(raw.split("\r\n").all(|line| line.len() <= 998 && !line.contains('\n')));
}

#[tokio::test]
async fn an_address_that_is_none_is_refused_without_asking_anybody() {
    let far = EmailFarSide::start(Security::StartTls).await;
    for address in
        ["", "ada", "a b@example.org", "ada@example.org>\r\nRCPT TO:<eve@example.org", "艾达@example.org"]
    {
        let mut wrong = notice(1);
        wrong.address = address.to_owned();
        let error = far.channel.send(&wrong).await.unwrap_err();
        assert!(matches!(error, SendError::Refused(_)), "{address}: {error:?}");
    }
}

#[tokio::test]
async fn what_an_administrator_can_mend_is_tried_later_and_says_what_is_wrong() {
    let server = SmtpServer::start().await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("password");
    std::fs::write(&file, "wrong").unwrap();
    let good = settings(&server, Security::StartTls, &file);
    let missing = format!("file:{}", folder.path().join("none").display());
    let table = [
        (json!({}), "535 sign-in refused"),
        (json!({"password": missing}), "the file of the password cannot be read"),
        (
            json!({"ca_file": ""}),
            "the server's certificate is from nobody who is trusted here; name its CA file",
        ),
        (json!({"ca_file": "/nowhere/at/all"}), "the CA file cannot be read"),
        (json!({"security": "implicit"}), "no TLS at this port; it may want STARTTLS"),
        (json!({"host": "127.0.0.2"}), "connection refused"),
    ];
    for (change, words) in table {
        let mut settings = good.clone();
        let Value::Object(change) = change else { unreachable!() };
        settings.extend(change);
        let error = open(&settings).send(&notice(1)).await.unwrap_err();
        assert_eq!(error, SendError::Later(words.to_owned()));
    }
}

#[tokio::test]
async fn a_server_that_was_away_is_found_again_at_once() {
    let mut far = EmailFarSide::start(Security::StartTls).await;
    far.channel.send(&notice(1)).await.unwrap();
    far.server.down().await;
    let error = far.channel.send(&notice(2)).await.unwrap_err();
    assert_eq!(error, SendError::Later("connection refused".to_owned()));
    far.server.up().await;
    far.channel.send(&notice(3)).await.unwrap();
    // The open line is broken while nobody looks: the next mail takes another one.
    far.server.down().await;
    far.server.up().await;
    far.channel.send(&notice(4)).await.unwrap();
    assert_eq!(far.server.mails().await.len(), 3);
}

#[tokio::test]
async fn starttls_at_a_port_for_implicit_tls_gives_up_in_time_and_says_why() {
    let server = SmtpServer::start_with(Security::Implicit).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("password");
    std::fs::write(&file, PASSWORD).unwrap();
    let settings = settings(&server, Security::StartTls, &file);
    let channel = EmailChannel::open_with(EmailSettings::from_map(&settings).unwrap(), &place(), SHORT);
    let error = channel.send(&notice(1)).await.unwrap_err();
    let words = "no connection in time; the port may want another kind of TLS";
    assert_eq!(error, SendError::Later(words.to_owned()));
}

/// Prints what it measures; asserts only what a busy machine holds too.
#[tokio::test]
async fn a_mail_is_accepted_in_milliseconds_over_a_line_that_is_open() {
    for security in [Security::StartTls, Security::Implicit] {
        let far = EmailFarSide::start(security).await;
        far.channel.send(&notice(0)).await.unwrap();
        let mut took = Vec::new();
        for number in 1..=50 {
            let begun = Instant::now();
            far.channel.send(&notice(number)).await.unwrap();
            took.push(begun.elapsed());
        }
        took.sort();
        eprintln!("median {:?}, 45th of 50 {:?}, worst {:?}", took[24], took[44], took[49]);
        assert!(took[24] < Duration::from_millis(100), "{:?}", took[24]);
    }
}

#[tokio::test]
async fn a_picture_comes_with_the_mail_and_leaves_the_text_as_it_is() {
    let mut far = EmailFarSide::start(Security::StartTls).await;
    let plain = notice(1);
    far.channel.send(&plain).await.unwrap();
    let mut pictured = notice(2);
    pictured.picture = Some(Arc::from(&b"\x89PNG\r\n\x1a\nof-a-test"[..]));
    far.channel.send(&pictured).await.unwrap();
    let (without, with) = (far.mail(0).await, far.mail(1).await);
    assert_eq!(with.text, without.text);
    let html = with.html.clone().unwrap();
    assert!(html.contains("src=\"cid:picture@watchroom\"") && !html.contains("http-equiv"), "{html}");
    assert!(!without.html.clone().unwrap().contains("<img"));
}
