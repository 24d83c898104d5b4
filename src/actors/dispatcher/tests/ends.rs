//! The registry, the bookmarks and the channel of a world, all of which fate may end.

use super::world::{Fate, World};
use crate::actors::dispatcher::{BookmarkError, Bookmarks, ParkedItem};
use crate::actors::handle::{Submit, SubmitError};
use crate::channels::memory::MemoryChannel;
use crate::channels::{Channel, Notice, Receipt, SendError};
use crate::clock::Clock as _;
use async_trait::async_trait;
use std::sync::Arc;
use watchroom_domain::*;

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
