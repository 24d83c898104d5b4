//! One file a screen: takes the request, asks the read models or hands in a command, answers.

pub mod account;
pub mod alerts;
pub mod audit;
pub mod channels;
pub mod checks;
pub mod confirm;
pub mod deliveries;
pub mod enrol;
pub mod groups;
pub mod invitations;
pub mod journal;
pub mod leaving;
pub mod links;
pub mod machine;
pub mod machine_form;
pub mod machines;
pub mod mail;
pub mod people;
pub mod portraits;
pub mod profile;
pub mod regions;
pub mod register;
pub mod reset;
pub mod roster;
pub mod rules;
pub mod second_step;
pub mod secrets;
pub mod sessions;
pub mod settings;
pub mod sharing;
pub mod silences;
pub mod tokens;
pub mod wall;
pub mod walls;

use super::context::Visitor;
use crate::fresh;
use watchroom_domain::{Scope, Severity, State, SubjectId};

/// The scope of a form: `everywhere`, `tag` or `machine`.
fn scope(kind: &str, tag: &str, machine: &str) -> Option<Scope> {
    match kind {
        "everywhere" => Some(Scope::Everywhere),
        "tag" => Some(Scope::Tag { tag: tag.to_owned() }),
        "machine" => machine.parse().ok().map(|machine| Scope::Machine { machine }),
        _ => None,
    }
}

/// The severity of a form.
fn severity(word: &str) -> Severity {
    if word == "critical" { Severity::Critical } else { Severity::Warning }
}

/// Whom an address belongs to; somebody new where that is not known.
pub(in crate::web) fn subject_of(state: &State, visitor: &Visitor, address: &str) -> SubjectId {
    state.subject_of_address(address).unwrap_or_else(|| SubjectId(fresh::id(visitor.l.now_us)))
}
