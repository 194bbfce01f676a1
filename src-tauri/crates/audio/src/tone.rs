//! The test tone of the sound settings.

use std::f64::consts::TAU;

/// An endless sine whose phase goes on across blocks.
#[derive(Debug, Clone)]
pub struct Tone {
    amplitude: f64,
    /// Of a whole turn, 0.0..1.0.
    phase: f64,
    step: f64,
}

impl Tone {
    /// A sine of `frequency_hz` with the given peak.
    pub fn new(sample_rate_hz: u32, frequency_hz: f64, peak_dbfs: f64) -> Self {
        Self {
            amplitude: 10_f64.powf(peak_dbfs / 20.0),
            phase: 0.0,
            step: frequency_hz / f64::from(sample_rate_hz.max(1)),
        }
    }

    /// Overwrites `samples` with the next ones.
    #[expect(clippy::cast_possible_truncation, reason = "samples are f32")]
    pub fn fill(&mut self, samples: &mut [f32]) {
        for sample in samples {
            *sample = ((TAU * self.phase).sin() * self.amplitude) as f32;
            self.phase = (self.phase + self.step).fract();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::{decibels, fit, rms};

    #[test]
    fn it_is_a_pure_sine_across_blocks() {
        let mut tone = Tone::new(48_000, 440.0, -12.0);
        let mut signal = vec![0.0; 48_000];
        for block in signal.chunks_mut(331) {
            tone.fill(block);
        }
        let fit = fit(&signal, 48_000, 440.0);
        assert!((decibels(fit.amplitude) + 12.0).abs() < 0.01);
        assert!(decibels(rms(&fit.rest)) < -120.0);
    }
}
