//! `watchroom restore`: a backup becomes a log again, in an empty place.

use super::enclosed::{AUTHORITY, AUTHORITY_KEY, SETTINGS, enclosed_name};
use super::progress::Progress;
use super::{Failure, SettingsArguments, say};
use crate::authority::write_private;
use crate::clock::SystemClock;
use crate::event_log::{ArchiveError, ArchiveReader, EventLog, Header, Restoring, read_header};
use crate::hub::{Locks, UNFINISHED, database, machine_name, make_private_folder, present_master_key};
use crate::settings::Settings;
use clap::Args;
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, BufReader};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use watchroom_wire::tls::hex;

/// What may lie in a data folder that is empty otherwise.
const BEFOREHAND: [&str; 4] = ["master.key", "secrets", "hub.lock", "lost+found"];

#[derive(Debug, Args)]
#[command(
    after_help = "The target must be empty: a new data folder (--data) and, where database.url names one, an empty database.\nSo a log moves from one database to another too. Every hash is computed anew on the way. The log's\nepoch is raised, so that whoever knew the log before notices.\n\nExit codes: 0 done; 1 the backup is damaged, cut short or no backup; 2 wrong arguments or settings;\n3 it cannot be read, or the target cannot be filled."
)]
pub(super) struct RestoreArguments {
    /// The backup
    file: PathBuf,
    #[command(flatten)]
    settings: SettingsArguments,
    /// Only say whether the backup is whole and sound; nothing is written
    #[arg(long)]
    check: bool,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

type Reader = ArchiveReader<BufReader<File>>;

fn failure(error: &ArchiveError) -> Failure {
    match error {
        ArchiveError::NotOne
        | ArchiveError::Later(_)
        | ArchiveError::Cut(_)
        | ArchiveError::Damaged(_)
        | ArchiveError::Unsound(_) => Failure::wrong(error.to_string()),
        ArchiveError::Occupied(_) => Failure::usage(error.to_string()),
        _ => Failure::start(error.to_string()),
    }
}

pub(super) fn run(arguments: &RestoreArguments) -> Result<(), Failure> {
    let file = File::open(&arguments.file);
    let file = file.map_err(|e| Failure::start(format!("{}: {e}", arguments.file.display())))?;
    let mut reader = ArchiveReader::new(BufReader::new(file)).map_err(|e| failure(&e))?;
    let header = read_header(&mut reader).map_err(|e| failure(&e))?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|e| Failure::start(e.to_string()))?;
    let found = header.clone();
    if arguments.check {
        let mut progress = Progress::of("checking");
        let all = header.head;
        let checked = EventLog::check_archive(header, &mut reader, belongs, |done| progress.at(done, all));
        runtime.block_on(checked).map_err(|e| failure(&e))?;
        drop(progress);
        say_sound(arguments, &found);
        return Ok(());
    }
    let settings = arguments.settings.load()?;
    runtime.block_on(restore(arguments, &settings, header, reader))
}

async fn restore(
    arguments: &RestoreArguments,
    settings: &Settings,
    header: Header,
    mut reader: Reader,
) -> Result<(), Failure> {
    let start = |e: &dyn std::error::Error| Failure::start(e.to_string());
    let data_dir = settings.data_dir();
    make_private_folder(&data_dir).map_err(|e| start(&e))?;
    refuse_occupied(&data_dir)?;
    let address = database(settings).map_err(|e| start(&e))?;
    let before = names(&data_dir)?;
    let _locks = Locks::take(&data_dir, &address).map_err(|e| start(&e))?;
    let unfinished = data_dir.join(UNFINISHED);
    write_private(&unfinished, b"A restore has begun here and not ended.\n").map_err(|e| start(&e))?;
    let mut progress = Progress::of("restoring");
    let (all, mut files) = (header.head, Vec::new());
    let keep = |name: &str, content: &[u8]| {
        let kept = place(&data_dir, name)?;
        if let Some(folder) = kept.parent().filter(|folder| *folder != data_dir) {
            make_private_folder(folder).map_err(|e| ArchiveError::File(io::Error::other(e.to_string())))?;
        }
        write_private(&kept, content).map_err(|e| ArchiveError::File(io::Error::other(e.to_string())))?;
        files.push(name.to_owned());
        Ok(())
    };
    let restoring = Restoring { node: machine_name(), clock: Arc::new(SystemClock) };
    let done =
        EventLog::import(&address, restoring, header, &mut reader, keep, |pos| progress.at(pos, all)).await;
    let imported = done.map_err(|error| broken_off(&error, &data_dir, &before))?;
    drop(progress);
    fs::remove_file(&unfinished).map_err(|e| Failure::start(format!("{}: {e}", unfinished.display())))?;
    without_half_an_authority(&data_dir, &mut files);
    report(arguments, settings, &imported.header, imported.epoch, &files);
    Ok(())
}

