//! What does not work at the moment, for whoever asks whether the hub is ready.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

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
