//! What was promised holds however often the hub dies: a ledger outside remembers every promise.

mod driver;
mod last_word;
mod outage;

use crate::harness::databases::{Database, Kind};
use crate::harness::smtp::{Mail, SmtpServer};
use crate::harness::wait::until;
use crate::hub::{OWNER_MAIL, TestHub};
use crate::socket::client::Agent;
use driver::{Driver, LIMIT, METRIC, Progress, value_of};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

const KILLS: u64 = 20;
/// Fewer, for what differs is the database only.
const KILLS_ON_SERVERS: u64 = 8;
const AGENTS: usize = 4;
/// How long progress may take on a machine that does much else.
const SLOW: Duration = Duration::from_secs(60);

#[tokio::test]
async fn killed_twenty_times_under_load_the_hub_keeps_every_promise() {
    Box::pin(keeps_every_promise(None, KILLS)).await;
}

#[tokio::test]
async fn killed_under_load_with_its_log_in_postgres_it_keeps_every_promise() {
    let database = Box::pin(Database::shared(Kind::Postgres)).await;
    Box::pin(keeps_every_promise(Some(database), KILLS_ON_SERVERS)).await;
}

#[tokio::test]
async fn killed_under_load_with_its_log_in_mariadb_it_keeps_every_promise() {
    let database = Box::pin(Database::shared(Kind::MariaDb)).await;
    Box::pin(keeps_every_promise(Some(database), KILLS_ON_SERVERS)).await;
}

async fn keeps_every_promise(database: Option<Database>, kills: u64) {
    let mut server = SmtpServer::start().await;
    let mut hub = TestHub::owned_on(database).await;
    hub.mail_by(&server).await;
    hub.rule("Oven", METRIC, &LIMIT.to_string()).await;
    let progress = Progress::default();
    let mut drivers = Vec::new();
    for n in 0..AGENTS {
        let agent = Agent::join(&mut hub, &format!("oven-{n}")).await;
        drivers.push(tokio::spawn(Driver::new(agent, hub.socket, progress.clone()).run()));
    }
    for kill in 0..kills {
        moment(kill, &progress, &mut server).await;
        hub.kill();
        hub.restart().await;
        progress.started();
    }
    moment(1, &progress, &mut server).await;
    progress.finish();
    let mut ledger = BTreeMap::new();
    for driver in drivers {
        let (machine, acknowledged) = driver.await.unwrap();
        ledger.insert(machine, acknowledged);
    }
    everything_holds(&mut hub, &mut server, &ledger, kills / 3).await;
}

/// Everybody hears of everything, and the log holds what was promised; there was so much at least.
async fn everything_holds(
    hub: &mut TestHub,
    server: &mut SmtpServer,
    ledger: &BTreeMap<String, u64>,
    alerts: u64,
) {
    everybody_was_told(hub, server).await;
    assert_eq!(hub.stop().await.code(), Some(0));

    let log = hub.log();
    positions_have_no_gap(&log);
    assert_eq!(hub.assert_sound(), log.len() as u64);
    every_frame_is_there_once(&log, ledger);
    alerts_are_in_order(&log);
    mails_are_in_order(server.mails().await);
    let acknowledged: u64 = ledger.values().sum();
    let (events, fired, mails) = (log.len(), named(&log, "AlertFired").count(), server.mails().await.len());
    eprintln!("{acknowledged} frames acknowledged, {events} events, {fired} alerts, {mails} mails");
    assert!(fired as u64 > alerts, "{fired} alerts are no load");
}

/// Waits until something has happened after which the hub is to die: now a little, now a lot, now
/// in the middle of a mail.
async fn moment(kill: u64, progress: &Progress, server: &mut SmtpServer) {
    match kill % 4 {
        0 => progress.advance(1).await,
        1 => progress.advance(97 + 31 * kill).await,
        2 => {
            let before = server.mails().await.len();
            until("a mail", SLOW, async || (server.mails().await.len() > before).then_some(())).await;
        }
        _ => progress.advance(7 * kill).await,
    }
}

