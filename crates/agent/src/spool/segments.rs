//! The files that hold the frames, each a row of records, named by the first number that it may hold.

use super::record::{self, Head, PREFIX};
use crate::atomic::sync_folder;
use crate::error::AgentError;
use std::collections::{BTreeSet, VecDeque};
use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

/// A segment is closed at this size. Small, so that what the hub has is soon deleted, mostly before the
/// system has written it to the disk at all.
const SEGMENT_BYTES: u64 = 64 * 1024;
const ENDING: &str = "frames";

/// Numbers `first..next`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Range {
    pub(super) first: u64,
    pub(super) next: u64,
}

#[derive(Debug)]
struct Segment {
    range: Range,
    bytes: u64,
}

pub(super) struct Segments {
    dir: PathBuf,
    limit: u64,
    /// Oldest first, never empty; the last one is written to.
    all: VecDeque<Segment>,
    bytes: u64,
    file: File,
    /// First numbers of those that were written to since they were last synced.
    dirty: BTreeSet<u64>,
    /// The last one holds damage: begin another before writing on.
    broken: bool,
    #[cfg(test)]
    failing: bool,
}

impl Segments {
    /// Opens what is there, cuts off a torn end, and says which number comes next.
    pub(super) fn open(dir: &Path, limit: u64) -> Result<(Self, u64), AgentError> {
        let mut all: VecDeque<Segment> = VecDeque::new();
        let mut next = 1;
        for first in names(dir).map_err(AgentError::state(dir))? {
            let path = path(dir, first);
            let segment = scan(&path, first.max(next)).map_err(AgentError::state(&path))?;
            next = segment.range.next;
            all.push_back(Segment { range: Range { first, ..segment.range }, ..segment });
        }
        if all.is_empty() {
            all.push_back(Segment { range: Range { first: next, next }, bytes: 0 });
        }
        let newest = all.back().map_or(next, |s| s.range.first);
        let newest = path(dir, newest);
        let file = open_segment(&newest).map_err(AgentError::state(&newest))?;
        let bytes = all.iter().map(|s| s.bytes).sum();
        let dir = dir.to_owned();
        Ok((
            Self {
                dir,
                limit,
                all,
                bytes,
                file,
                dirty: BTreeSet::new(),
                broken: false,
                #[cfg(test)]
                failing: false,
            },
            next,
        ))
    }

    /// The first number that may be here.
    pub(super) fn first(&self) -> u64 {
        self.all.front().map_or(1, |s| s.range.first)
    }

    /// Appends a record; says which numbers had to go to make room.
    pub(super) fn append(&mut self, seq: u64, record: &[u8]) -> io::Result<Option<Range>> {
        let full = |s: &Segment| s.bytes > 0 && s.bytes + record.len() as u64 > self.segment_bytes();
        #[cfg(test)]
        if self.failing {
            return Err(io::ErrorKind::StorageFull.into());
        }
        if self.broken || self.all.back().is_none_or(full) {
            self.begin(seq)?;
        }
        let Some(last) = self.all.back_mut() else { return Err(io::ErrorKind::NotFound.into()) };
        // At its place, not at the end: a piece that an earlier failure left is written over.
        self.file.write_all_at(record, last.bytes)?;
        last.bytes += record.len() as u64;
        last.range.next = seq + 1;
        let first = last.range.first;
        self.bytes += record.len() as u64;
        self.dirty.insert(first);
        Ok(self.make_room())
    }

    #[cfg(test)]
    pub(super) fn fail_writes(&mut self, failing: bool) {
        self.failing = failing;
    }

    fn segment_bytes(&self) -> u64 {
        SEGMENT_BYTES.min(self.limit / 4)
    }

    fn begin(&mut self, seq: u64) -> io::Result<()> {
        self.file = open_segment(&path(&self.dir, seq))?;
        self.all.push_back(Segment { range: Range { first: seq, next: seq }, bytes: 0 });
        self.broken = false;
        Ok(())
    }

    fn make_room(&mut self) -> Option<Range> {
        let mut dropped: Option<Range> = None;
        while self.all.len() > 1 && self.bytes > self.limit {
            let gone = self.remove_first()?;
            dropped = Some(Range { first: dropped.map_or(gone.first, |d| d.first), next: gone.next });
        }
        dropped
    }

    fn remove_first(&mut self) -> Option<Range> {
        let gone = self.all.pop_front()?;
        self.bytes -= gone.bytes;
        self.dirty.remove(&gone.range.first);
        let path = path(&self.dir, gone.range.first);
        if let Err(error) = std::fs::remove_file(&path) {
            tracing::warn!(%error, path = %path.display(), "cannot delete");
        }
        Some(gone.range)
    }

