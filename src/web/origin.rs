//! Where a request comes from: the address of who asks, and whether one of our own pages asks.

use actix_web::HttpRequest;
use actix_web::http::header::{self, HeaderMap, HeaderName};
use std::net::{IpAddr, SocketAddr};

/// The list of addresses that proxies lengthen.
const FORWARDED: &str = "x-forwarded-for";

/// The address that a request came from; what proxies say is believed from trusted ones only.
pub fn address(request: &HttpRequest, trusted: &[IpAddr]) -> String {
    let Some(peer) = request.peer_addr().map(|a| a.ip()) else { return String::new() };
    client(peer, request.headers(), trusted).to_string()
}

/// Walks back along the proxies, from the one that is connected to the first address that is none we trust. Some
/// proxies lengthen the list, others add a line of their own: all lines are one list, in their order.
fn client(peer: IpAddr, headers: &HeaderMap, trusted: &[IpAddr]) -> IpAddr {
    let trusted = |hop: IpAddr| trusted.iter().any(|known| known.to_canonical() == hop);
    let mut hop = peer.to_canonical();
    let lines: Vec<&str> = headers.get_all(FORWARDED).map(|line| line.to_str().unwrap_or_default()).collect();
    for entry in lines.iter().rev().flat_map(|line| line.rsplit(',')) {
        if !trusted(hop) {
            break;
        }
        // Behind what cannot be read, nothing is known any more.
        let Some(before) = ip(entry.trim()) else { break };
        hop = before.to_canonical();
    }
    hop
}

/// `192.0.2.1`, `192.0.2.1:4711`, `2001:db8::1`, `[2001:db8::1]` or `[2001:db8::1]:4711`.
fn ip(text: &str) -> Option<IpAddr> {
    let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
    let with_port = || text.parse::<SocketAddr>().ok().map(|address| address.ip());
    bare.parse().ok().or_else(with_port)
}

/// What a page of ours is called, as far as the request itself tells.
#[derive(Clone, Copy)]
pub struct Ours<'a> {
    /// Whether the connection is encrypted.
    pub tls: bool,
    /// The console's address in links, which is also the one in front of a proxy.
    pub public_url: &'a str,
}

