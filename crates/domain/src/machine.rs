//! Machines, their keepers, and the tokens and keys by which their agents are known.

use crate::error::Refusal;
use crate::ids::{MachineId, SubjectId, TokenId};
use crate::naming::{hidden, is_plain};
use crate::recorded::Position;
use crate::time::Micros;
use serde::{Deserialize, Serialize};

/// What an administrator says of a machine. No field names a person.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct MachineDetails {
    /// Name, 1 to 64 characters; without regard to case another one than that of every machine that whoever chose
    /// it sees.
    pub name: String,
    /// Inventory number.
    pub number: String,
    /// Network address, for people to read; agents dial out.
    pub address: String,
    /// Where it stands.
    pub place: String,
    /// What it is.
    pub model: String,
    /// Words by which rules and lists choose machines.
    pub tags: Vec<String>,
    /// Anything else.
    pub note: String,
    /// What it hangs on: while that is down, nobody is told that this machine is silent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent: Option<MachineId>,
}

/// Who looks after a machine. Personal text: encrypted under the subject's key in the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Keeper {
    /// Whom this is about.
    pub subject: SubjectId,
    /// Name, as typed.
    pub name: String,
    /// Phone, as typed; may be empty.
    pub phone: String,
    /// Mail address; empty when there is none, and then no mail is sent.
    pub mail: String,
}

/// A one-time token with which an agent may join as a machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JoinToken {
    /// Its name.
    pub token: TokenId,
    /// The machine it is for.
    pub machine: MachineId,
    /// SHA-256 of the secret, hex.
    pub secret_sha256: String,
    /// When it ends.
    pub expires_us: Micros,
    /// How often it may still be used.
    pub uses_left: u32,
}

/// The certificate an agent is known by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgentIdentity {
    /// Serial number of the certificate, lower-case hex.
    pub serial: String,
    /// SHA-256 of the public key (SubjectPublicKeyInfo, DER), hex.
    pub key_sha256: String,
    /// When the certificate ends.
    pub not_after_us: Micros,
}

/// A certificate that is no longer accepted, though it is not over yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GivenUp {
    /// Since when it is not accepted.
    pub since_us: Micros,
    /// When it would have ended.
    pub not_after_us: Micros,
}

/// A machine as the log says it is.
#[derive(Clone, Debug, PartialEq)]
pub struct Machine {
    /// Its identifier.
    pub machine: MachineId,
    /// What is said of it.
    pub details: MachineDetails,
    /// Who looks after it, unless nobody or forgotten.
    pub keeper: Option<Keeper>,
    /// Certificates that are accepted: the current one, and while a renewal is taken up the one before.
    pub agents: Vec<AgentIdentity>,
    /// When it was registered.
    pub registered_us: Micros,
    /// When its agent joined, if one ever did.
    pub joined_us: Option<Micros>,
    /// When its last connection was opened, while it is open.
    pub connected_since_us: Option<Micros>,
    /// Position at which that connection was recorded, 0 while none is open.
    pub connection: Position,
    /// Version that its agent gave when it last connected.
    pub agent_version: String,
    /// What its agent understands beyond the protocol's frames, as it said when it last connected.
    pub features: Vec<String>,
}

impl Machine {
    /// Whether its agent said that it understands this.
    pub fn has_feature(&self, feature: &str) -> bool {
        self.features.iter().any(|f| f == feature)
    }

    /// Whether this key may speak for the machine.
    pub fn accepts_key(&self, key_sha256: &str) -> bool {
        self.key_ends_us(key_sha256).is_some()
    }

    /// When the last certificate of this key ends; none when the key is not accepted.
    pub fn key_ends_us(&self, key_sha256: &str) -> Option<Micros> {
        let of_key = self.agents.iter().filter(|agent| agent.key_sha256 == key_sha256);
        of_key.map(|agent| agent.not_after_us).max()
    }
}

impl MachineDetails {
    /// The details with white space trimmed and tags made alike.
    ///
    /// # Errors
    /// A [`Refusal`] that names the first field that is wrong.
    pub fn checked(mut self) -> Result<Self, Refusal> {
        for (field, text, most) in [
            ("name", &mut self.name, 64),
            ("number", &mut self.number, 64),
            ("address", &mut self.address, 128),
            ("place", &mut self.place, 128),
            ("model", &mut self.model, 128),
        ] {
            *text = clean_line(field, text, most)?;
        }
        self.note = clean("note", &self.note, 2_000)?;
        if self.name.is_empty() {
            return Err(Refusal::field("name_missing", "name", "Give the machine a name."));
        }
        let mut tags = Vec::new();
        for tag in &self.tags {
            let tag = clean_line("tags", tag, 32)?.to_lowercase();
            if !tag.is_empty() && !tags.contains(&tag) {
                tags.push(tag);
            }
        }
        if tags.len() > 16 {
            return Err(Refusal::field("too_many", "tags", "At most 16 tags."));
        }
        self.tags = tags;
        Ok(self)
    }
}

impl Keeper {
    /// The keeper with white space trimmed.
    ///
    /// # Errors
    /// A [`Refusal`] that names the first field that is wrong.
    pub fn checked(mut self) -> Result<Self, Refusal> {
        self.name = clean_line("keeper_name", &self.name, 64)?;
        self.phone = clean("keeper_phone", &self.phone, 64)?;
        self.mail = clean("keeper_mail", &self.mail, 254)?;
        if !self.mail.is_empty() && !plausible_mail(&self.mail) {
            return Err(bad_mail("keeper_mail"));
        }
        Ok(self)
    }

    /// Whether nothing is said.
    pub fn is_empty(&self) -> bool {
        self.name.is_empty() && self.phone.is_empty() && self.mail.is_empty()
    }
}

pub(crate) fn bad_mail(field: &'static str) -> Refusal {
    Refusal::field("bad_mail", field, "This is no mail address. One looks like ada@example.org.")
}

/// Trims, and refuses control characters and what is too long.
pub(crate) fn clean(field: &'static str, text: &str, most: usize) -> Result<String, Refusal> {
    let text = text.trim();
    if text.chars().count() > most {
        return Err(Refusal::field("too_long", field, format!("At most {most} characters.")));
    }
    if text.chars().any(|c| c.is_control() && c != '\n') {
        return Err(Refusal::field("control_character", field, "Control characters are not allowed."));
    }
    Ok(text.to_owned())
}

/// The same for what stands in one line among others: nothing in it is hidden or turns the direction of the text.
pub(crate) fn clean_line(field: &'static str, text: &str, most: usize) -> Result<String, Refusal> {
    let text = clean(field, text, most)?;
    if is_plain(&text) { Ok(text) } else { Err(hidden(field)) }
}

/// One `@` with something without white space on both sides, and nothing that could end a header.
pub(crate) fn plausible_mail(mail: &str) -> bool {
    let Some((local, domain)) = mail.rsplit_once('@') else { return false };
    !local.is_empty()
        && !domain.is_empty()
        && mail.len() <= 254
        && !mail.chars().any(|c| c.is_whitespace() || c.is_control() || "<>,;\"\\".contains(c))
        && !local.contains('@')
        && !domain.starts_with('.')
        && !domain.ends_with('.')
}
