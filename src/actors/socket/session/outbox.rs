//! Answers on their way out: bytes that wait to be written, so that what a peer costs is known.

use bytes::{BufMut as _, BytesMut};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::{Notify, OwnedSemaphorePermit};
use watchroom_wire::HubFrame;

/// Bytes of answers that may wait while others are written.
const MOST_BYTES: usize = 64 * 1024;

/// Why an answer was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Untaken {
    /// The peer reads too slowly.
    Full,
    /// Nothing is written any more.
    Closed,
}

/// The end into which answers are put; without it the writer writes what waits, and ends.
pub(super) struct Outbox(Arc<Shared>);

/// The end from which they are written.
pub(super) struct Written(Arc<Shared>);

/// What is to be written next, with the places of the frames that it answers.
#[derive(Default)]
pub(super) struct Batch {
    pub bytes: BytesMut,
    /// Given back once this is written: who does not read is not read from.
    _answered: Vec<OwnedSemaphorePermit>,
}

#[derive(Default)]
struct Shared {
    waiting: Mutex<Waiting>,
    changed: Notify,
}

#[derive(Default)]
struct Waiting {
    batch: Batch,
    closed: bool,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn close(&self) {
        self.lock().closed = true;
        self.changed.notify_one();
    }
}

/// A queue with both its ends.
pub(super) fn outbox() -> (Outbox, Written) {
    let shared = Arc::new(Shared::default());
    (Outbox(shared.clone()), Written(shared))
}

impl Outbox {
    /// Puts an answer behind those that wait. The place of the frame that it answers is taken until
    /// the answer is written.
    pub fn put(&self, frame: &HubFrame, answered: Option<OwnedSemaphorePermit>) -> Result<(), Untaken> {
        let mut waiting = self.0.lock();
        if waiting.closed {
            return Err(Untaken::Closed);
        }
        let batch = &mut waiting.batch;
        if batch.bytes.len() >= MOST_BYTES {
            return Err(Untaken::Full);
        }
        // Writing into memory cannot fail, and every frame has a JSON form.
        if serde_json::to_writer((&mut batch.bytes).writer(), frame).is_ok() {
            batch.bytes.put_u8(b'\n');
        }
        batch._answered.extend(answered);
        drop(waiting);
        self.0.changed.notify_one();
        Ok(())
    }
}

impl Drop for Outbox {
    fn drop(&mut self) {
        self.0.close();
    }
}

impl Written {
    /// What waits, as soon as something does; none after the last.
    pub async fn next(&mut self) -> Option<Batch> {
        loop {
            {
                let mut waiting = self.0.lock();
                if !waiting.batch.bytes.is_empty() {
                    return Some(std::mem::take(&mut waiting.batch));
                }
                if waiting.closed {
                    return None;
                }
            }
            self.0.changed.notified().await;
        }
    }
}

impl Drop for Written {
    fn drop(&mut self) {
        self.0.close();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::sync::Semaphore;

    fn pong(now_us: i64) -> HubFrame {
        HubFrame::Pong { now_us }
    }

    #[tokio::test]
    async fn what_was_put_in_comes_out_in_order_and_then_the_end() {
        let (outbox, mut written) = outbox();
        outbox.put(&pong(1), None).unwrap();
        outbox.put(&pong(2), None).unwrap();
        drop(outbox);
        let batch = written.next().await.unwrap();
        assert_eq!(&batch.bytes[..], b"{\"type\":\"pong\",\"now_us\":1}\n{\"type\":\"pong\",\"now_us\":2}\n");
        assert!(written.next().await.is_none());
    }

    #[tokio::test]
    async fn what_waits_has_an_end_in_bytes_and_begins_anew_when_it_is_taken_out() {
        let (outbox, mut written) = outbox();
        let long = HubFrame::error("bad_field", "x".repeat(10_000), None);
        let taken = (0..100).take_while(|_| outbox.put(&long, None).is_ok()).count();
        assert_eq!((taken, outbox.put(&long, None)), (7, Err(Untaken::Full)));
        assert!(written.next().await.unwrap().bytes.len() < MOST_BYTES + 11_000);
        assert_eq!(outbox.put(&long, None), Ok(()));
        drop(written);
        assert_eq!(outbox.put(&long, None), Err(Untaken::Closed));
    }

    #[tokio::test]
    async fn the_place_of_a_frame_is_taken_until_its_answer_is_written() {
        let places = Arc::new(Semaphore::new(1));
        let (outbox, mut written) = outbox();
        outbox.put(&pong(1), Some(places.clone().try_acquire_owned().unwrap())).unwrap();
        let batch = written.next().await.unwrap();
        assert_eq!(places.available_permits(), 0, "not yet");
        drop(batch);
        assert_eq!(places.available_permits(), 1);
    }
}
