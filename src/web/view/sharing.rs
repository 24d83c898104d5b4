//! Whose a machine or a rule is, and with whom it is shared.

use super::shared::{Choice, Errors};
use crate::web::format::Locale;
use askama::Template;

/// Somebody with whom a thing is shared.
#[derive(Clone, Debug)]
pub struct ShareRow {
    /// What is sent to take it back: `person:` or `group:` and the identifier.
    pub value: String,
    /// Name of the person or the group.
    pub name: String,
    /// Whether it is a group.
    pub group: bool,
    /// The right, in words.
    pub right: String,
}

/// What was typed into the forms.
#[derive(Clone, Debug, Default)]
pub struct ShareTyped {
    /// `person` or `group`.
    pub kind: String,
    /// Login name of whom to share with.
    pub login: String,
    /// Identifier of the group to share with.
    pub group: String,
    /// `see` or `operate`.
    pub right: String,
    /// Login name of the next owner.
    pub owner: String,
}

/// Owner and shares of one thing, with the forms that change them.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "sharing.html")]
pub struct Sharing {
    /// Whose eyes it is for.
    pub l: Locale,
    /// Path of the thing, before `/share` and the like.
    pub base: String,
    /// Name of the thing.
    pub name: String,
    /// Name of the owner; none where administrators look after it.
    pub owner: Option<String>,
    /// Whether the reader is the owner.
    pub mine: bool,
    /// With whom it is shared; empty for eyes that may not change it.
    pub shares: Vec<ShareRow>,
    /// Whether the reader may share it and give it away.
    pub may_share: bool,
    /// Whether the reader may take it from everybody.
    pub may_free: bool,
    /// Groups to choose from: those that the reader is in, or all.
    pub groups: Vec<Choice>,
    /// What was typed.
    pub typed: ShareTyped,
    /// What is wrong with it.
    pub errors: Errors,
}

impl Sharing {
    fn to_group(&self) -> bool {
        self.typed.kind == "group"
    }
}
