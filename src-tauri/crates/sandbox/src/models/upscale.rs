//! `sandbox/upscale`: one picture, larger.

use std::io::{BufReader, BufWriter, Write};
use std::path::Path;

use fs_err as fs;
use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits, RgbaImage};

use super::{Done, Job, resample};
use crate::worker::Console;

/// Longest side of an input or a result.
const MAX_SIDE: u32 = 16_384;
/// Most pixels of a result, and of an input.
const MAX_PIXELS: u64 = 64 * 1_048_576;
/// Steps in which resampling reports.
const STEPS: u32 = 10;

/// Decodes, resamples, encodes. The error goes to standard error.
pub(super) fn run(job: &Job, console: &Console) -> Result<Done, String> {
    let input = job
        .inputs
        .iter()
        .find(|input| input.field == "inputImage")
        .ok_or("There is no picture.")?;
    let scale: f64 = job.number("scale").unwrap_or(2.0);
    let (source, format) = decode(&input.path, scale)?;
    let (width, height) = (
        scaled(source.width(), scale),
        scaled(source.height(), scale),
    );
    console.log(&format!(
        "{} x {} becomes {width} x {height}.",
        source.width(),
        source.height()
    ));

    let opaque = !source.color().has_alpha();
    let mut reported = 0;
    let resampled = resample::lanczos(&source.into_rgba8(), width, height, |row| {
        let step = row * STEPS / height;
        if step > reported {
            reported = step;
            console.progress("Resample", step, STEPS);
        }
        !console.cancelled.is_cancelled()
    });
    // Cancelled: whatever is returned will not be looked at.
    let Some(resampled) = resampled else {
        return Ok(Done {
            exit: 137,
            outputs: Vec::new(),
        });
    };
    let (file, content_type) = if format == Some(ImageFormat::Jpeg) {
        ("0.jpg", "image/jpeg")
    } else {
        ("0.png", "image/png")
    };
    encode(resampled, opaque, &job.dir.join(file))
        .map_err(|error| format!("Cannot write the picture: {error}"))?;
    console.log("Done.");
    Ok(Done::with(file, content_type))
}

fn decode(path: &Path, scale: f64) -> Result<(DynamicImage, Option<ImageFormat>), String> {
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
    let format = reader.format();
    let mut decoder = reader.into_decoder().map_err(|error| unreadable(&error))?;
    let (width, height) = decoder.dimensions();
    let (target_width, target_height) = (scaled(width, scale), scaled(height, scale));
    let pixels = u64::from(target_width) * u64::from(target_height);
    if target_width > MAX_SIDE || target_height > MAX_SIDE || pixels > MAX_PIXELS {
        return Err(format!(
            "{target_width} x {target_height} pixels are more than this model makes."
        ));
    }
    let orientation = decoder.orientation().map_err(|error| unreadable(&error))?;
    let mut image = DynamicImage::from_decoder(decoder).map_err(|error| unreadable(&error))?;
    image.apply_orientation(orientation);
    Ok((image, format))
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a side times at most eight, rounded, is a small positive number"
)]
fn scaled(side: u32, scale: f64) -> u32 {
    (f64::from(side) * scale).round().max(1.0) as u32
}

fn encode(pixels: RgbaImage, opaque: bool, path: &Path) -> Result<(), Box<dyn std::error::Error>> {
    let jpeg = path.extension().is_some_and(|extension| extension == "jpg");
    let image = DynamicImage::from(pixels);
    // JPEG has no transparency; a PNG that had none gets none.
    let image = if jpeg || opaque {
        DynamicImage::from(image.into_rgb8())
    } else {
        image
    };
    let mut file = BufWriter::new(fs::File::create(path)?);
    if jpeg {
        image.write_with_encoder(JpegEncoder::new_with_quality(&mut file, 92))?;
    } else {
        image.write_with_encoder(PngEncoder::new_with_quality(
            &mut file,
            CompressionType::Fast,
            FilterType::Adaptive,
        ))?;
    }
    file.flush()?;
    Ok(())
}
