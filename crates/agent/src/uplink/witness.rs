//! Answers the hub's question which processes use most: the second of two readings, a moment later.

use crate::processes::{BETWEEN, Before};
use std::path::Path;
use std::time::Duration;
use tokio::time::Instant;
use watchroom_wire::Evidence;

/// Least time between two answers: looking at every process is the dearest thing that an agent does.
const LEAST: Duration = Duration::from_secs(5);
/// Most questions that wait for one answer.
const MOST_ASKED: usize = 4;
/// Bytes of what the hub calls a question.
const MAX_ID: usize = 64;

#[derive(Default)]
pub(super) struct Witness {
    /// What is asked, and the first reading.
    asked: Vec<String>,
    before: Option<(Instant, Before)>,
    /// The last answer, and when it was found.
    known: Option<(Instant, Vec<watchroom_domain::Process>)>,
}

impl Witness {
    /// The hub asks. It gets what is known, if that is fresh, and else what two readings will show.
    pub(super) fn asked(&mut self, id: String, proc: &Path) {
        if id.len() > MAX_ID || self.asked.len() >= MOST_ASKED {
            return tracing::debug!("a question of the hub's is passed over");
        }
        self.asked.push(id);
        let now = Instant::now();
        let fresh = self.known.as_ref().is_some_and(|(at, _)| now < *at + LEAST);
        if !fresh && self.before.is_none() {
            self.before = Some((now, Before::read(proc, now.into_std())));
        }
    }

    /// When the second reading is due.
    pub(super) fn due(&self) -> Option<Instant> {
        self.before.as_ref().map(|(at, _)| *at + BETWEEN)
    }

    /// The next answer, if one can be given.
    pub(super) fn answer(&mut self) -> Option<Evidence> {
        let now = Instant::now();
        if let Some((_, before)) = self.before.take_if(|(at, _)| now >= *at + BETWEEN) {
            self.known = Some((now, before.finish(now.into_std())));
        }
        if self.before.is_some() || self.asked.is_empty() {
            return None;
        }
        let id = self.asked.remove(0);
        let processes = self.known.as_ref().map(|(_, found)| found.clone()).unwrap_or_default();
        (!processes.is_empty()).then_some(Evidence { id, processes })
    }
}
