//! A channel that keeps what it is told, for trying things out without a far side.

use super::{Channel, Notice, Receipt, SendError};
use async_trait::async_trait;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::Semaphore;
use watchroom_domain::{AddressKind, ChannelDescriptor, ChannelField, FieldKind, Pace, Rate};

/// What the memory channel says of itself.
pub static DESCRIPTOR: ChannelDescriptor = ChannelDescriptor {
    name: "memory",
    fields: &[ChannelField { key: "note", kind: FieldKind::Text, required: false }],
    address: AddressKind::Mail,
    updates: true,
    pictures: true,
    pace: Pace {
        per_destination: Rate::per_seconds(1_000, 1),
        per_group: None,
        overall: Rate::per_seconds(10_000, 1),
    },
};

/// What the channel does with a notice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Behaviour {
    /// Keeps it and says so.
    Accept,
    /// Keeps it and fails all the same: the answer was lost.
    AcceptSilently,
    /// Does not keep it and fails like this.
    Fail(SendError),
    /// Says nothing until its time limit.
    Hang,
    /// Has a fault, as a channel must not.
    Panic,
}

/// Keeps what it is told. Clones share what they keep.
#[derive(Clone)]
pub struct MemoryChannel(Arc<Shared>);

struct Shared {
    limit: Duration,
    kept: Mutex<Kept>,
    /// One permit for every notice that came.
    came: Semaphore,
}

struct Kept {
    notices: Vec<Notice>,
    attempts: usize,
    now: Behaviour,
    next: VecDeque<Behaviour>,
}

impl Default for MemoryChannel {
    fn default() -> Self {
        Self::with_limit(Duration::from_secs(30))
    }
}

impl MemoryChannel {
    /// A channel that hangs no longer than this.
    pub fn with_limit(limit: Duration) -> Self {
        let kept = Kept { notices: Vec::new(), attempts: 0, now: Behaviour::Accept, next: VecDeque::new() };
        Self(Arc::new(Shared { limit, kept: Mutex::new(kept), came: Semaphore::new(0) }))
    }

    /// From now on it does this, whatever it was told before.
    pub fn behave(&self, behaviour: Behaviour) {
        let mut kept = self.kept();
        kept.now = behaviour;
        kept.next.clear();
    }

    /// It does these with the next notices, one after another, and then as it did before.
    pub fn behave_next(&self, behaviours: impl IntoIterator<Item = Behaviour>) {
        self.kept().next.extend(behaviours);
    }

    /// What it was told and has kept, in order.
    pub fn notices(&self) -> Vec<Notice> {
        self.kept().notices.clone()
    }

    /// How often something was sent, in whatever way it ended.
    pub fn attempts(&self) -> usize {
        self.kept().attempts
    }

    /// Waits until so many more notices were sent.
    pub async fn wait_for(&self, attempts: u32) {
        if let Ok(permits) = self.0.came.acquire_many(attempts).await {
            permits.forget();
        }
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, Kept> {
        self.0.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Channel for MemoryChannel {
    fn descriptor(&self) -> &'static ChannelDescriptor {
        &DESCRIPTOR
    }

    async fn send(&self, notice: &Notice) -> Result<Receipt, SendError> {
        let behaviour = {
            let mut kept = self.kept();
            kept.attempts += 1;
            let behaviour = kept.next.pop_front().unwrap_or_else(|| kept.now.clone());
            if matches!(behaviour, Behaviour::Accept | Behaviour::AcceptSilently) {
                kept.notices.push(notice.clone());
            }
            behaviour
        };
        self.0.came.add_permits(1);
        match behaviour {
            Behaviour::Accept => {
                Ok(Receipt { reference: Some(notice.delivery.to_string()), ..Receipt::new("kept") })
            }
            Behaviour::AcceptSilently => Err(SendError::Ambiguous("answer lost".to_owned())),
            Behaviour::Fail(error) => Err(error),
            #[allow(clippy::panic, reason = "this is what is tried out")]
            Behaviour::Panic => panic!("a fault of the channel, as it was told"),
            Behaviour::Hang => {
                tokio::time::sleep(self.0.limit).await;
                Err(SendError::Later("no answer in time".to_owned()))
            }
        }
    }
}
