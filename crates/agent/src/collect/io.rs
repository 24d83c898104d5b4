//! What the disks read and write.

use super::{Checked, CollectError, Collector, Rates, Roots, label, read_into};
use std::path::PathBuf;
use std::time::Instant;

const MOST_DEVICES: usize = 24;
/// `/proc/diskstats` counts in these, whatever the disk's own sectors are.
const SECTOR_BYTES: u64 = 512;

pub(super) struct IoCollector {
    stats: PathBuf,
    block: PathBuf,
    text: String,
    rates: Rates,
    known: Vec<(String, bool)>,
}

impl IoCollector {
    pub(super) fn new(roots: &Roots) -> Self {
        let (stats, block) = (roots.proc.join("diskstats"), roots.sys.join("block"));
        Self { stats, block, text: String::new(), rates: Rates::default(), known: Vec::new() }
    }

    /// Whole disks only: the system lists each under `/sys/block`, partitions below it.
    fn is_disk(&mut self, name: &str) -> bool {
        const NOISE: &[&str] = &["loop", "ram", "zram", "dm-", "md", "sr", "fd", "nbd"];
        if NOISE.iter().any(|n| name.starts_with(n)) {
            return false;
        }
        if let Some((_, disk)) = self.known.iter().find(|(n, _)| n == name) {
            return *disk;
        }
        if self.known.len() > 1000 {
            self.known.clear();
        }
        // In the folder's names a slash is written as an exclamation mark.
        let disk = self.block.join(name.replace('/', "!")).exists();
        self.known.push((name.to_owned(), disk));
        disk
    }
}

impl Collector for IoCollector {
    fn name(&self) -> &'static str {
        "disk i/o"
    }

    fn collect(&mut self, now: Instant, sink: &mut Checked<'_>) -> Result<(), CollectError> {
        let mut text = std::mem::take(&mut self.text);
        let read = read_into(&self.stats, &mut text);
        let seconds = self.rates.begin(now);
        let mut count = 0;
        for (name, bytes) in text.lines().filter_map(counters) {
            if count == MOST_DEVICES {
                break;
            }
            if !self.is_disk(name) {
                continue;
            }
            count += 1;
            let Some(device) = label(name) else { continue };
            if let (Some(growth), Some(seconds)) = (self.rates.growth(name, bytes), seconds) {
                let labels = [("device", &*device)];
                sink.whole("disk_read_bytes_per_s", &labels, growth[0] as f64 / seconds);
                sink.whole("disk_written_bytes_per_s", &labels, growth[1] as f64 / seconds);
            }
        }
        self.text = text;
        read
    }
}

/// Name, and bytes read and written, of a line of `/proc/diskstats`.
fn counters(line: &str) -> Option<(&str, [u64; 2])> {
    let mut fields = line.split_ascii_whitespace().skip(2);
    let name = fields.next()?;
    let read: u64 = fields.nth(2)?.parse().ok()?;
    let written: u64 = fields.nth(3)?.parse().ok()?;
    Some((name, [read.wrapping_mul(SECTOR_BYTES), written.wrapping_mul(SECTOR_BYTES)]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sectors_are_at_their_places() {
        let line = " 254       0 vda 131717 13705 1000 132308 36849 93859 2000 97257 0 28876 232497";
        assert_eq!(counters(line), Some(("vda", [512_000, 1_024_000])));
        assert_eq!(counters("7 0 loop0"), None);
    }
}
