//! Follows the log and has agents asked for what others need of them: evidence when an alert of theirs is
//! new, and to run the checks that are assigned to them.

use super::directory::Directory;
use super::session::Ask;
use crate::clock::Clock;
use crate::views::{Tail, Views};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use watchroom_domain::{Check, Event, MINUTE_US, MachineId, Micros, RecordedEvent, RunBy, State};

/// Events read at a time.
const PAGE: usize = 1_000;
/// What is older is no news, and what runs now says nothing about it.
const FRESH_US: Micros = MINUTE_US;

/// What is needed of agents.
pub struct Errands {
    /// The newest events.
    pub tail: Tail,
    /// Open sessions.
    pub directory: Directory,
    /// What is so.
    pub views: Views,
    /// The hub's clock.
    pub clock: Arc<dyn Clock>,
}

/// The checks of each agent that runs any.
type Assigned = BTreeMap<MachineId, Vec<Check>>;

impl Errands {
    /// Runs until the tail's other end is gone. What happened before is known to agents by their welcome.
    pub async fn run(self) {
        let mut head = self.tail.head();
        let mut after = *head.borrow_and_update();
        let mut assigned = self.views.with(assigned);
        // Those that connected while nobody did this.
        assigned.keys().for_each(|machine| self.directory.ask(*machine, Ask::Checks));
        loop {
            match self.tail.read(after, PAGE).await {
                Ok(events) => {
                    events.iter().for_each(|event| self.consider(event));
                    if events.iter().any(|event| changes_checks(&event.event)) {
                        assigned = self.reassign(&assigned);
                    }
                    after = events.last().map_or(after, |last| last.pos);
                    if events.len() == PAGE {
                        continue;
                    }
                }
                Err(error) => tracing::error!(%error, "agents are not asked: the log cannot be read"),
            }
            if head.changed().await.is_err() {
                return;
            }
        }
    }

    fn consider(&self, event: &RecordedEvent) {
        let (machine, incident, series) = match &event.event {
            Event::AlertPending(e) => (e.machine, e.incident, e.series),
            Event::AlertFired(e) => (e.machine, e.incident, e.series),
            _ => return,
        };
        // A machine that is silent has nobody to ask.
        if series.is_some() && self.clock.now_us() - event.ts_us < FRESH_US {
            self.directory.ask(machine, Ask::Evidence(incident));
        }
    }

    /// Tells every agent whose list is another now.
    fn reassign(&self, before: &Assigned) -> Assigned {
        let now = self.views.with(assigned);
        let all: BTreeSet<_> = before.keys().chain(now.keys()).collect();
        for machine in all.into_iter().filter(|m| before.get(m) != now.get(m)) {
            self.directory.ask(*machine, Ask::Checks);
        }
        now
    }
}

fn assigned(state: &State) -> Assigned {
    let mut all = Assigned::new();
    for check in state.checks.values().filter(|c| c.enabled) {
        if let RunBy::Agent { machine } = check.run_by {
            all.entry(machine).or_default().push(check.clone());
        }
    }
    all
}

fn changes_checks(event: &Event) -> bool {
    matches!(event, Event::CheckAdded(_) | Event::CheckChanged(_) | Event::CheckRemoved(_))
}
