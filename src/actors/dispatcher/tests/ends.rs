//! The registry, the bookmarks and the channel of a world, all of which fate may end.

use super::world::World;
use crate::actors::dispatcher::{BookmarkError, Bookmarks, ParkedItem};
use crate::actors::handle::{Submit, SubmitError};
use crate::channels::memory::MemoryChannel;
use crate::channels::{Channel, Notice, Receipt, SendError};
use crate::clock::Clock as _;
use async_trait::async_trait;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::sync::Notify;
use watchroom_domain::*;

/// Counts steps; at the chosen one nothing goes on any more, as if the power had gone.
#[derive(Default)]
pub struct Fate {
    steps: AtomicUsize,
    end: AtomicUsize,
    pub ended: Notify,
}

impl Fate {
    pub fn end_at(&self, step: usize) {
        self.steps.store(0, Ordering::SeqCst);
        self.end.store(step, Ordering::SeqCst);
    }

    pub fn steps(&self) -> usize {
        self.steps.load(Ordering::SeqCst)
    }

    pub async fn step(&self) {
        let step = self.steps.fetch_add(1, Ordering::SeqCst) + 1;
        let end = self.end.load(Ordering::SeqCst);
        if end != 0 && step >= end {
            self.ended.notify_one();
            std::future::pending::<()>().await;
        }
    }
}

#[async_trait]
impl Submit for World {
    async fn submit(&self, envelope: Envelope) -> Result<Vec<Arc<RecordedEvent>>, SubmitError> {
        assert_eq!(envelope.by, By::Hub, "not a dispatcher's business");
        self.fate.step().await;
        let now = self.clock.now_us();
        // What one command becomes is recorded as one, as the registry does.
        let events = self.views.with(|state| state.decide(&envelope, now))?;
        let recorded = events.into_iter().map(|event| self.keep(event, now)).collect();
        self.fate.step().await;
        Ok(recorded)
    }
}

#[async_trait]
impl Bookmarks for World {
    async fn claim(&self, name: &str) -> Result<Position, BookmarkError> {
        assert_eq!(name, "channel-email");
        self.bookmarks.claim(name).await
    }

    async fn advance(&self, name: &str, pos: Position) -> Result<(), BookmarkError> {
        self.fate.step().await;
        self.bookmarks.advance(name, pos).await?;
        self.fate.step().await;
        Ok(())
    }

    async fn park(&self, name: &str, item: ParkedItem) -> Result<(), BookmarkError> {
        self.fate.step().await;
        self.bookmarks.park(name, item).await
    }

    async fn unpark(&self, name: &str, pos: Position) -> Result<(), BookmarkError> {
        self.fate.step().await;
        self.bookmarks.unpark(name, pos).await
    }

    async fn parked(&self, name: &str) -> Result<Vec<ParkedItem>, BookmarkError> {
        self.bookmarks.parked(name).await
    }
}

pub struct FatedChannel(pub MemoryChannel, pub Arc<Fate>);

#[async_trait]
impl Channel for FatedChannel {
    fn descriptor(&self) -> &'static ChannelDescriptor {
        self.0.descriptor()
    }

    async fn send(&self, notice: &Notice) -> Result<Receipt, SendError> {
        self.1.step().await;
        let result = self.0.send(notice).await;
        self.1.step().await;
        result
    }
}
