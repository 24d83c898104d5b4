//! What a notification channel says of itself, so that forms and checks need no code of their own.

use serde::Serialize;

/// A channel's name and fields.
#[derive(Clone, Debug, Serialize)]
pub struct ChannelDescriptor {
    /// Stable name, part of cursors and events; never changes.
    pub name: &'static str,
    /// The fields of its settings, in the order of the form.
    pub fields: &'static [ChannelField],
}

/// One field of a channel's settings.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct ChannelField {
    /// Key in the settings.
    pub key: &'static str,
    /// What may stand in it.
    pub kind: FieldKind,
    /// Whether the channel cannot work without it.
    pub required: bool,
}

/// What may stand in a channel's field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldKind {
    /// Any text.
    Text,
    /// A number of a TCP port.
    Port,
    /// One of a few words.
    Choice(&'static [&'static str]),
    /// A reference to a secret, `file:` or `env:`; never the secret itself.
    Secret,
    /// A mail address.
    Mail,
}
