//! Chats that become somebody's, and that cease to be.

use super::CHANNEL;
use super::hear::{Asker, Ear};
use super::limits::Kind;
use crate::actors::handle::SubmitError;
use crate::channels::telegram::Chat;
use crate::fresh;
use watchroom_domain::{By, Command, Envelope, Event, SubscriptionId};

/// Longest code that is looked at.
const LONGEST_CODE: usize = 64;

impl Ear {
    /// Somebody shows a code.
    pub(super) async fn start(&self, chat: &Chat, from: i64, code: &str) {
        if !self.may_go_on(chat.id, Kind::Code) || !self.may_go_on(0, Kind::AllCodes) {
            return self.stranger(chat.id).await;
        }
        let voice = self.voice(self.language_of(from));
        let code = code.trim().to_uppercase();
        if code.len() > LONGEST_CODE || !code.bytes().all(|b| b.is_ascii_alphanumeric()) {
            return self.say(chat.id, &voice.line("bot-code-wrong")).await;
        }
        let command = Command::LinkDestination {
            channel: CHANNEL.to_owned(),
            code_sha256: fresh::fingerprint(code.as_bytes()),
            address: chat.id.to_string(),
            group: chat.group,
            title: chat.title.clone(),
            subscription: SubscriptionId(fresh::id(self.parts.clock.now_us())),
        };
        let key = match self.parts.registry.submit(Envelope::new(By::Stranger, command)).await {
            Ok(_) if chat.group => "bot-hello-group",
            Ok(_) => "bot-hello",
            Err(SubmitError::Refused(refusal)) if refusal.code == "forbidden" => "bot-code-group",
            Err(SubmitError::Refused(_)) => "bot-code-wrong",
            Err(SubmitError::Busy | SubmitError::Unavailable) => "bot-unavailable",
        };
        // The chat's own language is known by now.
        let voice = self.voice(self.language_of(chat.id));
        self.say(chat.id, &voice.line(key)).await;
    }

    /// Somebody wants to hear nothing more here.
    pub(super) async fn stop(&self, asker: &Asker<'_>) {
        let address = asker.chat.to_string();
        let linked = self.parts.views.with(|s| s.destination(CHANNEL, &address).map(|d| d.subscription));
        let Some(subscription) = linked else {
            return self.say(asker.chat, &asker.voice.line("bot-stop-not-linked")).await;
        };
        let command = Command::UnlinkDestination { subscription };
        let key = match self.parts.registry.submit(Envelope::new(By::Person(asker.person), command)).await {
            Ok(events) if events.iter().any(|e| matches!(e.event, Event::DestinationUnlinked(_))) => {
                "bot-stopped"
            }
            Ok(_) => "bot-stop-not-linked",
            Err(SubmitError::Refused(_)) => "bot-stop-forbidden",
            Err(SubmitError::Busy | SubmitError::Unavailable) => "bot-unavailable",
        };
        self.say(asker.chat, &asker.voice.line(key)).await;
    }
}
