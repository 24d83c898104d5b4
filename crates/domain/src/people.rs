//! People who sign in.

use crate::account::Profile;
use crate::error::Refusal;
use crate::ids::{SessionId, SubjectId};
use crate::machine::{bad_mail, clean, plausible_mail};
use crate::naming::is_plain;
use crate::time::Micros;
use serde::{Deserialize, Serialize};
use std::fmt;

/// What a person may do in general.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Reads; the wall display's role.
    Viewer,
    /// Own machines and shared ones.
    Member,
    /// Acts on alerts and devices.
    Operator,
    /// Everything but what concerns owners.
    Administrator,
    /// Everything.
    Owner,
}

/// A person with an account. Personal text: encrypted under the person's key in the log.
#[derive(Clone, PartialEq, Eq)]
pub struct Person {
    /// Whom this is about.
    pub person: SubjectId,
    /// Login name, as typed; unique without regard to case.
    pub login: String,
    /// Name that others see.
    pub display_name: String,
    /// Mail address.
    pub mail: String,
    /// What the person may do.
    pub role: Role,
    /// Password hash in PHC string form.
    pub password_phc: String,
    /// Whether the account is closed for now.
    pub suspended: bool,
    /// What the person tells besides.
    pub profile: Profile,
    /// When the account was made.
    pub registered_us: Micros,
}

impl Person {
    /// Whether this is an owner who can do what owners do: one who is suspended, or waits for a mail address to be
    /// confirmed, cannot.
    pub fn rules(&self) -> bool {
        self.role == Role::Owner && !self.suspended && !self.profile.waits
    }

    /// Whether a mail address is this person's, as far as the hub knows: it was confirmed, or it is an owner's, whom
    /// nobody else let in. What an account only claims may be anybody's.
    pub fn holds(&self, address: &str) -> bool {
        let proved = self.profile.mail_confirmed || self.role == Role::Owner;
        let theirs = !self.mail.is_empty() && self.mail.eq_ignore_ascii_case(address.trim());
        theirs && proved && !self.profile.waits
    }
}

impl fmt::Debug for Person {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Person")
            .field("person", &self.person)
            .field("role", &self.role)
            .finish_non_exhaustive()
    }
}

/// A signed-in browser.
#[derive(Clone, PartialEq, Eq)]
pub struct Session {
    /// Its identifier.
    pub session: SessionId,
    /// Who signed in.
    pub person: SubjectId,
    /// SHA-256 of the cookie's secret, hex.
    pub token_sha256: String,
    /// When it was opened.
    pub opened_us: Micros,
    /// When it ends.
    pub expires_us: Micros,
    /// Where it was last used from, as far as that was noted. Personal text.
    pub address: String,
    /// When that was noted.
    pub moved_us: Micros,
    /// What the browser says of itself. Hostile text.
    pub browser: String,
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("session", &self.session)
            .field("person", &self.person)
            .finish_non_exhaustive()
    }
}

/// A link by which a person may set another password, once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PasswordReset {
    /// SHA-256 of the link's secret, hex.
    pub secret_sha256: String,
    /// When it ends.
    pub expires_us: Micros,
}

pub(crate) fn checked_mail(mail: &str) -> Result<String, Refusal> {
    let mail = clean("mail", mail, 254)?;
    if mail.is_empty() {
        return Ok(mail);
    }
    // A domain may be in any script, for it has a spelling in ASCII; what stands before it has none.
    let reachable = mail.rsplit_once('@').is_some_and(|(local, domain)| local.is_ascii() && is_plain(domain));
    if reachable && plausible_mail(&mail) { Ok(mail) } else { Err(bad_mail("mail")) }
}
