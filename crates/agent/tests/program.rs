//! The program as it is installed: joins, watches, survives being killed, and stays small.

#![allow(clippy::unwrap_used, reason = "a test may")]

mod hub;

use hub::{Hub, Ledger, Peer};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use tokio::time::{Instant, timeout};

const MOST_KIB: u64 = 10 * 1024;

fn agent(state: &Path, args: &[&str]) -> Child {
    Command::new(env!("CARGO_BIN_EXE_watchroom-agent"))
        .args(["--state".as_ref(), state.as_os_str()])
        .args(["--interval", "1"])
        .args(args)
        .stderr(Stdio::inherit())
        .spawn()
        .unwrap()
}

fn resident_kib(child: &Child, field: &str) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap();
    let line = status.lines().find(|l| l.starts_with(field)).unwrap();
    line.split_ascii_whitespace().nth(1).unwrap().parse().unwrap()
}

async fn receive(peer: &mut Peer, ledger: &mut Ledger, count: usize) {
    for _ in 0..count {
        let frame = peer.samples().await.expect("a frame");
        assert!(frame.samples.iter().any(|s| s.key.metric == "cpu_percent"));
        ledger.take(&frame).expect("the next number");
        peer.ack(frame.seq).await;
    }
}

#[tokio::test]
async fn it_joins_watches_is_killed_and_goes_on() {
    let hub = Hub::start().await;
    let dir = tempfile::tempdir().unwrap();
    let state = dir.path().join("state");
    let token = hub.token(&[hub.address().to_string()]);
    let mut ledger = Ledger::default();
    let mut first = agent(&state, &["--join", &token]);
    let script = async {
        hub.enrol(0, 90).await;
        let mut peer = hub.accept().await;
        let epoch = peer.welcome(0).await.epoch;
        receive(&mut peer, &mut ledger, 2).await;
        let unacknowledged = peer.samples().await.expect("a frame").seq;
        first.kill().unwrap();
        first.wait().unwrap();
        let second = agent(&state, &[]);
        let mut peer = hub.accept().await;
        assert_eq!(peer.welcome(ledger.last).await.epoch, epoch);
        receive(&mut peer, &mut ledger, 2).await;
        assert!(ledger.has.contains(&unacknowledged));
        second
    };
    let mut second = timeout(Duration::from_secs(60), script).await.unwrap();
    assert!(ledger.missing.is_empty());
    second.kill().unwrap();
    second.wait().unwrap();
}

#[test]
fn it_says_what_is_wrong_by_its_exit_code() {
    let dir = tempfile::tempdir().unwrap();
    for (args, code) in [(&["--join", "wr1-no"][..], 3), (&["--wrong"], 2), (&[], 4), (&["--version"], 0)] {
        assert_eq!(agent(dir.path(), args).wait().unwrap().code(), Some(code), "{args:?}");
    }
}

/// Minutes long, and true of the release build only: `cargo test --release -p watchroom-agent -- --ignored`.
#[tokio::test]
#[ignore = "takes minutes; for the release build"]
async fn it_stays_within_ten_mebibytes() {
    let minutes = std::env::var("MINUTES").ok().and_then(|m| m.parse().ok()).unwrap_or(3);
    let hub = Hub::start().await;
    let dir = tempfile::tempdir().unwrap();
    let token = hub.token(&[hub.address().to_string()]);
    let mut child = agent(dir.path(), &["--join", &token]);
    hub.enrol(60, 10).await;
    let (mut ledger, start) = (Ledger::default(), Instant::now());
    let (mut peer, mut last) = (hub.accept().await, Instant::now());
    peer.welcome(0).await;
    while start.elapsed() < Duration::from_secs(60 * minutes) {
        match peer.frame().await {
            Some(watchroom_wire::ClientFrame::Samples(frame)) => {
                let _ = ledger.take(&frame);
                peer.ack(ledger.last).await;
            }
            Some(watchroom_wire::ClientFrame::Renew(renew)) => {
                peer.send(watchroom_wire::HubFrame::Renewed(hub.sign(&renew.csr, 0, 70))).await;
            }
            _ => {
                peer = hub.accept().await;
                peer.welcome(ledger.last).await;
            }
        }
        if last.elapsed() > Duration::from_secs(30) {
            last = Instant::now();
            let (now, peak) = (resident_kib(&child, "VmRSS"), resident_kib(&child, "VmHWM"));
            let anon = resident_kib(&child, "RssAnon");
            eprintln!("{:?}: resident {now} KiB, anonymous {anon} KiB, peak {peak} KiB", start.elapsed());
        }
    }
    let peak = resident_kib(&child, "VmHWM");
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(peak <= MOST_KIB, "{peak} KiB at its peak");
}
