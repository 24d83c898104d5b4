//! Answers leave in the order of what they answer: an agent takes a refused frame for the first one
//! that is missing.

use super::io::Permit;
use super::{Session, Stage};
use crate::actors::handle::SubmitError;
use crate::actors::registry::Answer;
use actix::prelude::*;
use std::pin::Pin;
use std::task::{Context as Task, Poll};
use tokio::sync::oneshot;
use watchroom_domain::{By, Command, Envelope, Position};
use watchroom_wire::HubFrame;

type Then = Box<dyn FnOnce(&mut Session, Answer, &mut Context<Session>)>;

/// Something whose answer has its turn behind those before.
pub(super) struct UnderWay {
    coming: Coming,
    then: Then,
}

enum Coming {
    /// The registry will say.
    Later(oneshot::Receiver<Answer>),
    /// It is known already.
    Now(Answer),
}

/// Takes what is under way in order; ends when nothing is.
struct Answering;

impl ActorFuture<Session> for Answering {
    type Output = ();

    fn poll(
        self: Pin<&mut Self>,
        session: &mut Session,
        ctx: &mut Context<Session>,
        task: &mut Task<'_>,
    ) -> Poll<()> {
        while let Some(first) = session.under_way.front_mut() {
            if let Coming::Later(receiver) = &mut first.coming {
                let Poll::Ready(answer) = Pin::new(receiver).poll(task) else { return Poll::Pending };
                // A registry that is gone records nothing.
                first.coming = Coming::Now(answer.unwrap_or(Err(SubmitError::Unavailable)));
            }
            if let Some(UnderWay { coming: Coming::Now(answer), then }) = session.under_way.pop_front() {
                then(session, answer, ctx);
            }
        }
        session.answering = false;
        Poll::Ready(())
    }
}

impl Session {
    /// Hands a command to the registry and goes on here with its answer.
    pub(super) fn ask(
        &mut self,
        envelope: Envelope,
        ctx: &mut Context<Self>,
        then: impl FnOnce(&mut Self, Answer, &mut Context<Self>) + 'static,
    ) {
        let coming = match self.shared.registry.enqueue(envelope) {
            Ok(receiver) => Coming::Later(receiver),
            Err(error) => Coming::Now(Err(error)),
        };
        self.take_turn(UnderWay { coming, then: Box::new(then) }, ctx);
    }

    /// Refuses a frame when what came before it is answered.
    pub(super) fn refuse_in_turn(&mut self, frame: HubFrame, permit: Permit, ctx: &mut Context<Self>) {
        let then: Then = Box::new(move |session, _, ctx| session.refuse(&frame, Some(permit), ctx));
        self.take_turn(UnderWay { coming: Coming::Now(Ok(Vec::new())), then }, ctx);
    }

    fn take_turn(&mut self, under_way: UnderWay, ctx: &mut Context<Self>) {
        self.under_way.push_back(under_way);
        if !std::mem::replace(&mut self.answering, true) {
            ctx.spawn(Answering);
        }
    }

    /// Records that the connection has ended; nobody waits for the answer.
    pub(super) fn record_end(&mut self) {
        let Some(machine) = self.shown.as_ref().map(|(machine, _)| *machine) else { return };
        let registry = self.shared.registry.clone();
        let (reason, frames, refused) = (self.end.to_owned(), self.frames, self.refused);
        let record = move |connection: Position| {
            let command = Command::DisconnectAgent { machine, reason, frames, refused, connection };
            if let Err(error) = registry.enqueue(Envelope::new(By::Hub, command)) {
                tracing::warn!(%machine, %error, "the end of a connection is not recorded");
            }
        };
        match (self.stage, self.under_way.pop_front().map(|first| first.coming)) {
            (Stage::Agent(_), _) => record(self.connection),
            // It ended before the answer to its `hello` was here, but will be recorded as begun.
            (Stage::Greeting, Some(Coming::Later(receiver))) => {
                actix_rt::spawn(async move {
                    if let Ok(Ok(events)) = receiver.await
                        && let Some(connected) = events.last()
                    {
                        record(connected.pos);
                    }
                });
            }
            _ => {}
        }
    }
}
