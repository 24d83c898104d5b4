//! Walks the chain and says where the log was first changed.

use super::error::LogError;
use super::in_order::Events;
use super::store::{BatchRow, HeadRow};
use super::{EventLog, chain};
use thiserror::Error;
use watchroom_domain::Position;

const BATCHES_AT_ONCE: usize = 512;

/// What is wrong at a position.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Fault {
    /// The event is gone.
    #[error("the event is missing")]
    Missing,
    /// The event is not the one that was recorded: body, meta, time, kind, stream or identifier.
    #[error("the event is not what was recorded")]
    Changed,
    /// An event of this batch, which begins here, was changed together with its own check.
    #[error("one of the {n} events from here on is not what was recorded")]
    ChangedWithin {
        /// Events of the batch.
        n: u32,
    },
    /// The batch that begins here is gone.
    #[error("batch {batch}, which begins here, is missing")]
    BatchMissing {
        /// Number of the batch.
        batch: u64,
    },
    /// The record of the batch that begins here was changed.
    #[error("the record of batch {batch}, which begins here, was changed")]
    BatchChanged {
        /// Number of the batch.
        batch: u64,
    },
    /// The head does not agree with the last batch.
    #[error("the log's head does not agree with its last batch")]
    Head,
    /// There is an event that no batch holds.
    #[error("here stands an event that no batch holds")]
    Surplus,
}

impl Fault {
    /// Stable name of the fault, for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Changed => "changed",
            Self::ChangedWithin { .. } => "changed_within",
            Self::BatchMissing { .. } => "batch_missing",
            Self::BatchChanged { .. } => "batch_changed",
            Self::Head => "head",
            Self::Surplus => "surplus",
        }
    }
}

/// What verification found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The log is as it was recorded.
    Sound {
        /// Position of the last event.
        head: Position,
        /// Batches in the chain.
        batches: u64,
        /// Chain value of the last batch; written down elsewhere, it would show a log cut short.
        chain: [u8; 32],
    },
    /// The log was changed.
    Wrong {
        /// The first position that is wrong.
        pos: Position,
        /// What is wrong there.
        fault: Fault,
    },
}

impl EventLog {
    /// Walks the whole chain. Events recorded meanwhile are left for the next time. `progress` is told
    /// the position reached, now and then.
    ///
    /// # Errors
    /// [`LogError::Database`] when the log cannot be read; a log that was changed is no error but a
    /// [`Verdict::Wrong`].
    pub async fn verify(&self, progress: impl FnMut(Position) + Send) -> Result<Verdict, LogError> {
        let store = self.inner.store.as_ref();
        // In this order: an event that is recorded in between is below the head then.
        let last = store.last_event().await?;
        let head = store.head().await?;
        let events = Events::behind(store, head.purged_upto);
        let chain = chain::genesis(head.log_id);
        let mut walk = Walk { head: &head, events, chain, next_pos: 1, next_batch: 1, progress };
        if let Some((pos, fault)) = walk.run().await? {
            return Ok(Verdict::Wrong { pos, fault });
        }
        if walk.next_pos != head.next_pos || walk.chain != head.chain {
            return Ok(Verdict::Wrong { pos: walk.next_pos.min(head.next_pos), fault: Fault::Head });
        }
        let beyond = !store.batches(head.next_batch - 1, 1).await?.is_empty();
        if last >= head.next_pos || (beyond && store.head().await? == head) {
            return Ok(Verdict::Wrong { pos: head.next_pos, fault: Fault::Surplus });
        }
        Ok(Verdict::Sound { head: head.next_pos - 1, batches: head.next_batch - 1, chain: head.chain })
    }
}

type Found = Option<(Position, Fault)>;

struct Walk<'a, P> {
    head: &'a HeadRow,
    events: Events<'a>,
    chain: [u8; 32],
    next_pos: Position,
    next_batch: u64,
    progress: P,
}

impl<P: FnMut(Position) + Send> Walk<'_, P> {
    async fn run(&mut self) -> Result<Found, LogError> {
        while self.next_batch < self.head.next_batch {
            let batches = self.events.store.batches(self.next_batch - 1, BATCHES_AT_ONCE).await?;
            if batches.is_empty() {
                return Ok(Some((self.next_pos, Fault::BatchMissing { batch: self.next_batch })));
            }
            for batch in batches.iter().take_while(|b| b.batch < self.head.next_batch) {
                let found = self.batch(batch).await?;
                if found.is_some() {
                    return Ok(found);
                }
            }
            if batches.last().is_some_and(|b| b.batch >= self.head.next_batch)
                && self.next_batch < self.head.next_batch
            {
                return Ok(Some((self.next_pos, Fault::BatchMissing { batch: self.next_batch })));
            }
            (self.progress)(self.next_pos - 1);
        }
        Ok(None)
    }

    async fn batch(&mut self, batch: &BatchRow) -> Result<Found, LogError> {
        if batch.batch != self.next_batch {
            return Ok(Some((self.next_pos, Fault::BatchMissing { batch: self.next_batch })));
        }
        let changed = Fault::BatchChanged { batch: batch.batch };
        if batch.first_pos != self.next_pos || batch.n == 0 {
            return Ok(Some((self.next_pos, changed)));
        }
        // The record first: a root or a count that was changed would make good events look wrong.
        if chain::next(&self.chain, batch) != batch.chain {
            return Ok(Some((self.next_pos, changed)));
        }
        if batch.last_pos() > self.head.purged_upto {
            let mut leaves = Vec::with_capacity(batch.n as usize);
            for pos in batch.first_pos..=batch.last_pos() {
                let Some(row) = self.events.at(pos).await? else { return Ok(Some((pos, Fault::Missing))) };
                let leaf = chain::leaf(leaves.len() as u32, &row);
                if chain::short(&leaf) != row.leaf {
                    return Ok(Some((pos, Fault::Changed)));
                }
                leaves.push(leaf);
            }
            if chain::root(leaves) != batch.root {
                return Ok(Some((batch.first_pos, Fault::ChangedWithin { n: batch.n })));
            }
        }
        self.chain = batch.chain;
        self.next_pos += u64::from(batch.n);
        self.next_batch += 1;
        Ok(None)
    }
}
