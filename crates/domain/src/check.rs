//! Checks: what is asked of a machine's services from outside, by the hub or by an agent.

use crate::error::Refusal;
use crate::ids::{CheckId, MachineId};
use crate::machine::{clean, clean_line};
use crate::time::{MINUTE_US, Micros, SECOND_US};
use serde::{Deserialize, Serialize};

/// Most checks of one hub.
pub const MAX_CHECKS: usize = 2_000;
/// Most checks that one agent runs: all of them fit into one line.
pub const MAX_CHECKS_BY_AGENT: usize = 24;
/// Least time between two runs.
pub const MIN_INTERVAL_US: Micros = 10 * SECOND_US;
/// Most time between two runs: a series that is not heard for an hour counts as gone.
pub const MAX_INTERVAL_US: Micros = 30 * MINUTE_US;
/// Most time that one run may take.
pub const MAX_TIMEOUT_US: Micros = 60 * SECOND_US;
/// What a run can find; the label `check` names which check it was.
pub const CHECK_METRICS: [&str; 4] =
    ["check_up", "check_duration_ms", "check_status_code", "certificate_days"];

/// Bytes of an address or a text to be found.
const MAX_ADDRESS: usize = 500;
/// Characters of a text that is to be found.
const MAX_TEXT: usize = 100;

/// A check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// Its identifier.
    pub check: CheckId,
    /// The machine that it says something about.
    pub machine: MachineId,
    /// What people call it, unique on its machine; also the label of its series.
    pub name: String,
    /// Who runs it.
    pub run_by: RunBy,
    /// What is asked.
    pub target: CheckTarget,
    /// Time between two runs, microseconds.
    pub interval_us: Micros,
    /// Most time that one run may take, microseconds.
    pub timeout_us: Micros,
    /// Whether it is on.
    pub enabled: bool,
}

/// Who runs a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "by")]
pub enum RunBy {
    /// The hub.
    Hub,
    /// The agent of this machine, which may be another than the one that the check is of.
    Agent {
        /// Which.
        machine: MachineId,
    },
}

/// What a check asks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum CheckTarget {
    /// A page by HTTP or HTTPS.
    Http {
        /// The page's address.
        url: String,
        /// The status that is expected; any from 200 to 299 where it is missing.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        status: Option<u16>,
        /// Text to be found in the beginning of the body; empty for none.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        contains: String,
        /// Whether redirects are followed, five at most.
        #[serde(default)]
        follow_redirects: bool,
        /// Whether a certificate that nobody vouches for is good enough.
        #[serde(default)]
        any_certificate: bool,
    },
    /// A connection by TCP.
    Tcp {
        /// `host:port`.
        address: String,
    },
    /// The last day of the certificate that a TLS port shows, whoever signed it.
    Certificate {
        /// `host:port`.
        address: String,
        /// The name that is asked for; the host where it is empty.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        server_name: String,
    },
}

impl CheckTarget {
    /// `http`, `tcp` or `certificate`.
    pub fn kind(&self) -> &'static str {
        match self {
            CheckTarget::Http { .. } => "http",
            CheckTarget::Tcp { .. } => "tcp",
            CheckTarget::Certificate { .. } => "certificate",
        }
    }

    /// What is asked, in a line.
    pub fn address(&self) -> &str {
        match self {
            CheckTarget::Http { url, .. } => url,
            CheckTarget::Tcp { address } | CheckTarget::Certificate { address, .. } => address,
        }
    }

    fn checked(mut self) -> Result<Self, Refusal> {
        match &mut self {
            CheckTarget::Http { url, status, contains, .. } => {
                *url = plain(url)?;
                let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
                let host = rest.map(|r| r.split(['/', '?', '#']).next().unwrap_or_default());
                match host {
                    None | Some("") => {
                        let message = "An address begins with http:// or https:// and a host.";
                        return Err(Refusal::field("bad_address", "address", message));
                    }
                    Some(host) if host.contains('@') => {
                        let message =
                            "Leave name and password out: everybody who sees checks would see them.";
                        return Err(Refusal::field("bad_address", "address", message));
                    }
                    Some(_) => {}
                }
                if status.is_some_and(|s| !(100..=599).contains(&s)) {
                    let message = "A status is a number from 100 to 599.";
                    return Err(Refusal::field("bad_status", "status", message));
                }
                *contains = clean("contains", contains, MAX_TEXT)?;
                if contains.contains('\n') {
                    let message = "The text must stand in one line.";
                    return Err(Refusal::field("control_character", "contains", message));
                }
            }
            CheckTarget::Tcp { address } => *address = host_and_port(address)?,
            CheckTarget::Certificate { address, server_name } => {
                *address = host_and_port(address)?;
                let name = server_name.trim();
                let valid = |c: char| c.is_ascii_alphanumeric() || ".-_".contains(c);
                if name.len() > 253 || !name.chars().all(valid) {
                    let message = "A server's name is like www.example.org.";
                    return Err(Refusal::field("bad_address", "server_name", message));
                }
                *server_name = name.to_owned();
            }
        }
        Ok(self)
    }
}

