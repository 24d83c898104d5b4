//! One value against one rule.

use watchroom_domain::alert::{AlertCommand, IncidentKey, ResolveReason};
use watchroom_domain::{Compare, Condition, Incident, Micros, Position, Rule, SECOND_US};

/// A pending incident whose series was not judged for longer than this, or than its rule's time, begins
/// anew: nobody knows what was in between. Agents send once a minute at least.
const GAP_US: Micros = 150 * SECOND_US;

/// What one value asks for, given what is open.
pub fn judge_value(
    rule: &Rule,
    key: IncidentKey,
    (open, gap_us): (Option<&Incident>, Micros),
    value: f64,
    at_us: Micros,
    cause: Position,
) -> Vec<AlertCommand> {
    let Condition::Threshold { compare, fire, clear, for_us, .. } = &rule.condition else {
        return Vec::new();
    };
    let past = compare.past(value, *fire);
    match open {
        None if past && *for_us == 0 => vec![
            AlertCommand::Open { key, since_us: at_us, value, cause },
            AlertCommand::Fire { key, at_us, value, cause },
        ],
        None if past => vec![AlertCommand::Open { key, since_us: at_us, value, cause }],
        None => Vec::new(),
        Some(i) if !i.has_fired() && !past => vec![AlertCommand::Drop { key, cause }],
        Some(i) if !i.has_fired() && gap_us > GAP_US.max(*for_us) => {
            vec![AlertCommand::Drop { key, cause }, AlertCommand::Open { key, since_us: at_us, value, cause }]
        }
        Some(i) if !i.has_fired() && at_us - i.since_us >= *for_us => {
            vec![AlertCommand::Fire { key, at_us, value, cause }]
        }
        Some(i) if i.has_fired() && cleared(*compare, value, *clear) => {
            let reason = if i.flapping { ResolveReason::Calm } else { ResolveReason::Cleared };
            vec![AlertCommand::Resolve { key, at_us, value: Some(value), cause, reason }]
        }
        Some(_) => Vec::new(),
    }
}

fn cleared(compare: Compare, value: f64, clear: f64) -> bool {
    !compare.past(value, clear)
}
