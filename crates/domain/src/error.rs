//! Why a command was refused.

use thiserror::Error;

/// A command that was refused; nothing was recorded.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{message}")]
pub struct Refusal {
    /// Stable name of the reason, for programs and for translation.
    pub code: &'static str,
    /// What is wrong and what can be done, in English.
    pub message: String,
    /// The field that is wrong, where one is.
    pub field: Option<&'static str>,
}

impl Refusal {
    /// A refusal that concerns the whole command.
    pub fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), field: None }
    }

    /// A refusal because of one field.
    pub fn field(code: &'static str, field: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), field: Some(field) }
    }

    /// The right to do this is missing.
    pub fn forbidden() -> Self {
        Self::new("forbidden", "You may not do this. Ask an owner or administrator for the right.")
    }

    /// What the command names does not exist (any more).
    pub fn not_found(what: &str) -> Self {
        Self::new("not_found", format!("No such {what}; it may have been removed."))
    }
}
