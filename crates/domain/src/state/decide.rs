//! Commands become events, or are refused.

use super::{State, samples};
use crate::alert::{self, ResolveReason};
use crate::command::{By, Command, Envelope};
use crate::defaults::{default_rules, hub_view};
use crate::error::Refusal;
use crate::event::{Event, body};
use crate::ids::*;
use crate::link;
use crate::machine::AgentIdentity;
use crate::policy::may;
use crate::rule::Rule;
use crate::time::Micros;

pub(super) type Decided = Result<Vec<Event>, Refusal>;

/// Why a connection is over that the hub found when it started.
pub const HUB_STOPPED: &str = "hub_stopped";

/// Most machines, rules and subscriptions of one hub.
pub(super) const MOST: usize = 20_000;

impl State {
    /// Decides a command: the events that are to be recorded, possibly none, or why not.
    ///
    /// # Errors
    /// A [`Refusal`] that says what is wrong; nothing is to be recorded then.
    pub fn decide(&self, envelope: &Envelope, now: Micros) -> Decided {
        let who = self.asker(envelope, now);
        if !may(&who, envelope.command.action()) {
            return Err(Refusal::forbidden());
        }
        self.check_things(&who, &envelope.command)?;
        self.check_key(envelope, now)?;
        let mut events = self.decide_hub(envelope, now)?;
        let following = alert::follow(self, &events, now);
        events.extend(following);
        let lost = self.rules_lost(&events, now);
        events.extend(lost);
        let events = self.with_origin(envelope, events);
        // There is no key left that such an event could be recorded under.
        let gone = |event: &Event| event.subject().is_some_and(|subject| self.forgotten.contains(&subject));
        if events.iter().any(gone) {
            return Err(Refusal::not_found("person"));
        }
        Ok(events)
    }

    fn decide_hub(&self, envelope: &Envelope, now: Micros) -> Decided {
        match &envelope.command {
            Command::StartHub { node, program } => Ok(self.start_hub(node, program)),
            Command::NoteAbsence { from_us, to_us } => {
                Ok(vec![body::HubAway { from_us: *from_us, to_us: *to_us }.into()])
            }
            Command::NoteReload { applied, waiting } => {
                let (applied, waiting) = (applied.clone(), waiting.clone());
                Ok(vec![body::SettingsReloaded { applied, waiting }.into()])
            }
            Command::ReportHub { part, trouble } => Ok(self.report_hub(*part, *trouble, now)),
            Command::RecordSamples { machine, frame, samples } => {
                samples::record(self, now, *machine, frame, samples)
            }
            Command::AddRule { rule } => self.add_rule(envelope.by, rule, now),
            Command::ChangeRule { rule } => self.change_rule(envelope.by, rule, now),
            Command::RemoveRule { rule } => self.remove_rule(*rule, now),
            Command::Alert(command) => Ok(alert::decide(self, command)),
            Command::AddCheck { .. }
            | Command::ChangeCheck { .. }
            | Command::RemoveCheck { .. }
            | Command::RecordCheck { .. } => self.decide_check(&envelope.command, now),
            Command::RecordEvidence { machine, incident, processes } => {
                self.evidence(*machine, *incident, processes, now)
            }
            Command::IssueLinkCode { channel, code } => {
                link::issue_code(self, envelope.by, channel, code, now)
            }
            Command::LinkDestination { .. } => link::link(self, &envelope.command, now),
            Command::UnlinkDestination { subscription } => link::unlink(self, envelope, *subscription),
            Command::Press { .. } => link::press(self, envelope, now),
            Command::Acknowledge { .. }
            | Command::Snooze { .. }
            | Command::BeginSilence { .. }
            | Command::EndSilence { .. } => self.act_on_alerts(envelope, now),
            Command::SetOwner { .. }
            | Command::Share { .. }
            | Command::Unshare { .. }
            | Command::AddGroup { .. }
            | Command::RenameGroup { .. }
            | Command::RemoveGroup { .. }
            | Command::JoinGroup { .. }
            | Command::LeaveGroup { .. } => self.decide_access(&envelope.command),
            _ => self.decide_machines(envelope, now),
        }
    }

