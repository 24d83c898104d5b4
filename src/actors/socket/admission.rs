//! Who may hold a connection. Nobody knows who comes until the handshake is over, so whoever comes
//! first takes an arrival's place; then an agent takes one of the many, and a stranger, who has shown
//! no key that is accepted, one of the few.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Handshakes at a time; more wait in the system's queue.
const ARRIVALS: usize = 1_024;
/// Handshakes at a time from one address: many machines may stand behind one router.
const ARRIVALS_OF_ONE: usize = 256;
/// Strangers at a time.
const STRANGERS: usize = 256;
/// Strangers at a time from one address.
const STRANGERS_OF_ONE: usize = 32;

/// The places of one socket.
pub(super) struct Admission {
    pub arrivals: Pool,
    pub strangers: Pool,
    pub agents: Pool,
}

impl Admission {
    /// Places for this many agents.
    pub fn new(agents: usize) -> Self {
        Self {
            arrivals: Pool::new(ARRIVALS, ARRIVALS_OF_ONE),
            strangers: Pool::new(STRANGERS, STRANGERS_OF_ONE),
            agents: Pool::new(agents, agents),
        }
    }
}

/// So many places, and no more than so many for one address.
pub(super) struct Pool {
    places: Arc<Semaphore>,
    taken: Arc<Mutex<HashMap<IpAddr, usize>>>,
    of_one: usize,
}

/// A place, given back when this is dropped.
pub(super) struct Place {
    address: IpAddr,
    taken: Arc<Mutex<HashMap<IpAddr, usize>>>,
    _permit: OwnedSemaphorePermit,
}

impl Pool {
    fn new(places: usize, of_one: usize) -> Self {
        Self { places: Arc::new(Semaphore::new(places)), taken: Arc::default(), of_one }
    }

    /// Waits until there is a place for somebody; none when the pool is closed, which it never is.
    pub async fn wait(&self) -> Option<OwnedSemaphorePermit> {
        self.places.clone().acquire_owned().await.ok()
    }

    /// A place for whoever comes from this address, if there is one.
    pub fn enter(&self, address: IpAddr) -> Option<Place> {
        let permit = self.places.clone().try_acquire_owned().ok()?;
        self.seat(permit, address)
    }

    /// Takes the place that was waited for, unless this address has too many.
    pub fn seat(&self, permit: OwnedSemaphorePermit, address: IpAddr) -> Option<Place> {
        let address = neighbourhood(address);
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let count = taken.entry(address).or_default();
        if *count >= self.of_one {
            return None;
        }
        *count += 1;
        Some(Place { address, taken: self.taken.clone(), _permit: permit })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = taken.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                taken.remove(&self.address);
            }
        }
    }
}

/// What counts as one address: of IPv6 the network, for everybody has 2^64 addresses there.
fn neighbourhood(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & (u128::MAX << 64))),
        v4 => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn one_address_cannot_take_all_places_and_gets_back_what_it_leaves() {
        let pool = Pool::new(3, 2);
        let first = pool.enter(address("192.0.2.1")).unwrap();
        let _second = pool.enter(address("::ffff:192.0.2.1")).unwrap();
        assert!(pool.enter(address("192.0.2.1")).is_none());
        let other = pool.enter(address("192.0.2.2")).unwrap();
        assert!(pool.enter(address("192.0.2.3")).is_none(), "all are taken");
        drop(first);
        assert!(pool.enter(address("192.0.2.1")).is_some());
        drop(other);
        assert_eq!(pool.taken.lock().unwrap().len(), 1, "who has left is forgotten");
    }

    #[test]
    fn a_network_of_ipv6_is_one_address() {
        let pool = Pool::new(3, 1);
        let _one = pool.enter(address("2001:db8:0:1::1")).unwrap();
        assert!(pool.enter(address("2001:db8:0:1:ffff::2")).is_none());
        assert!(pool.enter(address("2001:db8:0:2::1")).is_some());
    }
}
