//! Measures Watchroom: each figure beside the raw limit of the same machine in the same run.

mod browser;
mod console;
mod echo;
mod fleet;
mod frames;
mod history;
mod idle;
mod line;
mod load;
mod log;
mod mail;
mod people;
mod pixel;
mod process;
mod report;
mod samples;
mod smtp;
mod start;
mod whole;

use anyhow::Result;
use clap::{Parser, Subcommand};
use process::Programs;
use report::Figure;
use std::io::Write as _;
use std::path::PathBuf;
use std::time::Duration;

#[derive(Debug, Parser)]
#[command(name = "watchroom-bench", about = "Measures Watchroom beside the raw limits of this machine.")]
struct Arguments {
    #[command(subcommand)]
    what: What,
    /// Write the figures as JSON into this file too
    #[arg(long, global = true)]
    json: Option<PathBuf>,
    /// Measure this hub instead of the one that belongs to this build
    #[arg(long, global = true)]
    hub: Option<PathBuf>,
    /// Events of the history that `start` and `console` are measured with
    #[arg(long, global = true)]
    history: Option<usize>,
    /// Samples of the frames that `frames` is measured with
    #[arg(long, global = true, value_delimiter = ',')]
    samples: Vec<usize>,
    /// Tiny sizes, which show only that it works
    #[arg(long, global = true)]
    smoke: bool,
}

#[derive(Clone, Debug, PartialEq, Subcommand)]
enum What {
    /// Everything below
    All,
    /// Frames a second that are acknowledged as durable
    Frames,
    /// Memory of an idle connection
    Idle,
    /// From a reading to its mail
    Mail,
    /// From a reading to the browser's pixel
    Pixel,
    /// Start with a long history
    Start,
    /// How long the console takes to answer, with a long history
    Console,
    /// The hub as a whole: memory and size
    Whole,
    /// Recording and verifying by the log alone
    Log,
    /// (for `frames` and `idle`) a bare TLS server
    #[command(hide = true)]
    Echo { folder: PathBuf },
}

/// How much of everything.
#[derive(Clone, Debug)]
struct Sizes {
    /// Samples of a small frame, and of what an agent sends of a whole machine.
    samples: Vec<usize>,
    connections: usize,
    window: usize,
    warm: Duration,
    each: Duration,
    runs: usize,
    idle: usize,
    settle: Duration,
    alarms: usize,
    readings: usize,
    history: usize,
    /// Whether the history is kept for the next time.
    kept: bool,
    up: Duration,
    frames: usize,
    /// People with accounts, and how often each page is asked for.
    people: usize,
    asked: usize,
}

impl Sizes {
    fn usual() -> Self {
        let seconds = Duration::from_secs;
        Self {
            samples: vec![4, 40],
            connections: 1_000,
            window: 8,
            warm: seconds(5),
            each: seconds(5),
            runs: 5,
            idle: 15_000,
            settle: seconds(35),
            alarms: 300,
            readings: 100,
            history: 10_000_000,
            kept: true,
            up: seconds(180),
            frames: 20_000,
            people: 200,
            asked: 50,
        }
    }

    fn smoke() -> Self {
        let millis = Duration::from_millis;
        Self {
            samples: vec![4],
            connections: 4,
            window: 2,
            warm: millis(10),
            each: millis(100),
            runs: 1,
            idle: 4,
            settle: millis(10),
            alarms: 2,
            readings: 3,
            history: 1_000,
            kept: false,
            up: millis(10),
            frames: 500,
            people: 25,
            asked: 2,
        }
    }
}

/// Prints a line for a person or a program; a closed pipe is not our failure.
fn say(text: &str) {
    let _ = writeln!(std::io::stdout(), "{text}");
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    // Both rustls and the hub's library take what was installed first; there is only one to choose from.
    let _ = rustls::crypto::ring::default_provider().install_default();
    if let What::Echo { folder } = &arguments.what {
        return echo::serve(folder);
    }
    let mut sizes = if arguments.smoke { Sizes::smoke() } else { Sizes::usual() };
    sizes.history = arguments.history.unwrap_or(sizes.history);
    if !arguments.samples.is_empty() {
        sizes.samples.clone_from(&arguments.samples);
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let load = process::load();
    let figures = runtime.block_on(measure(&arguments, &sizes))?;
    say(&report::as_table(&figures));
    if let Some(path) = &arguments.json {
        std::fs::write(path, report::as_json(&figures, load).to_string())?;
    }
    Ok(())
}

async fn measure(arguments: &Arguments, sizes: &Sizes) -> Result<Vec<Figure>> {
    let Programs { hub: program, agent } = Programs::find(arguments.hub.clone()).await?;
    let wanted = |part: What| arguments.what == What::All || arguments.what == part;
    let mut figures = Vec::new();
    if wanted(What::Frames) {
        figures.extend(frames::measure(&program, sizes).await?);
    }
    if wanted(What::Idle) {
        figures.extend(idle::measure(&program, sizes).await?);
    }
    if wanted(What::Mail) {
        figures.extend(mail::measure(&program, sizes).await?);
    }
    if wanted(What::Pixel) {
        figures.extend(pixel::measure(&program, sizes).await?);
    }
    if wanted(What::Log) {
        figures.extend(log::measure(&program, sizes).await?);
    }
    if wanted(What::Start) {
        figures.extend(start::measure(&program, sizes).await?);
    }
    if wanted(What::Console) {
        figures.extend(console::measure(&program, sizes).await?);
    }
    if wanted(What::Whole) {
        figures.extend(whole::measure(&program, &agent, sizes).await?);
    }
    Ok(figures)
}
