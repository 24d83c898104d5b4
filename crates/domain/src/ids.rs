//! Identifiers. All are 16 bytes; new ones are UUIDv7, derived ones UUIDv5.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use uuid::Uuid;

/// Namespace of every identifier that is derived from what it stands for.
const NAMESPACE: Uuid = Uuid::from_u128(0x6f0e_6d5c_2b1a_5c49_9d67_77a7_c8e0_0001);

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl $name {
            /// The identifier that always belongs to these parts.
            pub fn derived(parts: &[&str]) -> Self {
                let text = format!("{}/{}", stringify!($name), parts.join("/"));
                Self(Uuid::new_v5(&NAMESPACE, text.as_bytes()))
            }

            /// The 16 bytes of the identifier.
            pub fn as_bytes(&self) -> &[u8; 16] {
                self.0.as_bytes()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::parse_str(text).map(Self)
            }
        }
    };
}

id!(
    /// One event.
    EventId
);
id!(
    /// One machine that an agent watches.
    MachineId
);
id!(
    /// One join token; its secret is never stored, only a hash.
    TokenId
);
id!(
    /// One rule.
    RuleId
);
id!(
    /// One incident of one rule on one machine and series.
    IncidentId
);
id!(
    /// One silence: alerts that are recorded but not told.
    SilenceId
);
id!(
    /// Whom personal text is about: a keeper or a person. Also the name of that text's key.
    SubjectId
);
id!(
    /// One signed-in browser.
    SessionId
);
id!(
    /// One wish to be told.
    SubscriptionId
);
id!(
    /// One thing to be told to one recipient through one channel.
    DeliveryId
);
id!(
    /// One check of a machine's service.
    CheckId
);

id!(
    /// One group of people.
    GroupId
);
id!(
    /// One invitation to make an account.
    InvitationId
);
id!(
    /// One letter with a link that works once; the link's secret is computed from it.
    LetterId
);
id!(
    /// One API token; its secret is never stored, only a hash.
    ApiTokenId
);
id!(
    /// One link to a wall display; its secret is never stored, only a hash.
    WallLinkId
);

impl MachineId {
    /// What an incident of the hub's own is of: no machine has this identifier.
    pub const HUB: Self = Self(Uuid::nil());

    /// Whether the hub itself is meant rather than a machine.
    pub fn is_hub(&self) -> bool {
        *self == Self::HUB
    }
}
