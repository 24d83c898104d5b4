//! `watchroom serve`, and what it has in common with `up`.

use super::manager::Manager;
use super::progress::Progress;
use super::{Failure, SettingsArguments, say};
use crate::clock::SystemClock;
use crate::hub::{Hub, bind};
use crate::settings::Settings;
use clap::Args;
use std::future::Future;
use std::io::IsTerminal as _;
use std::sync::Arc;
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

#[derive(Debug, Args)]
#[command(
    after_help = "Runs until SIGINT or SIGTERM. Log lines go to standard error; WATCHROOM_LOG sets how much\n(error, warn, info, debug), --json how they look."
)]
pub(super) struct ServeArguments {
    #[command(flatten)]
    pub settings: SettingsArguments,
    /// Print what was started as one JSON line, and log lines as JSON
    #[arg(long)]
    pub json: bool,
}

pub(super) fn run(arguments: &ServeArguments) -> Result<(), Failure> {
    let settings = arguments.settings.load()?;
    start_logging(arguments.json);
    in_hub(&settings, |hub| async move {
        announce(&hub, arguments.json);
        until_stopped(&hub, &arguments.settings).await;
        hub.stop().await;
        Ok(())
    })
}

/// Starts a hub inside an actix system and goes on with it.
pub(super) fn in_hub<F>(settings: &Settings, then: impl FnOnce(Hub) -> F) -> Result<(), Failure>
where
    F: Future<Output = Result<(), Failure>>,
{
    let listeners = bind(settings).map_err(|e| Failure::start(e.to_string()))?;
    actix_rt::System::new().block_on(async {
        let mut progress = Progress::of("reading the log");
        let folded = Box::new(move |done, all| progress.at(done, all));
        let hub = Hub::start_telling(settings, listeners, Arc::new(SystemClock), folded).await;
        then(hub.map_err(|e| Failure::start(e.to_string()))?).await
    })
}

/// Says where the hub is, and how to make the first account while there is none.
pub(super) fn announce(hub: &Hub, json: bool) {
    let setup = hub.setup_link();
    if json {
        let line = serde_json::json!({
            "console": hub.public_url, "console_port": hub.console.port(), "socket_port": hub.socket.port(),
            "setup": setup, "authority_sha256": hub.authority_sha256(),
        });
        return say(&line.to_string());
    }
    say(&format!(
        "Watchroom is running.\n\n  Console  {}\n  Agents   {}",
        hub.public_url,
        hub.enrolment.addresses.join(", ")
    ));
    if let Some(link) = setup {
        say(&format!("\nMake the first account (this link works once, until the hub stops):\n\n  {link}"));
    }
    if hub.own_certificate {
        say(&format!(
            "\nThe certificate is signed by this hub's own authority, so the browser asks once whether to\ntrust it. Its fingerprint (SHA-256): {}",
            hub.authority_sha256()
        ));
    }
    say("\nStop with Ctrl-C.");
}

/// Waits for SIGINT or SIGTERM, reads settings anew at SIGHUP, and keeps a service manager informed.
pub(super) async fn until_stopped(hub: &Hub, settings: &SettingsArguments) {
    let (manager, settings) = (Manager::from_environment(), settings.clone());
    hub.reloader.reads_by(Arc::new(move || settings.load().map_err(|failure| failure.text)));
    manager.tell("READY=1");
    tokio::select! {
        () = stop_signal() => {}
        () = reloads(hub, &manager) => {}
        () = manager.keep_alive(hub.core.shared_registry()) => {}
    }
    manager.tell("STOPPING=1");
}

async fn reloads(hub: &Hub, manager: &Manager) {
    let mut signals = match signal(SignalKind::hangup()) {
        Ok(signals) => signals,
        Err(error) => {
            tracing::error!(%error, "SIGHUP cannot be waited for; `watchroom reload` does the same");
            return std::future::pending().await;
        }
    };
    while signals.recv().await.is_some() {
        manager.tell("RELOADING=1");
        if let Err(why) = hub.reloader.reload().await {
            tracing::error!(why, "nothing was taken over; settings and certificates stay as they were");
        }
        manager.tell("READY=1");
    }
}

/// Waits for SIGINT or SIGTERM.
pub(super) async fn stop_signal() {
    let wait = |kind: SignalKind| async move {
        match signal(kind) {
            Ok(mut signals) => {
                signals.recv().await;
            }
            Err(error) => {
                tracing::error!(%error, "this signal cannot be waited for");
                std::future::pending::<()>().await;
            }
        }
    };
    tokio::select! {
        () = wait(SignalKind::interrupt()) => {}
        () = wait(SignalKind::terminate()) => {}
    }
}

/// How much is logged when nothing else is said: what others report of their routine is left out.
const USUAL: &str = "info,sqlx=warn,sea_orm_migration=warn,actix_server=warn";

/// Log lines to standard error.
pub(super) fn start_logging(json: bool) {
    let filter = EnvFilter::try_from_env("WATCHROOM_LOG").unwrap_or_else(|_| EnvFilter::new(USUAL));
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr);
    // A second start in one process (tests) keeps the first one's.
    let _ = if json { lines.json().try_init() } else { lines.with_target(false).try_init() };
}
