//! What an agent may say, and what it is answered.

use super::io::{Permit, UNDER_WAY};
use super::{SUPERSEDED, Session, Stage, TOOK_OVER};
use crate::actors::handle::SubmitError;
use crate::actors::registry::Answer;
use crate::fresh;
use actix::prelude::*;
use watchroom_domain::{
    AgentIdentity, By, Command, Envelope, Event, Frame, Machine, MachineId, Micros, Refusal, SECOND_US,
};
use watchroom_wire::{
    AckFrame, ClientFrame, Hello, HubFrame, Join, JoinTokenText, Joined, MAX_LINE, Renew, Samples, Welcome,
    feature, negotiate,
};

/// Samples older than this wake nobody: they are backfilled.
const LATE_US: Micros = 30 * SECOND_US;

/// What an agent is told whose key is not accepted.
const REVOKED: &str = "This agent's key is not accepted; join again with a new token.";

impl Session {
    pub(super) fn take(&mut self, frame: ClientFrame, permit: Permit, ctx: &mut Context<Self>) {
        match (self.stage, frame) {
            (_, ClientFrame::Ping {}) => {
                let now_us = self.shared.clock.now_us();
                self.answer(&HubFrame::Pong { now_us }, Some(permit), ctx);
            }
            (Stage::Fresh, ClientFrame::Hello(hello)) => self.hello(hello, permit, ctx),
            (Stage::Agent(machine), ClientFrame::Samples(samples)) => {
                self.samples(machine, samples, permit, ctx)
            }
            (Stage::Agent(machine), ClientFrame::Evidence(evidence)) => {
                self.evidence(machine, evidence, permit, ctx)
            }
            (Stage::Agent(machine), ClientFrame::Renew(renew)) => self.renew(machine, &renew, permit, ctx),
            (Stage::Stranger, ClientFrame::Join(join)) => self.join(&join, permit, ctx),
            (Stage::Fresh, _) => {
                let message = "The first frame must be \"hello\".";
                self.refuse(&HubFrame::error("hello_expected", message, None), Some(permit), ctx);
            }
            (Stage::Stranger, ClientFrame::Samples(s)) => {
                let message = "This connection has no certificate; join first.";
                self.refuse_in_turn(HubFrame::error("not_enrolled", message, Some(s.seq)), permit, ctx);
            }
            (_, _) => {
                let message = "This frame is not allowed at this point of the connection.";
                self.refuse_in_turn(HubFrame::error("not_now", message, None), permit, ctx);
            }
        }
    }

    fn hello(&mut self, hello: Hello, permit: Permit, ctx: &mut Context<Self>) {
        let Some(version) = negotiate(hello.min, hello.max) else {
            let message = "This hub speaks protocol version 1; update the older side.";
            return self.fatal("unsupported_version", message, ctx);
        };
        if i64::try_from(hello.epoch).is_err() {
            let message = "\"epoch\" is at most 9223372036854775807.";
            return self.refuse_in_turn(HubFrame::error("bad_field", message, None), permit, ctx);
        }
        self.offset.note(self.shared.clock.now_us(), hello.sent_us);
        self.epoch = hello.epoch;
        let Some((machine, key_sha256)) = self.shown.clone() else {
            self.stage = Stage::Stranger;
            return self.welcome(version, None, permit, ctx);
        };
        self.stage = Stage::Greeting;
        let command = Command::ConnectAgent {
            machine,
            key_sha256: key_sha256.as_ref().to_owned(),
            agent_version: hello.agent,
            protocol: version,
            features: hello.features.clone(),
        };
        self.features = hello.features;
        self.ask(self.of_agent(machine, command), ctx, move |session, answer, ctx| match answer {
            Ok(events) => {
                session.stage = Stage::Agent(machine);
                session.connection = events.last().map_or(0, |e| e.pos);
                if !session.shared.directory.enter(machine, session.connection, ctx.address()) {
                    return session.fatal(SUPERSEDED, TOOK_OVER, ctx);
                }
                // Who ends sessions may have passed by before this one was there to be found.
                let accepts = |m: &Machine| m.accepts_key(&key_sha256);
                if !session.shared.views.with(|s| s.machines.get(&machine).is_some_and(accepts)) {
                    return session.fatal("revoked", REVOKED, ctx);
                }
                session.welcome(version, Some(machine), permit, ctx);
                session.assign(machine, ctx);
            }
            Err(SubmitError::Refused(r)) => {
                let (code, message) = unaccepted(&r).unwrap_or(("revoked", REVOKED));
                session.fatal(code, message, ctx);
            }
            _ => session.fatal("unavailable", "The hub cannot record anything at the moment.", ctx),
        });
    }

