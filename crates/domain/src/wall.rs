//! Wall displays: pages for a screen in a room, opened by a link that needs no sign-in.

use crate::error::Refusal;
use crate::ids::WallLinkId;
use crate::machine::clean_line;
use crate::rule::Scope;
use crate::time::Micros;

/// Links that may be out at a time.
pub const MAX_WALL_LINKS: usize = 100;

/// A link to a wall display. Whoever has it sees how machines are, and nothing about people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WallLink {
    /// Its identifier.
    pub link: WallLinkId,
    /// What the screen is called, and what stands at its top.
    pub name: String,
    /// SHA-256 of the link's secret, hex.
    pub secret_sha256: String,
    /// The tag of the machines that are shown; all where there is none.
    pub tag: Option<String>,
    /// When it was given out.
    pub issued_us: Micros,
}

impl WallLink {
    /// The link with white space trimmed.
    ///
    /// # Errors
    /// When it has no name, or the name or the tag is too long.
    pub(crate) fn checked(mut self) -> Result<Self, Refusal> {
        self.name = clean_line("name", &self.name, 64)?;
        if self.name.is_empty() {
            return Err(Refusal::field("name_missing", "name", "Say where the screen is."));
        }
        let tag = clean_line("tag", self.tag.as_deref().unwrap_or_default(), 32)?.to_lowercase();
        self.tag = Some(tag).filter(|tag| !tag.is_empty());
        Ok(self)
    }

    /// Which machines are shown.
    pub fn scope(&self) -> Scope {
        self.tag.clone().map_or(Scope::Everywhere, |tag| Scope::Tag { tag })
    }
}
