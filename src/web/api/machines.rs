//! Machines, and how their agents join.

use super::asked::{done, machine, made, needs, one_tagged, person, submit};
use super::error::{ApiError, Reply};
use super::input::{Json, merged};
use super::machine_types::{JoinToken, Machine, MachineFilter, MachineInput, MachinePatch, NewJoinToken};
use super::paging::Listing;
use super::table::{Gives, MACHINES, Operation, WATCH, delete, get, patch, post, put, query, shape};
use super::tags::{IfMatch, tag};
use crate::enrol::issue_token;
use crate::fresh;
use crate::web::Shared;
use crate::web::context::Visitor;
use actix_web::web;
use watchroom_domain::{Command, MachineId, Right, Thing};

/// Where the domain's fields stand in the body.
const POINTERS: &[(&str, &str)] =
    &[("keeper_name", "/keeper/name"), ("keeper_phone", "/keeper/phone"), ("keeper_mail", "/keeper/mail")];
/// A token serves one agent.
const USES: u32 = 1;

const ONE: Gives = Gives::One(shape::<Machine>);

/// The operations.
pub const OPERATIONS: &[Operation] = &[
    get(
        ("/api/v1/machines", WATCH),
        ("list_machines", "List machines"),
        Gives::List(shape::<Machine>),
        || web::to(list),
    )
    .filters(query::<MachineFilter>)
    .says("Every machine that the asker sees, the oldest first."),
    post(
        ("/api/v1/machines", MACHINES),
        ("register_machine", "Register a machine"),
        Gives::Made(shape::<Machine>),
        || web::to(register),
    )
    .takes(shape::<MachineInput>)
    .says("The machine is its registrar's. Make a join token next, with which its agent joins."),
    get(("/api/v1/machines/{machine}", WATCH), ("get_machine", "Read a machine"), ONE, || web::to(show))
        .tagged(),
    put(("/api/v1/machines/{machine}", MACHINES), ("replace_machine", "Change a machine"), ONE, || {
        web::to(replace)
    })
    .takes(shape::<MachineInput>)
    .tagged()
    .says("What is left out becomes empty. Needs the right to manage the machine."),
    patch(
        ("/api/v1/machines/{machine}", MACHINES),
        ("patch_machine", "Change some of a machine"),
        ONE,
        || web::to(change),
    )
    .takes(shape::<MachinePatch>)
    .tagged()
    .says("A merge patch (RFC 7396): what is left out stays, what is null becomes empty."),
    delete(("/api/v1/machines/{machine}", MACHINES), ("remove_machine", "Remove a machine"), || {
        web::to(remove)
    })
    .says("Its agent's keys end and its alerts are over; what it sent stays in the log."),
    get(
        ("/api/v1/machines/{machine}/join-tokens", MACHINES),
        ("list_join_tokens", "List a machine's join tokens"),
        Gives::List(shape::<JoinToken>),
        || web::to(join_tokens),
    )
    .says("Those that can still be used, without their secrets."),
    post(
        ("/api/v1/machines/{machine}/join-tokens", MACHINES),
        ("issue_join_token", "Make a join token"),
        Gives::Made(shape::<NewJoinToken>),
        || web::to(issue),
    )
    .says("The secret is told this once. Earlier join tokens of the machine end."),
    post(
        ("/api/v1/machines/{machine}/revoke", MACHINES),
        ("revoke_agent", "Revoke a machine's agent"),
        Gives::Nothing,
        || web::to(revoke),
    )
    .says("All keys of its agent end at once; it has to join anew."),
];

fn path(id: MachineId) -> String {
    format!("/api/v1/machines/{id}")
}

async fn list(web: Shared, visitor: Visitor, ask: Listing<MachineFilter>) -> Reply {
    let behind = ask.paging.behind::<MachineId>()?;
    let who = visitor.principal();
    let page = web.views.ask(|models| {
        let state = &models.state;
        let rest = state.machines.values().filter(|m| behind.is_none_or(|b| m.machine > b));
        let seen = rest.filter(|m| state.sees(&who, m.machine));
        let told = seen.map(|m| (m.machine, Machine::of(models, &who, m, visitor.l.now_us)));
        ask.paging.page(told.filter(|(_, machine)| ask.filter.fits(machine)))
    });
    ask.paging.answer(&page)
}

fn answer(web: &Shared, visitor: &Visitor, id: MachineId) -> Result<(Machine, String), ApiError> {
    let who = visitor.principal();
    web.views.ask(|models| {
        let found = machine(&models.state, &who, id)?;
        let told = Machine::of(models, &who, found, visitor.l.now_us);
        Ok((told, tag(&MachineInput::of(found))))
    })
}

