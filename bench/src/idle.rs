//! Resident memory of an idle TLS connection, beside a bare one of the same library.

use crate::fleet::{Fleet, hub};
use crate::line::Line;
use crate::process::Process;
use crate::report::{Aim, Figure};
use crate::{Sizes, echo};
use anyhow::Result;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

/// Handshakes at a time; the hub makes 256 of one address.
const HANDSHAKES: usize = 64;
/// Bytes of a connection that are aimed at.
const AIM_KIB: f64 = 16.0;

/// Measures the hub and a bare server.
pub async fn measure(program: &Path, sizes: &Sizes) -> Result<Vec<Figure>> {
    let folder = tempfile::tempdir()?;
    let fleet = Arc::new(Fleet::new(program, folder.path(), sizes.idle).await?);
    let (bare, address) = echo::start(&fleet).await?;
    let raw = kib_a_line(&bare, address, &fleet, sizes).await?;
    bare.stop().await?;
    let server = hub(program, folder.path(), "serve").await?;
    let address = SocketAddr::from(([127, 0, 0, 1], server.port("socket_port")?));
    let before = server.resident()?;
    let own = kib_a_line(&server, address, &fleet, sizes).await?;
    let note = format!(
        "the hub as a whole {:.0} MiB, {:.0} before the first came",
        server.resident()? / 1_048_576.0,
        before / 1_048_576.0
    );
    server.stop().await?;
    let name = format!("resident memory of an idle TLS connection, {} of them", sizes.idle);
    Ok(vec![
        Figure::once(name, "KiB", own).aim(Aim::AtMost(AIM_KIB)).beside("tokio-rustls alone", raw).note(note),
    ])
}

async fn kib_a_line(server: &Process, address: SocketAddr, fleet: &Arc<Fleet>, sizes: &Sizes) -> Result<f64> {
    let before = server.resident()?;
    let (places, mut opening) = (Arc::new(Semaphore::new(HANDSHAKES)), JoinSet::new());
    for n in 0..fleet.len() {
        let (places, config) = (places.clone(), fleet.config(n));
        opening.spawn(async move {
            let _place = places.acquire_owned().await?;
            let mut line = Line::open(address, config, 1).await?;
            line.rest();
            Ok::<_, anyhow::Error>(line)
        });
    }
    let mut lines = Vec::with_capacity(fleet.len());
    while let Some(line) = opening.join_next().await {
        lines.push(line??);
    }
    // What a connection needs only at its beginning is given back by then.
    tokio::time::sleep(sizes.settle).await;
    Ok((server.resident()? - before) / fleet.len() as f64 / 1024.0)
}
