//! When sessions and API tokens were last used: kept in memory only, for it would be an event for every request.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};
use watchroom_domain::{ApiTokenId, Micros, SessionId};

/// Most that are remembered; what was used longest ago is let go first.
const MOST: usize = 10_000;

/// When these were last used since the hub was started.
pub struct Used<K>(Mutex<HashMap<K, Micros>>);

/// When API tokens were.
pub type TokensUsed = Used<ApiTokenId>;
/// When sessions were.
pub type SessionsUsed = Used<SessionId>;

impl<K> Default for Used<K> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Copy + Eq + Hash> Used<K> {
    /// It was shown and taken.
    pub fn note(&self, token: K, now_us: Micros) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= MOST && !all.contains_key(&token) {
            let mut times: Vec<_> = all.values().copied().collect();
            let (_, middle, _) = times.select_nth_unstable(MOST / 2);
            let middle = *middle;
            all.retain(|_, at| *at > middle);
        }
        all.insert(token, now_us);
    }

    /// When it was last used, if that was since the hub was started.
    pub fn at(&self, token: K) -> Option<Micros> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&token).copied()
    }
}
