//! How much may be sent to one destination and in all, and whether the far side seems to be away.

use std::collections::HashMap;
use std::sync::Arc;
use watchroom_domain::{Backoff, HOUR_US, Micros, Pace, Rate, SECOND_US};

/// Failures in a row after which the far side is taken to be away: then one at a time tries.
pub const AWAY_AFTER: u32 = 3;
/// Between attempts while the far side is away.
const PROBES: Backoff = Backoff { base_us: SECOND_US, cap_us: 30 * SECOND_US, expiry_us: Micros::MAX };
/// How long an answer, or none, says something of how a destination does.
const RECENTLY_US: Micros = HOUR_US;
/// Destinations remembered; those with nothing to remember are let go of then.
const REMEMBERED: usize = 1_024;

/// A token bucket, kept as the time at which it would be full.
#[derive(Clone, Copy, Debug, Default)]
struct Bucket {
    full_us: Micros,
    /// The far side asked to wait until then.
    blocked_us: Micros,
}

impl Bucket {
    /// When there is room for one more; not after `now` when there is room already.
    fn room_us(&self, rate: Rate, now: Micros) -> Micros {
        let space = rate.every_us.saturating_mul(Micros::from(rate.burst.max(1)) - 1);
        self.blocked_us.max(self.full_us.max(now) - space)
    }

    fn take(&mut self, rate: Rate, now: Micros) {
        self.full_us = self.full_us.max(now).saturating_add(rate.every_us);
    }

    fn is_idle(&self, now: Micros) -> bool {
        self.full_us <= now && self.blocked_us <= now
    }
}

/// Opens after some failures in a row, lets one at a time try, and closes with the first success.
#[derive(Clone, Copy, Debug, Default)]
struct Breaker {
    failures: u32,
    not_before_us: Micros,
    in_flight: usize,
    /// When an attempt ended last.
    tried_us: Micros,
}

impl Breaker {
    fn is_away(&self) -> bool {
        self.failures >= AWAY_AFTER
    }
}

/// Both, for every destination and for the channel as a whole.
#[derive(Debug)]
pub struct Gate {
    pace: Pace,
    /// Whether every destination is a far side of its own, one of which may be away while others are not.
    apart: bool,
    overall: Bucket,
    destinations: HashMap<Arc<str>, Bucket>,
    /// By destination when those are apart; under the empty name otherwise.
    breakers: HashMap<Arc<str>, Breaker>,
    whole: Arc<str>,
    /// The time when an attempt ended last.
    latest_us: Micros,
}

/// What keeps something from being sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Closed {
    /// Everything waits until then, or until an attempt has ended.
    Whole(Micros),
    /// This destination does.
    Destination(Micros),
}

impl Gate {
    /// A gate that lets so much through.
    pub fn new(pace: Pace, apart: bool) -> Self {
        Self {
            pace,
            apart,
            overall: Bucket::default(),
            destinations: HashMap::new(),
            breakers: HashMap::new(),
            whole: Arc::from(""),
            latest_us: 0,
        }
    }

    fn far_side(&self, destination: &Arc<str>) -> Arc<str> {
        if self.apart { destination.clone() } else { self.whole.clone() }
    }

    /// Whether something may go there now. What is silent leaves half of what may come at once to what rings.
    pub fn admits(&self, destination: &Arc<str>, silent: bool, now: Micros) -> Result<(), Closed> {
        let breaker = self.breakers.get(&self.far_side(destination)).copied().unwrap_or_default();
        if breaker.is_away() && (breaker.in_flight > 0 || now < breaker.not_before_us) {
            // Whatever ends the attempt under way wakes what waits for it.
            let until = breaker.not_before_us.max(now + SECOND_US);
            return Err(if self.apart { Closed::Destination(until) } else { Closed::Whole(until) });
        }
        let overall_us = self.overall.room_us(self.pace.overall, now);
        if overall_us > now {
            return Err(Closed::Whole(overall_us));
        }
        let bucket = self.destinations.get(destination).copied().unwrap_or_default();
        let rate = self.pace.to(destination);
        let rate = if silent { Rate { burst: rate.burst.div_ceil(2), ..rate } } else { rate };
        let room_us = bucket.room_us(rate, now);
        if room_us > now { Err(Closed::Destination(room_us)) } else { Ok(()) }
    }

