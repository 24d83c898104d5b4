//! Whose machines and rules are, and with whom they are shared.

use super::asked::{done, machine, needs, one, rule, submit};
use super::error::{ApiError, Reply};
use super::input::Json;
use super::table::{Gives, MACHINES, Operation, RULES, delete, get, post, put, shape};
use super::types::{Right, SharedRight};
use crate::web::Shared;
use crate::web::context::Visitor;
use actix_web::web;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use watchroom_domain as domain;
use watchroom_domain::{Command, Grantee, GroupId, MachineId, Principal, RuleId, State, SubjectId, Thing};

/// Where the domain's fields stand in the body.
const POINTERS: &[(&str, &str)] = &[("owner", "/person")];

const ONE: Gives = Gives::One(shape::<Access>);
const OWNER: &str = "Needs the right to manage it. The new owner has an account that may do more than read, and is named \
                     by identifier or by login name; with null for `person`, which only administrators say, it is \
                     nobody's, and administrators look after it.";
const SHARE: &str = "Needs the right to manage it. Shared already, the right is changed. Members share with the groups \
                     that they are in.";
const SHARE_BY_NAME: &str = "Needs the right to manage it. Names the person by login name, for whoever cannot look \
                             through people; shared already, the right is changed.";

/// The operations.
pub const OPERATIONS: &[Operation] = &[
    get(
        ("/api/v1/machines/{machine}/access", MACHINES),
        ("get_machine_access", "Read who may use a machine"),
        ONE,
        || web::to(of_machine),
    ),
    put(
        ("/api/v1/machines/{machine}/owner", MACHINES),
        ("set_machine_owner", "Give a machine away"),
        ONE,
        || web::to(give_machine),
    )
    .takes(shape::<NewOwner>)
    .says(OWNER),
    post(
        ("/api/v1/machines/{machine}/shares", MACHINES),
        ("share_machine", "Share a machine by login name"),
        ONE,
        || web::to(machine_by_name),
    )
    .takes(shape::<NewShareWith>)
    .says(SHARE_BY_NAME),
    put(
        ("/api/v1/machines/{machine}/shares/people/{person}", MACHINES),
        ("share_machine_with_person", "Share a machine with a person"),
        ONE,
        || web::to(machine_to_person),
    )
    .takes(shape::<NewShare>)
    .says(SHARE),
    delete(
        ("/api/v1/machines/{machine}/shares/people/{person}", MACHINES),
        ("unshare_machine_with_person", "Share a machine no longer with a person"),
        || web::to(machine_from_person),
    ),
    put(
        ("/api/v1/machines/{machine}/shares/groups/{group}", MACHINES),
        ("share_machine_with_group", "Share a machine with a group"),
        ONE,
        || web::to(machine_to_group),
    )
    .takes(shape::<NewShare>)
    .says(SHARE),
    delete(
        ("/api/v1/machines/{machine}/shares/groups/{group}", MACHINES),
        ("unshare_machine_with_group", "Share a machine no longer with a group"),
        || web::to(machine_from_group),
    ),
    get(("/api/v1/rules/{rule}/access", RULES), ("get_rule_access", "Read who may use a rule"), ONE, || {
        web::to(of_rule)
    }),
    put(("/api/v1/rules/{rule}/owner", RULES), ("set_rule_owner", "Give a rule away"), ONE, || {
        web::to(give_rule)
    })
    .takes(shape::<NewOwner>)
    .says(OWNER),
    post(("/api/v1/rules/{rule}/shares", RULES), ("share_rule", "Share a rule by login name"), ONE, || {
        web::to(rule_by_name)
    })
    .takes(shape::<NewShareWith>)
    .says(SHARE_BY_NAME),
    put(
        ("/api/v1/rules/{rule}/shares/people/{person}", RULES),
        ("share_rule_with_person", "Share a rule with a person"),
        ONE,
        || web::to(rule_to_person),
    )
    .takes(shape::<NewShare>)
    .says(SHARE),
    delete(
        ("/api/v1/rules/{rule}/shares/people/{person}", RULES),
        ("unshare_rule_with_person", "Share a rule no longer with a person"),
        || web::to(rule_from_person),
    ),
    put(
        ("/api/v1/rules/{rule}/shares/groups/{group}", RULES),
        ("share_rule_with_group", "Share a rule with a group"),
        ONE,
        || web::to(rule_to_group),
    )
    .takes(shape::<NewShare>)
    .says(SHARE),
    delete(
        ("/api/v1/rules/{rule}/shares/groups/{group}", RULES),
        ("unshare_rule_with_group", "Share a rule no longer with a group"),
        || web::to(rule_from_group),
    ),
];

