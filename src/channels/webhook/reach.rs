//! Which addresses a webhook may reach: those of the public internet, and what an administrator listed.
//!
//! A name is resolved once, what it leads to is checked, and that very address is connected to: a name that
//! changes its mind between a check and a connection finds no gap.

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use thiserror::Error;

/// Addresses of a name that are looked at.
const ADDRESSES: usize = 16;

/// A name that leads to nothing that may be reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("a private address that is not listed in the settings")]
pub struct Private;

/// A network: an address and how many of its first bits count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    bits: u8,
}

impl Network {
    /// A network such as `10.1.0.0/16`, or one address.
    pub fn parse(text: &str) -> Option<Self> {
        let (address, bits) = match text.trim().split_once('/') {
            Some((address, bits)) => (address.parse::<IpAddr>().ok()?, bits.parse().ok()?),
            None => {
                let address = text.trim().parse::<IpAddr>().ok()?;
                (address, if address.is_ipv4() { 32 } else { 128 })
            }
        };
        let most = if address.is_ipv4() { 32 } else { 128 };
        // A network of all addresses would be no list at all.
        (bits >= 1 && bits <= most).then_some(Self { address, bits })
    }

    fn contains(&self, address: IpAddr) -> bool {
        let shift = |width: u8| u32::from(width - self.bits);
        match (self.address, address.to_canonical()) {
            (IpAddr::V4(own), IpAddr::V4(other)) => {
                u64::from(own.to_bits()) >> shift(32) == u64::from(other.to_bits()) >> shift(32)
            }
            (IpAddr::V6(own), IpAddr::V6(other)) => {
                own.to_bits() >> shift(128) == other.to_bits() >> shift(128)
            }
            _ => false,
        }
    }
}

/// What may be reached.
#[derive(Clone, Debug)]
pub struct Reach {
    listed: Arc<[Network]>,
    /// Whether the public internet may be reached besides.
    public: bool,
}

impl Default for Reach {
    fn default() -> Self {
        Self::and(Vec::new())
    }
}

impl Reach {
    /// The public internet, and these networks besides.
    pub fn and(listed: Vec<Network>) -> Self {
        Self { listed: listed.into(), public: true }
    }

    /// Only what is listed.
    #[must_use]
    pub fn only_listed(&self) -> Self {
        Self { public: false, ..self.clone() }
    }

    /// Whether an administrator listed it.
    fn lists(&self, address: IpAddr) -> bool {
        self.listed.iter().any(|network| network.contains(address))
    }

    /// Whether it may be connected to.
    pub fn allows(&self, address: IpAddr) -> bool {
        self.lists(address) || self.public && is_public(address)
    }
}

impl Resolve for Reach {
    fn resolve(&self, name: Name) -> Resolving {
        let reach = self.clone();
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let allowed: Vec<SocketAddr> =
                found.take(ADDRESSES).filter(|address| reach.allows(address.ip())).collect();
            if allowed.is_empty() {
                return Err(Private.into());
            }
            Ok(Box::new(allowed.into_iter()) as Addrs)
        })
    }
}

fn is_public(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let special = address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_multicast()
        || address.is_documentation()
        // This network, carriers' own, protocol assignments, benchmarks, and what is not given out.
        || a == 0
        || (a == 100 && (64..128).contains(&b))
        || (a, b, c) == (192, 0, 0)
        || (a == 198 && (18..20).contains(&b))
        || a >= 240;
    !special
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let [a, b, c, ..] = address.segments();
    let tail = |from: usize| {
        let o = address.octets();
        is_public_v4(Ipv4Addr::new(o[from], o[from + 1], o[from + 2], o[from + 3]))
    };
    match (a, b) {
        // Addresses that hold one of version 4 lead to that one.
        (0x64, 0xff9b) => c == 0 && tail(12),
        (0x2002, _) => tail(2),
        // Teredo, benchmarks and other assignments, and documentation.
        (0x2001, ..0x200) | (0x2001, 0xdb8) | (0x3fff, _) => false,
        // Only this part is given out for the internet: not loopback, local, link-local or multicast.
        _ => a & 0xe000 == 0x2000,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_public_internet_is_reached_unless_listed() {
        let public = ["93.184.216.34", "1.1.1.1", "100.128.0.1", "2606:4700::1111", "64:ff9b::101:101"];
        let private = [
            "127.0.0.1",
            "127.9.9.9",
            "0.0.0.0",
            "10.0.0.1",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "198.18.0.1",
            "::1",
            "::",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "::7f00:1",
            "fe80::1",
            "fc00::1",
            "fd12::1",
            "ff02::1",
            "fec0::1",
            "64:ff9b::a00:1",
            "64:ff9b:1::1",
            "2002:7f00:1::",
            "2001::1",
            "2001:db8::1",
        ];
        let reach = Reach::default();
        for address in public {
            assert!(reach.allows(address.parse().unwrap()), "{address}");
        }
        for address in private {
            assert!(!reach.allows(address.parse().unwrap()), "{address}");
        }
        let listed = Reach::and(vec![Network::parse("10.1.0.0/16").unwrap(), Network::parse("::1").unwrap()]);
        for (address, allowed) in [
            ("10.1.2.3", true),
            ("::ffff:10.1.2.3", true),
            ("10.2.0.1", false),
            ("::1", true),
            ("127.0.0.1", false),
        ] {
            assert_eq!(listed.allows(address.parse().unwrap()), allowed, "{address}");
        }
    }

    #[test]
    fn a_network_is_an_address_and_bits_and_never_everything() {
        for wrong in ["", "10.0.0.0/33", "10.0.0.0/0", "::/0", "localhost", "10.0.0/8", "10.0.0.0/x"] {
            assert_eq!(Network::parse(wrong), None, "{wrong}");
        }
        assert!(Network::parse(" fd00::/8 ").is_some());
    }

    #[tokio::test]
    async fn a_name_that_leads_home_leads_nowhere() {
        let name = || "localhost".parse::<Name>().unwrap();
        assert!(Reach::default().resolve(name()).await.is_err());
        let listed = Reach::and(["127.0.0.0/8", "::1"].iter().filter_map(|n| Network::parse(n)).collect());
        assert!(listed.resolve(name()).await.unwrap().next().is_some());
        let only = listed.only_listed();
        assert!(only.resolve(name()).await.unwrap().next().is_some());
        assert!(only.allows("127.0.0.1".parse().unwrap()) && !only.allows("1.1.1.1".parse().unwrap()));
    }
}
