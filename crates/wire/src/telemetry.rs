//! The canonical body of a telemetry event: one series of bytes for one set of samples.
//!
//! ```text
//! machine   16 bytes
//! base_us   zigzag varint, the first sample's time
//! n         varint
//! n times, sorted by series, then time:
//!   series   varint, difference to the sample before
//!   time     zigzag varint, difference to the sample before
//!   value    scale in one byte; 0..=12: zigzag varint m, the value is m / 10^scale
//!                               255: eight bytes, IEEE 754, big-endian
//! ```
//! The smallest scale is used from which the very same double comes back; where there is none, the
//! eight bytes stand. Varints are LEB128 (DWARF 5, 7.6) in their shortest form.

use thiserror::Error;
use uuid::Uuid;
use watchroom_domain::{MAX_SAMPLES, MachineId, Sample, Telemetry};

const MAX_SCALE: u8 = 12;
const RAW: u8 = 255;
/// Integers up to here are exact in a double.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// Bytes that are no telemetry body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum BodyError {
    /// The bytes end too early.
    #[error("telemetry body ends too early")]
    Short,
    /// Something stands behind the last sample.
    #[error("telemetry body has bytes behind its end")]
    Trailing,
    /// A number is not in its only form.
    #[error("telemetry body is not canonical")]
    NotCanonical,
}

/// Writes the body. Samples must be sorted by series, then by time, each pair once.
pub fn encode(telemetry: &Telemetry) -> Vec<u8> {
    let mut out = Vec::with_capacity(24 + telemetry.samples.len() * 6);
    out.extend_from_slice(telemetry.machine.as_bytes());
    let base = telemetry.samples.first().map_or(0, |s| s.observed_us);
    put_signed(&mut out, base);
    put(&mut out, telemetry.samples.len() as u64);
    let (mut series, mut time) = (0u32, base);
    for sample in &telemetry.samples {
        put(&mut out, u64::from(sample.series.wrapping_sub(series)));
        put_signed(&mut out, sample.observed_us.wrapping_sub(time));
        put_value(&mut out, sample.value);
        (series, time) = (sample.series, sample.observed_us);
    }
    out
}

/// Reads a body.
///
/// # Errors
/// [`BodyError`] when these are not the bytes that [`encode`] writes.
pub fn decode(bytes: &[u8]) -> Result<Telemetry, BodyError> {
    let mut input = bytes;
    let machine = take::<16>(&mut input)?;
    let base = get_signed(&mut input)?;
    let n = get(&mut input)?;
    // Every sample has at least three bytes, so a count beyond that is a lie.
    if n > input.len() as u64 / 3 || n > 4 * MAX_SAMPLES as u64 {
        return Err(BodyError::Short);
    }
    let mut samples = Vec::with_capacity(n as usize);
    let (mut series, mut time) = (0u32, base);
    if n == 0 && base != 0 {
        return Err(BodyError::NotCanonical);
    }
    for index in 0..n {
        let step = u32::try_from(get(&mut input)?).map_err(|_| BodyError::NotCanonical)?;
        series = series.wrapping_add(step);
        let later = get_signed(&mut input)?;
        // The first sample's time stands before the samples, and only there.
        if index == 0 && later != 0 {
            return Err(BodyError::NotCanonical);
        }
        time = time.wrapping_add(later);
        samples.push(Sample { series, observed_us: time, value: get_value(&mut input)? });
    }
    if input.is_empty() {
        Ok(Telemetry { machine: MachineId(Uuid::from_bytes(machine)), samples })
    } else {
        Err(BodyError::Trailing)
    }
}

fn put(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

fn put_signed(out: &mut Vec<u8>, value: i64) {
    put(out, ((value << 1) ^ (value >> 63)) as u64);
}

fn put_value(out: &mut Vec<u8>, value: f64) {
    for scale in 0..=MAX_SCALE {
        if let Some(mantissa) = mantissa(value, scale) {
            out.push(scale);
            put_signed(out, mantissa);
            return;
        }
    }
    out.push(RAW);
    out.extend_from_slice(&value.to_bits().to_be_bytes());
}

/// The integer that, divided by 10^scale, is this very double.
fn mantissa(value: f64, scale: u8) -> Option<i64> {
    let scaled = (value * power(scale)).round();
    let negative_zero = value == 0.0 && value.is_sign_negative();
    let exact = scaled.abs() < EXACT && (scaled / power(scale)).to_bits() == value.to_bits();
    (exact && !negative_zero).then_some(scaled as i64)
}

fn power(scale: u8) -> f64 {
    10f64.powi(i32::from(scale))
}

fn take<const N: usize>(input: &mut &[u8]) -> Result<[u8; N], BodyError> {
    let (head, rest) = input.split_first_chunk::<N>().ok_or(BodyError::Short)?;
    *input = rest;
    Ok(*head)
}

fn get(input: &mut &[u8]) -> Result<u64, BodyError> {
    let mut value = 0u64;
    for shift in (0..64).step_by(7) {
        let [byte] = take::<1>(input)?;
        let part = u64::from(byte & 0x7f);
        if (shift == 63 && part > 1) || (byte == 0 && shift > 0) {
            return Err(BodyError::NotCanonical);
        }
        value |= part << shift;
        if byte < 0x80 {
            return Ok(value);
        }
    }
    Err(BodyError::NotCanonical)
}

fn get_signed(input: &mut &[u8]) -> Result<i64, BodyError> {
    let value = get(input)?;
    Ok((value >> 1) as i64 ^ -((value & 1) as i64))
}

fn get_value(input: &mut &[u8]) -> Result<f64, BodyError> {
    let (value, smallest) = match take::<1>(input)? {
        [RAW] => (f64::from_bits(u64::from_be_bytes(take::<8>(input)?)), MAX_SCALE + 1),
        [scale] if scale <= MAX_SCALE => {
            let written = get_signed(input)?;
            let value = written as f64 / power(scale);
            if mantissa(value, scale) != Some(written) {
                return Err(BodyError::NotCanonical);
            }
            (value, scale)
        }
        _ => return Err(BodyError::NotCanonical),
    };
    // A value that a smaller scale holds is written with that one.
    match (0..smallest).any(|scale| mantissa(value, scale).is_some()) {
        true => Err(BodyError::NotCanonical),
        false => Ok(value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn telemetry(samples: Vec<Sample>) -> Telemetry {
        Telemetry { machine: MachineId::derived(&["m"]), samples }
    }

    proptest! {
        #[test]
        fn what_goes_in_comes_out_to_the_bit(
            raw in prop::collection::vec((any::<u32>(), any::<i64>(), any::<f64>()), 0..50)
        ) {
            let samples: Vec<_> = raw.into_iter()
                .map(|(series, observed_us, value)| Sample { series, observed_us, value }).collect();
            let bytes = encode(&telemetry(samples.clone()));
            let back = decode(&bytes).unwrap();
            prop_assert_eq!(back.samples.len(), samples.len());
            for (a, b) in back.samples.iter().zip(&samples) {
                prop_assert_eq!((a.series, a.observed_us), (b.series, b.observed_us));
                prop_assert_eq!(a.value.to_bits(), b.value.to_bits());
            }
            prop_assert_eq!(encode(&back), bytes);
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = decode(&bytes);
        }
    }

    #[test]
    fn a_usual_value_takes_few_bytes() {
        let samples = (0..40).map(|i| Sample { series: i, observed_us: 1_700_000_000_000_000, value: 12.5 });
        let bytes = encode(&telemetry(samples.collect()));
        assert!(bytes.len() < 16 + 9 + 1 + 40 * 6, "{}", bytes.len());
    }
}
