//! Letters with a link that works once, in the language of whom they go to.

use super::{Telling, Writer};
use crate::actors::dispatcher::format::moment;
use crate::channels::Notice;
use crate::letters::path;
use crate::texts::Lang;
use watchroom_domain::{LetterKind, body};

impl Writer {
    /// A letter. Whoever asked for it may be a stranger, so nothing that they entered stands in it.
    pub(super) fn letter(&self, telling: &Telling, e: &body::LetterRequested) -> Notice {
        let language = Lang::from_tag(&e.language).unwrap_or(self.texts);
        let writer = Self {
            texts: language,
            zone: self.zone.clone(),
            public_url: self.public_url.clone(),
            links: self.links.clone(),
        };
        writer.write_letter(telling, e)
    }

    fn write_letter(&self, telling: &Telling, e: &body::LetterRequested) -> Notice {
        let kind = match e.kind {
            LetterKind::Confirm => "confirm",
            LetterKind::Reset => "reset",
            LetterKind::Invitation => "invitation",
            LetterKind::Moving => "moving",
        };
        let text = |part: &str| self.text(&format!("letter-{kind}-{part}"));
        let until = self.say("letter-until", &[("time", &moment(&self.zone, e.expires_us))]);
        let link = format!("{}{}", self.public_url, path(e.kind, &self.links.secret(e.letter)));
        Notice {
            subject: text("subject"),
            state: text("state"),
            headline: text("headline"),
            sentences: match e.kind {
                LetterKind::Moving => vec![text("do"), text("not-you")],
                _ => vec![text("do"), until, text("not-you")],
            },
            link: Some((link, text("link"))),
            footer: self.text("letter-footer"),
            language: self.texts.tag(),
            ..self.frame(telling)
        }
    }
}
