//! What is done with what somebody writes.

use super::limits::{Kind, Limits};
use super::speech::{Speech, Voice};
use super::{CHANNEL, Parts};
use crate::channels::telegram::{Button, Chat, Talk, Text, What};
use crate::texts::Lang;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::Semaphore;
use watchroom_domain::{Action, By, SubjectId, may};

/// Pictures that are made at a time.
const PICTURES: usize = 2;

/// Hears, and answers.
pub(super) struct Ear {
    pub parts: Parts,
    pub talk: Arc<dyn Talk>,
    pub pictures: Arc<Semaphore>,
    speech: Arc<Speech>,
    /// The language of whom nothing is known.
    language: Lang,
    bot: String,
    limits: Mutex<Limits>,
}

/// Who asks, where, and in which language to answer.
pub(super) struct Asker<'a> {
    pub chat: i64,
    pub person: SubjectId,
    pub voice: Voice<'a>,
    pub language: Lang,
}

impl Ear {
    pub fn new(parts: Parts, speech: Arc<Speech>, talk: Arc<dyn Talk>, language: Lang, bot: &str) -> Self {
        let pictures = Arc::new(Semaphore::new(PICTURES));
        Self { parts, talk, pictures, speech, language, bot: bot.to_owned(), limits: Mutex::default() }
    }

    /// Whether there is room for one more of this kind.
    pub fn may_go_on(&self, chat: i64, kind: Kind) -> bool {
        let now = self.parts.clock.now_us();
        self.limits.lock().unwrap_or_else(PoisonError::into_inner).take(chat, kind, now)
    }

    pub fn voice(&self, language: Lang) -> Voice<'_> {
        self.speech.in_language(language)
    }

    pub fn speech(&self) -> Arc<Speech> {
        self.speech.clone()
    }

    /// The language of a chat, as whoever linked it reads.
    pub fn language_of(&self, chat: i64) -> Lang {
        let address = chat.to_string();
        let tag = self.parts.views.with(|s| s.destination(CHANNEL, &address).map(|d| d.language.clone()));
        tag.and_then(|tag| Lang::from_tag(&tag)).unwrap_or(self.language)
    }

    /// Who writes from a user id, and whether that person may see anything.
    pub fn person(&self, user: i64) -> Option<(SubjectId, bool)> {
        self.parts.views.with(|state| {
            let person = state.person_by_address(CHANNEL, &user.to_string())?;
            Some((person, may(&state.principal(By::Person(person)), Action::Watch)))
        })
    }

    pub async fn hear(&self, what: What) {
        match what {
            What::Said { chat, from, text } => self.said(&chat, from, &text).await,
            What::Pressed(press) => self.pressed(press).await,
            What::Moved { from, to } => self.moved(from, to).await,
            What::Other => {}
        }
    }

    async fn said(&self, chat: &Chat, from: i64, text: &str) {
        let Some((command, rest)) = command(text, &self.bot) else {
            // In a group people talk with each other.
            if !chat.group {
                self.unknown(chat, from).await;
            }
            return;
        };
        if command == "start" && !rest.is_empty() {
            return self.start(chat, from, rest).await;
        }
        let Some((person, may_watch)) = self.person(from) else { return self.stranger(chat.id).await };
        if !self.may_go_on(chat.id, Kind::Command) {
            return;
        }
        let language = self.language_of(if chat.group { chat.id } else { from });
        let voice = self.voice(language);
        let asker = Asker { chat: chat.id, person, voice, language };
        if command == "stop" {
            return self.stop(&asker).await;
        }
        if !may_watch {
            return self.say(chat.id, &voice.line("bot-not-allowed")).await;
        }
        match command.as_str() {
            "status" => self.status(&asker).await,
            "alerts" => self.alerts(&asker).await,
            "graph" => self.graph(&asker, rest).await,
            "start" | "help" => self.say(chat.id, &voice.help()).await,
            _ if chat.group => {}
            _ => self.say(chat.id, &voice.line("bot-unknown")).await,
        }
    }

    async fn unknown(&self, chat: &Chat, from: i64) {
        if self.person(from).is_none() {
            return self.stranger(chat.id).await;
        }
        if self.may_go_on(chat.id, Kind::Stranger) {
            self.say(chat.id, &self.voice(self.language_of(from)).line("bot-unknown")).await;
        }
    }

    /// Somebody who is not known hears how that can be changed, and not often.
    pub async fn stranger(&self, chat: i64) {
        if self.may_go_on(chat, Kind::Stranger) {
            self.say(chat, &self.voice(self.language).line("bot-how-to-link")).await;
        }
    }

    pub async fn say(&self, chat: i64, text: &Text) {
        self.say_with(chat, text, Vec::new()).await;
    }

    /// An answer that is lost is asked for again by who wants it.
    pub async fn say_with(&self, chat: i64, text: &Text, buttons: Vec<Button>) {
        if let Err(trouble) = self.talk.say(chat, text, buttons).await {
            tracing::info!(%trouble, "an answer in Telegram was not taken");
        }
    }
}

/// A command for this bot and the words behind it.
fn command<'a>(text: &'a str, bot: &str) -> Option<(String, &'a str)> {
    let text = text.trim();
    let (first, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    let (name, of) = match first.strip_prefix('/')?.split_once('@') {
        Some((name, of)) => (name, Some(of)),
        None => (first.strip_prefix('/')?, None),
    };
    let meant = of.is_none_or(|of| of.eq_ignore_ascii_case(bot));
    meant.then(|| (name.to_lowercase(), rest.trim()))
}

#[cfg(test)]
mod tests {
    use super::command;

    #[test]
    fn a_command_may_name_the_bot_and_another_bots_command_is_none() {
        assert_eq!(command("/graph  a b 6h ", "me_bot"), Some(("graph".to_owned(), "a b 6h")));
        assert_eq!(command("/Status@Me_bot", "me_bot"), Some(("status".to_owned(), "")));
        assert_eq!(command("/status@other_bot", "me_bot"), None);
        assert_eq!(command("status", "me_bot"), None);
    }
}
