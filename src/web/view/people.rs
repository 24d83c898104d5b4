//! People: the first owner, signing in, one's own account, and what went wrong.

use super::chats::Chats;
use super::doors::AccountDoors;
use super::frame::{Body, Section, Theme};
use super::shared::Errors;
use crate::texts::Lang;
use crate::web::format::Locale;
use askama::Template;

/// The form that makes the first owner; what was typed is kept, save passwords.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "setup.html")]
pub struct Setup {
    /// Whose eyes it is for.
    pub l: Locale,
    /// The secret of the link, part of the form's address.
    pub secret: String,
    /// Login name.
    pub login: String,
    /// Name as shown.
    pub name: String,
    /// Mail address.
    pub mail: String,
    /// What is wrong with it.
    pub errors: Errors,
}

impl Body for Setup {
    fn title(&self) -> String {
        self.l.t("setup-title")
    }
}

/// The form by which whoever has a link sets another password.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "reset.html")]
pub struct Reset {
    /// Whose eyes it is for.
    pub l: Locale,
    /// The secret of the link, part of the form's address.
    pub secret: String,
    /// Whose password.
    pub login: String,
    /// What is wrong with it.
    pub errors: Errors,
}

impl Body for Reset {
    fn title(&self) -> String {
        self.l.t("reset-title")
    }
}

/// The form to sign in.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "login.html")]
pub struct Login {
    /// Whose eyes it is for.
    pub l: Locale,
    /// Login name, as typed.
    pub login: String,
    /// Local path to go to afterwards; empty for the start.
    pub next: String,
    /// Whether everybody may make an account.
    pub open: bool,
    /// What is wrong with it.
    pub errors: Errors,
}

impl Body for Login {
    fn title(&self) -> String {
        self.l.t("login-title")
    }
}

/// One's own account.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "account.html")]
pub struct Account {
    /// Whose eyes it is for.
    pub l: Locale,
    /// Light or dark.
    pub theme: Theme,
    /// Name as shown.
    pub name: String,
    /// Login name.
    pub login: String,
    /// Mail address.
    pub mail: String,
    /// Role, in the reader's language.
    pub role: String,
    /// When this browser signed in, in microseconds UTC.
    pub signed_in_us: i64,
    /// What is wrong with the form of the password.
    pub errors: Errors,
    /// Chats of one's own.
    pub chats: Chats,
    /// The ways into the account.
    pub doors: AccountDoors,
}

impl Body for Account {
    fn title(&self) -> String {
        self.l.t("account-title")
    }

    fn section(&self) -> Option<Section> {
        Some(Section::Account)
    }
}

/// What went wrong and what can be done.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "error.html")]
pub struct ErrorPage {
    /// Whose eyes it is for.
    pub l: Locale,
    /// HTTP status.
    pub status: u16,
}

impl ErrorPage {
    fn kind(&self) -> &'static str {
        match self.status {
            401 | 403 => "403",
            404 | 410 => "404",
            408 => "408",
            429 => "429",
            400..=499 => "400",
            503 => "503",
            _ => "500",
        }
    }
}

impl Body for ErrorPage {
    fn title(&self) -> String {
        self.l.t(&format!("error-{}-title", self.kind()))
    }
}
