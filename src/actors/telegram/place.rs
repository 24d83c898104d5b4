//! Where the listener stands, kept beyond a restart.

use crate::event_log::{EventLog, Parked};
use async_trait::async_trait;
use watchroom_domain::{HOUR_US, Micros};

/// After a week of silence the far side may count anew, so that an older place says nothing.
const KEPT_US: Micros = 6 * 24 * HOUR_US;

/// Keeps the number of the last update that was dealt with, for each bot.
#[async_trait]
pub trait Places: Send + Sync + 'static {
    /// The number, unless it is too old to say anything.
    async fn read(&self, bot: u64, now_us: Micros) -> Option<i64>;
    /// Writes it down.
    async fn write(&self, bot: u64, update: i64, now_us: Micros);
}

/// Places among what readers of the log have noted.
pub struct LogPlaces(EventLog);

impl LogPlaces {
    /// Places in this log.
    pub fn new(log: EventLog) -> Self {
        Self(log)
    }
}

fn name(bot: u64) -> String {
    format!("telegram-{bot}")
}

#[async_trait]
impl Places for LogPlaces {
    async fn read(&self, bot: u64, now_us: Micros) -> Option<i64> {
        let noted = match self.0.parked(&name(bot)).await {
            Ok(noted) => noted,
            Err(error) => {
                tracing::error!(%error, "the Telegram listener's place cannot be read");
                return None;
            }
        };
        let place = noted.into_iter().next().filter(|place| now_us - place.next_us < KEPT_US)?;
        place.error.parse().ok()
    }

    async fn write(&self, bot: u64, update: i64, now_us: Micros) {
        let (name, error) = (name(bot), update.to_string());
        let place = Parked { name, pos: 0, attempts: 0, next_us: now_us, error };
        // Without it the next start hears some of it once more; commands know what they have seen.
        if let Err(error) = self.0.park(&place).await {
            tracing::error!(%error, "the Telegram listener's place is not written down");
        }
    }
}
