//! Chats of one's own, on the account page.

pub use crate::actors::telegram::Condition;

/// What the account page says about chats.
#[derive(Clone, Debug, Default)]
pub struct Chats {
    /// How the conversation with Telegram does.
    pub condition: Condition,
    /// The bot's name without the `@`; empty while it is not known.
    pub bot: String,
    /// Chats that are linked.
    pub linked: Vec<LinkedChat>,
    /// A code that was just made.
    pub code: Option<ChatCode>,
    /// Whether the reader may set the channel up.
    pub manages: bool,
}

/// A chat that is linked.
#[derive(Clone, Debug, Default)]
pub struct LinkedChat {
    /// By which it is unlinked.
    pub id: String,
    /// Whether several people read there.
    pub group: bool,
    /// What the group is called.
    pub title: String,
    /// Who has linked it.
    pub by: String,
    /// Whether it is told of alerts.
    pub told: bool,
}

/// A code that was just made.
#[derive(Clone, Debug, Default)]
pub struct ChatCode {
    /// What is sent to the bot behind `/start`.
    pub code: String,
    /// A link that does so, where the bot's name is known.
    pub link: Option<String>,
    /// When it ends, in microseconds UTC.
    pub expires_us: i64,
}

impl Chats {
    /// Whether a chat can be linked now.
    pub fn ready(&self) -> bool {
        !matches!(self.condition, Condition::NotSetUp | Condition::Faulty)
    }

    /// What is wrong, if anything, by its key in the catalogue.
    pub fn trouble(&self) -> Option<&'static str> {
        trouble(self.condition)
    }
}

/// What is wrong with a conversation, if anything, by its key in the catalogue.
pub fn trouble(condition: Condition) -> Option<&'static str> {
    match condition {
        Condition::Faulty => Some("chats-faulty"),
        Condition::Token => Some("chats-token"),
        Condition::Rival => Some("chats-rival"),
        Condition::Away => Some("chats-away"),
        Condition::NotSetUp | Condition::Starting | Condition::Listening => None,
    }
}
