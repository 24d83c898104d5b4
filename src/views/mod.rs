//! Read models: what the log says is so, ready to be asked. All are folded from the log and can be
//! thrown away; each counts up to the position of the last event folded in.

mod answers;
mod archive;
mod history;
mod live;
mod origins;
mod tail;

pub use crate::event_log::{CommandAsker, Found, Sought, Who};
pub use answers::{Answers, AnswersError, Asked, UnderWay};
pub use archive::{Archive, ArchiveError, Events, SeriesAnswer, Told, Vitals, Wanted};
pub use history::{Evidence, History, IncidentRecord, Lately, worth_telling};
pub use live::{Live, LiveMachine, SPARK_MINUTES};
pub use tail::{Past, Tail, TailError};

use std::sync::{Arc, PoisonError, RwLock};
use watchroom_domain::{Position, RecordedEvent, State};

/// Everything that can be asked without reading the log.
#[derive(Default)]
pub struct Models {
    /// Machines, rules, people and what else decisions need.
    pub state: State,
    /// Newest values and the last hour's course.
    pub live: Live,
    /// Incidents that are over, and what happened lately.
    pub history: History,
}

/// The read models, as of the last recorded event that was folded in.
#[derive(Clone, Default)]
pub struct Views(Arc<RwLock<Models>>);

impl Views {
    /// Folds in one event; events come in the order of their positions.
    pub fn apply(&self, event: &Arc<RecordedEvent>) {
        let mut models = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let Models { state, live, history } = &mut *models;
        history.apply(event, state);
        live.apply(event, state);
        state.apply(event);
    }

    /// Folds in an older telemetry event, for the last hour's course after a start.
    pub fn warm(&self, event: &RecordedEvent) {
        let mut models = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let Models { state, live, .. } = &mut *models;
        live.warm(event, state);
    }

    /// Completes what was folded from control events alone: producers and the head's position.
    pub fn complete(&self, position: Position, producers: Vec<(uuid::Uuid, u64, u64)>) {
        let mut models = self.0.write().unwrap_or_else(PoisonError::into_inner);
        models.state.position = position;
        models.state.producers = producers.into_iter().map(|(id, epoch, seq)| (id, (epoch, seq))).collect();
    }

    /// Asks the state. Keep the closure short: recording waits for it.
    pub fn with<T>(&self, ask: impl FnOnce(&State) -> T) -> T {
        self.ask(|models| ask(&models.state))
    }

    /// Asks all models at one position. Keep the closure short: recording waits for it.
    pub fn ask<T>(&self, ask: impl FnOnce(&Models) -> T) -> T {
        ask(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }
}
