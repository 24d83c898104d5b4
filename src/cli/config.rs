//! `watchroom config`.

use super::{Failure, SettingsArguments, say};
use crate::event_log::Address;
use crate::hub::database;
use crate::settings::Settings;
use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub(super) enum ConfigAction {
    /// Say whether the settings can be used, and where the data lies
    Check {
        #[command(flatten)]
        settings: SettingsArguments,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Print every setting with its default and what it means
    Default,
}

/// The settings, and where the log lies by them; the password of its database is looked for.
fn check(arguments: &SettingsArguments) -> Result<(Settings, Address), Failure> {
    let settings = arguments.load()?;
    let address = database(&settings).map_err(|e| Failure::usage(e.to_string()))?;
    Ok((settings, address))
}

pub(super) fn run(action: &ConfigAction) -> Result<(), Failure> {
    match action {
        ConfigAction::Default => {
            say(crate::settings::DEFAULTS.trim_end());
            Ok(())
        }
        ConfigAction::Check { settings, json } => match check(settings) {
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
