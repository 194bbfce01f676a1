//! `sandbox/pattern`: words become an abstract picture.
//!
//! The prompt and the seed are hashed; the hash chooses a palette and the offsets of a noise field that is folded
//! into itself twice. Every pixel depends only on the hash and its place, so the picture is the same each time.

#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "pixel coordinates and lattice points are small, and samples are clamped before they become bytes"
)]

use std::io::BufWriter;
use std::time::{Duration, Instant};

use fs_err as fs;
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{Rgb, RgbImage};
use sha2::{Digest, Sha256};

use super::{Done, Job};
use crate::schema::as_text;
use crate::worker::Console;

const STEPS: u32 = 20;
/// A step takes at least this long, so that a small picture can be watched and stopped as well.
const STEP: Duration = Duration::from_millis(45);

/// Paints row by row, every twentieth row a step.
pub(super) fn run(job: &Job, console: &Console) -> Result<Done, String> {
    let text = |id: &str| job.parameters.get(id).map(as_text).unwrap_or_default();
    let side = |id: &str| job.number(id).unwrap_or(512_u32).clamp(64, 2048);
    let painter = Painter::new(
        &text("prompt"),
        &text("seed"),
        side("width"),
        side("height"),
    );
    let mut picture = RgbImage::new(painter.width, painter.height);
    for step in 0..STEPS {
        let began = Instant::now();
        for y in (step..painter.height).step_by(STEPS as usize) {
            for x in 0..painter.width {
                picture.put_pixel(x, y, painter.pixel(x, y));
            }
        }
        std::thread::sleep(STEP.saturating_sub(began.elapsed()));
        if console.cancelled.is_cancelled() {
            // Whatever is returned will not be looked at.
            return Ok(Done::stopped());
        }
        console.progress("Generate", step + 1, STEPS);
    }
    let failed = |error: &dyn std::fmt::Display| format!("Cannot write the picture: {error}");
    let file = fs::File::create(job.dir.join("0.png")).map_err(|error| failed(&error))?;
    let encoder = PngEncoder::new_with_quality(
        BufWriter::new(file),
        CompressionType::Fast,
        FilterType::Adaptive,
    );
    picture
        .write_with_encoder(encoder)
        .map_err(|error| failed(&error))?;
    Ok(Done::with("0.png", "image/png"))
}

/// Everything a pixel depends on.
struct Painter {
    width: u32,
    height: u32,
    seed: u32,
    zoom: f32,
    fold: f32,
    offsets: [[f32; 2]; 4],
    /// From the darkest to the lightest.
    palette: [[f32; 3]; 5],
    centre: [f32; 2],
}

