//! Patience with guessers: after a few failures the next try has to wait, longer each time, never for good.
//!
//! A browser in which the same person has signed in before is judged by what it fails itself, and by nothing that
//! others do: nobody keeps people out of their own accounts, neither from elsewhere nor behind one address with
//! them.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, Hash, RandomState};
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use watchroom_domain::{MINUTE_US, Micros, SECOND_US};

/// Time without failure after which all is forgotten.
const FORGET_US: Micros = 60 * MINUTE_US;
/// What is remembered at most of each kind. Whoever waits longest is forgotten last.
const MOST: usize = 20_000;

/// What failures are counted for.
#[derive(Clone, Copy)]
struct Patience {
    /// Which table counts them. Each has its room to itself, so that none is filled to empty another.
    table: usize,
    /// Failures that cost nothing.
    free: u32,
    /// Longest wait.
    longest_us: Micros,
    /// Whether a success ends all of it, or only takes itself back.
    cleared: bool,
}

const TABLES: usize = 6;
/// With one address that tries one name.
const PAIR: Patience = Patience { table: 0, free: 5, longest_us: 15 * MINUTE_US, cleared: true };
/// With one address, whatever it tries: an account of one's own does not make up for failing at others.
const ADDRESS: Patience = Patience { table: 1, free: 30, longest_us: 15 * MINUTE_US, cleared: false };
/// With one name, whoever tries it: so mild that nobody can keep its owner out.
const NAME: Patience = Patience { table: 2, free: 100, longest_us: 5 * SECOND_US, cleared: false };
/// With the codes beside one name, whoever tries them: whoever gets so far knows the password.
const CODE: Patience = Patience { table: 3, free: 5, longest_us: 15 * MINUTE_US, cleared: true };
/// With one address that asks for accounts or letters.
const ASKING: Patience = Patience { table: 4, free: 10, longest_us: 15 * MINUTE_US, cleared: false };
/// With one browser that the person has signed in from before, and with one session.
const OWN: Patience = Patience { table: 5, free: 5, longest_us: 15 * MINUTE_US, cleared: true };

/// Failures, and when the last one was.
type Table = HashMap<u64, (u32, Micros)>;

/// Failed tries. Keys are kept as hashes, so that what strangers type takes no room.
pub struct Throttle {
    hasher: RandomState,
    tables: Mutex<[Table; TABLES]>,
}

/// Who tries what.
pub struct Try(Vec<(u64, Patience)>);

impl Default for Throttle {
    fn default() -> Self {
        Self { hasher: RandomState::new(), tables: Mutex::default() }
    }
}

impl Throttle {
    /// A try of a name (or of anything else that can be guessed at) from an address, by a browser that the name's
    /// owner has signed in from, if it is one.
    pub fn of(&self, name: &str, address: &str, device: Option<&str>) -> Try {
        if let Some(device) = device {
            return self.one("device", device, OWN);
        }
        let (name, address) = (name.trim().to_lowercase(), network(address));
        Try(vec![
            (self.hasher.hash_one(("pair", &name, &address)), PAIR),
            (self.hasher.hash_one(("address", &address)), ADDRESS),
            (self.hasher.hash_one(("name", &name)), NAME),
        ])
    }

    /// A try of a code beside a name. Many addresses gain nothing here.
    pub fn of_code(&self, name: &str, address: &str, device: Option<&str>) -> Try {
        if let Some(device) = device {
            return self.one("code device", device, OWN);
        }
        let address = network(address);
        Try(vec![
            (self.hasher.hash_one(("code pair", name, &address)), PAIR),
            (self.hasher.hash_one(("code address", &address)), ADDRESS),
            (self.hasher.hash_one(("code", name)), CODE),
        ])
    }

    /// A try of what the person of this session is asked for once more. A session counts for itself.
    pub fn of_session(&self, what: &str, session: &str) -> Try {
        self.one(what, session, OWN)
    }

    /// Something that costs work or sends a letter, asked for from an address. Every time counts.
    pub fn of_asking(&self, what: &str, address: &str) -> Try {
        self.one(what, network(address), ASKING)
    }

    fn one(&self, what: &str, whose: impl Hash, patience: Patience) -> Try {
        Try(vec![(self.hasher.hash_one((what, whose)), patience)])
    }

    /// How long this try still has to wait, in microseconds; 0 when it may go on.
    pub fn wait_us(&self, of: &Try, now_us: Micros) -> Micros {
        let tables = self.tables.lock().unwrap_or_else(PoisonError::into_inner);
        let wait = |(key, patience): &(u64, Patience)| {
            let (count, last_us) = tables[patience.table].get(key)?;
            // A clock that was set back must not make the wait longer.
            let pause_us = patience.pause_us(*count);
            Some((last_us + pause_us - now_us).min(pause_us))
        };
        of.0.iter().filter_map(wait).max().unwrap_or(0).max(0)
    }

    /// It has failed.
    pub fn failed(&self, of: &Try, now_us: Micros) {
        let mut tables = self.tables.lock().unwrap_or_else(PoisonError::into_inner);
        for (key, patience) in &of.0 {
            let table = &mut tables[patience.table];
            if table.len() >= MOST && !table.contains_key(key) {
                make_room(table, now_us);
            }
            let entry = table.entry(*key).or_insert((0, now_us));
            let forgotten = entry.1 < now_us - FORGET_US;
            *entry = (if forgotten { 1 } else { entry.0.saturating_add(1) }, now_us);
        }
    }

