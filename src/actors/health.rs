//! What does not work at the moment, for whoever asks whether the hub is ready.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Parts by the names under which they are shown, and what is said of them.
pub mod words {
    /// Recording what comes in.
    pub const RECORDING: &str = "recording";
    /// What pages and decisions read.
    pub const READ_MODELS: &str = "read models";
    /// The disk of the event log.
    pub const DISK: &str = "disk";
    /// The conversation with Telegram.
    pub const TELEGRAM: &str = "telegram";
    /// Soon nothing can be recorded.
    pub const LITTLE_ROOM: &str = "little room is left";
    /// No room is left.
    pub const FULL: &str = "full; the space that is kept back is missing";
    /// Somebody reads for so long that it cannot be taken over.
    pub const LARGE_WAL: &str = "the write-ahead log grows and is not taken over";
    /// Two programs ask for the same messages.
    pub const RIVAL: &str = "another program uses the bot's token";
    /// The bot is no more, or has another token.
    pub const TOKEN: &str = "the bot's token is not accepted";
}

/// Why, and whether the hub can be used all the same.
type Faults = BTreeMap<&'static str, (&'static str, bool)>;

/// Parts that are at fault. Clones are the same.
#[derive(Clone, Default)]
pub struct Health(Arc<Mutex<Faults>>);

impl Health {
    /// A part does not work, and why in our own words: strangers may read them.
    pub fn fault(&self, part: &'static str, why: &'static str) {
        self.lock().insert(part, (why, false));
    }

    /// A part works, but somebody should look after it.
    pub fn concern(&self, part: &'static str, why: &'static str) {
        self.lock().insert(part, (why, true));
    }

    /// A part works again.
    pub fn well(&self, part: &'static str) {
        self.lock().remove(part);
    }

    /// Parts that do not work, by name.
    pub fn faults(&self) -> Vec<(&'static str, &'static str)> {
        self.of(false)
    }

    /// Parts that work and should be looked after, by name.
    pub fn concerns(&self) -> Vec<(&'static str, &'static str)> {
        self.of(true)
    }

    fn of(&self, usable: bool) -> Vec<(&'static str, &'static str)> {
        self.lock().iter().filter(|(_, said)| said.1 == usable).map(|(part, said)| (*part, said.0)).collect()
    }

    fn lock(&self) -> MutexGuard<'_, Faults> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
