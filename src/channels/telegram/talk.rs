//! What comes from the far side, in our own words, and what is said back.

use super::api::{Api, Button, Me, Text};
use super::render::{read_data, rows};
use super::trouble::Trouble;
use async_trait::async_trait;
use teloxide::types::{CallbackQuery, Message, Update, UpdateKind};
use watchroom_domain::{Asked, IncidentId};

/// Longest text of a message that is looked at, in characters.
const LONGEST: usize = 1_000;

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heard {
    /// Its number; grows.
    pub update: i64,
    /// What it is.
    pub what: What,
}

/// What can happen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// Somebody wrote something.
    Said {
        /// Where.
        chat: Chat,
        /// Who.
        from: i64,
        /// What; hostile text.
        text: String,
    },
    /// Somebody pressed a button.
    Pressed(Press),
    /// A group has another identifier now.
    Moved {
        /// The old one.
        from: i64,
        /// The new one.
        to: i64,
    },
    /// Nothing of interest.
    Other,
}

/// Where something was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chat {
    /// Its identifier.
    pub id: i64,
    /// Whether several people are there.
    pub group: bool,
    /// What the group is called; hostile text.
    pub title: String,
}

/// A press of a button.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Press {
    /// The far side's identifier of it.
    pub id: String,
    /// Who.
    pub from: i64,
    /// The chat and the message, if the message is still known.
    pub message: Option<(i64, i32)>,
    /// What it asks for, of which incident, and whether nobody else updates the message; none for what no
    /// button of ours says.
    pub asked: Option<(Asked, IncidentId, bool)>,
}

/// Both directions of a conversation with the far side.
#[async_trait]
pub trait Talk: Send + Sync + 'static {
    /// Who the bot is; a webhook that somebody has set is taken away, and the commands get their names in
    /// each language (the empty one is for all others).
    async fn begin(&self, commands: &[(String, Vec<(String, String)>)]) -> Result<Me, Trouble>;
    /// Waits for something to happen, for a while.
    async fn listen(&self, from: Option<i64>) -> Result<Vec<Heard>, Trouble>;
    /// Says something, with buttons.
    async fn say(&self, chat: i64, text: &Text, buttons: Vec<Button>) -> Result<(), Trouble>;
    /// Shows a picture.
    async fn show(&self, chat: i64, png: Vec<u8>, caption: &Text) -> Result<(), Trouble>;
    /// Answers a press.
    async fn answer(&self, press: &str, text: &str, alert: bool) -> Result<(), Trouble>;
    /// Takes the buttons of a message away.
    async fn strip(&self, chat: i64, message: i32) -> Result<(), Trouble>;
}

#[async_trait]
impl Talk for Api {
    async fn begin(&self, commands: &[(String, Vec<(String, String)>)]) -> Result<Me, Trouble> {
        let me = self.me().await?;
        if self.drop_webhook().await? {
            tracing::info!(
                "a webhook was set for the Telegram bot; it is taken away, since the hub asks by itself"
            );
        }
        for (language, list) in commands {
            self.name_commands(language, list).await?;
        }
        Ok(me)
    }

    async fn listen(&self, from: Option<i64>) -> Result<Vec<Heard>, Trouble> {
        // Numbers that do not fit are of no bot that there is.
        let from = from.and_then(|from| i32::try_from(from).ok());
        Ok(self.updates(from).await?.into_iter().map(heard).collect())
    }

    async fn say(&self, chat: i64, text: &Text, buttons: Vec<Button>) -> Result<(), Trouble> {
        self.post(chat, text, &rows(buttons), None).await.map(|_| ())
    }

    async fn show(&self, chat: i64, png: Vec<u8>, caption: &Text) -> Result<(), Trouble> {
        self.picture(chat, png, caption, None, false).await
    }

    async fn answer(&self, press: &str, text: &str, alert: bool) -> Result<(), Trouble> {
        Api::answer(self, press, text, alert).await
    }

    async fn strip(&self, chat: i64, message: i32) -> Result<(), Trouble> {
        Api::strip(self, chat, message).await
    }
}

fn heard(update: Update) -> Heard {
    let what = match update.kind {
        UpdateKind::Message(message) => said(&message),
        UpdateKind::CallbackQuery(query) => pressed(query),
        _ => What::Other,
    };
    Heard { update: i64::from(update.id.0), what }
}

fn said(message: &Message) -> What {
    if let Some(to) = message.migrate_to_chat_id() {
        return What::Moved { from: message.chat.id.0, to: to.0 };
    }
    let chat = &message.chat;
    match (&message.from, message.text()) {
        (Some(from), Some(text)) if !from.is_bot && !chat.is_channel() => What::Said {
            chat: Chat {
                id: chat.id.0,
                group: !chat.is_private(),
                title: chat.title().unwrap_or_default().chars().take(64).collect(),
            },
            from: from.id.0.cast_signed(),
            text: text.chars().take(LONGEST).collect(),
        },
        _ => What::Other,
    }
}

fn pressed(query: CallbackQuery) -> What {
    What::Pressed(Press {
        id: query.id.0,
        from: query.from.id.0.cast_signed(),
        message: query.message.map(|message| (message.chat().id.0, message.id().0)),
        asked: query.data.as_deref().and_then(read_data),
    })
}
