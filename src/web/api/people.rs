//! People with accounts: their roles, and whether the account is open.

use super::asked::{done, one, person, submit};
use super::error::{ApiError, Reply, said};
use super::input::Json;
use super::paging::Listing;
use super::pictures;
use super::table::{Gives, OWN, Operation, PEOPLE, WATCH, delete, get, post, put, query, shape};
use super::types::Time;
use crate::web::Shared;
use crate::web::context::Visitor;
use actix_web::http::StatusCode;
use actix_web::web;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use watchroom_domain as domain;
use watchroom_domain::{Action, Command, SubjectId};

const ONE: Gives = Gives::One(shape::<Person>);

/// The operations.
pub const OPERATIONS: &[Operation] = &[
    get(("/api/v1/people", PEOPLE), ("list_people", "List people"), Gives::List(shape::<Person>), || {
        web::to(list)
    })
    .filters(query::<PersonFilter>),
    get(("/api/v1/people/{person}", PEOPLE), ("get_person", "Read a person"), ONE, || web::to(show)),
    put(("/api/v1/people/{person}/role", PEOPLE), ("set_role", "Set a person's role"), ONE, || {
        web::to(set_role)
    })
    .takes(shape::<NewRole>)
    .says("Nobody changes their own; only owners change what an owner may do, or make one."),
    post(("/api/v1/people/{person}/suspend", PEOPLE), ("suspend_person", "Suspend a person"), ONE, || {
        web::to(suspend)
    })
    .says("Sessions and tokens end; the account stays closed until it is restored."),
    post(("/api/v1/people/{person}/restore", PEOPLE), ("restore_person", "Restore a person"), ONE, || {
        web::to(restore)
    }),
    get(
        ("/api/v1/people/{person}/picture", WATCH),
        ("get_picture", "Read a person's picture"),
        Gives::Picture,
        || web::to(pictures::show),
    )
    .says("For that person, and for whoever manages people."),
    delete(("/api/v1/people/{person}", OWN), ("forget_person", "Send a person away for good"), || {
        web::to(forget)
    })
    .says(
        "What the log tells of the person can never be read again. For whoever manages people, by a session only; \
         one's own account is left by `POST /api/v1/account/leave`.",
    ),
    delete(
        ("/api/v1/people/{person}/two-step", OWN),
        ("take_two_step_away", "Take the second step away from a person who has lost the device"),
        || web::to(take_two_step_away),
    )
    .says("For whoever manages people, by a session only."),
];

/// What a person may do in general.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Reads.
    Viewer,
    /// Own machines and shared ones.
    Member,
    /// Acts on alerts and devices.
    Operator,
    /// Everything but what concerns owners.
    Administrator,
    /// Everything.
    Owner,
}

impl From<domain::Role> for Role {
    fn from(role: domain::Role) -> Self {
        match role {
            domain::Role::Viewer => Self::Viewer,
            domain::Role::Member => Self::Member,
            domain::Role::Operator => Self::Operator,
            domain::Role::Administrator => Self::Administrator,
            domain::Role::Owner => Self::Owner,
        }
    }
}

impl From<Role> for domain::Role {
    fn from(role: Role) -> Self {
        match role {
            Role::Viewer => Self::Viewer,
            Role::Member => Self::Member,
            Role::Operator => Self::Operator,
            Role::Administrator => Self::Administrator,
            Role::Owner => Self::Owner,
        }
    }
}

/// A person with an account.
#[derive(Debug, Serialize, ToSchema)]
pub struct Person {
    /// Their identifier.
    id: Uuid,
    /// Login name.
    login: String,
    /// Name that others see.
    name: String,
    /// Mail address.
    mail: String,
    /// What the person may do.
    role: Role,
    /// Whether the account is closed for now.
    suspended: bool,
    /// Whether the account may do nothing until its mail address is confirmed.
    waits: bool,
    /// Whether a code is asked for beside the password.
    two_step: bool,
    /// Whether there is a picture.
    has_picture: bool,
    /// When the account was made.
    registered_at: Time,
}

