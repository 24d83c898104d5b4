//! `watchroom config`.

use super::{Failure, SettingsArguments, say};
use crate::event_log::{Address, EventLog};
use crate::hub::{database, own_certificate, present_master_key};
use crate::settings::Settings;
use clap::Subcommand;
use std::time::Duration;
use tokio::time::timeout;

#[derive(Debug, Subcommand)]
pub(super) enum ConfigAction {
    /// Say whether the settings can be used, and where the data lies
    Check {
        #[command(flatten)]
        settings: SettingsArguments,
        /// As JSON
        #[arg(long)]
        json: bool,
        /// Do not connect to the database server
        #[arg(long)]
        offline: bool,
    },
    /// Print every setting with its default and what it means
    Default,
}

/// How long the database server may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// The settings, and where the log lies by them; whatever they name is looked for.
fn check(arguments: &SettingsArguments, offline: bool) -> Result<(Settings, Address), Failure> {
    let settings = arguments.load()?;
    let mut problems = named(&settings);
    let address = database(&settings).map_err(|e| problems.push(e.to_string())).ok();
    if let (Some(address), false) = (&address, offline) {
        problems.extend(connect(address).err());
    }
    match address {
        Some(address) if problems.is_empty() => Ok((settings, address)),
        _ => Err(Failure::usage(problems.join("\n"))),
    }
}

/// What is wrong with the files and variables that the settings name.
fn named(settings: &Settings) -> Vec<String> {
    let mut problems = Vec::new();
    let console = &settings.console;
    if !console.certificate.as_os_str().is_empty()
        && let Err(error) = own_certificate(&console.certificate, &console.private_key)
    {
        problems.push(format!("console.certificate: {error}"));
    }
    problems.extend(present_master_key(settings).err().map(|e| e.to_string()));
    let token = &settings.metrics.token;
    if !token.is_unset() {
        problems.extend(token.read().err().map(|e| format!("metrics.token: {e}")));
    }
    problems
}

fn connect(address: &Address) -> Result<(), String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|e| e.to_string())?;
    let looked = runtime.block_on(async { timeout(PATIENCE, EventLog::look(address)).await });
    looked
        .map_err(|_| format!("database.url: {address} has not answered for {} s", PATIENCE.as_secs()))?
        .map_err(|e| format!("database.url: {e}"))
}

pub(super) fn run(action: &ConfigAction) -> Result<(), Failure> {
    match action {
        ConfigAction::Default => {
            say(crate::settings::DEFAULTS.trim_end());
            Ok(())
        }
        ConfigAction::Check { settings, json, offline } => match check(settings, *offline) {
            Ok((settings, address)) => {
                let (data, console) = (settings.data_dir(), settings.console.listen);
                if *json {
                    let text = serde_json::json!({
                        "ok": true, "data_dir": data, "database": address.to_string(), "console": console,
                    });
                    say(&text.to_string());
                } else {
                    say(&format!(
                        "The settings are right. Data: {}; database: {address}; console: {console}.",
                        data.display()
                    ));
                }
                Ok(())
            }
            Err(failure) => {
                if *json {
                    let problems: Vec<_> = failure.text.lines().collect();
                    say(&serde_json::json!({"ok": false, "problems": problems}).to_string());
                }
                Err(Failure::wrong(failure.text))
            }
        },
    }
}
