//! `watchroom reload` and `watchroom person`: questions to the hub that runs on this machine.

use super::{Failure, SettingsArguments, say};
use crate::hub::{Question, Reply, ask};
use clap::{Args, Subcommand};
use jiff::Timestamp;

#[derive(Debug, Args)]
#[command(
    after_help = "The same as SIGHUP. No connection ends. What cannot be changed while the hub runs is named, and\nwaits for its next start; when something is wrong with the new settings or certificates, the old ones\nstay in use. The hub reads the file that it was started with.\n\nExit codes: 0 done; 1 something is wrong with the new ones; 2 wrong arguments or settings; 3 no hub answers."
)]
pub(super) struct ReloadArguments {
    #[command(flatten)]
    settings: SettingsArguments,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Subcommand)]
pub(super) enum PersonAction {
    /// Make a link by which somebody who forgot a password sets another one
    #[command(
        after_help = "For whoever may look into the hub's data folder. The link works once, for an hour; that it was made\nis recorded. Setting the password ends every session of that person.\n\nExit codes: 0 done; 1 there is no such person; 2 wrong arguments or settings; 3 no hub answers."
    )]
    ResetLink {
        /// The login name
        login: String,
        #[command(flatten)]
        settings: SettingsArguments,
        /// Print one JSON object
        #[arg(long)]
        json: bool,
    },
    /// Turn off two-step sign-in for somebody who has lost the device and the recovery codes
    #[command(
        after_help = "For whoever may look into the hub's data folder. The password is still asked for; if that is forgotten\ntoo, make a reset-link as well. That it was turned off is recorded.\n\nExit codes: 0 done; 1 there is no such person, or it is off; 2 wrong arguments or settings; 3 no hub answers."
    )]
    TwoStepOff {
        /// The login name
        login: String,
        #[command(flatten)]
        settings: SettingsArguments,
    },
}

fn put(settings: &SettingsArguments, question: &Question) -> Result<Reply, Failure> {
    // The file may be the very one that is wrong; of it only the data folder is needed here.
    let data_dir = match &settings.data {
        Some(data) => data.clone(),
        None => settings.load()?.data_dir(),
    };
    match ask(&data_dir, question).map_err(Failure::start)? {
        Reply::Refused { why } => Err(Failure::wrong(why)),
        reply => Ok(reply),
    }
}

pub(super) fn reload(arguments: &ReloadArguments) -> Result<(), Failure> {
    let reply = put(&arguments.settings, &Question::Reload)?;
    let Reply::Reloaded { applied, waiting } = &reply else { return Err(misunderstood()) };
    if arguments.json {
        say(&serde_json::json!({"applied": applied, "waiting": waiting}).to_string());
        return Ok(());
    }
    match applied.is_empty() {
        true => {
            say("The certificates were read again; no other setting that can be used at once has changed.")
        }
        false => say(&format!("In use from now on: the certificates, {}.", applied.join(", "))),
    }
    if !waiting.is_empty() {
        say(&format!("Waiting for the hub's next start: {}.", waiting.join(", ")));
    }
    Ok(())
}

pub(super) fn person(action: &PersonAction) -> Result<(), Failure> {
    let (login, settings, json) = match action {
        PersonAction::ResetLink { login, settings, json } => (login, settings, json),
        PersonAction::TwoStepOff { login, settings } => {
            let reply = put(settings, &Question::TwoStepOff { login: login.clone() })?;
            let Reply::Off = &reply else { return Err(misunderstood()) };
            say(&format!("Two-step sign-in is off for {login}: the password alone opens the account."));
            return Ok(());
        }
    };
    let reply = put(settings, &Question::ResetLink { login: login.clone() })?;
    let Reply::Link { link, expires_us } = &reply else { return Err(misunderstood()) };
    if *json {
        say(&serde_json::json!({"link": link, "expires_us": expires_us}).to_string());
    } else {
        let until = Timestamp::from_microsecond(*expires_us).unwrap_or_default();
        say(&format!("This link sets another password for {login}, once, until {until:.0}:\n\n  {link}"));
    }
    Ok(())
}

fn misunderstood() -> Failure {
    Failure::start("the hub answered something else; is it of another version?")
}
