//! The settings of the webhook channel: several named targets.

use super::reach::{Network, Reach};
use super::templates::Template;
use crate::channels::secret::SecretRef;
use reqwest::Url;
use serde::Deserialize;
use serde_json::{Map, Value};
use std::path::PathBuf;
use watchroom_domain::{AddressKind, ChannelDescriptor, ChannelField, FieldKind, Pace, Rate, Refusal};

/// Most targets.
const TARGETS: usize = 50;
/// Longest name of a target, in characters.
const LONGEST_NAME: usize = 64;

/// What the webhook channel says of itself.
pub static DESCRIPTOR: ChannelDescriptor = ChannelDescriptor {
    name: "webhook",
    fields: &[
        ChannelField {
            key: "targets",
            kind: FieldKind::Table(&[
                ChannelField { key: "name", kind: FieldKind::Text, required: true },
                ChannelField { key: "template", kind: FieldKind::Choice(Template::NAMES), required: true },
                ChannelField { key: "url", kind: FieldKind::Secret, required: true },
                ChannelField { key: "secret", kind: FieldKind::Secret, required: false },
            ]),
            required: true,
        },
        ChannelField { key: "allowed", kind: FieldKind::Text, required: false },
        ChannelField { key: "per_minute", kind: FieldKind::Text, required: false },
        ChannelField { key: "ca_file", kind: FieldKind::Text, required: false },
    ],
    address: AddressKind::Target("targets"),
    updates: false,
    pictures: false,
    // The strictest of the known services take 20 a minute.
    pace: Pace {
        per_destination: Rate::per_seconds(20, 60),
        per_group: None,
        overall: Rate::per_seconds(50, 5),
    },
};

/// One target. No field holds a secret; addresses of chat services are secrets themselves.
#[derive(Clone, Debug)]
pub struct Target {
    /// Its name, by which subscriptions mean it.
    pub name: String,
    /// How a notice is written for it.
    pub template: Template,
    /// Where it is.
    pub url: Place,
    /// What requests are signed with.
    pub secret: Option<SecretRef>,
}

/// Where a target is.
#[derive(Clone)]
pub enum Place {
    /// At an address that is no secret.
    Known(Url),
    /// At an address that is kept as a secret.
    Secret(SecretRef),
}

impl std::fmt::Debug for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Known(_) => "Known",
            Self::Secret(_) => "Secret",
        })
    }
}