/// Who may use a thing, besides those whose role lets them.
#[derive(Debug, Serialize, ToSchema)]
struct Access {
    /// Whose it is; null where it is nobody's.
    owner: Option<Uuid>,
    /// People with whom it is shared.
    people: Vec<PersonShare>,
    /// Groups with which it is shared.
    groups: Vec<GroupShare>,
}

/// A person with whom a thing is shared.
#[derive(Debug, Serialize, ToSchema)]
struct PersonShare {
    /// Who.
    person: Uuid,
    /// The name that others see.
    name: String,
    /// What may be done.
    right: Right,
}

/// A group with which a thing is shared.
#[derive(Debug, Serialize, ToSchema)]
struct GroupShare {
    /// Which.
    group: Uuid,
    /// What its members may do.
    right: Right,
}

/// Whose a thing is to be: one of both.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewOwner {
    /// Who; null for nobody.
    #[serde(default, deserialize_with = "said")]
    #[schema(value_type = Option<Uuid>)]
    person: Option<Option<Uuid>>,
    /// Who, by login name.
    #[schema(example = "grace")]
    login: Option<String>,
}

/// Null is said; leaving it out is something else.
fn said<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Option<Uuid>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

/// To what a thing is to be shared.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewShare {
    /// What may be done.
    right: SharedRight,
}

/// With whom a thing is to be shared, and to what.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewShareWith {
    /// Who, by login name.
    #[schema(example = "grace")]
    login: String,
    /// What may be done.
    right: SharedRight,
}

impl Access {
    fn of(state: &State, thing: Thing) -> Self {
        let access = state.access.things.get(&thing).cloned().unwrap_or_default();
        let (mut people, mut groups) = (Vec::new(), Vec::new());
        for (with, right) in access.shares {
            let right = right.into();
            match with {
                Grantee::Person(id) => {
                    let name = state.people.get(&id).map(|p| p.display_name.clone()).unwrap_or_default();
                    people.push(PersonShare { person: id.0, name, right });
                }
                Grantee::Group(group) => groups.push(GroupShare { group: group.0, right }),
            }
        }
        Self { owner: access.owner.map(|owner| owner.0), people, groups }
    }
}

/// The asker sees it (or it is not there) and may manage it.
fn may_manage(state: &State, who: &Principal, thing: Thing) -> Result<(), ApiError> {
    match thing {
        Thing::Machine(id) => machine(state, who, id).map(drop)?,
        Thing::Rule(id) => rule(state, who, id).map(drop)?,
    }
    needs(state, who, domain::Right::Manage, thing)
}

fn show(web: &Shared, visitor: &Visitor, thing: Thing) -> Reply {
    let who = visitor.principal();
    let access = web.views.with(|state| may_manage(state, &who, thing).map(|()| Access::of(state, thing)))?;
    one(&access)
}

/// Who has this login name. Nobody looks through people here: a name is known, or it is not.
fn by_login(state: &State, login: &str) -> Result<SubjectId, ApiError> {
    let found = state.person_by_login(login).map(|person| person.person);
    let detail = "Nobody has this login name. Look at the spelling.";
    found.ok_or_else(|| ApiError::invalid("no_such_login", "/login", detail))
}

async fn give(web: Shared, visitor: Visitor, thing: Thing, to: NewOwner) -> Reply {
    let who = visitor.principal();
    let owner = web.views.with(|state| {
        // Before anything is said of who has an account.
        may_manage(state, &who, thing)?;
        match (to.person, to.login) {
            (Some(person), None) => Ok(person.map(SubjectId)),
            (None, Some(login)) => by_login(state, &login).map(Some),
            _ => Err(ApiError::invalid("bad_choice", "/person", "Say one of both: `person` or `login`.")),
        }
    })?;
    submit(&web, &visitor, Command::SetOwner { thing, owner }, POINTERS).await?;
    // Whoever gives it away may lose sight of it, and sees all the same what came of it.
    one(&web.views.with(|state| Access::of(state, thing)))
}

async fn share(web: Shared, visitor: Visitor, thing: Thing, with: Grantee, to: NewShare) -> Reply {
    let who = visitor.principal();
    web.views.with(|state| {
        may_manage(state, &who, thing)?;
        match with {
            Grantee::Person(id) if !state.people.contains_key(&id) => Err(ApiError::not_found("person")),
            Grantee::Group(id) if !state.may_share_with(&who, id) => Err(ApiError::not_found("group")),
            _ => Ok(()),
        }
    })?;
    submit(&web, &visitor, Command::Share { thing, with, right: to.right.into() }, &[]).await?;
    show(&web, &visitor, thing)
}

