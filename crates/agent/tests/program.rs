//! The program as it is installed: joins, watches, survives being killed, and stays small.

#![allow(clippy::unwrap_used, reason = "a test may")]

mod hub;

use hub::{Hub, Ledger, Peer};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::time::{Instant, timeout};
use watchroom_domain::CheckTarget;
use watchroom_wire::{AssignedCheck, ClientFrame, HubFrame};

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

/// Ticks of processor time that a child has used.
fn ticks(child: &Child) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", child.id())).unwrap();
    let fields: Vec<_> = stat[stat.rfind(')').unwrap()..].split_ascii_whitespace().collect();
    fields[12].parse::<f64>().unwrap() + fields[13].parse::<f64>().unwrap()
}

/// Everything that an agent can be told to check, at a server that answers and one that does not.
async fn checks(hub: &Hub) -> Vec<AssignedCheck> {
    let page = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = page.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = page.accept().await {
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok").await;
            let _ = stream.read(&mut [0; 1024]).await;
        }
    });
    let (contains, tls) = ("ok".to_owned(), hub.address().to_string());
    let url = format!("http://{address}/");
    let targets = [
        CheckTarget::Http { url, status: None, contains, follow_redirects: false, any_certificate: false },
        CheckTarget::Tcp { address: address.to_string() },
        CheckTarget::Tcp { address: "127.0.0.1:1".to_owned() },
        CheckTarget::Certificate { address: tls, server_name: String::new() },
    ];
    let assigned = |(n, target)| AssignedCheck {
        id: format!("0190a0b0-0000-7000-8000-{n:012}"),
        target,
        interval_us: 10_000_000,
        timeout_us: 5_000_000,
    };
    targets.into_iter().enumerate().map(assigned).collect()
}

/// Minutes long, and true of the release build only; `INTERVAL` and `MINUTES` say how often and how long:
/// `INTERVAL=5 MINUTES=10 cargo test --release -p watchroom-agent --test program -- --ignored --nocapture`.
#[tokio::test]
#[ignore = "takes minutes; for the release build"]
async fn it_stays_within_ten_mebibytes() {
    let setting = |name| std::env::var(name).ok().and_then(|m| m.parse::<u64>().ok());
    let (minutes, interval) = (setting("MINUTES").unwrap_or(3), setting("INTERVAL").unwrap_or(1));
    let hub = Hub::start().await;
    let checks = checks(&hub).await;
    let dir = tempfile::tempdir().unwrap();
    let token = hub.token(&[hub.address().to_string()]);
    let mut child = agent(dir.path(), &["--join", &token, "--interval", &interval.to_string()]);
    hub.enrol(60, 10).await;
    let (mut ledger, mut results, mut witnessed) = (Ledger::default(), 0, 0);
    let (mut peer, mut last) = (hub.accept().await, Instant::now());
    peer.welcome(0).await;
    peer.send(HubFrame::Checks { checks: checks.clone() }).await;
    let (start, before) = (Instant::now(), ticks(&child));
    while start.elapsed() < Duration::from_secs(60 * minutes) {
        match peer.frame().await {
            Some(ClientFrame::Samples(frame)) => {
                results += usize::from(frame.check.is_some());
                let _ = ledger.take(&frame);
                peer.ack(ledger.last).await;
            }
            Some(ClientFrame::Evidence(_)) => witnessed += 1,
            Some(ClientFrame::Renew(renew)) => {
                peer.send(HubFrame::Renewed(hub.sign(&renew.csr, 0, 70))).await;
            }
            Some(_) => {}
            None => {
                peer = hub.accept().await;
                peer.welcome(ledger.last).await;
                peer.send(HubFrame::Checks { checks: checks.clone() }).await;
            }
        }
        if last.elapsed() > Duration::from_secs(30) {
            last = Instant::now();
            peer.send(HubFrame::Evidence { id: "question".to_owned() }).await;
            let (now, peak) = (resident_kib(&child, "VmRSS"), resident_kib(&child, "VmHWM"));
            let anon = resident_kib(&child, "RssAnon");
            let percent = (ticks(&child) - before) / start.elapsed().as_secs_f64();
            eprintln!(
                "{:?}: resident {now} KiB, anonymous {anon} KiB, peak {peak} KiB, {percent:.2}% of a core, \
                 {results} results, {witnessed} times evidence",
                start.elapsed()
            );
        }
    }
    let (peak, used) = (resident_kib(&child, "VmHWM"), ticks(&child) - before);
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(results > 0, "checks were run");
    assert!(peak <= MOST_KIB, "{peak} KiB at its peak");
    // A tick is a hundredth of a second. At the usual pace an agent may use half a percent of a core.
    let percent = used / start.elapsed().as_secs_f64();
    assert!(interval < 5 || percent <= 0.5, "{percent:.2}% of a core");
}
