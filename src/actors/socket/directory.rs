//! Which session speaks for which machine, so that a lost right is lost on an open connection at once.

use super::session::{Session, Stop};
use super::tls::SocketTls;
use crate::views::{Tail, Views};
use actix::Addr;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use watchroom_domain::{Event, MachineId, Position};

/// Open sessions by machine, one each, with the SHA-256 of the key that each has shown.
#[derive(Clone, Default)]
pub struct Directory(Arc<Mutex<HashMap<MachineId, Entry>>>);

struct Entry {
    key_sha256: String,
    session: Addr<Session>,
}

impl Directory {
    /// A session speaks for a machine from now on; the one before is ended.
    pub(super) fn enter(&self, machine: MachineId, key_sha256: &str, session: Addr<Session>) {
        let entry = Entry { key_sha256: key_sha256.to_owned(), session };
        if let Some(before) = self.lock().insert(machine, entry) {
            let words = "Another connection of this machine took over.";
            before.session.do_send(Stop::new("superseded", words));
        }
    }

    /// A session has ended; whether it was the one that spoke for the machine.
    pub(super) fn leave(&self, machine: MachineId, session: &Addr<Session>) -> bool {
        let mut open = self.lock();
        let current = open.get(&machine).is_some_and(|entry| entry.session == *session);
        if current {
            open.remove(&machine);
        }
        current
    }

    /// Ends the session of a machine unless its key is accepted.
    fn end(&self, machine: MachineId, accepted: impl Fn(&str) -> bool, message: &'static str) {
        if let Some(entry) = self.lock().get(&machine).filter(|entry| !accepted(&entry.key_sha256)) {
            entry.session.do_send(Stop::new("revoked", message));
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<MachineId, Entry>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Follows the log and ends the sessions of machines whose keys are no longer accepted.
pub struct Revoker {
    /// The newest events.
    pub tail: Tail,
    /// What is so; never behind the tail.
    pub views: Views,
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
        let (machine, message) = match event {
            Event::AgentRevoked(e) => (e.machine, "This agent's key was revoked; join with a new token."),
            Event::MachineRemoved(e) => (e.machine, "This machine was removed from the hub."),
            Event::AgentEnrolled(e) => (e.machine, "Another agent joined as this machine."),
            _ => return,
        };
        if let Err(error) = self.tls.renew() {
            tracing::error!(%error, "TLS sessions cannot be forgotten");
        }
        // By the time that this is read, the agent that has joined may be connected with its new key.
        let accepted =
            |key: &str| self.views.with(|s| s.machines.get(&machine).is_some_and(|m| m.accepts_key(key)));
        self.directory.end(machine, accepted, message);
    }
}
