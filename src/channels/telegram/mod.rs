//! Telegram: one message an incident, edited as it changes; what is to ring comes as a reply to it.

mod api;
mod render;
mod settings;
mod talk;
mod trouble;

pub use api::{Button, Me, Text};
pub use render::{Writing, data, escape};
pub use settings::{DESCRIPTOR, TelegramSettings};
pub use talk::{Chat, Heard, Press, Talk, What};
pub use trouble::Trouble;

use super::{Channel, Notice, NoticeKind, Place, Receipt, SendError};
use api::Api;
use async_trait::async_trait;
use std::sync::Arc;
use watchroom_domain::{ChannelDescriptor, Refusal};

/// The channel.
pub struct TelegramChannel {
    api: Api,
}

fn no_client() -> Vec<Refusal> {
    vec![Refusal::new(
        "no_certificates",
        "This machine has no certificates to trust; install ca-certificates.",
    )]
}

/// The conversation with the bot of these settings.
///
/// # Errors
/// A [`Refusal`] when this machine has no certificates to trust.
pub fn converse(settings: TelegramSettings, place: &Place) -> Result<Arc<dyn Talk>, Vec<Refusal>> {
    Ok(Arc::new(Api::new(settings, place.secrets.clone()).ok_or_else(no_client)?))
}

impl TelegramChannel {
    /// The channel of these settings.
    ///
    /// # Errors
    /// A [`Refusal`] when this machine has no certificates to trust.
    pub fn open(settings: TelegramSettings, place: &Place) -> Result<Self, Vec<Refusal>> {
        Ok(Self { api: Api::new(settings, place.secrets.clone()).ok_or_else(no_client)? })
    }

    /// Changes what was shown. It can be repeated at will, so nothing about it is unsure.
    async fn change(&self, thread: (i64, i32), notice: &Notice) -> Result<Receipt, SendError> {
        let (chat, message) = thread;
        let (text, buttons) = (render::text(notice), render::buttons(notice));
        match self.api.edit(chat, message, &text, &buttons).await {
            Ok(()) => Ok(Receipt::new("200 changed")),
            Err(Trouble::Same) => Ok(Receipt::new("200 unchanged")),
            // Deleted by somebody, or of a group that has moved: there is nothing left to change.
            Err(Trouble::Lost | Trouble::Moved(_)) => Ok(Receipt::new("400 message gone")),
            Err(Trouble::Unsure) => Err(SendError::Later("line lost".to_owned())),
            Err(trouble) => Err(trouble.into()),
        }
    }
}

#[async_trait]
impl Channel for TelegramChannel {
    fn descriptor(&self) -> &'static ChannelDescriptor {
        &DESCRIPTOR
    }

    async fn send(&self, notice: &Notice) -> Result<Receipt, SendError> {
        let Ok(chat) = notice.address.trim().parse::<i64>() else {
            return Err(SendError::Refused("no chat".to_owned()));
        };
        // A message of a group that has moved is not in the new one.
        let thread = notice.thread.as_deref().and_then(read_reference).filter(|(of, _)| *of == chat);
        if notice.kind == NoticeKind::Changed {
            return match thread {
                Some(thread) => self.change(thread, notice).await,
                None => Ok(Receipt::new("200 nothing shown yet")),
            };
        }
        // Buttons stand once, at the incident's first message.
        let buttons = if thread.is_some() { Vec::new() } else { render::buttons(notice) };
        let text = render::text(notice);
        let sent = self.api.post(chat, &text, &buttons, thread.map(|(_, message)| message)).await?;
        // What rings has arrived. A picture only makes it better, so that it is not tried again.
        if let Some(picture) = &notice.picture {
            let shown = self.api.picture(chat, picture.to_vec(), &Text::default(), Some(sent), true).await;
            if let Err(trouble) = shown {
                tracing::debug!(%trouble, "the picture beside a message was not taken");
            }
        }
        Ok(Receipt { answer: "200 posted".to_owned(), reference: Some(format!("{chat}:{sent}")) })
    }
}

/// Chat and message of a receipt's reference.
fn read_reference(reference: &str) -> Option<(i64, i32)> {
    let (chat, message) = reference.split_once(':')?;
    Some((chat.parse().ok()?, message.parse().ok()?))
}
