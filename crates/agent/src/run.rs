//! The agent at work: collecting on a steady clock, bringing frames to the hub, both at once.

use crate::checks::{Finding, run_checks};
use crate::clock::now_us;
use crate::collect::{Collectors, Roots};
use crate::error::AgentError;
use crate::frames::Frames;
use crate::identity::{Identity, make_state_dir};
use crate::spool::Spool;
use crate::uplink::{self, Offer, Shared, Timings};
use crate::{PROGRAM, body};
use std::convert::Infallible;
use std::fs::{File, TryLockError};
use std::future::Future;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, MissedTickBehavior, interval_at};
use watchroom_wire::AssignedCheck;

/// Checks that one agent runs at a time.
const CHECKS_AT_ONCE: usize = 4;
/// Findings that may wait for the spool.
const MOST_FINDINGS: usize = 64;

/// How the agent works.
#[derive(Clone, Debug)]
pub struct AgentOptions {
    /// Where identity and spool lie; one folder an agent.
    pub state_dir: PathBuf,
    /// Time between readings; kept within 1 s and 60 s.
    pub interval: Duration,
    /// Most bytes of frames on disk while the hub cannot be reached; the oldest are given up beyond it.
    pub spool_bytes: u64,
    /// Program and version, for people to read at the hub.
    pub program: String,
    /// Whether the hub is told, when it asks, which processes use most (names and users, no arguments).
    pub processes: bool,
    /// Whether checks that the hub assigns are run: requests for pages, connections and TLS handshakes.
    pub checks: bool,
}

impl AgentOptions {
    /// A reading every `interval`, 64 MiB of spool, and both processes and checks.
    pub fn new(state_dir: impl Into<PathBuf>, interval: Duration) -> Self {
        Self {
            state_dir: state_dir.into(),
            interval,
            spool_bytes: 64 * 1024 * 1024,
            program: PROGRAM.to_owned(),
            processes: true,
            checks: true,
        }
    }
}

/// Collects and brings what was collected to the hub until `shutdown` is ready. What the hub has not
/// acknowledged by then waits in the spool for the next run.
///
/// # Errors
/// [`AgentError::NotJoined`] before [`crate::join`], [`AgentError::InUse`] while another agent runs on the
/// folder, [`AgentError::State`] when the folder cannot be used. A hub that is away is no error.
pub async fn run(options: AgentOptions, shutdown: impl Future<Output = ()>) -> Result<(), AgentError> {
    let identity = Identity::load(&options.state_dir)?;
    make_state_dir(&options.state_dir)?;
    let _lock = lock(&options.state_dir)?;
    let limit = options.spool_bytes.max(256 * 1024);
    let spool = Spool::open(&options.state_dir.join("spool"), limit, &identity.machine, now_us())?;
    let (checks, list) = watch::channel(Vec::new());
    let roots = Roots::default();
    let offer = Offer {
        processes: options.processes.then_some(roots.proc),
        checks: options.checks.then_some(checks),
    };
    let shared = Shared::new(spool, offer);
    let timings = Timings::default();
    tokio::select! {
        () = shutdown => {}
        never = check(list, &shared) => match never {},
        never = collect(&options, &shared) => match never {},
        never = uplink::run(&options.state_dir, &options.program, &shared, &timings) => match never {},
    }
    shared.spool().sync();
    Ok(())
}

/// Runs what the hub assigns and puts what is found into the spool, each run as a frame of its own: one that
/// the hub does not take is left out by itself.
async fn check(list: watch::Receiver<Vec<AssignedCheck>>, shared: &Shared) -> Infallible {
    let (found, mut findings) = mpsc::channel(MOST_FINDINGS);
    let report = move |id: &str, finding: &Finding| {
        // A full queue means that the spool's disk hangs; the next run is not far.
        let _ = found.try_send((now_us(), body::of_check(id, &finding.samples(), finding.why.as_deref())));
    };
    let mut running = pin!(run_checks(list, CHECKS_AT_ONCE, Arc::new(report)));
    let mut over = false;
    loop {
        tokio::select! {
            () = &mut running, if !over => over = true,
            Some((observed_us, body)) = findings.recv() => {
                shared.spool().push(observed_us, &body);
                shared.more.notify_one();
            }
            else => std::future::pending().await,
        }
    }
}

/// Two agents on one spool would give out each number twice.
fn lock(state_dir: &Path) -> Result<File, AgentError> {
    let path = state_dir.join("lock");
    let file = File::create(&path).map_err(AgentError::state(&path))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(AgentError::InUse(state_dir.to_owned())),
        Err(TryLockError::Error(source)) => Err(AgentError::State { path, source }),
    }
}

async fn collect(options: &AgentOptions, shared: &Shared) -> Infallible {
    let mut collectors = Collectors::new(&Roots::default());
    let mut frames = Frames::default();
    // Rates and the processor's use need something to compare with: the first reading is not sent.
    collectors.collect(Instant::now().into_std(), &mut frames);
    let every = options.interval.clamp(Duration::from_secs(1), Duration::from_secs(60));
    let mut ticks = interval_at(Instant::now() + Duration::from_secs(1), every);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    loop {
        ticks.tick().await;
        frames.clear();
        let observed_us = now_us();
        collectors.collect(Instant::now().into_std(), &mut frames);
        let mut spool = shared.spool();
        for samples in frames.finish() {
            spool.push(observed_us, samples);
        }
        if !shared.is_online() {
            spool.sync();
        }
        drop(spool);
        shared.more.notify_one();
    }
}
