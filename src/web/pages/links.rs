//! Chats of one's own: linked by a one-time code that is shown here once, and unlinked.

use super::account;
use crate::web::answer::{Answer, errors_of, see};
use crate::web::context::{Visitor, Web};
use crate::web::deeds;
use crate::web::view::{ChatCode, Chats, Errors, LinkedChat};
use crate::web::{Shared, fill};
use actix_web::http::StatusCode;
use actix_web::web;
use watchroom_domain::{Action, Command, State, SubscriptionId};

/// Makes a code and shows it, once.
///
/// # Errors
/// When nothing was recorded.
pub async fn issue(web: Shared, visitor: Visitor) -> Answer {
    match deeds::chats::issue(&web, &visitor).await? {
        Ok(code) => account::answer(&web, &visitor, StatusCode::OK, Errors::default(), Some(code)),
        Err(refusal) => {
            let errors = errors_of(&visitor.l, &refusal);
            account::answer(&web, &visitor, StatusCode::UNPROCESSABLE_ENTITY, errors, None)
        }
    }
}

/// Unlinks a chat.
///
/// # Errors
/// When it is somebody else's, or nothing was recorded.
pub async fn unlink(web: Shared, visitor: Visitor, id: web::Path<SubscriptionId>) -> Answer {
    web.submit(&visitor, Command::UnlinkDestination { subscription: *id }).await?;
    Ok(see("/account", Some("notice-unlinked")))
}

/// What the account page says about chats.
pub(super) fn chats(web: &Web, state: &State, visitor: &Visitor, code: Option<ChatCode>) -> Chats {
    let linked = deeds::chats::of(state, visitor).map(|d| LinkedChat {
        id: d.subscription.to_string(),
        group: d.group,
        title: d.title.clone(),
        by: fill::person_name(state, visitor, d.person),
        told: state.subscriptions.get(&d.subscription).is_some_and(|s| s.disabled.is_none()),
    });
    let status = web.telegram.borrow().clone();
    Chats {
        condition: status.condition,
        bot: status.bot.unwrap_or_default(),
        linked: linked.collect(),
        code,
        manages: visitor.may(Action::ManageChannels),
    }
}
