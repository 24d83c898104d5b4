//! `watchroom config`.

use super::{Failure, SettingsArguments, say};
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

pub(super) fn run(action: &ConfigAction) -> Result<(), Failure> {
    match action {
        ConfigAction::Default => {
            say(crate::settings::DEFAULTS.trim_end());
            Ok(())
        }
        ConfigAction::Check { settings, json } => match settings.load() {
            Ok(settings) => {
                let (data, console) = (settings.data_dir(), settings.console.listen);
                if *json {
                    let text = serde_json::json!({"ok": true, "data_dir": data, "console": console});
                    say(&text.to_string());
                } else {
                    say(&format!("The settings are right. Data: {}; console: {console}.", data.display()));
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