impl Person {
    fn of(state: &domain::State, person: &domain::Person) -> Self {
        Self {
            id: person.person.0,
            login: person.login.clone(),
            name: person.display_name.clone(),
            mail: person.mail.clone(),
            role: person.role.into(),
            suspended: person.suspended,
            waits: person.profile.waits,
            two_step: state.second_factors.contains_key(&person.person),
            has_picture: state.portraits.contains_key(&person.person),
            registered_at: Time(person.registered_us),
        }
    }
}

/// What the list is narrowed to.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct PersonFilter {
    /// Only people with this role.
    role: Option<Role>,
    /// Only accounts that are suspended, or only those that are open.
    suspended: Option<bool>,
}

async fn list(web: Shared, ask: Listing<PersonFilter>) -> Reply {
    let behind = ask.paging.behind::<SubjectId>()?;
    let PersonFilter { role, suspended } = ask.filter;
    let page = web.views.with(|state| {
        let rest = state.people.values().filter(|p| behind.is_none_or(|b| p.person > b));
        let told = rest.map(|p| (p.person, Person::of(state, p)));
        let fits = |p: &Person| {
            role.is_none_or(|role| p.role == role) && suspended.is_none_or(|closed| p.suspended == closed)
        };
        ask.paging.page(told.filter(|(_, person)| fits(person)))
    });
    ask.paging.answer(&page)
}

fn answer(web: &Shared, id: SubjectId) -> Reply {
    let found = web.views.with(|state| state.people.get(&id).map(|known| Person::of(state, known)));
    one(&found.ok_or_else(|| ApiError::not_found("person"))?)
}

async fn show(web: Shared, id: web::Path<SubjectId>) -> Reply {
    answer(&web, *id)
}

/// The role that somebody is to have.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewRole {
    /// Which.
    role: Role,
}

async fn set_role(web: Shared, visitor: Visitor, id: web::Path<SubjectId>, body: Json<NewRole>) -> Reply {
    submit(&web, &visitor, Command::SetRole { person: *id, role: body.0.role.into() }, &[]).await?;
    answer(&web, *id)
}

async fn suspend(web: Shared, visitor: Visitor, id: web::Path<SubjectId>) -> Reply {
    submit(&web, &visitor, Command::SuspendPerson { person: *id }, &[]).await?;
    answer(&web, *id)
}

async fn restore(web: Shared, visitor: Visitor, id: web::Path<SubjectId>) -> Reply {
    submit(&web, &visitor, Command::RestorePerson { person: *id }, &[]).await?;
    answer(&web, *id)
}

/// Somebody else, for whoever manages people.
fn another(web: &Shared, visitor: &Visitor, id: SubjectId) -> Result<(), ApiError> {
    if !visitor.may(Action::ManagePeople) {
        return Err(ApiError::forbidden());
    }
    if !web.views.with(|state| state.people.contains_key(&id)) {
        return Err(ApiError::not_found("person"));
    }
    if person(visitor)? == id {
        return Err(ApiError::new(StatusCode::CONFLICT, "own_account", said("own_account")));
    }
    Ok(())
}

async fn forget(web: Shared, visitor: Visitor, id: web::Path<SubjectId>) -> Reply {
    another(&web, &visitor, *id)?;
    submit(&web, &visitor, Command::ForgetPerson { person: *id }, &[]).await?;
    done()
}

async fn take_two_step_away(web: Shared, visitor: Visitor, id: web::Path<SubjectId>) -> Reply {
    another(&web, &visitor, *id)?;
    if !web.views.with(|state| state.second_factors.contains_key(&id)) {
        return Err(ApiError::not_found("second step"));
    }
    submit(&web, &visitor, Command::RemoveSecondFactor { person: *id, shown: None }, &[]).await?;
    done()
}