/// An address without anything that does not belong into one.
fn plain(address: &str) -> Result<String, Refusal> {
    let address = address.trim();
    if address.len() > MAX_ADDRESS {
        return Err(Refusal::field("too_long", "address", format!("At most {MAX_ADDRESS} characters.")));
    }
    if !address.bytes().all(|b| b.is_ascii_graphic() && !b"\"\\<>`".contains(&b)) {
        let message = "An address has plain letters, digits and signs only; write others as %XX.";
        return Err(Refusal::field("bad_address", "address", message));
    }
    Ok(address.to_owned())
}

fn host_and_port(address: &str) -> Result<String, Refusal> {
    let address = plain(address)?;
    let wrong = || {
        let message = "Give host and port, such as db.example.org:5432 or [2001:db8::1]:22.";
        Refusal::field("bad_address", "address", message)
    };
    let (host, port) = address.rsplit_once(':').ok_or_else(wrong)?;
    let bracketed = host.starts_with('[') && host.ends_with(']');
    let host_fits = !host.is_empty() && !host.contains(['/', '@']) && (bracketed || !host.contains(':'));
    if !host_fits || port.parse::<u16>().map_or(true, |p| p == 0) {
        return Err(wrong());
    }
    Ok(address)
}

/// Characters of a reason that are kept.
pub const MAX_WHY: usize = 200;

/// A check that fails, and why. The reason quotes the other side: hostile wherever it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckFailure {
    /// Why, in one line; empty where whoever runs it does not say.
    pub why: String,
    /// When that was recorded.
    pub told_us: Micros,
}

impl Check {
    /// The check, if it can work.
    ///
    /// # Errors
    /// A [`Refusal`] that names the first field that is wrong.
    pub fn checked(mut self) -> Result<Self, Refusal> {
        self.name = clean_line("name", &self.name, 64)?;
        if self.name.is_empty() {
            return Err(Refusal::field("name_missing", "name", "Give the check a name."));
        }
        // A label is bounded in bytes and stands in one line.
        if self.name.len() > 128 || self.name.contains('\n') {
            return Err(Refusal::field("too_long", "name", "At most 128 bytes, in one line."));
        }
        self.target = self.target.checked()?;
        if !(MIN_INTERVAL_US..=MAX_INTERVAL_US).contains(&self.interval_us) {
            return Err(Refusal::field("bad_interval", "interval", "From 10 seconds to 30 minutes."));
        }
        if !(SECOND_US..=MAX_TIMEOUT_US.min(self.interval_us)).contains(&self.timeout_us) {
            let message = "From 1 to 60 seconds, and no longer than the time between two runs.";
            return Err(Refusal::field("bad_timeout", "timeout", message));
        }
        Ok(self)
    }

    /// Whether the agent of this machine is to run it.
    pub fn is_run_by(&self, machine: MachineId) -> bool {
        self.run_by == RunBy::Agent { machine }
    }
}
