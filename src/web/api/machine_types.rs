//! Machines as the API tells and takes them.

use super::types::{Right, Time};
use crate::fresh;
use crate::views::Models;
use crate::web::context::Visitor;
use crate::web::view::State as Shape;
use crate::web::{Shared, fill};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use watchroom_domain as domain;
use watchroom_domain::{MachineDetails, MachineId, Micros, Principal, SubjectId, Thing};

/// How a machine is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Health {
    /// Nothing to do.
    Ok,
    /// Somebody should look in time.
    Warning,
    /// Somebody must look now.
    Critical,
    /// Nothing is known: silent, or never heard of. Not "down".
    Unknown,
}

impl From<Shape> for Health {
    fn from(shape: Shape) -> Self {
        match shape {
            Shape::Ok => Self::Ok,
            Shape::Warn => Self::Warning,
            Shape::Crit => Self::Critical,
            Shape::Unknown => Self::Unknown,
        }
    }
}

/// Who looks after a machine.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Keeper {
    /// Name, at most 64 characters.
    #[serde(default)]
    pub name: String,
    /// Phone, at most 64 characters.
    #[serde(default)]
    pub phone: String,
    /// Mail address; empty where there is none, and then no mail is sent.
    #[serde(default)]
    pub mail: String,
}

/// What can be said of a machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MachineInput {
    /// Name, 1 to 64 characters, unique among machines without regard to case.
    #[schema(example = "node-07")]
    pub name: String,
    /// Inventory number, at most 64 characters.
    #[serde(default)]
    pub number: String,
    /// Network address for people to read, at most 128 characters.
    #[serde(default)]
    pub address: String,
    /// Where it stands, at most 128 characters.
    #[serde(default)]
    pub place: String,
    /// What it is, at most 128 characters.
    #[serde(default)]
    pub model: String,
    /// Words by which rules and lists choose machines; at most 16 of at most 32 characters.
    #[serde(default)]
    pub tags: Vec<String>,
    /// Anything else, at most 2,000 characters.
    #[serde(default)]
    pub note: String,
    /// What it hangs on: while that is down, nobody is told that this machine is silent.
    #[serde(default)]
    pub parent: Option<Uuid>,
    /// Who looks after it.
    #[serde(default)]
    pub keeper: Option<Keeper>,
}

/// What is to change of a machine: as in `MachineInput`, with nothing required; what is null becomes empty.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "says in the document what a patch may hold")]
pub struct MachinePatch {
    #[schema(example = "node-07", nullable = false)]
    name: Option<String>,
    number: Option<String>,
    address: Option<String>,
    place: Option<String>,
    model: Option<String>,
    tags: Option<Vec<String>>,
    note: Option<String>,
    parent: Option<Uuid>,
    keeper: Option<KeeperPatch>,
}

/// What is to change of a keeper.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "says in the document what a patch may hold")]
pub struct KeeperPatch {
    name: Option<String>,
    phone: Option<String>,
    mail: Option<String>,
}

impl MachineInput {
    /// What is said of a machine.
    pub fn of(machine: &domain::Machine) -> Self {
        let details = machine.details.clone();
        let keeper = machine.keeper.as_ref().map(|keeper| Keeper {
            name: keeper.name.clone(),
            phone: keeper.phone.clone(),
            mail: keeper.mail.clone(),
        });
        Self {
            name: details.name,
            number: details.number,
            address: details.address,
            place: details.place,
            model: details.model,
            tags: details.tags,
            note: details.note,
            parent: details.parent.map(|parent| parent.0),
            keeper,
        }
    }

    /// The details as the domain takes them.
    pub fn details(&self) -> MachineDetails {
        MachineDetails {
            name: self.name.clone(),
            number: self.number.clone(),
            address: self.address.clone(),
            place: self.place.clone(),
            model: self.model.clone(),
            tags: self.tags.clone(),
            note: self.note.clone(),
            parent: self.parent.map(MachineId),
        }
    }

    /// The keeper; whoever has the same mail address elsewhere, or the same name here, is the same subject.
    pub fn keeper(&self, web: &Shared, visitor: &Visitor, of: Option<MachineId>) -> domain::Keeper {
        let Keeper { name, phone, mail } = self.keeper.clone().unwrap_or_default();
        let known = web.views.with(|state| state.subject_of_keeper(of, &name, &mail));
        let subject = known.unwrap_or_else(|| SubjectId(fresh::id(visitor.l.now_us)));
        domain::Keeper { subject, name, phone, mail }
    }
}

