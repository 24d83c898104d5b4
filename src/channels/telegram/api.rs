//! Calls of the Bot API through teloxide's plain `Bot`, each with a time limit.
//!
//! The library sleeps for 10 s inside a call that was answered with a status of 500 or more; the limit of a
//! call leaves room for that. A `Bot` shows its token when it is debugged, so none is kept: one is made for
//! each call from the secret as it stands then, which also makes a new token work at once.

use super::settings::TelegramSettings;
use super::trouble::Trouble;
use crate::channels::secret::Secrets;
use reqwest::redirect::Policy;
use reqwest::{Client, Url};
use std::future::IntoFuture;
use std::time::Duration;
use teloxide::payloads::{
    AnswerCallbackQuerySetters as _, EditMessageReplyMarkupSetters as _, EditMessageTextSetters as _,
    GetUpdatesSetters as _, SendMessageSetters as _, SendPhotoSetters as _, SetMyCommandsSetters as _,
};
use teloxide::requests::Requester as _;
use teloxide::types::{
    AllowedUpdate, BotCommand, CallbackQueryId, ChatId, InlineKeyboardButton, InlineKeyboardMarkup,
    InputFile, LinkPreviewOptions, MessageId, ParseMode, ReplyParameters, Update,
};
use teloxide::{Bot, RequestError};

/// For a connection.
const CONNECT: Duration = Duration::from_secs(5);
/// For a request and its answer.
const ANSWER: Duration = Duration::from_secs(15);
/// The library's sleep after an answer of 500 or more, and something for a slow machine.
const SLEEP: Duration = Duration::from_secs(12);
/// How long the far side waits for something to tell.
pub const POLL: Duration = Duration::from_secs(25);
/// Updates in one answer.
const UPDATES: u8 = 50;

/// A text to be posted: with marks, and the same without.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Text {
    /// With the marks of HTML.
    pub html: String,
    /// Without any.
    pub plain: String,
}

/// Text and data of a button.
pub type Button = (String, String);

/// The far side.
pub struct Api {
    settings: TelegramSettings,
    secrets: Secrets,
    calls: Client,
    polls: Client,
}

/// The bot as the far side knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Me {
    /// Its user id.
    pub id: u64,
    /// Its name, without the `@`.
    pub username: String,
}

impl Api {
    /// The far side of these settings; `None` when this machine has no certificates to trust.
    pub fn new(settings: TelegramSettings, secrets: Secrets) -> Option<Self> {
        let client = |timeout: Duration| {
            let builder = Client::builder()
                .connect_timeout(CONNECT)
                .timeout(timeout)
                .tcp_nodelay(true)
                .redirect(Policy::none())
                .https_only(!settings.loopback);
            // What leads to this machine needs nobody in between.
            if settings.loopback { builder.no_proxy().build().ok() } else { builder.build().ok() }
        };
        let (calls, polls) = (client(ANSWER)?, client(POLL + ANSWER)?);
        Some(Self { settings, secrets, calls, polls })
    }

    async fn bot(&self, client: &Client) -> Result<Bot, Trouble> {
        let (secrets, token) = (self.secrets.clone(), self.settings.token.clone());
        let token = tokio::task::spawn_blocking(move || secrets.read(&token)).await;
        let token = token.map_err(|_| Trouble::Unreachable)?.map_err(Trouble::Secret)?;
        let url: Url = self.settings.api_url.clone();
        Ok(Bot::with_client(token.trim().to_owned(), client.clone()).set_api_url(url))
    }

    async fn call<T, F>(&self, make: impl FnOnce(Bot) -> F) -> Result<T, Trouble>
    where
        F: IntoFuture<Output = Result<T, RequestError>>,
    {
        let bot = self.bot(&self.calls).await?;
        bounded(ANSWER + SLEEP, make(bot)).await
    }

    /// Who the bot is.
    pub async fn me(&self) -> Result<Me, Trouble> {
        let me = self.call(|bot| bot.get_me()).await?;
        // The library's own way to the name panics where there is none.
        Ok(Me { id: me.user.id.0, username: me.user.username.clone().unwrap_or_default() })
    }

    /// Takes a webhook away that somebody has set; whether there was one.
    pub async fn drop_webhook(&self) -> Result<bool, Trouble> {
        let info = self.call(|bot| bot.get_webhook_info()).await?;
        if info.url.is_none() {
            return Ok(false);
        }
        self.call(|bot| bot.delete_webhook()).await?;
        Ok(true)
    }

    /// Names the bot's commands in a language; in the one of all others when it is empty.
    pub async fn name_commands(&self, language: &str, list: &[(String, String)]) -> Result<(), Trouble> {
        let commands: Vec<_> = list.iter().map(|(name, what)| BotCommand::new(name, what)).collect();
        let language = language.to_owned();
        self.call(|bot| {
            let call = bot.set_my_commands(commands);
            if language.is_empty() { call } else { call.language_code(language) }
        })
        .await
        .map(|_| ())
    }