/// What to say of a restore that did not come to its end. Where nothing was brought back yet, the folder is made
/// as it was, so that the next try finds it empty.
fn broken_off(error: &ArchiveError, data_dir: &Path, before: &BTreeSet<String>) -> Failure {
    let Failure { code, text } = failure(error);
    let new = names(data_dir).unwrap_or_default();
    let new: Vec<_> = new.difference(before).cloned().collect();
    if matches!(error, ArchiveError::Occupied(_) | ArchiveError::Unopened(_)) {
        for name in new {
            // What cannot be removed is named by the next try.
            let _ = fs::remove_file(data_dir.join(name));
        }
        return Failure { code, text };
    }
    let (folder, new) = (data_dir.display(), new.join(", "));
    let what = format!(
        "What was written up to then is of no use. Before the next try remove it from {folder} ({new}), and empty \
         the database where the settings name one."
    );
    Failure { code, text: format!("{text}\n{what}") }
}

/// A certificate of the authority without its key only keeps the hub from making itself another.
fn without_half_an_authority(data_dir: &Path, files: &mut Vec<String>) {
    if !files.iter().any(|name| name == AUTHORITY_KEY) {
        let _ = fs::remove_file(data_dir.join(AUTHORITY));
        files.retain(|name| name != AUTHORITY);
    }
}

fn names(folder: &Path) -> Result<BTreeSet<String>, Failure> {
    let found = fs::read_dir(folder).map_err(|e| Failure::start(format!("{}: {e}", folder.display())))?;
    Ok(found.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect())
}

/// Refuses a data folder in which something lies that a restore would mix with.
fn refuse_occupied(data_dir: &Path) -> Result<(), Failure> {
    let names = names(data_dir)?;
    match names.into_iter().find(|name| !BEFOREHAND.contains(&name.as_str())) {
        None => Ok(()),
        Some(name) => Err(Failure::usage(format!(
            "{} is not empty ({name} lies in it). Restore into a new folder: --data DIR",
            data_dir.display()
        ))),
    }
}

/// Where a file of the backup goes. Names are the archive's, and lead nowhere else.
fn place(data_dir: &Path, name: &str) -> Result<PathBuf, ArchiveError> {
    let inside = enclosed_name(name).map(|inside| data_dir.join(inside));
    inside.ok_or_else(|| {
        ArchiveError::Unsound(format!("it encloses a file that does not belong there: {name:?}"))
    })
}

/// The same for a backup that is only looked at.
fn belongs(name: &str, _: &[u8]) -> Result<(), ArchiveError> {
    place(Path::new(""), name).map(|_| ())
}

fn say_sound(arguments: &RestoreArguments, header: &Header) {
    if arguments.json {
        let found = serde_json::json!({
            "sound": true, "made_us": header.made_us, "events": header.head,
            "batches": header.batches, "chain": hex(&header.chain), "master_keys": header.master_keys,
        });
        return say(&found.to_string());
    }
    say(&format!(
        "The backup is whole and sound: {} events in {} batches.\nChain: {}",
        header.head,
        header.batches,
        hex(&header.chain)
    ));
}

fn report(arguments: &RestoreArguments, settings: &Settings, header: &Header, epoch: u64, files: &[String]) {
    let data_dir = settings.data_dir();
    let present = present_master_key(settings).ok().flatten().map(|key| key.id().to_owned());
    let missing: Vec<_> = header.master_keys.iter().filter(|id| Some(*id) != present.as_ref()).collect();
    let authority = files.iter().any(|name| name == AUTHORITY_KEY);
    if arguments.json {
        let found = serde_json::json!({
            "events": header.head, "batches": header.batches, "log_id": header.log_id, "epoch": epoch,
            "chain": hex(&header.chain), "missing_master_keys": missing, "files": files,
        });
        return say(&found.to_string());
    }
    say(&format!(
        "Restored {} events in {} batches; the chain is whole. The log's epoch is {epoch} now.",
        header.head, header.batches
    ));
    if !missing.is_empty() {
        let ids = missing.iter().map(|id| id.as_str()).collect::<Vec<_>>().join(", ");
        say(&format!(
            "\nStill needed: the master key {ids}, which is not in this backup. Put it into\n  {}\nor name it in log.master_key. The hub does not start without it.",
            data_dir.join("master.key").display()
        ));
    }
    if !authority {
        say(
            "\nThe authority's key is not in this backup: a new authority is made, and agents have to join anew.",
        );
    }
    if files.iter().any(|name| name == SETTINGS) {
        let kept = data_dir.join("settings-from-backup.toml");
        say(&format!(
            "\nThe settings of then lie in {}; look them over before you use them.",
            kept.display()
        ));
    }
    say("\nCertificates of your own (console.certificate) and this machine's agent are never in a backup.");
}
