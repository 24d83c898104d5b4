//! A program that is measured: started, watched in `/proc`, ended.

use anyhow::{Context as _, Result, bail};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};
use tokio::time::timeout;

/// Time for a program to say that it is there.
const PATIENCE: Duration = Duration::from_secs(120);
/// Clock ticks a second in `/proc`; the same on every Linux.
const TICKS: f64 = 100.0;

/// A running program. Killed when it is dropped.
pub struct Process {
    child: Child,
    /// The JSON line that it began with.
    pub said: Value,
    /// From its start to that line.
    pub took: Duration,
}

impl Process {
    /// Starts a program that says where it is as one JSON line.
    pub async fn start(command: &mut Command) -> Result<Self> {
        let begun = Instant::now();
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("{:?} cannot be started", command.as_std().get_program()))?;
        let output = child.stdout.take().context("no standard output")?;
        let mut lines = BufReader::new(output).lines();
        let line =
            timeout(PATIENCE, lines.next_line()).await.context("it does not say that it is there")??;
        let Some(line) = line else { bail!("it ended before it said anything") };
        let said = serde_json::from_str(&line).with_context(|| format!("no JSON: {line}"))?;
        let took = begun.elapsed();
        // What else it says is of no interest, but must not fill the pipe.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Ok(Self { child, said, took })
    }

    /// A number that it said.
    pub fn port(&self, name: &str) -> Result<u16> {
        let port = self.said[name].as_u64().with_context(|| format!("it names no {name}"))?;
        Ok(u16::try_from(port)?)
    }

    /// Its number.
    pub fn id(&self) -> Result<u32> {
        self.child.id().context("it has ended")
    }

    /// Resident memory, bytes.
    pub fn resident(&self) -> Result<f64> {
        resident(self.id()?)
    }

    /// Processor time that it has used.
    pub fn processor(&self) -> Result<Duration> {
        processor(self.id()?)
    }

    /// Asks it to end and waits for that.
    pub async fn stop(mut self) -> Result<()> {
        let id = self.id()?.to_string();
        let asked = Command::new("sh").args(["-c", "kill -TERM \"$0\"", &id]).status().await?;
        if !asked.success() {
            bail!("it cannot be asked to end");
        }
        timeout(PATIENCE, self.child.wait()).await.context("it does not end")??;
        Ok(())
    }
}

/// Resident memory of a process, bytes.
pub fn resident(id: u32) -> Result<f64> {
    let status = std::fs::read_to_string(format!("/proc/{id}/status"))?;
    let line = status.lines().find_map(|l| l.strip_prefix("VmRSS:")).context("no VmRSS")?;
    let kib: f64 = line.trim().trim_end_matches(" kB").trim().parse()?;
    Ok(kib * 1024.0)
}

/// Processor time of a process, its own and the kernel's for it.
pub fn processor(id: u32) -> Result<Duration> {
    let stat = std::fs::read_to_string(format!("/proc/{id}/stat"))?;
    let rest = stat.rsplit_once(')').context("no name")?.1;
    let field = |n: usize| rest.split_whitespace().nth(n).and_then(|f| f.parse::<f64>().ok());
    // utime and stime are the 14th and 15th field, and two stand before the bracket.
    let (user, system) = field(11).zip(field(12)).context("no times")?;
    Ok(Duration::from_secs_f64((user + system) / TICKS))
}

/// The load average of the last minute.
pub fn load() -> f64 {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').next().and_then(|first| first.parse().ok()).unwrap_or(0.0)
}

/// The programs that are measured.
#[derive(Clone, Debug)]
pub struct Programs {
    pub hub: PathBuf,
    pub agent: PathBuf,
}

impl Programs {
    /// This very program; where it was built anew since it was started, the new one in its place.
    pub fn own() -> Result<PathBuf> {
        let own = std::env::current_exe()?;
        let name = own.to_str().context("the program's path is no text")?;
        Ok(PathBuf::from(name.trim_end_matches(" (deleted)")))
    }

    /// Those beside this one, which are built first where Cargo runs this; or another hub, to be compared.
    pub async fn find(other: Option<PathBuf>) -> Result<Self> {
        let own = Self::own()?;
        let folder = own.parent().context("no folder")?;
        let programs = Self { hub: folder.join("watchroom"), agent: folder.join("watchroom-agent") };
        if let Some(hub) = other {
            return Ok(Self { hub, ..programs });
        }
        if let Some(cargo) = std::env::var_os("CARGO") {
            build(Path::new(&cargo), folder).await?;
        }
        for path in [&programs.hub, &programs.agent] {
            if !path.exists() {
                bail!("{} is missing: cargo build --release --workspace", path.display());
            }
        }
        Ok(programs)
    }
}

/// Builds with this very program among the packages, so that nothing is built twice.
async fn build(cargo: &Path, folder: &Path) -> Result<()> {
    let profile = match folder.file_name().and_then(|n| n.to_str()) {
        Some("debug") | None => "dev",
        Some(other) => other,
    };
    let packages = ["watchroom-bench", "watchroom", "watchroom-agent"].map(|name| ["--package", name]);
    let done = Command::new(cargo)
        .args(["build", "--quiet", "--bins", "--profile", profile])
        .args(packages.as_flattened())
        .args(["--manifest-path", concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.toml")])
        .arg("--target-dir")
        .arg(folder.parent().context("no target folder")?)
        .status()
        .await?;
    if !done.success() {
        bail!("the programs that are measured cannot be built");
    }
    Ok(())
}
