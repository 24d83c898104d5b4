//! Where a log lies. The password of a server is held here and shown nowhere.

use super::error::LogError;
use sea_orm::sqlx::ConnectOptions as _;
use sea_orm::sqlx::mysql::{MySqlConnectOptions, MySqlSslMode};
use sea_orm::sqlx::postgres::{PgConnectOptions, PgSslMode};
use std::convert::Infallible;
use std::fmt;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use url::{Host, Url};

/// Where an event log lies: a file, a database of a server, or memory.
#[derive(Clone)]
pub struct Address {
    pub(super) place: Place,
    /// How it is called in messages.
    name: String,
}

#[derive(Clone)]
pub(super) enum Place {
    Memory,
    Sqlite(PathBuf),
    Postgres(Box<PgConnectOptions>),
    MariaDb(Box<MySqlConnectOptions>),
}

impl Address {
    /// Reads an address: `sqlite:///path/to/file`, `postgres://user@host/database`,
    /// `mariadb://user@host/database` (`mysql://` is the same), or `memory:`. Servers take these further words
    /// behind a question mark: `sslmode` (`disable`, `require`, `verify-ca`, `verify-full`), `sslrootcert`,
    /// `sslcert`, `sslkey` (PEM files), and `socket` (PostgreSQL: its folder; MariaDB: its file). Without
    /// `sslmode` a server on another machine must show a certificate that is valid for its name.
    ///
    /// # Errors
    /// [`LogError::Address`] that says what is wrong and never shows a password.
    pub fn parse(url: &str, password: Option<&str>) -> Result<Self, LogError> {
        if url == "memory:" {
            return Ok(Self { place: Place::Memory, name: "memory".into() });
        }
        if let Some(file) = url.strip_prefix("sqlite://") {
            if file.is_empty() {
                return Err(wrong("it names no file"));
            }
            return Ok(Self { place: Place::Sqlite(file.into()), name: file.into() });
        }
        let parsed = Url::parse(url).map_err(|e| wrong(&e.to_string()))?;
        match parsed.scheme() {
            "postgres" | "postgresql" => postgres(&Parts::of(&parsed, 5432)?, password),
            "mysql" | "mariadb" => mariadb(&Parts::of(&parsed, 3306)?, password),
            _ => Err(wrong("it begins with none of sqlite://, postgres:// and mariadb://")),
        }
    }

    /// The file, where it is one.
    pub fn file(&self) -> Option<&Path> {
        match &self.place {
            Place::Sqlite(file) => Some(file),
            _ => None,
        }
    }

    /// Whether a database server holds it.
    pub fn is_server(&self) -> bool {
        matches!(self.place, Place::Postgres(_) | Place::MariaDb(_))
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Address({})", self.name)
    }
}

impl TryFrom<&str> for Address {
    type Error = LogError;
    fn try_from(url: &str) -> Result<Self, LogError> {
        Self::parse(url, None)
    }
}

impl TryFrom<&String> for Address {
    type Error = LogError;
    fn try_from(url: &String) -> Result<Self, LogError> {
        Self::parse(url, None)
    }
}

/// What is an address already stays one.
impl From<Infallible> for LogError {
    fn from(never: Infallible) -> Self {
        match never {}
    }
}

fn wrong(why: &str) -> LogError {
    LogError::Address(why.to_owned())
}

/// How a connection is kept from others' eyes.
#[derive(Clone, Copy)]
enum Tls {
    None,
    /// Encrypted, though with whom is not looked at.
    Encrypted,
    Authority,
    Full,
}

/// What an address of a server says.
struct Parts {
    user: String,
    host: String,
    port: u16,
    database: String,
    tls: Tls,
    root: Option<String>,
    certificate: Option<String>,
    key: Option<String>,
    socket: Option<String>,
}

