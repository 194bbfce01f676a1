//! Pictures: how large they are, and small copies of them.

mod jpeg;

use std::io::{BufReader, Cursor, Read, Seek, SeekFrom};
use std::panic::catch_unwind;
use std::path::Path;

use fs_err::File;
use image::codecs::jpeg::JpegEncoder;
use image::{DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits};

use crate::Error;
use crate::file_type::{JPEG, PNG};

/// Longest side that is decoded, in pixels.
const MAX_SIDE: u32 = 16_384;
/// Most pixels that are decoded.
const MAX_PIXELS: u64 = 100_000_000;
/// Most memory a decoder may ask for.
const MAX_ALLOC: u64 = 256 * 1024 * 1024;
/// Largest file that is decoded: some decoders hold it whole.
const MAX_FILE: u64 = 256 * 1024 * 1024;
/// Largest thumbnail, so a caller's mistake cannot ask for the whole picture.
const MAX_THUMBNAIL: u32 = 2_048;
/// JPEG quality of thumbnails.
const QUALITY: u8 = 85;

/// Width and height in pixels as the picture is meant to be seen (EXIF orientation applied), from its header only.
/// `None` when the file is not a picture this crate decodes.
pub fn image_size(path: &Path) -> Option<(u32, u32)> {
    guarded(|| {
        let mut file = open(path)?;
        let format = format_of(&mut file)?;
        if format == ImageFormat::Jpeg {
            let header = jpeg::read_header(&mut BufReader::new(file))?.ok_or(Error::Unsupported)?;
            return Ok(turned(header.size, header.orientation));
        }
        let mut reader = ImageReader::with_format(BufReader::new(file), format);
        // Only the header is read, so a picture too large to decode still has a size.
        reader.limits(memory_limit());
        let mut decoder = reader.into_decoder().map_err(from_image)?;
        let size = decoder.dimensions();
        let orientation = decoder
            .orientation()
            .unwrap_or(image::metadata::Orientation::NoTransforms);
        Ok(turned(size, orientation))
    })
    .ok()
}

/// A small copy of a picture, its longer side at most `max_side` pixels and never larger than the original: PNG when
/// it has transparent pixels, JPEG otherwise. The EXIF orientation is applied. Of an animation, the first frame.
///
/// Bombs are refused by their header: at most 16,384 pixels a side, 100 megapixels, 256 MiB of decoder memory. This
/// is slow work; do not call it on an async thread.
pub fn thumbnail(source: &Path, max_side: u32) -> Result<Vec<u8>, Error> {
    guarded(|| {
        let side = max_side.clamp(1, MAX_THUMBNAIL);
        let (picture, orientation) = decode(source)?;
        let mut small = if picture.width().max(picture.height()) > side {
            picture.thumbnail(side, side)
        } else {
            picture
        };
        small.apply_orientation(orientation);
        encode(&small)
    })
}

/// The media type of bytes [`thumbnail`] made.
pub fn thumbnail_content_type(bytes: &[u8]) -> &'static str {
    if bytes.starts_with(b"\x89PNG") {
        PNG.mime
    } else {
        JPEG.mime
    }
}

