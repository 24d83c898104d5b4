//! Who speaks for a machine: a key that is accepted at the very moment at which a command is decided.

use super::State;
use super::decide::Decided;
use crate::command::{By, Envelope};
use crate::error::Refusal;
use crate::event::body;
use crate::ids::MachineId;
use crate::machine::{AgentIdentity, GivenUp};
use crate::telemetry::valid_metric;
use crate::time::Micros;

impl State {
    /// Refuses what an agent asks whose key is no longer accepted, or whose certificate is over:
    /// neither ends the connection by itself, and a resumed TLS session looks at no certificate.
    pub(super) fn check_key(&self, envelope: &Envelope, now: Micros) -> Result<(), Refusal> {
        let By::Agent(machine) = envelope.by else { return Ok(()) };
        let key = envelope.key_sha256.as_deref().unwrap_or_default();
        let ends_us = self.machines.get(&machine).and_then(|m| m.key_ends_us(key));
        match ends_us {
            Some(ends_us) if ends_us > now => Ok(()),
            Some(_) => Err(Refusal::new(
                "certificate_expired",
                "This agent's certificate is over; join again with a new token.",
            )),
            None => Err(revoked()),
        }
    }

    /// Remembers certificates that were revoked, until they are over. One that was renewed is none of them.
    pub(super) fn give_up(&mut self, gone: Vec<AgentIdentity>, now: Micros) {
        self.given_up.retain(|_, one| one.not_after_us > now);
        let ends = |one: AgentIdentity| (one.serial, one.not_after_us);
        for (serial, not_after_us) in gone.into_iter().map(ends).filter(|(_, ends_us)| *ends_us > now) {
            self.given_up.insert(serial, GivenUp { since_us: now, not_after_us });
        }
    }

    pub(super) fn connect(
        &self,
        machine: MachineId,
        key: &str,
        agent_version: &str,
        protocol: u16,
        features: &[String],
    ) -> Decided {
        match self.machines.get(&machine) {
            Some(m) if m.accepts_key(key) => Ok(vec![
                body::AgentConnected {
                    machine,
                    key_sha256: key.to_owned(),
                    agent_version: agent_version.chars().filter(|c| !c.is_control()).take(64).collect(),
                    protocol,
                    features: known_words(features),
                }
                .into(),
            ]),
            _ => Err(revoked()),
        }
    }
}

/// What can be the name of a feature, and no more of them than there will ever be.
fn known_words(features: &[String]) -> Vec<String> {
    let plausible = |f: &&String| f.len() <= 32 && valid_metric(f);
    features.iter().filter(plausible).take(16).cloned().collect()
}

