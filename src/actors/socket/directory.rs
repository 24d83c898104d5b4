//! Which session speaks for which machine, so that a lost right is lost on an open connection at once.

use super::session::{SUPERSEDED, Session, Stop};
use super::tls::SocketTls;
use crate::views::Tail;
use actix::Addr;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use watchroom_domain::{Event, MachineId, Position};

/// Open sessions by machine: one each.
#[derive(Clone, Default)]
pub struct Directory(Arc<Mutex<HashMap<MachineId, Addr<Session>>>>);

impl Directory {
    /// A session speaks for a machine from now on; the one before is ended.
    pub(super) fn enter(&self, machine: MachineId, session: Addr<Session>) {
        let before = self.lock().insert(machine, session);
        if let Some(before) = before {
            before.do_send(Stop::new(SUPERSEDED, "Another connection of this machine took over."));
        }
    }

    /// A session has ended.
    pub(super) fn leave(&self, machine: MachineId, session: &Addr<Session>) {
        let mut open = self.lock();
        if open.get(&machine) == Some(session) {
            open.remove(&machine);
        }
    }

    fn end(&self, machine: MachineId, code: &'static str, message: &'static str) {
        if let Some(session) = self.lock().remove(&machine) {
            session.do_send(Stop::new(code, message));
        }
    }

    /// Ends all sessions.
    pub fn end_all(&self) {
        for (_, session) in self.lock().drain() {
            session.do_send(Stop::new("hub_stopping", "The hub is stopping; connect again later."));
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<MachineId, Addr<Session>>> {
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
                        self.consider(&event.event);
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

    fn consider(&self, event: &Event) {
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
        self.directory.end(machine, code, message);
    }
}
