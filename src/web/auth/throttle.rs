//! Patience with guessers: after a few failures the next try has to wait, longer each time, never for good.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, RandomState};
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use watchroom_domain::{MINUTE_US, Micros, SECOND_US};

/// Time without failure after which all is forgotten.
const FORGET_US: Micros = 60 * MINUTE_US;
/// What is remembered at most; the oldest is forgotten first.
const MOST: usize = 20_000;

/// How much patience there is.
struct Patience {
    /// Failures that cost nothing.
    free: u32,
    /// Longest wait.
    longest_us: Micros,
}

/// With one address that tries one name.
const PAIR: Patience = Patience { free: 5, longest_us: 15 * MINUTE_US };
/// With one address, whatever it tries.
const ADDRESS: Patience = Patience { free: 30, longest_us: 15 * MINUTE_US };
/// With one name, whoever tries it: so mild that nobody can keep its owner out.
const NAME: Patience = Patience { free: 100, longest_us: 5 * SECOND_US };

/// With the codes beside one name, whoever tries them: whoever gets so far knows the password.
const CODE: Patience = Patience { free: 5, longest_us: 15 * MINUTE_US };
/// With one address that asks for accounts or letters.
const ASKING: Patience = Patience { free: 10, longest_us: 15 * MINUTE_US };

/// Failed tries. Keys are kept as hashes, so that what strangers type takes no room.
pub struct Throttle {
    hasher: RandomState,
    failures: Mutex<HashMap<u64, (u32, Micros)>>,
}

