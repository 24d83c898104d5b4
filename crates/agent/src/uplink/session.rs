//! One connection, from the welcome to its end.

use super::flight::{Flight, Halt};
use super::witness::Witness;
use super::{Shared, Timings};
use crate::body;
use crate::clock::now_us;
use crate::connection::{Connection, ConnectionError};
use crate::error::AgentError;
use crate::identity::Identity;
use crate::spool::Spooled;
use crate::tls::{self, NewKey};
use std::io::Write as _;
use std::path::Path;
use tokio::time::Instant;
use watchroom_domain::{MAX_CHECKS_BY_AGENT, Micros, SECOND_US};
use watchroom_wire::{ClientFrame, ErrorBody, HubFrame, Joined, Renew, Welcome};

/// Most bytes that are written at once.
const BATCH: usize = 64 * 1024;
/// The hub takes nothing older than 14 days; an hour less, so that it does not have to say so.
const OLDEST_US: Micros = (14 * 24 - 1) * 3600 * SECOND_US;

/// Why a session ended.
#[derive(Debug)]
pub(crate) enum End {
    /// There is a new certificate to connect with.
    Renewed,
    /// The connection is of no use any more.
    Lost(ConnectionError),
    /// The state folder cannot be used.
    State(AgentError),
}

impl From<ConnectionError> for End {
    fn from(error: ConnectionError) -> Self {
        End::Lost(error)
    }
}

impl From<AgentError> for End {
    fn from(error: AgentError) -> Self {
        End::State(error)
    }
}

pub(crate) struct Session<'a> {
    connection: &'a mut Connection,
    shared: &'a Shared,
    timings: &'a Timings,
    state_dir: &'a Path,
    identity: &'a Identity,
    flight: Flight,
    max_line: usize,
    /// Hub's clock less ours, microseconds.
    offset_us: Micros,
    frame: Spooled,
    lines: Vec<u8>,
    /// When the hub last answered something that was asked.
    progress: Instant,
    written: Instant,
    pinged: bool,
    useful: bool,
    resume: Option<Instant>,
    renewing: Option<NewKey>,
    renew_at_us: Micros,
    witness: Witness,
}

impl<'a> Session<'a> {
    pub(crate) fn new(
        connection: &'a mut Connection,
        welcome: &Welcome,
        shared: &'a Shared,
        timings: &'a Timings,
        (state_dir, identity): (&'a Path, &'a Identity),
    ) -> Result<Self, AgentError> {
        let offset_us = welcome.now_us.saturating_sub(now_us());
        let mut spool = shared.spool();
        spool.welcome(welcome.last_seq)?;
        spool.expire(now_us().saturating_sub(OLDEST_US));
        drop(spool);
        Ok(Self {
            connection,
            shared,
            timings,
            state_dir,
            identity,
            flight: Flight::new(welcome.last_seq),
            max_line: welcome.max_line,
            offset_us,
            frame: Spooled::default(),
            lines: Vec::new(),
            progress: Instant::now(),
            written: Instant::now(),
            pinged: false,
            useful: false,
            resume: None,
            renewing: None,
            renew_at_us: tls::renew_at_us(identity)?,
            witness: Witness::default(),
        })
    }

    /// Brings frames until the connection ends; says too whether it was of any use until then.
    pub(crate) async fn run(mut self) -> (End, bool) {
        loop {
            if let Err(end) = self.turn().await {
                return (end, self.useful);
            }
        }
    }

    async fn turn(&mut self) -> Result<(), End> {
        self.settle()?;
        self.fill()?;
        // A full batch may not have been all: look for answers, but do not wait for them.
        let full = self.lines.len() >= BATCH;
        self.ask_renewal()?;
        if let Some(evidence) = self.witness.answer() {
            self.line(&ClientFrame::Evidence(evidence))?;
        }
        if !self.lines.is_empty() {
            self.connection.write(&self.lines).await?;
            self.written = Instant::now();
            self.lines.clear();
        }
        let wake = if full { Instant::now() } else { self.wake() };
        tokio::select! {
            frame = self.connection.next() => self.take(frame?)?,
            () = self.shared.more.notified() => {}
            () = tokio::time::sleep_until(wake) => self.woken()?,
        }
        Ok(())
    }

