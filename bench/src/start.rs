//! How long a hub takes to serve on a log with a long history.

use crate::Sizes;
use crate::fleet::{Fleet, hub, open_log};
use crate::history::Historian;
use crate::process::Programs;
use crate::report::{Aim, Figure};
use anyhow::{Context as _, Result};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;
use watchroom::clock::{Clock as _, SystemClock};

/// Machines of the history.
const MACHINES: usize = 1_000;
/// Samples of each frame.
const SAMPLES: usize = 8;
/// Between two frames of one machine.
const STEP_US: i64 = 10_000_000;
/// Frames that are recorded at once.
const AT_ONCE: usize = 2_000;
/// Frames for each incident.
const FRAMES_PER_INCIDENT: usize = 1_000;
/// Seconds that are aimed at.
const AIM_S: f64 = 2.0;

/// Starts it some times; the first without anything of the log in memory.
pub async fn measure(program: &Path, sizes: &Sizes) -> Result<Vec<Figure>> {
    let passing = tempfile::tempdir()?;
    let folder = history(program, sizes, passing.path()).await?;
    let size = folder.join("watchroom.db").metadata()?.len();
    forget(&folder);
    let (cold, _) = start(program, &folder).await?;
    let (mut warm, mut memory) = (Vec::new(), 0.0);
    for _ in 0..sizes.runs {
        let (took, resident) = start(program, &folder).await?;
        warm.push(took);
        memory = resident;
    }
    let raw = read_everything(&folder)?;
    let name = format!("start with {} events ({} MiB) to serving", sizes.history, size >> 20);
    Ok(vec![
        Figure::of_runs(name.clone(), "s", warm)
            .aim(Aim::AtMost(AIM_S))
            .beside("SQLite reading the rows of all changes", raw)
            .note(format!("{:.0} MiB resident then", memory / 1_048_576.0)),
        Figure::once(format!("{name}, nothing of it in memory"), "s", cold).aim(Aim::AtMost(AIM_S)),
    ])
}

/// The data folder of a hub with the history, made if it is not there; one that is not kept lies in `passing`.
pub async fn history(program: &Path, sizes: &Sizes, passing: &Path) -> Result<PathBuf> {
    let folder = if sizes.kept { folder(sizes.history)? } else { passing.join("history") };
    if !folder.join("whole").exists() {
        make(program, &folder, sizes.history).await?;
    }
    Ok(folder)
}

async fn start(program: &Path, folder: &Path) -> Result<(f64, f64)> {
    let server = hub(program, folder, "serve").await?;
    let took = (server.took.as_secs_f64(), server.resident()?);
    server.stop().await?;
    Ok(took)
}

/// Where histories are kept between runs: beside the build.
fn folder(events: usize) -> Result<PathBuf> {
    let own = Programs::own()?;
    let target = own.parent().and_then(Path::parent).context("no target folder")?;
    Ok(target.join("bench-history").join(events.to_string()))
}

/// Makes the history through the log's own append.
async fn make(program: &Path, folder: &Path, events: usize) -> Result<()> {
    // One that was not finished is of no use.
    let _ = std::fs::remove_dir_all(folder);
    std::fs::create_dir_all(folder)?;
    let machines = MACHINES.min(events / 100).max(1);
    let fleet = Fleet::new(program, folder, machines).await?;
    let log = open_log(folder).await?;
    let now_us = SystemClock.now_us();
    let rounds = events / machines;
    let begin_us = now_us - rounds as i64 * STEP_US;
    let mut historian = Historian::begin(&log, &fleet.machines, begin_us).await?;
    let (mut groups, mut done, begun) = (Vec::new(), 0, Instant::now());
    while log.head().await? + (groups.len() as u64) < events as u64 {
        let at_us = begin_us + (done / machines) as i64 * STEP_US;
        groups.push(vec![historian.frame(done % machines, SAMPLES, at_us)]);
        done += 1;
        if done % FRAMES_PER_INCIDENT == 0 {
            groups.push(historian.incident(done / FRAMES_PER_INCIDENT % machines, at_us)?);
        }
        if groups.len() >= AT_ONCE {
            historian.record(std::mem::take(&mut groups)).await?;
        }
        if done % 500_000 == 0 {
            eprintln!("history: {done} frames in {:.0} s", begun.elapsed().as_secs_f64());
        }
    }
    historian.record(groups).await?;
    log.close().await?;
    // Whoever reads the log was up to date when the hub was stopped.
    let database = rusqlite::Connection::open(folder.join("watchroom.db"))?;
    database.execute(
        "UPDATE cursors SET pos = (SELECT next_pos - 1 FROM log_head), chain = (SELECT chain FROM log_head)",
        [],
    )?;
    database.close().map_err(|(_, error)| error)?;
    Ok(std::fs::write(folder.join("whole"), [])?)
}

/// Takes the log out of the system's memory, as far as that can be asked for.
fn forget(folder: &Path) {
    let file = format!("if={}", folder.join("watchroom.db").display());
    // Without it the figure is that of a warm start; nothing breaks.
    let _ = Command::new("dd").args([&file, "iflag=nocache", "count=0", "status=none"]).status();
}

/// The rows that a start cannot do without, by SQLite alone.
fn read_everything(folder: &Path) -> Result<f64> {
    let database = rusqlite::Connection::open(folder.join("watchroom.db"))?;
    let begun = Instant::now();
    let mut statement = database.prepare(
        "SELECT e.pos, s.name, e.meta, e.body FROM events e JOIN streams s ON s.id = e.stream \
         WHERE e.kind <> 30 ORDER BY e.pos",
    )?;
    let mut rows = statement.query([])?;
    let mut bytes = 0;
    while let Some(row) = rows.next()? {
        bytes += row.get_ref(2)?.as_blob()?.len() + row.get_ref(3)?.as_blob()?.len();
    }
    anyhow::ensure!(bytes > 0, "no changes in the log");
    Ok(begun.elapsed().as_secs_f64())
}