    /// What has happened, from an update on or from the oldest that nobody has confirmed.
    pub async fn updates(&self, from: Option<i32>) -> Result<Vec<Update>, Trouble> {
        let bot = self.bot(&self.polls).await?;
        let wanted = [AllowedUpdate::Message, AllowedUpdate::CallbackQuery];
        let call = bot.get_updates().timeout(POLL.as_secs() as u32).limit(UPDATES).allowed_updates(wanted);
        let call = match from {
            Some(from) => call.offset(from),
            None => call,
        };
        bounded(POLL + ANSWER + SLEEP, call).await
    }

    /// Posts a text; as plain text when its marks are refused. The message's id.
    pub async fn post(
        &self,
        chat: i64,
        text: &Text,
        buttons: &[Vec<Button>],
        reply_to: Option<i32>,
    ) -> Result<i32, Trouble> {
        match self.post_as(chat, &text.html, true, buttons, reply_to).await {
            Err(Trouble::Entities) => self.post_as(chat, &text.plain, false, buttons, reply_to).await,
            other => other,
        }
    }

    async fn post_as(
        &self,
        chat: i64,
        text: &str,
        html: bool,
        buttons: &[Vec<Button>],
        reply_to: Option<i32>,
    ) -> Result<i32, Trouble> {
        let sent = self.call(|bot| {
            let mut call = bot.send_message(ChatId(chat), text).link_preview_options(NO_PREVIEW);
            if html {
                call = call.parse_mode(ParseMode::Html);
            }
            if let Some(id) = reply_to {
                call = call.reply_parameters(reply(id));
            }
            if buttons.is_empty() { call } else { call.reply_markup(keyboard(buttons)) }
        });
        Ok(sent.await?.id.0)
    }

    /// Changes a message, silently; as plain text when its marks are refused.
    pub async fn edit(
        &self,
        chat: i64,
        message: i32,
        text: &Text,
        buttons: &[Vec<Button>],
    ) -> Result<(), Trouble> {
        match self.edit_as(chat, message, &text.html, true, buttons).await {
            Err(Trouble::Entities) => self.edit_as(chat, message, &text.plain, false, buttons).await,
            other => other,
        }
    }

    async fn edit_as(
        &self,
        chat: i64,
        message: i32,
        text: &str,
        html: bool,
        buttons: &[Vec<Button>],
    ) -> Result<(), Trouble> {
        let edited = self.call(|bot| {
            let call = bot.edit_message_text(ChatId(chat), MessageId(message), text);
            let call = call.reply_markup(keyboard(buttons)).link_preview_options(NO_PREVIEW);
            if html { call.parse_mode(ParseMode::Html) } else { call }
        });
        edited.await.map(|_| ())
    }

    /// Takes the buttons of a message away.
    pub async fn strip(&self, chat: i64, message: i32) -> Result<(), Trouble> {
        let stripped = self.call(|bot| {
            bot.edit_message_reply_markup(ChatId(chat), MessageId(message)).reply_markup(keyboard(&[]))
        });
        stripped.await.map(|_| ())
    }

    /// Posts a picture, with a caption; silently when `silent`.
    pub async fn picture(
        &self,
        chat: i64,
        png: Vec<u8>,
        caption: &Text,
        reply_to: Option<i32>,
        silent: bool,
    ) -> Result<(), Trouble> {
        let sent = self.call(|bot| {
            let file = InputFile::memory(png).file_name("chart.png");
            let mut call = bot.send_photo(ChatId(chat), file).disable_notification(silent);
            if !caption.plain.is_empty() {
                call = call.caption(caption.html.as_str()).parse_mode(ParseMode::Html);
            }
            match reply_to {
                Some(id) => call.reply_parameters(reply(id)),
                None => call,
            }
        });
        sent.await.map(|_| ())
    }

    /// Answers a press of a button; `alert` asks for an answer to be seen.
    pub async fn answer(&self, press: &str, text: &str, alert: bool) -> Result<(), Trouble> {
        let id = CallbackQueryId(press.to_owned());
        let text: String = text.chars().take(190).collect();
        self.call(|bot| bot.answer_callback_query(id).text(text).show_alert(alert)).await.map(|_| ())
    }
}

const NO_PREVIEW: LinkPreviewOptions = LinkPreviewOptions {
    is_disabled: true,
    url: None,
    prefer_small_media: false,
    prefer_large_media: false,
    show_above_text: false,
};

/// What is replied to may be deleted meanwhile; then it is no reply.
fn reply(message: i32) -> ReplyParameters {
    ReplyParameters::new(MessageId(message)).allow_sending_without_reply()
}

fn keyboard(rows: &[Vec<Button>]) -> InlineKeyboardMarkup {
    let button = |(text, data): &Button| InlineKeyboardButton::callback(text, data);
    InlineKeyboardMarkup::new(rows.iter().map(|row| row.iter().map(button).collect::<Vec<_>>()))
}

async fn bounded<T, F>(limit: Duration, call: F) -> Result<T, Trouble>
where
    F: IntoFuture<Output = Result<T, RequestError>>,
{
    match tokio::time::timeout(limit, call.into_future()).await {
        Ok(result) => Ok(result?),
        Err(_) => Err(Trouble::Unsure),
    }
}