    /// Whether the hub owes an answer.
    fn is_owed(&self) -> bool {
        self.flight.is_waiting() || self.pinged || self.renewing.is_some()
    }

    /// From now on an answer is owed.
    fn asking(&mut self) {
        if !self.is_owed() {
            self.progress = Instant::now();
        }
    }

    fn wake(&self) -> Instant {
        let due = match self.is_owed() {
            true => self.progress + self.timings.answer,
            false => self.written + self.timings.ping_after,
        };
        let others = self.resume.into_iter().chain(self.witness.due());
        others.fold(due, Instant::min)
    }

    fn woken(&mut self) -> Result<(), End> {
        let now = Instant::now();
        if self.is_owed() {
            if now >= self.progress + self.timings.answer {
                return Err(ConnectionError::Timeout.into());
            }
        } else if now >= self.written + self.timings.ping_after {
            self.asking();
            self.pinged = true;
            self.line(&ClientFrame::Ping {})?;
        }
        Ok(())
    }

    fn line(&mut self, frame: &ClientFrame) -> Result<(), End> {
        serde_json::to_writer(&mut self.lines, frame).map_err(AgentError::crypto)?;
        self.lines.push(b'\n');
        Ok(())
    }

    /// Puts as many frames into the next write as may be under way.
    fn fill(&mut self) -> Result<(), End> {
        if self.resume.is_some_and(|resume| Instant::now() < resume) {
            return Ok(());
        }
        self.resume = None;
        let shared = self.shared;
        let mut spool = shared.spool();
        while self.flight.has_room()
            && self.lines.len() < BATCH
            && spool.next_after(self.flight.sent(), &mut self.frame)
        {
            let start = self.lines.len();
            let seq = self.frame.seq;
            let missing = seq.saturating_sub(self.flight.sent() + 1);
            write_samples(&mut self.lines, &self.frame, now_us(), missing);
            if self.lines.len() - start > self.max_line {
                tracing::warn!(seq, "a frame is longer than the hub takes; left out");
                self.lines.truncate(start);
                spool.refuse(seq);
                continue;
            }
            self.asking();
            self.flight.send(seq);
        }
        Ok(())
    }

    /// Once what was under way is answered, deals with what halted the sending.
    fn settle(&mut self) -> Result<(), End> {
        match self.flight.settled() {
            None => Ok(()),
            Some(Halt::Refused(seq)) => {
                self.shared.spool().refuse(seq);
                Ok(())
            }
            Some(Halt::Busy) => {
                self.resume = Some(Instant::now() + super::jitter(self.timings.busy));
                Ok(())
            }
            Some(Halt::Gap) => Err(ConnectionError::Protocol("it counts otherwise".into()).into()),
            Some(Halt::StaleEpoch) => {
                self.shared.spool().begin_epoch(now_us().max(self.hub_now_us()))?;
                Err(ConnectionError::Protocol("it knows a later epoch; beginning another".into()).into())
            }
        }
    }

    fn take(&mut self, frame: HubFrame) -> Result<(), End> {
        match frame {
            HubFrame::Ack(ack) if self.flight.ack(ack.seq) => {
                self.useful = true;
                self.shared.spool().ack(ack.seq);
            }
            HubFrame::Ack(ack) => tracing::debug!(ack.seq, "an acknowledgement of what was never sent"),
            HubFrame::Pong { .. } => (self.pinged, self.useful) = (false, true),
            HubFrame::Evidence { id } => {
                if let Some(proc) = &self.shared.offer.processes {
                    self.witness.asked(id, proc);
                }
            }
            HubFrame::Checks { mut checks } => {
                if let Some(runner) = &self.shared.offer.checks {
                    checks.truncate(MAX_CHECKS_BY_AGENT);
                    tracing::info!(count = checks.len(), "the hub says which checks to run");
                    runner.send_replace(checks);
                }
            }
            HubFrame::Error { error } => self.take_error(error)?,
            HubFrame::Renewed(renewed) => self.take_renewed(renewed)?,
            HubFrame::Welcome(_) | HubFrame::Joined(_) => tracing::debug!("an answer to nothing asked"),
        }
        self.progress = Instant::now();
        Ok(())
    }

