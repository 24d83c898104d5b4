//! Owners, shares and groups.

use super::State;
use super::decide::{Decided, MOST};
use crate::access::{Access, AccessTable, Grantee, Group, Right, Thing};
use crate::command::{By, Command};
use crate::error::Refusal;
use crate::event::{Event, body};
use crate::ids::{GroupId, SubjectId};
use crate::machine::clean_line;
use crate::people::Role;
use crate::rule::{Rule, Scope};
use crate::time::Micros;
use std::collections::BTreeSet;

/// Most grantees of one thing.
const MOST_SHARES: usize = 100;
/// Most groups of a hub.
const MOST_GROUPS: usize = 1_000;

impl AccessTable {
    /// What a person registers or adds is that person's.
    pub(super) fn register(&mut self, thing: Thing, by: By) {
        let owner = match by {
            By::Person(person) => Some(person),
            _ => None,
        };
        self.things.insert(thing, Access { owner, ..Access::default() });
    }

    /// Folds in an event that happened at this time.
    pub(super) fn apply(&mut self, event: &Event, ts_us: Micros) {
        match event {
            Event::OwnerSet(e) => self.things.entry(e.thing).or_default().owner = e.owner,
            Event::Shared(e) => {
                self.things.entry(e.thing).or_default().shares.insert(e.with, e.right);
            }
            Event::Unshared(e) => {
                if let Some(access) = self.things.get_mut(&e.thing) {
                    access.shares.remove(&e.with);
                }
            }
            Event::GroupAdded(e) => {
                let (name, members) = (e.name.clone(), BTreeSet::new());
                let group = Group { group: e.group, name, members, made_us: ts_us };
                self.groups.insert(e.group, group);
            }
            Event::GroupRenamed(e) => {
                if let Some(group) = self.groups.get_mut(&e.group) {
                    group.name = e.name.clone();
                }
            }
            Event::GroupRemoved(e) => self.forget_group(e.group),
            Event::GroupJoined(e) => {
                if let Some(group) = self.groups.get_mut(&e.group) {
                    group.members.insert(e.person);
                }
            }
            Event::GroupLeft(e) => {
                if let Some(group) = self.groups.get_mut(&e.group) {
                    group.members.remove(&e.person);
                }
            }
            _ => {}
        }
    }
}

impl State {
    pub(super) fn decide_access(&self, command: &Command) -> Decided {
        match command {
            Command::SetOwner { thing, owner } => self.set_owner(*thing, *owner),
            Command::Share { thing, with, right } => self.share(*thing, *with, *right),
            Command::Unshare { thing, with } => {
                self.check_thing(*thing)?;
                let shared = self.access.things.get(thing).is_some_and(|a| a.shares.contains_key(with));
                let event = body::Unshared { thing: *thing, with: *with };
                Ok(if shared { vec![event.into()] } else { Vec::new() })
            }
            Command::AddGroup { group, name } => {
                if self.access.groups.contains_key(group) {
                    return Err(Refusal::new("exists", "This group exists already."));
                }
                if self.access.groups.len() >= MOST_GROUPS {
                    return Err(Refusal::new("too_many", format!("At most {MOST_GROUPS} groups.")));
                }
                let name = self.checked_group_name(*group, name)?;
                Ok(vec![body::GroupAdded { group: *group, name }.into()])
            }
            Command::RenameGroup { group, name } => {
                let known = self.group(*group)?;
                let name = self.checked_group_name(*group, name)?;
                let same = known.name == name;
                Ok(if same { Vec::new() } else { vec![body::GroupRenamed { group: *group, name }.into()] })
            }
            Command::RemoveGroup { group } => {
                self.group(*group)?;
                Ok(vec![body::GroupRemoved { group: *group }.into()])
            }
            Command::JoinGroup { group, person } => {
                let known = self.group(*group)?;
                if !self.people.contains_key(person) {
                    return Err(Refusal::not_found("person"));
                }
                let (group, person) = (*group, *person);
                let inside = known.members.contains(&person);
                if !inside && known.members.len() >= MOST {
                    return Err(Refusal::new("too_many", format!("At most {MOST} members.")));
                }
                Ok(if inside { Vec::new() } else { vec![body::GroupJoined { group, person }.into()] })
            }
            Command::LeaveGroup { group, person } => {
                let inside = self.group(*group)?.members.contains(person);
                let event = body::GroupLeft { group: *group, person: *person };
                Ok(if inside { vec![event.into()] } else { Vec::new() })
            }
            _ => Err(Refusal::forbidden()),
        }
    }

    fn group(&self, group: GroupId) -> Result<&Group, Refusal> {
        self.access.groups.get(&group).ok_or_else(|| Refusal::not_found("group"))
    }

