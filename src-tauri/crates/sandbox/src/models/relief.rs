//! `sandbox/relief`: a picture becomes a solid whose front is as high as the picture is light.

mod glb;
mod mesh;

use fs_err as fs;
use image::{DynamicImage, GrayImage, Rgb, RgbImage, RgbaImage, imageops};

use super::{Done, Job, picture};
use crate::worker::Console;
use mesh::Mesh;

/// Most vertices along a side of the front.
const MAX_VERTICES: u32 = 256;
/// Longest side of the texture, in pixels.
const MAX_TEXTURE: u32 = 2048;
const STEPS: u32 = 4;
const FILE: &str = "relief.glb";

/// Reads the heights, shapes the solid, encodes its texture, writes one file. The error goes to standard error.
pub(super) fn run(job: &Job, console: &Console) -> Result<Done, String> {
    let input = job
        .files("inputImage")
        .next()
        .ok_or("There is no picture.")?;
    let height: f64 = job.number("height").unwrap_or(0.2);
    let source = picture::read(input, too_large)?;
    let (size, keeps) = (source.pixels.dimensions(), source.keeps);
    if console.cancelled.is_cancelled() {
        return Ok(Done::stopped());
    }
    let colours = if source.opaque {
        DynamicImage::from(source.pixels).into_rgb8()
    } else {
        on_black(&source.pixels)
    };
    if console.cancelled.is_cancelled() {
        return Ok(Done::stopped());
    }
    let colours = within(&colours, MAX_TEXTURE);

    let mut step = 0;
    // `false` once nobody wants the rest.
    let mut done = |what: &str| {
        step += 1;
        console.progress(what, step, STEPS);
        !console.cancelled.is_cancelled()
    };
    let heights = lightness(&colours);
    if !done("Measure") {
        return Ok(Done::stopped());
    }
    let mesh = Mesh::solid(&heights, size, depth(height));
    console.log(&format!(
        "{} x {} heights, {} triangles.",
        heights.width(),
        heights.height(),
        mesh.triangles.len()
    ));
    if !done("Shape") {
        return Ok(Done::stopped());
    }
    let texture = picture::encoded(&DynamicImage::from(colours), keeps)?;
    if !done("Paint") {
        return Ok(Done::stopped());
    }
    let file = glb::file(&mesh, &texture, keeps.content_type());
    fs::write(job.dir.join(FILE), file)
        .map_err(|error| format!("Cannot write the solid: {error}"))?;
    done("Write");
    Ok(Done::with(FILE, "model/gltf-binary"))
}

fn too_large(width: u32, height: u32) -> Option<String> {
    picture::is_too_large(width, height)
        .then(|| format!("{width} x {height} pixels are more than this model takes."))
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "a share between nothing and one needs no more precision than the coordinates have"
)]
fn depth(height: f64) -> f32 {
    height.clamp(0.0, 1.0) as f32
}

/// What is transparent counts as dark: it lies low, and the solid has no holes.
fn on_black(picture: &RgbaImage) -> RgbImage {
    RgbImage::from_fn(picture.width(), picture.height(), |x, y| {
        let pixel = picture.get_pixel(x, y);
        let covered = |channel: u8| {
            let covered = u16::from(channel) * u16::from(pixel[3]) / 255;
            u8::try_from(covered).unwrap_or(u8::MAX)
        };
        Rgb([covered(pixel[0]), covered(pixel[1]), covered(pixel[2])])
    })
}

/// One height for each vertex of the front.
fn lightness(colours: &RgbImage) -> GrayImage {
    let small = within(colours, MAX_VERTICES);
    let light = DynamicImage::from(small).into_luma8();
    // A line of pixels is a surface only when it is there twice.
    let (width, height) = (light.width().max(2), light.height().max(2));
    if (width, height) == light.dimensions() {
        return light;
    }
    imageops::resize(&light, width, height, imageops::FilterType::Nearest)
}

/// The picture with no side longer than `longest`.
fn within(picture: &RgbImage, longest: u32) -> RgbImage {
    let (width, height) = picture.dimensions();
    let side = width.max(height);
    if side <= longest {
        return picture.clone();
    }
    let scaled = |length: u32| {
        let scaled = u64::from(length) * u64::from(longest) / u64::from(side);
        u32::try_from(scaled).unwrap_or(longest).max(1)
    };
    imageops::thumbnail(picture, scaled(width), scaled(height))
}

#[cfg(test)]
mod tests;
