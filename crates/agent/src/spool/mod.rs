//! Every frame is kept on disk until the hub has it.
//!
//! A frame gets its number and lies in the newest segment file before it is sent. Numbers count up for
//! the whole life of the spool, across restarts; `numbering` turns them into what the hub counts.
//! Segments whose frames the hub has are deleted whole, and the newest one always stays, because its
//! name holds the number that comes next. When the disk is full, the newest frames wait in memory,
//! bounded: that is just when somebody wants to know.

mod numbering;
mod record;
mod segments;

#[cfg(test)]
mod property;
#[cfg(test)]
mod tests;

use crate::error::AgentError;
use numbering::Numbering;
use record::Head;
use segments::{Reader, Segments};
use std::collections::{BTreeSet, VecDeque};
use std::path::Path;
use watchroom_domain::Micros;

/// Most bytes of frames that wait in memory while the disk takes none.
const MEMORY_BYTES: usize = 256 * 1024;

/// One frame out of the spool. The buffer is used again and again.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Spooled {
    /// The number by which the hub knows it.
    pub(crate) seq: u64,
    /// When it was observed, by the machine's clock.
    pub(crate) observed_us: Micros,
    /// The samples, a JSON array.
    pub(crate) samples: Vec<u8>,
}

/// The frames that the hub does not have yet. Sequence numbers in this interface are the hub's.
pub(crate) struct Spool {
    numbering: Numbering,
    segments: Segments,
    reader: Reader,
    /// Waiting in memory, oldest first, because the disk took no more.
    memory: VecDeque<(u64, Vec<u8>)>,
    memory_bytes: usize,
    /// The number of the next frame.
    next: u64,
    /// The hub has every frame up to this number, or it was given up.
    acked: u64,
    /// The hub cannot have a frame from this number on: it was never given out.
    unseen: u64,
    /// Refused for good, still in a segment.
    refused: BTreeSet<u64>,
    lost: u64,
    scratch: Vec<u8>,
    failing: bool,
}

impl Spool {
    /// Opens the spool in a folder, or begins one there. `owner` says whose frames are in it: with another
    /// owner the numbers begin anew, because the other hub, or machine, has counted none of them.
    ///
    /// # Errors
    /// [`AgentError::State`] when the folder cannot be read and written.
    pub(crate) fn open(dir: &Path, limit: u64, owner: &str, now_us: Micros) -> Result<Self, AgentError> {
        crate::identity::make_state_dir(dir)?;
        let (segments, next) = Segments::open(dir, limit)?;
        let first = segments.first();
        let numbering = Numbering::open(dir, owner, first, next, now_us)?;
        let acked = numbering.floor().max(first - 1).min(next - 1);
        let unseen = numbering.unseen().unwrap_or(next);
        let scratch = Vec::with_capacity(8 * 1024);
        Ok(Self {
            numbering,
            segments,
            reader: Reader::default(),
            memory: VecDeque::new(),
            memory_bytes: 0,
            next,
            acked,
            unseen,
            refused: BTreeSet::new(),
            lost: 0,
            scratch,
            failing: false,
        })
    }

    /// The epoch to name in `hello`.
    pub(crate) fn epoch(&self) -> u64 {
        self.numbering.epoch()
    }

    /// The last number that was given out.
    #[cfg(test)]
    pub(crate) fn numbered(&self) -> u64 {
        self.numbering.outer(self.next - 1)
    }

    /// How many frames were given up since the spool was opened.
    pub(crate) fn lost(&self) -> u64 {
        self.lost
    }

    /// Appends a frame. Never fails: what the disk does not take waits in memory.
    pub(crate) fn push(&mut self, observed_us: Micros, samples: &[u8]) {
        let seq = self.next;
        self.next += 1;
        record::write(&mut self.scratch, Head { seq, observed_us }, samples);
        let appended = self.segments.append(seq, &self.scratch);
        match &appended {
            Ok(dropped) => self.give_up(*dropped),
            Err(_) => self.keep_in_memory(seq),
        }
        if appended.is_err() != self.failing {
            self.failing = appended.is_err();
            match appended {
                Err(error) => {
                    tracing::error!(%error, "the spool cannot be written; keeping what fits in memory")
                }
                Ok(_) => tracing::info!("the spool can be written again"),
            }
        }
    }

    fn keep_in_memory(&mut self, seq: u64) {
        self.memory_bytes += self.scratch.len();
        self.memory.push_back((seq, self.scratch.clone()));
        while self.memory_bytes > MEMORY_BYTES {
            let Some((seq, bytes)) = self.memory.pop_front() else { break };
            self.memory_bytes -= bytes.len();
            self.lost += u64::from(seq > self.acked);
        }
    }