/// Who tries what.
pub struct Try(Vec<(u64, &'static Patience)>);

impl Default for Throttle {
    fn default() -> Self {
        Self { hasher: RandomState::new(), failures: Mutex::default() }
    }
}

impl Throttle {
    /// A try of a name (or of anything else that can be guessed at) from an address.
    pub fn of(&self, name: &str, address: &str) -> Try {
        let (name, address) = (name.trim().to_lowercase(), network(address));
        Try(vec![
            (self.hasher.hash_one(("pair", &name, &address)), &PAIR),
            (self.hasher.hash_one(("address", &address)), &ADDRESS),
            (self.hasher.hash_one(("name", &name)), &NAME),
        ])
    }

    /// A try of a code beside a name. Many addresses gain nothing here.
    pub fn of_code(&self, name: &str, address: &str) -> Try {
        let address = network(address);
        Try(vec![
            (self.hasher.hash_one(("code pair", name, &address)), &PAIR),
            (self.hasher.hash_one(("code address", &address)), &ADDRESS),
            (self.hasher.hash_one(("code", name)), &CODE),
        ])
    }

    /// Something that costs work or sends a letter, asked for from an address. Every time counts.
    pub fn of_asking(&self, what: &str, address: &str) -> Try {
        Try(vec![(self.hasher.hash_one(("asking", what, network(address))), &ASKING)])
    }

    /// How long this try still has to wait, in microseconds; 0 when it may go on.
    pub fn wait_us(&self, of: &Try, now_us: Micros) -> Micros {
        let failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        let wait = |(key, patience): &(u64, &Patience)| {
            let (count, last_us) = failures.get(key)?;
            // A clock that was set back must not make the wait longer.
            let pause_us = patience.pause_us(*count);
            Some((last_us + pause_us - now_us).min(pause_us))
        };
        of.0.iter().filter_map(wait).max().unwrap_or(0).max(0)
    }

    /// It has failed.
    pub fn failed(&self, of: &Try, now_us: Micros) {
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        if failures.len() + of.0.len() > MOST {
            failures.retain(|_, (_, last_us)| *last_us > now_us - FORGET_US);
            let mut times: Vec<_> = failures.values().map(|(_, last_us)| *last_us).collect();
            if times.len() + of.0.len() > MOST {
                let half = times.len() / 2;
                let (_, oldest, _) = times.select_nth_unstable(half);
                let oldest = *oldest;
                failures.retain(|_, (_, last_us)| *last_us > oldest);
            }
        }
        for (key, _) in &of.0 {
            let entry = failures.entry(*key).or_insert((0, now_us));
            let forgotten = entry.1 < now_us - FORGET_US;
            *entry = (if forgotten { 1 } else { entry.0.saturating_add(1) }, now_us);
        }
    }

    /// It has succeeded.
    pub fn succeeded(&self, of: &Try) {
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        for (key, _) in &of.0 {
            failures.remove(key);
        }
    }
}

impl Patience {
    fn pause_us(&self, failures: u32) -> Micros {
        match failures.checked_sub(self.free) {
            None => 0,
            Some(over) => (SECOND_US << over.min(20)).min(self.longest_us),
        }
    }
}

/// Whoever has one IPv6 address has the other 2^64 of its network too.
pub(in crate::web) fn network(address: &str) -> String {
    match address.parse::<IpAddr>() {
        Ok(IpAddr::V6(v6)) => v6.segments()[..4].iter().map(|s| format!("{s:x}:")).collect(),
        _ => address.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fail(throttle: &Throttle, name: &str, address: &str, times: u32) {
        (0..times).for_each(|_| throttle.failed(&throttle.of(name, address), 0));
    }

    fn wait(throttle: &Throttle, name: &str, address: &str, now_us: Micros) -> Micros {
        throttle.wait_us(&throttle.of(name, address), now_us)
    }

    #[test]
    fn the_wait_grows_and_ends() {
        let throttle = Throttle::default();
        fail(&throttle, "ada", "192.0.2.1", PAIR.free - 1);
        assert_eq!(wait(&throttle, "ada", "192.0.2.1", 0), 0);
        fail(&throttle, "Ada ", "192.0.2.1", 1);
        assert_eq!(wait(&throttle, "ada", "192.0.2.1", 0), SECOND_US);
        fail(&throttle, "ada", "192.0.2.1", 1);
        assert_eq!(wait(&throttle, "ada", "192.0.2.1", 0), 2 * SECOND_US);
        assert_eq!(wait(&throttle, "ada", "192.0.2.1", 2 * SECOND_US), 0);
        fail(&throttle, "ada", "192.0.2.1", 100);
        assert_eq!(wait(&throttle, "ada", "192.0.2.1", 0), PAIR.longest_us);
        throttle.succeeded(&throttle.of("ada", "192.0.2.1"));
        assert_eq!(wait(&throttle, "ada", "192.0.2.1", 0), 0);
    }

    #[test]
    fn a_clock_that_is_set_back_locks_nobody_out() {
        let throttle = Throttle::default();
        let of = throttle.of("ada", "192.0.2.1");
        let year_us = 365 * 24 * 60 * MINUTE_US;
        (0..100).for_each(|_| throttle.failed(&of, year_us));
        assert_eq!(throttle.wait_us(&of, 0), PAIR.longest_us);
    }

    #[test]
    fn whoever_asks_for_letters_again_and_again_waits_longer_and_longer() {
        let throttle = Throttle::default();
        let mut now_us = 0;
        let mut waits = Vec::new();
        for _ in 0..ASKING.free + 15 {
            let of = throttle.of_asking("forgot", "192.0.2.1");
            throttle.failed(&of, now_us);
            let wait_us = throttle.wait_us(&of, now_us);
            waits.push(wait_us);
            now_us += wait_us;
            assert_eq!(throttle.wait_us(&of, now_us), 0, "nobody waits for good");
        }
        assert!(waits.is_sorted() && waits[8] == 0 && waits[10] > 0, "{waits:?}");
        assert_eq!(waits.last(), Some(&ASKING.longest_us));
        assert_eq!(throttle.wait_us(&throttle.of_asking("forgot", "192.0.2.2"), now_us), 0);
        assert_eq!(throttle.wait_us(&throttle.of_asking("register", "192.0.2.1"), 0), 0);
        let later_us = now_us + FORGET_US + 1;
        throttle.failed(&throttle.of_asking("forgot", "192.0.2.1"), later_us);
        assert_eq!(throttle.wait_us(&throttle.of_asking("forgot", "192.0.2.1"), later_us), 0, "forgotten");
    }

    #[test]
    fn nobody_keeps_another_one_out_for_long() {
        let throttle = Throttle::default();
        fail(&throttle, "ada", "192.0.2.1", 1_000);
        assert!(wait(&throttle, "ada", "198.51.100.7", 0) <= 5 * SECOND_US);
    }

    #[test]
    fn an_address_that_tries_many_names_waits_and_its_network_counts_as_one() {
        let throttle = Throttle::default();
        (0..40).for_each(|n| fail(&throttle, &format!("name{n}"), &format!("2001:db8::{n}"), 1));
        assert!(wait(&throttle, "another", "2001:db8::ffff", 0) > 0);
        assert_eq!(wait(&throttle, "another", "2001:db8:1::1", 0), 0);
    }

    #[test]
    fn codes_are_throttled_by_name_from_wherever_they_come() {
        let throttle = Throttle::default();
        for n in 0..8 {
            throttle.failed(&throttle.of_code("ada", &format!("192.0.2.{n}")), 0);
        }
        assert!(throttle.wait_us(&throttle.of_code("ada", "198.51.100.7"), 0) > SECOND_US);
        assert_eq!(throttle.wait_us(&throttle.of_code("bob", "198.51.100.7"), 0), 0);
        assert_eq!(wait(&throttle, "ada", "198.51.100.7", 0), 0, "the password is another matter");
    }

    #[test]
    fn what_is_remembered_has_a_limit_and_the_newest_stays() {
        let throttle = Throttle::default();
        for n in 0..MOST {
            let of = throttle.of(&format!("name{n}"), &format!("address {n}"));
            throttle.failed(&of, n as Micros);
        }
        assert!(throttle.failures.lock().unwrap().len() <= MOST);
        fail(&throttle, "ada", "192.0.2.1", 6);
        assert!(wait(&throttle, "ada", "192.0.2.1", 0) > 0);
    }
}