    fn take_error(&mut self, error: ErrorBody) -> Result<(), End> {
        let ErrorBody { code, message, seq, fatal } = error;
        if fatal || super::advice(&code).is_some() {
            return Err(ConnectionError::Refused { code: code.into_owned(), message }.into());
        }
        match seq {
            Some(seq) => {
                if !matches!(&*code, "busy" | "unavailable" | "sequence_gap") {
                    tracing::warn!(seq, %code, %message, "the hub refused a frame");
                }
                self.flight.error(seq, &code);
            }
            None if self.renewing.take().is_some() => {
                tracing::warn!(%code, %message, "the hub gave no new certificate; asking again later");
                self.postpone_renewal();
            }
            None => tracing::warn!(%code, %message, "the hub complained"),
        }
        Ok(())
    }

    fn hub_now_us(&self) -> Micros {
        now_us().saturating_add(self.offset_us)
    }

    fn postpone_renewal(&mut self) {
        self.renew_at_us = self.hub_now_us().saturating_add(self.timings.renew_again.as_micros() as Micros);
    }

    fn ask_renewal(&mut self) -> Result<(), End> {
        if self.renewing.is_some() || self.hub_now_us() < self.renew_at_us {
            return Ok(());
        }
        let new = NewKey::generate()?;
        self.asking();
        self.line(&ClientFrame::Renew(Renew { csr: new.csr.clone() }))?;
        self.renewing = Some(new);
        Ok(())
    }

    fn take_renewed(&mut self, renewed: Joined) -> Result<(), End> {
        let Some(new) = self.renewing.take() else { return Ok(()) };
        let Joined { machine, certificate, ca, not_after_us } = renewed;
        let addresses = self.identity.addresses.clone();
        let identity = Identity { machine, addresses, ca, certificate, key: new.key, not_after_us };
        let usable = tls::for_identity(&identity).and_then(|_| tls::renew_at_us(&identity));
        match usable {
            Ok(at_us) if at_us > self.hub_now_us() && identity.machine == self.identity.machine => {
                identity.store(self.state_dir)?;
                Err(End::Renewed)
            }
            Ok(_) => {
                tracing::warn!("the new certificate is for another machine or over already; keeping the old");
                self.postpone_renewal();
                Ok(())
            }
            Err(error) => {
                tracing::warn!(%error, "the new certificate cannot be used; keeping the old");
                self.postpone_renewal();
                Ok(())
            }
        }
    }
}

/// Writes a line from what the spool holds; the samples are JSON already.
fn write_samples(out: &mut Vec<u8>, frame: &Spooled, sent_us: Micros, missing: u64) {
    // Writing into memory cannot fail.
    let _ = write!(out, r#"{{"type":"samples","seq":{},"sent_us":{sent_us}"#, frame.seq);
    let _ = write!(out, r#","observed_us":{}"#, frame.observed_us);
    if missing > 0 {
        let _ = write!(out, r#","dropped":{missing}"#);
    }
    let parts = body::parted(&frame.samples);
    let members =
        [(",\"check\":", parts.check), (",\"why\":", parts.why), (",\"samples\":", Some(parts.samples))];
    for (name, value) in members {
        if let Some(value) = value {
            out.extend_from_slice(name.as_bytes());
            out.extend_from_slice(value);
        }
    }
    out.extend_from_slice(b"}\n");
}
