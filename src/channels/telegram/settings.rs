//! The settings of the Telegram channel.

use crate::channels::secret::SecretRef;
use reqwest::Url;
use serde::Deserialize;
use serde_json::{Map, Value};
use std::net::IpAddr;
use watchroom_domain::{
    AddressKind, ChannelDescriptor, ChannelField, FieldKind, Pace, Rate, Refusal, SECOND_US,
};

/// Where Telegram's own Bot API is.
const API: &str = "https://api.telegram.org";

/// What the Telegram channel says of itself.
pub static DESCRIPTOR: ChannelDescriptor = ChannelDescriptor {
    name: "telegram",
    fields: &[
        ChannelField { key: "token", kind: FieldKind::Secret, required: true },
        ChannelField { key: "api_url", kind: FieldKind::Text, required: false },
        ChannelField { key: "language", kind: FieldKind::Choice(&["en", "zh-CN"]), required: false },
    ],
    address: AddressKind::Linked,
    updates: true,
    pictures: true,
    // What Telegram itself allows: one a second to a person, with a few at once, 20 a minute to a group, 30 a
    // second in all.
    pace: Pace {
        per_destination: Rate { burst: 3, every_us: SECOND_US },
        per_group: Some(Rate::per_seconds(20, 60)),
        overall: Rate::per_seconds(25, 1),
    },
};

/// How the Bot API is reached. No field holds a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TelegramSettings {
    /// Where the bot's token stands.
    pub token: SecretRef,
    /// Address of the Bot API.
    pub api_url: Url,
    /// Whether that is on this very machine.
    pub loopback: bool,
    /// BCP 47 tag of the language that the bot speaks to whom it does not know; empty for the hub's.
    pub language: String,
}

/// The settings as they are typed.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Typed {
    token: String,
    api_url: String,
    language: String,
}

impl TelegramSettings {
    /// The settings, if the channel can work with them.
    ///
    /// # Errors
    /// A [`Refusal`] for every field that is wrong.
    pub fn from_map(settings: &Map<String, Value>) -> Result<Self, Vec<Refusal>> {
        let known = |key: &&String| DESCRIPTOR.fields.iter().any(|f| f.key == key.as_str());
        if let Some(key) = settings.keys().find(|key| !known(key)) {
            let message = format!("The Telegram channel has no setting \"{}\".", key.escape_default());
            return Err(vec![Refusal::new("unknown_setting", message)]);
        }
        let typed: Typed = serde_json::from_value(Value::Object(settings.clone())).map_err(|_| {
            vec![Refusal::new("bad_settings", "The settings of the Telegram channel are texts.")]
        })?;
        let mut faults = Vec::new();
        let token = SecretRef::parse(typed.token.trim());
        if token.is_none() {
            let (code, message) = match typed.token.trim() {
                "" => ("required", "Say where the bot's token stands: @BotFather gives you one."),
                _ => (
                    "no_reference",
                    "Say where the token stands, as file:/path or env:NAME; never the token itself.",
                ),
            };
            faults.push(Refusal::field(code, "token", message));
        }
        let api_url = api_url(typed.api_url.trim());
        if api_url.is_none() {
            faults.push(Refusal::field(
                "bad_api_url",
                "api_url",
                "An address such as https://api.telegram.org; plain http only to this very machine.",
            ));
        }
        let language = typed.language.trim().to_owned();
        if !matches!(language.as_str(), "" | "en" | "zh-CN") {
            faults.push(Refusal::field("bad_choice", "language", "One of en and zh-CN, or nothing."));
        }
        match (token, api_url) {
            (Some(token), Some((api_url, loopback))) if faults.is_empty() => {
                Ok(Self { token, api_url, loopback, language })
            }
            _ => Err(faults),
        }
    }

    /// Looks at a token that was typed and is kept nowhere yet.
    ///
    /// # Errors
    /// A [`Refusal`] when it is none.
    pub fn check(&self, typed: &[(String, String)]) -> Result<(), Vec<Refusal>> {
        let mut typed = typed.iter().filter(|(at, _)| SecretRef::parse(at).as_ref() == Some(&self.token));
        if typed.all(|(_, token)| is_token(token.trim())) {
            return Ok(());
        }
        let message = "A bot's token is a number, a colon and 35 characters or so, as @BotFather gives it.";
        Err(vec![Refusal::field("bad_token", "token", message)])
    }
}

/// Whether it looks as the Bot API's tokens do.
fn is_token(text: &str) -> bool {
    text.split_once(':').is_some_and(|(bot, key)| {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
        !bot.is_empty()
            && bot.chars().all(|c| c.is_ascii_digit())
            && !key.is_empty()
            && key.chars().all(plain)
    })
}

/// The address without a slash at its end, and whether it leads to this machine.
fn api_url(typed: &str) -> Option<(Url, bool)> {
    let typed = if typed.is_empty() { API } else { typed.trim_end_matches('/') };
    let url = Url::parse(typed).ok()?;
    let host = url.host_str()?.trim_matches(['[', ']']);
    let loopback = host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback());
    let plain = url.query().is_none() && url.fragment().is_none() && url.username().is_empty();
    let safe = url.scheme() == "https" || url.scheme() == "http" && loopback;
    (plain && url.password().is_none() && safe).then_some((url, loopback))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn faults(settings: Value) -> Vec<(&'static str, &'static str)> {
        let Value::Object(settings) = settings else { panic!("no map") };
        let faults = TelegramSettings::from_map(&settings).err().unwrap_or_default();
        faults.iter().map(|fault| (fault.field.unwrap_or(""), fault.code)).collect()
    }

    #[test]
    fn a_token_is_a_reference_and_never_the_token_itself() {
        assert_eq!(faults(json!({"token": "file:/run/secrets/bot"})), []);
        assert_eq!(faults(json!({})), [("token", "required")]);
        assert_eq!(faults(json!({"token": "700001:AAH-x"})), [("token", "no_reference")]);
        assert_eq!(faults(json!({"token": "env:BOT", "host": "x"})), [("", "unknown_setting")]);
        assert_eq!(faults(json!({"token": "env:BOT", "language": "fr"})), [("language", "bad_choice")]);
    }

    #[test]
    fn a_plain_line_leads_to_this_machine_only() {
        for good in
            ["", "https://tg.example.org/", "http://127.0.0.1:8081", "http://[::1]:1/", "http://localhost"]
        {
            assert_eq!(faults(json!({"token": "env:BOT", "api_url": good})), [], "{good}");
        }
        for bad in
            ["http://tg.example.org", "ftp://localhost", "api", "https://u:p@e.org", "https://e.org/?x=1"]
        {
            assert_eq!(
                faults(json!({"token": "env:BOT", "api_url": bad})),
                [("api_url", "bad_api_url")],
                "{bad}"
            );
        }
    }
}
