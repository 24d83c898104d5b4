//! One connection. Lines come in bounded by permits, answers go out through a bounded queue; a peer
//! that reads nothing is disconnected.

mod agent;
mod asked;
mod io;
mod offset;
mod outbox;
mod pace;
mod turn;

use super::admission::Place;
use super::listener::SocketParts;
use actix::prelude::*;
use bytes::BytesMut;
use io::Permit;
use offset::Offset;
use outbox::{Outbox, Untaken};
use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio_rustls::server::TlsStream;
use turn::UnderWay;
use watchroom_domain::{IncidentId, MachineId, Micros, Position};
use watchroom_wire::{ClientFrame, HubFrame};

/// Why a connection ends whose machine has a newer one.
pub(super) const SUPERSEDED: &str = "superseded";
/// What it is told.
pub(super) const TOOK_OVER: &str = "Another connection of this machine took over.";
/// Refused lines after which a connection is ended.
const MAX_REFUSED: u64 = 1_000;
/// Time for a stranger to join, and for an agent to be welcomed.
const UNKNOWN: Duration = Duration::from_secs(30);

/// What one connection works with.
pub(super) struct SessionParts {
    pub shared: Arc<SocketParts>,
    /// The machine and the SHA-256 of the key that was shown.
    pub shown: Option<(MachineId, Arc<str>)>,
    pub peer: SocketAddr,
    pub place: Place,
    /// Bytes of input that all connections together may have under way.
    pub input: Arc<Semaphore>,
}

/// The actor.
pub struct Session {
    shared: Arc<SocketParts>,
    peer: SocketAddr,
    /// The machine and the SHA-256 of the key that was shown; whether it is accepted is asked at `hello`.
    shown: Option<(MachineId, Arc<str>)>,
    stream: Option<TlsStream<TcpStream>>,
    input: Arc<Semaphore>,
    out: Option<Outbox>,
    stage: Stage,
    /// Where it is recorded that the agent connected.
    connection: Position,
    epoch: u64,
    offset: Offset,
    acknowledged: u64,
    frames: u64,
    refused: u64,
    /// Gaps that follow from what the hub could not take.
    gaps_excused: usize,
    /// What is to be answered, in order, and whether somebody waits for the first.
    under_way: VecDeque<UnderWay>,
    answering: bool,
    end: &'static str,
    /// What the agent understands beyond the protocol's frames.
    features: Vec<String>,
    /// Incidents whose evidence was asked for and did not come yet.
    asked: Vec<IncidentId>,
    /// The last of them, and when.
    last_asked: Option<(IncidentId, Micros)>,
    _place: Place,
}

/// How far a connection has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// `hello` is awaited.
    Fresh,
    /// `hello` is being recorded.
    Greeting,
    /// A stranger, who may join.
    Stranger,
    /// A machine's agent.
    Agent(MachineId),
}

/// One line, and the permit to have it under way.
#[derive(Message)]
#[rtype(result = "()")]
struct Line(BytesMut, Permit);

/// Nothing more will come.
#[derive(Message)]
#[rtype(result = "()")]
struct InputEnded(io::InputEnd);

/// End the connection and say why.
#[derive(Message)]
#[rtype(result = "()")]
pub(super) struct Stop {
    code: &'static str,
    message: &'static str,
}

impl Stop {
    pub(super) fn new(code: &'static str, message: &'static str) -> Self {
        Self { code, message }
    }
}

/// Ask the agent for something that it has offered.
#[derive(Message)]
#[rtype(result = "()")]
pub(super) enum Ask {
    /// What runs on its machine, for this incident.
    Evidence(IncidentId),
    /// That it runs the checks that are its own now.
    Checks,
}

impl Session {
    pub(super) fn new(parts: SessionParts, stream: TlsStream<TcpStream>) -> Self {
        Self {
            shared: parts.shared,
            peer: parts.peer,
            shown: parts.shown,
            stream: Some(stream),
            input: parts.input,
            out: None,
            stage: Stage::Fresh,
            connection: 0,
            epoch: 0,
            offset: Offset::default(),
            acknowledged: 0,
            frames: 0,
            refused: 0,
            gaps_excused: 0,
            under_way: VecDeque::new(),
            answering: false,
            end: "closed",
            features: Vec::new(),
            asked: Vec::new(),
            last_asked: None,
            _place: parts.place,
        }
    }

