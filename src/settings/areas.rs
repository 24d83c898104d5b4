//! The areas. Their comments and defaults stand in `config/default.toml`.

use super::check::Problem;
use super::secret::Secret;
use serde::Deserialize;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};

/// All settings.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "config/default.toml describes each")]
pub struct Settings {
    pub hub: Hub,
    pub console: Console,
    pub socket: Socket,
    pub database: Database,
    pub log: Log,
    pub agent: Agent,
    pub secrets: Secrets,
    pub metrics: Metrics,
}

/// The hub as a whole.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "config/default.toml describes each")]
pub struct Hub {
    pub data_dir: PathBuf,
    pub public_url: String,
    pub language: String,
    pub time_zone: String,
    pub currency: String,
}

/// The web console.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "config/default.toml describes each")]
pub struct Console {
    pub listen: SocketAddr,
    pub certificate: PathBuf,
    pub private_key: PathBuf,
    pub plain_http: String,
    pub trusted_proxies: Vec<IpAddr>,
    pub session_hours: u32,
    pub requests_per_account: u32,
    pub requests_per_address: u32,
}

/// The TLS socket.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "config/default.toml describes each")]
pub struct Socket {
    pub listen: SocketAddr,
    pub addresses: Vec<String>,
    pub max_connections: usize,
}

/// The database that holds the event log.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "config/default.toml describes each")]
pub struct Database {
    pub url: String,
    pub password: Secret,
}

/// The event log.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "config/default.toml describes each")]
pub struct Log {
    pub master_key: Secret,
}

/// Where passwords of channels may stand.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "config/default.toml describes each")]
pub struct Secrets {
    pub folders: Vec<PathBuf>,
    pub variables: Vec<String>,
}

/// The page for Prometheus.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "config/default.toml describes each")]
pub struct Metrics {
    pub token: Secret,
}

/// The agent that `watchroom up` starts.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "config/default.toml describes each")]
pub struct Agent {
    pub interval_s: u32,
}

impl Settings {
    /// What is wrong with values that are of the right type.
    pub fn problems(&self) -> Vec<Problem> {
        let plain = &self.console.plain_http;
        let loopback = plain.parse::<SocketAddr>().is_ok_and(|a| a.ip().is_loopback());
        let url = &self.hub.public_url;
        let url_ok = url.is_empty()
            || url.strip_prefix("https://").is_some_and(|rest| !rest.is_empty() && !rest.ends_with('/'));
        let pair = self.console.certificate.as_os_str().is_empty()
            == self.console.private_key.as_os_str().is_empty();
        let zone = &self.hub.time_zone;
        let checks = [
            (
                matches!(self.hub.language.as_str(), "en" | "zh-CN"),
                "hub.language",
                "must be \"en\" or \"zh-CN\"",
            ),
            (
                url_ok,
                "hub.public_url",
                "must look like \"https://watch.example.org\", without a slash at the end",
            ),
            (
                zone.is_empty() || jiff::tz::TimeZone::get(zone).is_ok(),
                "hub.time_zone",
                "must be an IANA name such as \"Europe/Zurich\"",
            ),
            (
                self.hub.currency.len() == 3 && self.hub.currency.bytes().all(|b| b.is_ascii_uppercase()),
                "hub.currency",
                "must be three capital letters such as \"EUR\"",
            ),
            (
                plain.is_empty() || loopback,
                "console.plain_http",
                "must be a loopback address such as 127.0.0.1:8080",
            ),
            (pair, "console.certificate", "and console.private_key belong together: set both or neither"),
            (
                (1..=2160).contains(&self.console.session_hours),
                "console.session_hours",
                "must be from 1 to 2160",
            ),
            (
                (1..=100_000).contains(&self.socket.max_connections),
                "socket.max_connections",
                "must be from 1 to 100000",
            ),
            (self.socket.can_be_told(), "socket.addresses", ADDRESSES),
            (
                self.database.has_known_scheme(),
                "database.url",
                "must begin with sqlite://, postgres:// or mariadb://",
            ),
            (
                !self.database.holds_password(),
                "database.url",
                "must not hold a password; name where that is in database.password",
            ),
            (self.database.password.is_reference(), "database.password", "must be file:/path or env:NAME"),
            (self.log.master_key.is_reference(), "log.master_key", "must be file:/path or env:NAME"),
            (
                self.secrets.folders.iter().all(|folder| folder.is_absolute()),
                "secrets.folders",
                "must be whole paths, from / on",
            ),
            (self.metrics.token.is_reference(), "metrics.token", "must be file:/path or env:NAME"),
            ((1..=60).contains(&self.agent.interval_s), "agent.interval_s", "must be from 1 to 60 seconds"),
        ];
        checks.into_iter().filter(|(ok, ..)| !ok).map(|(_, key, text)| Problem::value(key, text)).collect()
    }

