//! How the spool's numbers become the hub's.
//!
//! The spool counts for ever; the hub counts within an epoch, from 1. `outer = inner - base`. The base
//! moves when an epoch begins, and when the hub turns out to have numbers that the spool has lost.

use crate::atomic;
use crate::error::AgentError;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use watchroom_domain::{HOUR_US, Micros};

const FILE: &str = "numbering.json";
const YEAR_US: u64 = 365 * 24 * HOUR_US as u64;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Kept {
    epoch: u64,
    base: i64,
    owner: String,
    /// Frames up to this one have no number that the hub could still ask for.
    #[serde(default)]
    floor: u64,
    /// Set from the start of a run until its first welcome: no number from here on was given out.
    #[serde(default)]
    unseen: Option<u64>,
}

pub(super) struct Numbering {
    path: PathBuf,
    kept: Kept,
    /// The epoch was begun because the hub knew a later one, and may not be late enough.
    fruitless: bool,
}

impl Numbering {
    /// Reads the numbering of a spool whose frames have the numbers `first..next`. Begins an epoch where
    /// there is none, where it belongs to another owner, or where it does not fit the frames.
    pub(super) fn open(
        dir: &Path,
        owner: &str,
        first: u64,
        next: u64,
        now_us: Micros,
    ) -> Result<Self, AgentError> {
        let path = dir.join(FILE);
        let kept = std::fs::read(&path).ok().and_then(|b| serde_json::from_slice::<Kept>(&b).ok());
        let fits = |k: &Kept| k.owner == owner && k.base <= k.floor.max(first - 1) as i64;
        let epoch = kept.as_ref().map_or(0, |k| k.epoch);
        match kept.filter(fits) {
            Some(kept) => {
                // What an earlier run numbered but never gave out stays in doubt until the hub has spoken.
                let unseen = Some(kept.unseen.map_or(next, |u| u.min(next)));
                let mut numbering = Self { path, kept, fruitless: false };
                if numbering.kept.unseen != unseen {
                    numbering.keep(Kept { unseen, ..numbering.kept.clone() })?;
                }
                Ok(numbering)
            }
            None => {
                let owner = owner.to_owned();
                let mut numbering = Self {
                    path,
                    kept: Kept { epoch, base: 0, owner, floor: 0, unseen: Some(next) },
                    fruitless: false,
                };
                numbering.begin_epoch(now_us, first - 1)?;
                numbering.fruitless = false;
                Ok(numbering)
            }
        }
    }

    /// Nothing up to this number is to be sent any more.
    pub(super) fn floor(&self) -> u64 {
        self.kept.floor
    }

    /// The first number that the hub cannot know, as far as the disk remembers.
    pub(super) fn unseen(&self) -> Option<u64> {
        self.kept.unseen
    }

    /// The hub has spoken: from here on numbers are given out.
    pub(super) fn reconciled(&mut self) -> Result<(), AgentError> {
        match self.kept.unseen {
            Some(_) => self.keep(Kept { unseen: None, ..self.kept.clone() }),
            None => Ok(()),
        }
    }

    pub(super) fn epoch(&self) -> u64 {
        self.kept.epoch
    }

    /// The hub's number of a frame.
    pub(super) fn outer(&self, inner: u64) -> u64 {
        (inner as i64).saturating_sub(self.kept.base).max(0) as u64
    }

    /// The spool's number of what the hub names.
    pub(super) fn inner(&self, outer: u64) -> u64 {
        i64::try_from(outer).unwrap_or(i64::MAX).saturating_add(self.kept.base).max(0) as u64
    }

    /// From here on the frame `inner` is the hub's `outer`.
    pub(super) fn shift(&mut self, inner: u64, outer: u64) -> Result<(), AgentError> {
        let base = (inner as i64).saturating_sub(i64::try_from(outer).unwrap_or(i64::MAX));
        tracing::warn!(seq = outer, "the hub has numbers that this spool lost; counting on from its own");
        self.keep(Kept { base, floor: inner - 1, unseen: None, ..self.kept.clone() })
    }

    /// Begins an epoch for another owner; the frame after `acked` is the first.
    pub(super) fn own(&mut self, owner: &str, now_us: Micros, acked: u64) -> Result<(), AgentError> {
        if owner == self.kept.owner {
            return Ok(());
        }
        let (epoch, owner) = (self.later(now_us), owner.to_owned());
        self.keep(Kept { epoch, base: acked as i64, floor: acked, owner, ..self.kept })
    }

    /// Begins an epoch in which the frame after `acked` is the first.
    pub(super) fn begin_epoch(&mut self, at_least_us: Micros, acked: u64) -> Result<(), AgentError> {
        let epoch = self.later(at_least_us);
        self.keep(Kept { epoch, base: acked as i64, floor: acked, ..self.kept.clone() })?;
        self.fruitless = true;
        Ok(())
    }

    fn later(&self, at_least_us: Micros) -> u64 {
        let usual = (at_least_us.max(0) as u64).max(self.kept.epoch.saturating_add(1));
        // The hub knows an epoch that was begun while a clock was wrong, by who knows how much: long
        // steps come past it soon.
        if self.fruitless { usual.saturating_add(YEAR_US) } else { usual }
    }

    /// The hub took a frame of this epoch.
    pub(super) fn taken(&mut self) {
        self.fruitless = false;
    }

    fn keep(&mut self, kept: Kept) -> Result<(), AgentError> {
        let bytes = serde_json::to_vec(&kept).map_err(AgentError::crypto)?;
        atomic::write(&self.path, &bytes).map_err(AgentError::state(&self.path))?;
        self.kept = kept;
        Ok(())
    }
}
