//! The settings of the email channel.

use crate::channels::secret::SecretRef;
use lettre::Address;
use serde::Deserialize;
use serde_json::{Map, Value};
use std::net::IpAddr;
use std::path::PathBuf;
use watchroom_domain::{AddressKind, ChannelDescriptor, ChannelField, FieldKind, Pace, Rate, Refusal};

/// What the email channel says of itself.
pub static DESCRIPTOR: ChannelDescriptor = ChannelDescriptor {
    name: "email",
    fields: &[
        ChannelField { key: "host", kind: FieldKind::Text, required: true },
        ChannelField { key: "port", kind: FieldKind::Port, required: true },
        ChannelField {
            key: "security",
            kind: FieldKind::Choice(&["starttls", "implicit", "none"]),
            required: true,
        },
        ChannelField { key: "user", kind: FieldKind::Text, required: false },
        ChannelField { key: "password", kind: FieldKind::Secret, required: false },
        ChannelField { key: "from", kind: FieldKind::Mail, required: true },
        ChannelField { key: "from_name", kind: FieldKind::Text, required: false },
        ChannelField { key: "hello", kind: FieldKind::Text, required: false },
        ChannelField { key: "ca_file", kind: FieldKind::Text, required: false },
    ],
    address: AddressKind::Mail,
    updates: false,
    pictures: true,
    // A whole room that fails at once is told at once; what goes on and on does not bury anybody.
    pace: Pace {
        per_destination: Rate::per_seconds(300, 60),
        per_group: None,
        overall: Rate::per_seconds(1_000, 20),
    },
};

/// How the line to the mail server is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Security {
    /// Plain at first, then TLS or nothing (usually port 587).
    StartTls,
    /// TLS from the first byte (usually port 465).
    Implicit,
    /// No TLS; to this very machine only.
    None,
}

/// How mail is handed over. No field holds a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EmailSettings {
    /// Name or address of the mail server.
    pub host: String,
    /// Its TCP port.
    pub port: u16,
    /// How the line is protected.
    pub security: Security,
    /// Who signs in, if anybody, and where the password stands.
    pub sign_in: Option<(String, SecretRef)>,
    /// Sender of every mail.
    pub from: Address,
    /// The sender's name; may be empty.
    pub from_name: String,
    /// Name by which the hub greets; this machine's name if none.
    pub hello: Option<String>,
    /// PEM file of certificates that are trusted besides the system's.
    pub ca_file: Option<PathBuf>,
}

/// The settings as they are typed.
#[derive(Deserialize)]
#[serde(default)]
struct Typed {
    host: String,
    port: Value,
    security: String,
    user: String,
    password: String,
    from: String,
    from_name: String,
    hello: String,
    ca_file: String,
}

impl Default for Typed {
    fn default() -> Self {
        let empty = String::new;
        Self {
            host: empty(),
            port: Value::Null,
            security: "starttls".to_owned(),
            user: empty(),
            password: empty(),
            from: empty(),
            from_name: empty(),
            hello: empty(),
            ca_file: empty(),
        }
    }
}

/// Collects what is wrong, so that a form can show all of it at once.
#[derive(Default)]
struct Faults(Vec<Refusal>);

impl Faults {
    fn check(&mut self, holds: bool, code: &'static str, field: &'static str, message: &str) {
        let known = self.0.iter().any(|fault| fault.field == Some(field));
        if !holds && !known {
            self.0.push(Refusal::field(code, field, message));
        }
    }
}

impl EmailSettings {
    /// The settings, if the channel can work with them.
    ///
    /// # Errors
    /// A [`Refusal`] for every field that is wrong.
    pub fn from_map(settings: &Map<String, Value>) -> Result<Self, Vec<Refusal>> {
        let known = |key: &&String| DESCRIPTOR.fields.iter().any(|f| f.key == key.as_str());
        if let Some(key) = settings.keys().find(|key| !known(key)) {
            let message = format!("The email channel has no setting \"{}\".", key.escape_default());
            return Err(vec![Refusal::new("unknown_setting", message)]);
        }
        let typed: Typed = serde_json::from_value(Value::Object(settings.clone())).map_err(|_| {
            vec![Refusal::new("bad_settings", "The settings of the email channel are texts and a port.")]
        })?;
        typed.checked()
    }
}

