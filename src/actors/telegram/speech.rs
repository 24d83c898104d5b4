//! The bot's own words, in every language.

use crate::actors::dispatcher::format;
use crate::channels::telegram::{Text, Writing};
use crate::texts::Lang;
use jiff::tz::TimeZone;
use watchroom_domain::Micros;

/// The commands, in the order in which they are offered.
pub const COMMANDS: [&str; 5] = ["status", "alerts", "graph", "stop", "help"];

/// Words in every language.
pub struct Speech {
    zone: TimeZone,
    public_url: String,
}

/// Words in one language.
#[derive(Clone, Copy)]
pub struct Voice<'a> {
    texts: Lang,
    zone: &'a TimeZone,
    public_url: &'a str,
}

impl Speech {
    /// Words of a hub in this time zone.
    pub fn new(zone: TimeZone, public_url: &str) -> Self {
        Self { zone, public_url: public_url.to_owned() }
    }

    /// In this language.
    pub fn in_language(&self, language: Lang) -> Voice<'_> {
        Voice { texts: language, zone: &self.zone, public_url: &self.public_url }
    }

    /// What each command is for, by the far side's name of the language; the empty one is for all others.
    pub fn commands(&self, language: Lang) -> Vec<(String, Vec<(String, String)>)> {
        let list = |language| {
            let voice = self.in_language(language);
            COMMANDS.map(|name| (name.to_owned(), voice.text(&format!("bot-help-{name}")))).to_vec()
        };
        vec![
            (String::new(), list(language)),
            ("en".to_owned(), list(Lang::En)),
            ("zh".to_owned(), list(Lang::ZhCn)),
        ]
    }
}

impl Voice<'_> {
    /// The texts of the language.
    pub fn texts(&self) -> Lang {
        self.texts
    }

    /// A text.
    pub fn text(&self, key: &str) -> String {
        self.texts.say(key, &[])
    }

    /// A text with its variables.
    pub fn say(&self, key: &str, variables: &[(&str, &str)]) -> String {
        self.texts.say(key, variables)
    }

    /// A message of one text.
    pub fn line(&self, key: &str) -> Text {
        plain(&self.text(key))
    }

    /// A moment in the hub's time zone.
    pub fn moment(&self, at_us: Micros) -> String {
        format::moment(self.zone, at_us)
    }

    /// A span of time.
    pub fn span(&self, span_us: Micros) -> String {
        format::span(self.texts, span_us)
    }

    /// What the hub's clocks show beyond UTC at a time, in microseconds.
    pub fn offset_us(&self, at_us: Micros) -> Micros {
        let at = jiff::Timestamp::from_microsecond(at_us).unwrap_or_default();
        i64::from(self.zone.to_offset(at).seconds()) * watchroom_domain::SECOND_US
    }

    /// An address in the console; none when it is not known from outside.
    pub fn address(&self, path: &str) -> Option<String> {
        (!self.public_url.is_empty()).then(|| format!("{}{path}", self.public_url))
    }

    /// What every command is for.
    pub fn help(&self) -> Text {
        let mut out = Writing::default();
        for name in COMMANDS {
            out.add("b", &format!("/{name}"));
            if name == "graph" {
                out.add("", " ");
                out.add("i", &self.text("bot-graph-words"));
            }
            out.add("", " – ");
            out.add("", &self.text(&format!("bot-help-{name}")));
            out.line();
        }
        out.done()
    }
}

/// Words without marks, of whomever they are.
pub fn plain(words: &str) -> Text {
    let mut out = Writing::default();
    out.add("", words);
    out.done()
}
