//! The list of machines.

use crate::web::answer::{Answer, page};
use crate::web::context::Visitor;
use crate::web::list::{Asked, Pairs};
use crate::web::view::Machines;
use crate::web::{Shared, fill};
use actix_web::http::StatusCode;
use watchroom_domain::Action;

/// The list.
///
/// # Errors
/// When the page cannot be rendered.
pub async fn list(web: Shared, visitor: Visitor, pairs: Pairs) -> Answer {
    let asked = Asked::of(&fill::MACHINES, &pairs);
    let body = web.views.ask(|models| Machines {
        l: visitor.l,
        figures: fill::figures(models, &visitor),
        list: fill::machine_list(models, &visitor, &asked),
        may_add: visitor.may(Action::ManageMachines),
    });
    page(&web, &visitor, StatusCode::OK, body)
}
