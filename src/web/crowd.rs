//! How much may be open at a time for anybody, so that nobody keeps everybody else out: live feeds of a session,
//! an account or a wall display, and connections from one address.

use super::auth::network;
use super::tuning::Tuning;
use actix_web::HttpResponse;
use actix_web::dev::Extensions;
use actix_web::http::header::RETRY_AFTER;
use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;
use std::os::fd::BorrowedFd;
use std::sync::{Arc, Mutex, PoisonError};
use watchroom_domain::{SessionId, SubjectId, WallLinkId};

/// Seconds after which whoever has too much open may ask again.
const AGAIN_S: u32 = 30;
/// Connections beyond its share of which an address is told so; what comes beyond these is closed unheard.
const TOLD: usize = 64;

/// Whose a live feed is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Whose {
    /// A session's.
    Session(SessionId),
    /// An account's.
    Person(SubjectId),
    /// A wall display's.
    Wall(WallLinkId),
}

/// Counts what is open, by whose it is. Clones count together.
pub struct Places<K>(Arc<Mutex<HashMap<K, usize>>>);

impl<K> Clone for Places<K> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<K> Default for Places<K> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<K: Hash + Eq + Clone> Places<K> {
    /// One place more and its number, unless all that there are for this one are taken.
    pub fn take(&self, whose: K, most: usize) -> Option<(Place<K>, usize)> {
        let mut taken = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = taken.get(&whose).copied().unwrap_or(0);
        if count >= most {
            return None;
        }
        taken.insert(whose.clone(), count + 1);
        Some((Place { whose, all: self.clone() }, count + 1))
    }
}

/// A place that is taken; given back when it is dropped.
pub struct Place<K: Hash + Eq + Clone> {
    whose: K,
    all: Places<K>,
}

impl<K: Hash + Eq + Clone> Drop for Place<K> {
    fn drop(&mut self) {
        let mut taken = self.all.0.lock().unwrap_or_else(PoisonError::into_inner);
        match taken.get_mut(&self.whose) {
            Some(count) if *count > 1 => *count -= 1,
            _ => {
                taken.remove(&self.whose);
            }
        }
    }
}

/// The answer to who wants one live feed too many.
pub fn too_many_feeds() -> HttpResponse {
    HttpResponse::TooManyRequests()
        .insert_header((RETRY_AFTER, AGAIN_S))
        .content_type("text/plain; charset=utf-8")
        .body("Too many live pages are open at once. Close some of them; this one asks again by itself.\n")
}

/// Of a connection that is one too many from its address.
pub struct TooMany;

/// The answer on such a connection.
pub fn too_many_connections() -> HttpResponse {
    HttpResponse::TooManyRequests()
        .insert_header((RETRY_AFTER, AGAIN_S))
        .content_type("text/plain; charset=utf-8")
        .force_close()
        .body("Too many connections are open from your address at once. Close some of them.\n")
}

/// Shares of the connections, by address.
#[derive(Clone)]
pub struct Shares {
    taken: Places<String>,
    /// Connections of one address at a time.
    most: usize,
    tuning: Tuning,
}

impl Shares {
    /// So many for each address.
    pub fn new(most: usize, tuning: Tuning) -> Self {
        Self { taken: Places::default(), most, tuning }
    }

    /// Has a new connection take its place, which it gives back when it ends.
    pub fn seat(&self, peer: IpAddr, socket: BorrowedFd<'_>, kept: &mut Extensions) {
        let peer = peer.to_canonical();
        // Behind a proxy there are many, and from this machine itself nobody is kept out.
        let many = |proxy: &IpAddr| proxy.to_canonical() == peer;
        if peer.is_loopback() || self.tuning.now().trusted_proxies.iter().any(many) {
            return;
        }
        match self.taken.take(network(&peer.to_string()), self.most + TOLD) {
            Some((place, number)) => {
                kept.insert(place);
                if number > self.most {
                    kept.insert(TooMany);
                }
            }
            None => {
                // It fails when the connection has ended by itself, which is as good.
                let _ = rustix::net::shutdown(socket, rustix::net::Shutdown::Both);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::Tuned;
    use std::io::Read as _;
    use std::net::{TcpListener, TcpStream};
    use std::os::fd::AsFd as _;

    #[test]
    fn a_place_is_given_back_and_what_nobody_has_is_forgotten() {
        let places = Places::default();
        let held: Vec<_> = (0..3).map(|_| places.take("one", 3).unwrap()).collect();
        assert_eq!(held.iter().map(|(_, number)| *number).collect::<Vec<_>>(), [1, 2, 3]);
        assert!(places.take("one", 3).is_none());
        assert!(places.take("other", 3).is_some(), "each has its own");
        drop(held);
        assert!(places.0.lock().unwrap().is_empty());
        assert!(places.take("one", 1).is_some());
    }

    /// One end of a connection, and the end at the server with what is kept for it.
    fn seated(shares: &Shares, peer: &str) -> (TcpStream, TcpStream, Extensions) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let far = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let near = listener.accept().unwrap().0;
        let mut kept = Extensions::new();
        shares.seat(peer.parse().unwrap(), near.as_fd(), &mut kept);
        (far, near, kept)
    }

    #[test]
    fn no_address_takes_more_than_its_share_of_the_connections() {
        let tuning = Tuning::default();
        tuning.change(Tuned { trusted_proxies: vec!["10.0.0.1".parse().unwrap()], ..Tuned::default() });
        let shares = Shares::new(2, tuning);
        let told = |seated: &(TcpStream, TcpStream, Extensions)| seated.2.contains::<TooMany>();
        let mut held: Vec<_> = (0..2 + TOLD).map(|_| seated(&shares, "203.0.113.9")).collect();
        assert_eq!(held.iter().position(told), Some(2));
        let (mut far, _near, _) = seated(&shares, "203.0.113.9");
        assert_eq!(far.read(&mut [0]).unwrap(), 0, "closed unheard");
        for other in ["203.0.113.10", "::ffff:10.0.0.1", "10.0.0.1", "127.0.0.1", "::1"] {
            let many: Vec<_> = (0..2).map(|_| seated(&shares, other)).collect();
            assert!(!many.iter().any(told), "{other}");
        }
        let proxied: Vec<_> = (0..3 + TOLD).map(|_| seated(&shares, "10.0.0.1")).collect();
        assert!(!proxied.iter().any(told), "many are behind a proxy");
        held.clear();
        assert!(!told(&seated(&shares, "203.0.113.9")), "what has ended counts no more");
        let nets: Vec<_> = ["2001:db8::1", "2001:db8::2", "2001:db8::3"].map(|a| seated(&shares, a)).into();
        assert!(told(&nets[2]), "one network of IPv6 is one address");
    }
}
