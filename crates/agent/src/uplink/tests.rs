use super::*;
use crate::hub::{Hub, Ledger, Peer};
use crate::join;
use std::convert::Infallible;
use std::path::PathBuf;
use watchroom_wire::tls::certificate_facts;
use watchroom_wire::{ClientFrame, HubFrame};

/// An agent that has joined, with a spool that the test fills.
struct Agent {
    dir: tempfile::TempDir,
    shared: Shared,
    timings: Timings,
}

fn spool_dir(dir: &Path) -> PathBuf {
    dir.join("spool")
}

fn quick() -> Timings {
    let retry = Backoff { base_us: 1000, cap_us: 5000, expiry_us: Micros::MAX };
    let short = Duration::from_millis(5);
    Timings { retry, refused: short, busy: short, ..Timings::default() }
}

impl Agent {
    async fn joined(hub: &Hub) -> Agent {
        Agent::with_certificate(hub, 1, 90).await
    }

    async fn with_certificate(hub: &Hub, since_days: u32, until_days: i64) -> Agent {
        let dir = tempfile::tempdir().unwrap();
        let token = hub.token(&[hub.address().to_string()]);
        let (identity, ()) = tokio::join!(join(&token, dir.path()), hub.enrol(since_days, until_days));
        let machine = identity.unwrap().machine;
        let spool = Spool::open(&spool_dir(dir.path()), 1 << 20, &machine, now_us()).unwrap();
        Agent { dir, shared: Shared::new(spool, Offer { processes: None, checks: None }), timings: quick() }
    }

