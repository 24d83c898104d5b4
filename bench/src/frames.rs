//! Frames a second that are acknowledged as durable, beside the same frames over TLS with nothing behind.

use crate::fleet::{Fleet, hub};
use crate::load::{Outcome, Plan, run};
use crate::report::{Aim, Figure, median, quantile};
use crate::samples::Templates;
use crate::{Sizes, echo};
use anyhow::Result;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

/// Frames a second that are aimed at, with the load's own work on the same two cores.
const AIM: f64 = 30_000.0;

/// Measures both kinds of frames.
pub async fn measure(program: &Path, sizes: &Sizes) -> Result<Vec<Figure>> {
    let mut figures = Vec::new();
    for samples in sizes.samples.iter().copied() {
        let folder = tempfile::tempdir()?;
        let fleet = Arc::new(Fleet::new(program, folder.path(), sizes.connections).await?);
        let templates = Arc::new(Templates::new(samples));
        let plan = |address, epoch| Plan {
            address,
            epoch,
            fleet: fleet.clone(),
            templates: templates.clone(),
            window: sizes.window,
            warm: sizes.warm,
            each: sizes.each,
            runs: sizes.runs,
        };
        // Before and after, so that what the machine does meanwhile is seen.
        let (first, address) = echo::start(&fleet).await?;
        let before = run(plan(address, 1), &first).await?;
        first.stop().await?;
        let server = hub(program, folder.path(), "serve").await?;
        let address = SocketAddr::from(([127, 0, 0, 1], server.port("socket_port")?));
        let durable = run(plan(address, 1), &server).await?;
        server.stop().await?;
        let (second, address) = echo::start(&fleet).await?;
        let after = run(plan(address, 1), &second).await?;
        second.stop().await?;
        let raw = Outcome {
            per_s: [before.per_s, after.per_s].concat(),
            server_us: [before.server_us, after.server_us].concat(),
            ..Outcome::default()
        };
        figures.extend(told(samples, templates.bytes(), sizes.connections, durable, &raw));
    }
    Ok(figures)
}

fn told(samples: usize, bytes: usize, connections: usize, hub: Outcome, raw: &Outcome) -> [Figure; 2] {
    let waits = [0.5, 0.99].map(|part| quantile(&hub.waits_ms, part));
    let kind = format!("frames of {samples} samples ({bytes} bytes), {connections} connections");
    let note = format!(
        "median wait {:.0} ms, 99% {:.0} ms; generator {:.0} µs a frame",
        waits[0],
        waits[1],
        median(&hub.generator_us)
    );
    [
        Figure::of_runs(format!("{kind}: acknowledged as durable"), "1/s", hub.per_s)
            .aim(Aim::AtLeast(AIM))
            .beside("TLS, one short answer a line", median(&raw.per_s))
            .note(note),
        Figure::of_runs(format!("{kind}: processor time of the hub"), "µs", hub.server_us)
            .beside("TLS, one short answer a line", median(&raw.server_us)),
    ]
}
