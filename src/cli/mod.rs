//! Arguments become settings, start and exit codes.

mod agent;
mod backup;
mod config;
mod control;
mod enclosed;
mod log;
mod manager;
mod progress;
mod restore;
mod serve;
mod up;

use crate::settings::{Settings, load};
use clap::{Args, Parser, Subcommand};
use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

/// Machines and people keep watch together: monitoring, alarms and talk in one self-hosted program.
#[derive(Debug, Parser)]
#[command(
    name = "watchroom",
    version,
    max_term_width = 100,
    after_help = "To begin:\n  watchroom up      start here and now, watching this very machine; prints a link that makes\n                    the first account\n  watchroom serve   the same without an agent, for a service manager\n\nExit codes: 0 done; 1 what was checked is wrong; 2 wrong arguments or settings; 3 cannot start or\nopen; 4 this machine has not joined a hub."
)]
struct Arguments {
    #[command(subcommand)]
    command: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Start the hub, on embedded SQLite unless told otherwise, and an agent that watches this very machine
    Up(up::UpArguments),
    /// Start the hub
    Serve(serve::ServeArguments),
    /// Watch this machine for a hub
    Agent(agent::AgentArguments),
    /// Look at settings
    #[command(subcommand)]
    Config(config::ConfigAction),
    /// Verify, print or follow the event log
    #[command(subcommand)]
    Log(log::LogAction),
    /// Write the log and what belongs to it into one file, while the hub runs
    Backup(backup::BackupArguments),
    /// Bring a backup back, into an empty place
    Restore(restore::RestoreArguments),
    /// Have the running hub read its settings and certificates again
    Reload(control::ReloadArguments),
    /// Help somebody who cannot sign in
    #[command(subcommand)]
    Person(control::PersonAction),
    /// Print the version
    Version {
        /// As JSON
        #[arg(long)]
        json: bool,
    },
}

/// Where the settings come from.
#[derive(Clone, Debug, Args)]
pub struct SettingsArguments {
    /// Settings file (TOML); every key is described in config/default.toml
    #[arg(long, short, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Folder for the log, keys and certificates; stands above hub.data_dir
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
}

impl SettingsArguments {
    /// Reads the settings, or says what is wrong with them.
    fn load(&self) -> Result<Settings, Failure> {
        let environment: Vec<_> = std::env::vars().collect();
        let mut settings =
            load(self.config.as_deref(), &environment).map_err(|e| Failure::usage(e.to_string()))?;
        if let Some(data) = &self.data {
            settings.hub.data_dir = data.clone();
        }
        Ok(settings)
    }
}

/// What is printed last, and the exit code.
#[derive(Debug)]
pub struct Failure {
    code: u8,
    text: String,
}

impl Failure {
    /// What was checked is wrong.
    pub fn wrong(text: impl Into<String>) -> Self {
        Self { code: 1, text: text.into() }
    }

    /// Wrong arguments or settings.
    pub fn usage(text: impl Into<String>) -> Self {
        Self { code: 2, text: text.into() }
    }

    /// Cannot start or open.
    pub fn start(text: impl Into<String>) -> Self {
        Self { code: 3, text: text.into() }
    }

    /// This machine has not joined a hub.
    pub fn not_joined(text: impl Into<String>) -> Self {
        Self { code: 4, text: text.into() }
    }
}

/// Prints a line for a person or a script; a closed pipe is not our failure.
fn say(text: &str) {
    let _ = writeln!(std::io::stdout(), "{text}");
}

/// Runs the program.
pub fn run() -> ExitCode {
    let arguments = Arguments::parse();
    let done = match arguments.command {
        Action::Up(arguments) => up::run(&arguments),
        Action::Serve(arguments) => serve::run(&arguments),
        Action::Agent(arguments) => agent::run(&arguments),
        Action::Config(action) => config::run(&action),
        Action::Log(action) => log::run(&action),
        Action::Backup(arguments) => backup::run(&arguments),
        Action::Restore(arguments) => restore::run(&arguments),
        Action::Reload(arguments) => control::reload(&arguments),
        Action::Person(action) => control::person(&action),
        Action::Version { json } => {
            version(json);
            Ok(())
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            let _ = writeln!(std::io::stderr(), "watchroom: {}", failure.text);
            ExitCode::from(failure.code)
        }
    }
}

fn version(json: bool) {
    let version = env!("CARGO_PKG_VERSION");
    if json {
        say(&serde_json::json!({"name": "watchroom", "version": version, "protocol": {
            "min": watchroom_wire::MIN_VERSION, "max": watchroom_wire::MAX_VERSION,
        }})
        .to_string());
    } else {
        say(&format!("watchroom {version}"));
    }
}
