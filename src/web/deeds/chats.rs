//! Chats of one's own: linked by a one-time code, and which there are.

use super::Done;
use crate::fresh;
use crate::web::Shared;
use crate::web::answer::refused;
use crate::web::context::Visitor;
use crate::web::view::ChatCode;
use watchroom_domain::{Action, Command, Destination, LINK_CODE_LIFE_US, LinkCode, State};

/// Name of the channel.
const CHANNEL: &str = "telegram";
/// Letters and digits that nobody takes for others: 32 of them, 5 bits each.
const LETTERS: &[u8; 32] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";

/// Makes a code by which a chat is linked; nobody knows it afterwards.
///
/// # Errors
/// When nothing was recorded.
pub async fn issue(web: &Shared, visitor: &Visitor) -> Done<ChatCode> {
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
    if let Err(refusal) = refused(web.submit(visitor, command).await)? {
        return Ok(Err(refusal));
    }
    let link = web.telegram.borrow().bot.as_ref().map(|bot| format!("https://t.me/{bot}?start={code}"));
    Ok(Ok(ChatCode { code, link, expires_us }))
}

/// The chats that the visitor may unlink: own ones, and groups for whoever manages channels.
pub fn of<'a>(state: &'a State, visitor: &'a Visitor) -> impl Iterator<Item = &'a Destination> {
    let manages = visitor.may(Action::ManageChannels);
    let own = visitor.signed.as_ref().map(|s| s.person);
    let all = state.destinations.values().filter(|d| d.channel == CHANNEL);
    all.filter(move |d| Some(d.person) == own || (d.group && manages))
}
