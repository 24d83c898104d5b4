//! What went wrong with a call of the Bot API, in our own words.
//!
//! Errors of the library below may hold the address, and the address holds the token: nothing of them is
//! passed on.

use crate::channels::SendError;
use crate::channels::secret::SecretError;
use std::time::Duration;
use teloxide::{ApiError, RequestError};
use thiserror::Error;

/// Longest wait that the far side is believed to want.
const LONGEST_WAIT: Duration = Duration::from_secs(3_600);

/// Why a call came to nothing.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Trouble {
    /// The token cannot be read.
    #[error("{0}")]
    Secret(SecretError),
    /// Telegram does not know the token.
    #[error("the token is not accepted")]
    Token,
    /// Another program gets the updates of this bot.
    #[error("another program uses this token")]
    Rival,
    /// Too many calls: wait at least so long.
    #[error("too many requests")]
    Wait(Duration),
    /// The group has another identifier now.
    #[error("the group has moved")]
    Moved(i64),
    /// The chat is gone for the bot, and why.
    #[error("{0}")]
    Gone(&'static str),
    /// The marks in the text were refused.
    #[error("the marks in the text were refused")]
    Entities,
    /// The message says and shows that already.
    #[error("nothing has changed")]
    Same,
    /// The message that is meant is not there any more.
    #[error("the message is gone")]
    Lost,
    /// It will never be taken like this: the text itself is at fault.
    #[error("{0}")]
    Refused(&'static str),
    /// It was not taken, for a reason that is not known and may pass.
    #[error("400 refused")]
    Odd,
    /// The far side is out of order.
    #[error("the server is out of order")]
    Server,
    /// It cannot be reached: nothing was sent.
    #[error("no connection")]
    Unreachable,
    /// Nobody knows whether it was done.
    #[error("the line was lost before an answer")]
    Unsure,
}

impl From<RequestError> for Trouble {
    fn from(error: RequestError) -> Self {
        match error {
            RequestError::Api(error) => of_api(&error),
            RequestError::MigrateToChatId(to) => Self::Moved(to.0),
            RequestError::RetryAfter(wait) => Self::Wait(wait.duration().min(LONGEST_WAIT)),
            RequestError::Network(error) if error.is_connect() => Self::Unreachable,
            RequestError::Network(_) | RequestError::Io(_) => Self::Unsure,
            // What is no answer of the Bot API comes from something in front of it that could not reach it.
            RequestError::InvalidJson { .. } => Self::Server,
        }
    }
}

fn of_api(error: &ApiError) -> Trouble {
    match error {
        ApiError::InvalidToken => Trouble::Token,
        ApiError::TerminatedByOtherGetUpdates | ApiError::CantGetUpdates => Trouble::Rival,
        ApiError::BotBlocked => Trouble::Gone("403 blocked by the user"),
        ApiError::UserDeactivated => Trouble::Gone("403 user deactivated"),
        ApiError::BotKicked | ApiError::BotKickedFromSupergroup | ApiError::BotKickedFromChannel => {
            Trouble::Gone("403 removed from the group")
        }
        ApiError::GroupDeactivated => Trouble::Gone("400 group deactivated"),
        ApiError::ChatNotFound | ApiError::UserNotFound => Trouble::Gone("400 chat not found"),
        ApiError::CantInitiateConversation | ApiError::CantTalkWithBots => {
            Trouble::Gone("403 cannot write to this chat")
        }
        ApiError::NotEnoughRightsToPostMessages => Trouble::Gone(MUTED),
        ApiError::CantParseEntities(_) => Trouble::Entities,
        ApiError::MessageNotModified => Trouble::Same,
        ApiError::MessageToEditNotFound
        | ApiError::MessageCantBeEdited
        | ApiError::MessageIdInvalid
        | ApiError::MessageToReplyNotFound => Trouble::Lost,
        ApiError::MessageIsTooLong | ApiError::EditedMessageIsTooLong => {
            Trouble::Refused("400 message too long")
        }
        ApiError::MessageTextIsEmpty => Trouble::Refused("400 message empty"),
        ApiError::InvalidQueryId => Trouble::Lost,
        ApiError::Unknown(said) => of_words(said),
        _ => Trouble::Odd,
    }
}

/// The bot is there but may not write; somebody there has to let it.
const MUTED: &str = "400 may not write to this chat";

/// What the library has no name for, by how it begins.
fn of_words(said: &str) -> Trouble {
    let begins = |words: &str| said.starts_with(words);
    if begins("Conflict") {
        Trouble::Rival
    } else if begins("Forbidden") {
        Trouble::Gone("403 forbidden")
    } else if begins("Too Many Requests") {
        Trouble::Wait(Duration::from_secs(30))
    } else if begins("Bad Request: query is too old") {
        Trouble::Lost
    } else if begins("Bad Request") {
        of_request(&said.to_ascii_lowercase())
    } else {
        Trouble::Server
    }
}

/// What is wrong with a request, by what it says in small letters.
fn of_request(said: &str) -> Trouble {
    let says = |words: &[&str]| words.iter().any(|words| said.contains(words));
    if says(&[
        "not enough rights",
        "have no rights",
        "write_forbidden",
        "_forbidden",
        "need administrator rights",
    ]) {
        Trouble::Gone(MUTED)
    } else if says(&["parse entities", "entities_too_long", "entity_"]) {
        Trouble::Entities
    } else if says(&["too long", "too_long", "text is empty", "message_empty"]) {
        Trouble::Refused("400 message too long or empty")
    } else {
        Trouble::Odd
    }
}

impl From<Trouble> for SendError {
    fn from(trouble: Trouble) -> Self {
        let answer = trouble.to_string();
        match trouble {
            Trouble::Wait(wait) => {
                Self::Wait { answer: "429 too many requests".to_owned(), wait, whole: false }
            }
            Trouble::Moved(to) => {
                Self::Moved { answer: "400 group has moved".to_owned(), to: to.to_string() }
            }
            Trouble::Gone(_) => Self::Gone(answer),
            Trouble::Entities | Trouble::Refused(_) => Self::Refused(answer),
            // Something about this chat; that it was said shows that the far side is there.
            Trouble::Odd => Self::PutOff { answer, reached: true },
            Trouble::Unsure => Self::Ambiguous("line lost".to_owned()),
            Trouble::Secret(_) | Trouble::Token | Trouble::Rival => Self::Later(answer),
            Trouble::Same | Trouble::Lost | Trouble::Server | Trouble::Unreachable => Self::Later(answer),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_library_has_no_name_for_is_known_by_its_beginning() {
        let of = |said: &str| Trouble::from(RequestError::Api(ApiError::Unknown(said.to_owned())));
        assert_eq!(of("Conflict: can't use getUpdates method while webhook is active"), Trouble::Rival);
        assert!(matches!(of("Forbidden: bot is not a member of the channel chat"), Trouble::Gone(_)));
        assert_eq!(of("Bad Gateway"), Trouble::Server);
        assert_eq!(of("Bad Request: PEER_ID_INVALID"), Trouble::Odd);
    }

    #[test]
    fn only_a_fault_of_the_text_is_final_and_a_chat_in_which_the_bot_may_not_write_is_gone() {
        let of = |said: &str| {
            let error: ApiError = serde_json::from_value(said.into()).unwrap();
            SendError::from(Trouble::from(RequestError::Api(error)))
        };
        for muted in [
            "Bad Request: not enough rights to send text messages to the chat",
            "Bad Request: have no rights to send a message",
            "Bad Request: CHAT_WRITE_FORBIDDEN",
            "Bad Request: need administrator rights in the channel chat",
        ] {
            assert!(matches!(of(muted), SendError::Gone(_)), "{muted}: {:?}", of(muted));
        }
        for text in ["Bad Request: message is too long", "Bad Request: message text is empty"] {
            assert!(matches!(of(text), SendError::Refused(_)), "{text}: {:?}", of(text));
        }
        for passing in
            ["Bad Request: TOPIC_CLOSED", "Bad Request: wrong HTTP URL", "Bad Request: anything new"]
        {
            assert!(matches!(of(passing), SendError::PutOff { .. }), "{passing}: {:?}", of(passing));
        }
    }
}