    /// Counts what was dropped with a segment.
    fn give_up(&mut self, dropped: Option<segments::Range>) {
        if let Some(range) = dropped {
            let from = range.first.max(self.acked + 1);
            self.lost += range.next.saturating_sub(from);
        }
    }

    /// Reads the first frame after `after`; false when there is none.
    pub(crate) fn next_after(&mut self, after: u64, out: &mut Spooled) -> bool {
        let mut after = self.numbering.inner(after).max(self.acked);
        loop {
            let on_disk = self.reader.next_after(&mut self.segments, after, &mut out.samples);
            let in_memory = self.memory.iter().find(|(seq, _)| *seq > after);
            let head = match (on_disk, in_memory) {
                (Some(head), Some((seq, _))) if head.seq < *seq => head,
                (_, Some((_, bytes))) => match record::read(bytes, &mut out.samples) {
                    Some(head) => head,
                    None => return false,
                },
                (Some(head), None) => head,
                (None, None) => return false,
            };
            after = head.seq;
            if self.refused.contains(&head.seq) {
                continue;
            }
            self.unseen = self.unseen.max(head.seq + 1);
            out.seq = self.numbering.outer(head.seq);
            out.observed_us = head.observed_us;
            return true;
        }
    }

    /// The hub has every frame up to `seq`.
    pub(crate) fn ack(&mut self, seq: u64) {
        self.numbering.taken();
        let inner = self.numbering.inner(seq).min(self.next - 1);
        self.settle(inner);
    }

    fn settle(&mut self, inner: u64) {
        if inner <= self.acked {
            return;
        }
        self.acked = inner;
        self.segments.forget(inner);
        while self.memory.front().is_some_and(|(seq, _)| *seq <= inner) {
            if let Some((_, bytes)) = self.memory.pop_front() {
                self.memory_bytes -= bytes.len();
            }
        }
        self.refused = self.refused.split_off(&(inner + 1));
    }

    /// The hub will never take this frame: it is left out from here on.
    pub(crate) fn refuse(&mut self, seq: u64) {
        let inner = self.numbering.inner(seq);
        if inner > self.acked && inner < self.next && self.refused.insert(inner) {
            self.lost += 1;
        }
    }

    /// The hub said in its welcome what it has. It may have less than it once acknowledged (it was
    /// restored from a backup), and more than this spool remembers (the machine lost power, and the end
    /// of the spool with it).
    ///
    /// # Errors
    /// [`AgentError::State`] when the new numbering could not be made durable.
    pub(crate) fn welcome(&mut self, last_seq: u64) -> Result<(), AgentError> {
        if last_seq >= self.numbering.outer(self.unseen) {
            // What was not given out yet cannot be what the hub means by these numbers.
            let unseen = self.unseen;
            self.numbering.shift(unseen, last_seq.saturating_add(1))?;
            self.settle(unseen - 1);
            return Ok(());
        }
        // On a full disk this may fail; then a crash would have some frames sent twice, and none lost.
        if let Err(error) = self.numbering.reconciled() {
            tracing::warn!(%error, "the spool cannot note that the hub has spoken");
        }
        let has = self.numbering.inner(last_seq);
        if has < self.acked {
            self.acked = has.max(self.numbering.floor());
        }
        self.settle(has);
        Ok(())
    }

    /// Says whose the frames are from here on; nothing happens while it is the same machine.
    ///
    /// # Errors
    /// [`AgentError::State`] when the new numbering could not be made durable.
    pub(crate) fn own(&mut self, owner: &str, now_us: Micros) -> Result<(), AgentError> {
        self.numbering.own(owner, now_us, self.acked)
    }

    /// The hub knows a later epoch than this spool's: begins one that is later than `at_least_us`.
    ///
    /// # Errors
    /// [`AgentError::State`] when the new numbering could not be made durable.
    pub(crate) fn begin_epoch(&mut self, at_least_us: Micros) -> Result<(), AgentError> {
        self.numbering.begin_epoch(at_least_us, self.acked)
    }

    /// Gives up what was observed before `limit_us`: the hub would refuse it.
    pub(crate) fn expire(&mut self, limit_us: Micros) {
        let mut frame = Spooled::default();
        let unseen = self.unseen;
        while self.next_after(self.numbering.outer(self.acked), &mut frame) && frame.observed_us < limit_us {
            self.lost += 1;
            self.settle(self.numbering.inner(frame.seq));
        }
        self.unseen = unseen.max(self.acked + 1);
    }

    /// Makes everything durable.
    pub(crate) fn sync(&mut self) {
        if let Err(error) = self.segments.sync() {
            tracing::warn!(%error, "the spool could not be synced");
        }
    }
}