async fn share_by_name(web: Shared, visitor: Visitor, thing: Thing, to: NewShareWith) -> Reply {
    let who = visitor.principal();
    let with = web.views.with(|state| {
        may_manage(state, &who, thing)?;
        by_login(state, &to.login).map(Grantee::Person)
    })?;
    submit(&web, &visitor, Command::Share { thing, with, right: to.right.into() }, &[]).await?;
    show(&web, &visitor, thing)
}

async fn unshare(web: Shared, visitor: Visitor, thing: Thing, with: Grantee) -> Reply {
    let who = visitor.principal();
    web.views.with(|state| {
        may_manage(state, &who, thing)?;
        let shared = state.access.things.get(&thing).is_some_and(|access| access.shares.contains_key(&with));
        if shared { Ok(()) } else { Err(ApiError::not_found("share")) }
    })?;
    submit(&web, &visitor, Command::Unshare { thing, with }, &[]).await?;
    done()
}

async fn of_machine(web: Shared, visitor: Visitor, id: web::Path<MachineId>) -> Reply {
    show(&web, &visitor, Thing::Machine(*id))
}

async fn of_rule(web: Shared, visitor: Visitor, id: web::Path<RuleId>) -> Reply {
    show(&web, &visitor, Thing::Rule(*id))
}

async fn give_machine(web: Shared, visitor: Visitor, id: web::Path<MachineId>, to: Json<NewOwner>) -> Reply {
    give(web, visitor, Thing::Machine(*id), to.0).await
}

async fn give_rule(web: Shared, visitor: Visitor, id: web::Path<RuleId>, to: Json<NewOwner>) -> Reply {
    give(web, visitor, Thing::Rule(*id), to.0).await
}

async fn machine_by_name(
    web: Shared,
    visitor: Visitor,
    id: web::Path<MachineId>,
    to: Json<NewShareWith>,
) -> Reply {
    share_by_name(web, visitor, Thing::Machine(*id), to.0).await
}

async fn rule_by_name(web: Shared, visitor: Visitor, id: web::Path<RuleId>, to: Json<NewShareWith>) -> Reply {
    share_by_name(web, visitor, Thing::Rule(*id), to.0).await
}

type Ids<T, G> = web::Path<(T, G)>;

async fn machine_to_person(
    web: Shared,
    visitor: Visitor,
    ids: Ids<MachineId, SubjectId>,
    to: Json<NewShare>,
) -> Reply {
    share(web, visitor, Thing::Machine(ids.0), Grantee::Person(ids.1), to.0).await
}

async fn machine_to_group(
    web: Shared,
    visitor: Visitor,
    ids: Ids<MachineId, GroupId>,
    to: Json<NewShare>,
) -> Reply {
    share(web, visitor, Thing::Machine(ids.0), Grantee::Group(ids.1), to.0).await
}

async fn machine_from_person(web: Shared, visitor: Visitor, ids: Ids<MachineId, SubjectId>) -> Reply {
    unshare(web, visitor, Thing::Machine(ids.0), Grantee::Person(ids.1)).await
}

async fn machine_from_group(web: Shared, visitor: Visitor, ids: Ids<MachineId, GroupId>) -> Reply {
    unshare(web, visitor, Thing::Machine(ids.0), Grantee::Group(ids.1)).await
}

async fn rule_to_person(
    web: Shared,
    visitor: Visitor,
    ids: Ids<RuleId, SubjectId>,
    to: Json<NewShare>,
) -> Reply {
    share(web, visitor, Thing::Rule(ids.0), Grantee::Person(ids.1), to.0).await
}

async fn rule_to_group(
    web: Shared,
    visitor: Visitor,
    ids: Ids<RuleId, GroupId>,
    to: Json<NewShare>,
) -> Reply {
    share(web, visitor, Thing::Rule(ids.0), Grantee::Group(ids.1), to.0).await
}

async fn rule_from_person(web: Shared, visitor: Visitor, ids: Ids<RuleId, SubjectId>) -> Reply {
    unshare(web, visitor, Thing::Rule(ids.0), Grantee::Person(ids.1)).await
}

async fn rule_from_group(web: Shared, visitor: Visitor, ids: Ids<RuleId, GroupId>) -> Reply {
    unshare(web, visitor, Thing::Rule(ids.0), Grantee::Group(ids.1)).await
}
