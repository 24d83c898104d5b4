//! Space that is kept back beside the database, so that a full disk is not the end: given back when a batch
//! does not fit, it is enough to record for a while that the disk is full, and to make room.

use crate::event_log::store::*;
use std::ffi::OsString;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use tokio::fs::{self, OpenOptions};
use tokio::io::AsyncWriteExt as _;

const RESERVE_BYTES: u64 = 16 << 20;
/// Bytes written at a time.
const BLOCK_BYTES: usize = 65_536;

pub(super) fn beside(database: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(database);
    name.push(suffix);
    name.into()
}

/// Bytes that may still be written where this lies.
pub(super) fn free_bytes(file: &Path) -> Option<u64> {
    rustix::fs::statvfs(file).ok().map(|fs| fs.f_bavail.saturating_mul(fs.f_frsize))
}

fn failed(file: &Path, error: &io::Error) -> StoreError {
    StoreError(format!("{}: {error}", file.display()))
}

pub(super) async fn keep(database: &Path) -> Stored<()> {
    let file = beside(database, ".reserve");
    if fs::metadata(&file).await.is_ok_and(|found| found.len() >= RESERVE_BYTES) {
        return Ok(());
    }
    // Taken back too early, it would only make the disk full again.
    if free_bytes(database).is_some_and(|free| free < 4 * RESERVE_BYTES) {
        return Err(StoreError("there is too little room to keep some back".into()));
    }
    if let Err(error) = write(&file).await {
        // What was written of it would only make the lack worse; that it is missing is what is told.
        let _ = fs::remove_file(&file).await;
        return Err(failed(&file, &error));
    }
    Ok(())
}

async fn write(file: &Path) -> io::Result<()> {
    let mut reserve =
        OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(file).await?;
    // Not zeros: a file system may not store those.
    let block = vec![0xa5; BLOCK_BYTES];
    for _ in 0..RESERVE_BYTES / BLOCK_BYTES as u64 {
        reserve.write_all(&block).await?;
    }
    reserve.sync_all().await
}

pub(super) async fn free(database: &Path) -> Stored<bool> {
    let file = beside(database, ".reserve");
    match fs::remove_file(&file).await {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(failed(&file, &error)),
    }
}
