//! How a machine's agent joins.

use crate::enrol::issue_token;
use crate::web::answer::{Answer, WebError, page};
use crate::web::context::Visitor;
use crate::web::view::{Enrol, EnrolToken};
use crate::web::{Shared, fill};
use actix_web::http::StatusCode;
use actix_web::web;
use watchroom_domain::MachineId;

/// A token serves one agent.
const USES: u32 = 1;

/// What to do, and how far the agent has come.
///
/// # Errors
/// When there is no such machine or the page cannot be rendered.
pub async fn show(web: Shared, visitor: Visitor, id: web::Path<MachineId>) -> Answer {
    answer(&web, &visitor, *id, None)
}

/// Makes a token and shows it, once.
///
/// # Errors
/// When there is no such machine or nothing was recorded.
pub async fn issue(web: Shared, visitor: Visitor, id: web::Path<MachineId>) -> Answer {
    let fresh = issue_token(&web.enrolment, &visitor, *id, USES, None).await?;
    let token = EnrolToken { token: fresh.text, expires_us: fresh.expires_us, uses: USES };
    answer(&web, &visitor, *id, Some(token))
}

fn answer(web: &Shared, visitor: &Visitor, id: MachineId, token: Option<EnrolToken>) -> Answer {
    let body = web.views.ask(|models| {
        let machine = models.state.machines.get(&id)?;
        Some(Enrol {
            l: visitor.l,
            machine: id.to_string(),
            name: machine.details.name.clone(),
            token,
            state: fill::enrol_state(models, visitor, id),
        })
    });
    page(web, visitor, StatusCode::OK, body.ok_or(WebError::NotFound)?)
}