impl Ours<'_> {
    /// Whether a page of this origin is ours. The scheme counts as the host does: somebody on the way could put
    /// a page of the same name without encryption before a browser.
    fn has(self, origin: &str, host: &str) -> bool {
        let Some((scheme, named)) = origin.split_once("://") else { return false };
        if !named.eq_ignore_ascii_case(host) {
            return false;
        }
        match self.public_url.split_once("://") {
            Some((public, place)) if place.eq_ignore_ascii_case(host) => scheme == public,
            _ if self.tls => scheme == "https",
            // On this machine itself, or behind a proxy that calls itself otherwise than our links do.
            _ => matches!(scheme, "http" | "https"),
        }
    }

    /// Whether one of our own pages sends this. A browser names the origin with every POST and every
    /// WebSocket, and nobody but a browser carries somebody else's cookies.
    pub fn sent(self, headers: &HeaderMap, live: bool) -> bool {
        let text = |name: HeaderName| headers.get(name).and_then(|v| v.to_str().ok());
        match text(header::ORIGIN) {
            Some(origin) => text(header::HOST).is_some_and(|host| self.has(origin, host)),
            // Without an origin only what says that it is no cross-site request, or is no browser at all.
            None => {
                let site = text(HeaderName::from_static("sec-fetch-site"));
                !live && site == Some("same-origin")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::http::header::HeaderValue;

    fn map(headers: &[(&'static str, &'static str)]) -> HeaderMap {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        map
    }

    const URL: &str = "https://hub.example:8443";

    fn from(headers: &[(&'static str, &'static str)], live: bool) -> bool {
        Ours { tls: true, public_url: URL }.sent(&map(headers), live)
    }

    #[test]
    fn only_our_own_pages_change_anything() {
        let host = ("host", "hub.example:8443");
        assert!(from(&[host, ("origin", "https://hub.example:8443")], false));
        assert!(!from(&[host, ("origin", "https://evil.example")], false));
        assert!(!from(&[host, ("origin", "https://hub.example:8443.evil.example")], false));
        assert!(!from(&[host, ("origin", "null")], false));
        assert!(!from(&[host], false), "nothing said is not ours");
        assert!(from(&[host, ("sec-fetch-site", "same-origin")], false));
        assert!(!from(&[host, ("sec-fetch-site", "cross-site")], false));
        assert!(!from(&[host, ("sec-fetch-site", "same-origin")], true), "a WebSocket names its origin");
    }

    #[test]
    fn a_page_that_came_without_encryption_is_not_ours_where_ours_are_encrypted() {
        let at = |tls: bool, public_url: &str, host: &'static str, origin: &'static str| {
            Ours { tls, public_url }.sent(&map(&[("host", host), ("origin", origin)]), false)
        };
        assert!(!at(true, URL, "hub.example:8443", "http://hub.example:8443"));
        assert!(!at(true, URL, "192.0.2.1:8443", "http://192.0.2.1:8443"), "by whatever name");
        assert!(at(true, URL, "192.0.2.1:8443", "https://192.0.2.1:8443"));
        // On this machine without encryption.
        assert!(at(false, URL, "localhost:8080", "http://localhost:8080"));
        assert!(!at(false, URL, "localhost:8080", "ftp://localhost:8080"));
        // Behind a proxy that encrypts, and behind one that does not.
        assert!(at(false, "https://hub.example", "hub.example", "https://hub.example"));
        assert!(!at(false, "https://hub.example", "hub.example", "http://hub.example"));
        assert!(at(true, "http://hub.lan", "hub.lan", "http://hub.lan"));
    }

    fn seen(lines: &[&'static str], peer: &str) -> String {
        let lines: Vec<_> = lines.iter().map(|line| (FORWARDED, *line)).collect();
        let trusted = ["10.0.0.1", "10.0.0.2", "2001:db8::1"].map(|proxy| proxy.parse().unwrap());
        client(peer.parse().unwrap(), &map(&lines), &trusted).to_string()
    }

    #[test]
    fn nobody_chooses_the_address_that_they_are_seen_at() {
        let proxy = "10.0.0.1";
        assert_eq!(seen(&["198.51.100.7"], "203.0.113.9"), "203.0.113.9", "whom we do not trust");
        assert_eq!(seen(&[], proxy), proxy);
        assert_eq!(seen(&["203.0.113.9"], proxy), "203.0.113.9");
        assert_eq!(seen(&["203.0.113.9"], "::ffff:10.0.0.1"), "203.0.113.9", "on a socket of both families");
        assert_eq!(seen(&["198.51.100.7, 203.0.113.9"], proxy), "203.0.113.9", "lengthened");
        assert_eq!(seen(&["198.51.100.7", "203.0.113.9"], proxy), "203.0.113.9", "a line of its own");
        assert_eq!(seen(&["1.1.1.1", "203.0.113.9, 10.0.0.2"], proxy), "203.0.113.9", "two proxies");
        assert_eq!(seen(&["203.0.113.9", "10.0.0.2"], proxy), "203.0.113.9", "of which each adds a line");
        assert_eq!(seen(&["10.0.0.2"], proxy), "10.0.0.2", "a proxy that asks for itself");
    }

    #[test]
    fn addresses_are_read_with_their_ports_and_nonsense_ends_the_walk() {
        for (said, read) in [
            ("203.0.113.9:4711", "203.0.113.9"),
            ("[2001:db8::9]", "2001:db8::9"),
            ("[2001:db8::9]:4711", "2001:db8::9"),
            ("2001:db8::9", "2001:db8::9"),
            ("unknown", "10.0.0.1"),
            ("_hidden", "10.0.0.1"),
            ("", "10.0.0.1"),
            ("203.0.113.9, ", "10.0.0.1"),
            ("203.0.113.9, unknown, 10.0.0.2", "10.0.0.2"),
            ("203.0.113.9, [2001:db8::1]:1, 10.0.0.2", "203.0.113.9"),
        ] {
            assert_eq!(seen(&[said], "10.0.0.1"), read, "{said:?}");
        }
        let not_text = HeaderValue::from_bytes(b"203.0.113.9\xff").unwrap();
        let mut headers = map(&[(FORWARDED, "198.51.100.7")]);
        headers.append(HeaderName::from_static(FORWARDED), not_text);
        let proxy: IpAddr = "10.0.0.1".parse().unwrap();
        assert_eq!(client(proxy, &headers, &[proxy]), proxy);
    }
}
