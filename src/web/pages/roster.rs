//! People: the list, one of them, what they may do.

use crate::web::answer::{Answer, WebError, errors_of, page, refused, see};
use crate::web::context::Visitor;
use crate::web::list::{Asked, Pairs};
use crate::web::view::Errors;
use crate::web::{Shared, fill};
use actix_web::http::StatusCode;
use actix_web::web;
use serde::Deserialize;
use watchroom_domain::{Command, Refusal, Role, SubjectId};

/// Everybody with an account.
///
/// # Errors
/// When the page cannot be rendered.
pub async fn list(web: Shared, visitor: Visitor, pairs: Pairs) -> Answer {
    let asked = Asked::of(&fill::PEOPLE, &pairs);
    let body = web.views.ask(|models| fill::people(models, &visitor, &asked));
    page(&web, &visitor, StatusCode::OK, body)
}

/// One person.
///
/// # Errors
/// When there is no such person or the page cannot be rendered.
pub async fn show(web: Shared, visitor: Visitor, id: web::Path<SubjectId>) -> Answer {
    answer(&web, &visitor, *id, StatusCode::OK, None, Errors::default())
}

fn answer(
    web: &Shared,
    visitor: &Visitor,
    id: SubjectId,
    status: StatusCode,
    lowering: Option<Role>,
    errors: Errors,
) -> Answer {
    let body = web.views.ask(|models| {
        let person = models.state.people.get(&id)?;
        Some(fill::person_page(models, visitor, person, lowering, errors))
    });
    page(web, visitor, status, body.ok_or(WebError::NotFound)?)
}

/// The fields of another role.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct RoleFields {
    role: String,
    sure: String,
}

/// Gives a person another role; one that takes something away is asked about first.
///
/// # Errors
/// When there is no such person or nothing was recorded for a reason that the form cannot show.
pub async fn set_role(
    web: Shared,
    visitor: Visitor,
    id: web::Path<SubjectId>,
    fields: web::Form<RoleFields>,
) -> Answer {
    let person = *id;
    let before = web.views.with(|s| s.people.get(&person).map(|p| p.role)).ok_or(WebError::NotFound)?;
    let refusal = match fill::role_of(&fields.role) {
        None => Refusal::field("bad_choice", "role", "Choose one of these."),
        Some(role) if role < before && fields.sure.is_empty() => {
            return answer(&web, &visitor, person, StatusCode::OK, Some(role), Errors::default());
        }
        Some(role) => match refused(web.submit(&visitor, Command::SetRole { person, role }).await)? {
            Ok(_) => return Ok(see(&format!("/people/{person}"), Some("notice-role"))),
            Err(refusal) => refusal,
        },
    };
    let errors = errors_of(&visitor.l, &refusal);
    answer(&web, &visitor, person, StatusCode::UNPROCESSABLE_ENTITY, None, errors)
}

/// Closes an account until it is restored.
///
/// # Errors
/// As [`set_role`].
pub async fn suspend(web: Shared, visitor: Visitor, id: web::Path<SubjectId>) -> Answer {
    change(&web, &visitor, *id, Command::SuspendPerson { person: *id }, "notice-suspended").await
}

/// Opens an account again.
///
/// # Errors
/// As [`set_role`].
pub async fn restore(web: Shared, visitor: Visitor, id: web::Path<SubjectId>) -> Answer {
    change(&web, &visitor, *id, Command::RestorePerson { person: *id }, "notice-restored").await
}

async fn change(web: &Shared, visitor: &Visitor, id: SubjectId, command: Command, said: &str) -> Answer {
    match refused(web.submit(visitor, command).await)? {
        Ok(_) => Ok(see(&format!("/people/{id}"), Some(said))),
        // It stands above the forms: neither of them has a field for it.
        Err(refusal) => answer_refused(web, visitor, id, &Refusal { field: None, ..refusal }),
    }
}

/// The person's page, with why something was not done.
pub(super) fn answer_refused(web: &Shared, visitor: &Visitor, id: SubjectId, refusal: &Refusal) -> Answer {
    let errors = errors_of(&visitor.l, refusal);
    answer(web, visitor, id, StatusCode::UNPROCESSABLE_ENTITY, None, errors)
}
