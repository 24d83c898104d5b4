//! Silences: what fires under one is recorded and shown, but not told.

use super::asked::{done, made, one, rule, submit};
use super::error::{ApiError, Reply, said};
use super::input::Json;
use super::paging::Listing;
use super::table::{ACT, Gives, Operation, WATCH, delete, get, post, shape};
use super::types::{Scope, Time};
use crate::fresh;
use crate::web::Shared;
use crate::web::context::Visitor;
use actix_web::web;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use watchroom_domain as domain;
use watchroom_domain::{Command, MachineId, Principal, RuleId, SilenceId, State};

/// The operations.
pub const OPERATIONS: &[Operation] = &[
    get(
        ("/api/v1/silences", WATCH),
        ("list_silences", "List silences"),
        Gives::List(shape::<Silence>),
        || web::to(list),
    )
    .says("Those that last, and concern a machine that the asker sees."),
    post(
        ("/api/v1/silences", ACT),
        ("begin_silence", "Begin a silence"),
        Gives::Made(shape::<Silence>),
        || web::to(begin),
    )
    .takes(shape::<SilenceInput>)
    .says("A single machine's is for whoever operates it, a wider one for whoever operates all."),
    get(
        ("/api/v1/silences/{silence}", WATCH),
        ("get_silence", "Read a silence"),
        Gives::One(shape::<Silence>),
        || web::to(show),
    ),
    delete(("/api/v1/silences/{silence}", ACT), ("end_silence", "End a silence"), || web::to(end))
        .says("What still fires is told from now on."),
];

/// What a silence is to be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SilenceInput {
    /// For which machines.
    scope: Scope,
    /// The only rule that is meant; every rule where it is left out.
    #[serde(default)]
    rule: Option<Uuid>,
    /// When it ends by itself: in the future, within a year.
    until: Time,
    /// Why, 1 to 200 characters.
    reason: String,
}

/// A silence that lasts.
#[derive(Debug, Serialize, ToSchema)]
struct Silence {
    /// Its identifier.
    id: Uuid,
    /// For which machines.
    scope: Scope,
    /// The only rule that is meant.
    rule: Option<Uuid>,
    /// When it began.
    begun_at: Time,
    /// When it ends by itself.
    until: Time,
    /// Why.
    reason: String,
    /// Who began it; null for the hub itself.
    by: Option<Uuid>,
}

impl From<&domain::Silence> for Silence {
    fn from(silence: &domain::Silence) -> Self {
        Self {
            id: silence.silence.0,
            scope: (&silence.scope).into(),
            rule: silence.rule.map(|rule| rule.0),
            begun_at: Time(silence.begun_us),
            until: Time(silence.until_us),
            reason: silence.reason.clone(),
            by: silence.by.map(|by| by.0),
        }
    }
}

fn found<'s>(state: &'s State, who: &Principal, id: SilenceId) -> Result<&'s domain::Silence, ApiError> {
    let silence = state.silences.get(&id).filter(|silence| state.sees_silence(who, &silence.scope));
    silence.ok_or_else(|| ApiError::not_found("silence"))
}

async fn list(web: Shared, visitor: Visitor, ask: Listing<super::NoFilter>) -> Reply {
    let behind = ask.paging.behind::<SilenceId>()?;
    let who = visitor.principal();
    let page = web.views.with(|state| {
        let rest = state.silences.values().filter(|s| behind.is_none_or(|b| s.silence > b));
        let seen = rest.filter(|s| state.sees_silence(&who, &s.scope));
        ask.paging.page(seen.map(|s| (s.silence, Silence::from(s))))
    });
    ask.paging.answer(&page)
}

fn answer(web: &Shared, visitor: &Visitor, id: SilenceId) -> Result<Silence, ApiError> {
    let who = visitor.principal();
    web.views.with(|state| found(state, &who, id).map(Silence::from))
}

async fn show(web: Shared, visitor: Visitor, id: web::Path<SilenceId>) -> Reply {
    one(&answer(&web, &visitor, *id)?)
}

async fn begin(web: Shared, visitor: Visitor, body: Json<SilenceInput>) -> Reply {
    let SilenceInput { scope, rule: meant, until, reason } = body.0;
    let (scope, who) = (domain::Scope::from(scope), visitor.principal());
    web.views.with(|state| {
        if let domain::Scope::Machine { machine } = scope {
            known_machine(state, &who, machine)?;
        }
        let known = meant.is_none_or(|meant| rule(state, &who, RuleId(meant)).is_ok());
        if known { Ok(()) } else { Err(ApiError::invalid("no_rule", "/rule", said("no_rule"))) }
    })?;
    let silence = SilenceId(fresh::id(visitor.l.now_us));
    let command =
        Command::BeginSilence { silence, scope, rule: meant.map(RuleId), until_us: until.0, reason };
    submit(&web, &visitor, command, &[]).await?;
    made(&format!("/api/v1/silences/{silence}"), &answer(&web, &visitor, silence)?)
}

/// What a scope names that the asker does not see is a wrong value, not a path that leads nowhere.
///
/// # Errors
/// 422.
pub fn known_machine(state: &State, who: &Principal, machine: MachineId) -> Result<(), ApiError> {
    if state.machines.contains_key(&machine) && state.sees(who, machine) {
        return Ok(());
    }
    Err(ApiError::invalid("no_machine", "/scope/machine", said("no_machine")))
}

async fn end(web: Shared, visitor: Visitor, id: web::Path<SilenceId>) -> Reply {
    answer(&web, &visitor, *id)?;
    submit(&web, &visitor, Command::EndSilence { silence: *id }, &[]).await?;
    done()
}
