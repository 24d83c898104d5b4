//! What handlers begin with: what the asker sees, handing in commands, and the usual answers.

use super::error::{ApiError, Reply};
use crate::web::Shared;
use crate::web::context::Visitor;
use crate::web::deeds::Done;
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, ETAG, LOCATION};
use serde::Serialize;
use std::sync::Arc;
use watchroom_domain::{
    Check, CheckId, Command, Machine, MachineId, Principal, RecordedEvent, Right, Rule, RuleId, State,
    SubjectId, Thing,
};

/// Who asks; the doors let nobody through who is not signed in.
pub fn person(visitor: &Visitor) -> Result<SubjectId, ApiError> {
    visitor.signed.as_ref().map(|signed| signed.person).ok_or_else(ApiError::forbidden)
}

/// A machine that the asker sees.
///
/// # Errors
/// 404 for any other.
pub fn machine<'s>(state: &'s State, who: &Principal, id: MachineId) -> Result<&'s Machine, ApiError> {
    let found = state.machines.get(&id).filter(|_| state.sees(who, id));
    found.ok_or_else(|| ApiError::not_found("machine"))
}

/// A rule that the asker sees.
///
/// # Errors
/// 404 for any other.
pub fn rule<'s>(state: &'s State, who: &Principal, id: RuleId) -> Result<&'s Rule, ApiError> {
    let found = state.rules.get(&id).filter(|_| state.right_on(who, Thing::Rule(id)).is_some());
    found.ok_or_else(|| ApiError::not_found("rule"))
}

/// A check of a machine that the asker sees.
///
/// # Errors
/// 404 for any other.
pub fn check<'s>(state: &'s State, who: &Principal, id: CheckId) -> Result<&'s Check, ApiError> {
    let found = state.checks.get(&id).filter(|check| state.sees(who, check.machine));
    found.ok_or_else(|| ApiError::not_found("check"))
}

/// Refuses whoever sees a thing but may not do this with it.
///
/// # Errors
/// 403.
pub fn needs(state: &State, who: &Principal, right: Right, thing: Thing) -> Result<(), ApiError> {
    if state.may_on(who, right, thing) { Ok(()) } else { Err(ApiError::forbidden()) }
}

/// Records what is asked for. `pointers` says where in the body the domain's fields stand.
///
/// # Errors
/// What the domain refuses, and 503 when nothing can be recorded.
pub async fn submit(
    web: &Shared,
    visitor: &Visitor,
    command: Command,
    pointers: &[(&str, &str)],
) -> Result<Vec<Arc<RecordedEvent>>, ApiError> {
    use crate::actors::handle::SubmitError;
    web.submit(visitor, command).await.map_err(|error| match error {
        SubmitError::Refused(refusal) => ApiError::refused(refusal, pointers),
        other => other.into(),
    })
}

/// What came of something that pages do too. `pointers` says where in the body the fields stand.
///
/// # Errors
/// What was refused, and what could not be done at the moment.
pub fn settled<T>(done: Done<T>, pointers: &[(&str, &str)]) -> Result<T, ApiError> {
    done?.map_err(|refusal| ApiError::refused(refusal, pointers))
}

/// 200 with one thing.
///
/// # Errors
/// None; as handlers give it.
pub fn one(body: &impl Serialize) -> Reply {
    Ok(HttpResponse::Ok().insert_header((CACHE_CONTROL, "no-store")).json(body))
}

/// 200 with one thing and the tag of its state.
///
/// # Errors
/// None; as handlers give it.
pub fn one_tagged(body: &impl Serialize, tag: String) -> Reply {
    let mut response = HttpResponse::Ok();
    Ok(response.insert_header((CACHE_CONTROL, "no-store")).insert_header((ETAG, tag)).json(body))
}

/// 201 with what was made, at this path.
///
/// # Errors
/// None; as handlers give it.
pub fn made(path: &str, body: &impl Serialize) -> Reply {
    placed(StatusCode::CREATED, path, body)
}

/// 202 with what was recorded and is under way; the path is where to look.
///
/// # Errors
/// None; as handlers give it.
pub fn begun(path: &str, body: &impl Serialize) -> Reply {
    placed(StatusCode::ACCEPTED, path, body)
}

fn placed(status: StatusCode, path: &str, body: &impl Serialize) -> Reply {
    let mut response = HttpResponse::build(status);
    response.insert_header((CACHE_CONTROL, "no-store")).insert_header((LOCATION, path.to_owned()));
    Ok(response.json(body))
}

/// 204.
///
/// # Errors
/// None; as handlers give it.
pub fn done() -> Reply {
    Ok(HttpResponse::NoContent().insert_header((CACHE_CONTROL, "no-store")).finish())
}
