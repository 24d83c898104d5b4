//! Which session speaks for which machine, so that a lost right is lost on an open connection at once.

use super::session::{Ask, SUPERSEDED, Session, Stop, TOOK_OVER};
use super::tls::SocketTls;
use crate::views::Tail;
use actix::Addr;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use watchroom_domain::{Event, MachineId, Position};

/// Open sessions by machine: one each.
#[derive(Clone, Default)]
pub struct Directory(Arc<Mutex<Open>>);

/// With the position at which each connection was recorded: the later one stays, and what happened
/// before it does not end it.
type Open = HashMap<MachineId, (Position, Addr<Session>)>;

impl Directory {
    /// A session speaks for a machine from now on; the one before is ended. `false` when a later
    /// connection is there already.
    pub(super) fn enter(&self, machine: MachineId, connection: Position, session: Addr<Session>) -> bool {
        let mut open = self.lock();
        if open.get(&machine).is_some_and(|(present, _)| *present > connection) {
            return false;
        }
        let before = open.insert(machine, (connection, session));
        drop(open);
        if let Some((_, before)) = before {
            before.do_send(Stop::new(SUPERSEDED, TOOK_OVER));
        }
        true
    }

    /// A session has ended.
    pub(super) fn leave(&self, machine: MachineId, session: &Addr<Session>) {
        let mut open = self.lock();
        if open.get(&machine).is_some_and(|(_, present)| present == session) {
            open.remove(&machine);
        }
    }

    /// Ends the session of a machine that was connected before this position.
    fn end(&self, machine: MachineId, at: Position, code: &'static str, message: &'static str) {
        let mut open = self.lock();
        if open.get(&machine).is_some_and(|(connection, _)| *connection < at)
            && let Some((_, session)) = open.remove(&machine)
        {
            session.do_send(Stop::new(code, message));
        }
    }

    /// Has the session of a machine, if there is one, ask its agent. One whose mailbox is full is not asked:
    /// it has enough to do.
    pub(super) fn ask(&self, machine: MachineId, ask: Ask) {
        let session = self.lock().get(&machine).map(|(_, session)| session.clone());
        if let Some(session) = session
            && session.try_send(ask).is_err()
        {
            tracing::debug!(%machine, "an agent is not asked: its session is busy");
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Open> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Follows the log and ends the sessions of machines whose keys are no longer accepted.
pub struct Revoker {
    /// The newest events.
    pub tail: Tail,
    /// Open sessions.
    pub directory: Directory,
    /// TLS whose resumable sessions are to be forgotten.
    pub tls: Arc<SocketTls>,
}

impl Revoker {
    /// Runs until the tail's other end is gone.
    pub async fn run(self, mut after: Position) {
        const PAGE: usize = 1_000;
        let mut head = self.tail.head();
        loop {
            match self.tail.read(after, PAGE).await {
                Ok(events) => {
                    for event in &events {
                        self.consider(event.pos, &event.event);
                        after = event.pos;
                    }
                    if events.len() == PAGE {
                        continue;
                    }
                }
                Err(error) => tracing::error!(%error, "cannot follow revocations"),
            }
            if head.changed().await.is_err() {
                return;
            }
        }
    }

    fn consider(&self, at: Position, event: &Event) {
        let (machine, code, message) = match event {
            Event::AgentRevoked(e) => {
                (e.machine, "revoked", "This agent's key was revoked; join with a new token.")
            }
            Event::MachineRemoved(e) => (e.machine, "revoked", "This machine was removed from the hub."),
            Event::AgentEnrolled(e) => (e.machine, "revoked", "Another agent joined as this machine."),
            _ => return,
        };
        if let Err(error) = self.tls.renew() {
            tracing::error!(%error, "TLS sessions cannot be forgotten");
        }
        self.directory.end(machine, at, code, message);
    }
}
