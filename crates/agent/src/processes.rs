//! Which processes use the most: measured only when the hub asks, by two readings a moment apart.
//!
//! Names of programs and users only, never arguments: those may hold secrets.

use rustix::param::{clock_ticks_per_second, page_size};
use std::collections::HashMap;
use std::fs::File;
use std::io::Read as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use watchroom_domain::{Process, TOP};

/// Time between the two readings.
pub(crate) const BETWEEN: Duration = Duration::from_secs(1);
/// Most processes that are looked at.
const MOST: usize = 16_384;

/// A first reading.
pub(crate) struct Before {
    proc: PathBuf,
    at: Instant,
    /// Start and processor time, in ticks, by number of the process.
    ticks: HashMap<u32, (u64, u64)>,
}

struct Seen {
    pid: u32,
    start: u64,
    ticks: u64,
    memory_bytes: u64,
}

impl Before {
    /// Reads every process once.
    pub(crate) fn read(proc: &Path, now: Instant) -> Self {
        let mut ticks = HashMap::new();
        each(proc, |seen| {
            ticks.insert(seen.pid, (seen.start, seen.ticks));
        });
        Self { proc: proc.to_owned(), at: now, ticks }
    }

    /// Reads every process once more and gives those that used most processor time meanwhile, and those that
    /// hold most memory.
    pub(crate) fn finish(self, now: Instant) -> Vec<Process> {
        let seconds = now.saturating_duration_since(self.at).as_secs_f64().max(0.001);
        let per_percent = clock_ticks_per_second() as f64 * seconds / 100.0;
        let (mut busiest, mut largest) = (Vec::new(), Vec::new());
        each(&self.proc, |seen| {
            // One that is new since has used its time since; a number may also be given out again.
            let before = self.ticks.get(&seen.pid).filter(|(start, _)| *start == seen.start);
            let used = seen.ticks.saturating_sub(before.map_or(0, |(_, ticks)| *ticks));
            let cpu_percent = (used as f64 / per_percent * 10.0).round() / 10.0;
            let found = (seen.pid, cpu_percent, seen.memory_bytes);
            keep(&mut busiest, found, |a, b| a.1.total_cmp(&b.1));
            keep(&mut largest, found, |a, b| a.2.cmp(&b.2));
        });
        largest.retain(|(pid, ..)| busiest.iter().all(|(other, ..)| other != pid));
        let names = names_of_users();
        let found = busiest.into_iter().chain(largest);
        found.filter_map(|(pid, cpu, memory)| named(&self.proc, &names, pid, cpu, memory)).collect()
    }
}

/// Keeps the largest few.
fn keep<T>(kept: &mut Vec<T>, found: T, by: impl Fn(&T, &T) -> std::cmp::Ordering) {
    kept.push(found);
    kept.sort_by(|a, b| by(b, a));
    kept.truncate(TOP);
}

fn each(proc: &Path, mut take: impl FnMut(Seen)) {
    let Ok(entries) = std::fs::read_dir(proc) else { return };
    let pids = entries.filter_map(|e| e.ok()?.file_name().to_str()?.parse().ok());
    let mut text = Vec::new();
    for pid in pids.take(MOST) {
        // One that ended meanwhile is no failure.
        if read(&proc.join(format!("{pid}/stat")), &mut text).is_some()
            && let Some((_, start, ticks, pages)) = parsed(&text)
        {
            take(Seen { pid, start, ticks, memory_bytes: pages.saturating_mul(page_size() as u64) });
        }
    }
}

fn read(path: &Path, bytes: &mut Vec<u8>) -> Option<()> {
    bytes.clear();
    File::open(path).ok()?.take(4096).read_to_end(bytes).ok()?;
    Some(())
}

/// Name, start, processor time and resident pages of a line of `/proc/<pid>/stat`. The name stands in
/// parentheses and may hold any, so that the last one ends it.
fn parsed(line: &[u8]) -> Option<(String, u64, u64, u64)> {
    let open = line.iter().position(|b| *b == b'(')?;
    let close = line.iter().rposition(|b| *b == b')')?;
    let name = String::from_utf8_lossy(line.get(open + 1..close)?).into_owned();
    let rest = std::str::from_utf8(line.get(close + 1..)?).ok()?;
    let fields: Vec<&str> = rest.split_ascii_whitespace().collect();
    // Of proc(5), less the two fields before: utime 14, stime 15, starttime 22, rss 24.
    let number = |at: usize| fields.get(at - 3)?.parse::<u64>().ok();
    Some((name, number(22)?, number(14)?.saturating_add(number(15)?), number(24)?))
}