    fn welcome(&mut self, version: u16, machine: Option<MachineId>, permit: Permit, ctx: &mut Context<Self>) {
        let known = machine.and_then(|m| self.shared.views.with(|s| s.producers.get(&m.0).copied()));
        let (epoch, last) = known.unwrap_or((0, 0));
        if epoch > self.epoch {
            return self.fatal("stale_epoch", "A later epoch has begun; begin one that is later still.", ctx);
        }
        self.acknowledged = if epoch == self.epoch { last } else { 0 };
        let welcome = Welcome {
            version,
            machine: machine.map(|m| m.to_string()),
            last_seq: self.acknowledged,
            now_us: self.shared.clock.now_us(),
            max_line: MAX_LINE,
            features: vec![feature::EVIDENCE.to_owned(), feature::CHECKS.to_owned()],
        };
        self.answer(&HubFrame::Welcome(welcome), Some(permit), ctx);
    }

    fn samples(&mut self, machine: MachineId, samples: Samples, permit: Permit, ctx: &mut Context<Self>) {
        let now_us = self.shared.clock.now_us();
        let offset_us = self.offset.note(now_us, samples.sent_us);
        let (seq, sent_us, dropped) = (samples.seq, samples.sent_us, samples.dropped);
        let (check, why) = (samples.check.clone(), samples.why.clone());
        let items = samples.into_items();
        let newest = items.iter().map(|(_, at, _)| at.saturating_add(offset_us)).max().unwrap_or(now_us);
        // How old they were when they were sent, and how long this took beyond what is usual.
        let late = newest < now_us.saturating_sub(LATE_US);
        let frame = Frame { producer: machine.0, epoch: self.epoch, seq, sent_us, offset_us, late, dropped };
        let command = match check.map(|id| id.parse()) {
            None => Command::RecordSamples { machine, frame, samples: items },
            Some(Ok(check)) => Command::RecordCheck { check, frame: Some(frame), samples: items, why },
            Some(Err(_)) => {
                let message = "\"check\" must be the identifier of a check.";
                return self.refuse_in_turn(HubFrame::error("bad_field", message, Some(seq)), permit, ctx);
            }
        };
        self.ask(self.of_agent(machine, command), ctx, move |session, answer, ctx| match answer {
            Ok(_) => {
                session.frames += 1;
                session.acknowledged = session.acknowledged.max(seq);
                let ack = HubFrame::Ack(AckFrame { seq: session.acknowledged });
                session.answer(&ack, Some(permit), ctx);
            }
            other => session.refuse_answer(other, Some(seq), permit, ctx),
        });
    }

