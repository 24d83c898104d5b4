//! Bodies of frames in the spool: a JSON array of samples, with the name of a check before it where they
//! are what that check found.

use std::io::Write as _;

/// The body that holds what a check found. `id` is an identifier as the hub gave it.
pub(crate) fn of_check(id: &str, samples: &[(&'static str, f64)]) -> Vec<u8> {
    let mut out = Vec::with_capacity(256);
    // Writing into memory cannot fail.
    let _ = serde_json::to_writer(&mut out, id);
    for (i, (metric, value)) in samples.iter().enumerate() {
        let begin = if i == 0 { '[' } else { ',' };
        let _ = write!(out, r#"{begin}{{"metric":"{metric}","value":{value}}}"#);
    }
    out.push(b']');
    out
}

/// The check, as JSON, and the samples.
pub(crate) fn parted(body: &[u8]) -> (Option<&[u8]>, &[u8]) {
    let array = body.iter().position(|b| *b == b'[').unwrap_or(0);
    match body.first() {
        Some(b'"') => (Some(&body[..array]), &body[array..]),
        _ => (None, body),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_check_found_is_told_from_what_was_collected() {
        let body = of_check(
            "0190a0b0-0000-7000-8000-000000000001",
            &[("check_up", 1.0), ("check_duration_ms", 2.5)],
        );
        let (check, samples) = parted(&body);
        assert_eq!(check, Some(&br#""0190a0b0-0000-7000-8000-000000000001""#[..]));
        assert_eq!(
            samples,
            br#"[{"metric":"check_up","value":1},{"metric":"check_duration_ms","value":2.5}]"#
        );
        assert_eq!(parted(b"[1]"), (None, &b"[1]"[..]));
        assert_eq!(parted(b""), (None, &b""[..]));
    }
}
