//! One file a screen: takes the request, asks the read models or hands in a command, answers.

pub mod account;
pub mod alerts;
pub mod enrol;
pub mod machine;
pub mod machine_form;
pub mod machines;
pub mod mail;
pub mod people;
pub mod regions;
pub mod rules;

use watchroom_domain::{Scope, Severity};

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
