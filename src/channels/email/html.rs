//! The HTML part of a mail: tables and inline styles, since mail programs know little else; dark colours
//! for those that know them. No picture, no font and nothing else is fetched from anywhere: what is shown comes
//! with the mail.

use crate::channels::{Notice, NoticeKind, unseen};
use std::fmt::Write;
use watchroom_domain::Severity;

/// The name by which the page calls the picture that comes with it.
pub const PICTURE: &str = "picture@watchroom";

const FONT: &str = "-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,'Noto Sans SC','PingFang SC',\
                    'Microsoft YaHei',sans-serif";

/// Colours where the reader prefers dark; classes, because inline styles know no conditions.
const DARK: &str = "\
@media (prefers-color-scheme:dark){\
.bg{background:#0e1116!important}.card{background:#151a21!important;border-color:#242c37!important}\
.ink{color:#e8ecf2!important}.ink2{color:#a0abba!important}.line{border-color:#242c37!important}\
.crit{color:#ff5d63!important;background:#331619!important}.warn{color:#f0b23e!important;background:#2d2412!important}\
.ok{color:#3ecf8e!important;background:#12291f!important}.test{color:#6d9cff!important;background:#172440!important}\
.edge-crit{background:#ff5d63!important}.edge-warn{background:#f0b23e!important}\
.edge-ok{background:#3ecf8e!important}.edge-test{background:#6d9cff!important}\
.btn{background:#6d9cff!important;color:#0b1220!important}}\
@media (max-width:480px){.pad{padding:20px 18px!important}.btn{display:block!important;text-align:center!important}}";

/// How the state looks: its class, and its colours where the reader prefers light. Never colour alone: the
/// state's word stands there too.
struct Tone {
    class: &'static str,
    ink: &'static str,
    ground: &'static str,
}

fn tone(notice: &Notice) -> Tone {
    match (notice.kind, notice.severity) {
        (NoticeKind::Resolved | NoticeKind::ChannelBack | NoticeKind::HubRecovered, _) => {
            Tone { class: "ok", ink: "#14713f", ground: "#e5f5ed" }
        }
        (NoticeKind::Test | NoticeKind::Letter | NoticeKind::Changed | NoticeKind::Digest, _) => {
            Tone { class: "test", ink: "#1f55c4", ground: "#e8effe" }
        }
        (_, Severity::Critical) => Tone { class: "crit", ink: "#b3232b", ground: "#fde8e9" },
        (_, Severity::Warning) => Tone { class: "warn", ink: "#8a5a00", ground: "#fcf1dc" },
    }
}

/// The page.
pub fn page(notice: &Notice) -> String {
    let tone = tone(notice);
    let mut out = String::with_capacity(6_000);
    let language = escape(notice.language);
    let subject = escape(&notice.subject);
    // Writing into a string cannot fail.
    let _ = write!(
        out,
        "<!doctype html><html lang=\"{language}\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\
         <meta name=\"color-scheme\" content=\"light dark\">\
         <meta name=\"supported-color-schemes\" content=\"light dark\">\
         <title>{subject}</title><style>:root{{color-scheme:light dark}}{DARK}</style></head>\
         <body class=\"bg\" style=\"margin:0;padding:0;background:#f5f6f8\">"
    );
    preview(&mut out, notice);
    let _ = write!(
        out,
        "<table role=\"presentation\" class=\"bg\" width=\"100%\" cellpadding=\"0\" cellspacing=\"0\" \
         style=\"background:#f5f6f8\"><tr><td align=\"center\" style=\"padding:24px 12px\">\
         <table role=\"presentation\" class=\"card\" width=\"100%\" cellpadding=\"0\" cellspacing=\"0\" \
         style=\"max-width:560px;background:#ffffff;border:1px solid #e3e6ea;border-radius:10px;\
         border-collapse:separate;overflow:hidden;font-family:{FONT}\">\
         <tr><td class=\"edge-{class}\" style=\"height:4px;line-height:4px;font-size:0;background:{ink}\">\
         &nbsp;</td></tr><tr><td class=\"pad\" style=\"padding:24px 28px\">",
        class = tone.class,
        ink = tone.ink,
    );
    head(&mut out, notice, &tone);
    picture(&mut out, notice);
    button(&mut out, notice);
    facts(&mut out, notice);
    let _ = write!(
        out,
        "</td></tr></table><p class=\"ink2\" style=\"max-width:560px;margin:14px auto 0;padding:0 8px;\
         font:12px/1.5 {FONT};color:#5a6472;text-align:left\">{}</p></td></tr></table></body></html>",
        escape(&notice.footer)
    );
    out
}