/// How webhooks are sent.
#[derive(Clone, Debug)]
pub struct WebhookSettings {
    /// Where they go.
    pub targets: Vec<Target>,
    /// Which addresses may be reached.
    pub reach: Reach,
    /// How much may be sent.
    pub pace: Pace,
    /// PEM file of certificates that are trusted besides the system's.
    pub ca_file: Option<PathBuf>,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Typed {
    targets: Vec<TypedTarget>,
    allowed: String,
    per_minute: Value,
    ca_file: String,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct TypedTarget {
    name: String,
    template: String,
    url: String,
    secret: String,
}

impl WebhookSettings {
    /// The settings, if the channel can work with them.
    ///
    /// # Errors
    /// A [`Refusal`] for every field that is wrong.
    pub fn from_map(settings: &Map<String, Value>) -> Result<Self, Vec<Refusal>> {
        let typed: Typed = serde_json::from_value(Value::Object(settings.clone())).map_err(|_| {
            let message = "The settings of the webhook channel are targets, allowed, per_minute and ca_file.";
            vec![Refusal::new("bad_settings", message)]
        })?;
        let mut faults = Vec::new();
        let targets = targets(&typed.targets, &mut faults);
        let mut networks = Vec::new();
        for part in typed.allowed.split([',', ' ', '\n']).map(str::trim).filter(|part| !part.is_empty()) {
            match Network::parse(part) {
                Some(network) => networks.push(network),
                None if faults.iter().any(|f: &Refusal| f.field == Some("allowed")) => {}
                None => faults.push(Refusal::field(
                    "bad_network",
                    "allowed",
                    "Networks such as 10.1.0.0/16 or single addresses, with commas between them.",
                )),
            }
        }
        let pace = pace(&typed.per_minute);
        if pace.is_none() {
            let message = "How many a minute to one target: a number from 1 to 600.";
            faults.push(Refusal::field("bad_per_minute", "per_minute", message));
        }
        let ca_file = Some(typed.ca_file.trim()).filter(|path| !path.is_empty()).map(PathBuf::from);
        if ca_file.as_ref().is_some_and(|path| !path.is_absolute()) {
            let message = "The whole path of a PEM file, from / on.";
            faults.push(Refusal::field("bad_path", "ca_file", message));
        }
        match pace {
            Some(pace) if faults.is_empty() => {
                Ok(Self { targets, reach: Reach::and(networks), pace, ca_file })
            }
            _ => Err(faults),
        }
    }

    /// Looks at addresses that are known, or were typed and are kept nowhere yet.
    ///
    /// # Errors
    /// A [`Refusal`] for every one that leads nowhere.
    pub fn check(&self, typed: &[(String, String)]) -> Result<(), Vec<Refusal>> {
        let mut faults = Vec::new();
        for Target { name, template, url, .. } in &self.targets {
            let found = match url {
                Place::Known(url) => Some(url.clone()),
                Place::Secret(reference) => {
                    let said = |(at, _): &&(String, String)| SecretRef::parse(at).as_ref() == Some(reference);
                    let Some((_, text)) = typed.iter().find(said) else { continue };
                    address(text)
                }
            };
            let message = match found {
                None => format!(
                    "{name}: an address such as https://example.org/hook, without a name and a password in it."
                ),
                Some(url) if !template.takes(&url) => {
                    format!("{name}: the address of a topic, such as https://ntfy.sh/our-lab-alerts.")
                }
                Some(_) => continue,
            };
            faults.push(Refusal::field("bad_url", "targets", message));
        }
        if faults.is_empty() { Ok(()) } else { Err(faults) }
    }
}

fn targets(typed: &[TypedTarget], faults: &mut Vec<Refusal>) -> Vec<Target> {
    let mut targets: Vec<Target> = Vec::new();
    let mut fault = |code, message: String| faults.push(Refusal::field(code, "targets", message));
    if typed.is_empty() || typed.len() > TARGETS {
        fault("required", format!("Name from 1 to {TARGETS} targets."));
    }
    for target in typed.iter().take(TARGETS) {
        let name = target.name.trim().to_owned();
        let plain_name = name.chars().count() <= LONGEST_NAME && !name.chars().any(char::is_control);
        if name.is_empty() || !plain_name {
            fault("bad_target_name", "Give every target a short name.".to_owned());
            continue;
        }
        let same = |t: &Target| t.name.to_lowercase() == name.to_lowercase();
        if targets.iter().any(same) {
            fault("target_name_taken", format!("Two targets are called {name}."));
            continue;
        }
        let Some(template) = Template::parse(target.template.trim()) else {
            fault("bad_choice", format!("{name}: one of {}.", Template::NAMES.join(", ")));
            continue;
        };
        let Some(url) = place(target.url.trim()) else {
            let message = format!(
                "{name}: an address such as https://example.org/hook, or file:/path or env:NAME where it stands."
            );
            fault("bad_url", message);
            continue;
        };
        let secret = SecretRef::parse(target.secret.trim());
        if secret.is_none() && (!target.secret.trim().is_empty() || template == Template::Plain) {
            let message = format!(
                "{name}: say where the secret stands that requests are signed with, as file:/path or env:NAME."
            );
            fault("no_reference", message);
            continue;
        }
        targets.push(Target { name, template, url, secret });
    }
    targets
}

fn place(text: &str) -> Option<Place> {
    if let Some(reference) = SecretRef::parse(text) {
        return Some(Place::Secret(reference));
    }
    address(text).map(Place::Known)
}

/// An address of the web, without a name and a password in it.
pub fn address(text: &str) -> Option<Url> {
    let url = Url::parse(text.trim()).ok()?;
    let fits = matches!(url.scheme(), "https" | "http")
        && url.has_host()
        && url.username().is_empty()
        && url.password().is_none()
        && url.fragment().is_none();
    fits.then_some(url)
}

fn pace(typed: &Value) -> Option<Pace> {
    let count = match typed {
        Value::Null => return Some(DESCRIPTOR.pace),
        Value::String(text) if text.trim().is_empty() => return Some(DESCRIPTOR.pace),
        Value::String(text) => text.trim().parse().ok()?,
        Value::Number(number) => u32::try_from(number.as_u64()?).ok()?,
        _ => return None,
    };
    let per_destination = Rate::per_seconds(count.clamp(1, 600), 60);
    (1..=600).contains(&count).then_some(Pace { per_destination, ..DESCRIPTOR.pace })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn faults(settings: Value) -> Vec<&'static str> {
        let Value::Object(map) = settings else { panic!("no map") };
        match WebhookSettings::from_map(&map) {
            Ok(_) => Vec::new(),
            Err(faults) => faults.iter().map(|f| f.code).collect(),
        }
    }

    #[test]
    fn targets_are_named_and_hold_no_secret() {
        let good = json!({"targets": [
            {"name": "ops", "template": "plain", "url": "https://example.org/hook", "secret": "env:KEY"},
            {"name": "chat", "template": "slack", "url": "file:/run/secrets/slack"},
        ], "allowed": "10.1.0.0/16, fd00::/8", "per_minute": "30"});
        assert_eq!(faults(good), [""; 0]);
        let one = |target: Value| faults(json!({"targets": [target]}));
        assert_eq!(faults(json!({})), ["required"]);
        assert_eq!(
            one(json!({"name": "", "template": "slack", "url": "https://e.org"})),
            ["bad_target_name"]
        );
        assert_eq!(one(json!({"name": "a", "template": "fax", "url": "https://e.org"})), ["bad_choice"]);
        assert_eq!(one(json!({"name": "a", "template": "slack", "url": "ftp://e.org"})), ["bad_url"]);
        assert_eq!(one(json!({"name": "a", "template": "slack", "url": "https://u:p@e.org"})), ["bad_url"]);
        assert_eq!(one(json!({"name": "a", "template": "plain", "url": "https://e.org"})), ["no_reference"]);
        let typed = json!({"name": "a", "template": "plain", "url": "https://e.org", "secret": "hunter2"});
        assert_eq!(one(typed), ["no_reference"]);
        let slack = json!({"name": "A", "template": "slack", "url": "https://e.org"});
        let twice = json!({"targets": [slack, {"name": "a", "template": "slack", "url": "https://e.org"}]});
        assert_eq!(faults(twice), ["target_name_taken"]);
        let rest =
            json!({"targets": [slack], "allowed": "10.0.0.0/8, home", "per_minute": 0, "ca_file": "x"});
        assert_eq!(faults(rest), ["bad_network", "bad_per_minute", "bad_path"]);
    }
}
