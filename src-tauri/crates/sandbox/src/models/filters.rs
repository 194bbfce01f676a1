//! `sandbox/filters`: up to eight pictures, each through one filter.

#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "samples are clamped before they become bytes, and a side is far below the limits of f32"
)]

use image::{Rgba, RgbaImage, imageops};

use super::{Done, Job, picture};
use crate::schema::as_text;
use crate::worker::Console;

/// Most pictures of a run. How many a parameter takes is not published in a schema, so the model says it.
const MAX_PICTURES: usize = 8;

/// What is done to a picture. Transparency stays as it is, except that blurring spreads it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Filter {
    Grayscale,
    Blur,
    Sharpen,
    Sepia,
    Invert,
}

/// One result per picture, in their order, with two steps of progress each.
pub(super) fn run(job: &Job, console: &Console) -> Result<Done, String> {
    let name = job
        .parameters
        .get("filter")
        .map(as_text)
        .unwrap_or_default();
    let filter = Filter::named(&name).ok_or_else(|| format!("There is no filter {name:?}."))?;
    let pictures: Vec<_> = job.files("inputImages").collect();
    if pictures.is_empty() || pictures.len() > MAX_PICTURES {
        return Err(format!(
            "This model takes 1 to {MAX_PICTURES} pictures, not {}.",
            pictures.len()
        ));
    }
    console.log(&format!("Applying {name} to {} pictures.", pictures.len()));
    let steps = u32::try_from(pictures.len() * 2).unwrap_or(u32::MAX);
    let mut step = 0;
    let mut advance = || {
        step += 1;
        console.progress("Filter", step, steps);
        !console.cancelled.is_cancelled()
    };
    let mut outputs = Vec::with_capacity(pictures.len());
    for (index, path) in pictures.into_iter().enumerate() {
        let of_this = |problem: String| format!("Picture {}: {problem}", index + 1);
        let source = picture::read(path, too_large).map_err(of_this)?;
        if !advance() {
            return Ok(Done::stopped());
        }
        let result = filter.apply(source.pixels);
        let place = (job.dir.as_path(), index);
        outputs.push(picture::write(result, source.opaque, source.keeps, place).map_err(of_this)?);
        if !advance() {
            return Ok(Done::stopped());
        }
    }
    Ok(Done::made(outputs))
}

fn too_large(width: u32, height: u32) -> Option<String> {
    picture::is_too_large(width, height)
        .then(|| format!("{width} x {height} pixels are more than this model takes."))
}

impl Filter {
    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "grayscale" => Self::Grayscale,
            "blur" => Self::Blur,
            "sharpen" => Self::Sharpen,
            "sepia" => Self::Sepia,
            "invert" => Self::Invert,
            _ => return None,
        })
    }

    fn apply(self, mut picture: RgbaImage) -> RgbaImage {
        let recoloured: fn([f32; 3]) -> [f32; 3] = match self {
            Self::Blur => return blurred(picture),
            Self::Sharpen => return sharpened(&picture),
            Self::Grayscale => |[red, green, blue]| {
                // How bright the eye finds each primary, ITU-R BT.709.
                let luma = 0.2126 * red + 0.7152 * green + 0.0722 * blue;
                [luma; 3]
            },
            Self::Sepia => |[red, green, blue]| {
                [
                    0.393 * red + 0.769 * green + 0.189 * blue,
                    0.349 * red + 0.686 * green + 0.168 * blue,
                    0.272 * red + 0.534 * green + 0.131 * blue,
                ]
            },
            Self::Invert => |colour| colour.map(|channel| 255.0 - channel),
        };
        for Rgba([red, green, blue, _]) in picture.pixels_mut() {
            let colour = recoloured([*red, *green, *blue].map(f32::from));
            [*red, *green, *blue] = colour.map(sample);
        }
        picture
    }
}

fn sample(value: f32) -> u8 {
    value.round().clamp(0.0, 255.0) as u8
}

