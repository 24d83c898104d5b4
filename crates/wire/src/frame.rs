//! The frames, in both directions.

use crate::fast;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::{self, Write as _};
use thiserror::Error;
use watchroom_domain::{Check, CheckTarget, Micros, Process, SeriesKey};

/// Oldest protocol version that is spoken.
pub const MIN_VERSION: u16 = 1;
/// Newest protocol version that is spoken.
pub const MAX_VERSION: u16 = 1;

/// Most characters of the message of an error.
const MAX_MESSAGE: usize = 200;

/// The newest version that both sides speak.
pub fn negotiate(min: u16, max: u16) -> Option<u16> {
    let version = max.min(MAX_VERSION);
    (min <= max && version >= min && version >= MIN_VERSION).then_some(version)
}

/// What an agent or a hub may understand beyond the frames that everybody does.
pub mod feature {
    /// The agent measures what runs on its machine when the hub asks.
    pub const EVIDENCE: &str = "evidence";
    /// The agent runs the checks that the hub assigns to it.
    pub const CHECKS: &str = "checks";
}

/// The first frame of every connection.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Hello {
    /// Oldest protocol version the sender speaks.
    pub min: u16,
    /// Newest protocol version the sender speaks.
    pub max: u16,
    /// Program and version, for people to read.
    #[serde(default)]
    pub agent: String,
    /// The sender's count: a larger epoch begins again at sequence number 1.
    #[serde(default)]
    pub epoch: u64,
    /// When it was sent, by the sender's clock, microseconds UTC.
    pub sent_us: Micros,
    /// What the sender understands of [`feature`]; others get no frame that they have not named.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub features: Vec<String>,
}

/// A wish to join as a machine, on a connection without a client certificate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Join {
    /// The whole join token.
    pub token: String,
    /// Certificate signing request, PEM. Only its public key is used.
    pub csr: String,
}

/// A wish for a new certificate, on a connection with the present one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Renew {
    /// Certificate signing request, PEM. Only its public key is used.
    pub csr: String,
}

/// One sample of a frame.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SampleItem {
    /// Metric and labels.
    #[serde(flatten)]
    pub key: SeriesKey,
    /// The value, in the metric's unit.
    pub value: f64,
    /// When it was observed, by the sender's clock; the frame's `observed_us` where it is missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub observed_us: Option<Micros>,
}

/// A frame of samples.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Samples {
    /// Number within the epoch, from 1, without gaps.
    pub seq: u64,
    /// When it was sent, by the sender's clock, microseconds UTC.
    pub sent_us: Micros,
    /// When the samples were observed, by the sender's clock; `sent_us` where it is missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed_us: Option<Micros>,
    /// How many frames just before this one were given up.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub dropped: u64,
    /// The check that found these; the sender's own machine where it is missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub check: Option<String>,
    /// Why the check fails, where it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// The samples, 1 to 512.
    pub samples: Vec<SampleItem>,
}

fn is_zero(n: &u64) -> bool {
    *n == 0
}

/// What runs on the sender's machine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// What the hub called its request.
    pub id: String,
    /// The processes that use most, 1 to 10.
    pub processes: Vec<Process>,
}

/// A check that the agent is to run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AssignedCheck {
    /// Its name in frames of results.
    pub id: String,
    /// What is asked.
    pub target: CheckTarget,
    /// Time between two runs, microseconds.
    pub interval_us: Micros,
    /// Most time that one run may take, microseconds.
    pub timeout_us: Micros,
}

impl From<&Check> for AssignedCheck {
    fn from(check: &Check) -> Self {
        let (id, target) = (check.check.to_string(), check.target.clone());
        Self { id, target, interval_us: check.interval_us, timeout_us: check.timeout_us }
    }
}

/// A frame to the hub.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ClientFrame {
    /// Begins a connection.
    Hello(Hello),
    /// Asks to join.
    Join(Join),
    /// Asks for a new certificate.
    Renew(Renew),
    /// Brings samples.
    Samples(Samples),
    /// Answers `evidence`.
    Evidence(Evidence),
    /// Asks for a sign of life.
    Ping {},
}

/// Answer to `hello`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Welcome {
    /// The version that is spoken from here on.
    pub version: u16,
    /// The machine that the certificate speaks for; none before joining.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub machine: Option<String>,
    /// Highest durable sequence number of the epoch that `hello` named.
    pub last_seq: u64,
    /// The hub's clock, microseconds UTC.
    pub now_us: Micros,
    /// Longest line that is accepted, bytes.
    pub max_line: usize,
    /// What the hub understands of [`feature`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub features: Vec<String>,
}

/// Answer to `join` and `renew`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Joined {
    /// The machine.
    pub machine: String,
    /// The certificate, PEM.
    pub certificate: String,
    /// The certificate authority of the hub, PEM.
    pub ca: String,
    /// When the certificate ends, microseconds UTC. Renew at two thirds of its life.
    pub not_after_us: Micros,
}

/// Answer to `samples`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct AckFrame {
    /// Every frame up to this number is durable.
    pub seq: u64,
}

/// What was wrong.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ErrorBody {
    /// Stable name of the reason.
    pub code: Cow<'static, str>,
    /// What is wrong and what can be done.
    pub message: String,
    /// The frame that was refused, where it had a number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seq: Option<u64>,
    /// Whether the connection ends with this.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub fatal: bool,
}

