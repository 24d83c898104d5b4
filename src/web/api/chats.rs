//! Chats that the asker has linked, by which the hub speaks and listens.

use super::asked::{done, made, settled, submit};
use super::error::{ApiError, Reply};
use super::paging::Listing;
use super::table::{Gives, OWN, Operation, delete, get, post, shape};
use super::types::Time;
use crate::web::Shared;
use crate::web::context::Visitor;
use crate::web::deeds;
use actix_web::web;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;
use watchroom_domain::{Command, SubscriptionId};

/// The operations.
pub const OPERATIONS: &[Operation] = &[
    get(("/api/v1/chats", OWN), ("list_chats", "List linked chats"), Gives::List(shape::<Chat>), || {
        web::to(list)
    })
    .says("The asker's own, and groups for whoever manages channels."),
    post(
        ("/api/v1/chats/link-codes", OWN),
        ("issue_link_code", "Make a code that links a chat"),
        Gives::Made(shape::<NewLinkCode>),
        || web::to(issue),
    )
    .says("Send it to the bot as `/start CODE` from the chat that is to be linked. Told this once."),
    delete(("/api/v1/chats/{chat}", OWN), ("unlink_chat", "Unlink a chat"), || web::to(unlink))
        .says("Nothing is told there any more, and its buttons do nothing."),
];

/// A chat that is linked.
#[derive(Debug, Serialize, ToSchema)]
struct Chat {
    /// Its identifier; that of its subscription too.
    id: Uuid,
    /// The channel.
    channel: String,
    /// Whether several people read there.
    group: bool,
    /// What the group is called.
    title: String,
    /// Who has linked it.
    linked_by: Uuid,
    /// Whether it is told of alerts.
    told: bool,
}

async fn list(web: Shared, visitor: Visitor, ask: Listing<super::NoFilter>) -> Reply {
    let behind = ask.paging.behind::<SubscriptionId>()?;
    let page = web.views.with(|state| {
        let all = deeds::chats::of(state, &visitor);
        let rest = all.filter(|chat| behind.is_none_or(|b| chat.subscription > b));
        ask.paging.page(rest.map(|chat| {
            let told = state.subscriptions.get(&chat.subscription).is_some_and(|s| s.disabled.is_none());
            let told = Chat {
                id: chat.subscription.0,
                channel: chat.channel.clone(),
                group: chat.group,
                title: chat.title.clone(),
                linked_by: chat.person.0,
                told,
            };
            (chat.subscription, told)
        }))
    });
    ask.paging.answer(&page)
}

/// A code that links a chat.
#[derive(Debug, Serialize, ToSchema)]
struct NewLinkCode {
    /// What is sent to the bot behind `/start`.
    code: String,
    /// A link that does so, where the bot's name is known.
    link: Option<String>,
    /// When it ends.
    expires_at: Time,
}

async fn issue(web: Shared, visitor: Visitor) -> Reply {
    let issued = settled(deeds::chats::issue(&web, &visitor).await, &[])?;
    let told = NewLinkCode { code: issued.code, link: issued.link, expires_at: Time(issued.expires_us) };
    made("/api/v1/chats", &told)
}

async fn unlink(web: Shared, visitor: Visitor, id: web::Path<SubscriptionId>) -> Reply {
    let known = web.views.with(|state| deeds::chats::of(state, &visitor).any(|c| c.subscription == *id));
    if !known {
        return Err(ApiError::not_found("chat"));
    }
    submit(&web, &visitor, Command::UnlinkDestination { subscription: *id }, &[]).await?;
    done()
}
