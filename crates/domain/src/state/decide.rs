//! Commands become events, or are refused.

use super::{State, samples};
use crate::alert::{self, ResolveReason};
use crate::command::{By, Command, Envelope};
use crate::error::Refusal;
use crate::event::{Event, body};
use crate::ids::*;
use crate::machine::{AgentIdentity, Keeper, Machine, MachineDetails, plausible_mail};
use crate::people::{Role, checked_display_name, checked_login, checked_mail};
use crate::policy::may;
use crate::rule::{Rule, default_rules};
use crate::time::Micros;

pub(super) type Decided = Result<Vec<Event>, Refusal>;

/// Most machines, rules and subscriptions of one hub.
const MOST: usize = 20_000;

impl State {
    /// Decides a command: the events that are to be recorded, possibly none, or why not.
    ///
    /// # Errors
    /// A [`Refusal`] that says what is wrong; nothing is to be recorded then.
    pub fn decide(&self, envelope: &Envelope, now: Micros) -> Decided {
        let who = self.principal(envelope.by);
        if !may(&who, envelope.command.action()) {
            return Err(Refusal::forbidden());
        }
        self.check_key(envelope, now)?;
        match &envelope.command {
            Command::StartHub { node, program } => Ok(self.start_hub(node, program)),
            Command::NoteAbsence { from_us, to_us } => {
                Ok(vec![body::HubAway { from_us: *from_us, to_us: *to_us }.into()])
            }
            Command::RegisterMachine { machine, details, keeper } => self.register(*machine, details, keeper),
            Command::ChangeMachine { machine, details, keeper } => {
                self.change(*machine, details, keeper, now)
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
            Command::RecordSamples { machine, frame, samples } => {
                samples::record(self, now, *machine, frame, samples)
            }
            Command::AddRule { rule } => self.add_rule(rule),
            Command::ChangeRule { rule } => self.change_rule(rule, now),
            Command::RemoveRule { rule } => self.remove_rule(*rule, now),
            Command::Alert(command) => Ok(alert::decide(self, command)),
            Command::Acknowledge { incident } => match envelope.by {
                By::Person(person) => alert::acknowledge(self, *incident, person),
                _ => Err(Refusal::forbidden()),
            },
            Command::AddCheck { .. }
            | Command::ChangeCheck { .. }
            | Command::RemoveCheck { .. }
            | Command::RecordCheck { .. } => self.decide_check(&envelope.command, now),
            Command::RecordEvidence { machine, incident, processes } => {
                self.evidence(*machine, *incident, processes, now)
            }
            other => self.decide_people(envelope.by, other),
        }
    }

    fn decide_people(&self, by: By, command: &Command) -> Decided {
        match command {
            Command::RegisterOwner { person, login, display_name, mail, password_phc } => {
                self.register_owner(*person, login, display_name, mail, password_phc)
            }
            Command::ChangePassword { person, password_phc } if by == By::Person(*person) => {
                Ok(vec![body::PasswordChanged { person: *person, password_phc: password_phc.clone() }.into()])
            }
            Command::OpenSession { session, person, password_phc, token_sha256, expires_us, address }
                if by == By::Person(*person) =>
            {
                if self.people.get(person).is_none_or(|p| p.password_phc != *password_phc) {
                    return Err(Refusal::new(
                        "login_wrong",
                        "The password was changed meanwhile. Sign in with it.",
                    ));
                }
                Ok(vec![
                    body::SessionOpened {
                        session: *session,
                        person: *person,
                        token_sha256: token_sha256.clone(),
                        expires_us: *expires_us,
                        address: address.clone(),
                    }
                    .into(),
                ])
            }
            Command::CloseSession { session } => match self.sessions.get(session) {
                Some(open) if by == By::Person(open.person) => {
                    Ok(vec![body::SessionClosed { session: *session, person: open.person }.into()])
                }
                Some(_) => Err(Refusal::forbidden()),
                None => Ok(Vec::new()),
            },
            Command::ConfigureChannel { channel, settings } => Ok(vec![
                body::ChannelConfigured { channel: channel.clone(), settings: settings.clone() }.into(),
            ]),
            Command::Subscribe { .. } => self.subscribe(command),
            Command::Unsubscribe { subscription } if self.subscriptions.contains_key(subscription) => {
                Ok(vec![body::Unsubscribed { subscription: *subscription }.into()])
            }
            Command::Unsubscribe { .. } => Err(Refusal::not_found("subscription")),
            Command::RequestTest { channel, subject, address } => {
                if !self.channels.contains_key(channel) {
                    return Err(Refusal::new(
                        "channel_not_set_up",
                        "Fill in and keep the channel's settings first.",
                    ));
                }
                let (channel, subject, address) = (channel.clone(), *subject, address.clone());
                Ok(vec![body::TestRequested { channel, subject, address }.into()])
            }
            Command::RecordAttempt(attempt) => Ok(vec![Event::DeliveryAttempted(attempt.clone())]),
            _ => Err(Refusal::forbidden()),
        }
    }

    fn start_hub(&self, node: &str, program: &str) -> Vec<Event> {
        let mut events: Vec<Event> =
            vec![body::HubStarted { node: node.to_owned(), program: program.to_owned() }.into()];
        if self.position == 0 {
            events.extend(default_rules().into_iter().map(|rule| body::RuleAdded { rule }.into()));
        }
        // No connection outlives the hub that held it.
        events.extend(self.machines.values().filter(|m| m.connected_since_us.is_some()).map(|m| {
            let (machine, reason, connection) = (m.machine, "hub_stopped".to_owned(), m.connection);
            body::AgentDisconnected { machine, reason, frames: 0, refused: 0, connection }.into()
        }));
        events
    }

    fn with_machine(&self, machine: MachineId, events: impl FnOnce() -> Vec<Event>) -> Decided {
        if self.machines.contains_key(&machine) { Ok(events()) } else { Err(Refusal::not_found("machine")) }
    }

    fn checked_machine(
        &self,
        machine: MachineId,
        details: &MachineDetails,
    ) -> Result<MachineDetails, Refusal> {
        let details = details.clone().checked()?;
        let name = details.name.to_lowercase();
        let taken =
            |m: &&crate::machine::Machine| m.machine != machine && m.details.name.to_lowercase() == name;
        if self.machines.values().any(|m| taken(&m)) {
            return Err(Refusal::field("name_taken", "name", "Another machine has this name."));
        }
        Ok(details)
    }

    fn register(&self, machine: MachineId, details: &MachineDetails, keeper: &Keeper) -> Decided {
        if self.machines.contains_key(&machine) {
            return Err(Refusal::new("exists", "This machine is registered already."));
        }
        if self.machines.len() >= MOST {
            return Err(Refusal::new("too_many", format!("At most {MOST} machines a hub.")));
        }
        let details = self.checked_machine(machine, details)?;
        let keeper = keeper.clone().checked()?;
        let mut events = vec![body::MachineRegistered { machine, details }.into()];
        events.extend(keeper_event(machine, None, keeper));
        Ok(events)
    }

    fn change(&self, machine: MachineId, details: &MachineDetails, keeper: &Keeper, now: Micros) -> Decided {
        let Some(before) = self.machines.get(&machine) else { return Err(Refusal::not_found("machine")) };
        let details = self.checked_machine(machine, details)?;
        let keeper = keeper.clone().checked()?;
        let mut events = Vec::new();
        if before.details != details {
            let after = Machine { details: details.clone(), ..before.clone() };
            let covered = |rule: &RuleId| self.rules.get(rule).is_some_and(|r| r.scope.covers(&after));
            events = alert::end_all(self, now, ResolveReason::NotCovered, |i| {
                i.machine == machine && !covered(&i.rule)
            });
            events.push(body::MachineChanged { machine, details }.into());
        }
        events.extend(keeper_event(machine, before.keeper.as_ref(), keeper));
        Ok(events)
    }

    fn remove(&self, machine: MachineId, now: Micros) -> Decided {
        self.with_machine(machine, || {
            let mut events =
                alert::end_all(self, now, ResolveReason::MachineRemoved, |i| i.machine == machine);
            events.extend(self.without_checks(machine));
            events.push(body::MachineRemoved { machine }.into());
            events
        })
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

    fn add_rule(&self, rule: &Rule) -> Decided {
        if self.rules.contains_key(&rule.rule) || self.rules.len() >= MOST {
            return Err(Refusal::new("exists", "This rule exists already, or there are too many."));
        }
        Ok(vec![body::RuleAdded { rule: rule.clone().checked()? }.into()])
    }

    fn change_rule(&self, rule: &Rule, now: Micros) -> Decided {
        let Some(before) = self.rules.get(&rule.rule) else { return Err(Refusal::not_found("rule")) };
        let rule = rule.clone().checked()?;
        if *before == rule {
            return Ok(Vec::new());
        }
        let anew = alert::judged_anew(before, &rule);
        let mut events =
            alert::end_all(self, now, ResolveReason::RuleChanged, |i| anew && i.rule == rule.rule);
        events.push(body::RuleChanged { rule }.into());
        Ok(events)
    }

    fn remove_rule(&self, rule: RuleId, now: Micros) -> Decided {
        if !self.rules.contains_key(&rule) {
            return Err(Refusal::not_found("rule"));
        }
        let mut events = alert::end_all(self, now, ResolveReason::RuleRemoved, |i| i.rule == rule);
        events.push(body::RuleRemoved { rule }.into());
        Ok(events)
    }

    fn register_owner(
        &self,
        person: SubjectId,
        login: &str,
        display_name: &str,
        mail: &str,
        password_phc: &str,
    ) -> Decided {
        if self.has_owner() {
            return Err(Refusal::new("has_owner", "This hub has an owner already; sign in instead."));
        }
        let login = checked_login(login)?;
        let display_name = checked_display_name(display_name, &login)?;
        let mail = checked_mail(mail)?;
        let (role, password_phc) = (Role::Owner, password_phc.to_owned());
        Ok(vec![body::PersonRegistered { person, login, display_name, mail, role, password_phc }.into()])
    }

    fn subscribe(&self, command: &Command) -> Decided {
        let Command::Subscribe { subscription, subject, channel, address, at_least, scope } = command else {
            return Err(Refusal::forbidden());
        };
        let address = address.trim().to_owned();
        if channel == "email" && !plausible_mail(&address) {
            return Err(crate::machine::bad_mail("address"));
        }
        let same = |s: &&crate::notify::Subscription| {
            s.channel == *channel && s.address.eq_ignore_ascii_case(&address) && s.scope == *scope
        };
        if self.subscriptions.values().any(|s| same(&s)) {
            return Err(Refusal::field(
                "subscribed",
                "address",
                "This address is subscribed to that already.",
            ));
        }
        if self.subscriptions.len() >= MOST {
            return Err(Refusal::new("too_many", format!("At most {MOST} subscriptions.")));
        }
        Ok(vec![
            body::Subscribed {
                subscription: *subscription,
                subject: *subject,
                channel: channel.clone(),
                address,
                at_least: *at_least,
                scope: scope.clone(),
            }
            .into(),
        ])
    }
}

/// What is to be recorded so that this is the keeper; nothing when it is so already.
fn keeper_event(machine: MachineId, before: Option<&Keeper>, keeper: Keeper) -> Option<Event> {
    match before {
        None if keeper.is_empty() => None,
        Some(_) if keeper.is_empty() => Some(body::KeeperCleared { machine }.into()),
        Some(k) if (&k.name, &k.phone, &k.mail) == (&keeper.name, &keeper.phone, &keeper.mail) => None,
        _ => Some(
            body::KeeperSet {
                machine,
                keeper: keeper.subject,
                name: keeper.name,
                phone: keeper.phone,
                mail: keeper.mail,
            }
            .into(),
        ),
    }
}