    /// The data folder, by default below the user's.
    pub fn data_dir(&self) -> PathBuf {
        if !self.hub.data_dir.as_os_str().is_empty() {
            return absolute(&self.hub.data_dir);
        }
        let from = |name: &str| std::env::var_os(name).filter(|v| !v.is_empty()).map(PathBuf::from);
        from("STATE_DIRECTORY")
            .or_else(|| from("XDG_DATA_HOME").map(|p| p.join("watchroom")))
            .or_else(|| from("HOME").map(|p| p.join(".local/share/watchroom")))
            .unwrap_or_else(|| PathBuf::from("watchroom-data"))
    }

    /// Folders in which passwords of channels may lie.
    pub fn secret_folders(&self) -> Vec<PathBuf> {
        let mut folders = vec![self.data_dir().join("secrets"), PathBuf::from("/run/secrets")];
        folders
            .extend(std::env::var_os("CREDENTIALS_DIRECTORY").filter(|v| !v.is_empty()).map(PathBuf::from));
        folders.extend(self.secrets.folders.iter().cloned());
        folders
    }

    /// Address of the database.
    pub fn log_url(&self) -> String {
        if self.database.url.is_empty() {
            format!("sqlite://{}", self.data_dir().join("watchroom.db").display())
        } else {
            self.database.url.clone()
        }
    }
}

/// What is said of addresses that cannot stand in a join token.
const ADDRESSES: &str = "must be at most 8 names or addresses with a port, such as \"watch.example.org:7443\" or \
                         \"[2001:db8::1]:7443\"";

impl Socket {
    fn can_be_told(&self) -> bool {
        self.addresses.len() <= 8 && self.addresses.iter().all(|address| host_and_port(address))
    }
}

impl Database {
    fn has_known_scheme(&self) -> bool {
        let known = ["sqlite://", "postgres://", "postgresql://", "mysql://", "mariadb://"];
        self.url.is_empty() || known.iter().any(|scheme| self.url.starts_with(scheme))
    }

    /// Whether there is a colon in what stands before the host. It is never printed to tell.
    fn holds_password(&self) -> bool {
        let server = !self.url.starts_with("sqlite://");
        let authority = self.url.split_once("://").map_or("", |(_, rest)| rest);
        let authority = authority.split(['/', '?']).next().unwrap_or(authority);
        server && authority.rsplit_once('@').is_some_and(|(user, _)| user.contains(':'))
    }
}

/// Whether agents can be told to go there: a name or an address, and a port. Join tokens hold it.
fn host_and_port(address: &str) -> bool {
    let Some((host, port)) = address.rsplit_once(':') else { return false };
    let name = !host.is_empty() && host.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._".contains(&b));
    let inner = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    let numbers = inner.is_some_and(|inner| inner.parse::<std::net::Ipv6Addr>().is_ok());
    address.len() <= 255 && (name || numbers) && port.parse::<u16>().is_ok_and(|port| port > 0)
}

fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}
