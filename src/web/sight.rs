//! What a visitor sees and may do, asked of the policy for each thing: pages, regions, curves and the live
//! feed show nothing else.

use super::context::Visitor;
use crate::views::{IncidentRecord, Lately};
use watchroom_domain::{
    Action, By, Event, IncidentId, Machine, MachineId, Principal, Right, Role, Rule, RuleId, Scope, State,
    SubjectId, Thing, WallLink, may,
};

/// What somebody sees at this moment.
#[derive(Clone, Copy)]
pub struct Sight<'a> {
    state: &'a State,
    who: Principal,
    /// The only tag whose machines are seen, for a wall display that is limited to one.
    only: Option<&'a str>,
}

impl<'a> Sight<'a> {
    /// What this visitor sees.
    pub fn of(state: &'a State, visitor: &Visitor) -> Self {
        Self::by(state, visitor.principal())
    }

    /// What this principal sees.
    pub fn by(state: &'a State, who: Principal) -> Self {
        Self { state, who, only: None }
    }

    /// What a wall display shows: what who only reads sees, of the machines that it is for.
    pub fn wall(state: &'a State, wall: &'a WallLink) -> Self {
        let who = Principal { role: Some(Role::Viewer), ..Principal::of(By::Person(SubjectId(wall.link.0))) };
        Self { state, who, only: wall.tag.as_deref() }
    }

    /// Whether this may be done at all.
    pub fn may(&self, action: Action) -> bool {
        may(&self.who, action)
    }

    /// Whether every machine is seen, and what is about no single one.
    pub fn all(&self) -> bool {
        self.machine(MachineId::HUB)
    }

    /// Whether a machine is seen.
    pub fn machine(&self, machine: MachineId) -> bool {
        let tagged = |tag: &str| {
            let known = self.state.machines.get(&machine);
            known.is_some_and(|m| m.details.tags.iter().any(|of_it| of_it == tag))
        };
        self.state.sees(&self.who, machine) && self.only.is_none_or(tagged)
    }

    /// The machines that are seen.
    pub fn machines(self) -> impl Iterator<Item = &'a Machine> {
        self.state.machines.values().filter(move |m| self.machine(m.machine))
    }

    /// The name of a machine, if it is there and seen.
    pub fn machine_name(&self, machine: MachineId) -> Option<&'a str> {
        let known = self.state.machines.get(&machine).filter(|_| self.machine(machine));
        known.map(|m| m.details.name.as_str())
    }

    /// Whether this may be done on a machine.
    pub fn on_machine(&self, action: Action, right: Right, machine: MachineId) -> bool {
        self.may(action) && self.state.may_on(&self.who, right, Thing::Machine(machine))
    }

    /// Whether alerts of a machine may be acted on.
    pub fn operates(&self, machine: MachineId) -> bool {
        self.on_machine(Action::ActOnAlerts, Right::Operate, machine)
    }

    /// Whether a machine may be changed.
    pub fn manages(&self, machine: MachineId) -> bool {
        self.on_machine(Action::ManageMachines, Right::Manage, machine)
    }

    /// Whether all machines may be operated at once: rules and silences for more than one, checks by the hub.
    pub fn operates_all(&self) -> bool {
        self.may(Action::ActOnAlerts)
            && self.state.may_on(&self.who, Right::Operate, Thing::Machine(MachineId::HUB))
    }

    /// Whether a rule is seen.
    pub fn rule(&self, rule: RuleId) -> bool {
        self.on_rule(Right::See, rule)
    }

    /// Whether this may be done with a rule.
    pub fn on_rule(&self, right: Right, rule: RuleId) -> bool {
        (right == Right::See || self.may(Action::ManageRules))
            && self.state.may_on(&self.who, right, Thing::Rule(rule))
    }

    /// Whether a rule as it is may be changed: by whoever may, within what they may make rules for.
    pub fn changes_rule(&self, rule: &Rule) -> bool {
        let within = match rule.scope {
            Scope::Machine { machine } => self.operates(machine),
            Scope::Everywhere | Scope::Tag { .. } => self.operates_all(),
        };
        within && self.on_rule(Right::Operate, rule.rule)
    }

    /// Whether an incident is seen: its machine is.
    pub fn incident(&self, record: &IncidentRecord) -> bool {
        self.machine(record.machine)
    }

    /// Whether a silence of this scope is seen.
    pub fn silence(&self, scope: &Scope) -> bool {
        self.state.sees_silence(&self.who, scope)
    }

    /// Whether a silence of this scope may be begun and ended.
    pub fn may_silence(&self, scope: &Scope) -> bool {
        self.may(Action::ActOnAlerts) && self.state.may_silence(&self.who, scope)
    }

    /// Whether this is the one who looks.
    pub fn is_self(&self, person: SubjectId) -> bool {
        self.who.by == By::Person(person)
    }

    /// Whether the name of this person is seen. Who only reads about machines reads nothing about people.
    pub fn person(&self, person: SubjectId) -> bool {
        self.is_self(person) || self.people()
    }

    /// Whether names of people are seen, and how they are reached.
    pub fn people(&self) -> bool {
        self.may(Action::ManageMachines) || self.may(Action::ManagePeople)
    }

    /// Whether what was told to this recipient is seen.
    pub fn told(&self, recipient: SubjectId) -> bool {
        self.is_self(recipient) || self.may(Action::ManageChannels)
    }

    /// Whether an event is seen, by what it is about. `machine` gives the machine of an incident.
    pub fn event(&self, lately: &Lately, machine: impl Fn(IncidentId) -> Option<MachineId>) -> bool {
        let of = |incident: &IncidentId| machine(*incident).is_some_and(|m| self.machine(m));
        match &lately.event.event {
            Event::RuleAdded(e) => self.rule(e.rule.rule),
            Event::RuleChanged(e) => self.rule(e.rule.rule),
            Event::RuleRemoved(_) | Event::SilenceEnded(_) => self.all(),
            Event::SilenceBegun(e) => self.silence(&e.scope),
            Event::DeliveryAttempted(e) => {
                self.told(e.recipient) && (self.all() || e.incident.as_ref().is_some_and(of))
            }
            Event::ChannelConfigured(_)
            | Event::Subscribed(_)
            | Event::SubscriptionChanged(_)
            | Event::Unsubscribed(_) => self.may(Action::ManageChannels),
            Event::PersonRegistered(_) | Event::PasswordResetIssued(_) => self.may(Action::ManagePeople),
            Event::LogRestored(_) | Event::SettingsReloaded(_) => self.may(Action::ReadLog),
            other => match machine_of(other, machine) {
                Some(machine) => self.machine(machine),
                // What is about no machine and not named above is for those who read the log.
                None => self.may(Action::ReadLog),
            },
        }
    }
}

