//! Groups of people, with whom things are shared all at once.

use super::asked::{done, made, one, submit};
use super::error::{ApiError, Reply};
use super::input::Json;
use super::paging::Listing;
use super::table::{Gives, Operation, PEOPLE, delete, get, post, put, shape};
use super::types::Time;
use crate::fresh;
use crate::web::Shared;
use crate::web::context::Visitor;
use actix_web::web;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use watchroom_domain as domain;
use watchroom_domain::{Command, GroupId, SubjectId};

const ONE: Gives = Gives::One(shape::<Group>);

/// The operations.
pub const OPERATIONS: &[Operation] = &[
    get(("/api/v1/groups", PEOPLE), ("list_groups", "List groups"), Gives::List(shape::<Group>), || {
        web::to(list)
    }),
    post(("/api/v1/groups", PEOPLE), ("add_group", "Make a group"), Gives::Made(shape::<Group>), || {
        web::to(add)
    })
    .takes(shape::<GroupInput>),
    get(("/api/v1/groups/{group}", PEOPLE), ("get_group", "Read a group"), ONE, || web::to(show)),
    put(("/api/v1/groups/{group}", PEOPLE), ("rename_group", "Rename a group"), ONE, || web::to(rename))
        .takes(shape::<GroupInput>),
    delete(("/api/v1/groups/{group}", PEOPLE), ("remove_group", "Remove a group"), || web::to(remove))
        .says("What was shared with it is not shared with its members any more."),
    put(
        ("/api/v1/groups/{group}/members/{person}", PEOPLE),
        ("join_group", "Put a person into a group"),
        ONE,
        || web::to(join),
    ),
    delete(
        ("/api/v1/groups/{group}/members/{person}", PEOPLE),
        ("leave_group", "Take a person out of a group"),
        || web::to(leave),
    ),
];

/// A group.
#[derive(Debug, Serialize, ToSchema)]
struct Group {
    /// Its identifier.
    id: Uuid,
    /// Its name.
    name: String,
    /// Who is in it.
    members: Vec<Uuid>,
    /// When it was made.
    made_at: Time,
}

impl From<&domain::Group> for Group {
    fn from(group: &domain::Group) -> Self {
        Self {
            id: group.group.0,
            name: group.name.clone(),
            members: group.members.iter().map(|person| person.0).collect(),
            made_at: Time(group.made_us),
        }
    }
}

/// What can be said of a group.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct GroupInput {
    /// Name, 1 to 64 characters, unique without regard to case.
    name: String,
}

async fn list(web: Shared, ask: Listing<super::NoFilter>) -> Reply {
    let behind = ask.paging.behind::<GroupId>()?;
    let page = web.views.with(|state| {
        let rest = state.access.groups.values().filter(|g| behind.is_none_or(|b| g.group > b));
        ask.paging.page(rest.map(|g| (g.group, Group::from(g))))
    });
    ask.paging.answer(&page)
}

fn answer(web: &Shared, id: GroupId) -> Result<Group, ApiError> {
    let found = web.views.with(|state| state.access.groups.get(&id).map(Group::from));
    found.ok_or_else(|| ApiError::not_found("group"))
}

async fn show(web: Shared, id: web::Path<GroupId>) -> Reply {
    one(&answer(&web, *id)?)
}

async fn add(web: Shared, visitor: Visitor, body: Json<GroupInput>) -> Reply {
    let group = GroupId(fresh::id(visitor.l.now_us));
    submit(&web, &visitor, Command::AddGroup { group, name: body.0.name }, &[]).await?;
    made(&format!("/api/v1/groups/{group}"), &answer(&web, group)?)
}

async fn rename(web: Shared, visitor: Visitor, id: web::Path<GroupId>, body: Json<GroupInput>) -> Reply {
    submit(&web, &visitor, Command::RenameGroup { group: *id, name: body.0.name }, &[]).await?;
    one(&answer(&web, *id)?)
}

async fn remove(web: Shared, visitor: Visitor, id: web::Path<GroupId>) -> Reply {
    submit(&web, &visitor, Command::RemoveGroup { group: *id }, &[]).await?;
    done()
}

async fn join(web: Shared, visitor: Visitor, ids: web::Path<(GroupId, SubjectId)>) -> Reply {
    let (group, person) = ids.into_inner();
    submit(&web, &visitor, Command::JoinGroup { group, person }, &[]).await?;
    one(&answer(&web, group)?)
}

async fn leave(web: Shared, visitor: Visitor, ids: web::Path<(GroupId, SubjectId)>) -> Reply {
    let (group, person) = ids.into_inner();
    if !web.views.with(|s| s.access.groups.get(&group).is_some_and(|g| g.members.contains(&person))) {
        return Err(ApiError::not_found("member"));
    }
    submit(&web, &visitor, Command::LeaveGroup { group, person }, &[]).await?;
    done()
}
