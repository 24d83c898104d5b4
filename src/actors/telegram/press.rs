//! Buttons: whoever presses one acts as the person that the account is linked with, or is refused.

use super::CHANNEL;
use super::hear::Ear;
use super::limits::Kind;
use crate::actors::handle::SubmitError;
use crate::channels::telegram::Press;
use crate::fresh;
use watchroom_domain::{Asked, By, Command, Envelope, Event};

/// What is said to a press, and whether its message has no more use for buttons.
struct Said {
    text: String,
    /// Must be seen: nothing was done.
    alert: bool,
    over: bool,
}

impl Ear {
    pub(super) async fn pressed(&self, press: Press) {
        if !self.may_go_on(press.from, Kind::Press) {
            return;
        }
        let said = self.press(&press).await;
        if let Err(trouble) = self.talk.answer(&press.id, &said.text, said.alert).await {
            tracing::info!(%trouble, "an answer to a press in Telegram was not taken");
        }
        let listed = press.asked.is_none_or(|(_, _, listed)| listed);
        let done = !said.alert && listed;
        if let Some((chat, message)) = press.message.filter(|_| said.over || done)
            && let Err(trouble) = self.talk.strip(chat, message).await
        {
            tracing::debug!(%trouble, "buttons of a Telegram message are not taken away");
        }
    }

    async fn press(&self, press: &Press) -> Said {
        let voice = self.voice(self.language_of(press.from));
        let no = |key: &str| Said { text: voice.text(key), alert: true, over: false };
        let Some((asked, incident, _)) = press.asked else { return no("bot-press-strange") };
        let person = self.person(press.from).map(|(person, _)| person);
        // What strangers press is recorded now and then: nobody fills the log by pressing.
        if person.is_none() && !self.may_go_on(press.from, Kind::Stranger) {
            return no("bot-press-stranger");
        }
        let command = Command::Press {
            channel: CHANNEL.to_owned(),
            address: press.from.to_string(),
            press: fresh::fingerprint(press.id.as_bytes())[..32].to_owned(),
            incident,
            asked,
        };
        let by = person.map_or(By::Stranger, By::Person);
        let events = match self.parts.registry.submit(Envelope::new(by, command)).await {
            Ok(events) => events,
            Err(SubmitError::Refused(refusal)) if refusal.code == "not_firing" => {
                return no("bot-press-early");
            }
            Err(SubmitError::Refused(_)) => return Said { over: true, ..no("bot-press-over") },
            Err(SubmitError::Busy | SubmitError::Unavailable) => return no("bot-unavailable"),
        };
        if events.iter().any(|e| matches!(e.event, Event::RightRefused(_))) {
            return no(if person.is_some() { "bot-press-refused" } else { "bot-press-stranger" });
        }
        let text = match asked {
            _ if events.is_empty() => voice.text("bot-press-again"),
            Asked::Acknowledge => voice.text("bot-press-acknowledged"),
            Asked::Snooze { for_us } => {
                let until = voice.moment(self.parts.clock.now_us() + for_us);
                voice.say("bot-press-snoozed", &[("time", &until)])
            }
        };
        Said { text, alert: false, over: false }
    }
}