    fn push(&self, count: usize) {
        for _ in 0..count {
            self.shared.spool().push(now_us(), br#"[{"metric":"uptime_s","value":1}]"#);
        }
        self.shared.more.notify_one();
    }

    /// Lets the agent run until the script is through.
    async fn during<T>(&self, script: impl Future<Output = T>) -> T {
        let run = async {
            let never: Infallible = run(self.dir.path(), "test", &self.shared, &self.timings).await;
            match never {}
        };
        let both = async {
            tokio::select! {
                out = script => out,
                () = run => unreachable!(),
            }
        };
        tokio::time::timeout(Duration::from_secs(60), both).await.expect("the script comes to its end")
    }
}

async fn expect_seqs(peer: &mut Peer, ledger: &mut Ledger, until: u64) {
    while ledger.last < until {
        let frame = peer.samples().await.expect("a frame");
        ledger.take(&frame).expect("the next number");
    }
}

#[tokio::test]
async fn frames_come_once_and_in_order_over_connections_that_break_before_the_ack() {
    let hub = Hub::start().await;
    let agent = Agent::joined(&hub).await;
    agent.push(10);
    let mut ledger = Ledger::default();
    agent
        .during(async {
            let mut peer = hub.accept().await;
            peer.welcome(0).await;
            expect_seqs(&mut peer, &mut ledger, 5).await;
            peer.ack(2).await;
            drop(peer);
            agent.push(3);
            let mut peer = hub.accept().await;
            peer.welcome(ledger.last).await;
            expect_seqs(&mut peer, &mut ledger, 13).await;
            peer.ack(13).await;
        })
        .await;
    assert_eq!(ledger.has, (1..=13).collect::<Vec<_>>());
    assert!(ledger.missing.is_empty());
}

#[tokio::test]
async fn whatever_breaks_when_each_frame_comes_exactly_once() {
    let hub = Hub::start().await;
    let agent = Agent::joined(&hub).await;
    let mut ledger = Ledger::default();
    let mut random = 12345_u64;
    let mut next = move |below: u64| {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (random >> 33) % below
    };
    agent
        .during(async {
            while ledger.last < 600 {
                agent.push(next(40) as usize);
                let mut peer = hub.accept().await;
                peer.welcome(ledger.last).await;
                for _ in 0..next(60) {
                    if ledger.last >= agent.shared.spool().numbered() {
                        break;
                    }
                    let Some(frame) = peer.samples().await else { break };
                    ledger.take(&frame).expect("the next number");
                    if next(3) == 0 {
                        peer.ack(ledger.last).await;
                    }
                }
            }
        })
        .await;
    let all: Vec<_> = (1..=ledger.last).collect();
    assert_eq!(ledger.has, all);
}

#[tokio::test]
async fn a_refused_frame_is_left_out_and_named_by_the_next() {
    let hub = Hub::start().await;
    let agent = Agent::joined(&hub).await;
    agent.push(6);
    let mut ledger = Ledger::default();
    agent
        .during(async {
            let mut peer = hub.accept().await;
            peer.welcome(0).await;
            while ledger.last < 6 {
                let frame = peer.samples().await.expect("a frame");
                let answer = if frame.seq == 3 { Err("bad_value") } else { ledger.take(&frame) };
                match answer {
                    Ok(()) => peer.ack(frame.seq).await,
                    Err(code) => peer.send(HubFrame::error(code, "no", Some(frame.seq))).await,
                }
            }
        })
        .await;
    assert_eq!((ledger.has, ledger.missing), (vec![1, 2, 4, 5, 6], vec![3]));
    assert_eq!(agent.shared.spool().lost(), 1);
}

#[tokio::test]
async fn a_busy_hub_gets_the_same_frame_again() {
    let hub = Hub::start().await;
    let agent = Agent::joined(&hub).await;
    agent.push(3);
    let mut ledger = Ledger::default();
    let mut codes = vec!["busy", "unavailable"];
    agent
        .during(async {
            let mut peer = hub.accept().await;
            peer.welcome(0).await;
            while ledger.last < 3 {
                let frame = peer.samples().await.expect("a frame");
                let busy = if frame.seq == 2 { codes.pop() } else { None };
                let answer = busy.map_or_else(|| ledger.take(&frame), Err);
                match answer {
                    Ok(()) => peer.ack(frame.seq).await,
                    Err(code) => peer.send(HubFrame::error(code, "later", Some(frame.seq))).await,
                }
            }
        })
        .await;
    assert_eq!(ledger.has, [1, 2, 3]);
    assert!(ledger.missing.is_empty() && codes.is_empty());
}

#[tokio::test]
async fn a_hub_that_comes_back_with_less_is_told_what_is_missing() {
    let hub = Hub::start().await;
    let agent = Agent::joined(&hub).await;
    // So long that only the newest few are still there once all are acknowledged.
    let long = format!("[{{\"metric\":\"uptime_s\",\"value\":1}}{}]", " ".repeat(20_000));
    for _ in 0..10 {
        agent.shared.spool().push(now_us(), long.as_bytes());
    }
    let mut ledger = Ledger::default();
    agent
        .during(async {
            let mut peer = hub.accept().await;
            peer.welcome(0).await;
            expect_seqs(&mut peer, &mut ledger, 10).await;
            peer.ack(10).await;
            agent.push(1);
            expect_seqs(&mut peer, &mut ledger, 11).await;
            drop(peer);
            ledger = Ledger { last: 4, ..Ledger::default() };
            let mut peer = hub.accept().await;
            peer.welcome(4).await;
            expect_seqs(&mut peer, &mut ledger, 11).await;
        })
        .await;
    assert!(ledger.has.ends_with(&[10, 11]), "{ledger:?}");
    assert!(!ledger.missing.is_empty());
    assert_eq!(ledger.has.len() + ledger.missing.len(), 7);
}

#[tokio::test]
async fn no_more_than_64_frames_are_under_way_and_silence_ends_the_connection() {
    let hub = Hub::start().await;
    let mut agent = Agent::joined(&hub).await;
    agent.timings.answer = Duration::from_millis(300);
    agent.push(100);
    agent
        .during(async {
            let mut peer = hub.accept().await;
            peer.welcome(0).await;
            let mut count = 0;
            while peer.samples().await.is_some() {
                count += 1;
            }
            assert_eq!(count, 64, "then the agent hung up");
            hub.accept().await.welcome(0).await;
        })
        .await;
}

#[tokio::test]
async fn what_is_not_understood_is_passed_over() {
    let hub = Hub::start().await;
    let agent = Agent::joined(&hub).await;
    agent.push(1);
    agent
        .during(async {
            let mut peer = hub.accept().await;
            peer.welcome(0).await;
            peer.raw(b"{\"type\":\"run\",\"command\":\"reboot\"}\n[]\nnonsense\n\n").await;
            peer.raw(b"{\"type\":\"ack\",\"seq\":99}\n{\"error\":{\"code\":\"odd\",\"message\":\"\"}}\n")
                .await;
            assert_eq!(peer.samples().await.map(|s| s.seq), Some(1));
            peer.ack(1).await;
            agent.push(1);
            assert_eq!(peer.samples().await.map(|s| s.seq), Some(2));
        })
        .await;
}

#[tokio::test]
async fn a_silent_connection_is_asked_for_a_sign_of_life() {
    let hub = Hub::start().await;
    let mut agent = Agent::joined(&hub).await;
    agent.timings.ping_after = Duration::from_millis(10);
    agent
        .during(async {
            let mut peer = hub.accept().await;
            peer.welcome(0).await;
            for _ in 0..3 {
                assert_eq!(peer.frame().await, Some(ClientFrame::Ping {}));
                peer.send(HubFrame::Pong { now_us: 0 }).await;
            }
        })
        .await;
}

#[tokio::test]
async fn past_two_thirds_of_its_life_the_certificate_is_renewed_and_used() {
    let hub = Hub::start().await;
    let agent = Agent::with_certificate(&hub, 60, 10).await;
    let before = Identity::load(agent.dir.path()).unwrap();
    agent.push(1);
    agent
        .during(async {
            let mut peer = hub.accept().await;
            let old = certificate_facts(&peer.certificate().unwrap()).unwrap();
            peer.welcome(0).await;
            let renew = loop {
                match peer.frame().await {
                    Some(ClientFrame::Renew(renew)) => break renew,
                    Some(ClientFrame::Samples(_)) => {}
                    other => panic!("{other:?}"),
                }
            };
            peer.send(HubFrame::Renewed(hub.sign(&renew.csr, 0, 70))).await;
            let mut peer = hub.accept().await;
            let new = certificate_facts(&peer.certificate().unwrap()).unwrap();
            assert_ne!(old.key_sha256, new.key_sha256, "a new key, not only a new certificate");
            peer.welcome(0).await;
            assert_eq!(peer.samples().await.map(|s| s.seq), Some(1), "not acknowledged before");
        })
        .await;
    let after = Identity::load(agent.dir.path()).unwrap();
    assert!(after.not_after_us > before.not_after_us);
    assert_eq!(after.addresses, before.addresses);
}

#[tokio::test]
async fn revoked_it_goes_on_asking_and_loses_nothing() {
    let hub = Hub::start().await;
    let agent = Agent::joined(&hub).await;
    agent.push(2);
    agent
        .during(async {
            for _ in 0..2 {
                let mut peer = hub.accept().await;
                peer.frame().await.expect("hello");
                peer.send(HubFrame::fatal("revoked", "Join again.")).await;
            }
            let mut peer = hub.accept().await;
            peer.welcome(0).await;
            expect_seqs(&mut peer, &mut Ledger::default(), 2).await;
        })
        .await;
}

#[tokio::test]
async fn with_a_certificate_that_is_over_it_says_so() {
    let hub = Hub::start().await;
    let agent = Agent::with_certificate(&hub, 60, -1).await;
    let end = tokio::select! {
        end = connect(agent.dir.path(), "test", &agent.shared, &agent.timings) => end.err(),
        _ = hub.accept() => panic!("the hub must not take it"),
    };
    assert!(
        matches!(&end, Some(End::Lost(ConnectionError::Refused { code, .. })) if advice(code).is_some()),
        "{end:?}"
    );
}

#[tokio::test]
async fn a_long_wait_ends_when_somebody_joins_again() {
    let hub = Hub::start().await;
    let mut agent = Agent::joined(&hub).await;
    agent.timings.refused = Duration::from_secs(1_000_000);
    agent
        .during(async {
            let mut peer = hub.accept().await;
            peer.frame().await.expect("hello");
            peer.send(HubFrame::fatal("revoked", "Join again.")).await;
            while peer.frame().await.is_some() {}
            let token = hub.token(&[hub.address().to_string()]);
            let (joined, ()) = tokio::join!(join(&token, agent.dir.path()), hub.enrol(0, 90));
            joined.unwrap();
            hub.accept().await.welcome(0).await;
        })
        .await;
}

#[tokio::test]
async fn a_later_epoch_at_the_hub_makes_it_begin_another() {
    let hub = Hub::start().await;
    let agent = Agent::joined(&hub).await;
    agent.push(2);
    agent
        .during(async {
            let mut peer = hub.accept().await;
            let before = peer.welcome(0).await.epoch;
            let seq = peer.samples().await.map(|s| s.seq);
            peer.send(HubFrame::error("stale_epoch", "over", seq)).await;
            let seq = peer.samples().await.map(|s| s.seq);
            peer.send(HubFrame::error("stale_epoch", "over", seq)).await;
            let mut peer = hub.accept().await;
            let second = peer.frame().await;
            assert!(matches!(&second, Some(ClientFrame::Hello(hello)) if hello.epoch > before), "{second:?}");
            peer.send(HubFrame::fatal("stale_epoch", "A later epoch has begun.")).await;
            let mut peer = hub.accept().await;
            assert!(peer.welcome(0).await.epoch > before + 1_000_000, "far past the wrong clock");
            expect_seqs(&mut peer, &mut Ledger::default(), 2).await;
        })
        .await;
}