    fn decide_machines(&self, envelope: &Envelope, now: Micros) -> Decided {
        match &envelope.command {
            Command::RegisterMachine { machine, details, keeper } => {
                self.register(&self.asker(envelope, now), *machine, details, keeper)
            }
            Command::ChangeMachine { machine, details, keeper } => {
                self.change(&self.asker(envelope, now), *machine, details, keeper, now)
            }
            Command::RemoveMachine { machine } => self.remove(*machine, now),
            Command::IssueJoinToken { token, machine, secret_sha256, expires_us, uses } => {
                self.issue_token(*token, *machine, secret_sha256, *expires_us, *uses)
            }
            Command::Join { token, secret_sha256, identity } => {
                self.join(*token, secret_sha256, identity, now)
            }
            Command::RenewAgent { machine, identity } => self.with_machine(*machine, || {
                vec![body::AgentRenewed { machine: *machine, identity: identity.clone() }.into()]
            }),
            Command::RevokeAgent { machine } => self.with_machine(*machine, || {
                let ended = |i: &alert::Incident| i.machine == *machine;
                let mut events = alert::end_all(self, now, ResolveReason::AgentRevoked, ended);
                events.push(body::AgentRevoked { machine: *machine }.into());
                events
            }),
            Command::ConnectAgent { machine, key_sha256, agent_version, protocol, features } => {
                self.connect(*machine, key_sha256, agent_version, *protocol, features)
            }
            Command::DisconnectAgent { machine, reason, frames, refused, connection } => {
                self.with_machine(*machine, || {
                    let (machine, reason, connection) = (*machine, reason.clone(), *connection);
                    let (frames, refused) = (*frames, *refused);
                    vec![body::AgentDisconnected { machine, reason, frames, refused, connection }.into()]
                })
            }
            Command::IssueWallLink { .. } | Command::RevokeWallLink { .. } => {
                self.decide_walls(&envelope.command, now)
            }
            other => self.decide_people(envelope.by, other, now),
        }
    }

    fn act_on_alerts(&self, envelope: &Envelope, now: Micros) -> Decided {
        let person = match envelope.by {
            By::Person(person) => Some(person),
            _ => None,
        };
        match (&envelope.command, person) {
            (Command::Acknowledge { incident }, Some(person)) => alert::acknowledge(self, *incident, person),
            (Command::Snooze { incident, until_us }, Some(person)) => {
                alert::snooze(self, *incident, *until_us, person, now)
            }
            (Command::BeginSilence { silence, scope, rule, until_us, reason }, by) => {
                alert::begin_silence(self, (*silence, scope, *rule), *until_us, reason, by, now)
            }
            (Command::EndSilence { silence }, by) => alert::end_silence(self, *silence, by, now),
            _ => Err(Refusal::forbidden()),
        }
    }

    fn start_hub(&self, node: &str, program: &str) -> Vec<Event> {
        let mut events: Vec<Event> =
            vec![body::HubStarted { node: node.to_owned(), program: program.to_owned() }.into()];
        if self.position == 0 {
            events.extend(default_rules().into_iter().map(|rule| body::RuleAdded { rule }.into()));
        } else if !self.rules.contains_key(&Rule::HUB_VIEW) {
            events.push(body::RuleAdded { rule: hub_view() }.into());
        }
        // No connection outlives the hub that held it.
        events.extend(self.machines.values().filter(|m| m.connected_since_us.is_some()).map(|m| {
            let (machine, reason, connection) = (m.machine, HUB_STOPPED.to_owned(), m.connection);
            body::AgentDisconnected { machine, reason, frames: 0, refused: 0, connection }.into()
        }));
        events
    }

    pub(super) fn with_machine(&self, machine: MachineId, events: impl FnOnce() -> Vec<Event>) -> Decided {
        if self.machines.contains_key(&machine) { Ok(events()) } else { Err(Refusal::not_found("machine")) }
    }

    fn issue_token(
        &self,
        token: TokenId,
        machine: MachineId,
        secret: &str,
        expires_us: Micros,
        uses: u32,
    ) -> Decided {
        if !(1..=100).contains(&uses) {
            return Err(Refusal::field("bad_uses", "uses", "From 1 to 100 uses."));
        }
        let secret_sha256 = secret.to_owned();
        self.with_machine(machine, || {
            vec![body::JoinTokenIssued { token, machine, secret_sha256, expires_us, uses }.into()]
        })
    }

    fn join(&self, token: TokenId, secret: &str, identity: &AgentIdentity, now: Micros) -> Decided {
        let valid = self.tokens.get(&token).filter(|t| t.secret_sha256 == secret && t.uses_left > 0);
        match valid {
            Some(t) if t.expires_us > now => {
                Ok(vec![body::AgentEnrolled { machine: t.machine, token, identity: identity.clone() }.into()])
            }
            Some(_) => Err(Refusal::new("token_expired", "This join token has expired; ask for a new one.")),
            None => Err(Refusal::new(
                "token_unknown",
                "This join token is unknown or used up; ask an administrator for a new one.",
            )),
        }
    }
}