/// A machine.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Machine {
    /// Its identifier.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// Inventory number.
    pub number: String,
    /// Network address, for people to read.
    pub address: String,
    /// Where it stands.
    pub place: String,
    /// What it is.
    pub model: String,
    /// Words by which rules and lists choose machines.
    pub tags: Vec<String>,
    /// Anything else.
    pub note: String,
    /// What it hangs on, where the asker sees that.
    pub parent: Option<Uuid>,
    /// Who looks after it.
    pub keeper: Option<Keeper>,
    /// Whose it is.
    pub owner: Option<Uuid>,
    /// What the asker may do with it.
    pub right: Right,
    /// How it is.
    pub health: Health,
    /// When it was last heard of.
    pub seen_at: Option<Time>,
    /// Since when its agent is connected, while it is.
    pub connected_since: Option<Time>,
    /// When it was registered.
    pub registered_at: Time,
    /// When its agent joined, if one ever did.
    pub joined_at: Option<Time>,
    /// Version that its agent gave when it last connected; agent-supplied.
    pub agent_version: String,
    /// When the certificate of its agent ends; null while none may connect.
    pub certificate_expires_at: Option<Time>,
}

impl Machine {
    /// A machine as this asker may see it.
    pub fn of(models: &Models, who: &Principal, machine: &domain::Machine, now_us: Micros) -> Self {
        let (state, id) = (&models.state, machine.machine);
        let thing = Thing::Machine(id);
        let said = MachineInput::of(machine);
        let right = state.right_on(who, thing).unwrap_or(domain::Right::See);
        // Who only reads about machines is not told how people are reached, whatever a token leaves of the rights.
        let people = domain::may(&Principal { scopes: None, ..*who }, domain::Action::ManageMachines);
        let keeper = said
            .keeper
            .map(|keeper| if people { keeper } else { Keeper { name: keeper.name, ..Keeper::default() } });
        let seen_us = models.live.machine(id).and_then(|live| live.seen_us());
        Self {
            id: id.0,
            name: said.name,
            number: said.number,
            address: said.address,
            place: said.place,
            model: said.model,
            tags: said.tags,
            note: said.note,
            parent: said.parent.filter(|parent| state.sees(who, MachineId(*parent))),
            keeper,
            owner: state.access.owner(thing).map(|owner| owner.0),
            right: right.into(),
            health: fill::machine_state(models, machine, now_us).into(),
            seen_at: seen_us.map(Time),
            connected_since: machine.connected_since_us.map(Time),
            registered_at: Time(machine.registered_us),
            joined_at: machine.joined_us.map(Time),
            agent_version: machine.agent_version.clone(),
            certificate_expires_at: machine.agents.iter().map(|agent| agent.not_after_us).max().map(Time),
        }
    }
}

/// What the list is narrowed to.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct MachineFilter {
    /// Only machines with this tag.
    tag: Option<String>,
    /// Only machines whose name holds this, without regard to case.
    name: Option<String>,
    /// Only machines that are so.
    health: Option<Health>,
}

impl MachineFilter {
    /// Whether this machine is meant.
    pub fn fits(&self, machine: &Machine) -> bool {
        let name = |part: &String| machine.name.to_lowercase().contains(&part.to_lowercase());
        self.tag.as_ref().is_none_or(|tag| machine.tags.contains(&tag.to_lowercase()))
            && self.name.as_ref().is_none_or(name)
            && self.health.is_none_or(|health| machine.health == health)
    }
}

/// A join token that can still be used; its secret is known to nobody but whoever made it.
#[derive(Debug, Serialize, ToSchema)]
pub struct JoinToken {
    /// Its identifier.
    pub id: Uuid,
    /// When it ends.
    pub expires_at: Time,
    /// How often it may still be used.
    pub uses_left: u32,
}

impl JoinToken {
    /// A token without its secret.
    pub fn of(token: &domain::JoinToken) -> Self {
        Self { id: token.token.0, expires_at: Time(token.expires_us), uses_left: token.uses_left }
    }
}

/// A join token that was just made.
#[derive(Debug, Serialize, ToSchema)]
pub struct NewJoinToken {
    /// What the agent is started with. Told this once.
    pub secret: String,
    /// When it ends.
    pub expires_at: Time,
    /// How often it may be used.
    pub uses: u32,
}
