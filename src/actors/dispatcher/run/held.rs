//! What was held and what was given up comes back: digests at the end of quiet hours, dead letters that
//! somebody wants sent again.

use super::Run;
use crate::actors::dispatcher::queue::{ParkedItem, Settled};
use crate::views::TailError;
use watchroom_domain::{By, Command, DeliveryOutcome, Envelope, RecordedEvent, body};

/// Held notices that one digest tells; what is more comes in the next.
const MOST_HELD: usize = 1_000;

impl Run {
    /// Has digests recorded of what quiet hours held that are over now. The digest itself follows from the
    /// event, so that it is told once whatever happens in between.
    pub(super) fn call_digests(&mut self) {
        let now = self.parts.clock.now_us();
        while let Some((subscription, until_us, items)) = self.queue.take_held(now, MOST_HELD) {
            let means = self.means.clone();
            self.attempts.spawn(async move {
                let held = items.iter().map(|item| {
                    let outcome = DeliveryOutcome::Digested;
                    means.attempt(
                        item,
                        item.recipient.subject,
                        outcome,
                        "held by quiet hours",
                        now - item.cause_us,
                    )
                });
                let command = Command::CallDigest { subscription, until_us, held: held.collect() };
                let recorded = means.hand_in(Envelope::new(By::Hub, command)).await;
                let settled = || match recorded {
                    // Whoever it was for is gone, or it was told already: each goes the usual way.
                    0 => Settled::Alone,
                    _ => Settled::Done { reached: false },
                };
                items.iter().map(|item| (item.delivery, settled())).collect()
            });
        }
    }

    /// Takes in a dead letter anew, by the event that it tells.
    ///
    /// # Errors
    /// When that cannot be read; nothing was taken in then.
    pub(super) async fn revive(
        &mut self,
        event: &RecordedEvent,
        e: &body::DeliveryRevived,
        parked: Option<&ParkedItem>,
    ) -> Result<(), TailError> {
        let read = self.parts.tail.read(e.cause.saturating_sub(1), 1).await?;
        let Some(cause) = read.first().filter(|cause| cause.pos == e.cause).cloned() else {
            self.queue.add(event.pos, Vec::new(), parked.is_some(), 0);
            return Ok(());
        };
        let (mut items, mut stranded) = self.planned(&cause);
        items.retain(|item| item.delivery == e.delivery);
        stranded.retain(|delivery| delivery.delivery == e.delivery);
        self.hold(&cause, event.pos, items, stranded, parked);
        Ok(())
    }
}