    /// Something goes there.
    pub fn pass(&mut self, destination: &Arc<str>, now: Micros) {
        if self.destinations.len() >= REMEMBERED {
            self.destinations.retain(|_, bucket| !bucket.is_idle(now));
            self.breakers.retain(|_, breaker| breaker.failures > 0 || breaker.in_flight > 0);
        }
        self.overall.take(self.pace.overall, now);
        let rate = self.pace.to(destination);
        self.destinations.entry(destination.clone()).or_default().take(rate, now);
        self.breakers.entry(self.far_side(destination)).or_default().in_flight += 1;
    }

    /// What went there has ended: the far side failed, or answered, or nothing can be said.
    pub fn ended(&mut self, destination: &Arc<str>, failed: Option<bool>, now: Micros, random: f64) -> bool {
        let breaker = self.breakers.entry(self.far_side(destination)).or_default();
        breaker.in_flight = breaker.in_flight.saturating_sub(1);
        breaker.tried_us = now;
        self.latest_us = now;
        match failed {
            Some(true) => {
                breaker.failures = breaker.failures.saturating_add(1);
                let wait = PROBES.wait_us(breaker.failures.saturating_sub(AWAY_AFTER - 1), random);
                breaker.not_before_us = now + wait;
                false
            }
            Some(false) => std::mem::take(&mut breaker.failures) >= AWAY_AFTER,
            None => false,
        }
    }

    /// The far side asks to wait, for this destination or in all.
    pub fn block(&mut self, destination: &Arc<str>, whole: bool, until_us: Micros) {
        let bucket =
            if whole { &mut self.overall } else { self.destinations.entry(destination.clone()).or_default() };
        bucket.blocked_us = bucket.blocked_us.max(until_us);
    }

    /// Whether something is held against this destination alone.
    pub fn suspects(&self, destination: &Arc<str>) -> bool {
        self.apart && self.breakers.get(destination).is_some_and(|breaker| breaker.failures > 0)
    }

    /// Nothing waits any more for a destination that is a far side of its own: nobody would find out that it is
    /// back, so nothing is held against it.
    pub fn abandon(&mut self, destination: &Arc<str>) {
        self.breakers.remove(destination);
    }

    /// Something new is worth a look whether the far side is back.
    pub fn look(&mut self, destination: &Arc<str>, by_us: Micros) {
        if let Some(breaker) = self.breakers.get_mut(&self.far_side(destination)) {
            breaker.not_before_us = breaker.not_before_us.min(by_us);
        }
    }

    /// When something may go again through the channel as a whole, unless an attempt has to end first.
    pub fn opens_us(&self, now: Micros) -> Option<Micros> {
        let room_us = self.overall.room_us(self.pace.overall, now);
        match self.breakers.get(&self.whole).filter(|b| b.is_away()) {
            Some(breaker) if breaker.in_flight > 0 => None,
            Some(breaker) => Some(room_us.max(breaker.not_before_us)),
            None => Some(room_us),
        }
    }

    /// What was known against the far side counts no more.
    pub fn forget(&mut self) {
        for breaker in self.breakers.values_mut() {
            (breaker.failures, breaker.not_before_us) = (0, 0);
        }
        self.overall.blocked_us = 0;
        self.destinations.values_mut().for_each(|bucket| bucket.blocked_us = 0);
    }

    /// Another pace.
    pub fn set_pace(&mut self, pace: Pace) {
        self.pace = pace;
    }

    /// Whether the far side seems to be away: all of them that were tried recently, where there are several.
    pub fn is_away(&self) -> bool {
        let recent = |b: &&Breaker| b.tried_us > 0 && self.latest_us - b.tried_us <= RECENTLY_US;
        let mut tried = self.breakers.values().filter(|b| b.is_away() || recent(b)).peekable();
        tried.peek().is_some() && tried.all(Breaker::is_away)
    }

    /// Destinations that seem to be away, where each is a far side of its own; in order.
    pub fn away(&self) -> Vec<Arc<str>> {
        let away = self.breakers.iter().filter(|(_, breaker)| self.apart && breaker.is_away());
        let mut away: Vec<_> = away.map(|(destination, _)| destination.clone()).collect();
        away.sort();
        away
    }
}