    /// Deletes what holds only numbers up to `seq`; the newest stays, its name is the memory of the count.
    pub(super) fn forget(&mut self, seq: u64) {
        while self.all.len() > 1 && self.all.front().is_some_and(|s| s.range.next <= seq + 1) {
            self.remove_first();
        }
    }

    /// Makes everything durable that is not yet.
    pub(super) fn sync(&mut self) -> io::Result<()> {
        if self.dirty.is_empty() {
            return Ok(());
        }
        for first in &self.dirty {
            File::open(path(&self.dir, *first))?.sync_data()?;
        }
        sync_folder(&self.dir)?;
        self.dirty.clear();
        Ok(())
    }

    /// The first segment that holds a number after `after`.
    fn holding(&self, after: u64) -> Option<&Segment> {
        let at = self.all.partition_point(|s| s.range.next <= after + 1);
        self.all.range(at..).find(|s| s.range.next > s.range.first)
    }

    /// What lies from `next` on in a segment cannot be read: it is given up.
    fn cut(&mut self, first: u64, next: u64) {
        if let Some(segment) = self.all.iter_mut().find(|s| s.range.first == first) {
            tracing::error!(first, next, until = segment.range.next, "frames in the spool are damaged");
            segment.range.next = next;
        }
        self.broken |= self.all.back().is_some_and(|s| s.range.first == first);
    }
}

/// Reads on where it left off.
#[derive(Default)]
pub(super) struct Reader {
    at: Option<Place>,
    record: Vec<u8>,
}

struct Place {
    file: File,
    first: u64,
    offset: u64,
    last: u64,
}

impl Reader {
    /// Reads the first record after the number `after`.
    pub(super) fn next_after(
        &mut self,
        segments: &mut Segments,
        after: u64,
        samples: &mut Vec<u8>,
    ) -> Option<Head> {
        loop {
            let Some(segment) = segments.holding(after) else {
                self.at = None;
                return None;
            };
            let Range { first, next } = segment.range;
            let place = match self.at.take() {
                Some(place) if place.first == first && place.last <= after => place,
                _ => match File::open(path(&segments.dir, first)) {
                    Ok(file) => Place { file, first, offset: 0, last: first.saturating_sub(1) },
                    Err(error) if error.kind() == io::ErrorKind::NotFound => {
                        segments.cut(first, (after + 1).clamp(first, next));
                        continue;
                    }
                    Err(error) => {
                        tracing::warn!(%error, "the spool cannot be read at the moment");
                        return None;
                    }
                },
            };
            let place = self.at.insert(place);
            while place.last + 1 < next {
                match read_at(&place.file, place.offset, &mut self.record) {
                    Some((head, bytes)) if head.seq > place.last => {
                        place.offset += bytes;
                        place.last = head.seq;
                        if head.seq > after {
                            samples.clear();
                            samples.extend_from_slice(&self.record[record::HEAD..]);
                            return Some(head);
                        }
                    }
                    _ => break,
                }
            }
            let last = place.last;
            if last + 1 < next {
                segments.cut(first, last + 1);
            }
        }
    }
}

/// Reads the record at `offset` into `buffer`, without its prefix; `None` for damage.
fn read_at(file: &File, offset: u64, buffer: &mut Vec<u8>) -> Option<(Head, u64)> {
    let mut start = [0; PREFIX];
    file.read_exact_at(&mut start, offset).ok()?;
    let (length, crc) = record::prefix(&start)?;
    buffer.resize(length, 0);
    file.read_exact_at(buffer, offset + PREFIX as u64).ok()?;
    let (head, _) = record::body(buffer, crc)?;
    Some((head, (PREFIX + length) as u64))
}

/// Reads a segment through, and cuts it off where it is torn or damaged.
fn scan(path: &Path, first: u64) -> io::Result<Segment> {
    let file = OpenOptions::new().read(true).write(true).open(path)?;
    let length = file.metadata()?.len();
    let (mut bytes, mut next, mut buffer) = (0, first, Vec::new());
    while let Some((head, size)) = read_at(&file, bytes, &mut buffer) {
        if head.seq < next || head.seq == u64::MAX {
            break;
        }
        bytes += size;
        next = head.seq + 1;
    }
    if bytes < length {
        tracing::warn!(path = %path.display(), bytes = length - bytes, "cutting off a torn end");
        file.set_len(bytes)?;
    }
    Ok(Segment { range: Range { first, next }, bytes })
}

fn open_segment(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(path)
}

fn path(dir: &Path, first: u64) -> PathBuf {
    dir.join(format!("{first:020}.{ENDING}"))
}

fn names(dir: &Path) -> io::Result<Vec<u64>> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(dir)? {
        let name = entry?.file_name();
        let first = name.to_str().and_then(|n| n.strip_suffix(ENDING)?.strip_suffix('.')?.parse().ok());
        all.extend(first.filter(|f| (1..u64::MAX >> 1).contains(f)));
    }
    all.sort_unstable();
    Ok(all)
}
