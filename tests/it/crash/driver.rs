//! An agent that sends all it can, and remembers what it was promised.

use crate::harness::socket::Socket;
use crate::harness::wait::{pause, within};
use crate::socket::client::{Agent, frame, hello, labelled};
use std::net::SocketAddr;
use tokio::sync::watch;

pub const METRIC: &str = "oven_c";
/// Above this the rule fires.
pub const LIMIT: f64 = 90.0;
const EPOCH: u64 = 1;
/// Frames on one side of the limit before the value changes over.
const RUN: u64 = 25;

/// Which of its ovens a frame is about: each comes and goes twice, for what does so more often is flapping, of
/// which nobody is told every time. It is well again when the next one begins.
pub fn oven_of(seq: u64) -> String {
    (seq / RUN + 1).div_euclid(4).to_string()
}

/// What every frame carries: so that each has a value of its own, and now and then crosses the limit.
pub fn value_of(seq: u64) -> f64 {
    let side = if (seq / RUN) % 2 == 1 { 95.0 } else { 40.0 };
    side + (seq % 1_000) as f64 / 1_000.0
}

/// How far all are, and how often the hub was started.
#[derive(Clone)]
pub struct Progress {
    acknowledged: watch::Sender<u64>,
    starts: watch::Sender<u64>,
    finished: watch::Sender<bool>,
}

impl Default for Progress {
    fn default() -> Self {
        Self {
            acknowledged: watch::Sender::new(0),
            starts: watch::Sender::new(1),
            finished: watch::Sender::new(false),
        }
    }
}

impl Progress {
    /// Waits until so many more frames are acknowledged.
    pub async fn advance(&self, frames: u64) {
        let wanted = *self.acknowledged.borrow() + frames;
        let mut acknowledged = self.acknowledged.subscribe();
        let reached = acknowledged.wait_for(|all| *all >= wanted);
        within("more acknowledged frames", super::SLOW, reached).await.unwrap();
    }

    /// The hub is there again.
    pub fn started(&self) {
        self.starts.send_modify(|starts| *starts += 1);
    }

    /// Nobody begins another burst.
    pub fn finish(&self) {
        self.finished.send_replace(true);
    }
}

pub struct Driver {
    agent: Agent,
    address: SocketAddr,
    progress: Progress,
    sent: u64,
    acknowledged: u64,
    /// Whether only the database dies: then frames may be refused for a while, and are sent again.
    hub_stays: bool,
}

impl Driver {
    pub fn new(agent: Agent, address: SocketAddr, progress: Progress) -> Self {
        Self { agent, address, progress, sent: 0, acknowledged: 0, hub_stays: false }
    }

    /// Sends on, whatever is refused meanwhile, until it is told to stop.
    pub async fn run_on(mut self) -> (String, u64) {
        self.hub_stays = true;
        let sending = async {
            while !matches!(self.connection().await, Ok(true)) {
                pause().await;
            }
        };
        within("the end of the load", 4 * super::SLOW, sending).await;
        (self.agent.machine, self.acknowledged)
    }

    /// Sends until it is told to stop; gives the machine and the highest number that was acknowledged.
    pub async fn run(mut self) -> (String, u64) {
        let mut starts = self.progress.starts.subscribe();
        loop {
            starts.borrow_and_update();
            // Whatever ends a connection, the next one goes on where the hub says it is.
            match self.connection().await {
                Ok(true) => return (self.agent.machine, self.acknowledged),
                Ok(false) | Err(_) => {
                    within("the hub to come back", super::SLOW, starts.changed()).await.unwrap();
                }
            }
        }
    }

    /// Whether it was told to stop, or else the connection has ended.
    async fn connection(&mut self) -> std::io::Result<bool> {
        let mut socket = self.agent.connect(self.address).await?;
        socket.send(&hello(EPOCH)).await?;
        let Some(welcome) = socket.read().await? else { return Ok(false) };
        if self.hub_stays && welcome["type"] == "error" {
            return Ok(false);
        }
        let last = welcome["last_seq"].as_u64().unwrap_or_else(|| panic!("no welcome: {welcome}"));
        assert!(last >= self.acknowledged, "{} were promised, {last} are there", self.acknowledged);
        assert!(last <= self.sent, "{last} are there, of {} that were sent", self.sent);
        self.promised(last);
        while !*self.progress.finished.borrow() {
            // Bursts of every length that the protocol allows to be under way, and no two alike in a row.
            let burst = 1 + (self.acknowledged * 7) % 40;
            if !self.burst(&mut socket, burst).await? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    async fn burst(&mut self, socket: &mut Socket, frames: u64) -> std::io::Result<bool> {
        let last = self.acknowledged + frames;
        let lines = (self.acknowledged + 1..=last)
            .map(|seq| format!("{}\n", labelled(frame(seq, METRIC, value_of(seq)), "oven", &oven_of(seq))));
        let lines: String = lines.collect();
        self.sent = self.sent.max(last);
        socket.send_raw(lines.as_bytes()).await?;
        while self.acknowledged < last {
            let Some(answer) = socket.read().await? else { return Ok(false) };
            if self.hub_stays && answer["type"] == "error" {
                return Ok(false);
            }
            assert_eq!(answer["type"], "ack", "{answer}");
            self.promised(answer["seq"].as_u64().unwrap());
        }
        Ok(true)
    }

    fn promised(&mut self, seq: u64) {
        let more = seq.saturating_sub(self.acknowledged);
        self.acknowledged += more;
        self.progress.acknowledged.send_modify(|all| *all += more);
    }
}
