//! Parts of pages that are fetched again by themselves.

use crate::web::answer::{Answer, WebError, region};
use crate::web::context::Visitor;
use crate::web::list::{Asked, Pairs};
use crate::web::sight::Sight;
use crate::web::{Shared, fill};
use actix_web::web;
use serde::Deserialize;
use watchroom_domain::MachineId;

/// Of which machine, if of one.
#[derive(Deserialize)]
pub struct Of {
    /// Which.
    pub machine: Option<MachineId>,
}

/// Of a machine that the visitor does not see there is nothing.
pub(super) fn seen(web: &Shared, visitor: &Visitor, of: &Of) -> Result<(), WebError> {
    let seen = |machine| web.views.with(|state| Sight::of(state, visitor).machine(machine));
    if of.machine.is_none_or(seen) { Ok(()) } else { Err(WebError::NotFound) }
}

/// What happened: the column, or one machine's list.
///
/// # Errors
/// When it cannot be rendered.
pub async fn activity(web: Shared, visitor: Visitor, of: web::Query<Of>) -> Answer {
    seen(&web, &visitor, &of)?;
    match of.machine {
        None => region(&web.views.ask(|models| fill::activity(models, &visitor))),
        Some(machine) => region(&web.views.ask(|models| fill::machine_events(models, &visitor, machine))),
    }
}

/// Alerts: the list, or one machine's.
///
/// # Errors
/// When it cannot be rendered.
pub async fn alerts(web: Shared, visitor: Visitor, of: web::Query<Of>, pairs: Pairs) -> Answer {
    seen(&web, &visitor, &of)?;
    match of.machine {
        Some(machine) => region(&web.views.ask(|models| fill::machine_alerts(models, &visitor, machine))),
        None => {
            let asked = Asked::of(&fill::ALERTS, &pairs);
            region(&web.views.ask(|models| fill::alert_list(models, &visitor, &asked)))
        }
    }
}

/// The list of machines.
///
/// # Errors
/// When it cannot be rendered.
pub async fn machines(web: Shared, visitor: Visitor, pairs: Pairs) -> Answer {
    let asked = Asked::of(&fill::MACHINES, &pairs);
    region(&web.views.ask(|models| fill::machine_list(models, &visitor, &asked)))
}

/// The figures across the top.
///
/// # Errors
/// When they cannot be rendered.
pub async fn figures(web: Shared, visitor: Visitor) -> Answer {
    region(&web.views.ask(|models| fill::figures(models, &visitor)))
}

/// How far an agent has come.
///
/// # Errors
/// When there is no such machine.
pub async fn enrol(web: Shared, visitor: Visitor, id: web::Path<MachineId>) -> Answer {
    let state = web.views.ask(|models| {
        models.state.machines.contains_key(&id).then(|| fill::enrol_state(models, &visitor, *id))
    });
    region(&state.ok_or(WebError::NotFound)?)
}
