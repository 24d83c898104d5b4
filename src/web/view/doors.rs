//! The ways into an account: browsers, tokens, the second step; and the way out of it for good.

use super::frame::{Body, Section};
use super::shared::Errors;
use crate::web::format::Locale;
use askama::Template;
use std::fmt::Write as _;

/// One browser in which somebody is signed in.
#[derive(Clone, Debug, Default)]
pub struct OpenSession {
    /// Identifier.
    pub id: String,
    /// When it was opened, in microseconds UTC.
    pub opened_us: i64,
    /// When it was last used, as far as is known, in microseconds UTC.
    pub seen_us: i64,
    /// Where it was last used from.
    pub address: String,
    /// What the browser says of itself; hostile.
    pub browser: String,
    /// Whether it is the one that asks.
    pub this: bool,
}

/// What the account page says of the ways into it.
#[derive(Clone, Debug, Default)]
pub struct AccountDoors {
    /// Whose account it is.
    pub person: String,
    /// Position of the picture, if there is one.
    pub picture: Option<u64>,
    /// Whether a second step is asked for.
    pub two_step: bool,
    /// How many API tokens there are.
    pub tokens: usize,
    /// Browsers; the one that asks first.
    pub sessions: Vec<OpenSession>,
}

/// The form that asks for a code after the password.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "code.html")]
pub struct Code {
    /// Whose eyes it is for.
    pub l: Locale,
    /// What is wrong with it.
    pub errors: Errors,
}

impl Body for Code {
    fn title(&self) -> String {
        self.l.t("code-title")
    }
}

/// A picture that an app reads, as the outline of its dark squares.
#[derive(Clone, Debug, Default)]
pub struct QrCode {
    /// Squares on one side, with the bright edge of four around.
    pub side: usize,
    /// The outline, for SVG.
    pub path: String,
}

impl QrCode {
    /// The picture of a text; none for one that is too long.
    pub fn of(text: &str) -> Option<Self> {
        const EDGE: usize = 4;
        let code = qrcode::QrCode::new(text).ok()?;
        let width = code.width();
        let mut path = String::new();
        for (n, _) in code.to_colors().iter().enumerate().filter(|(_, c)| **c == qrcode::Color::Dark) {
            // Writing into a string does not fail.
            let _ = write!(path, "M{} {}h1v1h-1z", n % width + EDGE, n / width + EDGE);
        }
        Some(Self { side: width + 2 * EDGE, path })
    }
}

/// One's own second step.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "two_step.html")]
pub struct TwoStep {
    /// Whose eyes it is for.
    pub l: Locale,
    /// Login name.
    pub login: String,
    /// Since when it is on, in microseconds UTC, and how many recovery codes are left.
    pub on: Option<(i64, usize)>,
    /// The secret that is to be shared, where it is off.
    pub secret: String,
    /// The same as a picture.
    pub qr: Option<QrCode>,
    /// Recovery codes that were just made.
    pub codes: Vec<String>,
    /// What is wrong with the form.
    pub errors: Errors,
}

impl TwoStep {
    /// The secret in groups, for whoever types it.
    fn grouped(&self) -> String {
        let groups: Vec<&str> =
            self.secret.as_bytes().chunks(4).filter_map(|four| std::str::from_utf8(four).ok()).collect();
        groups.join(" ")
    }
}

impl Body for TwoStep {
    fn title(&self) -> String {
        self.l.t("two-step-title")
    }

    fn section(&self) -> Option<Section> {
        Some(Section::Account)
    }
}

/// One API token.
#[derive(Clone, Debug, Default)]
pub struct TokenRow {
    /// Identifier.
    pub id: String,
    /// What its person calls it.
    pub name: String,
    /// Words of what it may do.
    pub scopes: Vec<&'static str>,
    /// When it was made, in microseconds UTC.
    pub issued_us: i64,
    /// When it ends, in microseconds UTC.
    pub expires_us: i64,
    /// Whether that is past.
    pub over: bool,
    /// When it was last used, if that was since the hub was started.
    pub used_us: Option<i64>,
}

/// The form of another token, as it was typed.
#[derive(Clone, Debug, Default)]
pub struct TokenForm {
    /// What it is for.
    pub name: String,
    /// Words of what it may do.
    pub scopes: Vec<&'static str>,
    /// For how many days, as it was sent.
    pub days: String,
    /// What is wrong with it.
    pub errors: Errors,
}

impl TokenForm {
    fn has(&self, scope: &str) -> bool {
        self.scopes.contains(&scope)
    }

    fn lasts(&self, days: &i64) -> bool {
        self.days.parse() == Ok(*days)
    }
}

/// API tokens of one's own.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "tokens.html")]
pub struct Tokens {
    /// Whose eyes it is for.
    pub l: Locale,
    /// The tokens, the newest first.
    pub rows: Vec<TokenRow>,
    /// Words of the scopes to choose from.
    pub scopes: Vec<&'static str>,
    /// The form of another one.
    pub form: TokenForm,
    /// The secret of one that was just made.
    pub fresh: Option<String>,
}

impl Body for Tokens {
    fn title(&self) -> String {
        self.l.t("tokens-title")
    }

    fn section(&self) -> Option<Section> {
        Some(Section::Account)
    }
}

/// The way out for good.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "leave.html")]
pub struct Leave {
    /// Whose eyes it is for.
    pub l: Locale,
    /// Login name.
    pub login: String,
    /// Machines and rules that will belong to nobody.
    pub things: usize,
    /// Browsers that will be signed out.
    pub sessions: usize,
    /// API tokens that will end.
    pub tokens: usize,
    /// Chats that will be unlinked.
    pub chats: usize,
    /// Wishes to be told that will end.
    pub subscriptions: usize,
    /// What is wrong with the form.
    pub errors: Errors,
}

impl Body for Leave {
    fn title(&self) -> String {
        self.l.t("leave-title")
    }

    fn section(&self) -> Option<Section> {
        Some(Section::Account)
    }
}