fn decode(source: &Path) -> Result<(DynamicImage, image::metadata::Orientation), Error> {
    let mut file = open(source)?;
    if file.metadata()?.len() > MAX_FILE {
        return Err(Error::TooLarge);
    }
    let format = format_of(&mut file)?;
    if format == ImageFormat::Jpeg {
        jpeg::check_work(&mut BufReader::new(&mut file))?;
        file.seek(SeekFrom::Start(0))?;
    }
    let mut limits = Limits::default();
    limits.max_image_width = Some(MAX_SIDE);
    limits.max_image_height = Some(MAX_SIDE);
    limits.max_alloc = Some(MAX_ALLOC);
    let mut reader = ImageReader::with_format(BufReader::new(file), format);
    reader.limits(limits.clone());
    let mut decoder = reader.into_decoder().map_err(from_image)?;
    let (width, height) = decoder.dimensions();
    let pixels = u64::from(width) * u64::from(height);
    if pixels > MAX_PIXELS {
        return Err(Error::TooLarge);
    }
    if format == ImageFormat::WebP {
        // Its decoder works on a second copy with four bytes a pixel, which it does not count.
        limits.reserve(4 * pixels).map_err(from_image)?;
    }
    limits.reserve(decoder.total_bytes()).map_err(from_image)?;
    decoder.set_limits(limits).map_err(from_image)?;
    // A damaged EXIF block is no reason to show nothing.
    let orientation = decoder
        .orientation()
        .unwrap_or(image::metadata::Orientation::NoTransforms);
    let picture = DynamicImage::from_decoder(decoder).map_err(from_image)?;
    Ok((picture, orientation))
}

fn encode(picture: &DynamicImage) -> Result<Vec<u8>, Error> {
    let failed = |error: ImageError| Error::Encode(Box::new(error));
    let mut bytes = Vec::new();
    if picture.color().has_alpha() {
        let rgba = picture.to_rgba8();
        if rgba.pixels().any(|pixel| pixel.0[3] != u8::MAX) {
            rgba.write_to(&mut Cursor::new(&mut bytes), ImageFormat::Png)
                .map_err(failed)?;
            return Ok(bytes);
        }
    }
    JpegEncoder::new_with_quality(&mut bytes, QUALITY)
        .encode_image(&picture.to_rgb8())
        .map_err(failed)?;
    Ok(bytes)
}

/// The decoders are memory-safe but not proven free of panics, and their input is hostile.
fn guarded<T>(
    work: impl FnOnce() -> Result<T, Error> + std::panic::UnwindSafe,
) -> Result<T, Error> {
    catch_unwind(work).unwrap_or_else(|_| Err(Error::Damaged("the decoder gave up".into())))
}

/// Opens a regular file: a pipe or a device would block or never end.
fn open(path: &Path) -> Result<File, Error> {
    if !fs_err::metadata(path)?.is_file() {
        return Err(Error::Unsupported);
    }
    Ok(File::open(path)?)
}

/// By the bytes, never by the name.
fn format_of(file: &mut File) -> Result<ImageFormat, Error> {
    let mut head = [0_u8; 64];
    let mut filled = 0;
    while filled < head.len() {
        match file.read(&mut head[filled..])? {
            0 => break,
            n => filled += n,
        }
    }
    file.seek(SeekFrom::Start(0))?;
    match crate::sniff(&head[..filled]).mime {
        "image/png" => Ok(ImageFormat::Png),
        "image/jpeg" => Ok(ImageFormat::Jpeg),
        "image/gif" => Ok(ImageFormat::Gif),
        "image/webp" => Ok(ImageFormat::WebP),
        "image/bmp" => Ok(ImageFormat::Bmp),
        _ => Err(Error::Unsupported),
    }
}

fn turned((width, height): (u32, u32), orientation: image::metadata::Orientation) -> (u32, u32) {
    use image::metadata::Orientation::{Rotate90, Rotate90FlipH, Rotate270, Rotate270FlipH};
    match orientation {
        Rotate90 | Rotate270 | Rotate90FlipH | Rotate270FlipH => (height, width),
        _ => (width, height),
    }
}

fn memory_limit() -> Limits {
    let mut limits = Limits::no_limits();
    limits.max_alloc = Some(MAX_ALLOC);
    limits
}

fn from_image(error: ImageError) -> Error {
    match error {
        ImageError::Limits(_) => Error::TooLarge,
        ImageError::Unsupported(_) => Error::Unsupported,
        ImageError::IoError(error) if error.kind() != std::io::ErrorKind::UnexpectedEof => {
            Error::Read(error)
        }
        other => Error::Damaged(Box::new(other)),
    }
}
