//! The sign by which a target knows that a request is the hub's and that nobody changed it.

use ring::hmac;

/// HMAC-SHA256.
pub fn hmac_sha256(key: &[u8], over: &[u8]) -> Vec<u8> {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), over).as_ref().to_vec()
}

/// The header `Watchroom-Signature`: the time in seconds, and in hex the HMAC-SHA256 of time, dot and body.
pub fn header(secret: &str, time_s: i64, body: &[u8]) -> String {
    let mut over = format!("{time_s}.").into_bytes();
    over.extend_from_slice(body);
    let hex: String = hmac_sha256(secret.as_bytes(), &over).iter().map(|b| format!("{b:02x}")).collect();
    format!("t={time_s},v1={hex}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sign_is_that_of_rfc_4231_and_of_the_documented_example() {
        let sign = hmac_sha256(b"Jefe", b"what do ya want for nothing?");
        assert_eq!(sign[..4], [0x5b, 0xdc, 0xc1, 0x46]);
        let header = header("whsec-example", 1_772_622_191, b"{\"version\":1}");
        // The same as Python's hmac makes of it.
        let sign = "34db2aade68cfa87dd39685627e5b0b050e7a0daaa41d09c79290f9d74cc666f";
        assert_eq!(header, format!("t=1772622191,v1={sign}"));
    }
}
