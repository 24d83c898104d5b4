//! Groups of people: the list, one of them, who is in it.

use crate::fresh;
use crate::web::answer::{Answer, WebError, errors_of, page, refused, see};
use crate::web::context::Visitor;
use crate::web::list::{Asked, Pairs};
use crate::web::view::{Errors, GroupPage};
use crate::web::{Shared, fill};
use actix_web::http::StatusCode;
use actix_web::web;
use serde::Deserialize;
use watchroom_domain::{Command, GroupId, Refusal, SubjectId};

/// All groups.
///
/// # Errors
/// When the page cannot be rendered.
pub async fn list(web: Shared, visitor: Visitor, pairs: Pairs) -> Answer {
    let asked = Asked::of(&fill::GROUPS, &pairs);
    let body =
        web.views.ask(|models| fill::groups(models, &visitor, &asked, String::new(), Errors::default()));
    page(&web, &visitor, StatusCode::OK, body)
}

/// The fields of a group.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Named {
    name: String,
}

/// Makes a group.
///
/// # Errors
/// When nothing was recorded for a reason that the form cannot show.
pub async fn add(web: Shared, visitor: Visitor, fields: web::Form<Named>) -> Answer {
    let group = GroupId(fresh::id(visitor.l.now_us));
    let command = Command::AddGroup { group, name: fields.name.clone() };
    match refused(web.submit(&visitor, command).await)? {
        Ok(_) => Ok(see(&format!("/groups/{group}"), Some("notice-group-added"))),
        Err(refusal) => {
            let errors = errors_of(&visitor.l, &refusal);
            let asked = Asked::of(&fill::GROUPS, &Default::default());
            let name = fields.into_inner().name;
            let body = web.views.ask(|models| fill::groups(models, &visitor, &asked, name, errors));
            page(&web, &visitor, StatusCode::UNPROCESSABLE_ENTITY, body)
        }
    }
}

/// One group.
///
/// # Errors
/// When there is no such group or the page cannot be rendered.
pub async fn show(web: Shared, visitor: Visitor, id: web::Path<GroupId>) -> Answer {
    answer(&web, &visitor, *id, StatusCode::OK, |page| page)
}

fn answer(
    web: &Shared,
    visitor: &Visitor,
    id: GroupId,
    status: StatusCode,
    with: impl FnOnce(GroupPage) -> GroupPage,
) -> Answer {
    let body = web.views.ask(|models| {
        let group = models.state.access.groups.get(&id)?;
        Some(fill::group_page(models, visitor, group))
    });
    page(web, visitor, status, with(body.ok_or(WebError::NotFound)?))
}

/// Gives a group another name.
///
/// # Errors
/// When there is no such group or nothing was recorded for a reason that the form cannot show.
pub async fn rename(
    web: Shared,
    visitor: Visitor,
    id: web::Path<GroupId>,
    fields: web::Form<Named>,
) -> Answer {
    let (group, name) = (*id, fields.into_inner().name);
    match refused(web.submit(&visitor, Command::RenameGroup { group, name: name.clone() }).await)? {
        Ok(_) => Ok(see(&format!("/groups/{group}"), Some("notice-saved"))),
        Err(refusal) => {
            let errors = errors_of(&visitor.l, &refusal);
            let typed = |page| GroupPage { name, errors, ..page };
            answer(&web, &visitor, group, StatusCode::UNPROCESSABLE_ENTITY, typed)
        }
    }
}

/// Removes a group, and with it what was shared with it.
///
/// # Errors
/// When there is no such group or nothing was recorded.
pub async fn remove(web: Shared, visitor: Visitor, id: web::Path<GroupId>) -> Answer {
    web.submit(&visitor, Command::RemoveGroup { group: *id }).await?;
    Ok(see("/groups", Some("notice-removed")))
}

/// Who is to come in.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Joining {
    login: String,
}

/// Takes somebody into a group.
///
/// # Errors
/// When there is no such group or nothing was recorded for a reason that the form cannot show.
pub async fn join(
    web: Shared,
    visitor: Visitor,
    id: web::Path<GroupId>,
    fields: web::Form<Joining>,
) -> Answer {
    let (group, login) = (*id, fields.into_inner().login);
    let person = web.views.with(|state| state.person_by_login(login.trim()).map(|p| p.person));
    let joined = match person {
        Some(person) => refused(web.submit(&visitor, Command::JoinGroup { group, person }).await)?,
        None => Err(Refusal::field("no_such_login", "login", "Nobody has this login name.")),
    };
    match joined {
        Ok(_) => Ok(see(&format!("/groups/{group}"), Some("notice-saved"))),
        Err(refusal) => {
            let errors = errors_of(&visitor.l, &Refusal { field: Some("login"), ..refusal });
            let typed = |page| GroupPage { login, errors, ..page };
            answer(&web, &visitor, group, StatusCode::UNPROCESSABLE_ENTITY, typed)
        }
    }
}

/// Who is to go.
#[derive(Deserialize)]
pub struct Leaving {
    person: SubjectId,
}

/// Takes somebody out of a group.
///
/// # Errors
/// When there is no such group or nothing was recorded.
pub async fn leave(
    web: Shared,
    visitor: Visitor,
    id: web::Path<GroupId>,
    fields: web::Form<Leaving>,
) -> Answer {
    let (group, person) = (*id, fields.person);
    web.submit(&visitor, Command::LeaveGroup { group, person }).await?;
    Ok(see(&format!("/groups/{group}"), Some("notice-saved")))
}
