//! Lanczos3 resampling, one output row at a time, so that it can report progress and be stopped.

#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "pixel coordinates stay far below the limits of f32 and u8 samples are clamped first"
)]

use std::collections::VecDeque;

use image::{Rgba, RgbaImage};

/// How far the kernel reaches, in source pixels.
const LOBES: f32 = 3.0;

/// Which source pixels an output pixel is made of, and with what weights.
struct Taps {
    first: usize,
    weights: Vec<f32>,
}

type Row = Vec<[f32; 4]>;

/// Resamples `source` to `width` x `height`. `row_done` hears of every finished row and says whether to go on.
pub(super) fn lanczos(
    source: &RgbaImage,
    width: u32,
    height: u32,
    mut row_done: impl FnMut(u32) -> bool,
) -> Option<RgbaImage> {
    let across = taps(source.width(), width);
    let down = taps(source.height(), height);
    let mut target = RgbaImage::new(width, height);
    // Source rows already resampled across; only those the kernel still reaches are kept.
    let mut rows: VecDeque<Row> = VecDeque::new();
    let mut first = 0;
    for (y, taps) in (0..height).zip(&down) {
        while first < taps.first {
            rows.pop_front();
            first += 1;
        }
        while first + rows.len() < taps.first + taps.weights.len() {
            rows.push_back(resample_row(source, (first + rows.len()) as u32, &across));
        }
        for x in 0..width {
            let column = rows
                .iter()
                .zip(&taps.weights)
                .map(|(row, weight)| (row[x as usize], *weight));
            target.put_pixel(x, y, straight(mix(column)));
        }
        if !row_done(y + 1) {
            return None;
        }
    }
    Some(target)
}

fn resample_row(source: &RgbaImage, y: u32, across: &[Taps]) -> Row {
    let pixels: Row = (0..source.width())
        .map(|x| premultiplied(*source.get_pixel(x, y)))
        .collect();
    across
        .iter()
        .map(|taps| {
            mix(pixels[taps.first..]
                .iter()
                .copied()
                .zip(taps.weights.iter().copied()))
        })
        .collect()
}

fn mix(weighted: impl Iterator<Item = ([f32; 4], f32)>) -> [f32; 4] {
    weighted.fold([0.0; 4], |mut sum, (pixel, weight)| {
        for (channel, value) in sum.iter_mut().zip(pixel) {
            *channel += value * weight;
        }
        sum
    })
}

/// Colour times opacity: otherwise invisible colours bleed into the edges.
fn premultiplied(Rgba([red, green, blue, alpha]): Rgba<u8>) -> [f32; 4] {
    let opacity = f32::from(alpha) / 255.0;
    [
        f32::from(red) * opacity,
        f32::from(green) * opacity,
        f32::from(blue) * opacity,
        f32::from(alpha),
    ]
}

fn straight([red, green, blue, alpha]: [f32; 4]) -> Rgba<u8> {
    let opacity = (alpha / 255.0).clamp(0.0, 1.0);
    let channel = |value: f32| {
        if opacity > 0.0 {
            (value / opacity).round().clamp(0.0, 255.0) as u8
        } else {
            0
        }
    };
    Rgba([
        channel(red),
        channel(green),
        channel(blue),
        alpha.round().clamp(0.0, 255.0) as u8,
    ])
}

/// Weights for every output position. The kernel widens when shrinking, so that nothing is skipped.
fn taps(source: u32, target: u32) -> Vec<Taps> {
    let ratio = source as f32 / target as f32;
    let stretch = ratio.max(1.0);
    let reach = LOBES * stretch;
    (0..target)
        .map(|position| {
            let centre = (position as f32 + 0.5) * ratio - 0.5;
            let first = (centre - reach).ceil().max(0.0) as usize;
            let last = ((centre + reach).floor() as usize).min(source as usize - 1);
            let weights: Vec<f32> = (first..=last)
                .map(|tap| kernel((tap as f32 - centre) / stretch))
                .collect();
            let sum: f32 = weights.iter().sum();
            Taps {
                first,
                weights: weights.into_iter().map(|weight| weight / sum).collect(),
            }
        })
        .collect()
}

fn kernel(x: f32) -> f32 {
    if x.abs() >= LOBES {
        0.0
    } else {
        sinc(x) * sinc(x / LOBES)
    }
}

fn sinc(x: f32) -> f32 {
    let x = x * std::f32::consts::PI;
    if x.abs() < 1e-6 { 1.0 } else { x.sin() / x }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scale_one_changes_nothing() {
        let source = RgbaImage::from_fn(9, 7, |x, y| Rgba([x as u8 * 20, y as u8 * 30, 40, 255]));
        assert_eq!(lanczos(&source, 9, 7, |_| true).unwrap(), source);
    }

    #[test]
    fn flat_stays_flat_and_invisible_colour_does_not_bleed() {
        let flat = RgbaImage::from_pixel(5, 5, Rgba([10, 200, 30, 255]));
        assert!(
            lanczos(&flat, 13, 11, |_| true)
                .unwrap()
                .pixels()
                .all(|pixel| *pixel == Rgba([10, 200, 30, 255]))
        );
        let edge = RgbaImage::from_fn(8, 8, |x, _| {
            if x < 4 {
                Rgba([255, 0, 0, 0])
            } else {
                Rgba([0, 0, 255, 255])
            }
        });
        assert!(
            lanczos(&edge, 16, 16, |_| true)
                .unwrap()
                .pixels()
                .all(|pixel| pixel[0] == 0)
        );
    }

    #[test]
    fn it_stops_when_told_to() {
        let source = RgbaImage::new(4, 4);
        let mut rows = 0;
        let stopped = lanczos(&source, 8, 8, |row| {
            rows = row;
            row < 3
        });
        assert!(stopped.is_none() && rows == 3);
    }
}