/// As strong for a thumbnail as for a photo: the radius follows the longer side.
fn blurred(mut picture: RgbaImage) -> RgbaImage {
    let longest = picture.width().max(picture.height());
    // Colour times opacity: otherwise invisible colours bleed into what is seen.
    for pixel in picture.pixels_mut() {
        let opacity = f32::from(pixel[3]) / 255.0;
        for channel in &mut pixel.0[..3] {
            *channel = sample(f32::from(*channel) * opacity);
        }
    }
    let mut picture = imageops::fast_blur(&picture, (longest as f32 / 100.0).max(1.5));
    for pixel in picture.pixels_mut().filter(|pixel| pixel[3] > 0) {
        let opacity = f32::from(pixel[3]) / 255.0;
        for channel in &mut pixel.0[..3] {
            *channel = sample(f32::from(*channel) / opacity);
        }
    }
    picture
}

/// Each pixel moves away from the mean of its four neighbours; beyond an edge the edge goes on.
fn sharpened(picture: &RgbaImage) -> RgbaImage {
    let (right, bottom) = (picture.width() - 1, picture.height() - 1);
    RgbaImage::from_fn(picture.width(), picture.height(), |x, y| {
        let neighbours = [
            picture.get_pixel(x.saturating_sub(1), y),
            picture.get_pixel((x + 1).min(right), y),
            picture.get_pixel(x, y.saturating_sub(1)),
            picture.get_pixel(x, (y + 1).min(bottom)),
        ];
        let mut pixel = *picture.get_pixel(x, y);
        for channel in 0..3 {
            let around: f32 = neighbours
                .iter()
                .map(|pixel| f32::from(pixel[channel]))
                .sum();
            pixel[channel] = sample(5.0 * f32::from(pixel[channel]) - around);
        }
        pixel
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(filter: &str, colour: [u8; 4]) -> [u8; 4] {
        let picture = RgbaImage::from_pixel(1, 1, Rgba(colour));
        Filter::named(filter).unwrap().apply(picture)[(0, 0)].0
    }

    #[test]
    fn colours_become_what_the_filter_says() {
        let cases = [
            ("grayscale", [255, 0, 0, 255], [54, 54, 54, 255]),
            ("grayscale", [10, 200, 30, 7], [147, 147, 147, 7]),
            ("sepia", [255, 255, 255, 255], [255, 255, 239, 255]),
            ("sepia", [100, 50, 0, 255], [78, 69, 54, 255]),
            ("invert", [0, 100, 255, 9], [255, 155, 0, 9]),
            ("blur", [10, 20, 30, 255], [10, 20, 30, 255]),
            ("sharpen", [10, 20, 30, 255], [10, 20, 30, 255]),
        ];
        for (filter, colour, expected) in cases {
            assert_eq!(one(filter, colour), expected, "{filter} of {colour:?}");
        }
        assert_eq!(Filter::named("sparkle"), None);
    }

    /// Dark on the left, light on the right, the same everywhere along the edge.
    fn edge(filter: &str) -> Vec<u8> {
        let picture = RgbaImage::from_fn(40, 8, |x, _| {
            let value = if x < 20 { 100 } else { 150 };
            Rgba([value, value, value, 255])
        });
        let result = Filter::named(filter).unwrap().apply(picture);
        (0..40).map(|x| result.get_pixel(x, 0)[0]).collect()
    }

    #[test]
    fn blurring_softens_an_edge_and_sharpening_hardens_it() {
        let soft = edge("blur");
        assert!(soft[19] > 105 && soft[20] < 145, "{soft:?}");
        assert!(soft.is_sorted(), "{soft:?}");
        let hard = edge("sharpen");
        assert_eq!(
            (hard[18], hard[19], hard[20], hard[21]),
            (100, 50, 200, 150)
        );
        assert_eq!((hard[0], hard[39]), (100, 150), "borders stay");
    }

    #[test]
    fn invisible_colours_do_not_bleed() {
        let picture = RgbaImage::from_fn(40, 8, |x, _| {
            if x < 20 {
                Rgba([255, 0, 0, 0])
            } else {
                Rgba([0, 0, 255, 255])
            }
        });
        let result = Filter::Blur.apply(picture);
        let seen = result.pixels().filter(|pixel| pixel[3] > 32);
        let reddest = seen.map(|pixel| pixel[0]).max();
        assert!(reddest <= Some(8), "{reddest:?}");
    }
}
