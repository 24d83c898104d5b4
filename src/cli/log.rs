//! `watchroom log`: verify, cat and tail. They only read, and may do so while a hub records.

mod show;

use super::progress::Progress;
use super::{Failure, SettingsArguments};
use crate::event_log::{EventLog, LogError, Verdict};
use crate::hub::{database, present_master_key};
use clap::{Args, Subcommand};
use show::Show;
use std::io::{self, ErrorKind, Write};
use std::time::Duration;
use watchroom_domain::Position;
use watchroom_wire::tls::hex;

const READ_AT_ONCE: usize = 500;
/// How often a followed log is asked for more.
const POLL: Duration = Duration::from_millis(500);

const CODES: &str = "The hub may go on recording meanwhile.\n\nExit codes: 0 done, and what was verified is sound; 1 the log is wrong; 2 wrong arguments or\nsettings; 3 the log cannot be opened or read.";

#[derive(Debug, Subcommand)]
pub(super) enum LogAction {
    /// Walk the whole hash chain, and name the first position that is wrong
    Verify(VerifyArguments),
    /// Print recorded events, oldest first
    Cat(CatArguments),
    /// Print the newest events, and with --follow every further one
    Tail(TailArguments),
}

#[derive(Debug, Args)]
#[command(after_help = CODES)]
pub(super) struct VerifyArguments {
    #[command(flatten)]
    settings: SettingsArguments,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
#[command(after_help = CODES)]
pub(super) struct CatArguments {
    #[command(flatten)]
    settings: SettingsArguments,
    /// First position to print
    #[arg(long, value_name = "POSITION", default_value_t = 1)]
    from: Position,
    /// Last position to print; the newest when left out
    #[arg(long, value_name = "POSITION")]
    to: Option<Position>,
    /// Only events of this stream, such as hub or channel/email
    #[arg(long, value_name = "NAME")]
    stream: Option<String>,
    #[command(flatten)]
    form: Form,
}

#[derive(Debug, Args)]
#[command(after_help = CODES)]
pub(super) struct TailArguments {
    #[command(flatten)]
    settings: SettingsArguments,
    /// How many events to begin with
    #[arg(short = 'n', long, value_name = "EVENTS", default_value_t = 10)]
    lines: u64,
    /// Go on printing what is recorded from now on
    #[arg(short, long)]
    follow: bool,
    #[command(flatten)]
    form: Form,
}

/// How events are printed.
#[derive(Clone, Copy, Debug, Default, Args)]
struct Form {
    /// Print one JSON object a line
    #[arg(long)]
    json: bool,
    /// Print names, mail addresses and other personal text too, instead of «subject …»
    #[arg(long)]
    reveal: bool,
}

/// Why a command ended early.
enum Ended {
    /// Nobody reads on: as if it were finished.
    NobodyReads,
    Failed(Failure),
}

impl From<LogError> for Ended {
    fn from(error: LogError) -> Self {
        Self::Failed(match error {
            LogError::Unreadable { .. } => Failure::wrong(error.to_string()),
            _ => Failure::start(error.to_string()),
        })
    }
}

impl From<io::Error> for Ended {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            ErrorKind::BrokenPipe => Self::NobodyReads,
            _ => Self::Failed(Failure::start(format!("the output cannot be written: {error}"))),
        }
    }
}

impl LogAction {
    fn settings(&self) -> &SettingsArguments {
        match self {
            Self::Verify(arguments) => &arguments.settings,
            Self::Cat(arguments) => &arguments.settings,
            Self::Tail(arguments) => &arguments.settings,
        }
    }
}

pub(super) fn run(action: &LogAction) -> Result<(), Failure> {
    let settings = action.settings().load()?;
    let failed = |e: &dyn std::error::Error| Failure::start(e.to_string());
    let key = present_master_key(&settings).map_err(|e| failed(&e))?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_err(|e| failed(&e))?.block_on(async {
        let address = database(&settings).map_err(|e| failed(&e))?;
        let log = EventLog::open_read_only(address, key).await.map_err(|e| failed(&e))?;
        match execute(&log, action, &mut io::stdout()).await {
            Ok(()) | Err(Ended::NobodyReads) => Ok(()),
            Err(Ended::Failed(failure)) => Err(failure),
        }
    })
}

async fn execute(log: &EventLog, action: &LogAction, out: &mut (dyn Write + Send)) -> Result<(), Ended> {
    match action {
        LogAction::Verify(args) => verify(log, args, out).await,
        LogAction::Cat(args) => cat(log, args, out).await,
        LogAction::Tail(args) => tail(log, args, out).await,
    }
}

async fn verify(log: &EventLog, args: &VerifyArguments, out: &mut (dyn Write + Send)) -> Result<(), Ended> {
    match (walk(log).await?, args.json) {
        (Verdict::Sound { head, batches, chain }, true) => {
            let chain = hex(&chain);
            let found = serde_json::json!({"sound": true, "head": head, "batches": batches, "chain": chain});
            writeln!(out, "{found}")?;
        }
        (Verdict::Sound { head, batches, chain }, false) => {
            writeln!(out, "The log is sound: {head} events in {batches} batches.")?;
            writeln!(out, "Chain: {}", hex(&chain))?;
        }
        (Verdict::Wrong { pos, fault }, json) => {
            if json {
                let (code, message) = (fault.code(), fault.to_string());
                let found =
                    serde_json::json!({"sound": false, "position": pos, "fault": code, "message": message});
                writeln!(out, "{found}")?;
            }
            let text = format!(
                "the log is wrong at position {pos}: {fault}. Everything before it is as it was recorded"
            );
            return Err(Ended::Failed(Failure::wrong(text)));
        }
    }
    Ok(())
}

async fn walk(log: &EventLog) -> Result<Verdict, LogError> {
    let (head, mut progress) = (log.head().await?, Progress::of("verifying"));
    log.verify(|pos| progress.at(pos, head)).await
}

async fn cat(log: &EventLog, args: &CatArguments, out: &mut (dyn Write + Send)) -> Result<(), Ended> {
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
    Ok(())
}

async fn tail(log: &EventLog, args: &TailArguments, out: &mut (dyn Write + Send)) -> Result<(), Ended> {
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
            None => return Ok(()),
        }
    }
}

#[cfg(test)]
mod tests;
