//! Pictures of people.

use crate::error::Refusal;

/// Most bytes of a picture as it is recorded, before base64.
pub const MAX_PORTRAIT_BYTES: usize = 64 << 10;

/// # Errors
/// A [`Refusal`] for what is not a small JPEG in base64.
pub(crate) fn checked_portrait(jpeg: &str) -> Result<(), Refusal> {
    let base64 = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'=');
    // The first three bytes of every JPEG.
    let fits = jpeg.starts_with("/9j/")
        && jpeg.len() <= MAX_PORTRAIT_BYTES.div_ceil(3) * 4
        && jpeg.bytes().all(base64);
    if fits {
        Ok(())
    } else {
        Err(Refusal::field("picture_bad", "picture", "Choose a picture: JPEG, PNG or WebP."))
    }
}