impl Typed {
    fn checked(self) -> Result<EmailSettings, Vec<Refusal>> {
        let mut faults = Faults::default();
        let host = self.host.trim().to_lowercase();
        faults.check(!host.is_empty(), "required", "host", "Name the mail server.");
        let host_fits = rustls::pki_types::ServerName::try_from(host.as_str()).is_ok();
        faults.check(host_fits, "bad_host", "host", "A host name or an address, without port or scheme.");

        let port = port(&self.port);
        faults.check(port.is_some(), "bad_port", "port", "A port is a number from 1 to 65535.");
        let security = match self.security.trim() {
            "starttls" => Some(Security::StartTls),
            "implicit" => Some(Security::Implicit),
            "none" => Some(Security::None),
            _ => None,
        };
        faults.check(security.is_some(), "bad_choice", "security", "One of starttls, implicit and none.");
        let plain = security == Some(Security::None) && !is_loopback(&host);
        faults.check(
            !plain,
            "plain_needs_loopback",
            "security",
            "Without TLS only a mail server on this very machine can be used.",
        );
        let sign_in = self.sign_in(&mut faults);
        let from = self.from.trim().parse::<Address>().ok().filter(|a| a.to_string().is_ascii());
        faults.check(
            from.is_some(),
            "bad_mail",
            "from",
            "This is no mail address. One looks like watch@example.org.",
        );
        for (field, text, most) in
            [("from_name", &self.from_name, 64), ("user", &self.user, 254), ("ca_file", &self.ca_file, 1_024)]
        {
            let fits = text.chars().count() <= most && !text.chars().any(char::is_control);
            faults.check(fits, "bad_text", field, "Too long, or with control characters in it.");
        }
        let hello = self.hello.trim();
        let hello_fits =
            hello.is_empty() || rustls::pki_types::DnsName::try_from(hello).is_ok() && hello.is_ascii();
        faults.check(hello_fits, "bad_host", "hello", "A host name such as watch.example.org, or nothing.");
        let ca_file = Some(self.ca_file.trim()).filter(|path| !path.is_empty()).map(PathBuf::from);
        let absolute = ca_file.as_ref().is_none_or(|path| path.is_absolute());
        faults.check(absolute, "bad_path", "ca_file", "The whole path of a PEM file, from / on.");

        match (port, security, from) {
            (Some(port), Some(security), Some(from)) if faults.0.is_empty() => Ok(EmailSettings {
                host,
                port,
                security,
                sign_in,
                from,
                from_name: self.from_name.trim().to_owned(),
                hello: Some(hello.to_owned()).filter(|hello| !hello.is_empty()),
                ca_file,
            }),
            _ => Err(faults.0),
        }
    }

    fn sign_in(&self, faults: &mut Faults) -> Option<(String, SecretRef)> {
        let (user, password) = (self.user.trim(), self.password.trim());
        let reference = SecretRef::parse(password);
        faults.check(
            password.is_empty() || reference.is_some(),
            "no_reference",
            "password",
            "Say where the password stands, as file:/path or env:NAME; never the password itself.",
        );
        faults.check(
            user.is_empty() || !password.is_empty(),
            "required",
            "password",
            "A user needs a password.",
        );
        faults.check(
            password.is_empty() || !user.is_empty(),
            "required",
            "user",
            "Say who signs in with the password.",
        );
        reference.filter(|_| !user.is_empty()).map(|reference| (user.to_owned(), reference))
    }
}

/// A form sends the port as text, a program as a number.
fn port(value: &Value) -> Option<u16> {
    let port = match value {
        Value::Number(number) => u16::try_from(number.as_u64()?).ok(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    port.filter(|port| *port != 0)
}

fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn map(value: Value) -> Map<String, Value> {
        match value {
            Value::Object(map) => map,
            other => panic!("{other} is no map"),
        }
    }

    fn good() -> Map<String, Value> {
        map(json!({
            "host": "Mail.Example.org", "port": "587", "security": "starttls", "user": "watch",
            "password": "file:/run/secrets/mail", "from": "watch@example.org", "from_name": "Watchroom"
        }))
    }

    fn faults(change: Value) -> Vec<(&'static str, &'static str)> {
        let mut settings = good();
        settings.extend(map(change));
        let faults = EmailSettings::from_map(&settings).unwrap_err();
        faults.iter().map(|fault| (fault.field.unwrap_or(""), fault.code)).collect()
    }

    #[test]
    fn good_settings_are_taken_whether_the_port_is_a_text_or_a_number() {
        let settings = EmailSettings::from_map(&good()).unwrap();
        assert_eq!((settings.host.as_str(), settings.port), ("mail.example.org", 587));
        let mut numbered = good();
        numbered.insert("port".into(), json!(465));
        assert_eq!(EmailSettings::from_map(&numbered).unwrap().port, 465);
    }

    #[test]
    fn every_field_that_is_wrong_is_named_at_once() {
        let all = faults(json!({
            "host": "", "port": "0", "security": "maybe", "password": "hunter2", "from": "nobody",
            "from_name": "a\r\nBcc: b@c.de", "hello": "not a name", "ca_file": "relative.pem"
        }));
        let fields: Vec<_> = all.iter().map(|(field, _)| *field).collect();
        assert_eq!(fields, ["host", "port", "security", "password", "from", "from_name", "hello", "ca_file"]);
    }

    #[test]
    fn a_typed_password_is_refused_and_not_repeated() {
        let mut settings = good();
        settings.insert("password".into(), json!("hunter2"));
        let faults = EmailSettings::from_map(&settings).unwrap_err();
        assert_eq!(faults[0].code, "no_reference");
        assert!(!faults[0].message.contains("hunter2"));
    }

    #[test]
    fn a_plain_line_leads_to_this_machine_only() {
        assert_eq!(faults(json!({"security": "none"})), [("security", "plain_needs_loopback")]);
        for host in ["localhost", "127.0.0.1", "::1"] {
            let mut settings = good();
            settings.extend(map(json!({"security": "none", "host": host})));
            assert!(EmailSettings::from_map(&settings).is_ok(), "{host}");
        }
    }

    #[test]
    fn user_and_password_belong_together() {
        assert_eq!(faults(json!({"password": ""})), [("password", "required")]);
        assert_eq!(faults(json!({"user": ""})), [("user", "required")]);
        let mut neither = good();
        neither.extend(map(json!({"user": "", "password": ""})));
        assert_eq!(EmailSettings::from_map(&neither).unwrap().sign_in, None);
    }

    #[test]
    fn an_unknown_setting_and_a_wrong_type_are_refused() {
        assert_eq!(faults(json!({"hosts": "x"})), [("", "unknown_setting")]);
        assert_eq!(faults(json!({"host": 3})), [("", "bad_settings")]);
    }
}