fn named(
    proc: &Path,
    names: &HashMap<u32, String>,
    pid: u32,
    cpu_percent: f64,
    memory_bytes: u64,
) -> Option<Process> {
    let mut text = Vec::new();
    read(&proc.join(format!("{pid}/stat")), &mut text)?;
    let (name, ..) = parsed(&text)?;
    let name = name.chars().filter(|c| !c.is_control()).collect();
    let uid = std::fs::metadata(proc.join(pid.to_string())).ok().map(|m| m.uid());
    let user = uid.map(|uid| names.get(&uid).cloned().unwrap_or_else(|| uid.to_string()));
    Some(Process { pid, name, user, cpu_percent, memory_bytes })
}

/// Names by number, of the users that the machine itself knows.
fn names_of_users() -> HashMap<u32, String> {
    let mut text = String::new();
    let read = File::open("/etc/passwd").and_then(|f| f.take(256 * 1024).read_to_string(&mut text));
    if read.is_err() {
        return HashMap::new();
    }
    let user = |line: &str| {
        let mut fields = line.split(':');
        let (name, uid) = (fields.next()?, fields.nth(1)?);
        Some((uid.parse().ok()?, name.chars().filter(|c| !c.is_control()).take(32).collect()))
    };
    text.lines().filter_map(user).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_may_hold_whatever_its_owner_likes() {
        let stat = b"42 (a) R 1 (b\n) S 1 42 42 0 -1 4194560 1 0 0 0 7 5 0 0 20 0 1 0 900 1000000 250 18446744073709551615";
        assert_eq!(parsed(stat), Some(("a) R 1 (b\n".to_owned(), 900, 12, 250)));
        assert_eq!(parsed(b"42 (cut"), None);
        assert_eq!(parsed(b")("), None);
    }

    fn put(proc: &Path, pid: u32, name: &str, start: u64, ticks: u64, pages: u64) {
        let folder = proc.join(pid.to_string());
        std::fs::create_dir_all(&folder).unwrap();
        let text =
            format!("{pid} ({name}) S 1 1 1 0 -1 0 0 0 0 0 {ticks} 0 0 0 20 0 1 0 {start} 0 {pages} 0");
        std::fs::write(folder.join("stat"), text).unwrap();
    }

    #[test]
    fn the_busiest_and_the_largest_are_named_once_each() {
        let dir = tempfile::tempdir().unwrap();
        let proc = dir.path();
        std::fs::create_dir_all(proc.join("self")).unwrap();
        (1..=20).for_each(|pid| put(proc, pid, &format!("idle{pid}"), 5, 1_000, u64::from(pid)));
        let start = Instant::now();
        let before = Before::read(proc, start);
        let per_s = clock_ticks_per_second();
        put(proc, 3, "busy\u{1b}[2J)", 5, 1_000 + per_s, 1);
        (5..=7).for_each(|pid| put(proc, pid, "calm", 5, 1_001, u64::from(pid)));
        // Its number was given out again: what it used since it began is all its own.
        put(proc, 4, "new", 6, per_s / 2, 9_999);
        std::fs::remove_dir_all(proc.join("20")).unwrap();
        let found = before.finish(start + Duration::from_secs(1));
        let of = |pid| found.iter().filter(|p| p.pid == pid).collect::<Vec<_>>();
        assert_eq!(found.len(), 2 * TOP - 1, "the new one is both busy and large: {found:?}");
        assert_eq!((found[0].pid, found[0].cpu_percent, found[0].name.as_str()), (3, 100.0, "busy[2J)"));
        assert_eq!((found[1].pid, found[1].cpu_percent), (4, 50.0));
        assert_eq!(of(4)[0].memory_bytes, 9_999 * page_size() as u64);
        assert!(of(20).is_empty() && found.iter().all(|p| p.user.is_some()));
        assert!(found[TOP..].iter().map(|p| p.pid).eq([19, 18, 17, 16]), "{found:?}");
    }

    #[test]
    fn a_real_machine_has_processes() {
        let before = Before::read(Path::new("/proc"), Instant::now());
        let found = before.finish(Instant::now());
        assert!(
            (1..=2 * TOP).contains(&found.len()) && found.iter().all(|p| !p.name.is_empty()),
            "{found:?}"
        );
    }
}
