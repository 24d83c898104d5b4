//! `watchroom log`: verify, cat and tail. They only read, and may do so while a hub records.
//!
//! Exit codes: 0 all is well, 1 the log is wrong, 2 wrong usage (said by the argument parser), 3 the log
//! cannot be opened or read.

mod show;

use crate::event_log::{EventLog, LogError, Verdict};
use clap::{Args, Subcommand};
use show::Show;
use std::io::{self, ErrorKind, Write};
use std::time::Duration;
use watchroom_domain::Position;
use watchroom_wire::tls::hex;

/// All is well.
pub const OK: u8 = 0;
/// The log is not what was recorded.
pub const WRONG: u8 = 1;
/// The log cannot be opened or read.
pub const UNREADABLE: u8 = 3;

const READ_AT_ONCE: usize = 500;
/// How often a followed log is asked for more.
const POLL: Duration = Duration::from_millis(500);

/// What can be done with the log.
#[derive(Clone, Debug, Subcommand)]
pub enum LogCommand {
    /// Walk the whole hash chain; name the first position that is wrong.
    Verify(VerifyArgs),
    /// Print recorded events, oldest first.
    Cat(CatArgs),
    /// Print the newest events, and with --follow every further one.
    Tail(TailArgs),
}

/// Arguments of `log verify`.
#[derive(Clone, Debug, Default, Args)]
pub struct VerifyArgs {
    /// Print one JSON object.
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `log cat`.
#[derive(Clone, Debug, Args)]
pub struct CatArgs {
    /// First position to print.
    #[arg(long, value_name = "POSITION", default_value_t = 1)]
    pub from: Position,
    /// Last position to print; the newest when left out.
    #[arg(long, value_name = "POSITION")]
    pub to: Option<Position>,
    /// Only events of this stream, such as machine/0190… or channel/email.
    #[arg(long, value_name = "NAME")]
    pub stream: Option<String>,
    /// How events are printed.
    #[command(flatten)]
    pub form: Form,
}

/// Arguments of `log tail`.
#[derive(Clone, Debug, Args)]
pub struct TailArgs {
    /// How many events to begin with.
    #[arg(short = 'n', long, value_name = "EVENTS", default_value_t = 10)]
    pub lines: u64,
    /// Go on printing what is recorded from now on.
    #[arg(short, long)]
    pub follow: bool,
    /// How events are printed.
    #[command(flatten)]
    pub form: Form,
}

/// How events are printed.
#[derive(Clone, Copy, Debug, Default, Args)]
pub struct Form {
    /// Print one JSON object a line.
    #[arg(long)]
    pub json: bool,
    /// Print names, mail addresses and other personal text; without it they read «subject …».
    #[arg(long)]
    pub reveal: bool,
}

/// Why a command ended early.
enum Ended {
    /// Nobody reads on: as if it were finished.
    NobodyReads,
    Log(LogError),
}

impl From<LogError> for Ended {
    fn from(error: LogError) -> Self {
        Self::Log(error)
    }
}

impl From<io::Error> for Ended {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            ErrorKind::BrokenPipe => Self::NobodyReads,
            _ => Self::Log(LogError::Database(format!("the output cannot be written: {error}"))),
        }
    }
}

/// Runs a command on an open log. Results go to `out`, complaints and progress to `err`; progress only
/// where `err` is a terminal. Returns the exit code.
pub async fn run(
    log: &EventLog,
    command: &LogCommand,
    out: &mut (dyn Write + Send),
    err: &mut (dyn Write + Send),
    terminal: bool,
) -> u8 {
    let done = match command {
        LogCommand::Verify(args) => verify(log, args, out, terminal.then_some(&mut *err)).await,
        LogCommand::Cat(args) => cat(log, args, out).await,
        LogCommand::Tail(args) => tail(log, args, out).await,
    };
    match done {
        Ok(code) => code,
        Err(Ended::NobodyReads) => OK,
        Err(Ended::Log(error)) => {
            // Where even this cannot be written, the exit code has to do.
            let _ = writeln!(err, "watchroom: {error}");
            if matches!(error, LogError::Unreadable { .. }) { WRONG } else { UNREADABLE }
        }
    }
}

async fn verify(
    log: &EventLog,
    args: &VerifyArgs,
    out: &mut (dyn Write + Send),
    progress: Option<&mut (dyn Write + Send)>,
) -> Result<u8, Ended> {
    let verdict = match progress {
        None => log.verify(|_| ()).await?,
        Some(err) => {
            let head = log.head().await?;
            // Progress is a courtesy; whether it can be written changes nothing.
            let verdict = log
                .verify(|pos| {
                    let _ = write!(err, "\rverified {pos} of {head}").and_then(|()| err.flush());
                })
                .await;
            let _ = write!(err, "\r\x1b[K");
            verdict?
        }
    };
    match (verdict, args.json) {
        (Verdict::Sound { head, batches, chain }, true) => {
            let chain = hex(&chain);
            let found =
                serde_json::json!({"sound": true, "head": head, "batches": batches, "chain": chain});
            writeln!(out, "{found}")?;
            Ok(OK)
        }
        (Verdict::Sound { head, batches, chain }, false) => {
            writeln!(out, "The log is sound: {head} events in {batches} batches.")?;
            writeln!(out, "Chain: {}", hex(&chain))?;
            Ok(OK)
        }
        (Verdict::Wrong { pos, fault }, true) => {
            let (code, message) = (fault.code(), fault.to_string());
            let found =
                serde_json::json!({"sound": false, "position": pos, "fault": code, "message": message});
            writeln!(out, "{found}")?;
            Ok(WRONG)
        }
        (Verdict::Wrong { pos, fault }, false) => {
            writeln!(out, "The log is wrong at position {pos}: {fault}.")?;
            writeln!(out, "Everything before it is as it was recorded.")?;
            Ok(WRONG)
        }
    }
}

async fn cat(log: &EventLog, args: &CatArgs, out: &mut (dyn Write + Send)) -> Result<u8, Ended> {
    let last = match args.to {
        Some(to) => to,
        None => log.head().await?,
    };
    let mut show = Show::new(args.form);
    let mut after = args.from.saturating_sub(1);
    while after < last {
        let events = match &args.stream {
            Some(stream) => log.read_stream(stream, after, READ_AT_ONCE).await?,
            None => log.read(after, READ_AT_ONCE).await?,
        };
        let Some(newest) = events.last() else { break };
        after = newest.pos;
        for event in events.iter().filter(|e| e.pos <= last) {
            show.event(log, event, out).await?;
        }
    }
    out.flush()?;
    Ok(OK)
}

async fn tail(log: &EventLog, args: &TailArgs, out: &mut (dyn Write + Send)) -> Result<u8, Ended> {
    let mut show = Show::new(args.form);
    let mut after = log.head().await?.saturating_sub(args.lines);
    loop {
        let events = log.read(after, READ_AT_ONCE).await?;
        for event in &events {
            show.event(log, event, out).await?;
        }
        out.flush()?;
        match events.last() {
            Some(newest) => after = newest.pos,
            None if args.follow => tokio::time::sleep(POLL).await,
            None => return Ok(OK),
        }
    }
}
