//! `watchroom agent`.

use super::serve::{start_logging, stop_signal};
use super::{Failure, say};
use clap::Args;
use std::path::PathBuf;
use std::time::Duration;
use watchroom_agent::{AgentError, AgentOptions, Identity};

#[derive(Debug, Args)]
#[command(
    after_help = "An administrator gets the token on the machine's page in the console. It is needed once; from\nthen on the agent is known by its own key. It opens no port and needs no special rights.\nIt reads processor, load, memory, disks, network, sensors, batteries, users and NVIDIA GPUs every 5 s unless\n--interval says otherwise."
)]
pub(super) struct AgentArguments {
    /// Join a hub with this token, then go on watching
    #[arg(long, value_name = "TOKEN")]
    join: Option<String>,
    /// Folder for the agent's key and its buffer
    #[arg(long, value_name = "DIR")]
    state: Option<PathBuf>,
    /// Seconds between two readings, 1 to 60
    #[arg(long, value_name = "SECONDS", default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..=60))]
    interval: u64,
    /// Never tell the hub which processes use most (names and users only) while an alert is open
    #[arg(long)]
    no_processes: bool,
    /// Run checks that the hub assigns to this machine: requests for pages, TCP connections, TLS handshakes
    #[arg(long, value_name = "on|off", default_value = "on", value_parser = ["on", "off"])]
    checks: String,
}

pub(super) fn run(arguments: &AgentArguments) -> Result<(), Failure> {
    start_logging(false);
    let state_dir = arguments.state.clone().unwrap_or_else(watchroom_agent::default_state_dir);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|e| Failure::start(e.to_string()))?;
    runtime.block_on(async {
        if let Some(token) = &arguments.join {
            let identity = watchroom_agent::join(token, &state_dir).await.map_err(failure)?;
            say(&format!("Joined as machine {}; watching from now on.", identity.machine));
        } else if !Identity::exists(&state_dir) {
            return Err(Failure::not_joined(format!(
                "this machine has not joined a hub (nothing in {}). Get a token in the console and run\n  watchroom agent --join TOKEN",
                state_dir.display()
            )));
        }
        let interval = Duration::from_secs(arguments.interval);
        let (processes, checks) = (!arguments.no_processes, arguments.checks == "on");
        let options = AgentOptions { processes, checks, ..AgentOptions::new(state_dir, interval) };
        watchroom_agent::run(options, stop_signal()).await.map_err(failure)
    })
}

pub(super) fn failure(error: AgentError) -> Failure {
    Failure::start(error.to_string())
}
