//! Bodies of frames in the spool: a JSON array of samples, with the name of a check before it where they
//! are what that check found.

use std::io::Write as _;

/// Characters of a reason that are sent.
const MAX_WHY: usize = 200;

/// The body that holds what a check found, and behind it why it fails, where it does. `id` is an identifier as
/// the hub gave it.
pub(crate) fn of_check(id: &str, samples: &[(&'static str, f64)], why: Option<&str>) -> Vec<u8> {
    let mut out = Vec::with_capacity(256);
    // Writing into memory cannot fail.
    let _ = serde_json::to_writer(&mut out, id);
    for (i, (metric, value)) in samples.iter().enumerate() {
        let begin = if i == 0 { '[' } else { ',' };
        let _ = write!(out, r#"{begin}{{"metric":"{metric}","value":{value}}}"#);
    }
    out.push(b']');
    if let Some(why) = why {
        let _ = serde_json::to_writer(&mut out, &why.chars().take(MAX_WHY).collect::<String>());
    }
    out
}

/// The parts of a body: JSON, each.
#[derive(Debug, PartialEq)]
pub(crate) struct Parts<'a> {
    /// The check, where one found these.
    pub(crate) check: Option<&'a [u8]>,
    /// The samples.
    pub(crate) samples: &'a [u8],
    /// Why the check fails.
    pub(crate) why: Option<&'a [u8]>,
}

/// Takes a body apart.
pub(crate) fn parted(body: &[u8]) -> Parts<'_> {
    if body.first() != Some(&b'"') {
        return Parts { check: None, samples: body, why: None };
    }
    let from = body.iter().position(|b| *b == b'[').unwrap_or(0);
    // Samples of a check hold no text but names of metrics.
    let to = body.iter().position(|b| *b == b']').map_or(body.len(), |at| at + 1).max(from);
    Parts {
        check: Some(&body[..from]),
        samples: &body[from..to],
        why: Some(&body[to..]).filter(|why| !why.is_empty()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_check_found_is_told_from_what_was_collected() {
        let id = "0190a0b0-0000-7000-8000-000000000001";
        let samples = [("check_up", 0.0), ("check_duration_ms", 2.5)];
        for why in [None, Some("no text \"]\" [in] it")] {
            let body = of_check(id, &samples, why);
            let parts = parted(&body);
            assert_eq!(parts.check, Some(&br#""0190a0b0-0000-7000-8000-000000000001""#[..]));
            let found =
                &br#"[{"metric":"check_up","value":0},{"metric":"check_duration_ms","value":2.5}]"#[..];
            assert_eq!(parts.samples, found);
            let said = parts.why.map(|why| serde_json::from_slice::<String>(why).unwrap());
            assert_eq!(said.as_deref(), why);
        }
        assert_eq!(parted(b"[1]"), Parts { check: None, samples: b"[1]", why: None });
        assert_eq!(parted(b""), Parts { check: None, samples: b"", why: None });
    }
}
