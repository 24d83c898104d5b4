//! Who owns what, with whom it is shared, and what follows from both.

use crate::ids::{GroupId, MachineId, RuleId, SubjectId};
use crate::people::Role;
use crate::time::Micros;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// Something that is owned and can be shared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Thing {
    /// A machine, with its checks, its alerts and all that it sends.
    Machine(MachineId),
    /// A rule.
    Rule(RuleId),
}

impl fmt::Display for Thing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Thing::Machine(machine) => write!(f, "machine/{machine}"),
            Thing::Rule(rule) => write!(f, "rule/{rule}"),
        }
    }
}

/// With whom something is shared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Grantee {
    /// One person.
    Person(SubjectId),
    /// Everybody who is in a group.
    Group(GroupId),
}

/// What may be done with a thing; each right includes those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Right {
    /// See it.
    See,
    /// Act on its alerts, switch it, put it off; change a rule.
    Operate,
    /// Change it, remove it, enrol and revoke its agent, share it, give it away.
    Manage,
}

/// A group of people, with whom things are shared all at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Its identifier.
    pub group: GroupId,
    /// What people call it; unique without regard to case.
    pub name: String,
    /// Who is in it.
    pub members: BTreeSet<SubjectId>,
    /// When it was made.
    pub made_us: Micros,
}

/// Owner and shares of one thing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Access {
    /// Whose it is; nobody's when the hub made it or its owner is gone, and then administrators look after it.
    pub owner: Option<SubjectId>,
    /// With whom it is shared, to see or to operate.
    pub shares: BTreeMap<Grantee, Right>,
}

/// Who owns what, with whom it is shared, and who is in which group.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccessTable {
    /// What is owned or shared.
    pub things: BTreeMap<Thing, Access>,
    /// The groups.
    pub groups: BTreeMap<GroupId, Group>,
}

impl AccessTable {
    /// Whose a thing is.
    pub fn owner(&self, thing: Thing) -> Option<SubjectId> {
        self.things.get(&thing)?.owner
    }

    /// What a person with this role may do with a thing; nothing when there is no such thing for this person.
    /// Whether the thing exists is not looked at.
    pub fn right(&self, person: SubjectId, role: Role, thing: Thing) -> Option<Right> {
        match role {
            Role::Owner | Role::Administrator => Some(Right::Manage),
            // Who only reads gets no more by owning or sharing.
            Role::Viewer => Some(Right::See),
            Role::Operator => {
                Some(self.own_right(person, thing).unwrap_or(Right::Operate).max(Right::Operate))
            }
            Role::Member => self.own_right(person, thing),
        }
    }

    /// What a person may do with a thing as its owner or by its shares.
    fn own_right(&self, person: SubjectId, thing: Thing) -> Option<Right> {
        let access = self.things.get(&thing)?;
        if access.owner == Some(person) {
            return Some(Right::Manage);
        }
        let meant = |with: &Grantee| match with {
            Grantee::Person(id) => *id == person,
            Grantee::Group(id) => self.groups.get(id).is_some_and(|g| g.members.contains(&person)),
        };
        access.shares.iter().filter(|(with, _)| meant(with)).map(|(_, right)| *right).max()
    }

    /// Forgets a group and what was shared with it.
    pub(crate) fn forget_group(&mut self, group: GroupId) {
        self.groups.remove(&group);
        for access in self.things.values_mut() {
            access.shares.remove(&Grantee::Group(group));
        }
    }
}