    fn join(&mut self, join: &Join, permit: Permit, ctx: &mut Context<Self>) {
        let token = match join.token.parse::<JoinTokenText>() {
            Ok(token) => token,
            Err(error) => {
                let frame = HubFrame::error("token_unknown", error.to_string(), None);
                return self.refuse_in_turn(frame, permit, ctx);
            }
        };
        // A token that nobody knows still gets the registry's answer, so that there is one place that refuses.
        let machine = self.shared.views.with(|s| s.tokens.get(&token.token).map(|t| t.machine));
        let machine = machine.unwrap_or_else(|| MachineId(fresh::id(0)));
        let Some((certificate, identity)) = self.sign(&join.csr, machine) else {
            return self.refuse_in_turn(bad_request(), permit, ctx);
        };
        let joined = self.joined(machine, certificate, identity.not_after_us);
        let command =
            Command::Join { token: token.token, secret_sha256: fresh::fingerprint(&token.secret), identity };
        self.ask(Envelope::new(By::Stranger, command), ctx, move |session, answer, ctx| match answer {
            Ok(events) if events.iter().any(|e| enrolled_as(&e.event, machine)) => {
                session.answer(&HubFrame::Joined(joined), Some(permit), ctx);
            }
            other => session.refuse_answer(other, None, permit, ctx),
        });
    }

    fn renew(&mut self, machine: MachineId, renew: &Renew, permit: Permit, ctx: &mut Context<Self>) {
        let Some((certificate, identity)) = self.sign(&renew.csr, machine) else {
            return self.refuse_in_turn(bad_request(), permit, ctx);
        };
        let joined = self.joined(machine, certificate, identity.not_after_us);
        let command = Command::RenewAgent { machine, identity };
        self.ask(self.of_agent(machine, command), ctx, move |session, answer, ctx| match answer {
            Ok(_) => session.answer(&HubFrame::Renewed(joined), Some(permit), ctx),
            other => session.refuse_answer(other, None, permit, ctx),
        });
    }

    fn sign(&self, csr: &str, machine: MachineId) -> Option<(String, AgentIdentity)> {
        self.shared.authority.agent(csr, machine, self.shared.clock.now_us()).ok()
    }

    fn joined(&self, machine: MachineId, certificate: String, not_after_us: Micros) -> Joined {
        Joined {
            machine: machine.to_string(),
            certificate,
            ca: self.shared.authority.pem().to_owned(),
            not_after_us,
        }
    }

    /// A command in the name of this connection's machine, with the key that was shown.
    pub(super) fn of_agent(&self, machine: MachineId, command: Command) -> Envelope {
        let key_sha256 = self.shown.as_ref().map(|(_, key)| key.clone());
        Envelope { key_sha256, ..Envelope::new(By::Agent(machine), command) }
    }

    pub(super) fn refuse_answer(
        &mut self,
        answer: Answer,
        seq: Option<u64>,
        permit: Permit,
        ctx: &mut Context<Self>,
    ) {
        let (code, message) = match answer {
            Err(SubmitError::Refused(r)) => match unaccepted(&r) {
                Some((code, message)) => return self.fatal(code, message, ctx),
                None => (r.code, r.message),
            },
            Err(SubmitError::Busy) => ("busy", "Too much waits; send this frame again.".to_owned()),
            _ => ("unavailable", "Nothing was recorded; send this frame again.".to_owned()),
        };
        let frame = HubFrame::error(code, message, seq);
        // What the hub could not take is not the agent's fault, nor are the gaps behind it.
        match code {
            "busy" | "unavailable" => self.gaps_excused = UNDER_WAY,
            "sequence_gap" if self.gaps_excused > 0 => self.gaps_excused -= 1,
            _ => return self.refuse(&frame, Some(permit), ctx),
        }
        self.answer(&frame, Some(permit), ctx);
    }
}

/// Code and message, when the refusal says that this connection speaks for nobody any more.
fn unaccepted(refusal: &Refusal) -> Option<(&'static str, &str)> {
    match refusal.code {
        "forbidden" => Some(("revoked", REVOKED)),
        "revoked" | "certificate_expired" => Some((refusal.code, &refusal.message)),
        _ => None,
    }
}

fn bad_request() -> HubFrame {
    HubFrame::error("bad_field", "\"csr\" must be a certificate signing request in PEM.", None)
}

fn enrolled_as(event: &Event, machine: MachineId) -> bool {
    matches!(event, Event::AgentEnrolled(e) if e.machine == machine)
}
