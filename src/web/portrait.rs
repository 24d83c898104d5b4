//! Pictures of people, made small: whatever was sent is decoded and encoded anew, so that nothing of the file
//! itself stays, neither what a camera wrote beside the picture nor what somebody hid in it.

use image::codecs::jpeg::JpegEncoder;
use image::{DynamicImage, ImageDecoder as _, ImageFormat, ImageReader, Limits, Rgb, RgbImage};
use std::io::Cursor;
use thiserror::Error;
use watchroom_domain::MAX_PORTRAIT_BYTES;

/// Longest side of the result, in pixels.
const SIDE: u32 = 256;
/// Most pixels of what is sent.
const PIXELS: u64 = 40_000_000;
/// Most bytes that decoding may take.
const MEMORY_BYTES: u64 = 256 << 20;

/// A file that cannot become a picture of somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum PortraitError {
    /// It is no JPEG, PNG or WebP, or a broken one.
    #[error("Choose a picture: JPEG, PNG or WebP.")]
    Unreadable,
    /// It has too many pixels.
    #[error("At most 40 million pixels.")]
    Pixels,
}

impl PortraitError {
    /// The code of the refusal.
    pub fn code(self) -> &'static str {
        match self {
            Self::Unreadable => "picture_bad",
            Self::Pixels => "picture_pixels",
        }
    }
}

/// The picture as a small JPEG, upright and on white.
///
/// # Errors
/// [`PortraitError`].
pub fn small(file: &[u8]) -> Result<Vec<u8>, PortraitError> {
    let bad = |_| PortraitError::Unreadable;
    let mut reader = ImageReader::new(Cursor::new(file)).with_guessed_format().map_err(bad)?;
    if !matches!(reader.format(), Some(ImageFormat::Jpeg | ImageFormat::Png | ImageFormat::WebP)) {
        return Err(PortraitError::Unreadable);
    }
    let mut limits = Limits::default();
    limits.max_alloc = Some(MEMORY_BYTES);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(|_| PortraitError::Unreadable)?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > PIXELS {
        return Err(PortraitError::Pixels);
    }
    let orientation = decoder.orientation().map_err(|_| PortraitError::Unreadable)?;
    let picture = DynamicImage::from_decoder(decoder).map_err(|_| PortraitError::Unreadable)?;
    let mut picture = if width.max(height) > SIDE { picture.thumbnail(SIDE, SIDE) } else { picture };
    picture.apply_orientation(orientation);
    let picture = on_white(&picture);
    // At most 64 KiB: noise in full quality may need more.
    [85, 60, 30].into_iter().find_map(|quality| encoded(&picture, quality)).ok_or(PortraitError::Unreadable)
}

fn encoded(picture: &RgbImage, quality: u8) -> Option<Vec<u8>> {
    let mut jpeg = Vec::new();
    JpegEncoder::new_with_quality(&mut jpeg, quality).encode_image(picture).ok()?;
    (jpeg.len() <= MAX_PORTRAIT_BYTES).then_some(jpeg)
}

/// JPEG knows no transparency.
fn on_white(picture: &DynamicImage) -> RgbImage {
    let picture = picture.to_rgba8();
    let mut white = RgbImage::new(picture.width(), picture.height());
    for (to, from) in white.pixels_mut().zip(picture.pixels()) {
        let [r, g, b, alpha] = from.0.map(u32::from);
        let mix = |c: u32| u8::try_from((c * alpha + 255 * (255 - alpha)) / 255).unwrap_or(u8::MAX);
        *to = Rgb([mix(r), mix(g), mix(b)]);
    }
    white
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::{Rgba, RgbaImage};

    fn file(picture: &RgbaImage, format: ImageFormat) -> Vec<u8> {
        let mut file = Cursor::new(Vec::new());
        let picture = DynamicImage::from(picture.clone());
        let picture = if format == ImageFormat::Jpeg { picture.to_rgb8().into() } else { picture };
        picture.write_to(&mut file, format).unwrap();
        file.into_inner()
    }

    #[test]
    fn every_kind_becomes_a_small_jpeg() {
        let noise = RgbaImage::from_fn(900, 600, |x, y| {
            let n = x.wrapping_mul(2_654_435_761) ^ y.wrapping_mul(40_503);
            Rgba([n as u8, (n >> 8) as u8, (n >> 16) as u8, 255])
        });
        for format in [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP] {
            let jpeg = small(&file(&noise, format)).unwrap();
            assert!(jpeg.len() <= MAX_PORTRAIT_BYTES && jpeg.starts_with(&[0xff, 0xd8, 0xff]));
            let read = image::load_from_memory(&jpeg).unwrap();
            assert_eq!((read.width(), read.height()), (256, 171));
        }
    }

    #[test]
    fn what_is_transparent_becomes_white_and_what_is_small_stays() {
        let clear = RgbaImage::from_pixel(8, 4, Rgba([0, 0, 0, 0]));
        let read =
            image::load_from_memory(&small(&file(&clear, ImageFormat::Png)).unwrap()).unwrap().to_rgb8();
        assert_eq!((read.dimensions(), read.get_pixel(3, 3).0), ((8, 4), [255, 255, 255]));
    }

    #[test]
    fn what_is_no_picture_or_claims_to_be_huge_is_refused() {
        assert_eq!(small(b"<svg onload='alert(1)'/>"), Err(PortraitError::Unreadable));
        let mut png = file(&RgbaImage::new(4, 4), ImageFormat::Png);
        assert_eq!(small(&png[..png.len() / 2]), Err(PortraitError::Unreadable));
        // The header claims 20,000 x 20,000; its sum is made right.
        png[16..20].copy_from_slice(&20_000u32.to_be_bytes());
        png[20..24].copy_from_slice(&20_000u32.to_be_bytes());
        let sum = crc32(&png[12..29]);
        png[29..33].copy_from_slice(&sum.to_be_bytes());
        assert_eq!(small(&png), Err(PortraitError::Pixels));
    }

    fn crc32(bytes: &[u8]) -> u32 {
        !bytes.iter().fold(!0u32, |sum, byte| {
            (0..8)
                .fold(sum ^ u32::from(*byte), |sum, _| (sum >> 1) ^ (0xedb8_8320 & (sum & 1).wrapping_neg()))
        })
    }
}
