//! Notices as messages: the few marks that Telegram knows, and the same without any.

use super::api::{Button, Text};
use crate::channels::{Act, Notice, NoticeKind, Stage, unseen};
use watchroom_domain::{Asked, IncidentId, SECOND_US, Severity};

/// Longest text, in UTF-16 code units: some less than the far side takes.
const LONGEST: usize = 3_900;
/// Longest line that is not our own.
const LONGEST_LINE: usize = 600;

/// Collects a text with marks and the same without.
#[derive(Default)]
pub struct Writing {
    text: Text,
    units: usize,
    full: bool,
}

impl Writing {
    /// Adds words, marked with a tag where it is not empty. What has no room any more is left out.
    pub fn add(&mut self, tag: &str, words: &str) {
        let words = shortened(words);
        let units = words.encode_utf16().count();
        if self.full || self.units + units > LONGEST {
            if !self.full {
                self.full = true;
                self.text.html.push('…');
                self.text.plain.push('…');
            }
            return;
        }
        self.units += units;
        self.text.plain.push_str(&words);
        let words = escape(&words);
        match tag {
            "" => self.text.html.push_str(&words),
            tag => self.text.html.push_str(&format!("<{tag}>{words}</{tag}>")),
        }
    }

    /// Ends a line.
    pub fn line(&mut self) {
        self.add("", "\n");
    }

    /// Adds a link.
    pub fn link(&mut self, address: &str, words: &str) {
        let begun = self.text.html.len();
        let plain = self.text.plain.len();
        self.add("", words);
        if self.full {
            return;
        }
        let words = shortened(words);
        let marked = format!("<a href=\"{}\">{}</a>", escape(address), escape(&words));
        self.text.html.truncate(begun);
        self.text.html.push_str(&marked);
        self.text.plain.truncate(plain);
        self.text.plain.push_str(&format!("{words}: {address}"));
    }

    /// What was written.
    pub fn done(self) -> Text {
        self.text
    }
}

/// A notice as a text.
pub fn text(notice: &Notice) -> Text {
    let mut out = Writing::default();
    out.add("", icon(notice));
    out.add("", " ");
    out.add("b", &notice.state);
    out.add("", " · ");
    out.add("b", &notice.headline);
    out.line();
    for sentence in &notice.sentences {
        out.add("", sentence);
        out.line();
    }
    if !notice.facts.is_empty() {
        out.line();
    }
    for (label, value) in &notice.facts {
        out.add("i", label);
        out.add("", ": ");
        out.add("", value);
        out.line();
    }
    if let Some((address, words)) = &notice.link {
        out.line();
        out.link(address, words);
    }
    out.done()
}

/// Never a colour alone: the state's word stands beside it.
fn icon(notice: &Notice) -> &'static str {
    match (notice.kind, notice.stage, notice.severity) {
        (NoticeKind::Resolved | NoticeKind::ChannelBack | NoticeKind::HubRecovered, ..)
        | (_, Stage::Over, _) => "🟢",
        (NoticeKind::Test | NoticeKind::Letter, ..) => "🔔",
        (NoticeKind::Digest, ..) => "🗒",
        (NoticeKind::Escalated, ..) => "⏫",
        (_, Stage::Attended, _) => "👀",
        (_, Stage::Open, Severity::Critical) => "🔴",
        (_, Stage::Open, Severity::Warning) => "🟠",
    }
}

/// The buttons of a notice, each with what it does and to which incident.
pub fn buttons(notice: &Notice) -> Vec<Vec<Button>> {
    let Some(incident) = notice.incident else { return Vec::new() };
    let asked = |act: Act| match act {
        Act::Acknowledge => Asked::Acknowledge,
        Act::Snooze { for_us } => Asked::Snooze { for_us },
    };
    let buttons: Vec<Button> = notice
        .actions
        .iter()
        .map(|action| (shortened(&action.words), data(asked(action.act), incident, false)))
        .collect();
    rows(buttons)
}

/// Buttons in rows of at most two.
pub fn rows(buttons: Vec<Button>) -> Vec<Vec<Button>> {
    buttons.chunks(2).map(<[Button]>::to_vec).collect()
}

/// What a button does, in at most 64 bytes. `listed` is for buttons of an answer, which nobody updates.
pub fn data(asked: Asked, incident: IncidentId, listed: bool) -> String {
    let incident = incident.0.simple();
    let list = if listed { ":l" } else { "" };
    match asked {
        Asked::Acknowledge => format!("a:{incident}{list}"),
        Asked::Snooze { for_us } => format!("s{}:{incident}{list}", for_us / SECOND_US),
    }
}

/// What a button was for. Anybody may send any data, so it says nothing about what is allowed.
pub fn read_data(data: &str) -> Option<(Asked, IncidentId, bool)> {
    let mut parts = data.split(':');
    let (what, incident) = (parts.next()?, parts.next()?.parse().ok()?);
    let listed = parts.next() == Some("l");
    let asked = match what.strip_prefix('s') {
        Some(seconds) => {
            let seconds: i64 = seconds.parse().ok().filter(|s| (60..=7 * 86_400).contains(s))?;
            Asked::Snooze { for_us: seconds * SECOND_US }
        }
        None if what == "a" => Asked::Acknowledge,
        None => return None,
    };
    Some((asked, incident, listed))
}

/// Nothing that cannot be seen, and no more than has room in a line.
fn shortened(words: &str) -> String {
    let words: String = words.chars().filter(|c| !unseen(*c)).collect();
    match words.char_indices().nth(LONGEST_LINE) {
        Some((at, _)) => format!("{}…", &words[..at]),
        None => words,
    }
}

/// What says anything to Telegram becomes a word like any other.
pub fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use watchroom_domain::HOUR_US;

    #[test]
    fn data_of_a_button_is_read_as_it_was_written_and_nothing_else_is() {
        let incident = IncidentId::derived(&["i"]);
        for asked in [Asked::Acknowledge, Asked::Snooze { for_us: 8 * HOUR_US }] {
            for listed in [false, true] {
                let written = data(asked, incident, listed);
                assert!(written.len() <= 64);
                assert_eq!(read_data(&written), Some((asked, incident, listed)));
            }
        }
        for wrong in ["", "a", "a:", "a:x", "s:x", "s9:00000000000000000000000000000000", "s-1:", "b:"] {
            assert_eq!(read_data(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn hostile_words_become_no_marks_and_long_ones_are_cut() {
        let mut out = Writing::default();
        out.add("b", "<script>&\"");
        out.link("https://e.org/?a=\"&b", "<i>");
        let text = out.done();
        assert_eq!(
            text.html,
            "<b>&lt;script&gt;&amp;&quot;</b><a href=\"https://e.org/?a=&quot;&amp;b\">&lt;i&gt;</a>"
        );
        assert_eq!(text.plain, "<script>&\"<i>: https://e.org/?a=\"&b");
        let mut turned = Writing::default();
        turned.add("b", "exe\u{202e}fdp\u{200f}\u{7}.x\n");
        turned.link("https://e.org/", "a\u{2066}b");
        let text = turned.done();
        assert_eq!(text.html, "<b>exefdp.x\n</b><a href=\"https://e.org/\">ab</a>");
        assert_eq!(text.plain, "exefdp.x\nab: https://e.org/");
        let mut long = Writing::default();
        for _ in 0..20 {
            long.add("i", &"𝄞".repeat(700));
        }
        let text = long.done();
        assert!(text.plain.encode_utf16().count() <= 4_096 && text.html.ends_with('…'));
        assert_eq!(text.html.matches("<i>").count(), text.html.matches("</i>").count());
    }
}
