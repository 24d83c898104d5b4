//! Those who have shown the password and are asked for a code: known to this process only, for a few minutes.

use crate::fresh;
use actix_web::cookie::time::Duration;
use actix_web::cookie::{Cookie, SameSite};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use watchroom_domain::{MINUTE_US, Micros, SECOND_US, SubjectId};

/// Name of the cookie by which a browser goes on.
pub const HALFWAY_COOKIE: &str = "__Host-halfway";
/// How long somebody has for the code.
const LIFE_US: Micros = 5 * MINUTE_US;
/// Codes that may be tried before the password is asked for again.
const TRIES: u32 = 5;
/// Most who are on their way; the oldest has to begin again.
const MOST: usize = 2_000;
/// Most ways of one person, so that nobody pushes others off theirs.
const MOST_OF_ONE: usize = 5;

/// Who has shown a password.
#[derive(Clone)]
pub struct Half {
    /// Who.
    pub person: SubjectId,
    /// The hash of the password that was shown.
    pub password_phc: String,
    /// Local path to go to afterwards.
    pub next: String,
    /// What is to be said there, by its key in the catalogue.
    pub said: Option<String>,
}

struct Waiting {
    half: Half,
    until_us: Micros,
    tries: u32,
}

/// Those on their way, by the hash of their cookie's secret.
#[derive(Default)]
pub struct Halfway(Mutex<HashMap<String, Waiting>>);

impl Halfway {
    /// Somebody has shown the password; the cookie by which the browser goes on.
    pub fn begin(&self, half: Half, now_us: Micros) -> Cookie<'static> {
        let secret = URL_SAFE_NO_PAD.encode(fresh::secret::<32>());
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|_, waiting| waiting.until_us > now_us);
        let of_one = all.values().filter(|w| w.half.person == half.person).count();
        let crowd = |w: &Waiting| of_one < MOST_OF_ONE || w.half.person == half.person;
        if (all.len() >= MOST || of_one >= MOST_OF_ONE)
            && let Some((oldest, _)) = all.iter().filter(|(_, w)| crowd(w)).min_by_key(|(_, w)| w.until_us)
        {
            let oldest = oldest.clone();
            all.remove(&oldest);
        }
        let until_us = now_us + LIFE_US;
        all.insert(fresh::fingerprint(secret.as_bytes()), Waiting { half, until_us, tries: 0 });
        cookie(secret, Duration::seconds(LIFE_US / SECOND_US))
    }

    /// Who this cookie is of.
    pub fn of(&self, secret: &str, now_us: Micros) -> Option<Half> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let waiting = all.get(&fresh::fingerprint(secret.as_bytes()));
        waiting.filter(|w| w.until_us > now_us).map(|w| w.half.clone())
    }

    /// A wrong code; after a few the password is asked for again.
    pub fn failed(&self, secret: &str) {
        let hash = fresh::fingerprint(secret.as_bytes());
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let tries = all.get_mut(&hash).map_or(0, |waiting| {
            waiting.tries += 1;
            waiting.tries
        });
        if tries >= TRIES {
            all.remove(&hash);
        }
    }

    /// The way is at its end.
    pub fn end(&self, secret: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&fresh::fingerprint(secret.as_bytes()));
    }
}

/// Takes the cookie away.
pub fn clear_halfway() -> Cookie<'static> {
    cookie(String::new(), Duration::ZERO)
}

fn cookie(value: String, life: Duration) -> Cookie<'static> {
    Cookie::build(HALFWAY_COOKIE, value)
        .path("/")
        .secure(true)
        .http_only(true)
        .same_site(SameSite::Strict)
        .max_age(life)
        .finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn begin(halfway: &Halfway, now_us: Micros) -> String {
        begin_as(halfway, "p", now_us)
    }

    fn begin_as(halfway: &Halfway, name: &str, now_us: Micros) -> String {
        let half = Half {
            person: SubjectId::derived(&[name]),
            password_phc: String::new(),
            next: "/".to_owned(),
            said: None,
        };
        halfway.begin(half, now_us).value().to_owned()
    }

    #[test]
    fn the_way_ends_with_its_time_with_wrong_codes_and_when_it_is_gone() {
        let halfway = Halfway::default();
        let secret = begin(&halfway, 0);
        assert!(halfway.of(&secret, LIFE_US - 1).is_some());
        assert!(halfway.of(&secret, LIFE_US).is_none());
        assert!(halfway.of("another", 0).is_none());
        (1..TRIES).for_each(|_| halfway.failed(&secret));
        assert!(halfway.of(&secret, 0).is_some());
        halfway.failed(&secret);
        assert!(halfway.of(&secret, 0).is_none());
        let secret = begin(&halfway, 0);
        halfway.end(&secret);
        assert!(halfway.of(&secret, 0).is_none());
    }

    #[test]
    fn there_is_a_limit_and_the_oldest_begins_again() {
        let halfway = Halfway::default();
        let first = begin(&halfway, 0);
        (0..MOST).for_each(|_| drop(begin_as(&halfway, "crowd", 1)));
        assert!(halfway.of(&first, 1).is_some(), "one person pushes nobody out");
        (0..MOST).for_each(|n| drop(begin_as(&halfway, &format!("p{n}"), 1)));
        assert!(halfway.of(&first, 1).is_none());
        assert_eq!(halfway.0.lock().unwrap().len(), MOST);
    }
}
