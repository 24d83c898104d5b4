//! Bodies that were written by an earlier version of the program are brought to the present one when they
//! are read; what was recorded is never rewritten.

use crate::event::DecodeError;
use serde_json::{Map, Value};

/// Brings the body of a kind from one version to the next.
pub(crate) type Upcast = (u16, u16, fn(&mut Map<String, Value>));

/// Kind, version and the step to the next version, for every version that was ever written.
pub(crate) const UPCASTS: &[Upcast] = &[];

/// Brings a body from one version to another, step by step.
///
/// # Errors
/// [`DecodeError`] when a step is not known.
pub(crate) fn upcast(
    steps: &[Upcast],
    kind: u16,
    from: u16,
    to: u16,
    body: &mut Map<String, Value>,
) -> Result<(), DecodeError> {
    for version in from..to {
        let step = steps.iter().find(|(k, v, _)| *k == kind && *v == version);
        let Some((_, _, step)) = step else {
            return Err(DecodeError { kind, version, cause: "no step to the next version is known".into() });
        };
        step(body);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Event;

    #[test]
    fn upcasting_goes_step_by_step_and_names_a_missing_step() {
        let steps: &[Upcast] = &[
            (9, 1, |b| {
                if let Some(old) = b.remove("heat") {
                    b.insert("temperature".into(), old);
                }
            }),
            (9, 2, |b| {
                b.insert("unit".into(), "c".into());
            }),
        ];
        let mut body = Map::from_iter([("heat".to_owned(), Value::from(3))]);
        upcast(steps, 9, 1, 3, &mut body).unwrap();
        assert_eq!(Value::Object(body), serde_json::json!({"temperature": 3, "unit": "c"}));
        let error = upcast(steps, 9, 1, 4, &mut Map::new()).unwrap_err();
        assert_eq!((error.kind, error.version), (9, 3));
    }

    #[test]
    fn a_later_version_and_an_unknown_kind_are_skipped_not_refused() {
        assert_eq!(Event::from_json(1, 99, b"{}").unwrap(), Event::Unknown { kind: 1, version: 99 });
        assert_eq!(Event::from_json(60_000, 1, b"?").unwrap(), Event::Unknown { kind: 60_000, version: 1 });
    }
}