    fn checked_group_name(&self, group: GroupId, name: &str) -> Result<String, Refusal> {
        let name = clean_line("name", name, 64)?;
        if name.is_empty() {
            return Err(Refusal::field("name_missing", "name", "Give the group a name."));
        }
        let lower = name.to_lowercase();
        if self.access.groups.values().any(|g| g.group != group && g.name.to_lowercase() == lower) {
            return Err(Refusal::field("group_name_taken", "name", "Another group has this name."));
        }
        Ok(name)
    }

    fn check_thing(&self, thing: Thing) -> Result<(), Refusal> {
        let (known, what) = match thing {
            Thing::Machine(machine) => (self.machines.contains_key(&machine), "machine"),
            Thing::Rule(rule) => (self.rules.contains_key(&rule), "rule"),
        };
        if known { Ok(()) } else { Err(Refusal::not_found(what)) }
    }

    fn set_owner(&self, thing: Thing, owner: Option<SubjectId>) -> Decided {
        self.check_thing(thing)?;
        if owner.is_some_and(|owner| self.people.get(&owner).is_none_or(|p| p.role == Role::Viewer)) {
            let message = "Choose somebody with an account that may do more than read.";
            return Err(Refusal::field("bad_owner", "owner", message));
        }
        let same = self.access.owner(thing) == owner;
        Ok(if same { Vec::new() } else { vec![body::OwnerSet { thing, owner }.into()] })
    }

    fn share(&self, thing: Thing, with: Grantee, right: Right) -> Decided {
        self.check_thing(thing)?;
        let known = match with {
            Grantee::Person(person) => self.people.contains_key(&person),
            Grantee::Group(group) => self.access.groups.contains_key(&group),
        };
        if !known {
            return Err(Refusal::field("no_grantee", "with", "No such person or group; choose another."));
        }
        if right > Right::Operate {
            let message = "Things are shared to see or to operate. Give it away to let somebody manage it.";
            return Err(Refusal::field("bad_right", "right", message));
        }
        let shares = self.access.things.get(&thing).map(|access| &access.shares);
        let before = shares.and_then(|shares| shares.get(&with));
        if before == Some(&right) {
            return Ok(Vec::new());
        }
        if before.is_none() && shares.is_some_and(|shares| shares.len() >= MOST_SHARES) {
            return Err(Refusal::new("too_many", format!("At most {MOST_SHARES} people and groups.")));
        }
        Ok(vec![body::Shared { thing, with, right }.into()])
    }

    /// Rules of people who no longer operate the machine that the rule is for: they are switched off.
    pub(super) fn rules_lost(&self, events: &[Event], now: Micros) -> Vec<Event> {
        let takes = |event: &Event| {
            matches!(
                event,
                Event::OwnerSet(_)
                    | Event::Shared(_)
                    | Event::Unshared(_)
                    | Event::GroupRemoved(_)
                    | Event::GroupLeft(_)
                    | Event::RoleChanged(_)
                    | Event::PersonSuspended(_)
                    | Event::PersonForgotten(_)
            )
        };
        if !events.iter().any(takes) {
            return Vec::new();
        }
        let mut after = self.access.clone();
        events.iter().for_each(|event| after.apply(event, now));
        let role = |person: SubjectId| {
            let changed = events.iter().rev().find_map(|event| match event {
                Event::RoleChanged(e) if e.person == person => Some(Some(e.role)),
                Event::PersonSuspended(e) if e.person == person => Some(None),
                Event::PersonForgotten(e) if e.person == person => Some(None),
                _ => None,
            });
            changed.unwrap_or_else(|| self.people.get(&person).filter(|p| !p.suspended).map(|p| p.role))
        };
        let kept = |rule: &Rule| {
            let Scope::Machine { machine } = rule.scope else { return true };
            let owner = after.owner(Thing::Rule(rule.rule));
            owner.is_some_and(|owner| {
                let right = role(owner).and_then(|role| after.right(owner, role, Thing::Machine(machine)));
                right >= Some(Right::Operate)
            })
        };
        let lost = self.rules.values().filter(|rule| rule.personal && rule.enabled && !kept(rule));
        // The same decision may have changed the rule already.
        let newest = |rule: &Rule| {
            let changed = events.iter().rev().find_map(|event| match event {
                Event::RuleChanged(e) if e.rule.rule == rule.rule => Some(&e.rule),
                _ => None,
            });
            changed.unwrap_or(rule).clone()
        };
        lost.map(newest)
            .map(|rule| Rule { enabled: false, ..rule })
            .flat_map(|rule| self.change_rule(By::Hub, &rule, now).unwrap_or_default())
            .collect()
    }
}
