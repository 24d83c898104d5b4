//! `watchroom up`: the hub, and an agent that watches this very machine over TLS like any other.

use super::agent::failure;
use super::serve::{announce, in_hub, start_logging, until_stopped};
use super::{Failure, SettingsArguments};
use crate::actors::handle::Submit as _;
use crate::enrol::issue_token;
use crate::fresh;
use crate::hub::{Hub, local_address, machine_name};
use clap::Args;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::sync::oneshot;
use watchroom_agent::{AgentOptions, Identity};
use watchroom_domain::{By, Command, Envelope, Keeper, MachineDetails, MachineId, SubjectId};

#[derive(Debug, Args)]
#[command(
    after_help = "The first start makes a data folder with the log (SQLite), keys and a certificate authority.\nWhat can be set stands in config/default.toml; `watchroom config default` prints it."
)]
pub(super) struct UpArguments {
    #[command(flatten)]
    settings: SettingsArguments,
    /// Print what was started as one JSON line, and log lines as JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(arguments: &UpArguments) -> Result<(), Failure> {
    let settings = arguments.settings.load()?;
    start_logging(arguments.json);
    let state_dir = settings.data_dir().join("agent");
    let interval = Duration::from_secs(u64::from(settings.agent.interval_s));
    in_hub(&settings, |hub| async move {
        let (stop, stopped) = oneshot::channel::<()>();
        let agent = match enrol_this_machine(&hub, &state_dir).await {
            Ok(token) => Some(start_agent(token, state_dir, interval, stopped)?),
            Err(failure) => {
                tracing::error!(error = failure.text, "this machine is not watched");
                None
            }
        };
        announce(&hub, arguments.json);
        until_stopped(&hub, &arguments.settings).await;
        // The agent has gone already if nobody listens.
        let _ = stop.send(());
        hub.stop().await;
        if let Some(agent) = agent {
            let _ = agent.join();
        }
        Ok(())
    })
}

/// A join token for this machine, unless its agent is known already.
async fn enrol_this_machine(hub: &Hub, state_dir: &Path) -> Result<Option<String>, Failure> {
    let known = Identity::load(state_dir).ok().and_then(|i| i.machine.parse::<MachineId>().ok());
    let accepted =
        |id: &MachineId| hub.core.views.with(|s| s.machines.get(id).is_some_and(|m| !m.agents.is_empty()));
    if known.is_some_and(|id| accepted(&id)) {
        return Ok(None);
    }
    let refused = |e: crate::actors::handle::SubmitError| Failure::start(e.to_string());
    let name = machine_name();
    let there =
        hub.core.views.with(|s| s.machines.values().find(|m| m.details.name == name).map(|m| m.machine));
    let machine = match there {
        Some(machine) => machine,
        None => {
            let now = hub.core.clock.now_us();
            let machine = MachineId(fresh::id(now));
            let details = MachineDetails {
                name,
                address: local_address().map(|ip| ip.to_string()).unwrap_or_default(),
                model: model(),
                note: String::new(),
                ..MachineDetails::default()
            };
            let nobody = Keeper {
                subject: SubjectId(fresh::id(now)),
                name: String::new(),
                phone: String::new(),
                mail: String::new(),
            };
            let command = Command::RegisterMachine { machine, details, keeper: nobody };
            hub.core.registry.submit(Envelope::new(By::Hub, command)).await.map_err(refused)?;
            machine
        }
    };
    let addresses = vec![format!("127.0.0.1:{}", hub.socket.port())];
    let token = issue_token(&hub.enrolment, By::Hub, machine, 1, Some(addresses)).await.map_err(refused)?;
    Ok(Some(token.text))
}

/// What the firmware says this machine is.
fn model() -> String {
    let read = |name: &str| std::fs::read_to_string(format!("/sys/class/dmi/id/{name}")).unwrap_or_default();
    let words = [read("sys_vendor"), read("product_name")];
    words
        .iter()
        .map(|w| w.trim())
        .filter(|w| !w.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
        .chars()
        .take(128)
        .collect()
}

/// The agent has a thread and a runtime of its own, as it would have a machine of its own.
fn start_agent(
    token: Option<String>,
    state_dir: PathBuf,
    interval: Duration,
    stopped: oneshot::Receiver<()>,
) -> Result<std::thread::JoinHandle<()>, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|e| Failure::start(e.to_string()))?;
    let work = async move {
        if let Some(token) = token {
            watchroom_agent::join(&token, &state_dir).await.map_err(failure)?;
        }
        let shutdown = async {
            // An error means that the hub is gone; stop then too.
            let _ = stopped.await;
        };
        watchroom_agent::run(AgentOptions::new(state_dir, interval), shutdown).await.map_err(failure)
    };
    let body = move || {
        if let Err(failure) = runtime.block_on(work) {
            tracing::error!(error = failure.text, "this machine is not watched");
        }
    };
    std::thread::Builder::new()
        .name("watchroom-agent".into())
        .spawn(body)
        .map_err(|e| Failure::start(e.to_string()))
}
