//! Webhooks against a real target over TLS.

use super::contract::FarSide;
use super::{notice, place};
use crate::harness::hook::{Hook, Reply};
use serde_json::{Map, Value, json};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;
use watchroom::channels::webhook::{Limits, WebhookChannel, WebhookSettings};
use watchroom::channels::{Channel, Notice, SendError};
use watchroom::clock::{Clock as _, SystemClock};

const SECRET: &str = "whsec-of-a-test";

pub struct WebhookFarSide {
    pub hook: Hook,
    channel: Arc<WebhookChannel>,
    secrets: TempDir,
}

fn settings(hook: &Hook, secrets: &TempDir, template: &str) -> Map<String, Value> {
    std::fs::write(secrets.path().join("key"), format!("{SECRET}\n")).unwrap();
    let settings = json!({
        // The name that the suite's notices are addressed to.
        "targets": [{
            "name": "ada@example.org",
            "template": template,
            "url": hook.url(),
            "secret": format!("file:{}", secrets.path().join("key").display()),
        }],
        "allowed": "127.0.0.0/8, ::1",
        "ca_file": hook.certs.ca_file(),
    });
    let Value::Object(settings) = settings else { unreachable!() };
    settings
}

fn open(settings: &Map<String, Value>, answer: Duration) -> WebhookChannel {
    let limits = Limits { connect: Duration::from_secs(20), answer };
    WebhookChannel::open_with(WebhookSettings::from_map(settings).unwrap(), &place(), limits)
}

impl WebhookFarSide {
    pub async fn start(template: &str) -> Self {
        let (hook, secrets) = (Hook::start().await, tempfile::tempdir().unwrap());
        let settings = settings(&hook, &secrets, template);
        let channel = Arc::new(open(&settings, Duration::from_secs(20)));
        let far = Self { hook, channel, secrets };
        far.hook.reply(good());
        far
    }

    async fn send(&self, notice: &Notice) -> Result<String, SendError> {
        self.channel.send(notice).await.map(|receipt| receipt.answer)
    }
}

/// What every service takes for success.
fn good() -> Reply {
    Reply { body: json!({"errcode": 0, "code": 0, "id": "17"}).to_string(), ..Reply::status(200) }
}

impl FarSide for WebhookFarSide {
    fn channel(&self) -> Arc<dyn Channel> {
        self.channel.clone()
    }

    async fn accept(&mut self) {
        self.hook.reply(good());
    }

    async fn refuse(&mut self) {
        self.hook.reply(Reply::status(400));
    }

    async fn put_off(&mut self) {
        self.hook.reply(Reply::status(502));
    }

    async fn lose_answers(&mut self) {
        self.hook.reply(Reply { lost: true, ..Reply::status(200) });
    }

    async fn silent(&self) -> (Arc<dyn Channel>, Duration) {
        self.hook.reply(Reply { silent: true, ..Reply::status(200) });
        let settings = settings(&self.hook, &self.secrets, "plain");
        (Arc::new(open(&settings, Duration::from_millis(300))), Duration::from_secs(20))
    }

    async fn shown(&mut self, count: usize) -> Vec<String> {
        let taken = self.hook.requests().into_iter().filter(|request| request.taken);
        let shown: Vec<_> = taken.map(|request| request.body).collect();
        assert_eq!(shown.len(), count);
        shown
    }
}

