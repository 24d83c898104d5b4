//! Many connections that send as fast as they are answered.

use crate::fleet::Fleet;
use crate::line::Line;
use crate::process::{Process, processor};
use crate::samples::Templates;
use anyhow::{Context as _, Result, anyhow};
use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::Semaphore;
use watchroom::clock::{Clock as _, SystemClock};

/// Threads of the generator.
const THREADS: usize = 2;
/// Handshakes at a time.
const HANDSHAKES: usize = 64;

/// What is sent to whom.
#[derive(Clone)]
pub struct Plan {
    pub address: SocketAddr,
    pub fleet: Arc<Fleet>,
    pub templates: Arc<Templates>,
    /// Frames of each connection that wait for their answer.
    pub window: usize,
    /// Larger than that of any plan before on the same hub.
    pub epoch: u64,
    /// Time before the first run, and of each run.
    pub warm: Duration,
    pub each: Duration,
    pub runs: usize,
}

/// What came of it, one value a run.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// Answers a second.
    pub per_s: Vec<f64>,
    /// Processor time of the server for one frame, microseconds.
    pub server_us: Vec<f64>,
    /// Processor time of the generator for one frame, microseconds.
    pub generator_us: Vec<f64>,
    /// From sending to the answer, milliseconds.
    pub waits_ms: Vec<f64>,
}

struct Shared {
    plan: Plan,
    opening: Semaphore,
    open: AtomicU64,
    answered: AtomicU64,
    stop: AtomicBool,
    waits: Mutex<Vec<f64>>,
    failed: Mutex<Option<String>>,
}

impl Shared {
    fn fail(&self, error: &anyhow::Error) {
        let mut failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
        failed.get_or_insert_with(|| format!("{error:#}"));
        self.stop.store(true, Ordering::Relaxed);
    }

    fn failure(&self) -> Result<()> {
        let failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
        failed.as_ref().map_or(Ok(()), |error| Err(anyhow!("a connection: {error}")))
    }
}

/// Runs a plan against a server that is there already.
pub async fn run(plan: Plan, server: &Process) -> Result<Outcome> {
    let shared = Arc::new(Shared {
        opening: Semaphore::new(HANDSHAKES),
        open: AtomicU64::new(0),
        answered: AtomicU64::new(0),
        stop: AtomicBool::new(false),
        waits: Mutex::default(),
        failed: Mutex::default(),
        plan,
    });
    let threads: Vec<_> = (0..THREADS).map(|n| start_thread(n, shared.clone())).collect::<Result<_>>()?;
    let measured = measure(&shared, server).await;
    shared.stop.store(true, Ordering::Relaxed);
    for thread in threads {
        tokio::task::spawn_blocking(move || thread.join())
            .await?
            .map_err(|_| anyhow!("a generator's fault"))?;
    }
    shared.failure()?;
    measured
}

async fn measure(shared: &Shared, server: &Process) -> Result<Outcome> {
    let all = shared.plan.fleet.len() as u64;
    while shared.open.load(Ordering::Relaxed) < all {
        shared.failure()?;
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    tokio::time::sleep(shared.plan.warm).await;
    let mut outcome = Outcome::default();
    for _ in 0..shared.plan.runs {
        shared.waits.lock().unwrap_or_else(PoisonError::into_inner).clear();
        let (begun, before) = (Instant::now(), shared.answered.load(Ordering::Relaxed));
        let (server_before, own_before) = (server.processor()?, processor(std::process::id())?);
        tokio::time::sleep(shared.plan.each).await;
        let frames = (shared.answered.load(Ordering::Relaxed) - before) as f64;
        let per_frame = |d: Duration| d.as_secs_f64() * 1e6 / frames.max(1.0);
        outcome.per_s.push(frames / begun.elapsed().as_secs_f64());
        outcome.server_us.push(per_frame(server.processor()? - server_before));
        outcome.generator_us.push(per_frame(processor(std::process::id())? - own_before));
        let waits = shared.waits.lock().unwrap_or_else(PoisonError::into_inner);
        outcome.waits_ms.extend(waits.iter());
        drop(waits);
        shared.failure()?;
    }
    Ok(outcome)
}

fn start_thread(n: usize, shared: Arc<Shared>) -> Result<std::thread::JoinHandle<()>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let body = move || {
        runtime.block_on(async {
            let mut lines = Vec::new();
            for machine in (n..shared.plan.fleet.len()).step_by(THREADS) {
                let shared = shared.clone();
                lines.push(tokio::spawn(async move {
                    if let Err(error) = one(machine, &shared).await
                        && !shared.stop.load(Ordering::Relaxed)
                    {
                        shared.fail(&error);
                    }
                }));
            }
            for line in lines {
                // A fault of one is a fault of all: nothing is measured then.
                if line.await.is_err() {
                    shared.fail(&anyhow!("a fault of the generator"));
                }
            }
        });
    };
    std::thread::Builder::new().name("generator".into()).spawn(body).context("no thread")
}

async fn one(machine: usize, shared: &Shared) -> Result<()> {
    let plan = &shared.plan;
    let opening = shared.opening.acquire().await?;
    let mut line = Line::open(plan.address, plan.fleet.config(machine), plan.epoch).await?;
    drop(opening);
    shared.open.fetch_add(1, Ordering::Relaxed);
    // All begin when all are there: handshakes would be in the way otherwise.
    while shared.open.load(Ordering::Relaxed) < plan.fleet.len() as u64
        && !shared.stop.load(Ordering::Relaxed)
    {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let (mut seq, mut out) = (0, Vec::new());
    let mut sent: VecDeque<Instant> = VecDeque::with_capacity(plan.window);
    while !shared.stop.load(Ordering::Relaxed) {
        let (now, now_us) = (Instant::now(), SystemClock.now_us());
        while sent.len() < plan.window {
            seq += 1;
            plan.templates.put(&mut out, seq, now_us);
            sent.push_back(now);
        }
        line.send(&out).await?;
        out.clear();
        let answered = line.some_answers().await?;
        shared.answered.fetch_add(answered as u64, Ordering::Relaxed);
        let first = sent.drain(..answered.min(sent.len())).next();
        // One in many is enough to know how long they wait.
        if seq % 16 == 0
            && let Some(first) = first
        {
            let wait_ms = first.elapsed().as_secs_f64() * 1e3;
            shared.waits.lock().unwrap_or_else(PoisonError::into_inner).push(wait_ms);
        }
    }
    Ok(())
}