/// The machine that an event is about; `of_incident` gives that of an incident.
pub fn machine_of(event: &Event, of_incident: impl Fn(IncidentId) -> Option<MachineId>) -> Option<MachineId> {
    match event {
        Event::MachineRegistered(e) => Some(e.machine),
        Event::MachineChanged(e) => Some(e.machine),
        Event::MachineRemoved(e) => Some(e.machine),
        Event::KeeperSet(e) => Some(e.machine),
        Event::KeeperCleared(e) => Some(e.machine),
        Event::AgentEnrolled(e) => Some(e.machine),
        Event::AgentRenewed(e) => Some(e.machine),
        Event::AgentRevoked(e) => Some(e.machine),
        Event::JoinTokenIssued(e) => Some(e.machine),
        Event::AgentConnected(e) => Some(e.machine),
        Event::AgentDisconnected(e) => Some(e.machine),
        Event::CheckAdded(e) => Some(e.check.machine),
        Event::CheckChanged(e) => Some(e.check.machine),
        Event::CheckRemoved(e) => Some(e.machine),
        Event::CheckFailed(e) => Some(e.machine),
        Event::CheckRecovered(e) => Some(e.machine),
        Event::CollectorFailed(e) => Some(e.machine),
        Event::CollectorRecovered(e) => Some(e.machine),
        Event::EvidenceRecorded(e) => Some(e.machine),
        Event::Telemetry(e) => Some(e.machine),
        Event::AlertFired(e) => Some(e.machine),
        Event::AlertAcknowledged(e) => of_incident(e.incident),
        Event::AlertResolved(e) => of_incident(e.incident),
        Event::AlertSnoozed(e) => of_incident(e.incident),
        Event::AlertHeld(e) => of_incident(e.incident),
        Event::AlertReleased(e) => of_incident(e.incident),
        Event::AlertEscalated(e) => of_incident(e.incident),
        Event::AlertFlapping(e) => of_incident(e.incident),
        Event::DeliveryAttempted(e) => e.incident.and_then(of_incident),
        _ => None,
    }
}