impl Painter {
    fn new(prompt: &str, seed: &str, width: u32, height: u32) -> Self {
        let mut hash = Sha256::new();
        hash.update(prompt.trim().as_bytes());
        hash.update([0]);
        hash.update(seed.trim().as_bytes());
        let bytes: [u8; 32] = hash.finalize().into();
        // A number in 0..1 from the n-th byte.
        let pick = |index: usize| f32::from(bytes[index]) / 256.0;
        let offset = |index: usize| [pick(index) * 40.0, pick(index + 1) * 40.0];
        let (hue, step) = (pick(12), 0.05 + 0.09 * pick(13));
        // Three neighbouring hues, and across the circle one that stands out.
        let palette = [
            colour(hue, 0.55, 0.09),
            colour(hue + step, 0.58, 0.27),
            colour(hue + 2.0 * step, 0.52, 0.5),
            colour(hue + 0.5 + step * (pick(16) - 0.5), 0.72, 0.66),
            colour(hue + 0.5 - step, 0.6, 0.92),
        ];
        Self {
            width,
            height,
            seed: u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]),
            zoom: 1.6 + 1.8 * pick(14),
            fold: 2.0 + 2.4 * pick(15),
            offsets: [offset(4), offset(6), offset(8), offset(10)],
            palette,
            centre: [0.25 + 0.5 * pick(17), 0.25 + 0.5 * pick(18)],
        }
    }

    fn pixel(&self, x: u32, y: u32) -> Rgb<u8> {
        let longest = self.width.max(self.height) as f32;
        let place = [x as f32 / longest, y as f32 / longest];
        let point = [place[0] * self.zoom * 2.0, place[1] * self.zoom * 2.0];
        let once = self.folded(point, [0.0, 0.0], 0);
        let twice = self.folded(point, once, 2);
        let value = self.clouds([
            point[0] + self.fold * twice[0],
            point[1] + self.fold * twice[1],
        ]);

        // The field lies mostly in the middle of 0..1, the palette should not.
        let tone = (value - 0.5) * 1.75 + 0.47 + 0.32 * (twice[1] - 0.5);
        let paint = self.tone(tone);
        let shade = 1.0 + 0.7 * (once[0] - 0.5);
        let reach = [self.width as f32 / longest, self.height as f32 / longest];
        let away =
            (place[0] - self.centre[0] * reach[0]).hypot(place[1] - self.centre[1] * reach[1]);
        let light = shade * (1.1 - 0.45 * away * away);
        Rgb(paint.map(|channel| ((channel * light).clamp(0.0, 1.0) * 255.0).round() as u8))
    }

    /// A place on the palette, 0..1.
    fn tone(&self, tone: f32) -> [f32; 3] {
        let place = tone.clamp(0.0, 1.0) * (self.palette.len() - 1) as f32;
        let below = (place as usize).min(self.palette.len() - 2);
        let (dark, light) = (self.palette[below], self.palette[below + 1]);
        let share = place - below as f32;
        [0, 1, 2].map(|channel| dark[channel] + (light[channel] - dark[channel]) * share)
    }

    fn folded(&self, point: [f32; 2], by: [f32; 2], first: usize) -> [f32; 2] {
        let moved = [point[0] + self.fold * by[0], point[1] + self.fold * by[1]];
        let at = |offset: [f32; 2]| self.clouds([moved[0] + offset[0], moved[1] + offset[1]]);
        [at(self.offsets[first]), at(self.offsets[first + 1])]
    }

    /// Four octaves of value noise, about 0..1.
    fn clouds(&self, [mut x, mut y]: [f32; 2]) -> f32 {
        let (mut sum, mut weight) = (0.0, 0.5);
        for octave in 0..4 {
            sum += weight * self.noise(x, y, octave);
            // Turning between octaves hides the lattice.
            (x, y) = (1.6 * x + 1.2 * y + 3.1, 1.6 * y - 1.2 * x + 7.7);
            weight *= 0.5;
        }
        sum / 0.9375
    }

    fn noise(&self, x: f32, y: f32, octave: u32) -> f32 {
        let (left, top) = (x.floor(), y.floor());
        let (across, down) = (smooth(x - left), smooth(y - top));
        let (left, top) = (left as i32, top as i32);
        let corner =
            |dx: i32, dy: i32| self.lattice(left.wrapping_add(dx), top.wrapping_add(dy), octave);
        let upper = corner(0, 0) + (corner(1, 0) - corner(0, 0)) * across;
        let lower = corner(0, 1) + (corner(1, 1) - corner(0, 1)) * across;
        upper + (lower - upper) * down
    }

    /// A random but fixed number in 0..1 for a lattice point.
    fn lattice(&self, x: i32, y: i32, octave: u32) -> f32 {
        let mut bits = self.seed
            ^ x.cast_unsigned().wrapping_mul(0x9E37_79B1)
            ^ octave.wrapping_mul(0x27D4_EB2F);
        bits = (bits ^ (bits >> 15)).wrapping_mul(0x85EB_CA77)
            ^ y.cast_unsigned().wrapping_mul(0xC2B2_AE3D);
        bits = (bits ^ (bits >> 13)).wrapping_mul(0x27D4_EB2D);
        bits ^= bits >> 16;
        (bits >> 8) as f32 / 16_777_216.0
    }
}

/// Hue in turns, saturation and lightness 0..1.
fn colour(hue: f32, saturation: f32, lightness: f32) -> [f32; 3] {
    let chroma = saturation * lightness.min(1.0 - lightness);
    [0.0_f32, 8.0, 4.0].map(|shift| {
        let place = (shift + hue * 12.0).rem_euclid(12.0);
        lightness - chroma * (place - 3.0).min(9.0 - place).clamp(-1.0, 1.0)
    })
}

fn smooth(t: f32) -> f32 {
    t * t * (3.0 - 2.0 * t)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(prompt: &str, seed: &str) -> Vec<Rgb<u8>> {
        let painter = Painter::new(prompt, seed, 64, 64);
        (0..64).map(|x| painter.pixel(x, 20)).collect()
    }

    #[test]
    fn the_same_words_and_seed_give_the_same_pixels() {
        assert_eq!(row("slow tides", "7"), row("slow tides", "7"));
        assert_ne!(row("slow tides", "7"), row("slow tides", "8"));
        assert_ne!(row("slow tides", "7"), row("quick tides", "7"));
    }

    #[test]
    fn pictures_are_not_flat() {
        let pixels = row("slow tides", "7");
        let range = pixels
            .iter()
            .map(|pixel| pixel[0])
            .fold((255, 0), |(low, high), value| {
                (value.min(low), value.max(high))
            });
        assert!(range.1 - range.0 > 20, "{range:?}");
    }
}
