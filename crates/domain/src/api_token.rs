//! API tokens: what a program may do in a person's name, and until when.

use crate::error::Refusal;
use crate::ids::{ApiTokenId, SubjectId};
use crate::machine::clean_line;
use crate::policy::Action;
use crate::time::{HOUR_US, Micros};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Longest life of a token.
pub const MAX_TOKEN_LIFE_US: Micros = 366 * 24 * HOUR_US;
/// Most tokens of a person.
const MOST_TOKENS: usize = 50;

/// A part of what a person may do, for a token. A token never gives more than its person may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenScope {
    /// Read what the person sees.
    Read,
    /// Act on alerts, begin and end silences.
    Act,
    /// Register, change and remove machines, checks and rules.
    Manage,
    /// What administrators do: people, channels, the log, the hub's settings.
    Administer,
}

impl TokenScope {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Read, Self::Act, Self::Manage, Self::Administer];

    /// The scope that an action needs; none for what no token may do.
    pub fn of(action: Action) -> Option<Self> {
        match action {
            Action::Watch => Some(Self::Read),
            Action::ActOnAlerts => Some(Self::Act),
            Action::ManageMachines | Action::ManageRules => Some(Self::Manage),
            Action::ManageChannels | Action::ManagePeople | Action::ReadLog | Action::ManageHub => {
                Some(Self::Administer)
            }
            // A token that leaks must not be able to take the account.
            Action::ManageOwnAccount => None,
            Action::SetUp
            | Action::SignIn
            | Action::Register
            | Action::ConfirmMail
            | Action::ResetPassword
            | Action::Join
            | Action::Press
            | Action::SpeakAs(_)
            | Action::RunHub => None,
        }
    }
}

/// Scopes of a token, as one small value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TokenScopes(u8);

impl TokenScopes {
    /// Whether this scope is among them.
    pub fn has(self, scope: TokenScope) -> bool {
        self.0 & (1 << scope as u8) != 0
    }
}

impl FromIterator<TokenScope> for TokenScopes {
    fn from_iter<I: IntoIterator<Item = TokenScope>>(scopes: I) -> Self {
        Self(scopes.into_iter().fold(0, |bits, scope| bits | (1 << scope as u8)))
    }
}

/// A token by which a program acts in a person's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiToken {
    /// Its identifier.
    pub token: ApiTokenId,
    /// In whose name.
    pub person: SubjectId,
    /// What the person calls it.
    pub name: String,
    /// SHA-256 of the secret, hex.
    pub secret_sha256: String,
    /// What it may do at the most.
    pub scopes: BTreeSet<TokenScope>,
    /// When it was made.
    pub issued_us: Micros,
    /// When it ends.
    pub expires_us: Micros,
    /// From where it last changed something; empty before that.
    pub address: String,
}

impl ApiToken {
    /// The token, if it can be given out.
    ///
    /// # Errors
    /// A [`Refusal`] that names the first field that is wrong.
    pub(crate) fn checked(mut self, others: usize, now: Micros) -> Result<Self, Refusal> {
        self.name = clean_line("name", &self.name, 64)?;
        if self.name.is_empty() {
            return Err(Refusal::field("name_missing", "name", "Say what the token is for."));
        }
        if self.scopes.is_empty() {
            return Err(Refusal::field("scopes_missing", "scopes", "Choose what the token may do."));
        }
        if self.expires_us <= now || self.expires_us - now > MAX_TOKEN_LIFE_US {
            return Err(Refusal::field(
                "bad_expiry",
                "expires",
                "The end lies in the future, within a year.",
            ));
        }
        if others >= MOST_TOKENS {
            return Err(Refusal::new("too_many", format!("At most {MOST_TOKENS} tokens a person.")));
        }
        Ok(self)
    }
}