    /// It has succeeded.
    pub fn succeeded(&self, of: &Try) {
        let mut tables = self.tables.lock().unwrap_or_else(PoisonError::into_inner);
        for (key, patience) in &of.0 {
            let table = &mut tables[patience.table];
            match table.get_mut(key) {
                Some(entry) if !patience.cleared && entry.0 > 1 => entry.0 -= 1,
                _ => drop(table.remove(key)),
            }
        }
    }
}

/// Forgets what is over, and if that is not enough, the half that failed least: to push out somebody who has to
/// wait takes more failures of everybody who pushes, and those wait too.
fn make_room(table: &mut Table, now_us: Micros) {
    table.retain(|_, (_, last_us)| *last_us > now_us - FORGET_US);
    let excess = (table.len() + 1).saturating_sub(MOST);
    if excess == 0 {
        return;
    }
    let mut ranks: Vec<(u32, Micros, u64)> = table.iter().map(|(key, (n, at))| (*n, *at, *key)).collect();
    let half = ranks.len() / 2;
    ranks.select_nth_unstable(half);
    for (_, _, key) in &ranks[..half] {
        table.remove(key);
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
        Ok(IpAddr::V6(v6)) => match v6.to_ipv4_mapped() {
            Some(v4) => v4.to_string(),
            None => v6.segments()[..4].iter().map(|s| format!("{s:x}:")).collect(),
        },
        _ => address.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fail(throttle: &Throttle, name: &str, address: &str, times: u32) {
        (0..times).for_each(|_| throttle.failed(&throttle.of(name, address, None), 0));
    }

    fn wait(throttle: &Throttle, name: &str, address: &str, now_us: Micros) -> Micros {
        throttle.wait_us(&throttle.of(name, address, None), now_us)
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
        let throttle = Throttle::default();
        fail(&throttle, "ada", "192.0.2.1", 10);
        throttle.succeeded(&throttle.of("ada", "192.0.2.1", None));
        assert_eq!(wait(&throttle, "ada", "192.0.2.1", 0), 0, "a success ends it");
    }

    #[test]
    fn a_clock_that_is_set_back_locks_nobody_out() {
        let throttle = Throttle::default();
        let of = throttle.of("ada", "192.0.2.1", None);
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
            throttle.failed(&throttle.of_code("ada", &format!("192.0.2.{n}"), None), 0);
        }
        assert!(throttle.wait_us(&throttle.of_code("ada", "198.51.100.7", None), 0) > SECOND_US);
        assert_eq!(throttle.wait_us(&throttle.of_code("bob", "198.51.100.7", None), 0), 0);
        assert_eq!(wait(&throttle, "ada", "198.51.100.7", 0), 0, "the password is another matter");
    }

    #[test]
    fn a_browser_of_ones_own_is_kept_out_by_nobody_else_and_still_waits_for_itself() {
        let throttle = Throttle::default();
        let (name, address) = ("ada", "192.0.2.1");
        fail(&throttle, name, address, 1_000);
        (0..1_000).for_each(|_| throttle.failed(&throttle.of_code(name, address, None), 0));
        let own = throttle.of(name, address, Some("a cookie"));
        assert!(wait(&throttle, name, address, 0) > 0);
        assert_eq!(throttle.wait_us(&own, 0), 0);
        assert_eq!(throttle.wait_us(&throttle.of_code(name, address, Some("a cookie")), 0), 0);
        (0..OWN.free).for_each(|_| throttle.failed(&own, 0));
        assert_eq!(throttle.wait_us(&own, 0), SECOND_US);
        assert_eq!(throttle.wait_us(&throttle.of(name, "203.0.113.1", Some("another")), 0), 0);
    }

    #[test]
    fn signing_in_to_an_account_of_ones_own_buys_no_guesses_at_others() {
        let throttle = Throttle::default();
        for n in 0..60 {
            fail(&throttle, &format!("victim{n}"), "192.0.2.1", 1);
            let own = throttle.of("mallory", "192.0.2.1", None);
            throttle.failed(&own, 0);
            throttle.succeeded(&own);
        }
        assert!(wait(&throttle, "another", "192.0.2.1", 0) > 0);
    }

    #[test]
    fn what_is_remembered_has_a_limit_and_nobody_is_pushed_out_who_has_to_wait() {
        let throttle = Throttle::default();
        fail(&throttle, "ada", "192.0.2.1", 8);
        for n in 0..3 * MOST {
            let of = throttle.of(&format!("name{n}"), &format!("address {n}"), None);
            throttle.failed(&of, n as Micros);
            throttle.failed(&throttle.of_asking("register", &format!("address {n}")), n as Micros);
        }
        assert!(throttle.tables.lock().unwrap().iter().all(|table| table.len() <= MOST));
        assert!(wait(&throttle, "ada", "192.0.2.1", 0) > 0);
        fail(&throttle, "bob", "192.0.2.2", 6);
        assert!(wait(&throttle, "bob", "192.0.2.2", 0) > 0, "and there is room for who comes next");
    }

    #[test]
    fn an_address_in_the_clothes_of_ipv6_is_the_same_one() {
        assert_eq!(network("::ffff:192.0.2.1"), network("192.0.2.1"));
        assert_ne!(network("::ffff:192.0.2.1"), network("::ffff:192.0.2.2"));
    }
}
