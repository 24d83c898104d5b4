//! Silences: what fires under one is recorded and shown, but not told.

use crate::alert::Incident;
use crate::error::Refusal;
use crate::ids::{RuleId, SilenceId, SubjectId};
use crate::machine::{Machine, clean_line};
use crate::recorded::Position;
use crate::rule::Scope;
use crate::time::{HOUR_US, Micros};

/// Longest silence.
const LONGEST_US: Micros = 366 * 24 * HOUR_US;

/// A silence that is not over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Silence {
    /// Its identifier.
    pub silence: SilenceId,
    /// Which machines it is for.
    pub scope: Scope,
    /// The only rule that is meant; all when there is none.
    pub rule: Option<RuleId>,
    /// When it ends by itself, in log time.
    pub until_us: Micros,
    /// Why, as typed.
    pub reason: String,
    /// Who began it; nobody for the hub itself.
    pub by: Option<SubjectId>,
    /// When it began, by the hub's clock.
    pub begun_us: Micros,
    /// Position of its begin.
    pub begun: Position,
}

impl Silence {
    /// Whether an incident on this machine is meant; without a machine, an incident of the hub's own.
    pub fn covers(&self, incident: &Incident, machine: Option<&Machine>) -> bool {
        let place = match machine {
            Some(machine) => self.scope.covers(machine),
            None => incident.machine.is_hub() && self.scope == Scope::Everywhere,
        };
        place && self.rule.is_none_or(|rule| rule == incident.rule)
    }
}

/// The reason as it is recorded.
///
/// # Errors
/// A [`Refusal`] that names the first field that is wrong.
pub(crate) fn checked(reason: &str, until_us: Micros, now: Micros) -> Result<String, Refusal> {
    let reason = clean_line("reason", reason, 200)?;
    if reason.is_empty() {
        return Err(Refusal::field("reason_missing", "reason", "Say why, so that others understand it."));
    }
    if until_us <= now || until_us - now > LONGEST_US {
        return Err(Refusal::field("bad_until", "until", "The end lies in the future, within a year."));
    }
    Ok(reason)
}