impl Parts {
    fn of(url: &Url, port: u16) -> Result<Self, LogError> {
        if url.password().is_some() {
            return Err(wrong("it holds a password; name where that is in database.password instead"));
        }
        let host = match url.host() {
            Some(Host::Ipv6(address)) => address.to_string(),
            Some(host) => host.to_string(),
            None => return Err(wrong("it names no host")),
        };
        let decoded =
            |text: &str| percent_decoded(text).ok_or_else(|| wrong("what is behind a % is no text"));
        let (user, database) = (decoded(url.username())?, decoded(url.path().trim_start_matches('/'))?);
        if user.is_empty() || database.is_empty() || database.contains('/') {
            return Err(wrong(
                "it must name a user and a database, as in postgres://watchroom@host/watchroom",
            ));
        }
        let loopback =
            host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
        let mut parts = Self {
            user,
            host,
            port: url.port().unwrap_or(port),
            database,
            tls: if loopback { Tls::None } else { Tls::Full },
            root: None,
            certificate: None,
            key: None,
            socket: None,
        };
        let mut mode = None;
        for (word, value) in url.query_pairs() {
            let value = value.into_owned();
            match &*word {
                "sslmode" => mode = Some(tls(&value)?),
                "sslrootcert" => parts.root = Some(value),
                "sslcert" => parts.certificate = Some(value),
                "sslkey" => parts.key = Some(value),
                "socket" => parts.socket = Some(value),
                _ => return Err(wrong(&format!("{word:?} is no word that it may hold behind the ?"))),
            }
        }
        if parts.certificate.is_some() != parts.key.is_some() {
            return Err(wrong("sslcert and sslkey belong together"));
        }
        if parts.socket.is_some() {
            parts.tls = Tls::None;
        }
        parts.tls = mode.unwrap_or(parts.tls);
        Ok(parts)
    }

    fn name(&self, what: &str) -> String {
        match &self.socket {
            Some(socket) => format!("{what} database {} at {socket}", self.database),
            None => format!("{what} database {} at {}:{}", self.database, self.host, self.port),
        }
    }
}

/// None of the modes that go on without encryption when the other side, or somebody between, wants so.
fn tls(mode: &str) -> Result<Tls, LogError> {
    Ok(match mode {
        "disable" => Tls::None,
        "require" => Tls::Encrypted,
        "verify-ca" => Tls::Authority,
        "verify-full" => Tls::Full,
        _ => return Err(wrong("sslmode must be disable, require, verify-ca or verify-full")),
    })
}

fn percent_decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        if *first == b'%' {
            let digits = std::str::from_utf8(tail.get(..2)?).ok()?;
            bytes.push(u8::from_str_radix(digits, 16).ok()?);
            rest = &tail[2..];
        } else {
            bytes.push(*first);
            rest = tail;
        }
    }
    String::from_utf8(bytes).ok()
}

fn postgres(parts: &Parts, password: Option<&str>) -> Result<Address, LogError> {
    let mode = match parts.tls {
        Tls::None => PgSslMode::Disable,
        Tls::Encrypted => PgSslMode::Require,
        Tls::Authority => PgSslMode::VerifyCa,
        Tls::Full => PgSslMode::VerifyFull,
    };
    let mut options = PgConnectOptions::new_without_pgpass()
        .host(&parts.host)
        .port(parts.port)
        .username(&parts.user)
        .database(&parts.database)
        .ssl_mode(mode)
        .application_name("watchroom")
        .disable_statement_logging();
    if let Some(password) = password {
        options = options.password(password);
    }
    if let Some(root) = &parts.root {
        options = options.ssl_root_cert(root);
    }
    if let (Some(certificate), Some(key)) = (&parts.certificate, &parts.key) {
        options = options.ssl_client_cert(certificate).ssl_client_key(key);
    }
    if let Some(socket) = &parts.socket {
        options = options.socket(socket);
    }
    Ok(Address { place: Place::Postgres(Box::new(options)), name: parts.name("PostgreSQL") })
}

