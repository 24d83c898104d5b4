//! Giving a machine or a rule away, sharing it, and taking a share back.

use crate::web::answer::{Answer, WebError, errors_of, page, refused, see};
use crate::web::context::Visitor;
use crate::web::view::{Range, ShareTyped, Sharing};
use crate::web::{Shared, fill};
use actix_web::http::StatusCode;
use actix_web::web;
use serde::Deserialize;
use watchroom_domain::{Command, Grantee, GroupId, MachineId, Refusal, Right, RuleId, State, Thing};

/// The fields of sharing.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Share {
    kind: String,
    login: String,
    group: String,
    right: String,
}

/// The fields of taking a share back.
#[derive(Deserialize)]
pub struct Unshare {
    with: String,
}

/// The fields of giving away.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Give {
    owner: String,
    nobody: String,
}

/// Shares a machine.
///
/// # Errors
/// When there is no such machine, or nothing was recorded for a reason that the form cannot show.
pub async fn share_machine(
    web: Shared,
    visitor: Visitor,
    id: web::Path<MachineId>,
    fields: web::Form<Share>,
) -> Answer {
    share(&web, &visitor, Thing::Machine(*id), fields.into_inner()).await
}

/// Shares a rule.
///
/// # Errors
/// As [`share_machine`].
pub async fn share_rule(
    web: Shared,
    visitor: Visitor,
    id: web::Path<RuleId>,
    fields: web::Form<Share>,
) -> Answer {
    share(&web, &visitor, Thing::Rule(*id), fields.into_inner()).await
}

/// Takes a share of a machine back.
///
/// # Errors
/// As [`share_machine`].
pub async fn unshare_machine(
    web: Shared,
    visitor: Visitor,
    id: web::Path<MachineId>,
    fields: web::Form<Unshare>,
) -> Answer {
    unshare(&web, &visitor, Thing::Machine(*id), &fields.with).await
}

/// Takes a share of a rule back.
///
/// # Errors
/// As [`share_machine`].
pub async fn unshare_rule(
    web: Shared,
    visitor: Visitor,
    id: web::Path<RuleId>,
    fields: web::Form<Unshare>,
) -> Answer {
    unshare(&web, &visitor, Thing::Rule(*id), &fields.with).await
}

/// Gives a machine away.
///
/// # Errors
/// As [`share_machine`].
pub async fn give_machine(
    web: Shared,
    visitor: Visitor,
    id: web::Path<MachineId>,
    fields: web::Form<Give>,
) -> Answer {
    give(&web, &visitor, Thing::Machine(*id), fields.into_inner()).await
}

/// Gives a rule away.
///
/// # Errors
/// As [`share_machine`].
pub async fn give_rule(
    web: Shared,
    visitor: Visitor,
    id: web::Path<RuleId>,
    fields: web::Form<Give>,
) -> Answer {
    give(&web, &visitor, Thing::Rule(*id), fields.into_inner()).await
}

/// Nobody looks through people here: a login name is known, or it is not.
fn no_such_login(field: &'static str) -> Refusal {
    Refusal::field("no_such_login", field, "Nobody has this login name. Look at the spelling.")
}

/// With whom the form means, as far as the asker may choose it.
fn grantee(state: &State, visitor: &Visitor, fields: &Share) -> Result<Grantee, Refusal> {
    if fields.kind == "group" {
        let group = fields.group.parse::<GroupId>().ok();
        let mine = group.filter(|group| state.may_share_with(&visitor.principal(), *group));
        let wrong = || Refusal::field("bad_choice", "group", "Choose one of these.");
        return mine.map(Grantee::Group).ok_or_else(wrong);
    }
    let known = state.person_by_login(fields.login.trim()).map(|p| Grantee::Person(p.person));
    known.ok_or_else(|| no_such_login("login"))
}

/// Who may not even manage a thing is told so before anything of the form is looked at: what it answers would
/// say who has an account.
fn check(web: &Shared, visitor: &Visitor, thing: Thing) -> Result<(), WebError> {
    match web.views.with(|state| state.right_on(&visitor.principal(), thing)) {
        Some(Right::Manage) => Ok(()),
        Some(_) => Err(WebError::Forbidden),
        None => Err(WebError::NotFound),
    }
}

