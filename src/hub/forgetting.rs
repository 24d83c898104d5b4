//! Whoever has left is forgotten: as soon as that is recorded, the subject's key is destroyed. A hub that ended in
//! between does it when it starts.

use super::Core;
use super::supervise::supervise;
use crate::event_log::{EventLog, LogError};
use crate::views::{Tail, Views};
use std::collections::BTreeSet;
use std::time::Duration;
use watchroom_domain::SubjectId;

/// Pause before it is tried again to wipe a key off the disk: somebody may have read just then.
const AGAIN: Duration = Duration::from_secs(5);

/// Forgets for as long as the hub runs.
pub(super) fn start(core: &Core) {
    let (log, views, tail) = (core.log.clone(), core.views.clone(), core.tail.clone());
    supervise(&core.runtime, core.health.clone(), core.stopping.clone(), "forgetting", move || {
        let forgetter = Forgetter { log: log.clone(), views: views.clone(), done: BTreeSet::new() };
        forgetter.run(tail.clone())
    });
}

struct Forgetter {
    log: EventLog,
    views: Views,
    /// Those whose keys are gone for certain.
    done: BTreeSet<SubjectId>,
}

impl Forgetter {
    async fn run(mut self, tail: Tail) -> Result<(), LogError> {
        let mut head = tail.head();
        let all: BTreeSet<_> = self.views.with(|state| state.forgotten.iter().copied().collect());
        let left = self.log.not_forgotten(&all.iter().copied().collect::<Vec<_>>()).await?;
        self.done = all.into_iter().filter(|subject| !left.contains(subject)).collect();
        loop {
            head.mark_unchanged();
            let whole = self.forget().await;
            let pause = async {
                if !whole {
                    tokio::time::sleep(AGAIN).await;
                    return true;
                }
                head.changed().await.is_ok()
            };
            if !pause.await {
                return Ok(());
            }
        }
    }

    /// Gives whether nothing is left to do.
    async fn forget(&mut self) -> bool {
        let done = &self.done;
        let left: Vec<_> = self.views.with(|state| {
            // Nobody is taken out again, so that equal numbers mean the same people.
            let new = state.forgotten.len() > done.len();
            let left = state.forgotten.iter().filter(|subject| new && !done.contains(subject));
            left.copied().collect()
        });
        let mut whole = true;
        for subject in left {
            match self.log.forget(subject).await {
                Ok(()) => {
                    tracing::info!(%subject, "the key of somebody who left is destroyed");
                    self.done.insert(subject);
                }
                Err(error) => {
                    tracing::warn!(%error, %subject, "the key of somebody who left may still be on the disk");
                    whole = false;
                }
            }
        }
        whole
    }
}
