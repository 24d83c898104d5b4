//! What several resources share: times, severities, scopes, rights.

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use utoipa::ToSchema;
use uuid::Uuid;
use watchroom_domain as domain;
use watchroom_domain::{MachineId, Micros};

/// A time: RFC 3339 in UTC with microseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ToSchema)]
#[schema(value_type = String, format = DateTime, example = "2026-05-04T09:30:00.000000Z")]
pub struct Time(pub Micros);

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let at = Timestamp::from_microsecond(self.0).unwrap_or_default();
        serializer.collect_str(&format_args!("{at:.6}"))
    }
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        // Whoever leaves the offset out means some local time that nobody here knows.
        let parsed = text.parse::<Timestamp>().ok().filter(|_| text.len() <= 40);
        let wrong = || de::Error::custom("a time looks like 2026-05-04T09:30:00Z");
        parsed.map(|at| Self(at.as_microsecond())).ok_or_else(wrong)
    }
}

/// Seconds of a span in microseconds.
pub fn seconds(us: Micros) -> f64 {
    us as f64 / domain::SECOND_US as f64
}

/// A span of seconds in microseconds; what lies outside of all bounds stays outside.
pub fn micros(seconds: f64) -> Micros {
    // A cast of what is too large gives the largest, and the domain refuses that.
    (seconds * domain::SECOND_US as f64).round() as Micros
}

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Somebody should look in time.
    Warning,
    /// Somebody must look now.
    Critical,
}

impl From<domain::Severity> for Severity {
    fn from(severity: domain::Severity) -> Self {
        match severity {
            domain::Severity::Warning => Self::Warning,
            domain::Severity::Critical => Self::Critical,
        }
    }
}

impl From<Severity> for domain::Severity {
    fn from(severity: Severity) -> Self {
        match severity {
            Severity::Warning => Self::Warning,
            Severity::Critical => Self::Critical,
        }
    }
}

/// Told by whoever wants to tell it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Sex {
    /// Female.
    Female,
    /// Male.
    Male,
    /// Neither of these.
    Other,
}

impl From<domain::Sex> for Sex {
    fn from(sex: domain::Sex) -> Self {
        match sex {
            domain::Sex::Female => Self::Female,
            domain::Sex::Male => Self::Male,
            domain::Sex::Other => Self::Other,
        }
    }
}

impl From<Sex> for domain::Sex {
    fn from(sex: Sex) -> Self {
        match sex {
            Sex::Female => Self::Female,
            Sex::Male => Self::Male,
            Sex::Other => Self::Other,
        }
    }
}

/// For which machines something is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case", tag = "of")]
pub enum Scope {
    /// Every machine, now and later.
    Everywhere,
    /// Machines with a tag.
    Tag {
        /// The tag.
        tag: String,
    },
    /// One machine.
    Machine {
        /// Which.
        machine: Uuid,
    },
}

impl From<&domain::Scope> for Scope {
    fn from(scope: &domain::Scope) -> Self {
        match scope {
            domain::Scope::Everywhere => Self::Everywhere,
            domain::Scope::Tag { tag } => Self::Tag { tag: tag.clone() },
            domain::Scope::Machine { machine } => Self::Machine { machine: machine.0 },
        }
    }
}

impl From<Scope> for domain::Scope {
    fn from(scope: Scope) -> Self {
        match scope {
            Scope::Everywhere => Self::Everywhere,
            Scope::Tag { tag } => Self::Tag { tag },
            Scope::Machine { machine } => Self::Machine { machine: MachineId(machine) },
        }
    }
}

/// What may be done with a machine or a rule; each right includes those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Right {
    /// See it.
    See,
    /// Act on its alerts; change a rule.
    Operate,
    /// Change it, remove it, share it, give it away.
    Manage,
}

impl From<domain::Right> for Right {
    fn from(right: domain::Right) -> Self {
        match right {
            domain::Right::See => Self::See,
            domain::Right::Operate => Self::Operate,
            domain::Right::Manage => Self::Manage,
        }
    }
}

/// A right that can be shared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SharedRight {
    /// See it.
    See,
    /// Act on its alerts; change a rule.
    Operate,
}

impl From<SharedRight> for domain::Right {
    fn from(right: SharedRight) -> Self {
        match right {
            SharedRight::See => Self::See,
            SharedRight::Operate => Self::Operate,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_written_to_the_microsecond_and_read_back() {
        let text = serde_json::to_string(&Time(1_777_887_000_000_001)).unwrap();
        assert_eq!(text, "\"2026-05-04T09:30:00.000001Z\"");
        assert_eq!(serde_json::from_str::<Time>(&text).unwrap(), Time(1_777_887_000_000_001));
        let with_offset = serde_json::from_str::<Time>("\"2026-05-04T11:30:00+02:00\"").unwrap();
        assert_eq!(with_offset, Time(1_777_887_000_000_000));
        for wrong in ["\"2026-05-04\"", "\"2026-05-04T09:30:00\"", "17", "\"\"", "\"tomorrow\""] {
            assert!(serde_json::from_str::<Time>(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn spans_keep_their_microseconds() {
        for us in [0, 1, 1_500_000, 604_800_000_000, 604_799_999_999] {
            assert_eq!(micros(seconds(us)), us);
        }
        assert_eq!(micros(1e300), Micros::MAX);
    }
}
