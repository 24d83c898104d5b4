//! Recorded events become state. Nothing here can refuse.

use super::State;
use crate::access::Thing;
use crate::alert;
use crate::check::CheckFailure;
use crate::event::{Event, body};
use crate::link;
use crate::machine::{JoinToken, Keeper, Machine};
use crate::recorded::RecordedEvent;
use std::mem::{replace, take};

impl State {
    /// Folds in what happened. Events of a later version and of forgotten subjects change nothing
    /// but positions and versions.
    pub fn apply(&mut self, recorded: &RecordedEvent) {
        self.position = recorded.pos;
        if let Some(version) = recorded.version {
            self.versions.insert(recorded.stream.clone(), version);
        }
        if let Some(frame) = recorded.meta.frame {
            self.producers.insert(frame.producer, (frame.epoch, frame.seq));
        }
        self.apply_event(recorded);
    }

    fn apply_event(&mut self, recorded: &RecordedEvent) {
        match &recorded.event {
            Event::SeriesDefined(body::SeriesDefined { def }) => {
                self.series_of.entry(def.machine).or_default().insert(def.key.clone(), def.series);
                self.series.insert(def.series, def.clone());
            }
            Event::MachineRegistered(_)
            | Event::MachineChanged(_)
            | Event::MachineRemoved(_)
            | Event::KeeperSet(_)
            | Event::KeeperCleared(_) => self.apply_machine(recorded),
            Event::JoinTokenIssued(_)
            | Event::AgentEnrolled(_)
            | Event::AgentRenewed(_)
            | Event::AgentRevoked(_)
            | Event::AgentConnected(_)
            | Event::AgentDisconnected(_) => self.apply_agent(recorded),
            Event::RuleAdded(_) | Event::RuleChanged(_) | Event::RuleRemoved(_) => self.apply_rules(recorded),
            Event::AlertPending(_)
            | Event::AlertDropped(_)
            | Event::AlertFired(_)
            | Event::AlertAcknowledged(_)
            | Event::AlertResolved(_)
            | Event::AlertSnoozed(_)
            | Event::AlertHeld(_)
            | Event::AlertReleased(_)
            | Event::AlertEscalated(_)
            | Event::AlertFlapping(_)
            | Event::EvidenceRecorded(_) => self.apply_alert(recorded),
            Event::SilenceBegun(_) | Event::SilenceEnded(_) => self.apply_silence(recorded),
            Event::CheckAdded(_)
            | Event::CheckChanged(_)
            | Event::CheckRemoved(_)
            | Event::CheckFailed(_)
            | Event::CheckRecovered(_)
            | Event::CollectorFailed(_)
            | Event::CollectorRecovered(_) => self.apply_checks(recorded),
            Event::HubTroubled(_) | Event::HubRecovered(_) => self.apply_hub(recorded),
            Event::HubStarted(_)
            | Event::HubAway(_)
            | Event::LogRestored(_)
            | Event::SettingsReloaded(_)
            | Event::Telemetry(_)
            | Event::Unknown { .. } => {}
            Event::Forgotten { kind, .. } => self.apply_forgotten(*kind, recorded.ts_us),
            _ => self.apply_of_people(recorded),
        }
    }

