//! Higher by reading faster, with what would fold over taken out first.

use std::f64::consts::PI;

/// Steps are counted in these parts of a sample: every voice between any two rates moves by whole ones.
const PARTS: usize = 48;

/// Zero crossings of the filter on each side.
const CROSSINGS: f64 = 16.0;

/// How much higher a voice is, in eighths.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pitch {
    eighths: u32,
}

impl Pitch {
    pub(super) fn of(voice: &str) -> Self {
        let eighths = match voice {
            "macaw" => 9,
            "budgerigar" => 12,
            _ => 10,
        };
        Self { eighths }
    }

    pub(super) fn factor(self) -> f64 {
        f64::from(self.eighths) / 8.0
    }

    /// How far to move in the input for each sample of the output, in [`PARTS`].
    pub(super) fn step(self, input_rate: u32, output_rate: u32) -> usize {
        let parts = self.eighths as usize * PARTS / 8;
        (parts * input_rate as usize / output_rate.max(1) as usize).max(1)
    }
}

/// Reads `samples` with this step.
pub(super) fn read_at(samples: &[i16], step: usize) -> Vec<i16> {
    let filters = filters(step);
    let reach = filters[0].len() / 2;
    let positions = (0..samples.len() * PARTS).step_by(step);
    let read = positions.map(|position| {
        let (at, part) = (position / PARTS, position % PARTS);
        let taps = filters[part].iter().enumerate();
        let sum: f64 = taps
            .filter_map(|(tap, weight)| {
                let sample = samples.get((at + tap + 1).checked_sub(reach)?)?;
                Some(weight * f64::from(*sample))
            })
            .sum();
        #[expect(
            clippy::cast_possible_truncation,
            reason = "clamped to what a sample holds"
        )]
        let sample = sum.round().clamp(-32_768.0, 32_767.0) as i16;
        sample
    });
    read.collect()
}

/// A windowed sinc for each part of a sample, all with the same length.
#[expect(clippy::cast_precision_loss, reason = "a few hundred at most")]
fn filters(step: usize) -> Vec<Vec<f64>> {
    let band = (PARTS as f64 / step as f64).min(1.0);
    let width = CROSSINGS / band;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a few dozen taps"
    )]
    let reach = width.ceil() as usize;
    let filter = |part: usize| {
        let weights = (0..2 * reach).map(|tap| {
            let x = tap as f64 + 1.0 - reach as f64 - part as f64 / PARTS as f64;
            let window = (PI * x / (2.0 * width)).cos().powi(2);
            if x.abs() < width {
                band * sinc(band * x) * window
            } else {
                0.0
            }
        });
        weights.collect()
    };
    (0..PARTS).map(filter).collect()
}

fn sinc(x: f64) -> f64 {
    if x.abs() < 1e-9 {
        1.0
    } else {
        (PI * x).sin() / (PI * x)
    }
}