    /// Puts a frame into the queue to the peer, with the permit of the frame that it answers.
    fn answer(&mut self, frame: &HubFrame, permit: Option<Permit>, ctx: &mut Context<Self>) {
        let Some(out) = &self.out else { return };
        if let Err(error) = out.put(frame, permit.map(Permit::answered)) {
            self.end = if error == Untaken::Full { "stalled" } else { "closed" };
            self.out = None;
            ctx.stop();
        }
    }

    /// Refuses one frame; the connection lives on, unless there are too many of them.
    fn refuse(&mut self, frame: &HubFrame, permit: Option<Permit>, ctx: &mut Context<Self>) {
        self.refused += 1;
        self.shared.refused.fetch_add(1, Ordering::Relaxed);
        if let HubFrame::Error { error } = frame {
            self.shared.meters.refused(&error.code);
        }
        self.answer(frame, permit, ctx);
        if self.refused >= MAX_REFUSED {
            self.fatal("too_many_errors", "Too much was wrong on this connection.", ctx);
        }
    }

    /// Says why, and ends the connection once that is written.
    fn fatal(&mut self, code: &'static str, message: &str, ctx: &mut Context<Self>) {
        self.end = code;
        self.shared.meters.refused(code);
        self.answer(&HubFrame::fatal(code, message), None, ctx);
        // Without its other end the writer writes what is queued and closes.
        self.out = None;
        ctx.stop();
    }
}

impl Actor for Session {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        if let Some(stream) = self.stream.take() {
            self.out = Some(io::start(stream, self.input.clone(), &self.shared, ctx.address()));
            ctx.run_later(UNKNOWN, |session, ctx| {
                if !matches!(session.stage, Stage::Agent(_)) {
                    session.fatal("too_slow", "Whoever is not known as an agent has 30 s.", ctx);
                }
            });
        }
    }

    fn stopped(&mut self, ctx: &mut Self::Context) {
        if let Stage::Agent(machine) = self.stage {
            self.shared.directory.leave(machine, &ctx.address());
        }
        // Whoever took over is connected, so the machine is.
        if self.end != SUPERSEDED {
            self.record_end();
        }
        tracing::debug!(peer = %self.peer, end = self.end, frames = self.frames, refused = self.refused, "closed");
    }
}

impl Handler<Line> for Session {
    type Result = ();

    fn handle(&mut self, Line(line, permit): Line, ctx: &mut Self::Context) {
        if self.out.is_none() {
            return;
        }
        match ClientFrame::parse(&line) {
            Ok(frame) => self.take(frame, permit, ctx),
            Err(error) => {
                let frame = HubFrame::error(error.code, error.message, error.seq);
                self.refuse_in_turn(frame, permit, ctx);
            }
        }
    }
}

impl Handler<InputEnded> for Session {
    type Result = ();

    fn handle(&mut self, InputEnded(end): InputEnded, ctx: &mut Self::Context) {
        if self.out.is_none() {
            return;
        }
        match end {
            io::InputEnd::Closed => {
                self.out = None;
                ctx.stop();
            }
            io::InputEnd::TooLong(error) => {
                self.refused += 1;
                self.shared.refused.fetch_add(1, Ordering::Relaxed);
                self.fatal("line_too_long", &error.to_string(), ctx);
            }
            io::InputEnd::Stalled => {
                self.end = "stalled";
                self.out = None;
                ctx.stop();
            }
            io::InputEnd::Stopping => {
                self.fatal("hub_stopping", "The hub is stopping; connect again later.", ctx);
            }
            io::InputEnd::Idle => self.fatal("idle", "Nothing came for too long.", ctx),
        }
    }
}

impl Handler<Stop> for Session {
    type Result = ();

    fn handle(&mut self, stop: Stop, ctx: &mut Self::Context) {
        self.fatal(stop.code, stop.message, ctx);
    }
}
