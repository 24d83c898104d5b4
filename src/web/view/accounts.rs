//! How people come to accounts: registering, invitations, confirming a mail address, forgetting a password, and
//! what people tell of themselves.

use super::frame::{Body, Section};
use super::shared::{Choice, Errors};
use crate::texts::Lang;
use crate::web::format::Locale;
use crate::web::list::{Column, Turn};
use askama::Template;

/// The form by which somebody makes an account; what was typed is kept, save passwords.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "join.html")]
pub struct Join {
    /// Whose eyes it is for.
    pub l: Locale,
    /// Where the form goes to.
    pub action: String,
    /// The role that an invitation gives, in the reader's language.
    pub invited: Option<String>,
    /// Login name.
    pub login: String,
    /// Name as shown.
    pub name: String,
    /// Mail address.
    pub mail: String,
    /// Word of the sex; empty where it is not told.
    pub sex: String,
    /// Phone number.
    pub phone: String,
    /// What is wrong with it.
    pub errors: Errors,
}

impl Body for Join {
    fn title(&self) -> String {
        self.l.t("join-title")
    }
}

/// What stands there where somebody cannot go on, and what to do.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "dead_end.html")]
pub struct DeadEnd {
    /// Whose eyes it is for.
    pub l: Locale,
    /// Keys of title and text begin so.
    pub key: &'static str,
}

impl Body for DeadEnd {
    fn title(&self) -> String {
        self.l.t(&format!("{}-title", self.key))
    }
}

/// The button that confirms a mail address.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "confirm.html")]
pub struct Confirm {
    /// Whose eyes it is for.
    pub l: Locale,
    /// The secret of the link, part of the form's address.
    pub secret: String,
    /// The address.
    pub mail: String,
    /// What has to be done first, by its key in the catalogue.
    pub first: Option<&'static str>,
}

impl Body for Confirm {
    fn title(&self) -> String {
        self.l.t("confirm-title")
    }
}

/// What somebody sees who has registered and not confirmed the mail address yet.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "waiting.html")]
pub struct Waiting {
    /// Whose eyes it is for.
    pub l: Locale,
    /// The address that the letter went to.
    pub mail: String,
    /// Why the letter cannot be sent again.
    pub errors: Errors,
}

impl Body for Waiting {
    fn title(&self) -> String {
        self.l.t("waiting-title")
    }
}

/// The form for whoever forgot a password.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "forgot.html")]
pub struct Forgot {
    /// Whose eyes it is for.
    pub l: Locale,
    /// Login name or mail address, as typed.
    pub who: String,
    /// Whether it was handed in. The answer is the same whoever exists.
    pub asked: bool,
    /// What is wrong with it.
    pub errors: Errors,
}

impl Body for Forgot {
    fn title(&self) -> String {
        self.l.t("forgot-title")
    }
}

/// What one tells of oneself.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "profile.html")]
pub struct ProfileForm {
    /// Whose eyes it is for.
    pub l: Locale,
    /// Login name; it stays.
    pub login: String,
    /// Name as shown.
    pub name: String,
    /// Mail address.
    pub mail: String,
    /// Mail address that holds.
    pub present: String,
    /// Whether there is a mail address that was not confirmed.
    pub unconfirmed: bool,
    /// Another address that waits to be confirmed; empty where there is none.
    pub pending: String,
    /// Word of the sex; empty where it is not told.
    pub sex: String,
    /// Phone number.
    pub phone: String,
    /// BCP 47 tag of the language; empty for the browser's.
    pub language: String,
    /// What is wrong with it.
    pub errors: Errors,
}

impl Body for ProfileForm {
    fn title(&self) -> String {
        self.l.t("profile-title")
    }

    fn section(&self) -> Option<Section> {
        Some(Section::Account)
    }
}

/// One invitation of the list.
#[derive(Clone, Debug, Default)]
pub struct InvitationRow {
    /// Identifier.
    pub id: String,
    /// Where the link was sent; empty where it is handed over in another way.
    pub mail: String,
    /// Role, in the reader's language.
    pub role: String,
    /// Names of the groups.
    pub groups: Vec<String>,
    /// `open`, `over`, `used` or `withdrawn`.
    pub state: &'static str,
    /// Who has used it: identifier and name.
    pub used_by: Option<(String, String)>,
    /// Who has invited, by name.
    pub by: String,
    /// When it was made, in microseconds UTC.
    pub made_us: i64,
    /// When its link ends, in microseconds UTC.
    pub expires_us: i64,
    /// The link to copy; empty where it does nothing any more or the reader may not give this role.
    pub link: String,
    /// Whether the reader may send it again and withdraw it.
    pub mine: bool,
}

/// What was typed into the form of an invitation.
#[derive(Clone, Debug, Default)]
pub struct InviteTyped {
    /// Mail address; may be empty.
    pub mail: String,
    /// Word of the role.
    pub role: String,
    /// Identifiers of the groups.
    pub groups: Vec<String>,
    /// For how many days the link is good.
    pub days: String,
    /// BCP 47 tag of the letter's language.
    pub language: String,
}

/// The invitations, and the form of another one.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "invitations.html")]
pub struct Invitations {
    /// Whose eyes it is for.
    pub l: Locale,
    /// What is searched for.
    pub q: String,
    /// The state that the list is narrowed to, or empty.
    pub state: String,
    /// Heads of the columns.
    pub columns: Vec<Column>,
    /// The invitations of this page.
    pub rows: Vec<InvitationRow>,
    /// How many there are in all.
    pub total: usize,
    /// The other pages.
    pub turn: Turn,
    /// Whether nobody can make an account at present.
    pub closed: bool,
    /// Whether letters can go out.
    pub by_mail: bool,
    /// Roles to choose from.
    pub roles: Vec<Choice>,
    /// Groups to choose from.
    pub groups: Vec<Choice>,
    /// What was typed.
    pub typed: InviteTyped,
    /// What is wrong with it.
    pub errors: Errors,
}

impl Invitations {
    fn mail_hint(&self) -> String {
        if self.by_mail { self.l.t("invite-mail-hint") } else { self.l.t("invite-no-mail") }
    }

    fn chosen(&self, group: &str) -> bool {
        self.typed.groups.iter().any(|g| g == group)
    }
}

impl Body for Invitations {
    fn title(&self) -> String {
        self.l.t("invitations-title")
    }

    fn section(&self) -> Option<Section> {
        Some(Section::People)
    }
}

/// The hub's settings.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "settings.html")]
pub struct SettingsPage {
    /// Whose eyes it is for.
    pub l: Locale,
    /// Word of who may make an account.
    pub registration: String,
    /// Word of the role of whoever was not invited.
    pub role: String,
    /// Whether the reader may change that.
    pub owner: bool,
    /// Keys of the settings file with their values.
    pub shown: Vec<(&'static str, String)>,
    /// What is wrong with it.
    pub errors: Errors,
}

impl Body for SettingsPage {
    fn title(&self) -> String {
        self.l.t("settings-title")
    }

    fn section(&self) -> Option<Section> {
        Some(Section::Settings)
    }
}
