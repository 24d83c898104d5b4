//! How people come to accounts: registration, invitations, and letters with links that work once.

use crate::error::Refusal;
use crate::ids::{GroupId, InvitationId, LetterId, SubjectId};
use crate::machine::clean;
use crate::naming::{checked_display_name, checked_login};
use crate::people::{Role, checked_mail};
use crate::time::{HOUR_US, Micros};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// Longest life of a link in a letter.
pub const MAX_LINK_LIFE_US: Micros = 31 * 24 * HOUR_US;
/// How long an account that somebody opened waits for its mail address to be confirmed; then its login name is
/// free again.
pub const CONFIRM_WITHIN_US: Micros = 3 * 24 * HOUR_US;

/// Who may make an account.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Registration {
    /// Nobody new.
    #[default]
    Closed,
    /// Whoever was invited.
    Invitation,
    /// Everybody who confirms a mail address.
    Open,
}

/// Told by whoever wants to tell it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sex {
    /// Female.
    Female,
    /// Male.
    Male,
    /// Neither of these.
    Other,
}

/// What a letter's link is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LetterKind {
    /// Confirms that a mail address is its owner's.
    Confirm,
    /// Sets another password.
    Reset,
    /// Makes an account.
    Invitation,
    /// Tells the address before that another one is to be used. Its link does nothing by itself.
    Moving,
}

/// By which way somebody came to an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Joining {
    /// By the link that the hub prints as long as it has no owner.
    Setup,
    /// Where everybody may register.
    Open,
    /// By an invitation.
    Invitation,
}

/// A link that works once. The secret is computed from the letter's identifier and the master key whenever it
/// is needed; it is kept nowhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LetterLink {
    /// What the secret is computed from.
    pub letter: LetterId,
    /// SHA-256 of the secret, hex.
    pub secret_sha256: String,
    /// When it ends.
    pub expires_us: Micros,
}

impl LetterLink {
    /// # Errors
    /// A [`Refusal`] when its end is not ahead, or too far.
    pub(crate) fn check(&self, now: Micros) -> Result<(), Refusal> {
        if self.expires_us <= now || self.expires_us - now > MAX_LINK_LIFE_US {
            return Err(Refusal::field(
                "bad_link_expiry",
                "days",
                "The end lies in the future, within 31 days.",
            ));
        }
        Ok(())
    }
}

/// What a person tells of themselves. Personal text.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Profile {
    /// Told by whoever wants to.
    pub sex: Option<Sex>,
    /// Phone number; may be empty.
    pub phone: String,
    /// BCP 47 tag of the language that is wanted; empty for the browser's.
    pub language: String,
    /// Whether the mail address was confirmed.
    pub mail_confirmed: bool,
    /// Whether the account is of no use until the mail address is confirmed.
    pub waits: bool,
}

impl fmt::Debug for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Profile")
            .field("mail_confirmed", &self.mail_confirmed)
            .field("waits", &self.waits)
            .finish_non_exhaustive()
    }
}

/// What somebody enters to make an account.
#[derive(Clone, PartialEq, Eq)]
#[allow(missing_docs, reason = "fields are those of the account")]
pub struct NewAccount {
    pub person: SubjectId,
    pub login: String,
    pub display_name: String,
    pub mail: String,
    pub password_phc: String,
    pub sex: Option<Sex>,
    pub phone: String,
    /// BCP 47 tag of the letter's language.
    pub language: String,
}

impl NewAccount {
    /// The account with white space trimmed.
    ///
    /// # Errors
    /// A [`Refusal`] that names the first field that is wrong.
    pub(crate) fn checked(&self) -> Result<Self, Refusal> {
        let login = checked_login(&self.login)?;
        Ok(Self {
            display_name: checked_display_name(&self.display_name, &login)?,
            mail: checked_mail(&self.mail)?,
            phone: checked_phone(&self.phone)?,
            language: checked_language(&self.language)?,
            login,
            ..self.clone()
        })
    }
}

impl fmt::Debug for NewAccount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewAccount").field("person", &self.person).finish_non_exhaustive()
    }
}

/// An invitation. Its mail address is personal text.
#[derive(Clone, PartialEq, Eq)]
pub struct Invitation {
    /// Its identifier.
    pub invitation: InvitationId,
    /// Under whose key its personal text is kept.
    pub subject: SubjectId,
    /// The present link.
    pub letter: LetterId,
    /// SHA-256 of the present link's secret, hex.
    pub secret_sha256: String,
    /// Where the link was sent; empty where it is handed over in another way.
    pub mail: String,
    /// What the invited person may do.
    pub role: Role,
    /// Groups that the person will be in.
    pub groups: BTreeSet<GroupId>,
    /// BCP 47 tag of the letter's language.
    pub language: String,
    /// When it was made.
    pub made_us: Micros,
    /// When its link ends.
    pub expires_us: Micros,
    /// Who has invited.
    pub by: Option<SubjectId>,
    /// What became of it.
    pub outcome: InvitationOutcome,
}