fn mariadb(parts: &Parts, password: Option<&str>) -> Result<Address, LogError> {
    let mode = match parts.tls {
        Tls::None => MySqlSslMode::Disabled,
        Tls::Encrypted => MySqlSslMode::Required,
        Tls::Authority => MySqlSslMode::VerifyCa,
        Tls::Full => MySqlSslMode::VerifyIdentity,
    };
    let mut options = MySqlConnectOptions::new()
        .host(&parts.host)
        .port(parts.port)
        .username(&parts.user)
        .database(&parts.database)
        .ssl_mode(mode)
        .pipes_as_concat(false)
        .no_engine_substitution(false)
        .disable_statement_logging();
    if let Some(password) = password {
        options = options.password(password);
    }
    if let Some(root) = &parts.root {
        options = options.ssl_ca(root);
    }
    if let (Some(certificate), Some(key)) = (&parts.certificate, &parts.key) {
        options = options.ssl_client_cert(certificate).ssl_client_key(key);
    }
    if let Some(socket) = &parts.socket {
        options = options.socket(socket);
    }
    Ok(Address { place: Place::MariaDb(Box::new(options)), name: parts.name("MariaDB") })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(url: &str) -> String {
        match Address::parse(url, Some("hunter2")) {
            Err(LogError::Address(why)) => why,
            other => panic!("{url}: {other:?}"),
        }
    }

    fn postgres_options(url: &str) -> PgConnectOptions {
        match Address::parse(url, None).unwrap().place {
            Place::Postgres(options) => *options,
            _ => panic!("{url}"),
        }
    }

    #[test]
    fn a_password_is_never_shown_and_never_stands_in_an_address() {
        assert!(refused("postgres://me:hunter2@db/log").contains("database.password"));
        assert!(!refused("mysql://me:hunter2@db/log").contains("hunter2"));
        for url in ["postgres://me@db/log", "mariadb://me@db/log"] {
            let address = Address::parse(url, Some("hunter2")).unwrap();
            let shown = format!("{address} {address:?}");
            assert!(shown.contains("log at db:") && !shown.contains("hunter2"), "{shown}");
        }
    }

    #[test]
    fn what_is_no_address_is_refused_with_a_reason() {
        assert!(refused("").contains("relative"));
        assert!(refused("sqlite://").contains("no file"));
        assert!(refused("/var/lib/log.db").contains("relative"));
        assert!(refused("oracle://me@db/log").contains("none of sqlite"));
        assert!(refused("postgres://db/log").contains("a user and a database"));
        assert!(refused("postgres://me@db").contains("a user and a database"));
        assert!(refused("postgres://me@db/log?sslmode=prefer").contains("sslmode"));
        assert!(refused("postgres://me@db/log?fsync=off").contains("fsync"));
        assert!(refused("mysql://me@db/log?sslcert=/a.pem").contains("belong together"));
    }

    #[test]
    fn another_machine_must_show_who_it_is_unless_it_is_said_otherwise() {
        let mode = |url: &str| format!("{:?}", postgres_options(url).get_ssl_mode());
        assert_eq!(mode("postgres://me@db.example/log"), "VerifyFull");
        assert_eq!(mode("postgres://me@10.0.0.3/log?sslmode=disable"), "Disable");
        for host in ["127.0.0.1", "localhost", "[::1]"] {
            assert_eq!(mode(&format!("postgres://me@{host}/log")), "Disable");
            assert_eq!(mode(&format!("postgres://me@{host}/log?sslmode=require")), "Require");
        }
        assert_eq!(mode("postgres://me@db/log?socket=/run/postgresql"), "Disable");
    }

    #[test]
    fn every_part_is_understood() {
        let options = postgres_options("postgresql://o%40ne@[::1]:6543/my%20log");
        assert_eq!(options.get_username(), "o@ne");
        assert_eq!((options.get_host(), options.get_port()), ("::1", 6543));
        assert_eq!(options.get_database(), Some("my log"));
        assert_eq!(
            Address::parse("sqlite:///a 100%.db", None).unwrap().file(),
            Some(Path::new("/a 100%.db"))
        );
    }
}
