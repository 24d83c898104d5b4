//! What this machine is called and how it is reached.

use crate::authority::Served;
use crate::settings::Settings;
use crate::web::REVOCATIONS;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use watchroom_wire::tls::HUB_NAME;

/// This machine's name.
pub fn machine_name() -> String {
    let name = hostname::get().ok().and_then(|n| n.into_string().ok()).unwrap_or_default();
    if name.is_empty() { "localhost".to_owned() } else { name }
}

/// The address by which other machines probably reach this one. Nothing is sent to find it.
pub fn local_address() -> Option<IpAddr> {
    let probe = |bind: &str, target: &str| {
        let socket = UdpSocket::bind(bind).ok()?;
        // Connecting a datagram socket only asks the routing table. The targets are for documentation.
        socket.connect(target).ok()?;
        socket.local_addr().ok().map(|a| a.ip()).filter(|ip| !ip.is_loopback() && !ip.is_unspecified())
    };
    probe("0.0.0.0:0", "192.0.2.1:9").or_else(|| probe("[::]:0", "[2001:db8::1]:9"))
}

/// What the hub's own certificates say of it.
pub(super) fn served(settings: &Settings, public_url: &str) -> Served {
    Served { names: certificate_names(settings), revocations: format!("{public_url}{REVOCATIONS}") }
}

/// Names and addresses that they are for.
fn certificate_names(settings: &Settings) -> Vec<String> {
    let mut names =
        vec![HUB_NAME.to_owned(), "localhost".to_owned(), "127.0.0.1".to_owned(), "::1".to_owned()];
    names.push(machine_name());
    names.extend(local_address().map(|ip| ip.to_string()));
    let host = settings.hub.public_url.strip_prefix("https://").map(|rest| host_of(rest).to_owned());
    names.extend(host.filter(|h| !h.is_empty()));
    names.extend(settings.socket.addresses.iter().map(|a| host_of(a).to_owned()));
    names.sort();
    names.dedup();
    names.retain(|n| n.parse::<IpAddr>().is_ok() || plausible_name(n));
    names
}

fn plausible_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'.')
}

fn host_of(address: &str) -> &str {
    let address = address.split('/').next().unwrap_or(address);
    if let Some(rest) = address.strip_prefix('[') {
        return rest.split(']').next().unwrap_or(rest);
    }
    match address.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|b| b.is_ascii_digit()) && !host.contains(':') => host,
        _ => address,
    }
}

/// Where agents reach the socket, as it stands in join tokens: the machine's address first, for names
/// are not always known to others; this very machine last.
pub(super) fn socket_addresses(settings: &Settings, listening: SocketAddr) -> Vec<String> {
    if !settings.socket.addresses.is_empty() {
        return settings.socket.addresses.iter().take(8).cloned().collect();
    }
    let port = listening.port();
    let with_port = |ip: IpAddr| SocketAddr::new(ip, port).to_string();
    if !listening.ip().is_unspecified() {
        return vec![with_port(listening.ip())];
    }
    let mut addresses: Vec<_> = local_address().into_iter().map(with_port).collect();
    addresses.push(format!("{}:{port}", machine_name()));
    addresses.push(format!("127.0.0.1:{port}"));
    addresses
}

/// The console's address in mails and links.
pub(super) fn public_url(settings: &Settings, listening: SocketAddr) -> String {
    if !settings.hub.public_url.is_empty() {
        return settings.hub.public_url.clone();
    }
    let ip = if listening.ip().is_unspecified() {
        local_address().unwrap_or(IpAddr::from([127, 0, 0, 1]))
    } else {
        listening.ip()
    };
    let address = SocketAddr::new(ip, listening.port());
    format!("https://{address}")
}

#[cfg(test)]
mod tests {
    use super::host_of;

    #[test]
    fn the_host_of_every_form_of_address_is_found() {
        for (address, host) in [
            ("watch.example.org", "watch.example.org"),
            ("watch.example.org:8443/path", "watch.example.org"),
            ("192.0.2.7:7443", "192.0.2.7"),
            ("[2001:db8::1]:7443", "2001:db8::1"),
            ("2001:db8::1", "2001:db8::1"),
        ] {
            assert_eq!(host_of(address), host, "{address}");
        }
    }
}