fn revoked() -> Refusal {
    Refusal::new("revoked", "This agent's key is not accepted; join again with a new token.")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::Command;
    use crate::event::Event;
    use crate::ids::{EventId, SubjectId, TokenId};
    use crate::machine::{AgentIdentity, Keeper, MachineDetails};
    use crate::recorded::{Frame, Meta, Position, RecordedEvent};
    use crate::telemetry::{Labels, SeriesKey};
    use std::sync::Arc;

    /// When the certificates of these tests end.
    const END: Micros = 1_000;
    /// Any time before.
    const NOW: Micros = 10;

    fn machine() -> MachineId {
        MachineId::derived(&["node-01"])
    }

    fn identity(key: &str) -> AgentIdentity {
        AgentIdentity { serial: "1".into(), key_sha256: key.into(), not_after_us: END }
    }

    /// Records what comes of a command; the code of the refusal otherwise.
    fn tell(state: &mut State, envelope: Envelope, now: Micros) -> Result<(), &'static str> {
        for event in state.decide(&envelope, now).map_err(|r| r.code)? {
            let pos = state.position + 1;
            let (id, stream) = (EventId(uuid::Uuid::nil()), event.stream());
            let version = Some(state.version_of(&stream) + 1);
            let frame = match (&envelope.command, &event) {
                (Command::RecordSamples { frame, .. }, Event::Telemetry(_)) => Some(*frame),
                _ => None,
            };
            let meta = Meta { frame, ..Meta::by(envelope.by) };
            state.apply(&RecordedEvent { pos, id, stream, version, ts_us: now, meta, event });
        }
        Ok(())
    }

    fn as_agent(state: &mut State, key: &str, command: Command, now: Micros) -> Result<(), &'static str> {
        tell(state, Envelope::of_agent(machine(), Arc::from(key), command), now)
    }

    fn connect(state: &mut State, key: &str) -> Result<(), &'static str> {
        as_agent(state, key, connecting(key), NOW)
    }

    fn connecting(key: &str) -> Command {
        Command::ConnectAgent {
            machine: machine(),
            key_sha256: key.into(),
            agent_version: "test/1".into(),
            protocol: 1,
            features: Vec::new(),
        }
    }

    fn renewing(to: &str) -> Command {
        Command::RenewAgent { machine: machine(), identity: identity(to) }
    }

    fn sample(seq: u64) -> Command {
        let key = SeriesKey { metric: "cpu_percent".into(), labels: Labels::new() };
        let frame = Frame {
            producer: machine().0,
            epoch: 1,
            seq,
            sent_us: NOW,
            offset_us: 0,
            late: false,
            dropped: 0,
        };
        Command::RecordSamples { machine: machine(), frame, samples: vec![(key, NOW, 1.0)] }
    }

    /// A machine whose agent has joined with the key `first`.
    fn joined() -> State {
        let mut state = State::default();
        let details = MachineDetails { name: "node-01".into(), ..Default::default() };
        let keeper = Keeper {
            subject: SubjectId::derived(&["nobody"]),
            name: String::new(),
            phone: String::new(),
            mail: String::new(),
        };
        let token = TokenId::derived(&["token"]);
        let (machine, secret_sha256) = (machine(), "secret".to_owned());
        for command in [
            Command::RegisterMachine { machine, details, keeper },
            Command::IssueJoinToken {
                token,
                machine,
                secret_sha256: secret_sha256.clone(),
                expires_us: END,
                uses: 1,
            },
        ] {
            tell(&mut state, Envelope::new(By::Hub, command), NOW).unwrap();
        }
        let join = Command::Join { token, secret_sha256, identity: identity("first") };
        tell(&mut state, Envelope::new(By::Stranger, join), NOW).unwrap();
        state
    }

    #[test]
    fn a_replaced_key_does_nothing_more_on_the_connection_that_it_still_has() {
        let mut state = joined();
        connect(&mut state, "first").unwrap();
        as_agent(&mut state, "first", renewing("second"), NOW).unwrap();
        as_agent(&mut state, "first", sample(1), NOW).unwrap();
        connect(&mut state, "second").unwrap();
        assert_eq!(as_agent(&mut state, "first", renewing("third"), NOW), Err("revoked"));
        assert_eq!(as_agent(&mut state, "first", sample(2), NOW), Err("revoked"));
        assert_eq!(connect(&mut state, "third"), Err("revoked"));
        connect(&mut state, "second").unwrap();
        as_agent(&mut state, "second", sample(2), NOW).unwrap();
    }

    #[test]
    fn an_agent_that_shows_no_key_may_do_nothing() {
        let mut state = joined();
        let envelope = Envelope::new(By::Agent(machine()), sample(1));
        assert_eq!(tell(&mut state, envelope, NOW), Err("revoked"));
    }

    #[test]
    fn a_certificate_that_is_over_opens_and_brings_nothing() {
        let mut state = joined();
        for (command, now, expected) in [
            (connecting("first"), END - 1, Ok(())),
            (connecting("first"), END, Err("certificate_expired")),
            (sample(1), END, Err("certificate_expired")),
            (renewing("second"), END, Err("certificate_expired")),
        ] {
            assert_eq!(as_agent(&mut state, "first", command, now), expected);
        }
    }

    #[test]
    fn a_key_that_was_certified_anew_lasts_as_long_as_the_later_certificate() {
        let mut state = joined();
        let identity = AgentIdentity { not_after_us: 2 * END, ..identity("first") };
        let renew = Command::RenewAgent { machine: machine(), identity };
        as_agent(&mut state, "first", renew, NOW).unwrap();
        as_agent(&mut state, "first", connecting("first"), END).unwrap();
        assert!(matches!(state.machines[&machine()].agents.as_slice(), [one] if one.not_after_us == 2 * END));
    }

    /// What is recorded when a connection ends.
    fn end(state: &mut State, connection: Position) {
        let (machine, reason) = (machine(), "closed".to_owned());
        let command = Command::DisconnectAgent { machine, reason, frames: 1, refused: 0, connection };
        tell(state, Envelope::new(By::Hub, command), NOW).unwrap();
    }

    #[test]
    fn the_end_of_a_connection_is_not_that_of_its_successor() {
        let mut state = joined();
        connect(&mut state, "first").unwrap();
        let before = state.position;
        connect(&mut state, "first").unwrap();
        let present = state.position;
        end(&mut state, before);
        assert_eq!(state.machines[&machine()].connected_since_us, Some(NOW));
        end(&mut state, present);
        let machine = &state.machines[&machine()];
        assert_eq!((machine.connected_since_us, machine.connection), (None, 0));
    }

    #[test]
    fn an_end_that_names_no_connection_is_that_of_the_present_one() {
        let mut state = joined();
        connect(&mut state, "first").unwrap();
        end(&mut state, 0);
        assert_eq!(state.machines[&machine()].connected_since_us, None);
    }

    #[test]
    fn a_hub_that_starts_ends_the_connections_that_it_finds() {
        let mut state = joined();
        connect(&mut state, "first").unwrap();
        let start = Command::StartHub { node: "hub".into(), program: "test/1".into() };
        tell(&mut state, Envelope::new(By::Hub, start), NOW).unwrap();
        assert_eq!(state.machines[&machine()].connected_since_us, None);
    }

    #[test]
    fn the_key_is_asked_for_every_command_of_an_agent_and_for_no_other() {
        let mut state = joined();
        tell(&mut state, Envelope::new(By::Hub, sample(1)), END).unwrap();
        let events = state.decide(&Envelope::new(By::Hub, Command::RevokeAgent { machine: machine() }), END);
        assert!(events.unwrap().iter().any(|e| matches!(e, Event::AgentRevoked(_))));
    }
}
