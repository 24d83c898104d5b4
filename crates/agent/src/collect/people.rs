//! How many users are logged in.

use super::{Checked, CollectError, Collector, Roots};
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// Sessions and records that are looked at.
const MOST: usize = 4_096;
/// Bytes of a record of utmp: on most processors, and on those whose times always had 64 bits.
const RECORD: usize = if cfg!(any(target_arch = "aarch64", target_arch = "riscv64")) { 400 } else { 384 };
/// A record of somebody who is logged in.
const USER_PROCESS: i16 = 7;

pub(super) struct UserCollector {
    sessions: PathBuf,
    utmp: PathBuf,
    proc: PathBuf,
}

impl UserCollector {
    pub(super) fn new(roots: &Roots) -> Self {
        let (sessions, utmp) = (roots.run.join("systemd/sessions"), roots.run.join("utmp"));
        Self { sessions, utmp, proc: roots.proc.clone() }
    }
}

impl Collector for UserCollector {
    fn name(&self) -> &'static str {
        "users"
    }

    fn collect(&mut self, _: Instant, sink: &mut Checked<'_>) -> Result<(), CollectError> {
        // Where systemd keeps its books they are right; utmp is no longer written everywhere.
        let count = match std::fs::read_dir(&self.sessions) {
            Ok(entries) => {
                let files = entries.filter_map(|e| Some(e.ok()?.path())).take(MOST);
                Some(files.filter(|path| is_session(path)).count())
            }
            Err(_) => self.by_utmp(),
        };
        if let Some(count) = count {
            sink.whole("users_logged_in", &[], count as f64);
        }
        Ok(())
    }
}

impl UserCollector {
    /// Records of users whose process is still there; none where there is no such file.
    fn by_utmp(&self) -> Option<usize> {
        let mut bytes = Vec::new();
        File::open(&self.utmp).ok()?.take((MOST * RECORD) as u64).read_to_end(&mut bytes).ok()?;
        let present = |pid: i32| pid > 0 && self.proc.join(pid.to_string()).exists();
        Some(bytes.chunks_exact(RECORD).filter_map(user_process).filter(|pid| present(*pid)).count())
    }
}

/// Whether a file of systemd's describes somebody's session, rather than a service's or one that ends.
fn is_session(path: &Path) -> bool {
    let mut text = String::new();
    let read = File::open(path).and_then(|f| f.take(16 * 1024).read_to_string(&mut text));
    let says = |line: &str| text.lines().any(|l| l == line);
    read.is_ok() && says("CLASS=user") && !says("STATE=closing")
}

/// The process of a record of somebody who is logged in.
fn user_process(record: &[u8]) -> Option<i32> {
    let (kind, rest) = record.split_first_chunk::<2>()?;
    let pid = rest.get(2..6)?.try_into().ok()?;
    (i16::from_ne_bytes(*kind) == USER_PROCESS).then(|| i32::from_ne_bytes(pid))
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A record as login programs write it.
    pub(in super::super) fn record(kind: i16, pid: i32) -> Vec<u8> {
        let mut record = vec![0; RECORD];
        record[..2].copy_from_slice(&kind.to_ne_bytes());
        record[4..8].copy_from_slice(&pid.to_ne_bytes());
        record
    }

    #[test]
    fn only_people_who_are_there_are_counted() {
        assert_eq!(user_process(&record(USER_PROCESS, 42)), Some(42));
        assert_eq!(user_process(&record(2, 42)), None, "the system's start is nobody");
        assert_eq!(user_process(&[]), None);
    }
}
