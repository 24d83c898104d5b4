//! What a notification channel says of itself, so that forms and checks need no code of their own.

use crate::time::Micros;
use serde::Serialize;

/// A channel's name, its fields, and what it can do.
#[derive(Clone, Debug, Serialize)]
pub struct ChannelDescriptor {
    /// Stable name, part of cursors and events; never changes.
    pub name: &'static str,
    /// The fields of its settings, in the order of the form.
    pub fields: &'static [ChannelField],
    /// What an address within the channel is.
    pub address: AddressKind,
    /// Whether it wants to hear of silent changes of an incident (acknowledged, snoozed), because it can
    /// change what it has shown before.
    pub updates: bool,
    /// Whether it can show a picture.
    pub pictures: bool,
    /// How much it may send; settings may lower it.
    pub pace: Pace,
}

impl ChannelDescriptor {
    /// Whether every destination is a far side of its own, so that one may be away while others are not.
    pub fn far_sides_apart(&self) -> bool {
        matches!(self.address, AddressKind::Target(_))
    }
}

/// What an address within a channel is, so that a form can ask for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum AddressKind {
    /// A mail address, typed.
    Mail,
    /// The name of one of the targets that stand in the channel's settings, in the table of this key.
    Target(&'static str),
    /// It comes about by linking on the account page and is never typed.
    Linked,
}

/// How much may be sent: token buckets, which allow a burst and then a rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Pace {
    /// To one destination.
    pub per_destination: Rate,
    /// To a destination where several people read, if that is another rate. Its address is a negative number.
    pub per_group: Option<Rate>,
    /// Through the channel as a whole.
    pub overall: Rate,
}

impl Pace {
    /// How much may be sent to this address.
    pub fn to(&self, address: &str) -> Rate {
        self.per_group.filter(|_| address.starts_with('-')).unwrap_or(self.per_destination)
    }
}

/// A token bucket: `burst` at once, and then one every `every_us` microseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Rate {
    /// At once, at least 1.
    pub burst: u32,
    /// Time until there is room for one more, in microseconds.
    pub every_us: Micros,
}

impl Rate {
    /// So many in so many seconds, all of which may come at once.
    pub const fn per_seconds(count: u32, seconds: Micros) -> Self {
        Self { burst: count, every_us: seconds * crate::time::SECOND_US / count as Micros }
    }
}

/// One field of a channel's settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct ChannelField {
    /// Key in the settings.
    pub key: &'static str,
    /// What may stand in it.
    pub kind: FieldKind,
    /// Whether the channel cannot work without it.
    pub required: bool,
}

/// How a reference begins to a secret that was typed into a form of the hub: a file in the folder for secrets in
/// its data folder, wherever that lies.
pub const TYPED_SECRET: &str = "file:secrets/";

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
    /// Rows of these fields, in the settings an array of objects.
    Table(&'static [ChannelField]),
}