#[tokio::test]
async fn a_request_is_signed_so_that_an_independent_program_agrees() {
    let far = WebhookFarSide::start("plain").await;
    let notice = notice(1);
    assert_eq!(far.send(&notice).await.unwrap(), "200 accepted");
    assert_eq!(far.send(&notice).await.unwrap(), "200 accepted");
    let requests = far.hook.requests();
    let request = &requests[0];
    assert_eq!(request.headers["idempotency-key"], notice.delivery.to_string());
    assert_eq!(
        requests[1].headers["idempotency-key"],
        notice.delivery.to_string(),
        "the same at every attempt"
    );
    assert_eq!(request.headers["content-type"], "application/json");
    let signature = &request.headers["watchroom-signature"];
    let time = &request.headers["watchroom-timestamp"];
    let program = "import hashlib, hmac, sys\n\
                   secret, time, body = (a.encode() for a in sys.argv[1:])\n\
                   print(hmac.new(secret, time + b'.' + body, hashlib.sha256).hexdigest())";
    let made = Command::new("python3").args(["-c", program, SECRET, time, &request.body]).output().unwrap();
    let made = String::from_utf8(made.stdout).unwrap();
    assert_eq!(*signature, format!("t={time},v1={}", made.trim()));
    let body: Value = serde_json::from_str(&request.body).unwrap();
    assert_eq!(
        (&body["kind"], &body["severity"], &body["version"]),
        (&json!("fired"), &json!("critical"), &json!(1))
    );
    assert_eq!(body["facts"][0], json!({"label": "Machine", "value": "node-07"}));
}

#[tokio::test]
async fn only_a_success_that_the_service_means_is_one() {
    let far = WebhookFarSide::start("dingtalk").await;
    let refused =
        Reply { body: json!({"errcode": 310000, "errmsg": "sign"}).to_string(), ..Reply::status(200) };
    far.hook.reply(refused);
    assert_eq!(far.send(&notice(1)).await, Err(SendError::Later("200 with error 310000".to_owned())));
    let elsewhere = vec![("Location", "https://example.org/".to_owned())];
    far.hook.reply(Reply { headers: elsewhere, ..Reply::status(302) });
    let redirected = far.send(&notice(2)).await;
    assert_eq!(redirected, Err(SendError::Later("302 redirect, not followed".to_owned())));
    far.hook.reply(Reply { headers: vec![("Retry-After", "7".to_owned())], ..Reply::status(429) });
    let wait =
        SendError::Wait { answer: "429 too many".to_owned(), wait: Duration::from_secs(7), whole: false };
    assert_eq!(far.send(&notice(3)).await, Err(wait));
    let now = std::time::UNIX_EPOCH + Duration::from_micros(u64::try_from(SystemClock.now_us()).unwrap());
    let until = httpdate::fmt_http_date(now + Duration::from_secs(3_600));
    far.hook.reply(Reply { headers: vec![("Retry-After", until)], ..Reply::status(503) });
    let put_off = far.send(&notice(3)).await.unwrap_err();
    let SendError::Wait { wait, .. } = &put_off else { panic!("{put_off:?}") };
    assert!((Duration::from_secs(3_000)..=Duration::from_secs(3_600)).contains(wait), "{wait:?}");
    far.hook.reply(Reply::status(404));
    assert_eq!(far.send(&notice(4)).await, Err(SendError::Later("404 not accepted".to_owned())));
    assert_eq!(far.hook.requests().len(), 5, "nothing else was asked for");
}

#[tokio::test]
async fn a_private_address_is_not_reached_by_figures_nor_by_name() {
    let far = WebhookFarSide::start("plain").await;
    for (url, words) in [
        (far.hook.url(), "a private address that is not listed in the settings"),
        (
            format!("https://127.0.0.1:{}/", far.hook.port),
            "a private address that is not listed in the settings",
        ),
        (
            format!("https://[::ffff:127.0.0.1]:{}/", far.hook.port),
            "a private address that is not listed in the settings",
        ),
        (
            format!("https://0x7f.1:{}/", far.hook.port),
            "a private address that is not listed in the settings",
        ),
        ("http://1.1.1.1/".to_owned(), "without TLS only to an address that is listed"),
        ("http://localhost/".to_owned(), "without TLS only to an address that is listed"),
    ] {
        let mut settings = settings(&far.hook, &far.secrets, "plain");
        settings.remove("allowed");
        settings["targets"][0]["url"] = Value::from(url.clone());
        let error = open(&settings, Duration::from_secs(20)).send(&notice(1)).await.unwrap_err();
        assert_eq!(error, SendError::Later(words.to_owned()), "{url}");
    }
    assert_eq!(far.hook.requests().len(), 0);
}
