//! Codes that change every half minute (RFC 6238: SHA-1, 30 s, 6 digits), as every authenticator app makes them.

use crate::fresh;
use ring::hmac;
use subtle::ConstantTimeEq as _;
use watchroom_domain::{Micros, RECOVERY_CODES, second_factor_step};

/// Bytes of a secret, as RFC 4226 recommends.
const SECRET_BYTES: usize = 20;
/// The alphabet of RFC 4648.
const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
/// Letters and digits of a recovery code: none is 0 or 1, so that o and l are taken for nothing else.
const READABLE: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
/// Characters of a recovery code, the hyphen not counted: 50 bits.
const RECOVERY_CHARS: usize = 10;

/// A new secret, base32.
pub fn new_secret() -> String {
    base32(&fresh::secret::<SECRET_BYTES>())
}

/// New codes for the day when the device is lost.
pub fn new_recovery_codes() -> Vec<String> {
    (0..RECOVERY_CODES).map(|_| recovery_code(&fresh::secret())).collect()
}

fn recovery_code(random: &[u8; RECOVERY_CHARS]) -> String {
    let letter = |byte: &u8| char::from(READABLE[usize::from(byte % 32)]);
    let mut code: String = random.iter().map(letter).collect();
    code.insert(RECOVERY_CHARS / 2, '-');
    code
}

/// A recovery code as it was typed, or nothing if it cannot be one; by its hash it is known.
pub fn typed_recovery(typed: &str) -> Option<String> {
    let plain: String =
        typed.chars().filter(|c| c.is_ascii_alphanumeric()).map(|c| c.to_ascii_lowercase()).collect();
    (plain.len() == RECOVERY_CHARS).then(|| recovery_hash(&plain))
}

/// By what a recovery code is known.
pub fn recovery_hash(code: &str) -> String {
    fresh::fingerprint(code.replace('-', "").as_bytes())
}

/// The step whose code this is, among those that a device whose clock is a little off may show.
pub fn step_of(secret: &str, typed: &str, now_us: Micros) -> Option<u64> {
    let typed: String = typed.chars().filter(|c| !c.is_whitespace()).collect();
    let key = bytes(secret)?;
    let now = second_factor_step(now_us);
    // All are looked at, so that the time taken says nothing.
    let right = |step: &u64| bool::from(code(&key, *step).as_bytes().ct_eq(typed.as_bytes()));
    let fitting: Vec<u64> = [now, now.saturating_sub(1), now + 1].into_iter().filter(right).collect();
    fitting.first().copied()
}

/// What an authenticator app reads from the picture.
pub fn address(secret: &str, login: &str) -> String {
    let login: String = url::form_urlencoded::byte_serialize(login.as_bytes()).collect();
    format!("otpauth://totp/Watchroom:{login}?secret={secret}&issuer=Watchroom")
}

/// RFC 4226 with a counter of half minutes.
fn code(key: &[u8], step: u64) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, key);
    let tag = hmac::sign(&key, &step.to_be_bytes());
    let tag = tag.as_ref();
    let at = usize::from(tag[tag.len() - 1] & 0xf);
    let four = [tag[at] & 0x7f, tag[at + 1], tag[at + 2], tag[at + 3]];
    format!("{:06}", u32::from_be_bytes(four) % 1_000_000)
}

fn base32(bytes: &[u8]) -> String {
    let bit = |n: usize| bytes.get(n / 8).is_some_and(|byte| byte >> (7 - n % 8) & 1 == 1);
    let digit = |n: usize| (0..5).fold(0, |value, i| value << 1 | usize::from(bit(n * 5 + i)));
    (0..(bytes.len() * 8).div_ceil(5)).map(|n| char::from(BASE32[digit(n)])).collect()
}

fn bytes(base32: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<usize>> = base32.bytes().map(|c| BASE32.iter().position(|b| *b == c)).collect();
    let digits = digits?;
    let bit = |n: usize| digits[n / 5] >> (4 - n % 5) & 1;
    let byte = |n: usize| (0..8).fold(0u8, |value, i| value << 1 | u8::from(bit(n * 8 + i) == 1));
    Some((0..digits.len() * 5 / 8).map(byte).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use watchroom_domain::SECOND_US;

    #[test]
    fn the_codes_are_those_of_the_rfc() {
        // RFC 6238, appendix B, the last six of eight digits.
        for (seconds, expected) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            let step = second_factor_step(seconds * SECOND_US);
            assert_eq!(code(b"12345678901234567890", step), expected);
        }
    }

    #[test]
    fn base32_is_that_of_the_rfc_and_comes_back() {
        assert_eq!(base32(b"12345678901234567890"), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
        assert_eq!(bytes("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ").unwrap(), b"12345678901234567890");
        assert_eq!(bytes("not base32"), None);
        let secret = new_secret();
        assert_eq!((secret.len(), base32(&bytes(&secret).unwrap())), (32, secret.clone()));
    }

    #[test]
    fn a_code_is_of_the_step_before_this_one_or_the_next() {
        let secret = base32(b"12345678901234567890");
        let at = |seconds: i64| step_of(&secret, "081 804", seconds * SECOND_US);
        let step = second_factor_step(1_111_111_109 * SECOND_US);
        assert_eq!(at(1_111_111_109), Some(step));
        assert_eq!((at(1_111_111_109 + 30), at(1_111_111_109 - 30)), (Some(step), Some(step)));
        assert_eq!((at(1_111_111_109 + 60), at(1_111_111_109 - 60)), (None, None));
        assert_eq!(step_of(&secret, "", 0), None);
    }

    #[test]
    fn a_recovery_code_is_known_however_it_is_typed() {
        let codes = new_recovery_codes();
        assert_eq!(codes.len(), RECOVERY_CODES);
        let typed = format!(" {} ", codes[0].to_uppercase().replace('-', " "));
        assert_eq!(typed_recovery(&typed), Some(recovery_hash(&codes[0])));
        assert_eq!(typed_recovery("123456"), None);
    }
}
