//! Mail: where it goes out, who gets it, and what became of it.

use super::alert_page::Answer;
use super::frame::{Body, Section};
use super::rule::ScopeText;
use super::shared::{Choice, Errors, Severity};
use crate::web::format::Locale;
use crate::web::list::Listed;
use askama::Template;

/// The form of the mail server; what was typed is kept, save a password.
#[derive(Clone, Debug, Default)]
pub struct MailForm {
    /// Host name.
    pub host: String,
    /// Port, as typed.
    pub port: String,
    /// `starttls`, `implicit` or `none`.
    pub security: String,
    /// User name, empty to send without signing in.
    pub user: String,
    /// Where the password comes from: `typed`, `reference`, or `none`.
    pub password_kind: String,
    /// Whether a typed password is kept already; an empty field then keeps it.
    pub password_kept: bool,
    /// The reference, `file:` or `env:`.
    pub password_ref: String,
    /// Address that mail comes from.
    pub from: String,
    /// PEM file of certificates that are trusted besides the system's.
    pub ca_file: String,
    /// What is wrong with it.
    pub errors: Errors,
}

/// What a test came to.
#[derive(Clone, Debug)]
pub struct TestResult {
    /// To whom.
    pub to: String,
    /// What it came to.
    pub answer: Answer,
    /// What the server said, or what went wrong and what can be done.
    pub said: String,
    /// How long it took, in milliseconds.
    pub took_ms: f64,
}

/// Somebody who gets mail.
#[derive(Clone, Debug)]
pub struct Subscription {
    /// Identifier.
    pub id: String,
    /// Mail address.
    pub mail: String,
    /// From which severity on.
    pub severity: Severity,
    /// About which machines.
    pub scope: ScopeText,
    /// Its quiet hours as a form has them.
    pub quiet: Quiet,
    /// Its quiet hours in words; empty when there are none.
    pub quiet_text: String,
    /// What the far side said, when nothing goes there any more.
    pub disabled: Option<String>,
}

/// Quiet hours as a form has them.
#[derive(Clone, Debug, Default)]
pub struct Quiet {
    /// Whether there are any.
    pub on: bool,
    /// Begin, as `22:00`.
    pub from: String,
    /// End.
    pub to: String,
    /// Days, from Monday.
    pub days: [bool; 7],
    /// Time zone.
    pub zone: String,
    /// Whether critical alerts come all the same.
    pub breaks: bool,
}

/// The form that adds somebody.
#[derive(Clone, Debug, Default)]
pub struct SubscriptionForm {
    /// Mail address.
    pub mail: String,
    /// From which severity on.
    pub severity: Severity,
    /// `everywhere`, `tag` or `machine`.
    pub scope: String,
    /// The tag, if the scope is one.
    pub tag: String,
    /// The machine's identifier, if the scope is one.
    pub machine: String,
    /// Its quiet hours.
    pub quiet: Quiet,
    /// What is wrong with it.
    pub errors: Errors,
}

/// One mail that was sent or is to be sent.
#[derive(Clone, Debug)]
pub struct DeliveryRow {
    /// When it was last tried, in microseconds UTC.
    pub at_us: i64,
    /// To whom.
    pub to: String,
    /// Its subject.
    pub subject: String,
    /// The incident it is about, if it is.
    pub incident: Option<String>,
    /// What it came to.
    pub answer: Answer,
    /// What the server said.
    pub said: String,
    /// How long the last try took, in milliseconds.
    pub took_ms: f64,
    /// How many tries.
    pub attempts: u32,
}

/// The page of mail.
#[derive(Clone, Debug, Template)]
#[template(path = "mail.html")]
pub struct Mail {
    /// Whose eyes it is for.
    pub l: Locale,
    /// Whether a server is set, so that mail can go out.
    pub ready: bool,
    /// The server.
    pub form: MailForm,
    /// Address that the test is offered to.
    pub test_to: String,
    /// What the last test came to.
    pub test: Option<TestResult>,
    /// Who gets mail besides keepers.
    pub subscriptions: Vec<Subscription>,
    /// The list of these, as it was asked for.
    pub listed: Listed,
    /// The form that adds somebody.
    pub add: SubscriptionForm,
    /// Machines to choose from.
    pub machines: Vec<Choice>,
    /// What went out lately, newest first.
    pub deliveries: Vec<DeliveryRow>,
    /// Whether the reader may change who gets mail.
    pub may_edit: bool,
    /// Whether the reader may change the server.
    pub may_set: bool,
}

impl Body for Mail {
    fn title(&self) -> String {
        self.l.t("mail-title")
    }

    fn section(&self) -> Option<Section> {
        Some(Section::Channels)
    }
}