/// A frame from the hub. An error has no other type than its `error` member.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum HubFrame {
    /// Answers `hello`.
    Welcome(Welcome),
    /// Answers `join`.
    Joined(Joined),
    /// Answers `renew`.
    Renewed(Joined),
    /// Answers `samples`.
    Ack(AckFrame),
    /// Answers `ping`.
    Pong {
        /// The hub's clock, microseconds UTC.
        now_us: Micros,
    },
    /// Asks what runs on the machine.
    Evidence {
        /// Comes back in the answer.
        id: String,
    },
    /// Names all the checks that the agent is to run; those that it does not name are over.
    Checks {
        /// The checks.
        checks: Vec<AssignedCheck>,
    },
    /// Something was wrong.
    Error {
        /// What.
        error: ErrorBody,
    },
}

/// A line that is no frame. The connection lives on.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{message}")]
pub struct FrameError {
    /// `bad_json`, `missing_type`, `unknown_type` or `bad_field`.
    pub code: &'static str,
    /// What is wrong.
    pub message: String,
    /// The frame's number, where one could be read.
    pub seq: Option<u64>,
}

impl ClientFrame {
    /// Reads one line. Unknown members are ignored, unknown types are an error.
    ///
    /// # Errors
    /// [`FrameError`] that says what is wrong with the line.
    pub fn parse(line: &[u8]) -> Result<Self, FrameError> {
        fn fail(code: &'static str, message: fmt::Arguments<'_>) -> FrameError {
            FrameError { code, message: shortened(message), seq: None }
        }
        if let Some(samples) = fast::samples(line) {
            return Ok(ClientFrame::Samples(samples));
        }
        // Serde would take an array for an object whose members come in order.
        if line.trim_ascii_start().first() == Some(&b'[') {
            return Err(fail("bad_json", format_args!("A frame is one JSON object a line, not an array.")));
        }
        let head: Head = serde_json::from_slice(line).map_err(|e| {
            let what =
                if e.is_data() { "A frame is one JSON object a line" } else { "This line is not JSON" };
            fail("bad_json", format_args!("{what}: {e}"))
        })?;
        let kind = match &head.kind {
            Some(Value::String(kind)) => kind.as_str(),
            Some(_) => return Err(fail("bad_field", format_args!("\"type\" must be a string."))),
            None => return Err(fail("missing_type", format_args!("The frame has no \"type\"."))),
        };
        let seq = head.seq.as_ref().and_then(Value::as_u64);
        let wrong = |e: serde_json::Error| FrameError {
            code: "bad_field",
            message: shortened(format_args!("Wrong field in \"{kind}\": {e}")),
            seq,
        };
        match kind {
            "hello" => serde_json::from_slice(line).map(ClientFrame::Hello).map_err(wrong),
            "join" => serde_json::from_slice(line).map(ClientFrame::Join).map_err(wrong),
            "renew" => serde_json::from_slice(line).map(ClientFrame::Renew).map_err(wrong),
            "samples" => serde_json::from_slice(line).map(ClientFrame::Samples).map_err(wrong),
            "evidence" => serde_json::from_slice(line).map(ClientFrame::Evidence).map_err(wrong),
            "ping" => Ok(ClientFrame::Ping {}),
            other => {
                let shown: String = other.chars().take(40).collect();
                // A character may be shown as many, so that the whole is cut as well.
                let known = "known are hello, join, renew, samples, evidence, ping.";
                let message = shortened(format_args!("Unknown type {shown:?}; {known}"));
                Err(FrameError { code: "unknown_type", message, seq })
            }
        }
    }
}

/// A message without what is beyond its limit: it may quote the line, and is not to grow with it.
fn shortened(message: fmt::Arguments<'_>) -> String {
    let mut cut = Cut(String::new(), MAX_MESSAGE - 1);
    if cut.write_fmt(message).is_err() {
        cut.0.push('…');
    }
    cut.0
}

/// Text, and how many characters more it takes.
struct Cut(String, usize);

impl fmt::Write for Cut {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for c in text.chars() {
            self.1 = self.1.checked_sub(1).ok_or(fmt::Error)?;
            self.0.push(c);
        }
        Ok(())
    }
}

#[derive(Deserialize)]
struct Head {
    #[serde(rename = "type")]
    kind: Option<Value>,
    seq: Option<Value>,
}

impl HubFrame {
    /// An error that leaves the connection open.
    pub fn error(code: &'static str, message: impl Into<String>, seq: Option<u64>) -> Self {
        let error = ErrorBody { code: code.into(), message: message.into(), seq, fatal: false };
        HubFrame::Error { error }
    }

    /// An error with which the connection ends.
    pub fn fatal(code: &'static str, message: impl Into<String>) -> Self {
        let error = ErrorBody { code: code.into(), message: message.into(), seq: None, fatal: true };
        HubFrame::Error { error }
    }
}

impl Samples {
    /// The samples with their times, as a command takes them.
    pub fn into_items(self) -> Vec<(SeriesKey, Micros, f64)> {
        let frame_us = self.observed_us.unwrap_or(self.sent_us);
        self.samples.into_iter().map(|s| (s.key, s.observed_us.unwrap_or(frame_us), s.value)).collect()
    }
}

impl SampleItem {
    /// A sample without a time of its own.
    pub fn new(metric: &str, labels: &[(&str, &str)], value: f64) -> Self {
        let labels: BTreeMap<_, _> = labels.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        Self { key: SeriesKey { metric: metric.to_owned(), labels }, value, observed_us: None }
    }
}

#[cfg(test)]
mod tests;
