//! ntfy, Slack and Discord.

use super::{At, Written, cut, cut_bytes, line, lines, title};
use crate::channels::{Notice, NoticeKind};
use serde_json::{Map, Value, json};
use watchroom_domain::Severity;

/// Longest message of ntfy, in bytes; what is longer it turns into a file.
const NTFY_TEXT: usize = 4_000;
/// Longest header, text and field of Slack's blocks, in characters.
const SLACK_TEXT: (usize, usize) = (150, 2_900);
/// Of Discord's embeds: title, description, and all together 6,000.
const DISCORD: (usize, usize) = (256, 4_000);

fn link(notice: &Notice) -> Option<(&str, String)> {
    let (address, words) = notice.link.as_ref()?;
    Some((address.as_str(), line(words)))
}

/// Published as JSON to the server's root, for headers hold no other characters than ASCII.
/// The topic that an address of ntfy names last.
pub fn topic(url: &reqwest::Url) -> Option<String> {
    url.path_segments()?.next_back().filter(|topic| !topic.is_empty()).map(str::to_owned)
}

pub fn ntfy(notice: &Notice, at: At<'_>) -> Option<Written> {
    let topic = topic(&at.url)?;
    let mut url = at.url.clone();
    url.path_segments_mut().ok()?.pop();
    if url.path().is_empty() {
        url.set_path("/");
    }
    let (priority, tag) = match (notice.kind, notice.severity) {
        (NoticeKind::Resolved | NoticeKind::ChannelBack | NoticeKind::HubRecovered, _) => {
            (3, "white_check_mark")
        }
        (NoticeKind::Test | NoticeKind::Letter | NoticeKind::Digest | NoticeKind::Changed, _) => {
            (3, "information_source")
        }
        (_, Severity::Critical) => (5, "rotating_light"),
        (_, Severity::Warning) => (4, "warning"),
    };
    let mut body = json!({
        "topic": topic,
        "title": cut(&title(notice), 200),
        "message": cut_bytes(&lines(notice).join("\n"), NTFY_TEXT),
        "priority": priority,
        "tags": [tag],
    });
    if let (Some((address, words)), Value::Object(map)) = (link(notice), &mut body) {
        map.insert("click".to_owned(), Value::from(address));
        let action = json!({"action": "view", "label": cut(&words, 60), "url": address});
        map.insert("actions".to_owned(), json!([action]));
    }
    Some(Written { url, body, bearer: at.secret.map(str::to_owned) })
}

/// Blocks of plain text, in which nothing is markup; only our own link is.
pub fn slack(notice: &Notice, at: At<'_>) -> Written {
    let plain = |text: String, most| json!({"type": "plain_text", "text": cut(&text, most), "emoji": false});
    let mut blocks = vec![json!({"type": "header", "text": plain(title(notice), SLACK_TEXT.0)})];
    let said = lines(notice).join("\n");
    if !said.is_empty() {
        blocks.push(json!({"type": "section", "text": plain(said, SLACK_TEXT.1)}));
    }
    if let Some((address, words)) = link(notice) {
        let text = format!("<{}|{}>", slack_escaped(address), slack_escaped(&words));
        blocks.push(json!({"type": "section", "text": {"type": "mrkdwn", "text": text}}));
    }
    // What is shown where blocks are not: in notifications. Its three signs are escaped, so that nobody is called.
    let text = slack_escaped(&cut(&title(notice), SLACK_TEXT.1));
    Written { url: at.url, body: json!({"text": text, "blocks": blocks}), bearer: None }
}

fn slack_escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('|', "¦")
}

/// One embed; nobody is called, whatever the text says.
pub fn discord(notice: &Notice, at: At<'_>) -> Written {
    let mut url = at.url;
    let waits = url.query_pairs().any(|(key, _)| key == "wait");
    if !waits {
        // So that the answer names what was posted.
        url.query_pairs_mut().append_pair("wait", "true");
    }
    let colour = match (notice.kind, notice.severity) {
        (NoticeKind::Resolved | NoticeKind::ChannelBack | NoticeKind::HubRecovered, _) => 0x14_71_3f,
        (NoticeKind::Test | NoticeKind::Letter | NoticeKind::Digest | NoticeKind::Changed, _) => 0x1f_55_c4,
        (_, Severity::Critical) => 0xb3_23_2b,
        (_, Severity::Warning) => 0x8a_5a_00,
    };
    let mut embed = Map::new();
    // Escaping makes it longer, so it is cut before and after.
    let fit = |text: String, most: usize| cut(&discord_escaped(&cut(&text, most)), most);
    embed.insert("title".to_owned(), Value::from(fit(title(notice), DISCORD.0)));
    embed.insert("description".to_owned(), Value::from(fit(lines(notice).join("\n"), DISCORD.1)));
    embed.insert("color".to_owned(), Value::from(colour));
    if let Some((address, _)) = link(notice) {
        embed.insert("url".to_owned(), Value::from(address));
    }
    embed.insert("footer".to_owned(), json!({"text": cut(&line(&notice.footer), 1_000)}));
    let body = json!({"embeds": [embed], "allowed_mentions": {"parse": []}});
    Written { url, body, bearer: None }
}

fn discord_escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if "\\*_~`|<>[]()#:@".contains(c) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}
