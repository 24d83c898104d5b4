//! The hub as a whole, as somebody has it who starts it for the first time.

use crate::Sizes;
use crate::fleet::hub;
use crate::report::{Aim, Figure};
use anyhow::{Context as _, Result};
use std::path::Path;

const MIB: f64 = 1_048_576.0;

/// Memory of `up` after a while under its own agent, and the size of the programs.
pub async fn measure(program: &Path, agent: &Path, sizes: &Sizes) -> Result<Vec<Figure>> {
    let folder = tempfile::tempdir()?;
    let server = hub(program, folder.path(), "up").await?;
    tokio::time::sleep(sizes.up).await;
    let (resident, peak) = (server.resident()?, peak(server.id()?)?);
    server.stop().await?;
    let size = |path: &Path| Ok::<_, anyhow::Error>(path.metadata()?.len() as f64 / MIB);
    Ok(vec![
        Figure::once(
            format!("memory of `watchroom up` after {} s under its own agent", sizes.up.as_secs()),
            "MiB",
            resident / MIB,
        )
        .aim(Aim::AtMost(45.0))
        .note(format!("at most {:.1} MiB meanwhile", peak / MIB)),
        Figure::once("size of `watchroom`, stripped", "MiB", size(program)?).aim(Aim::AtMost(25.0)),
        Figure::once("size of `watchroom-agent`, stripped", "MiB", size(agent)?),
    ])
}

fn peak(id: u32) -> Result<f64> {
    let status = std::fs::read_to_string(format!("/proc/{id}/status"))?;
    let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:")).context("no VmHWM")?;
    Ok(line.trim().trim_end_matches(" kB").trim().parse::<f64>()? * 1024.0)
}
