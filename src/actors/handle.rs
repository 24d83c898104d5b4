//! How the rest of the program reaches the registry.

use async_trait::async_trait;
use std::sync::Arc;
use thiserror::Error;
use watchroom_domain::{Envelope, RecordedEvent, Refusal};

/// Why nothing was recorded.
#[derive(Clone, Debug, Error)]
pub enum SubmitError {
    /// The command was refused.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Too much is waiting to be recorded; try again shortly.
    #[error("the hub is busy; try again in a moment")]
    Busy,
    /// The log cannot be written, or the hub is stopping.
    #[error("the hub cannot record anything at the moment")]
    Unavailable,
}

/// Takes commands. When `submit` answers `Ok`, the events are durable.
#[async_trait]
pub trait Submit: Send + Sync + 'static {
    /// Decides the command and records its events.
    ///
    /// # Errors
    /// [`SubmitError`] when nothing was recorded.
    async fn submit(&self, envelope: Envelope) -> Result<Vec<Arc<RecordedEvent>>, SubmitError>;

    /// Whether commands are being worked on.
    async fn responds(&self) -> bool {
        true
    }
}

/// The registry, as everybody else sees it.
pub type Registry = Arc<dyn Submit>;
