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

/// Whom a mail address belongs to, as far as is known: one person has one key, by which all of it can be
/// forgotten.
pub(in crate::web) fn known_subject(state: &State, address: &str) -> Option<SubjectId> {
    let same = |mail: &str| mail.eq_ignore_ascii_case(address);
    // Whoever has confirmed the address comes before whoever only claims it.
    let people = state.people.values().filter(|p| same(&p.mail));
    let person = people.max_by_key(|p| p.profile.mail_confirmed).map(|p| p.person);
    let keepers = || state.machines.values().filter_map(|m| m.keeper.as_ref());
    let keeper = || keepers().find(|k| same(&k.mail)).map(|k| k.subject);
    let subscriber = || state.subscriptions.values().find(|s| same(&s.address)).map(|s| s.subject);
    person.or_else(keeper).or_else(subscriber)
}

/// Whom an address belongs to; somebody new where that is not known.
pub(in crate::web) fn subject_of(state: &State, visitor: &Visitor, address: &str) -> SubjectId {
    known_subject(state, address).unwrap_or_else(|| SubjectId(fresh::id(visitor.l.now_us)))
}