impl fmt::Debug for Invitation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Invitation")
            .field("invitation", &self.invitation)
            .field("outcome", &self.outcome)
            .finish_non_exhaustive()
    }
}

/// What became of an invitation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum InvitationOutcome {
    /// Nothing yet.
    #[default]
    Open,
    /// Somebody made an account by it.
    Used {
        /// Who.
        person: SubjectId,
        /// When.
        at_us: Micros,
    },
    /// It was taken back.
    Withdrawn {
        /// When.
        at_us: Micros,
    },
}

/// A mail address that waits to be confirmed.
#[derive(Clone, PartialEq, Eq)]
pub struct Confirmation {
    /// The letter.
    pub letter: LetterId,
    /// SHA-256 of the link's secret, hex.
    pub secret_sha256: String,
    /// The address. Personal text.
    pub mail: String,
    /// When the link ends.
    pub expires_us: Micros,
}

impl fmt::Debug for Confirmation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Confirmation").field("letter", &self.letter).finish_non_exhaustive()
    }
}

/// Who may come in, and who is about to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accounts {
    /// Who may make an account.
    pub registration: Registration,
    /// What somebody may do who was not invited.
    pub role: Role,
    /// Invitations, the newest of those that are over among them.
    pub invitations: BTreeMap<InvitationId, Invitation>,
    /// Mail addresses that wait to be confirmed; one each, the newest.
    pub confirmations: BTreeMap<SubjectId, Confirmation>,
    /// The letter of each person's link for another password.
    pub reset_letters: BTreeMap<SubjectId, LetterId>,
    /// When letters were asked for lately, by whom they go to and what for: what strangers may ask for does not
    /// count for what only the account itself may.
    pub letters: BTreeMap<(SubjectId, LetterKind), Vec<Micros>>,
}

impl Default for Accounts {
    fn default() -> Self {
        Self {
            registration: Registration::default(),
            role: Role::Member,
            invitations: BTreeMap::new(),
            confirmations: BTreeMap::new(),
            reset_letters: BTreeMap::new(),
            letters: BTreeMap::new(),
        }
    }
}

/// What can be asked for about coming to an account.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs, reason = "fields are those of the events they become")]
pub enum AccountCommand {
    /// Says who may make an account. For owners.
    ConfigureAccess { registration: Registration, role: Role },
    /// Somebody whom nobody invited makes an account.
    Register { account: NewAccount, link: LetterLink },
    /// Somebody makes an account by an invitation's link.
    Accept { secret_sha256: String, account: NewAccount, link: LetterLink },
    /// Invites somebody, by mail where there is an address.
    Invite {
        invitation: InvitationId,
        mail: String,
        role: Role,
        groups: BTreeSet<GroupId>,
        language: String,
        link: LetterLink,
    },
    /// Gives an invitation another link; the one before ends.
    InviteAgain { invitation: InvitationId, link: LetterLink },
    /// Takes an invitation back.
    Withdraw { invitation: InvitationId },
    /// Whoever has the link confirms the mail address that it was sent to.
    ConfirmMail { secret_sha256: String },
    /// The asker wants the letter again by which a mail address is confirmed.
    AskConfirmation { link: LetterLink, language: String },
    /// Somebody says to have forgotten a password.
    AskReset { person: SubjectId, link: LetterLink, language: String },
    /// The asker tells something else of themselves. Another mail address holds once it is confirmed.
    ChangeProfile {
        display_name: String,
        mail: String,
        sex: Option<Sex>,
        phone: String,
        language: String,
        link: LetterLink,
    },
    /// The asker keeps the present mail address: another one that waits to be confirmed ends.
    KeepMail,
}

pub(crate) fn checked_phone(phone: &str) -> Result<String, Refusal> {
    let phone = clean("phone", phone, 40)?;
    let fits = |c: char| c.is_ascii_digit() || "+-()/. ".contains(c);
    if phone.is_empty() || (phone.chars().all(fits) && phone.chars().any(|c| c.is_ascii_digit())) {
        Ok(phone)
    } else {
        let message = "Digits, spaces and + - ( ) / only, such as +41 44 000 00 00.";
        Err(Refusal::field("bad_phone", "phone", message))
    }
}

pub(crate) fn checked_language(language: &str) -> Result<String, Refusal> {
    let fits = language.len() <= 16 && language.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    if fits {
        Ok(language.to_owned())
    } else {
        Err(Refusal::field("bad_choice", "language", "Choose one of these."))
    }
}
