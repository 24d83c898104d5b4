//! Invitations: the list, inviting, sending again, taking back.

use crate::fresh;
use crate::web::answer::{Answer, errors_of, hand_in, page, see};
use crate::web::context::Visitor;
use crate::web::deeds::invitations::{DAY_US, DAYS, MOST_DAYS};
use crate::web::list::{Asked, Pairs};
use crate::web::view::{Errors, InviteTyped};
use crate::web::{Shared, fill};
use actix_web::http::StatusCode;
use actix_web::web;
use std::collections::BTreeSet;
use watchroom_domain::{AccountCommand, Command, GroupId, InvitationId, Micros, Refusal};

/// All invitations.
///
/// # Errors
/// When the page cannot be rendered.
pub async fn list(web: Shared, visitor: Visitor, pairs: Pairs) -> Answer {
    let asked = Asked::of(&fill::INVITATIONS, &pairs);
    let typed = InviteTyped {
        role: "member".to_owned(),
        days: DAYS.to_string(),
        language: visitor.l.lang.tag().to_owned(),
        ..InviteTyped::default()
    };
    answer(&web, &visitor, StatusCode::OK, &asked, typed, Errors::default())
}

fn answer(
    web: &Shared,
    visitor: &Visitor,
    status: StatusCode,
    asked: &Asked,
    typed: InviteTyped,
    errors: Errors,
) -> Answer {
    let body = web.views.ask(|models| fill::invitations(web, models, visitor, asked));
    page(web, visitor, status, crate::web::view::Invitations { typed, errors, ..body })
}

fn typed(fields: Vec<(String, String)>) -> InviteTyped {
    let mut typed = InviteTyped::default();
    for (name, value) in fields {
        match name.as_str() {
            "mail" => typed.mail = value,
            "role" => typed.role = value,
            "group" => typed.groups.push(value),
            "days" => typed.days = value,
            "language" => typed.language = value,
            _ => {}
        }
    }
    typed
}

fn command(web: &Shared, visitor: &Visitor, typed: &InviteTyped) -> Result<Command, Refusal> {
    let bad = |field| Refusal::field("bad_choice", field, "Choose one of these.");
    let role = fill::role_of(&typed.role).ok_or_else(|| bad("role"))?;
    let groups: Result<BTreeSet<GroupId>, _> = typed.groups.iter().map(|g| g.parse()).collect();
    let days = typed.days.trim().parse::<Micros>().ok().filter(|days| (1..=MOST_DAYS).contains(days));
    let days = days.ok_or_else(|| Refusal::field("bad_days", "days", "From 1 to 30 days."))?;
    let now = visitor.l.now_us;
    Ok(Command::Account(AccountCommand::Invite {
        invitation: InvitationId(fresh::id(now)),
        mail: typed.mail.clone(),
        role,
        groups: groups.map_err(|_| bad("group"))?,
        language: typed.language.clone(),
        link: web.links.link(now, days * DAY_US),
    }))
}

/// Invites somebody.
///
/// # Errors
/// When nothing was recorded for a reason that the form cannot show.
pub async fn invite(web: Shared, visitor: Visitor, fields: web::Form<Vec<(String, String)>>) -> Answer {
    let typed = typed(fields.into_inner());
    match hand_in(&web, &visitor, command(&web, &visitor, &typed)).await? {
        Ok(()) => Ok(see("/invitations", Some("notice-invited"))),
        Err(refusal) => {
            let errors = errors_of(&visitor.l, &refusal);
            let asked = Asked::of(&fill::INVITATIONS, &Default::default());
            answer(&web, &visitor, StatusCode::UNPROCESSABLE_ENTITY, &asked, typed, errors)
        }
    }
}

/// Gives an invitation another link, and sends it where there is an address.
///
/// # Errors
/// When there is no such invitation or nothing was recorded for a reason that the page cannot show.
pub async fn again(web: Shared, visitor: Visitor, id: web::Path<InvitationId>) -> Answer {
    let link = web.links.link(visitor.l.now_us, DAYS * DAY_US);
    let command = AccountCommand::InviteAgain { invitation: *id, link };
    done(&web, &visitor, command, "notice-invited-again").await
}

/// Takes an invitation back.
///
/// # Errors
/// When there is no such invitation or nothing was recorded for a reason that the page cannot show.
pub async fn withdraw(web: Shared, visitor: Visitor, id: web::Path<InvitationId>) -> Answer {
    done(&web, &visitor, AccountCommand::Withdraw { invitation: *id }, "notice-invitation-withdrawn").await
}

async fn done(web: &Shared, visitor: &Visitor, command: AccountCommand, said: &str) -> Answer {
    match hand_in(web, visitor, Ok(Command::Account(command))).await? {
        Ok(()) => Ok(see("/invitations", Some(said))),
        Err(refusal) => {
            let errors = errors_of(&visitor.l, &Refusal { field: None, ..refusal });
            let asked = Asked::of(&fill::INVITATIONS, &Default::default());
            let typed = InviteTyped { days: DAYS.to_string(), ..InviteTyped::default() };
            answer(web, visitor, StatusCode::UNPROCESSABLE_ENTITY, &asked, typed, errors)
        }
    }
}