/// The picture, which is a part of the mail; its words stand in the text around it.
fn picture(out: &mut String, notice: &Notice) {
    if notice.picture.is_some() {
        let _ = write!(
            out,
            "<img src=\"cid:{PICTURE}\" width=\"520\" alt=\"{}\" style=\"display:block;width:100%;max-width:520px;\
             height:auto;margin:18px 0 0;border-radius:6px;background:#ffffff\">",
            escape(&notice.headline)
        );
    }
}

/// What mail programs show beside the subject.
fn preview(out: &mut String, notice: &Notice) {
    let _ = write!(
        out,
        "<div style=\"display:none;max-height:0;overflow:hidden;opacity:0\">{}: {}</div>",
        escape(&notice.state),
        escape(&notice.headline)
    );
}

fn head(out: &mut String, notice: &Notice, tone: &Tone) {
    let _ = write!(
        out,
        "<span class=\"{class}\" style=\"display:inline-block;padding:3px 10px;border-radius:99px;\
         background:{ground};color:{ink};font-size:13px;line-height:18px;font-weight:600\">{state}</span>\
         <h1 class=\"ink\" style=\"margin:14px 0 0;font-size:20px;line-height:1.35;font-weight:650;\
         letter-spacing:-.01em;color:#161a20\">{headline}</h1>",
        class = tone.class,
        ground = tone.ground,
        ink = tone.ink,
        state = escape(&notice.state),
        headline = bound(&notice.headline),
    );
    for sentence in &notice.sentences {
        let _ = write!(
            out,
            "<p class=\"ink2\" style=\"margin:8px 0 0;font-size:15px;line-height:1.5;color:#5a6472\">{}</p>",
            escape(sentence)
        );
    }
}

fn facts(out: &mut String, notice: &Notice) {
    if notice.facts.is_empty() {
        return;
    }
    out.push_str(
        "<table class=\"line\" width=\"100%\" cellpadding=\"0\" cellspacing=\"0\" style=\"margin:22px 0 0;\
         border-top:1px solid #e3e6ea;border-collapse:collapse\">",
    );
    for (label, value) in &notice.facts {
        let _ = write!(
            out,
            "<tr><th class=\"ink2 line\" scope=\"row\" align=\"left\" valign=\"top\" style=\"padding:8px 12px 8px 0;\
             border-bottom:1px solid #e3e6ea;font-size:13px;line-height:1.45;font-weight:500;color:#5a6472;\
             width:34%\">{}</th><td class=\"ink line\" valign=\"top\" style=\"padding:8px 0;\
             border-bottom:1px solid #e3e6ea;font-size:14px;line-height:1.45;color:#161a20;\
             font-variant-numeric:tabular-nums;word-break:break-word\">{}</td></tr>",
            escape(label),
            bound(value)
        );
    }
    out.push_str("</table>");
}

fn button(out: &mut String, notice: &Notice) {
    let Some((address, words)) = &notice.link else { return };
    // Only addresses of the web: nothing that a program would run.
    if !address.starts_with("https://") && !address.starts_with("http://") {
        return;
    }
    let _ = write!(
        out,
        "<p style=\"margin:18px 0 0\"><a class=\"btn\" href=\"{}\" style=\"display:inline-block;padding:11px 18px;\
         border-radius:6px;background:#2f6fed;color:#ffffff;font-size:15px;line-height:20px;font-weight:600;\
         text-decoration:none\">{}</a></p>",
        escape(address),
        escape(words)
    );
}

/// Text as text, with numbers and their units kept on one line.
fn bound(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    let mut rest = text.chars().peekable();
    let mut before = ' ';
    while let Some(c) = rest.next() {
        let unit = rest.peek().is_some_and(|next| next.is_alphabetic() || *next == '°');
        out.push(if c == ' ' && before.is_ascii_digit() && unit { '\u{a0}' } else { c });
        before = c;
    }
    escape(&out)
}

/// Text as text: nothing in it can become markup.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c if c == '\n' || unseen(c) => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_keeps_its_unit() {
        assert_eq!(
            bound("at 91.5 °C, over 88 °C for 1 min"),
            "at 91.5\u{a0}°C, over 88\u{a0}°C for 1\u{a0}min"
        );
        assert_eq!(bound("2026-03-04 12:02 <b>"), "2026-03-04 12:02 &lt;b&gt;");
    }

    #[test]
    fn nothing_becomes_markup() {
        assert_eq!(escape("<b a='1' c=\"2\">&\u{0}\n"), "&lt;b a=&#39;1&#39; c=&quot;2&quot;&gt;&amp;  ");
        assert_eq!(
            escape("exe\u{202e}fdp\u{2066}\u{61c}"),
            "exe fdp  ",
            "nothing turns what stands beside it"
        );
    }
}