fn tagged(web: &Shared, visitor: &Visitor, id: MachineId) -> Reply {
    let (told, tag) = answer(web, visitor, id)?;
    one_tagged(&told, tag)
}

async fn show(web: Shared, visitor: Visitor, id: web::Path<MachineId>) -> Reply {
    tagged(&web, &visitor, *id)
}

async fn register(web: Shared, visitor: Visitor, body: Json<MachineInput>) -> Reply {
    let id = MachineId(fresh::id(visitor.l.now_us));
    person(&visitor)?;
    let keeper = body.0.keeper(&web, &visitor, None);
    let command = Command::RegisterMachine { machine: id, details: body.0.details(), keeper };
    submit(&web, &visitor, command, POINTERS).await?;
    let (told, _) = answer(&web, &visitor, id)?;
    made(&path(id), &told)
}

async fn replace(
    web: Shared,
    visitor: Visitor,
    id: web::Path<MachineId>,
    if_match: IfMatch,
    body: Json<MachineInput>,
) -> Reply {
    let _turn = web.changes.lock().await;
    check(&web, &visitor, *id, &if_match)?;
    put_in(&web, &visitor, *id, body.0).await
}

async fn change(
    web: Shared,
    visitor: Visitor,
    id: web::Path<MachineId>,
    if_match: IfMatch,
    body: Json<serde_json::Value>,
) -> Reply {
    let _turn = web.changes.lock().await;
    let present = check(&web, &visitor, *id, &if_match)?;
    put_in(&web, &visitor, *id, merged(&present, body.0)?).await
}

/// What can be changed of a machine, for whoever may and knows its present state.
fn check(web: &Shared, visitor: &Visitor, id: MachineId, named: &IfMatch) -> Result<MachineInput, ApiError> {
    let who = visitor.principal();
    web.views.with(|state| {
        let present = MachineInput::of(machine(state, &who, id)?);
        needs(state, &who, Right::Manage, Thing::Machine(id))?;
        named.check(&tag(&present))?;
        Ok(present)
    })
}

async fn put_in(web: &Shared, visitor: &Visitor, id: MachineId, input: MachineInput) -> Reply {
    let keeper = input.keeper(web, visitor, Some(id));
    let mut details = input.details();
    let who = visitor.principal();
    // One that the asker does not see is not the asker's to take away.
    let unseen = web.views.with(|state| {
        let parent = state.machines.get(&id)?.details.parent?;
        (!state.sees(&who, parent)).then_some(parent)
    });
    details.parent = details.parent.or(unseen);
    submit(web, visitor, Command::ChangeMachine { machine: id, details, keeper }, POINTERS).await?;
    tagged(web, visitor, id)
}

async fn remove(web: Shared, visitor: Visitor, id: web::Path<MachineId>) -> Reply {
    submit(&web, &visitor, Command::RemoveMachine { machine: *id }, &[]).await?;
    done()
}

async fn revoke(web: Shared, visitor: Visitor, id: web::Path<MachineId>) -> Reply {
    submit(&web, &visitor, Command::RevokeAgent { machine: *id }, &[]).await?;
    done()
}

async fn join_tokens(
    web: Shared,
    visitor: Visitor,
    id: web::Path<MachineId>,
    ask: Listing<super::NoFilter>,
) -> Reply {
    let behind = ask.paging.behind::<watchroom_domain::TokenId>()?;
    let (who, now_us) = (visitor.principal(), visitor.l.now_us);
    let page = web.views.with(|state| {
        machine(state, &who, *id)?;
        needs(state, &who, Right::Manage, Thing::Machine(*id))?;
        let of_it =
            state.tokens.values().filter(|t| t.machine == *id && t.uses_left > 0 && t.expires_us > now_us);
        let rest = of_it.filter(|t| behind.is_none_or(|b| t.token > b));
        Ok::<_, ApiError>(ask.paging.page(rest.map(|t| (t.token, JoinToken::of(t)))))
    })?;
    ask.paging.answer(&page)
}

async fn issue(web: Shared, visitor: Visitor, id: web::Path<MachineId>) -> Reply {
    let fresh = issue_token(&web.enrolment, &visitor, *id, USES, None).await?;
    let told =
        NewJoinToken { secret: fresh.text, expires_at: super::types::Time(fresh.expires_us), uses: USES };
    made(&format!("{}/join-tokens", path(*id)), &told)
}
