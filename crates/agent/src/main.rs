//! The small program of the agent: for machines that run no hub.

mod args;

use args::{Args, Asked};
use std::io::Write as _;
use std::process::ExitCode;
use tokio::signal::unix::{SignalKind, signal};
use watchroom_agent::{AgentError, AgentOptions, Identity, join, log_to_stderr, run};

/// Threads that look up names; each costs memory.
const BLOCKING: usize = 4;

const FAILED: u8 = 1;
const USAGE: u8 = 2;
const CANNOT_JOIN: u8 = 3;
const NOT_JOINED: u8 = 4;

fn main() -> ExitCode {
    let args = match args::parse(std::env::args_os().skip(1)) {
        Ok(Asked::Run(args)) => args,
        Ok(Asked::Help) => return print(args::HELP),
        Ok(Asked::Version) => return print(concat!("watchroom-agent ", env!("CARGO_PKG_VERSION"), "\n")),
        Err(wrong) => return fail(USAGE, &format!("{wrong}\nTry: watchroom-agent --help")),
    };
    log_to_stderr(args.verbose);
    let runtime = match tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .max_blocking_threads(BLOCKING)
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => return fail(FAILED, &error.to_string()),
    };
    let code = runtime.block_on(work(args));
    // A look-up of a name may still hang in a thread of its own; nothing is lost with it.
    runtime.shutdown_background();
    code
}

async fn work(args: Args) -> ExitCode {
    if let Some(token) = &args.join {
        match join(token, &args.state_dir).await {
            Ok(identity) => tracing::info!(machine = %identity.machine, "joined"),
            Err(error) => return fail(CANNOT_JOIN, &format!("cannot join: {error}")),
        }
    } else if !Identity::exists(&args.state_dir) {
        let wrong = AgentError::NotJoined(Identity::path(&args.state_dir));
        return fail(NOT_JOINED, &format!("{wrong}\nRun: watchroom-agent --join TOKEN"));
    }
    let stop = match (signal(SignalKind::terminate()), signal(SignalKind::interrupt())) {
        (Ok(mut terminate), Ok(mut interrupt)) => {
            async move {
                tokio::select! {
                    _ = terminate.recv() => {}
                    _ = interrupt.recv() => {}
                }
            }
        }
        (Err(error), _) | (_, Err(error)) => return fail(FAILED, &error.to_string()),
    };
    let (processes, checks) = (args.processes, args.checks);
    let options = AgentOptions { processes, checks, ..AgentOptions::new(&args.state_dir, args.interval) };
    match run(options, stop).await {
        Ok(()) => ExitCode::SUCCESS,
        // The identity is kept; an agent that runs already takes it with its next connection.
        Err(AgentError::InUse(_)) if args.join.is_some() => {
            tracing::info!("the agent that is running already takes the new identity when it next connects");
            ExitCode::SUCCESS
        }
        Err(error @ AgentError::NotJoined(_)) => fail(NOT_JOINED, &error.to_string()),
        Err(error) => fail(FAILED, &error.to_string()),
    }
}

fn print(text: &str) -> ExitCode {
    match std::io::stdout().write_all(text.as_bytes()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::from(FAILED),
    }
}

fn fail(code: u8, why: &str) -> ExitCode {
    let _ = writeln!(std::io::stderr(), "watchroom-agent: {why}");
    ExitCode::from(code)
}