    /// Folds in what is about people, and about telling them.
    fn apply_of_people(&mut self, recorded: &RecordedEvent) {
        match &recorded.event {
            Event::PersonRegistered(_)
            | Event::PasswordChanged(_)
            | Event::PasswordResetIssued(_)
            | Event::RoleChanged(_)
            | Event::PersonSuspended(_)
            | Event::PersonRestored(_) => self.apply_people(recorded),
            Event::SessionOpened(_)
            | Event::SessionClosed(_)
            | Event::SessionMoved(_)
            | Event::TokenMoved(_)
            | Event::ApiTokenIssued(_)
            | Event::ApiTokenRevoked(_) => self.apply_sessions(recorded),
            Event::SecondFactorSet(_) | Event::SecondFactorRemoved(_) => self.apply_second_factors(recorded),
            Event::PortraitSet(_) | Event::PortraitRemoved(_) => self.apply_portraits(recorded),
            Event::PersonForgotten(e) => self.apply_leaving(e.person),
            Event::ProfileChanged(_)
            | Event::MailConfirmed(_)
            | Event::MailKept(_)
            | Event::AccessConfigured(_)
            | Event::Invited(_)
            | Event::InvitationRenewed(_)
            | Event::InvitationWithdrawn(_)
            | Event::InvitationUsed(_)
            | Event::LetterRequested(_)
            | Event::ConfirmationAwaited(_)
            | Event::RegistrationLapsed(_) => self.apply_accounts(recorded),
            Event::OwnerSet(_)
            | Event::Shared(_)
            | Event::Unshared(_)
            | Event::GroupAdded(_)
            | Event::GroupRenamed(_)
            | Event::GroupRemoved(_)
            | Event::GroupJoined(_)
            | Event::GroupLeft(_) => self.access.apply(&recorded.event, recorded.ts_us),
            Event::ChannelConfigured(_)
            | Event::Subscribed(_)
            | Event::SubscriptionChanged(_)
            | Event::SubscriptionDisabled(_)
            | Event::AddressMoved(_)
            | Event::Unsubscribed(_)
            | Event::DeliveryAttempted(_)
            | Event::DeliveryRevived(_)
            | Event::ChannelWentDown(_)
            | Event::ChannelCameBack(_) => self.apply_notices(recorded),
            Event::DestinationLinked(_)
            | Event::DestinationUnlinked(_)
            | Event::LinkCodeIssued(_)
            | Event::PressTaken(_)
            | Event::RightRefused(_) => link::apply(self, &recorded.event),
            Event::WallLinkIssued(_) | Event::WallLinkRevoked(_) => self.apply_walls(recorded),
            _ => {}
        }
    }

    fn apply_rules(&mut self, recorded: &RecordedEvent) {
        match &recorded.event {
            Event::RuleAdded(body::RuleAdded { rule }) | Event::RuleChanged(body::RuleChanged { rule }) => {
                // A change of its name or of who is told leaves what was judged before as it is.
                if self.rules.get(&rule.rule).is_none_or(|before| alert::judged_anew(before, rule)) {
                    self.rule_since.insert(rule.rule, recorded.pos);
                }
                self.rules.insert(rule.rule, rule.clone());
                if matches!(recorded.event, Event::RuleAdded(_)) {
                    self.access.register(Thing::Rule(rule.rule), recorded.meta.by);
                }
            }
            Event::RuleRemoved(e) => {
                self.rules.remove(&e.rule);
                self.access.things.remove(&Thing::Rule(e.rule));
                self.rule_since.remove(&e.rule);
                self.alert_marks.retain(|key, _| key.0 != e.rule);
                self.fires.retain(|key, _| key.0 != e.rule);
            }
            _ => {}
        }
    }

    fn apply_checks(&mut self, recorded: &RecordedEvent) {
        match &recorded.event {
            Event::CheckAdded(body::CheckAdded { check })
            | Event::CheckChanged(body::CheckChanged { check }) => {
                self.checks.insert(check.check, check.clone());
                // What is asked from now on has not failed yet.
                self.check_failures.remove(&check.check);
            }
            Event::CheckRemoved(e) => {
                self.checks.remove(&e.check);
                self.check_failures.remove(&e.check);
            }
            Event::CheckFailed(e) => {
                let failure = CheckFailure { why: e.why.clone(), told_us: recorded.ts_us };
                self.check_failures.insert(e.check, failure);
            }
            Event::CheckRecovered(e) => {
                self.check_failures.remove(&e.check);
            }
            Event::CollectorFailed(e) => {
                self.failing.insert((e.machine, e.collector.clone()));
            }
            Event::CollectorRecovered(e) => {
                self.failing.remove(&(e.machine, e.collector.clone()));
            }
            _ => {}
        }
    }

