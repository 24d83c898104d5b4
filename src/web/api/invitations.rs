//! Invitations: who is to make an account, with which role.

use super::asked::{made, one, submit};
use super::error::{ApiError, Reply};
use super::input::Json;
use super::paging::Listing;
use super::people::Role;
use super::table::{Gives, Operation, PEOPLE, get, post, query, shape};
use super::types::Time;
use crate::fresh;
use crate::web::Shared;
use crate::web::context::Visitor;
use crate::web::deeds::invitations::{DAY_US, DAYS, MOST_DAYS, link, word_of};
use actix_web::web;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use watchroom_domain as domain;
use watchroom_domain::{AccountCommand, Command, GroupId, InvitationId, InvitationOutcome, Micros};

/// Where the domain's fields stand in the body.
const POINTERS: &[(&str, &str)] = &[("group", "/groups"), ("days", "/days")];

const ONE: Gives = Gives::One(shape::<Invitation>);

/// The operations.
pub const OPERATIONS: &[Operation] = &[
    get(
        ("/api/v1/invitations", PEOPLE),
        ("list_invitations", "List invitations"),
        Gives::List(shape::<Invitation>),
        || web::to(list),
    )
    .filters(query::<InvitationFilter>),
    post(
        ("/api/v1/invitations", PEOPLE),
        ("invite", "Invite somebody"),
        Gives::Made(shape::<Invitation>),
        || web::to(invite),
    )
    .takes(shape::<InvitationInput>)
    .says("The link goes out by mail where there is an address; hand it over in another way where there is none."),
    get(("/api/v1/invitations/{invitation}", PEOPLE), ("get_invitation", "Read an invitation"), ONE, || {
        web::to(show)
    }),
    post(
        ("/api/v1/invitations/{invitation}/send-again", PEOPLE),
        ("invite_again", "Give an invitation another link"),
        ONE,
        || web::to(again),
    )
    .says("The link before ends; the new one is good for a week and goes out by mail where there is an address."),
    post(
        ("/api/v1/invitations/{invitation}/withdraw", PEOPLE),
        ("withdraw_invitation", "Take an invitation back"),
        ONE,
        || web::to(withdraw),
    ),
];

/// What became of an invitation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum InvitationState {
    /// Its link makes an account.
    Open,
    /// Its link has ended.
    Over,
    /// Somebody made an account by it.
    Used,
    /// It was taken back.
    Withdrawn,
}

/// An invitation.
#[derive(Debug, Serialize, ToSchema)]
struct Invitation {
    /// Its identifier.
    id: Uuid,
    /// Where the link was sent; empty where it is handed over in another way.
    mail: String,
    /// What the invited person may do.
    role: Role,
    /// Groups that the person will be in.
    groups: Vec<Uuid>,
    /// BCP 47 tag of the letter's language.
    language: String,
    /// What became of it.
    state: InvitationState,
    /// Who made an account by it.
    used_by: Option<Uuid>,
    /// Who has invited; null for the hub.
    invited_by: Option<Uuid>,
    /// When it was made.
    made_at: Time,
    /// When its link ends.
    expires_at: Time,
    /// Its link while it is open, for whoever may give its role; that of administrators and owners for sessions only.
    link: Option<String>,
}

impl Invitation {
    fn of(web: &Shared, visitor: &Visitor, i: &domain::Invitation) -> Self {
        let used_by = match i.outcome {
            InvitationOutcome::Used { person, .. } => Some(person.0),
            _ => None,
        };
        Self {
            id: i.invitation.0,
            mail: i.mail.clone(),
            role: i.role.into(),
            groups: i.groups.iter().map(|group| group.0).collect(),
            language: i.language.clone(),
            state: match word_of(i, visitor.l.now_us) {
                "used" => InvitationState::Used,
                "withdrawn" => InvitationState::Withdrawn,
                "over" => InvitationState::Over,
                _ => InvitationState::Open,
            },
            used_by,
            invited_by: i.by.map(|by| by.0),
            made_at: Time(i.made_us),
            expires_at: Time(i.expires_us),
            link: link(web, visitor, i),
        }
    }
}

/// What the list is narrowed to.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct InvitationFilter {
    /// Only those of which this became.
    state: Option<InvitationState>,
}

async fn list(web: Shared, visitor: Visitor, ask: Listing<InvitationFilter>) -> Reply {
    let behind = ask.paging.behind::<InvitationId>()?;
    let page = web.views.with(|state| {
        let rest = state.accounts.invitations.values().filter(|i| behind.is_none_or(|b| i.invitation > b));
        let told = rest.map(|i| (i.invitation, Invitation::of(&web, &visitor, i)));
        ask.paging.page(told.filter(|(_, i)| ask.filter.state.is_none_or(|wanted| i.state == wanted)))
    });
    ask.paging.answer(&page)
}

fn answer(web: &Shared, visitor: &Visitor, id: InvitationId) -> Result<Invitation, ApiError> {
    let found =
        web.views.with(|state| state.accounts.invitations.get(&id).map(|i| Invitation::of(web, visitor, i)));
    found.ok_or_else(|| ApiError::not_found("invitation"))
}

async fn show(web: Shared, visitor: Visitor, id: web::Path<InvitationId>) -> Reply {
    one(&answer(&web, &visitor, *id)?)
}

/// Who is invited.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct InvitationInput {
    /// Where the link is sent; left out where it is handed over in another way.
    #[serde(default)]
    #[schema(example = "grace@example.org")]
    mail: String,
    /// What the invited person may do: at most what the asker may.
    role: Role,
    /// Groups that the person will be in.
    #[serde(default)]
    groups: Vec<Uuid>,
    /// BCP 47 tag of the letter's language; the asker's where it is left out.
    language: Option<String>,
    /// For how many days the link is good, 1 to 30; a week where it is left out.
    #[schema(minimum = 1, maximum = 30)]
    days: Option<u8>,
}

async fn invite(web: Shared, visitor: Visitor, body: Json<InvitationInput>) -> Reply {
    let InvitationInput { mail, role, groups, language, days } = body.0;
    let days = days.map_or(DAYS, Micros::from);
    if !(1..=MOST_DAYS).contains(&days) {
        return Err(ApiError::invalid("bad_days", "/days", "From 1 to 30 days."));
    }
    let now = visitor.l.now_us;
    let invitation = InvitationId(fresh::id(now));
    let command = AccountCommand::Invite {
        invitation,
        mail,
        role: role.into(),
        groups: groups.into_iter().map(GroupId).collect(),
        language: language.unwrap_or_else(|| visitor.l.lang.tag().to_owned()),
        link: web.links.link(now, days * DAY_US),
    };
    submit(&web, &visitor, Command::Account(command), POINTERS).await?;
    made(&format!("/api/v1/invitations/{invitation}"), &answer(&web, &visitor, invitation)?)
}

async fn again(web: Shared, visitor: Visitor, id: web::Path<InvitationId>) -> Reply {
    let link = web.links.link(visitor.l.now_us, DAYS * DAY_US);
    let command = AccountCommand::InviteAgain { invitation: *id, link };
    submit(&web, &visitor, Command::Account(command), &[]).await?;
    one(&answer(&web, &visitor, *id)?)
}

async fn withdraw(web: Shared, visitor: Visitor, id: web::Path<InvitationId>) -> Reply {
    submit(&web, &visitor, Command::Account(AccountCommand::Withdraw { invitation: *id }), &[]).await?;
    one(&answer(&web, &visitor, *id)?)
}
