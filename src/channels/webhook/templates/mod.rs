//! How a notice is written for a service, and what the service's answer means.
//!
//! Every service gets what is hostile in a field that it shows as plain text, or escaped in its own way, and
//! never more than it takes. Several of them answer with a status of 200 and an error in the body.

mod chat;
mod signed;

use super::settings::Target;
use crate::channels::{Notice, SendError, unseen};
use reqwest::Url;
use serde_json::Value;
use std::time::Duration;
use watchroom_domain::Micros;

/// A service's way of taking notices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Template {
    /// Our own JSON, signed.
    Plain,
    /// ntfy.sh, or an own server of it.
    Ntfy,
    /// Slack's incoming webhooks, and what takes the same.
    Slack,
    /// Discord.
    Discord,
    /// DingTalk's group robots.
    DingTalk,
    /// WeCom's group robots.
    WeCom,
    /// Feishu's group robots.
    Feishu,
}

/// What is sent.
pub struct Written {
    /// Where, with what the service wants in the address.
    pub url: Url,
    /// JSON.
    pub body: Value,
    /// What the service is shown to let us in, if it wants that.
    pub bearer: Option<String>,
}

/// Where and when something is written.
pub struct At<'a> {
    /// The target.
    pub target: &'a Target,
    /// Its address.
    pub url: Url,
    /// Its secret.
    pub secret: Option<&'a str>,
    /// The moment.
    pub now_us: Micros,
}

impl Template {
    /// Their names in the settings.
    pub const NAMES: &'static [&'static str] =
        &["plain", "ntfy", "slack", "discord", "dingtalk", "wecom", "feishu"];

    /// The template of a name.
    pub fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "plain" => Self::Plain,
            "ntfy" => Self::Ntfy,
            "slack" => Self::Slack,
            "discord" => Self::Discord,
            "dingtalk" => Self::DingTalk,
            "wecom" => Self::WeCom,
            "feishu" => Self::Feishu,
            _ => return None,
        })
    }

    /// Whether an address is one of the service's.
    pub fn takes(self, url: &Url) -> bool {
        self != Self::Ntfy || chat::topic(url).is_some()
    }

    /// The notice as the service takes it; `None` when the address is not one of the service's.
    pub fn write(self, notice: &Notice, at: At<'_>) -> Option<Written> {
        match self {
            Self::Plain => Some(signed::plain(notice, at)),
            Self::Ntfy => chat::ntfy(notice, at),
            Self::Slack => Some(chat::slack(notice, at)),
            Self::Discord => Some(chat::discord(notice, at)),
            Self::DingTalk => Some(signed::dingtalk(notice, at)),
            Self::WeCom => Some(signed::wecom(notice, at)),
            Self::Feishu => Some(signed::feishu(notice, at)),
        }
    }

    /// What an answer with a status of success means: the service's identifier of what was sent.
    pub fn read(self, body: &[u8]) -> Result<Option<String>, SendError> {
        let said: Option<Value> = serde_json::from_slice(body).ok();
        let text = |key: &str| match said.as_ref().and_then(|s| s.get(key)) {
            Some(Value::String(text)) => Some(text.clone()),
            _ => None,
        };
        let code = |key: &str| said.as_ref().and_then(|s| s.get(key)).and_then(Value::as_i64);
        match self {
            Self::Plain | Self::Slack => Ok(None),
            Self::Ntfy | Self::Discord => Ok(text("id")),
            Self::DingTalk | Self::WeCom => judge(code("errcode"), &TOO_MANY_WORK),
            Self::Feishu => {
                let code = code("code").or_else(|| code("StatusCode"));
                let words = text("msg").or_else(|| text("StatusMessage")).unwrap_or_default().to_lowercase();
                if code == Some(BAD_OR_MANY_FEISHU) && !words.contains("too many") {
                    return Err(SendError::Refused(format!("error {BAD_OR_MANY_FEISHU}: bad request")));
                }
                judge(code, &TOO_MANY_FEISHU)
            }
        }
    }
}

/// Codes of DingTalk and WeCom for too much in a time.
const TOO_MANY_WORK: [i64; 5] = [45_009, 130_101, 410_100, 660_026, 90_018];
/// The same of Feishu.
const TOO_MANY_FEISHU: [i64; 3] = [BAD_OR_MANY_FEISHU, 11_232, 99_991_400];
/// Feishu says this of a body that it does not take, and of too much in a time; only its words tell.
const BAD_OR_MANY_FEISHU: i64 = 9_499;
/// How long such a service is left alone then.
const PAUSE: Duration = Duration::from_secs(60);

/// A service that says in the body what came of it: only a zero is success.
fn judge(code: Option<i64>, too_many: &[i64]) -> Result<Option<String>, SendError> {
    match code {
        Some(0) => Ok(None),
        Some(code) if too_many.contains(&code) => {
            Err(SendError::Wait { answer: format!("error {code}: too many"), wait: PAUSE, whole: false })
        }
        // A wrong sign, a wrong address, a busy system: nothing that another text would mend.
        Some(code) => Err(SendError::Later(format!("200 with error {code}"))),
        None => Err(SendError::Later("200 without the service's answer".to_owned())),
    }
}

/// The text cut after so many characters, with a mark.
fn cut(text: &str, most: usize) -> String {
    let seen: String = text.chars().filter(|c| !unseen(*c)).collect();
    if seen.chars().count() <= most {
        return seen;
    }
    seen.chars().take(most.saturating_sub(1)).chain(['…']).collect()
}

/// The text cut to so many bytes, with a mark.
fn cut_bytes(text: &str, most: usize) -> String {
    let text = cut(text, most);
    if text.len() <= most {
        return text;
    }
    let mut end = most.saturating_sub('…'.len_utf8());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}…", &text[..end])
}

/// One line of what may hold line feeds.
fn line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// State and subject.
fn title(notice: &Notice) -> String {
    format!("{}: {}", line(&notice.state), line(&notice.headline))
}

/// Everything but the title, in lines.
fn lines(notice: &Notice) -> Vec<String> {
    let mut lines: Vec<_> = notice.sentences.iter().map(|s| line(s)).collect();
    lines.extend(notice.facts.iter().map(|(label, value)| format!("{}: {}", line(label), line(value))));
    lines
}

#[cfg(test)]
mod tests;
