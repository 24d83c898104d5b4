//! Chats of one's own: linked by a one-time code that is shown here once, and unlinked.

use super::account;
use crate::fresh;
use crate::web::answer::{Answer, errors_of, refused, see};
use crate::web::context::{Visitor, Web};
use crate::web::view::{ChatCode, Chats, Errors, LinkedChat};
use crate::web::{Shared, fill};
use actix_web::http::StatusCode;
use actix_web::web;
use watchroom_domain::{Action, Command, LINK_CODE_LIFE_US, LinkCode, State, SubscriptionId};

/// Name of the channel.
const CHANNEL: &str = "telegram";
/// Letters and digits that nobody takes for others: 32 of them, 5 bits each.
const LETTERS: &[u8; 32] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";

/// Makes a code and shows it, once.
///
/// # Errors
/// When nothing was recorded.
pub async fn issue(web: Shared, visitor: Visitor) -> Answer {
    // 16 letters are 80 bits: nobody finds them within ten minutes by trying.
    let code: String =
        fresh::secret::<16>().iter().map(|b| char::from(LETTERS[usize::from(b % 32)])).collect();
    let expires_us = visitor.l.now_us + LINK_CODE_LIFE_US;
    let hidden = LinkCode {
        channel: CHANNEL.to_owned(),
        code_sha256: fresh::fingerprint(code.as_bytes()),
        expires_us,
        language: visitor.l.lang.tag().to_owned(),
    };
    let command = Command::IssueLinkCode { channel: CHANNEL.to_owned(), code: hidden };
    if let Err(refusal) = refused(web.submit(&visitor, command).await)? {
        let errors = errors_of(&visitor.l, &refusal);
        return account::answer(&web, &visitor, StatusCode::UNPROCESSABLE_ENTITY, errors, None);
    }
    let link = web.telegram.borrow().bot.as_ref().map(|bot| format!("https://t.me/{bot}?start={code}"));
    let shown = ChatCode { code, link, expires_us };
    account::answer(&web, &visitor, StatusCode::OK, Errors::default(), Some(shown))
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
    let manages = visitor.may(Action::ManageChannels);
    let own = visitor.signed.as_ref().map(|s| s.person);
    let shown = state
        .destinations
        .values()
        .filter(|d| d.channel == CHANNEL && (Some(d.person) == own || (d.group && manages)));
    let linked = shown.map(|d| LinkedChat {
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
        manages,
    }
}
