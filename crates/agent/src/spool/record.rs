//! One frame in a segment file.
//!
//! ```text
//! length   4 bytes, little-endian, of what follows the checksum
//! crc      4 bytes, little-endian, CRC-32 of what follows it
//! seq      8 bytes, little-endian
//! observed 8 bytes, little-endian, microseconds UTC
//! samples  a JSON array
//! ```

use watchroom_domain::Micros;

/// Bytes of length and checksum.
pub(super) const PREFIX: usize = 8;
/// Bytes between the prefix and the samples.
pub(super) const HEAD: usize = 16;
/// No body is longer: a length above it is damage.
const MAX_BODY: usize = 1 << 20;

/// What stands before the samples.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Head {
    /// Number of the frame, counted over the whole life of the spool.
    pub(super) seq: u64,
    /// When it was observed.
    pub(super) observed_us: Micros,
}

/// Writes a record over whatever `out` held.
pub(super) fn write(out: &mut Vec<u8>, head: Head, samples: &[u8]) {
    out.clear();
    out.extend_from_slice(&((HEAD + samples.len()) as u32).to_le_bytes());
    out.extend_from_slice(&[0; 4]);
    out.extend_from_slice(&head.seq.to_le_bytes());
    out.extend_from_slice(&head.observed_us.to_le_bytes());
    out.extend_from_slice(samples);
    let crc = crc32fast::hash(&out[PREFIX..]);
    out[4..PREFIX].copy_from_slice(&crc.to_le_bytes());
}

/// How many bytes follow the prefix, and their checksum; `None` for damage.
pub(super) fn prefix(bytes: &[u8; PREFIX]) -> Option<(usize, u32)> {
    let [a, b, c, d, e, f, g, h] = *bytes;
    let length = u32::from_le_bytes([a, b, c, d]) as usize;
    (HEAD..=MAX_BODY).contains(&length).then_some((length, u32::from_le_bytes([e, f, g, h])))
}

/// Takes apart what follows the prefix; `None` for damage.
pub(super) fn body(bytes: &[u8], crc: u32) -> Option<(Head, &[u8])> {
    if crc32fast::hash(bytes) != crc {
        return None;
    }
    let (seq, rest) = bytes.split_first_chunk::<8>()?;
    let (observed, samples) = rest.split_first_chunk::<8>()?;
    Some((Head { seq: u64::from_le_bytes(*seq), observed_us: Micros::from_le_bytes(*observed) }, samples))
}

/// Reads one record; `None` for damage.
pub(super) fn read(record: &[u8], samples: &mut Vec<u8>) -> Option<Head> {
    let (head, rest) = record.split_first_chunk::<PREFIX>()?;
    let (length, crc) = prefix(head)?;
    let (head, text) = body(rest.get(..length)?, crc)?;
    samples.clear();
    samples.extend_from_slice(text);
    Some(head)
}