async fn share(web: &Shared, visitor: &Visitor, thing: Thing, fields: Share) -> Answer {
    check(web, visitor, thing)?;
    let right = if fields.right == "operate" { Right::Operate } else { Right::See };
    let with = web.views.with(|state| grantee(state, visitor, &fields));
    let shared = match with {
        Ok(with) => refused(web.submit(visitor, Command::Share { thing, with, right }).await)?,
        Err(refusal) => Err(refusal),
    };
    match shared {
        Ok(_) => Ok(see(&path(thing), Some("notice-shared"))),
        Err(refusal) => {
            let Share { kind, login, group, right } = fields;
            let typed = ShareTyped { kind, login, group, right, owner: String::new() };
            again(web, visitor, thing, typed, &refusal)
        }
    }
}

async fn unshare(web: &Shared, visitor: &Visitor, thing: Thing, with: &str) -> Answer {
    let with = match with.split_once(':') {
        Some(("person", id)) => id.parse().ok().map(Grantee::Person),
        Some(("group", id)) => id.parse().ok().map(Grantee::Group),
        _ => None,
    };
    let with = with.ok_or(WebError::Bad("nobody is named"))?;
    web.submit(visitor, Command::Unshare { thing, with }).await?;
    Ok(see(&path(thing), Some("notice-unshared")))
}

async fn give(web: &Shared, visitor: &Visitor, thing: Thing, fields: Give) -> Answer {
    check(web, visitor, thing)?;
    let nobody = !fields.nobody.is_empty();
    let owner = web.views.with(|s| s.person_by_login(fields.owner.trim()).map(|p| p.person));
    let given = if owner.is_none() && !nobody {
        Err(no_such_login("owner"))
    } else {
        let owner = owner.filter(|_| !nobody);
        refused(web.submit(visitor, Command::SetOwner { thing, owner }).await)?
    };
    match given {
        Ok(_) => {
            // Whoever gives something away may not see it any more.
            let seen = web.views.with(|state| state.right_on(&visitor.principal(), thing).is_some());
            let list = if matches!(thing, Thing::Machine(_)) { "/machines" } else { "/rules" };
            let to = if seen { path(thing) } else { list.to_owned() };
            Ok(see(&to, Some("notice-given")))
        }
        Err(refusal) => {
            let typed = ShareTyped { owner: fields.owner, ..ShareTyped::default() };
            again(web, visitor, thing, typed, &refusal)
        }
    }
}

fn path(thing: Thing) -> String {
    match thing {
        Thing::Machine(id) => format!("/machines/{id}"),
        Thing::Rule(id) => format!("/rules/{id}/edit"),
    }
}

/// The page of the thing once more, with what is wrong beside its field.
fn again(web: &Shared, visitor: &Visitor, thing: Thing, typed: ShareTyped, refusal: &Refusal) -> Answer {
    let errors = errors_of(&visitor.l, refusal);
    let status = StatusCode::UNPROCESSABLE_ENTITY;
    match thing {
        Thing::Machine(id) => {
            let body = web.views.ask(|models| {
                let machine = models.state.machines.get(&id)?;
                let sharing = fill::sharing(&models.state, visitor, thing, typed, errors);
                let mut page = fill::machine_page(models, visitor, machine, Range::default());
                page.sharing = sharing;
                Some(page)
            });
            page(web, visitor, status, body.ok_or(WebError::NotFound)?)
        }
        Thing::Rule(id) => {
            let body = web.views.with(|state| {
                let mut form = fill::rule_form(state, visitor, state.rules.get(&id)?);
                form.sharing = Some(fill::sharing(state, visitor, thing, typed, errors));
                Some(form)
            });
            page(web, visitor, status, body.ok_or(WebError::NotFound)?)
        }
    }
}

/// Owner and shares of a thing as they are.
pub(super) fn as_is(state: &State, visitor: &Visitor, thing: Thing) -> Sharing {
    fill::sharing(state, visitor, thing, ShareTyped::default(), Default::default())
}