    fn apply_machine(&mut self, recorded: &RecordedEvent) {
        match &recorded.event {
            Event::MachineRegistered(e) => {
                self.access.register(Thing::Machine(e.machine), recorded.meta.by);
                self.machines.insert(
                    e.machine,
                    Machine {
                        machine: e.machine,
                        details: e.details.clone(),
                        keeper: None,
                        agents: Vec::new(),
                        registered_us: recorded.ts_us,
                        joined_us: None,
                        connected_since_us: None,
                        connection: 0,
                        agent_version: String::new(),
                        features: Vec::new(),
                    },
                );
            }
            Event::MachineChanged(e) => {
                if let Some(machine) = self.machines.get_mut(&e.machine) {
                    machine.details = e.details.clone();
                }
            }
            Event::MachineRemoved(e) => {
                let gone = self.machines.remove(&e.machine).map(|machine| machine.agents);
                self.give_up(gone.unwrap_or_default(), recorded.ts_us);
                self.access.things.remove(&Thing::Machine(e.machine));
                self.tokens.retain(|_, t| t.machine != e.machine);
                self.alert_marks.retain(|key, _| key.1 != e.machine);
                self.failing.retain(|(machine, _)| *machine != e.machine);
                self.fires.retain(|key, _| key.1 != e.machine);
                if let Some(keys) = self.series_of.remove(&e.machine) {
                    keys.values().for_each(|n| self.series.remove(n));
                }
            }
            Event::KeeperSet(e) => {
                if let Some(machine) = self.machines.get_mut(&e.machine) {
                    machine.keeper = Some(Keeper {
                        subject: e.keeper,
                        name: e.name.clone(),
                        phone: e.phone.clone(),
                        mail: e.mail.clone(),
                    });
                }
            }
            Event::KeeperCleared(e) => {
                if let Some(machine) = self.machines.get_mut(&e.machine) {
                    machine.keeper = None;
                }
            }
            _ => {}
        }
    }

    fn apply_agent(&mut self, recorded: &RecordedEvent) {
        match &recorded.event {
            Event::JoinTokenIssued(e) => {
                self.tokens.retain(|_, t| t.machine != e.machine && t.expires_us > recorded.ts_us);
                self.tokens.insert(
                    e.token,
                    JoinToken {
                        token: e.token,
                        machine: e.machine,
                        secret_sha256: e.secret_sha256.clone(),
                        expires_us: e.expires_us,
                        uses_left: e.uses,
                    },
                );
            }
            Event::AgentEnrolled(e) => {
                if let Some(token) = self.tokens.get_mut(&e.token) {
                    token.uses_left = token.uses_left.saturating_sub(1);
                }
                self.tokens.retain(|_, t| t.uses_left > 0);
                if let Some(machine) = self.machines.get_mut(&e.machine) {
                    let gone = replace(&mut machine.agents, vec![e.identity.clone()]);
                    machine.joined_us = Some(recorded.ts_us);
                    self.give_up(gone, recorded.ts_us);
                }
            }
            Event::AgentRenewed(e) => {
                if let Some(machine) = self.machines.get_mut(&e.machine) {
                    // The agent may lose the answer and come back with the key that it had, however often.
                    machine.agents.truncate(1);
                    machine.agents.push(e.identity.clone());
                }
            }
            Event::AgentRevoked(e) => {
                self.tokens.retain(|_, t| t.machine != e.machine);
                if let Some(machine) = self.machines.get_mut(&e.machine) {
                    let gone = take(&mut machine.agents);
                    machine.joined_us = None;
                    self.give_up(gone, recorded.ts_us);
                }
            }
            Event::AgentConnected(e) => {
                if let Some(machine) = self.machines.get_mut(&e.machine) {
                    if machine.agents.last().is_some_and(|a| a.key_sha256 == e.key_sha256) {
                        let before_last = machine.agents.len() - 1;
                        machine.agents.drain(..before_last);
                    }
                    machine.connected_since_us = Some(recorded.ts_us);
                    machine.connection = recorded.pos;
                    machine.agent_version = e.agent_version.clone();
                    machine.features = e.features.clone();
                }
            }
            Event::AgentDisconnected(e) => {
                // The end of a connection may be recorded after the begin of the next one.
                let present = |m: &&mut Machine| e.connection == 0 || e.connection == m.connection;
                if let Some(machine) = self.machines.get_mut(&e.machine).filter(present) {
                    machine.connected_since_us = None;
                    machine.connection = 0;
                }
            }
            _ => {}
        }
    }
}
