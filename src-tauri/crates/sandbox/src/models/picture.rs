//! Pictures in and out of files: what all models that work on pictures share.

use std::io::{BufReader, BufWriter, Write};
use std::path::Path;

use fs_err as fs;
use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits, RgbaImage};

use super::Artefact;

/// Longest side of an input or a result.
const MAX_SIDE: u32 = 16_384;
/// Most pixels of a result, and of an input.
const MAX_PIXELS: u64 = 64 * 1_048_576;

/// A picture, upright.
pub(super) struct Picture {
    pub(super) pixels: RgbaImage,
    /// It came without transparency.
    pub(super) opaque: bool,
    pub(super) keeps: Keeps,
}

/// What a result is written as: a JPEG stays a JPEG, everything else becomes a PNG.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Keeps {
    Jpeg,
    Png,
}

impl Keeps {
    pub(super) fn content_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
        }
    }
}

/// Whether so large a picture is more than any model here works on.
pub(super) fn is_too_large(width: u32, height: u32) -> bool {
    let pixels = u64::from(width) * u64::from(height);
    width > MAX_SIDE || height > MAX_SIDE || pixels > MAX_PIXELS
}

/// Reads a picture and turns it upright, unless `refuse` finds a reason in its width and height: those are known before
/// anything is decoded.
pub(super) fn read(
    path: &Path,
    refuse: impl FnOnce(u32, u32) -> Option<String>,
) -> Result<Picture, String> {
    let unreadable = |error: &dyn std::fmt::Display| format!("Cannot read the picture: {error}");
    let file = fs::File::open(path).map_err(|error| unreadable(&error))?;
    let mut reader = ImageReader::new(BufReader::new(file))
        .with_guessed_format()
        .map_err(|error| unreadable(&error))?;
    let mut limits = Limits::default();
    limits.max_image_width = Some(MAX_SIDE);
    limits.max_image_height = Some(MAX_SIDE);
    limits.max_alloc = Some(512 * 1_048_576);
    reader.limits(limits);
    let keeps = if reader.format() == Some(ImageFormat::Jpeg) {
        Keeps::Jpeg
    } else {
        Keeps::Png
    };
    let mut decoder = reader.into_decoder().map_err(|error| unreadable(&error))?;
    let (width, height) = decoder.dimensions();
    if let Some(reason) = refuse(width, height) {
        return Err(reason);
    }
    let orientation = decoder.orientation().map_err(|error| unreadable(&error))?;
    let mut image = DynamicImage::from_decoder(decoder).map_err(|error| unreadable(&error))?;
    image.apply_orientation(orientation);
    Ok(Picture {
        opaque: !image.color().has_alpha(),
        pixels: image.into_rgba8(),
        keeps,
    })
}

/// Writes `<number>.jpg` or `<number>.png` into a folder. A picture that had no transparency gets none, and a JPEG cannot
/// have any.
pub(super) fn write(
    pixels: RgbaImage,
    opaque: bool,
    keeps: Keeps,
    (folder, number): (&Path, usize),
) -> Result<Artefact, String> {
    let extension = match keeps {
        Keeps::Jpeg => "jpg",
        Keeps::Png => "png",
    };
    let file = format!("{number}.{extension}");
    let image = DynamicImage::from(pixels);
    let image = if opaque || keeps == Keeps::Jpeg {
        DynamicImage::from(image.into_rgb8())
    } else {
        image
    };
    let write = || -> Result<(), Box<dyn std::error::Error>> {
        let mut file = BufWriter::new(fs::File::create(folder.join(&file))?);
        encode(&image, keeps, &mut file)?;
        Ok(file.flush()?)
    };
    write().map_err(|error| unwritable(&*error))?;
    Ok(Artefact {
        file,
        content_type: keeps.content_type(),
    })
}

/// The bytes that [`write`] would put into a file, for a picture within another format.
pub(super) fn encoded(image: &DynamicImage, keeps: Keeps) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    encode(image, keeps, &mut bytes).map_err(|error| unwritable(&error))?;
    Ok(bytes)
}

fn unwritable(error: &dyn std::error::Error) -> String {
    format!("Cannot write the picture: {error}")
}

fn encode(image: &DynamicImage, keeps: Keeps, to: &mut impl Write) -> image::ImageResult<()> {
    match keeps {
        Keeps::Jpeg => image.write_with_encoder(JpegEncoder::new_with_quality(to, 92)),
        Keeps::Png => image.write_with_encoder(PngEncoder::new_with_quality(
            to,
            CompressionType::Fast,
            FilterType::Adaptive,
        )),
    }
}
