//! `watchroom backup`: the log and what belongs to it, in one file, while the hub runs.

use super::progress::Progress;
use super::{Failure, SettingsArguments, say};
use crate::clock::{Clock as _, SystemClock};
use crate::event_log::{ArchiveWriter, Enclosed, EventLog, Header};
use crate::hub::{database, master_key_text, present_master_key};
use crate::settings::Settings;
use clap::Args;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use watchroom_wire::tls::hex;

/// Name of the settings file inside of a backup.
pub(super) const SETTINGS: &str = "settings.toml";
/// Files of the data folder that are keys or hold them.
const KEYS: &str = "ca-key.pem";
/// The certificate that agents know the hub by.
const AUTHORITY: &str = "ca.pem";
/// Name of the master key inside of a backup.
pub(super) const MASTER_KEY: &str = "master.key";
/// Largest file that is taken along.
const MOST_BYTES: u64 = 1 << 20;

#[derive(Debug, Args)]
#[command(
    after_help = "The hub may go on recording meanwhile: the backup is of the moment at which it begins. It holds the\nwhole event log (checked by `watchroom restore --check FILE`), the settings file, the hub's certificate\nauthority and the passwords typed into the console; only its owner can read the file.\n\nNames, phones and mail addresses in it are encrypted. The master key that opens them is left out: keep\nit apart. With --with-master-key whoever has the file can read everything in it, and forgetting a\nperson does not reach into it.\n\nExit codes: 0 done; 2 wrong arguments or settings; 3 it could not be made."
)]
pub(super) struct BackupArguments {
    /// File to write; there must be none of that name yet
    file: PathBuf,
    #[command(flatten)]
    settings: SettingsArguments,
    /// Put the master key in too
    #[arg(long)]
    with_master_key: bool,
    /// Leave out the key of the certificate authority and the passwords of channels; agents have to join
    /// anew after a restore
    #[arg(long, conflicts_with = "with_master_key")]
    without_keys: bool,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

pub(super) fn run(arguments: &BackupArguments) -> Result<(), Failure> {
    let settings = arguments.settings.load()?;
    let failed = |e: &dyn std::error::Error| Failure::start(e.to_string());
    if arguments.file.exists() {
        return Err(Failure::usage(format!("{} is there already", arguments.file.display())));
    }
    let enclosed = Enclosed {
        program: concat!("watchroom/", env!("CARGO_PKG_VERSION")).to_owned(),
        made_us: SystemClock.now_us(),
        files: files(arguments, &settings)?,
    };
    let part = beside(&arguments.file);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let written = runtime.map_err(|e| failed(&e))?.block_on(write(&settings, &part, &enclosed));
    let header = match written {
        Ok(header) => header,
        Err(failure) => {
            // What is half written helps nobody; that it stays is not worth a second message.
            let _ = fs::remove_file(&part);
            return Err(failure);
        }
    };
    let kept = fs::rename(&part, &arguments.file).and_then(|()| sync_folder(&arguments.file));
    kept.map_err(|e| unwritable(&arguments.file, &e))?;
    report(arguments, &header, enclosed.files.len());
    Ok(())
}

async fn write(settings: &Settings, part: &Path, enclosed: &Enclosed) -> Result<Header, Failure> {
    let failed = |e: &dyn std::error::Error| Failure::start(e.to_string());
    let log = EventLog::open_read_only(database(settings).map_err(|e| failed(&e))?, None)
        .await
        .map_err(|e| failed(&e))?;
    let file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(part);
    let file = file.map_err(|e| unwritable(part, &e))?;
    let mut writer = ArchiveWriter::new(BufWriter::new(file)).map_err(|e| failed(&e))?;
    let mut progress = Progress::of("backing up");
    let header = log.export(&mut writer, enclosed, |done, all| progress.at(done, all)).await;
    let header = header.map_err(|e| failed(&e))?;
    let mut file = writer.end().map_err(|e| failed(&e))?;
    file.flush().and_then(|()| file.get_ref().sync_all()).map_err(|e| unwritable(part, &e))?;
    Ok(header)
}

fn unwritable(path: &Path, error: &io::Error) -> Failure {
    Failure::start(format!("{} cannot be written: {error}", path.display()))
}

/// The name under which it grows, so that a file of the right name is always whole.
fn beside(file: &Path) -> PathBuf {
    let mut name = file.to_owned().into_os_string();
    name.push(".part");
    name.into()
}

fn sync_folder(file: &Path) -> io::Result<()> {
    match file.parent() {
        Some(folder) if folder != Path::new("") => File::open(folder)?.sync_all(),
        _ => Ok(()),
    }
}

/// What is taken along, by its name in the backup.
fn files(arguments: &BackupArguments, settings: &Settings) -> Result<Vec<(String, Vec<u8>)>, Failure> {
    let data_dir = settings.data_dir();
    let mut wanted = vec![(AUTHORITY.to_owned(), data_dir.join(AUTHORITY))];
    if let Some(config) = &arguments.settings.config {
        wanted.push((SETTINGS.to_owned(), config.clone()));
    }
    if !arguments.without_keys {
        wanted.push((KEYS.to_owned(), data_dir.join(KEYS)));
        let secrets = fs::read_dir(data_dir.join("secrets")).into_iter().flatten().flatten();
        for secret in secrets {
            let Ok(name) = secret.file_name().into_string() else { continue };
            if secret.metadata().is_ok_and(|meta| meta.is_file() && meta.len() <= MOST_BYTES) {
                wanted.push((format!("secrets/{name}"), secret.path()));
            }
        }
    }
    let mut files = Vec::new();
    for (name, path) in wanted.into_iter().filter(|(_, path)| path.exists()) {
        let content = fs::read(&path);
        files.push((name, content.map_err(|e| Failure::start(format!("{}: {e}", path.display())))?));
    }
    if arguments.with_master_key {
        let key = master_key_text(settings).map_err(|e| Failure::start(e.to_string()))?;
        let key = key.ok_or_else(|| Failure::start("there is no master key to put in"))?;
        files.push((MASTER_KEY.to_owned(), key.into_bytes()));
    }
    Ok(files)
}

fn report(arguments: &BackupArguments, header: &Header, files: usize) {
    let file = arguments.file.display();
    if arguments.json {
        let found = serde_json::json!({
            "file": arguments.file, "events": header.head, "batches": header.batches, "log_id": header.log_id,
            "epoch": header.epoch, "chain": hex(&header.chain), "master_keys": header.master_keys,
            "files": files, "with_master_key": arguments.with_master_key,
        });
        return say(&found.to_string());
    }
    say(&format!(
        "Backed up {} events in {} batches, and {files} files, to {file}.\nChain: {}",
        header.head,
        header.batches,
        hex(&header.chain)
    ));
    if arguments.with_master_key {
        say("The master key is in it: whoever has this file can read everything. Keep it like a key.");
    } else if !header.master_keys.is_empty() {
        let settings = arguments.settings.load().ok();
        let id = settings.and_then(|s| present_master_key(&s).ok().flatten()).map(|key| key.id().to_owned());
        let id = id.unwrap_or_else(|| header.master_keys.join(", "));
        say(&format!(
            "The master key ({id}) is not in it; without that key, personal text is lost. Keep both."
        ));
    }
}