/// Every alert that fired aloud has come to the mail server.
async fn everybody_was_told(hub: &TestHub, server: &mut SmtpServer) {
    until("a mail about every alert", SLOW, async || {
        let fired: BTreeSet<String> =
            hub.events("AlertFired").iter().filter(|body| body["quiet"] != true).map(incident).collect();
        let told: BTreeSet<String> =
            server.mails().await.iter().filter(|m| tells(m, "Firing")).map(subject_of).collect();
        fired.is_subset(&told).then_some(())
    })
    .await;
}

fn named<'l>(log: &'l [Value], name: &'l str) -> impl Iterator<Item = &'l Value> {
    log.iter().filter(move |event| event["event"] == name)
}

fn incident(body: &Value) -> String {
    body["incident"].as_str().unwrap().to_owned()
}

/// The incident that a mail is about.
fn subject_of(mail: &Mail) -> String {
    let thread = mail.header("References").expect("a mail about an incident");
    thread.strip_prefix("<incident-").and_then(|rest| rest.split('@').next()).unwrap().to_owned()
}

fn tells(mail: &Mail, state: &str) -> bool {
    mail.text.as_ref().is_some_and(|text| text.starts_with(state))
}

fn positions_have_no_gap(log: &[Value]) {
    for (at, event) in log.iter().enumerate() {
        assert_eq!(event["pos"], at as u64 + 1);
    }
}

/// Every acknowledged frame is in the log once, with its own value, in order; what was sent and never
/// acknowledged is there once or not at all.
fn every_frame_is_there_once(log: &[Value], ledger: &BTreeMap<String, u64>) {
    let mut last: BTreeMap<String, u64> = BTreeMap::new();
    for event in named(log, "Telemetry") {
        let machine = event["body"]["machine"].as_str().unwrap();
        let seq = event["meta"]["frame"]["seq"].as_u64().unwrap();
        let before = last.insert(machine.to_owned(), seq).unwrap_or(0);
        assert_eq!(seq, before + 1, "{machine} has a gap or a double");
        assert_eq!(event["body"]["samples"][0]["value"], value_of(seq), "{machine} {seq}");
    }
    for (machine, acknowledged) in ledger {
        assert!(last[machine] >= *acknowledged, "{machine}: {acknowledged} promised, {} kept", last[machine]);
    }
}

/// Pending, then fired, then over; one incident at a time of each machine and rule.
fn alerts_are_in_order(log: &[Value]) {
    let mut open: BTreeMap<(String, String), (String, bool)> = BTreeMap::new();
    let key = |body: &Value| (body["rule"].to_string(), format!("{} {}", body["machine"], body["series"]));
    for event in log {
        let body = &event["body"];
        match event["event"].as_str().unwrap() {
            "AlertPending" => assert_eq!(open.insert(key(body), (incident(body), false)), None),
            "AlertFired" => {
                assert_eq!(open.insert(key(body), (incident(body), true)), Some((incident(body), false)));
                assert!(body["value"].as_f64().unwrap() > LIMIT);
            }
            "AlertResolved" => {
                let before = open.len();
                open.retain(|_, (id, fired)| !(*fired && *id == incident(body)));
                assert_eq!(open.len() + 1, before, "an end without a beginning");
            }
            _ => {}
        }
    }
}

/// Nobody hears of an end who did not hear of the beginning, and one mail has one identifier.
fn mails_are_in_order(mails: &[Mail]) {
    let (mut begun, mut texts) = (BTreeSet::new(), BTreeMap::new());
    for mail in mails {
        assert_eq!(mail.to, [OWNER_MAIL]);
        let about = subject_of(mail);
        if tells(mail, "Firing") {
            begun.insert(about);
        } else {
            assert!(begun.contains(&about), "{} before its beginning", mail.text.as_ref().unwrap());
        }
        let state = tells(mail, "Firing");
        let id = mail.header("Message-ID").unwrap().to_owned();
        let first = texts.insert(id, (subject_of(mail), state));
        assert!(first.is_none_or(|first| first == (subject_of(mail), state)), "one identifier, two mails");
    }
}
