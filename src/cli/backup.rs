//! `watchroom backup`: the log and what belongs to it, in one file, while the hub runs.

use super::enclosed::{AUTHORITY, AUTHORITY_KEY, MASTER_KEY, SECRETS, SETTINGS, enclosed_name};
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
    let (files, left_out) = files(arguments, &settings)?;
    let enclosed = Enclosed {
        program: concat!("watchroom/", env!("CARGO_PKG_VERSION")).to_owned(),
        made_us: SystemClock.now_us(),
        files,
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
    report(arguments, &header, enclosed.files.len(), &left_out);
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

/// Files with their names in the backup.
type Files = Vec<(String, Vec<u8>)>;

/// What is taken along, and what is left out and why.
fn files(arguments: &BackupArguments, settings: &Settings) -> Result<(Files, Vec<String>), Failure> {
    let data_dir = settings.data_dir();
    let (mut wanted, mut left_out) = (Vec::new(), Vec::new());
    if let Some(config) = &arguments.settings.config {
        wanted.push((SETTINGS.to_owned(), config.clone()));
    }
    if !arguments.without_keys {
        // The one is of no use without the other.
        wanted.extend([AUTHORITY, AUTHORITY_KEY].map(|name| (name.to_owned(), data_dir.join(name))));
        let secrets = fs::read_dir(data_dir.join(SECRETS)).into_iter().flatten().flatten();
        let mut secrets: Vec<_> = secrets.map(|secret| secret.path()).collect();
        secrets.sort();
        for path in secrets {
            match secret(&path) {
                Ok(name) => wanted.push((name, path)),
                Err(why) => left_out.push(format!("{}: {why}", path.display())),
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
    Ok((files, left_out))
}

/// The name in the backup of a file among the passwords, or why it is left out. Links are followed: what they
/// lead to is what the hub reads.
fn secret(path: &Path) -> Result<String, &'static str> {
    let name = path.file_name().and_then(|name| name.to_str()).map(|name| format!("{SECRETS}/{name}"));
    let name = name.filter(|name| enclosed_name(name).is_some());
    let name = name.ok_or("no restore would take a file of that name")?;
    match fs::metadata(path) {
        Ok(meta) if !meta.is_file() => Err("it is no file"),
        Ok(meta) if meta.len() > MOST_BYTES => Err("it is larger than 1 MiB"),
        Ok(_) => Ok(name),
        Err(_) => Err("it leads nowhere"),
    }
}

fn report(arguments: &BackupArguments, header: &Header, files: usize, left_out: &[String]) {
    let file = arguments.file.display();
    if arguments.json {
        let found = serde_json::json!({
            "file": arguments.file, "events": header.head, "batches": header.batches, "log_id": header.log_id,
            "epoch": header.epoch, "chain": hex(&header.chain), "master_keys": header.master_keys,
            "files": files, "left_out": left_out, "with_master_key": arguments.with_master_key,
        });
        return say(&found.to_string());
    }
    say(&format!(
        "Backed up {} events in {} batches, and {files} files, to {file}.\nChain: {}",
        header.head,
        header.batches,
        hex(&header.chain)
    ));
    for file in left_out {
        say(&format!("Left out: {file}"));
    }
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
